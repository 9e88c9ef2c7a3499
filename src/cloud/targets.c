/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/targets.h"

#include "cloud/nrf_row.h"

enum {
    CHUNK = 10000,      /* where the target names no limit: files that editors open. Not tuned */
    AWS_ID_MAX = 128,   /* of a thing's name */
    AWS_TEXT_MAX = 800, /* of an attribute */
    AZURE_ID_MAX = 128,
};

/* What StartThingRegistrationTask makes of each line; the policy has to be there already. */
static const char aws_template[] =
    "{\n"
    "  \"Parameters\": {\n"
    "    \"ThingName\": {\"Type\": \"String\"},\n"
    "    \"SerialNumber\": {\"Type\": \"String\"},\n"
    "    \"CertificatePem\": {\"Type\": \"String\"},\n"
    "    \"PolicyName\": {\"Type\": \"String\", \"Default\": \"device\"}\n"
    "  },\n"
    "  \"Resources\": {\n"
    "    \"thing\": {\n"
    "      \"Type\": \"AWS::IoT::Thing\",\n"
    "      \"Properties\": {\n"
    "        \"ThingName\": {\"Ref\": \"ThingName\"},\n"
    "        \"AttributePayload\": {\"SerialNumber\": {\"Ref\": \"SerialNumber\"}}\n"
    "      }\n"
    "    },\n"
    "    \"certificate\": {\n"
    "      \"Type\": \"AWS::IoT::Certificate\",\n"
    "      \"Properties\": {\n"
    "        \"CertificatePem\": {\"Ref\": \"CertificatePem\"},\n"
    "        \"Status\": \"ACTIVE\"\n"
    "      }\n"
    "    },\n"
    "    \"policy\": {\n"
    "      \"Type\": \"AWS::IoT::Policy\",\n"
    "      \"Properties\": {\"PolicyName\": {\"Ref\": \"PolicyName\"}}\n"
    "    }\n"
    "  }\n"
    "}\n";

static np_code needs(const char *value, const char *target, const char *option, np_error *err)
{
    return value != NULL ? NP_OK : np_error_set(err, NP_EUSAGE, "%s needs %s", target, option);
}

static np_code prepare_golioth(cloud_context *context, np_error *err)
{
    NP_TRY(needs(context->options.project, "golioth",
                 "--project SLUG, the organization that is in the certificates", err));
    context->limits.organization = context->options.project;
    return NP_OK;
}

static np_code prepare_mender(cloud_context *context, np_error *err)
{
    NP_TRY(needs(context->options.identity, "mender",
                 "--identity, what the devices say that they are, as mac=mac,sn=serial", err));
    NP_TRY(cloud_identity_parse(context->options.identity, &context->identity, err));
    context->limits.identity = &context->identity;
    return NP_OK;
}

static np_code prepare_manifest(cloud_context *context, np_error *err)
{
    const np_cloud_export_options *options = &context->options;
    unsigned version = options->manifest_version == 0 ? 3 : options->manifest_version;
    if (options->manifest_signing == NULL) {
        return np_error_set(err, NP_EUSAGE, "manifest needs --manifest-key and --manifest-cert");
    }
    if (version != 1 && version != 3) {
        return np_error_set(err, NP_EUSAGE, "--manifest-version is 1 or 3");
    }
    return cloud_manifest_prepare(options->manifest_signing, options->manifest_certificate, version,
                                  &context->manifest, err);
}

static const cloud_target targets[] = {
    {
        .name = "csv",
        .suffix = ".csv",
        .chunk = CHUNK,
        .begin = cloud_begin_csv,
        .put = cloud_put_csv,
    },
    {
        .name = "json",
        .suffix = ".json",
        .chunk = CHUNK,
        .begin = cloud_begin_array,
        .put = cloud_put_line,
        .end = cloud_end_array,
    },
    {
        .name = "nrfcloud",
        .suffix = ".csv",
        .chunk = NP_NRF_ROWS_MAX,
        .is_chunk_max = true,
        .limits = {.needs_certificate = true,
                   .is_case_blind = true,
                   .id_max = NP_NRF_ID_MAX,
                   .id_marks = NP_NRF_ID_MARKS,
                   .tag_marks = NP_NRF_TAG_MARKS},
        .put = cloud_put_nrf,
    },
    {
        .name = "aws",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .companion = "template.json",
        .companion_text = aws_template,
        .limits = {.needs_certificate = true,
                   .id_max = AWS_ID_MAX,
                   .id_marks = ":_-",
                   .serial_max = AWS_TEXT_MAX,
                   .serial_marks = "_.,@/:#-"},
        .put = cloud_put_aws,
    },
    {
        .name = "aws-calls",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .limits = {.needs_certificate = true,
                   .id_max = AWS_ID_MAX,
                   .id_marks = ":_-",
                   .serial_max = AWS_TEXT_MAX,
                   .serial_marks = "_.,@/:#-"},
        .put = cloud_put_aws_calls,
    },
    {
        .name = "azure",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .limits = {.needs_certificate = true,
                   .is_case_blind = true,
                   .has_plain_ends = true,
                   .id_max = AZURE_ID_MAX,
                   .id_marks = "._-:"},
        .put = cloud_put_azure,
        .end = cloud_end_azure,
    },
    {
        .name = "azure-group",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .is_by_issuer = true,
        .limits = {.needs_certificate = true,
                   .needs_issuer = true,
                   .is_case_blind = true,
                   .has_plain_ends = true,
                   .id_max = AZURE_ID_MAX,
                   .id_marks = "._-:"},
        .put = cloud_put_azure_group,
    },
    {
        .name = "golioth",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .limits = {.needs_certificate = true, .needs_key = true},
        .prepare = prepare_golioth,
        .put = cloud_put_golioth,
    },
    {
        .name = "mender",
        .suffix = ".ndjson",
        .chunk = CHUNK,
        .limits = {.needs_key = true},
        .prepare = prepare_mender,
        .put = cloud_put_mender,
    },
    {
        .name = "nerveshub",
        .suffix = ".json",
        .chunk = CHUNK,
        .limits = {.needs_certificate = true},
        .begin = cloud_begin_array,
        .put = cloud_put_nerveshub,
        .end = cloud_end_array,
    },
    {
        .name = "manifest",
        .suffix = ".json",
        .chunk = CHUNK,
        .limits = {.needs_key = true, .needs_chip = true},
        .prepare = prepare_manifest,
        .begin = cloud_begin_array,
        .put_signed = cloud_put_manifest,
        .end = cloud_end_array,
    },
};

const cloud_target *cloud_target_at(size_t index)
{
    return index < NP_COUNT_OF(targets) ? &targets[index] : NULL;
}
