/* SPDX-License-Identifier: Apache-2.0 */
/* `registry device`: what owners do to their devices. */
#include "base/civil.h"
#include "base/text.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "gateway/view.h"
#include <time.h>

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_device *device, np_error *err)
{
    char seen[NP_TIME_TEXT_SIZE] = "never";
    listing *list = self;
    if (list->list != NULL) {
        return json_array_append_new(list->list, np_device_view(device)) == 0
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

static np_code list_credential(void *self, const np_credential *credential, np_error *err)
{
    return json_array_append_new(self, np_credential_view(credential)) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

np_code cli_registry_device_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_device_query query = {.org = np_bytes_text(arguments->org),
                                   .identifier = np_bytes_text(arguments->target)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = json_array();
    json_t *credentials = json_array();
    np_code code = np_device_each(store, &query, list_one, &list, err);
    if (code == NP_OK && json_array_size(list.list) == 0) {
        code = np_error_set(err, NP_EINPUT_MISSING,
                            "the organisation has no device of this identifier");
    }
    if (code == NP_OK) {
        code = np_credential_each(store, query.org, query.identifier, list_credential, credentials,
                                  err);
    }
    if (code == NP_OK) {
        json_t *device = json_array_get(list.list, 0);
        (void)json_object_set(device, "credentials", credentials);
        cli_put_data(output, "device", json_incref(device));
    }
    json_decref(credentials);
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

static np_code parse_fingerprint(const char *text, uint8_t ret[static NP_FINGERPRINT_BYTES],
                                 np_error *err)
{
    char digits[2 * NP_FINGERPRINT_BYTES + 1] = "";
    size_t len = 0;
    for (const char *at = text; *at != '\0' && len < sizeof(digits); at++) {
        if (*at != ':') {
            digits[len++] = *at;
        }
    }
    if (len == sizeof(digits) - 1 &&
        np_parse_hex(digits, ret, NP_FINGERPRINT_BYTES, NULL) == NP_OK) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "'%s' is no SHA-256: %d hex digits, with or without colons", text,
                 2 * NP_FINGERPRINT_BYTES);
    return np_error_hint(err, NP_EUSAGE, "nameplate registry device show names a device's");
}

static np_code set_blocked(const cli_arguments *arguments, np_credential_kind kind, bool is_blocked,
                           cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    bool is_key = kind == NP_CREDENTIAL_KEY;
    np_credential_name name = {.org = np_bytes_text(arguments->org),
                               .identifier = np_bytes_text(arguments->target),
                               .kind = kind};
    NP_TRY(parse_fingerprint(is_key ? arguments->key : arguments->cert, name.sha256, err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_credential_set_blocked(store, &name, is_blocked, &actor.actor, err));
    cli_put_text(output, "identifier", "identifier", arguments->target);
    cli_put_hex(output, is_key ? "key" : "certificate", is_key ? "key" : "certificate",
                NP_BYTES(name.sha256));
    cli_put_text(output, "state", "state", is_blocked ? "blocked" : "active");
    return NP_OK;
}

/* The device, or one of its certificates or keys. */
static np_code block(const cli_arguments *arguments, bool is_blocked, cli_output *output,
                     np_error *err)
{
    if (arguments->cert != NULL && arguments->key != NULL) {
        return np_error_set(err, NP_EUSAGE, "--certificate and --key exclude each other");
    }
    if (arguments->cert != NULL) {
        return set_blocked(arguments, NP_CREDENTIAL_CERTIFICATE, is_blocked, output, err);
    }
    if (arguments->key != NULL) {
        return set_blocked(arguments, NP_CREDENTIAL_KEY, is_blocked, output, err);
    }
    return set_state(arguments, is_blocked ? NP_DEVICE_BLOCKED : NP_DEVICE_ACTIVE, output, err);
}

np_code cli_registry_device_block(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return block(arguments, true, output, err);
}

np_code cli_registry_device_unblock(const cli_arguments *arguments, cli_output *output,
                                    np_error *err)
{
    return block(arguments, false, output, err);
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
