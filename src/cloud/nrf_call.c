/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/nrf_call.h"

#include "base/text.h"
#include "base/wipe.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    ATTEMPTS = 4, /* as Nordic's own client of tests: it asks three times more */
    BACKOFF_MAX = 3,
};

static const char unreserved[] = "-._~:"; /* RFC 3986 2.3; a colon may stand in a segment */

nrf_call nrf_call_of(const char *method, const char *base, const char *path, const char *what)
{
    nrf_call call = {.method = method, .what = what};
    snprintf(call.url, sizeof(call.url), "%s%s", base, path);
    return call;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr(unreserved, c) != NULL;
}

/* A URL that is cut off asks for something else, which does no harm: bases and ids are shorter. */
void nrf_call_add(nrf_call *call, const char *part)
{
    size_t used = strlen(call->url);
    np_writer writer = np_writer_of((uint8_t *)call->url + used, sizeof(call->url) - used - 1);
    np_write_u8(&writer, '/');
    for (; *part != '\0'; part++) {
        char escaped[4] = {*part, '\0'};
        if (!is_unreserved(*part)) {
            snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned)(unsigned char)*part);
        }
        np_write_text(&writer, escaped);
    }
    call->url[used + np_writer_bytes(&writer).len] = '\0';
}

np_code np_nrf_check_url(const char *url, np_error *err)
{
    static const char scheme[] = "https://";
    const char *host = url + strlen(scheme);
    bool is_good = strncmp(url, scheme, strlen(scheme)) == 0 && *host != '\0' && *host != '/' &&
                   strpbrk(host, "@?# \t\r\n\\") == NULL && strlen(url) < NRF_URL_SIZE / 2 &&
                   host[strlen(host) - 1] != '/';
    if (is_good) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "'%s' is no address of a service", url);
    return np_error_hint(err, NP_EUSAGE,
                         "it is like " NP_NRF_DEVICES_URL ": https, without a user, a query, or a "
                         "slash at its end");
}

static bool is_header_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f) {
            return false;
        }
    }
    return true;
}

static void write_bearer(np_writer *writer, const char *credential)
{
    np_write_text(writer, "Bearer ");
    np_write_text(writer, credential);
}

static void write_basic(np_writer *writer, const char *credential)
{
    char pair[NP_NRF_AUTHORIZATION_SIZE];
    int length = snprintf(pair, sizeof(pair), ":%s", credential);
    np_write_text(writer, "Basic ");
    np_write_base64(writer, np_bytes_of(pair, (size_t)length), 0);
    np_wipe(pair, sizeof(pair));
}

typedef struct form_row {
    const char *name;
    void (*write)(np_writer *writer, const char *credential);
} form_row;

static const form_row forms[] = {{"bearer", write_bearer}, {"basic", write_basic}};

