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
        .name = "nerveshub",
        .suffix = ".json",
        .chunk = CHUNK,
        .limits = {.needs_certificate = true},
        .begin = cloud_begin_array,
        .put = cloud_put_nerveshub,
        .end = cloud_end_array,
    },
};

const cloud_target *cloud_target_at(size_t index)
{
    return index < NP_COUNT_OF(targets) ? &targets[index] : NULL;
}
