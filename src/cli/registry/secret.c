/* SPDX-License-Identifier: Apache-2.0 */
/* `registry secret`: shared secrets of products and devices, which are never printed. */
#include "base/format.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "gateway/view.h"
#include "registry/secrets.h"

/* A secret with its name, as it comes from a file or goes to one. */
typedef struct pair {
    char key_id[NP_NH1_KEY_ID_SIZE + 1];
    char secret[NP_SECRET_SIZE + 1];
} pair;

static void clear_pair(pair *one)
{
    np_wipe(one, sizeof(*one));
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static np_code load_pair(const char *path, pair *ret, np_error *err)
{
    json_error_t ignored;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load_any(path, &file, err));
    NP_CLEANUP(free_json)
    json_t *json = json_loadb((const char *)file.data, file.len, 0, &ignored);
    const char *key_id = text_of(json, "key");
    const char *secret = text_of(json, "secret");
    if (strlen(key_id) != NP_NH1_KEY_ID_SIZE || strlen(secret) != NP_SECRET_SIZE) {
        np_error_set(err, NP_EINPUT_FORMAT,
                     "%s: no JSON with a key of %d characters and a secret of %d", path,
                     NP_NH1_KEY_ID_SIZE, NP_SECRET_SIZE);
        return np_error_hint(err, NP_EINPUT_FORMAT,
                             "{\"key\": \"nhp_...\", \"secret\": \"...\"}, as the server that "
                             "devices know it from shows them");
    }
    memcpy(ret->key_id, key_id, sizeof(ret->key_id));
    memcpy(ret->secret, secret, sizeof(ret->secret));
    return NP_OK;
}

static np_code make_pair(const cli_arguments *arguments, pair *ret, np_error *err)
{
    char text[256];
    NP_TRY(cli_file_check_free(arguments->out, err));
    NP_TRY(np_secret_make(arguments->identifier == NULL, ret->key_id, ret->secret, err));
    np_format(text, sizeof(text), "{\"key\": \"%s\", \"secret\": \"%s\"}\n", ret->key_id,
              ret->secret);
    np_code code = np_file_create(arguments->out, 0600, np_bytes_text(text), err);
    np_wipe(text, sizeof(text));
    return code;
}

static np_code check_usage(const cli_arguments *arguments, np_error *err)
{
    if ((arguments->product == NULL) == (arguments->identifier == NULL)) {
        return np_error_set(err, NP_EUSAGE, "whose secret it is: --product or --device");
    }
    if ((arguments->out == NULL) == (arguments->secret_file == NULL)) {
        return np_error_set(err, NP_EUSAGE,
                            "--out for a new secret, or --secret-file for one that devices have");
    }
    return arguments->count > 0 && arguments->product == NULL
               ? np_error_set(err, NP_EUSAGE, "--limit belongs to --product")
               : NP_OK;
}

static np_bytes text_or_empty(const char *text)
{
    return np_bytes_text(text == NULL ? "" : text);
}

np_code cli_registry_secret_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(clear_pair) pair one = {0};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(check_usage(arguments, err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(arguments->out != NULL ? make_pair(arguments, &one, err)
                                  : load_pair(arguments->secret_file, &one, err));
    const np_shared_secret secret = {.org = np_bytes_text(arguments->org),
                                     .key_id = np_bytes_text(one.key_id),
                                     .secret = np_bytes_text(one.secret),
                                     .product = text_or_empty(arguments->product),
                                     .identifier = text_or_empty(arguments->identifier),
                                     .create_limit = arguments->count};
    cli_actor_init(&actor);
    NP_TRY(np_secret_add(store, &secret, &actor.actor, err));
    cli_put_text(output, "key", "key", one.key_id);
    if (arguments->out != NULL) {
        cli_put_text(output, "file", "with its secret in", arguments->out);
    }
    return NP_OK;
}

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_shared_secret *secret, np_error *err)
{
    listing *list = self;
    bool is_product = secret->identifier.len == 0;
    np_bytes whose = is_product ? secret->product : secret->identifier;
    if (list->list != NULL) {
        return json_array_append_new(list->list, np_secret_view(secret)) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_print(list->output, "%.*s  %.*s  %s %.*s", (int)secret->key_id.len,
              (const char *)secret->key_id.data, (int)secret->org.len,
              (const char *)secret->org.data, is_product ? "product" : "device", (int)whose.len,
              (const char *)whose.data);
    return NP_OK;
}

np_code cli_registry_secret_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_secret_each(store, text_or_empty(arguments->org), list_one, &list, err);
    cli_put_json(output, "secrets", list.list);
    return code;
}

np_code cli_registry_secret_remove(const cli_arguments *arguments, cli_output *output,
                                   np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_secret_remove(store, np_bytes_text(arguments->org), np_bytes_text(arguments->target),
                            &actor.actor, err));
    cli_put_text(output, "removed", "removed", arguments->target);
    return NP_OK;
}
