/* SPDX-License-Identifier: Apache-2.0 */
#include "token/token.h"

#include "atecc/device.h"
#include "base/wipe.h"
#include "nerveskey/layout.h"
#include "token/cache.h"
#include <pthread.h>
#include <stdlib.h>

struct np_token {
    pthread_mutex_t mutex; /* around everything below */
    char *uri;
    char *cache_folder; /* NULL: none */
    np_token_options options;
    np_link *link;
    np_atecc device;
    bool is_confirmed;      /* the chip behind this link is that of the facts */
    np_token_facts *facts;  /* NULL: not read yet */
    uint32_t past_commands; /* over links that are closed */
};

static void clear_at(np_token **token)
{
    np_token_free(*token);
}

static char *copy_or_null(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

np_code np_token_new(const char *uri, const np_token_options *options, np_token **ret,
                     np_error *err)
{
    NP_CLEANUP(clear_at) np_token *token = calloc(1, sizeof(*token));
    if (token == NULL || pthread_mutex_init(&token->mutex, NULL) != 0) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the token");
    }
    token->options = *options;
    token->uri = strdup(uri);
    token->cache_folder = copy_or_null(options->cache_folder);
    if (token->uri == NULL || (options->cache_folder != NULL && token->cache_folder == NULL)) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the token");
    }
    *ret = token;
    token = NULL;
    return NP_OK;
}

/* Whatever is wrong with the wire by now was told before, or nobody minds. */
static void close_wire(np_token *token)
{
    np_error ignored;
    token->past_commands += token->device.counts.commands;
    token->device.counts = (np_atecc_counts){0};
    token->is_confirmed = false;
    np_link *link = token->link;
    token->link = NULL;
    if (link != NULL && np_link_close(link, &ignored) != NP_OK) {
        return;
    }
}

void np_token_free(np_token *token)
{
    if (token == NULL) {
        return;
    }
    close_wire(token);
    pthread_mutex_destroy(&token->mutex);
    free(token->facts);
    free(token->cache_folder);
    free(token->uri);
    free(token);
}

void np_token_after_fork(np_token *token)
{
    pthread_mutex_init(&token->mutex, NULL); /* whoever held it is not in this process */
    token->device.is_awake = false;
    token->device.is_holding = false;
    close_wire(token); /* closes descriptors; the parent's own keep its lock */
}

static np_code open_wire(np_token *token, np_error *err)
{
    np_link_options options = {.lock_wait_ms = token->options.lock_wait_ms};
    NP_TRY(token->options.open(token->uri, &options, &token->link, err));
    np_atecc_init(&token->device, np_link_bus(token->link), np_link_address(token->link));
    return NP_OK;
}

/* The first block of the configuration has all of it. */
static np_chip_serial serial_in(const uint8_t first[static NP_ATECC_BLOCK_SIZE])
{
    np_chip_serial serial;
    memcpy(serial.bytes, first, 4);
    memcpy(serial.bytes + 4, first + 8, sizeof(serial.bytes) - 4);
    return serial;
}

static np_code read_serial(np_token *token, np_chip_serial *ret, np_error *err)
{
    uint8_t first[NP_ATECC_BLOCK_SIZE];
    NP_TRY(np_atecc_read_config(&token->device, 0, sizeof(first), first, err));
    *ret = serial_in(first);
    return NP_OK;
}

static np_code refuse_other(const np_token *token, np_error *err)
{
    np_code code =
        np_error_set(err, NP_ECONFLICT_OTHER, "%s: another chip is there than before", token->uri);
    return np_error_hint(err, code, "put the first one back, or close all sessions and begin anew");
}

static np_code confirm(np_token *token, np_error *err)
{
    np_chip_serial serial;
    if (token->is_confirmed || token->facts == NULL) {
        return NP_OK;
    }
    NP_TRY(read_serial(token, &serial, err));
    token->is_confirmed = memcmp(&serial, &token->facts->chip_serial, sizeof(serial)) == 0;
    return token->is_confirmed ? NP_OK : refuse_other(token, err);
}

