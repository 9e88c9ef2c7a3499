/* SPDX-License-Identifier: Apache-2.0 */
/* `registry token`: who may use the management API. */
#include "base/civil.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "crypto/random.h"
#include "gateway/view.h"
#include "registry/tokens.h"
#include <time.h>

enum { DAYS = 365, SECONDS_PER_DAY = 86400 };

typedef struct secret {
    uint8_t random[NP_TOKEN_BYTES];
    char text[NP_TOKEN_SIZE + 1]; /* with a line feed in the file */
} secret;

static void clear_secret(secret *self)
{
    np_wipe(self, sizeof(*self));
}

static np_code store_secret(const char *path, secret *self, np_error *err)
{
    size_t len = strlen(self->text);
    self->text[len] = '\n';
    np_code code = np_file_create(path, 0600, np_bytes_of(self->text, len + 1), err);
    self->text[len] = '\0';
    return code;
}

/* A token whose file cannot be made is none: nobody has seen it. */
static np_code hand_out(const cli_arguments *arguments, np_store *store, const np_actor *actor,
                        secret *made, cli_output *output, np_error *err)
{
    if (arguments->out == NULL) {
        cli_put_line(output, "token", made->text);
        return NP_OK;
    }
    np_code code = store_secret(arguments->out, made, err);
    if (code != NP_OK) {
        np_code unused = np_token_remove(store, np_bytes_text(""), np_bytes_text(arguments->target),
                                         actor, NULL);
        (void)unused; /* the first error is the one that matters */
        return code;
    }
    cli_put_text(output, "file", "written to", arguments->out);
    return NP_OK;
}

np_code cli_registry_token_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(clear_secret) secret made = {0};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    cli_actor actor;
    char until[NP_TIME_TEXT_SIZE];
    np_random random = np_random_system();
    np_token token = {.name = np_bytes_text(arguments->target),
                      .org = np_bytes_text(arguments->org == NULL ? "" : arguments->org)};
    if (!np_token_role_parse(np_bytes_text(arguments->role), &token.role)) {
        return np_error_set(err, NP_EUSAGE, "--role is view, manage, admin or admit, not '%s'",
                            arguments->role);
    }
    if (arguments->out != NULL) {
        NP_TRY(cli_file_check_free(arguments->out, err));
    }
    cli_actor_init(&actor);
    token.expires_at = actor.actor.now +
                       (int64_t)(arguments->days == 0 ? DAYS : arguments->days) * SECONDS_PER_DAY;
    NP_TRY(random.fill(random.self, made.random, sizeof(made.random), err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(np_token_add(store, &token, made.random, &actor.actor, made.text, err));
    NP_TRY(hand_out(arguments, store, &actor.actor, &made, output, err));
    np_format_time(token.expires_at, until);
    cli_put_json(output, "name", cli_json_text(arguments->target));
    cli_put_json(output, "expires_at", cli_json_text(until));
    if (!output->is_json && arguments->out == NULL) {
        cli_note("shown once; good until %s", until);
    }
    return NP_OK;
}

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static np_code list_one(void *self, const np_token *token, np_error *err)
{
    listing *list = self;
    char until[NP_TIME_TEXT_SIZE];
    np_format_time(token->expires_at, until);
    if (list->list != NULL) {
        json_t *one = np_token_view(token);
        return json_array_append_new(list->list, one) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_print(list->output, "%.*s  %s  %.*s%s  until %s%s", (int)token->name.len,
              (const char *)token->name.data, np_token_role_name(token->role), (int)token->org.len,
              (const char *)token->org.data, token->org.len == 0 ? "all organisations" : "", until,
              token->last_used == 0 ? "  never used" : "");
    return NP_OK;
}

np_code cli_registry_token_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_token_each(store, list_one, &list, err);
    cli_put_json(output, "tokens", list.list);
    return code;
}

np_code cli_registry_token_remove(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    NP_TRY(np_token_remove(store, np_bytes_text(""), np_bytes_text(arguments->target), &actor.actor,
                           err));
    cli_put_text(output, "removed", "removed", arguments->target);
    return NP_OK;
}
