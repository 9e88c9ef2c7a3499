/* SPDX-License-Identifier: Apache-2.0 */
/* `gateway run`: the front door as a service. What happens goes to stderr, a line each. */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "gateway/server.h"
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct running {
    const cli_arguments *arguments;
    bool is_json;
    np_config_log log;
} running;

static np_code load(void *self, np_gateway_config *ret, np_error *err)
{
    running *run = self;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load(run->arguments->config, &file, err));
    NP_TRY(np_gateway_config_parse(cli_file_bytes(&file), run->arguments->config, ret, err));
    const char *other = getenv("NAMEPLATE_REGISTRY");
    if (ret->registry[0] == '\0' && other != NULL) {
        (void)snprintf(ret->registry, sizeof(ret->registry), "%s", other);
    }
    if (ret->registry[0] == '\0') {
        np_error_set(err, NP_EINPUT_MISSING, "%s: registry is missing", run->arguments->config);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "registry = \"sqlite:/path/fleet.db\", or "
                             "$NAMEPLATE_REGISTRY");
    }
    run->log = ret->log;
    return NP_OK;
}

static np_code read_file(void *self, const char *path, uint8_t **ret, size_t *ret_len,
                         np_error *err)
{
    cli_file file = {0};
    (void)self;
    NP_TRY(cli_file_load(path, &file, err));
    *ret = file.data;
    *ret_len = file.len;
    return NP_OK;
}

static const char *const names[NP_GATEWAY_EVENT_COUNT] = {
    [NP_GATEWAY_LISTENING] = "listening",
    [NP_GATEWAY_MANAGING] = "managing",
    [NP_GATEWAY_ADMITTED] = "admitted",
    [NP_GATEWAY_REFUSED] = "refused",
    [NP_GATEWAY_NO_HANDSHAKE] = "no_handshake",
    [NP_GATEWAY_TURNED_AWAY] = "turned_away",
    [NP_GATEWAY_ENDED] = "ended",
    [NP_GATEWAY_UPSTREAM] = "upstream",
    [NP_GATEWAY_RELOADED] = "reloaded",
    [NP_GATEWAY_TROUBLE] = "trouble",
    [NP_GATEWAY_STOPPED] = "stopped",
    [NP_GATEWAY_LEFT_OUT] = "left_out",
};

static bool is_of_an_admission(np_gateway_event_kind kind)
{
    return kind == NP_GATEWAY_ADMITTED || kind == NP_GATEWAY_REFUSED || kind == NP_GATEWAY_ENDED ||
           kind == NP_GATEWAY_UPSTREAM;
}

static bool is_wanted(const running *run, np_gateway_event_kind kind)
{
    bool is_good_news = kind == NP_GATEWAY_ADMITTED;
    bool is_refusal = kind == NP_GATEWAY_REFUSED || kind == NP_GATEWAY_NO_HANDSHAKE ||
                      kind == NP_GATEWAY_TURNED_AWAY;
    return run->log == NP_LOG_ALL || (run->log == NP_LOG_REFUSED && !is_good_news) ||
           (run->log == NP_LOG_NONE && !is_good_news && !is_refusal);
}

static void put(json_t *line, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        (void)json_object_set_new(line, key, cli_json_text(text));
    }
}

static void put_time(json_t *line)
{
    char text[40];
    size_t len;
    struct timespec now;
    struct tm civil;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &civil);
    len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &civil);
    (void)snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
    put(line, "time", text);
}

/* What was presented, for whoever wants to register its CA, or to try it with registry admit. */
static void put_chain(json_t *line, const np_visit *visit)
{
    json_t *chain = json_array();
    for (size_t i = 0; i < visit->count; i++) {
        size_t size = visit->parts[i].len / 3 * 4 + 8;
        uint8_t *text = malloc(size);
        np_writer writer = np_writer_of(text, text == NULL ? 0 : size);
        if (text != NULL) {
            np_write_base64(&writer, visit->parts[i], 0);
            (void)json_array_append_new(chain, cli_json_slice(np_writer_bytes(&writer)));
            free(text);
        }
    }
    (void)json_object_set_new(line, "chain", chain);
}

