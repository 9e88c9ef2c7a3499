/* SPDX-License-Identifier: Apache-2.0 */
/* `registry refused`: who was refused at the door, why, and what can be done about it. */
#include "base/civil.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/registry.h"
#include "gateway/refusal_view.h"
#include <errno.h>
#include <stdlib.h>

typedef struct listing {
    cli_output *output;
    json_t *list;
    size_t count; /* shown */
} listing;

/* Who it is, as well as that is known. */
static np_bytes name_of(const np_refusal *refusal)
{
    return refusal->identifier.len > 0 ? refusal->identifier
           : refusal->subject.len > 0  ? refusal->subject
                                       : np_bytes_text("nobody");
}

static np_code list_one(void *self, const np_refusal *refusal, np_error *err)
{
    const listing *list = self;
    char last[NP_TIME_TEXT_SIZE];
    np_bytes name = name_of(refusal);
    if (list->list != NULL) {
        return json_array_append_new(list->list, np_refusal_view(refusal, false)) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    np_format_time(refusal->last_at, last);
    cli_print(list->output, "%lld  %s  %s  %llu times  %.*s%s%.*s  %s%.*s%s",
              (long long)refusal->id, last, np_reason_at(refusal->reason)->name,
              (unsigned long long)refusal->count, (int)refusal->org.len,
              (const char *)refusal->org.data, refusal->org.len > 0 ? "/" : "", (int)name.len,
              (const char *)name.data, refusal->issuer.len > 0 ? "signed by " : "",
              (int)refusal->issuer.len, (const char *)refusal->issuer.data,
              refusal->admitted_at != 0 ? "  has come in since" : "");
    return NP_OK;
}

np_code cli_registry_refused_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_refusal_query query = {
        .org = np_bytes_text(arguments->org == NULL ? "" : arguments->org)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_refusals_each(store, &query, list_one, &list, err);
    cli_put_json(output, "refusals", list.list);
    return code;
}

static np_code parse_id(const char *text, int64_t *ret, np_error *err)
{
    char *end = NULL;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *ret > 0
               ? NP_OK
               : np_error_set(err, NP_EUSAGE,
                              "name the refusal by its number, which registry refused list shows");
}

static void put_facts(cli_output *output, const json_t *view)
{
    static const struct {
        const char *key;
        const char *label;
    } facts[] = {
        {"reason", "reason"},
        {"sentence", "that is"},
        {"detail", "detail"},
        {"next", "what to do"},
        {"org", "organisation"},
        {"identifier", "identifier"},
        {"subject", "subject"},
        {"issuer", "issuer"},
        {"fingerprint", "fingerprint"},
        {"peer", "came from"},
        {"gateway", "to gateway"},
        {"first_at", "first"},
        {"last_at", "last"},
        {"admitted_at", "has come in since"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(facts); i++) {
        const char *text = json_string_value(json_object_get(view, facts[i].key));
        if (text != NULL && text[0] != '\0') {
            cli_put_text(output, facts[i].key, facts[i].label, text);
        }
    }
    cli_print(output, "times: %lld", (long long)json_integer_value(json_object_get(view, "count")));
    cli_print(output, "remedy: %s",
              json_string_value(json_object_get(json_object_get(view, "remedy"), "words")));
}

/* As a document, or as lines and the certificates behind them. */
static np_code show_one(void *self, const np_refusal *refusal, np_error *err)
{
    listing *list = self;
    np_bytes chain[NP_ADMISSION_CHAIN_MAX];
    json_t *view = np_refusal_view(refusal, true);
    if (view == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    list->count++;
    if (list->output->is_json) {
        cli_put_json(list->output, "refusal", view);
        return NP_OK;
    }
    put_facts(list->output, view);
    json_decref(view);
    size_t count = np_refusal_read_chain(refusal->chain, chain);
    for (size_t i = 0; i < count; i++) {
        cli_put_pem(list->output, "", chain[i]);
    }
    return NP_OK;
}

np_code cli_registry_refused_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    np_refusal_query query = {.limit = 1};
    NP_TRY(parse_id(arguments->target, &query.id, err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(np_refusals_each(store, &query, show_one, &list, err));
    if (list.count > 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_MISSING, "no refusal has this number, or none any more");
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry refused list");
}
