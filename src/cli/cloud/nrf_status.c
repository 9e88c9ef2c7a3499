/* SPDX-License-Identifier: Apache-2.0 */
/* cloud nrf status: what the service knows, of the account, of a device, of an operation. */
#include "base/wipe.h"
#include "cli/cloud/nrf_service.h"
#include "cli/command.h"
#include "cloud/nrf_row.h"
#include <string.h>

/* Members of an answer that are shown to people, in order; all of it stands in the JSON. */
typedef struct shown_member {
    const char *name;
    const char *inner; /* NULL: the member itself */
    const char *label;
} shown_member;

static const shown_member account_members[] = {
    {"team", "name", "team"},
    {"team", "tenantId", "team id"},
    {"role", NULL, "role"},
    {"mqttEndpoint", NULL, "MQTT endpoint"},
    {"mqttTopicPrefix", NULL, "MQTT topic prefix"},
    {NULL, NULL, NULL},
};

static const shown_member device_members[] = {
    {"id", NULL, "device"},
    {"name", NULL, "name"},
    {"subType", NULL, "sub type"},
    {NULL, NULL, NULL},
};

static const shown_member operation_members[] = {
    {"bulkOpsRequestId", NULL, "operation"},
    {"status", NULL, "status"},
    {"requestedAt", NULL, "requested"},
    {"completedAt", NULL, "completed"},
    {NULL, NULL, NULL},
};

static void put_members(cli_output *output, const char *key, const shown_member *members,
                        json_t *answer)
{
    for (; !output->is_json && members->name != NULL; members++) {
        const json_t *value = json_object_get(answer, members->name);
        value = members->inner == NULL ? value : json_object_get(value, members->inner);
        if (json_is_string(value)) {
            cli_put_text(output, members->name, members->label, json_string_value(value));
        }
    }
    if (output->is_json) {
        cli_put_json(output, key, json_incref(answer));
    }
}

static np_code show_account(const np_nrf_cloud *cloud, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_nrf_json_clear) json_t *account = NULL;
    NP_TRY(np_nrf_account(cloud, &account, err));
    put_members(output, "account", account_members, account);
    return NP_OK;
}

static np_code show_device(const np_nrf_cloud *cloud, const char *id, cli_output *output,
                           np_error *err)
{
    NP_CLEANUP(np_nrf_json_clear) json_t *device = NULL;
    NP_TRY(np_nrf_find_device(cloud, id, &device, err));
    if (device == NULL) {
        np_error_set(err, NP_EINPUT_MISSING, "the account has no device %s", id);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "nameplate cloud nrf onboard makes it one; the id is the common name "
                             "of the device's certificate");
    }
    put_members(output, "device", device_members, device);
    return NP_OK;
}

static np_code show_refusals(const np_nrf_cloud *cloud, const np_nrf_operation *operation,
                             cli_output *output, np_error *err)
{
    NP_CLEANUP(np_nrf_refusals_clear) np_nrf_refusals refusals = {0};
    json_t *rows = json_array();
    np_code code = np_nrf_refusals_get(cloud, operation, NP_NRF_ROWS_MAX, &refusals, err);
    for (size_t i = 0; code == NP_OK && i < refusals.rows; i++) {
        if (refusals.reasons[i] != NULL) {
            cli_print(output, "row %zu: refused: %s", i + 1, refusals.reasons[i]);
            json_array_append_new(rows, json_pack("{s:i, s:o}", "row", (int)i + 1, "reason",
                                                  cli_json_text(refusals.reasons[i])));
        }
    }
    if (output->is_json) {
        cli_put_json(output, "refused", json_incref(rows));
    }
    json_decref(rows);
    NP_TRY(code);
    return np_error_set(err, NP_EREJECTS, "the operation has failed: %zu rows were refused%s%s",
                        refusals.count, refusals.other == NULL ? "" : ": ",
                        refusals.other == NULL ? "" : refusals.other);
}

static np_code show_operation(const np_nrf_cloud *cloud, const char *id, cli_output *output,
                              np_error *err)
{
    NP_CLEANUP(np_nrf_operation_clear) np_nrf_operation operation = {0};
    NP_TRY(np_nrf_look(cloud, id, &operation, err));
    put_members(output, "operation", operation_members, operation.document);
    return operation.state == NP_NRF_FAILED ? show_refusals(cloud, &operation, output, err) : NP_OK;
}

np_code cli_cloud_nrf_status(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_nrf_service_close) cli_nrf_service service = {0};
    const char *id = arguments->operand;
    if (arguments->operation && id == NULL) {
        return np_error_set(err, NP_EUSAGE, "--operation needs the operation's ID");
    }
    NP_TRY(cli_nrf_service_open(arguments, &service, err));
    if (id == NULL) {
        return show_account(&service.cloud, output, err);
    }
    return arguments->operation ? show_operation(&service.cloud, id, output, err)
                                : show_device(&service.cloud, id, output, err);
}