np_code np_nrf_authorize(const char *form, const char *credential,
                         char ret[static NP_NRF_AUTHORIZATION_SIZE], np_error *err)
{
    np_writer writer = np_writer_of((uint8_t *)ret, NP_NRF_AUTHORIZATION_SIZE - 1);
    if (!is_header_text(credential) || credential[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the credential is empty, or has characters that it cannot have");
    }
    for (size_t i = 0; i < NP_COUNT_OF(forms); i++) {
        if (strcmp(forms[i].name, form) != 0) {
            continue;
        }
        if (strlen(credential) > NP_NRF_AUTHORIZATION_SIZE / 2) {
            return np_error_set(err, NP_EINPUT_RANGE, "the credential has more than %d characters",
                                NP_NRF_AUTHORIZATION_SIZE / 2);
        }
        forms[i].write(&writer, credential);
        ret[np_writer_bytes(&writer).len] = '\0';
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "a credential is sent as bearer or as basic, not as '%s'",
                        form);
}

/* The first row whose span has the status. */
typedef struct status_row {
    unsigned first;
    unsigned last;
    np_code code;
    const char *words;
    const char *hint;
} status_row;

static const status_row statuses[] = {
    {300, 399, NP_ESTATION_IO, "a redirection, which is not followed",
     "a credential is for one host: correct the address of the service"},
    {401, 401, NP_EPOLICY, "the API key is not accepted",
     "is it the key of the right team? nrfcloud.com shows it under User Account; after a rotation "
     "the old one ends within an hour"},
    {403, 403, NP_EPOLICY, "the account may not do this", "ask the owner of the team"},
    {404, 404, NP_EINPUT_MISSING, "not found", NULL},
    {408, 408, NP_ESTATION_TIMEOUT, "the service waited too long", "run the same command again"},
    {409, 409, NP_ECONFLICT_OTHER, "it is there already, otherwise", NULL},
    {413, 413, NP_EINPUT_RANGE, "more than the service takes at once", NULL},
    {429, 429, NP_ESTATION_BUSY, "too many requests", "run the same command again later"},
    {400, 499, NP_EINPUT_FORMAT, "refused", NULL},
    {500, 599, NP_ESTATION_IO, "the service is in trouble", "run the same command again later"},
    {0, ~0U, NP_ESTATION_IO, "a status that HTTP does not have here", NULL},
};

static np_code report_status(const nrf_call *call, const np_http_reply *reply, np_error *err)
{
    char message[NP_NRF_MESSAGE_SIZE];
    const status_row *row = statuses;
    while (reply->status < row->first || reply->status > row->last) {
        row++;
    }
    np_nrf_message(np_http_reply_body(reply), message);
    np_error_set_sub(err, row->code, (int)reply->status, "%s: %s (status %u)%s%s", call->what,
                     row->words, reply->status, message[0] == '\0' ? "" : ": ", message);
    return row->hint == NULL ? row->code : np_error_hint(err, row->code, "%s", row->hint);
}

/* Has the service not done it, or does doing it twice do no harm? */
static bool can_repeat(const nrf_call *call, unsigned status)
{
    bool is_untouched = status == 429 || status == 503;
    bool is_broken = status == 500 || status == 502 || status == 504 || status == 0;
    return is_untouched || (is_broken && strcmp(call->method, "POST") != 0);
}

static np_code send_once(const np_nrf_cloud *cloud, const nrf_call *call, np_http_reply *ret,
                         np_error *err)
{
    const np_http_request request = {
        .method = call->method,
        .url = call->url,
        .authorization = call->is_without_token ? NULL : cloud->authorization,
        .content_type = call->content_type,
        .body = call->body,
    };
    return cloud->http.send(cloud->http.self, &request, ret, err);
}

static np_code wait_to_repeat(const np_nrf_cloud *cloud, const np_http_reply *reply,
                              unsigned attempt, np_error *err)
{
    unsigned backoff = cloud->poll_ms << (attempt < BACKOFF_MAX ? attempt : BACKOFF_MAX);
    unsigned asked = reply->has_retry_after ? reply->retry_after * 1000 : backoff;
    return cloud->time.wait(cloud->time.self, asked < cloud->limit_ms ? asked : cloud->limit_ms,
                            err);
}

/* A reply that did not come through has the status 0. */
static np_code explain_lost(const nrf_call *call, np_code code, np_error *err)
{
    if (call->if_lost != NULL && code != NP_ESTATION_MEMORY) {
        np_error_hint(err, code, "whether it was taken is not known: %s", call->if_lost);
    }
    return np_error_prefix(err, code, "%s", call->what);
}

np_code nrf_call_send(const np_nrf_cloud *cloud, const nrf_call *call, np_http_reply *ret,
                      np_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        *ret = (np_http_reply){0};
        np_code code = send_once(cloud, call, ret, err);
        if (code == NP_OK && ret->status >= 200 && ret->status <= 299) {
            return NP_OK;
        }
        bool is_last =
            attempt + 1 == ATTEMPTS || !can_repeat(call, ret->status) || code == NP_ESTATION_MEMORY;
        if (is_last && code != NP_OK) {
            return explain_lost(call, code, err);
        }
        if (is_last) {
            code = report_status(call, ret, err);
            np_http_reply_clear(ret);
            return code;
        }
        code = wait_to_repeat(cloud, ret, attempt, err);
        np_http_reply_clear(ret);
        NP_TRY(code);
    }
}

static void free_text(char **text)
{
    free(*text);
}

np_code nrf_call_send_json(const np_nrf_cloud *cloud, nrf_call *call, json_t *body,
                           np_http_reply *ret, np_error *err)
{
    NP_CLEANUP(free_text) char *text = body == NULL ? NULL : json_dumps(body, JSON_ENSURE_ASCII);
    json_decref(body);
    if (text == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "%s: no memory for the request", call->what);
    }
    call->content_type = "application/json";
    call->body = np_bytes_text(text);
    return nrf_call_send(cloud, call, ret, err);
}

np_code nrf_call_tell(const np_nrf_cloud *cloud, nrf_call *call, json_t *body, np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    return nrf_call_send_json(cloud, call, body, &reply, err);
}

np_code nrf_call_ask(const np_nrf_cloud *cloud, const nrf_call *call, json_t **ret, np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    NP_TRY(nrf_call_send(cloud, call, &reply, err));
    return np_nrf_object(np_http_reply_body(&reply), call->what, ret, err);
}

np_code nrf_take_name(const json_t *answer, const char *name, const char *what,
                      char ret[static NP_NRF_OPERATION_SIZE], np_error *err)
{
    const char *text;
    NP_TRY(np_nrf_text(answer, name, what, &text, err));
    if (snprintf(ret, NP_NRF_OPERATION_SIZE, "%s", text) >= NP_NRF_OPERATION_SIZE) {
        return np_error_set(err, NP_ESTATION_IO, "%s: the answer's %s is longer than any is", what,
                            name);
    }
    return NP_OK;
}

np_code nrf_wait_within(const np_nrf_cloud *cloud, int64_t began, const char *what, np_error *err)
{
    int64_t passed = cloud->time.now_ms(cloud->time.self) - began;
    if (passed + cloud->poll_ms > cloud->limit_ms) {
        return np_error_set(err, NP_ESTATION_TIMEOUT, "%s: not done after %u s", what,
                            cloud->limit_ms / 1000);
    }
    return cloud->time.wait(cloud->time.self, cloud->poll_ms, err);
}
