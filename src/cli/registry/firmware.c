/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `registry firmware`: archives are judged as at an upload, with the organisation's keys and
 * against the newest that was accepted for the product and platform; what is accepted is recorded.
 * The archive itself is not kept.
 */
#include "registry/firmware.h"
#include "base/civil.h"
#include "base/format.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/firmware/trusted.h"
#include "cli/firmware/view.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "firmware/version.h"
#include <stdio.h>
#include <sys/stat.h>

typedef struct upload {
    cli_archive archive;
    cli_trusted trusted;
    np_firmware_policy policy;
    np_firmware_verdict verdict;
    char platform[NP_FIRMWARE_TEXT_SIZE];
    char highest[NP_FIRMWARE_TEXT_SIZE]; /* empty: none was accepted yet */
} upload;

static void upload_clear(upload *self)
{
    cli_archive_close(&self->archive);
}

static np_code take_highest(void *self, const np_accepted_firmware *firmware, np_error *err)
{
    (void)err;
    upload *up = self;
    if (up->highest[0] == '\0' ||
        np_version_compare(firmware->version, np_bytes_text(up->highest)) > 0) {
        np_format(up->highest, sizeof(up->highest), "%.*s", (int)firmware->version.len,
                  (const char *)firmware->version.data);
    }
    return NP_OK;
}

static np_bytes meta_of(const upload *self, np_meta_field field)
{
    return self->archive.facts->meta.fields[field];
}

/* The front, the keys, what was signed, the newest of its kind, the rest: in this order. */
static np_code judge(np_store *store, const cli_arguments *arguments, upload *self, np_error *err)
{
    np_firmware_facts *facts = self->archive.facts;
    NP_TRY(np_firmware_read_front(facts, &self->archive.source, false, err));
    np_firmware_judge(facts, &self->policy, &self->verdict);
    if (self->verdict.reason != NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    NP_TRY(np_firmware_read_meta(facts, err));
    if (facts->is_parsed) {
        const np_accepted_query query = {.org = np_bytes_text(arguments->org),
                                         .product = np_bytes_text(arguments->product),
                                         .platform = meta_of(self, NP_META_PLATFORM)};
        NP_TRY(np_accepted_firmware_each(store, &query, take_highest, self, err));
        self->policy.highest_accepted = self->highest[0] == '\0' ? NULL : self->highest;
        NP_TRY(np_firmware_read_resources(facts, NULL, err));
    }
    np_firmware_judge(facts, &self->policy, &self->verdict);
    return NP_OK;
}

static np_code record(np_store *store, const cli_arguments *arguments, const upload *self,
                      np_error *err)
{
    struct stat status;
    cli_actor actor;
    np_accepted_firmware firmware = {
        .org = np_bytes_text(arguments->org),
        .product = meta_of(self, NP_META_PRODUCT),
        .platform = meta_of(self, NP_META_PLATFORM),
        .architecture = meta_of(self, NP_META_ARCHITECTURE),
        .version = meta_of(self, NP_META_VERSION),
        .uuid = np_bytes_text(self->archive.facts->uuid),
    };
    memcpy(firmware.key, self->trusted.keys[self->verdict.key].bytes, sizeof(firmware.key));
    NP_TRY(cli_file_digest(arguments->target, firmware.sha256, err));
    firmware.size = fstat(self->archive.fd, &status) == 0 ? (uint64_t)status.st_size : 0;
    cli_actor_init(&actor);
    return np_accepted_firmware_add(store, &firmware, &actor.actor, err);
}

static np_code refuse(const char *path, const np_firmware_verdict *verdict, np_error *err)
{
    return np_error_set(err, NP_EPOLICY, "%s: %s (%s)", path, verdict->detail,
                        np_firmware_reason_name(verdict->reason));
}

np_code cli_registry_firmware_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(upload_clear) upload self = {.archive = {.fd = -1}};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(cli_trusted_load(store, arguments->org, arguments->product, &self.trusted, err));
    self.policy = (np_firmware_policy){
        .keys = self.trusted.keys, .key_count = self.trusted.count, .product = arguments->product};
    NP_TRY(cli_archive_open(arguments->target, &self.archive, err));
    NP_TRY(judge(store, arguments, &self, err));
    np_firmware_kind kind = np_firmware_reason_kind(self.verdict.reason);
    cli_put_text(output, "verdict", "verdict", np_firmware_kind_name(kind));
    cli_put_text(output, "reason", "reason", np_firmware_reason_name(self.verdict.reason));
    if (self.verdict.reason != NP_FIRMWARE_ACCEPTED) {
        return refuse(arguments->target, &self.verdict, err);
    }
    NP_TRY(record(store, arguments, &self, err));
    cli_put_firmware(output, self.archive.facts);
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
        json_t *one =
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s}", "org",
                      cli_json_slice(firmware->org), "product", cli_json_slice(firmware->product),
                      "platform", cli_json_slice(firmware->platform), "version",
                      cli_json_slice(firmware->version), "uuid", cli_json_slice(firmware->uuid),
                      "sha256", cli_json_hex(NP_BYTES(firmware->sha256)), "size",
                      (json_int_t)firmware->size, "accepted_at", accepted);
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
