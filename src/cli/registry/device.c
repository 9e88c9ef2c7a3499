/* SPDX-License-Identifier: Apache-2.0 */
/* `registry device`: what owners do to their devices. */
#include "base/civil.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "registry/devices.h"
#include <time.h>

static json_t *time_or_null(int64_t seconds)
{
    char text[NP_TIME_TEXT_SIZE];
    np_format_time(seconds, text);
    return seconds == 0 ? json_null() : json_string(text);
}

static json_t *describe(const np_device *device)
{
    json_t *tags = json_loadb((const char *)device->tags.data, device->tags.len, 0, NULL);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:o, s:o}", "identifier",
        cli_json_slice(device->identifier), "org", cli_json_slice(device->org), "product",
        cli_json_slice(device->product), "tags", tags == NULL ? json_array() : tags, "description",
        cli_json_slice(device->description), "state", np_device_state_name(device->state),
        "certificates", (json_int_t)device->certificates, "rekey_until",
        time_or_null(device->rekey_until), "first_seen", time_or_null(device->first_seen),
        "last_seen", time_or_null(device->last_seen));
}

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_device *device, np_error *err)
{
    char seen[NP_TIME_TEXT_SIZE] = "never";
    listing *list = self;
    if (list->list != NULL) {
        return json_array_append_new(list->list, describe(device)) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    if (device->last_seen != 0) {
        np_format_time(device->last_seen, seen);
    }
    cli_print(list->output, "%.*s/%.*s  %s  %s  %.*s", (int)device->org.len,
              (const char *)device->org.data, (int)device->identifier.len,
              (const char *)device->identifier.data, np_device_state_name(device->state), seen,
              (int)device->product.len, (const char *)device->product.data);
    return NP_OK;
}

np_code cli_registry_device_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_device_query query = {.org =
                                       np_bytes_text(arguments->org == NULL ? "" : arguments->org)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_device_each(store, &query, list_one, &list, err);
    cli_put_json(output, "devices", list.list);
    return code;
}

np_code cli_registry_device_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_device_query query = {.org = np_bytes_text(arguments->org),
                                   .identifier = np_bytes_text(arguments->target)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = json_array();
    np_code code = np_device_each(store, &query, list_one, &list, err);
    if (code == NP_OK && json_array_size(list.list) == 0) {
        code = np_error_set(err, NP_EINPUT_MISSING,
                            "the organisation has no device of this identifier");
    }
    if (code == NP_OK) {
        cli_put_data(output, "device", json_incref(json_array_get(list.list, 0)));
    }
    json_decref(list.list);
    return code;
}

np_code cli_registry_device_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    const np_device device = {
        .org = np_bytes_text(arguments->org),
        .identifier = np_bytes_text(arguments->target),
        .product = np_bytes_text(arguments->product == NULL ? "" : arguments->product)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_device_add(store, &device, &actor.actor, err));
    cli_put_text(output, "org", "organisation", arguments->org);
    cli_put_text(output, "identifier", "identifier", arguments->target);
    return NP_OK;
}

static np_code set_state(const cli_arguments *arguments, np_device_state state, cli_output *output,
                         np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_device_set_state(store, np_bytes_text(arguments->org),
                               np_bytes_text(arguments->target), state, &actor.actor, err));
    cli_put_text(output, "identifier", "identifier", arguments->target);
    cli_put_text(output, "state", "state", np_device_state_name(state));
    return NP_OK;
}

np_code cli_registry_device_block(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return set_state(arguments, NP_DEVICE_BLOCKED, output, err);
}

np_code cli_registry_device_unblock(const cli_arguments *arguments, cli_output *output,
                                    np_error *err)
{
    return set_state(arguments, NP_DEVICE_ACTIVE, output, err);
}

np_code cli_registry_device_delete(const cli_arguments *arguments, cli_output *output,
                                   np_error *err)
{
    return set_state(arguments, NP_DEVICE_DELETED, output, err);
}

np_code cli_registry_device_move(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_device_move(store, np_bytes_text(arguments->org), np_bytes_text(arguments->target),
                          np_bytes_text(arguments->to), &actor.actor, err));
    cli_put_text(output, "identifier", "identifier", arguments->target);
    cli_put_text(output, "org", "organisation", arguments->to);
    return NP_OK;
}

np_code cli_registry_device_rekey_window(const cli_arguments *arguments, cli_output *output,
                                         np_error *err)
{
    enum { SECONDS_PER_HOUR = 3600 };
    cli_actor actor;
    char text[NP_TIME_TEXT_SIZE];
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    int64_t until = (int64_t)time(NULL) + (int64_t)arguments->hours * SECONDS_PER_HOUR;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_device_open_rekey(store, np_bytes_text(arguments->org),
                                np_bytes_text(arguments->target), until, &actor.actor, err));
    np_format_time(until, text);
    cli_put_text(output, "identifier", "identifier", arguments->target);
    cli_put_text(output, "rekey_until", "a new key is welcome until", text);
    return NP_OK;
}