/* The auxiliary pair alone can be another than the one remembered: its first blocks tell. */
static np_code refresh_aux(np_token *token, np_token_facts *facts, bool *ret_changed, np_error *err)
{
    static const unsigned slots[] = {NP_NERVESKEY_AUX_DEVICE_CERTIFICATE_SLOT,
                                     NP_NERVESKEY_AUX_SIGNER_CERTIFICATE_SLOT};
    const uint8_t *known[] = {facts->aux.identity.device_compressed,
                              facts->aux.identity.signer_compressed};
    *ret_changed = !facts->has_aux;
    for (size_t i = 0; i < NP_COUNT_OF(slots) && !*ret_changed; i++) {
        uint8_t block[NP_ATECC_BLOCK_SIZE];
        NP_TRY(np_atecc_read_slot(&token->device, slots[i], sizeof(block), block, err));
        *ret_changed = memcmp(block, known[i], sizeof(block)) != 0;
    }
    return *ret_changed ? facts_read_aux(&token->device, facts, err) : NP_OK;
}

/* What the cache has of this chip, with the auxiliary pair as the chip has it now. */
static np_code read_remembered(np_token *token, const np_chip_serial *serial, np_token_facts *facts,
                               bool *ret_found, np_error *err)
{
    bool has_changed = false;
    *ret_found = cache_load(token->cache_folder, serial, facts);
    if (*ret_found && token->options.reads_aux) {
        NP_TRY(refresh_aux(token, facts, &has_changed, err));
    }
    if (has_changed) {
        cache_store(token->cache_folder, facts);
    }
    return NP_OK;
}

static np_code read_facts(np_token *token, np_token_facts *facts, np_error *err)
{
    uint8_t first[NP_ATECC_BLOCK_SIZE];
    bool is_found = false;
    NP_TRY(np_atecc_read_config(&token->device, 0, sizeof(first), first, err));
    np_chip_serial serial = serial_in(first);
    NP_TRY(read_remembered(token, &serial, facts, &is_found, err));
    if (is_found) {
        return NP_OK;
    }
    NP_TRY(facts_read(&token->device, first, facts, err));
    if (token->options.reads_aux) {
        NP_TRY(facts_read_aux(&token->device, facts, err));
    }
    cache_store(token->cache_folder, facts);
    return NP_OK;
}

static void free_facts(np_token_facts **facts)
{
    free(*facts);
}

/* The pointer is set last: a child that was forked meanwhile finds all of the facts or none. */
static np_code ensure_facts(np_token *token, np_error *err)
{
    if (token->facts != NULL) {
        return NP_OK;
    }
    NP_CLEANUP(free_facts) np_token_facts *facts = calloc(1, sizeof(*facts));
    if (facts == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the token");
    }
    NP_TRY(read_facts(token, facts, err));
    token->is_confirmed = true;
    __atomic_store_n(&token->facts, facts, __ATOMIC_RELEASE);
    facts = NULL;
    return NP_OK;
}

/* What is asked of the chip once it is there. */
typedef struct token_task {
    np_code (*run)(np_token *token, const struct token_task *task, np_error *err);
    bool needs_facts;
    const uint8_t *digest;
    const uint8_t *public_key;
    const uint8_t *signature;
    uint8_t *ret;
    size_t len;
    bool *ret_is_good;
} token_task;

static np_code attempt(np_token *token, const token_task *task, np_error *err)
{
    NP_TRY(token->link == NULL ? open_wire(token, err) : NP_OK);
    NP_TRY(confirm(token, err));
    NP_TRY(task->needs_facts ? ensure_facts(token, err) : NP_OK);
    NP_TRY(task->run(token, task, err));
    return np_atecc_sleep(&token->device, err);
}

/* Trouble on the wire, after which the chip may be another, or the server. */
static bool is_wire_trouble(np_code code)
{
    return np_error_class(code) == NP_CLASS_STATION && code != NP_ESTATION_BUSY &&
           code != NP_ESTATION_MEMORY;
}

static np_code attempt_and_tidy(np_token *token, const token_task *task, np_error *err)
{
    np_code code = attempt(token, task, err);
    if (code == NP_OK) {
        return NP_OK;
    }
    if (token->link != NULL && np_atecc_sleep(&token->device, NULL) != NP_OK) {
        token->is_confirmed = false; /* the first error is the one that counts */
    }
    if (is_wire_trouble(code) || code == NP_ECONFLICT_OTHER) {
        close_wire(token);
    }
    return code;
}

/* Everything asked of a chip can be asked twice: a wire that broke long ago is no failure. */
static np_code perform(np_token *token, const token_task *task, np_error *err)
{
    bool was_open = token->link != NULL;
    np_code code = attempt_and_tidy(token, task, err);
    return was_open && is_wire_trouble(code) ? attempt_and_tidy(token, task, err) : code;
}

static np_code locked(np_token *token, const token_task *task, np_error *err)
{
    pthread_mutex_lock(&token->mutex);
    np_code code = perform(token, task, err);
    pthread_mutex_unlock(&token->mutex);
    return code;
}