static void put_visit(json_t *line, const np_gateway_event *event)
{
    const np_visit *visit = event->visit;
    if (visit == NULL) {
        return;
    }
    if (visit->has_leaf) {
        (void)json_object_set_new(line, "fingerprint", cli_json_hex(NP_BYTES(visit->leaf)));
    }
    put(line, "secret", visit->key_id);
    put(line, "organisation", visit->org);
    put(line, "trouble", visit->trouble);
    if (event->kind == NP_GATEWAY_REFUSED && visit->count > 0) {
        put_chain(line, visit);
    }
}

static void put_admission(json_t *line, const np_admission *admission)
{
    const np_reason_row *row = np_reason_at(admission->reason);
    put(line, "reason", row->name);
    if (admission->identifier_len > 0) {
        (void)json_object_set_new(
            line, "identifier",
            cli_json_slice(np_bytes_of(admission->identifier, admission->identifier_len)));
    }
    put(line, "detail", admission->detail);
    if (!row->is_admitted) {
        put(line, "sentence", row->sentence);
        put(line, "next", row->next);
    }
}

static json_t *make_line(const np_gateway_event *event)
{
    json_t *line = json_object();
    put_time(line);
    put(line, "event", names[event->kind]);
    (void)json_object_set_new(line, "process", json_integer(getpid()));
    put(line, "peer", event->peer);
    if (event->admission != NULL && is_of_an_admission(event->kind)) {
        put_admission(line, event->admission);
        put(line, "tls", event->tls_version);
        (void)json_object_set_new(line, "is_resumed", json_boolean(event->is_resumed));
        put_visit(line, event);
    }
    put(line, "text", event->text);
    if (event->count > 0) {
        (void)json_object_set_new(line, "count", json_integer((json_int_t)event->count));
    }
    return line;
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text == NULL ? "" : text;
}

/* For people: the same facts in one line, without the chain. */
static void note_text(const json_t *line)
{
    static const char *const keys[] = {"peer",   "reason",      "organisation", "identifier",
                                       "tls",    "fingerprint", "secret",       "sentence",
                                       "detail", "trouble",     "text",         "next"};
    char text[2048];
    size_t len = (size_t)snprintf(text, sizeof(text), "%s %s", text_of(line, "time"),
                                  text_of(line, "event"));
    for (size_t i = 0; i < NP_COUNT_OF(keys) && len < sizeof(text); i++) {
        const char *value = text_of(line, keys[i]);
        if (value[0] != '\0') {
            bool is_next = strcmp(keys[i], "next") == 0;
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
                                    is_next ? "; to do: " : " ", value);
        }
    }
    json_int_t count = json_integer_value(json_object_get(line, "count"));
    if (count > 0 && len < sizeof(text)) {
        (void)snprintf(text + len, sizeof(text) - len, " %" JSON_INTEGER_FORMAT, count);
    }
    cli_note_line("%s", text);
}

static void tell(void *self, const np_gateway_event *event)
{
    const running *run = self;
    if (!is_wanted(run, event->kind)) {
        return;
    }
    json_t *line = make_line(event);
    char *text = run->is_json ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text != NULL) {
        /* one write, so that lines of several processes stay apart: dprintf has a buffer to fill */
        size_t len = strlen(text);
        text[len] = '\n'; /* in place of its end */
        (void)fwrite(text, 1, len + 1, stderr);
    } else if (!run->is_json) {
        note_text(line);
    }
    free(text);
    json_decref(line);
}

np_code cli_gateway_run(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    running run = {.arguments = arguments, .is_json = output->is_json};
    const np_gateway_host host = {.load = load, .read = read_file, .tell = tell, .self = &run};
    NP_TRY(np_gateway_run(&host, err));
    output->is_json = false; /* it was all told */
    return NP_OK;
}
