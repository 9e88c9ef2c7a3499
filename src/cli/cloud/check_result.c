/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cloud/check_result.h"

#include "base/wipe.h"
#include "cli/record.h"
#include "cli/registry.h"
#include "cloud/answers.h"
#include "registry/exports.h"
#include <time.h>

enum { GROUP = 256, SERIAL_MAX = 256, TEXT_MAX = NP_EXPORT_ANSWER_MAX + 1 };

/* Marks go to the registry by groups; what the index lends is kept until then. */
typedef struct marking {
    np_store *store;
    char target[32];
    cli_output *output;
    json_t *failed; /* list; NULL without --json */
    size_t count;
    np_export_mark marks[GROUP];
    char serials[GROUP][SERIAL_MAX];
    char texts[GROUP][TEXT_MAX];
} marking;

static void marking_clear(marking *on)
{
    np_store_free(on->store);
    json_decref(on->failed);
}

static np_code flush(marking *on, np_error *err)
{
    size_t count = on->count;
    on->count = 0;
    return count == 0
               ? NP_OK
               : np_exports_mark(on->store, on->target, on->marks, count, (int64_t)time(NULL), err);
}

static void tell_failed(marking *on, const np_cloud_answered *answered)
{
    if (on->failed == NULL) {
        cli_print(on->output, "failed: %s: %s", answered->device, answered->text);
        return;
    }
    json_t *entry =
        json_pack("{s:o, s:o, s:o}", "serial", cli_json_text(answered->serial), "device",
                  cli_json_text(answered->device), "answer", cli_json_text(answered->text));
    on->output->has_failed |= json_array_append_new(on->failed, entry) != 0;
}

static np_code take(void *self, const np_cloud_answered *answered, np_error *err)
{
    marking *on = self;
    size_t at = on->count++;
    snprintf(on->target, sizeof(on->target), "%s", answered->target);
    bool has_failed = answered->outcome == NP_CLOUD_FAILED;
    snprintf(on->texts[at], sizeof(on->texts[at]), "%s", answered->text);
    if (strlen(answered->serial) >= sizeof(on->serials[at])) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the index has a serial that is too long");
    }
    strcpy(on->serials[at], answered->serial);
    on->marks[at] = (np_export_mark){.serial = np_bytes_text(on->serials[at]),
                                     .state = has_failed ? NP_EXPORT_FAILED : NP_EXPORT_REGISTERED,
                                     .answer = np_bytes_text(on->texts[at])};
    if (has_failed) {
        tell_failed(on, answered);
    }
    return on->count == GROUP ? flush(on, err) : NP_OK;
}

static void put_counts(cli_output *output, const np_cloud_check_counts *counts)
{
    cli_put_text(output, "target", "target", counts->target);
    cli_put_count(output, "registered", "registered", counts->outcomes[NP_CLOUD_REGISTERED]);
    cli_put_count(output, "failed", "failed", counts->outcomes[NP_CLOUD_FAILED]);
    cli_put_count(output, "unanswered", "unanswered", counts->outcomes[NP_CLOUD_UNANSWERED]);
}

static np_code tell_count(const np_cloud_check_counts *counts, np_error *err)
{
    size_t failed = counts->outcomes[NP_CLOUD_FAILED];
    if (failed == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EREJECTS, "%zu devices were refused by %s", failed, counts->target);
    return np_error_hint(err, NP_EREJECTS,
                         "export again with the same --registry: what is missing comes out");
}

np_code cli_cloud_check_result(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(marking_clear)
    marking on = {.output = output, .failed = output->is_json ? json_array() : NULL};
    np_cloud_check_counts counts;
    const np_cloud_check check = {.folder = arguments->target,
                                  .target = arguments->to,
                                  .part = arguments->part,
                                  .answer = arguments->check_result,
                                  .take = take,
                                  .self = &on};
    NP_TRY(cli_registry_open(arguments, &on.store, err));
    NP_TRY(np_cloud_check_result(&check, &counts, err));
    NP_TRY(flush(&on, err));
    put_counts(output, &counts);
    if (on.failed != NULL) {
        cli_put_json(output, "failures", json_incref(on.failed));
    }
    return tell_count(&counts, err);
}
