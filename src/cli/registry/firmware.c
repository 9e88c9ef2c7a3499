/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `registry firmware`: archives are judged as at an upload, with the organisation's keys and
 * against the newest that was accepted for the product and platform; what is accepted is recorded.
 * The archive itself is not kept.
 */
#include "registry/firmware.h"
#include "base/civil.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/firmware/view.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "gateway/intake.h"
#include "gateway/view.h"

static np_code refuse(const char *path, const np_firmware_verdict *verdict, np_error *err)
{
    return np_error_set(err, NP_EPOLICY, "%s: %s (%s)", path, verdict->detail,
                        np_firmware_reason_name(verdict->reason));
}

np_code cli_registry_firmware_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    cli_actor actor;
    NP_CLEANUP(cli_archive_close) cli_archive archive = {.fd = -1};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(cli_archive_open(arguments->target, &archive, err));
    np_intake intake = {.org = np_bytes_text(arguments->org),
                        .product = np_bytes_text(arguments->product),
                        .source = &archive.source,
                        .facts = archive.facts};
    NP_TRY(np_intake_judge(store, &intake, err));
    np_firmware_kind kind = np_firmware_reason_kind(intake.verdict.reason);
    cli_put_text(output, "verdict", "verdict", np_firmware_kind_name(kind));
    cli_put_text(output, "reason", "reason", np_firmware_reason_name(intake.verdict.reason));
    if (intake.verdict.reason != NP_FIRMWARE_ACCEPTED) {
        return refuse(arguments->target, &intake.verdict, err);
    }
    cli_actor_init(&actor);
    NP_TRY(cli_file_digest(arguments->target, sha256, err));
    NP_TRY(np_intake_record(store, &intake, sha256, &actor.actor, err));
    cli_put_firmware(output, archive.facts);
    return NP_OK;
}

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_accepted_firmware *firmware, np_error *err)
{
    listing *list = self;
    char accepted[NP_TIME_TEXT_SIZE];
    np_format_time(firmware->accepted_at, accepted);
    if (list->list != NULL) {
        json_t *one = np_accepted_firmware_view(firmware);
        return json_array_append_new(list->list, one) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_print(list->output, "%.*s/%.*s  %.*s  %.*s  %.*s  %s", (int)firmware->org.len,
              (const char *)firmware->org.data, (int)firmware->product.len,
              (const char *)firmware->product.data, (int)firmware->platform.len,
              (const char *)firmware->platform.data, (int)firmware->version.len,
              (const char *)firmware->version.data, (int)firmware->uuid.len,
              (const char *)firmware->uuid.data, accepted);
    return NP_OK;
}

np_code cli_registry_firmware_list(const cli_arguments *arguments, cli_output *output,
                                   np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_accepted_query query = {
        .org = np_bytes_text(arguments->org == NULL ? "" : arguments->org)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_accepted_firmware_each(store, &query, list_one, &list, err);
    cli_put_json(output, "firmware", list.list);
    return code;
}
