/* SPDX-License-Identifier: Apache-2.0 */
/* `registry key`: whose firmware an organisation trusts. */
#include "firmware/key.h"
#include "base/format.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/firmware/key_source.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "gateway/view.h"
#include <stdio.h>

/* The file's name without folder and ".pub", unless --name says another. */
static void name_key(const cli_arguments *arguments, char *ret, size_t size)
{
    const char *slash = strrchr(arguments->target, '/');
    const char *base = slash == NULL ? arguments->target : slash + 1;
    const char *dot = strrchr(base, '.');
    bool has_suffix = dot != NULL && dot != base && strcmp(dot, ".pub") == 0;
    int len = (int)(has_suffix ? (size_t)(dot - base) : strlen(base));
    if (arguments->name != NULL) {
        np_format(ret, size, "%s", arguments->name);
    } else {
        np_format(ret, size, "%.*s", len, base);
    }
}

np_code cli_registry_key_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char name[NP_TRUSTED_NAME_MAX + 2];
    uint8_t fingerprint[NP_FIRMWARE_FINGERPRINT_SIZE];
    np_firmware_key public;
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    name_key(arguments, name, sizeof(name));
    np_trusted_key key = {.org = np_bytes_text(arguments->org),
                          .name = np_bytes_text(name),
                          .product =
                              np_bytes_text(arguments->product == NULL ? "" : arguments->product)};
    NP_TRY(cli_firmware_public_key(arguments->target, &public, err));
    memcpy(key.key, public.bytes, sizeof(key.key));
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_trusted_key_add(store, &key, &actor.actor, err));
    np_firmware_key_fingerprint(key.key, fingerprint);
    cli_put_text(output, "name", "name", name);
    cli_put_hex(output, "fingerprint", "fingerprint", NP_BYTES(fingerprint));
    return NP_OK;
}

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_trusted_key *key, np_error *err)
{
    listing *list = self;
    if (list->list != NULL) {
        json_t *one = np_trusted_key_view(key);
        return json_array_append_new(list->list, one) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_print(list->output, "%.*s/%.*s  %s  %.*s%s", (int)key->org.len, (const char *)key->org.data,
              (int)key->name.len, (const char *)key->name.data,
              np_trusted_key_state_name(key->state), (int)key->product.len,
              (const char *)key->product.data, key->product.len == 0 ? "all products" : "");
    return NP_OK;
}

np_code cli_registry_key_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code =
        np_trusted_key_each(store, np_bytes_text(arguments->org == NULL ? "" : arguments->org),
                            np_bytes_text(""), list_one, &list, err);
    cli_put_json(output, "keys", list.list);
    return code;
}

static np_code set_state(const cli_arguments *arguments, np_trusted_key_state state,
                         cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_trusted_key_set_state(store, np_bytes_text(arguments->org),
                                    np_bytes_text(arguments->target), state, &actor.actor, err));
    cli_put_text(output, "name", "name", arguments->target);
    cli_put_text(output, "state", "state", np_trusted_key_state_name(state));
    return NP_OK;
}

np_code cli_registry_key_activate(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return set_state(arguments, NP_TRUSTED_ACTIVE, output, err);
}

np_code cli_registry_key_retire(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return set_state(arguments, NP_TRUSTED_RETIRING, output, err);
}

np_code cli_registry_key_revoke(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return set_state(arguments, NP_TRUSTED_REVOKED, output, err);
}

np_code cli_registry_key_remove(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_trusted_key_remove(store, np_bytes_text(arguments->org),
                                 np_bytes_text(arguments->target), &actor.actor, err));
    cli_put_text(output, "removed", "removed", arguments->target);
    return NP_OK;
}