static np_code run_nothing(np_token *token, const token_task *task, np_error *err)
{
    (void)token, (void)task, (void)err;
    return NP_OK;
}

np_code np_token_read(np_token *token, const np_token_facts **ret, np_error *err)
{
    static const token_task task = {.run = run_nothing, .needs_facts = true};
    *ret = __atomic_load_n(&token->facts, __ATOMIC_ACQUIRE);
    if (*ret != NULL) {
        return NP_OK;
    }
    NP_TRY(locked(token, &task, err));
    *ret = token->facts;
    return NP_OK;
}

static np_code run_probe(np_token *token, const token_task *task, np_error *err)
{
    (void)task;
    np_chip_serial serial;
    NP_TRY(read_serial(token, &serial, err));
    bool is_same =
        token->facts == NULL || memcmp(&serial, &token->facts->chip_serial, sizeof(serial)) == 0;
    return is_same ? NP_OK : refuse_other(token, err);
}

np_code np_token_probe(np_token *token, bool *ret_is_there, np_error *err)
{
    static const token_task task = {.run = run_probe};
    np_error reason;
    np_code code = locked(token, &task, &reason);
    *ret_is_there = code == NP_OK || code == NP_ECONFLICT_OTHER;
    if (code == NP_OK || is_wire_trouble(code) || code == NP_EINPUT_MISSING) {
        return NP_OK;
    }
    if (err != NULL) {
        *err = reason;
    }
    return code;
}

void np_token_forget(np_token *token)
{
    pthread_mutex_lock(&token->mutex);
    free(token->facts);
    token->facts = NULL;
    token->is_confirmed = false;
    pthread_mutex_unlock(&token->mutex);
}

static np_code run_sign(np_token *token, const token_task *task, np_error *err)
{
    return np_atecc_sign(&token->device, token->options.slot, task->digest, task->ret, err);
}

np_code np_token_sign(np_token *token, const uint8_t digest[static 32],
                      uint8_t ret_signature[static 64], np_error *err)
{
    token_task task = {
        .run = run_sign, .needs_facts = true, .digest = digest, .ret = ret_signature};
    return locked(token, &task, err);
}

static np_code run_verify(np_token *token, const token_task *task, np_error *err)
{
    return np_atecc_verify(&token->device, task->public_key, task->digest, task->signature,
                           task->ret_is_good, err);
}

np_code np_token_check_signature(np_token *token, const uint8_t public_key[static 64],
                                 const uint8_t digest[static 32],
                                 const uint8_t signature[static 64], bool *ret_is_good,
                                 np_error *err)
{
    token_task task = {.run = run_verify,
                       .digest = digest,
                       .public_key = public_key,
                       .signature = signature,
                       .ret_is_good = ret_is_good};
    *ret_is_good = false;
    return locked(token, &task, err);
}

static np_code run_agree(np_token *token, const token_task *task, np_error *err)
{
    return np_atecc_agree(&token->device, token->options.slot, task->public_key, task->ret, err);
}

np_code np_token_agree(np_token *token, const uint8_t peer[static 64],
                       uint8_t ret_secret[static 32], np_error *err)
{
    token_task task = {
        .run = run_agree, .needs_facts = true, .public_key = peer, .ret = ret_secret};
    return locked(token, &task, err);
}

static np_code run_random(np_token *token, const token_task *task, np_error *err)
{
    for (size_t done = 0; done < task->len;) {
        uint8_t fresh[32];
        size_t rest = task->len - done;
        NP_TRY(np_atecc_random(&token->device, fresh, err));
        if (np_atecc_is_factory_pattern(fresh)) {
            return np_error_set(err, NP_EDEVICE_ANSWER,
                                "the chip draws no random numbers yet: its configuration is open");
        }
        memcpy(task->ret + done, fresh, rest < sizeof(fresh) ? rest : sizeof(fresh));
        done += rest < sizeof(fresh) ? rest : sizeof(fresh);
    }
    return NP_OK;
}

np_code np_token_random(np_token *token, uint8_t *ret, size_t len, np_error *err)
{
    token_task task = {.run = run_random, .ret = ret, .len = len};
    return locked(token, &task, err);
}

uint32_t np_token_count_commands(np_token *token)
{
    pthread_mutex_lock(&token->mutex);
    uint32_t count = token->past_commands + token->device.counts.commands;
    pthread_mutex_unlock(&token->mutex);
    return count;
}
