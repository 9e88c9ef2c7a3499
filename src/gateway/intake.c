/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/intake.h"

#include "base/format.h"
#include "firmware/version.h"

typedef struct newest {
    char version[NP_FIRMWARE_TEXT_SIZE]; /* empty: none was accepted yet */
} newest;

static np_code take_newest(void *self, const np_accepted_firmware *firmware, np_error *err)
{
    newest *up_to_now = self;
    (void)err;
    if (up_to_now->version[0] == '\0' ||
        np_version_compare(firmware->version, np_bytes_text(up_to_now->version)) > 0) {
        np_format(up_to_now->version, sizeof(up_to_now->version), "%.*s",
                  (int)firmware->version.len, (const char *)firmware->version.data);
    }
    return NP_OK;
}

static np_bytes meta_of(const np_intake *intake, np_meta_field field)
{
    return intake->facts->meta.fields[field];
}

/* The front, the keys, what was signed, the newest of its kind, the rest: in this order. */
static np_code judge(np_store *store, np_intake *intake, np_firmware_policy *policy, np_error *err)
{
    newest up_to_now = {0};
    np_firmware_facts *facts = intake->facts;
    NP_TRY(np_firmware_read_front(facts, intake->source, false, err));
    np_firmware_judge(facts, policy, &intake->verdict);
    if (intake->verdict.reason != NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    NP_TRY(np_firmware_read_meta(facts, err));
    if (facts->is_parsed) {
        const np_accepted_query query = {.org = intake->org,
                                         .product = intake->product,
                                         .platform = meta_of(intake, NP_META_PLATFORM)};
        NP_TRY(np_accepted_firmware_each(store, &query, take_newest, &up_to_now, err));
        policy->highest_accepted = up_to_now.version[0] == '\0' ? NULL : up_to_now.version;
        NP_TRY(np_firmware_read_resources(facts, NULL, err));
    }
    np_firmware_judge(facts, policy, &intake->verdict);
    return NP_OK;
}

np_code np_intake_judge(np_store *store, np_intake *intake, np_error *err)
{
    char org[NP_ORG_NAME_MAX + 1];
    char product[NP_FIRMWARE_TEXT_SIZE];
    np_format(org, sizeof(org), "%.*s", (int)intake->org.len, (const char *)intake->org.data);
    np_format(product, sizeof(product), "%.*s", (int)intake->product.len,
              (const char *)intake->product.data);
    NP_TRY(np_trusted_keys_load(store, org, product, &intake->trusted, err));
    np_firmware_policy policy = {
        .keys = intake->trusted.keys, .key_count = intake->trusted.count, .product = product};
    return judge(store, intake, &policy, err);
}

np_code np_intake_record(np_store *store, const np_intake *intake,
                         const uint8_t sha256[static NP_FINGERPRINT_BYTES], const np_actor *actor,
                         np_error *err)
{
    np_accepted_firmware firmware = {
        .org = intake->org,
        .product = meta_of(intake, NP_META_PRODUCT),
        .platform = meta_of(intake, NP_META_PLATFORM),
        .architecture = meta_of(intake, NP_META_ARCHITECTURE),
        .version = meta_of(intake, NP_META_VERSION),
        .uuid = np_bytes_text(intake->facts->uuid),
        .size = intake->source->size,
    };
    memcpy(firmware.key, intake->trusted.keys[intake->verdict.key].bytes, sizeof(firmware.key));
    memcpy(firmware.sha256, sha256, sizeof(firmware.sha256));
    return np_accepted_firmware_add(store, &firmware, actor, err);
}
