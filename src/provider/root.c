/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/root.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As long as a TLS peer has patience, and longer than any other program's session. Not tuned. */
enum { LOCK_WAIT_MS = 5000 };

struct face_chip {
    face_chip *next;
    unsigned users;
    np_token *token;
    char *uri;
    unsigned slot;
    bool has_serial;
    np_chip_serial serial;
};

static face_chip *find(face_root *root, const char *uri, unsigned slot,
                       const np_chip_serial *serial)
{
    for (face_chip *chip = root->chips; chip != NULL; chip = chip->next) {
        bool is_same_serial = serial == NULL ? !chip->has_serial
                                             : chip->has_serial && memcmp(&chip->serial, serial,
                                                                          sizeof(*serial)) == 0;
        if (is_same_serial && chip->slot == slot && strcmp(chip->uri, uri) == 0) {
            return chip;
        }
    }
    return NULL;
}

static void free_chip(face_chip *chip)
{
    np_token_free(chip->token);
    free(chip->uri);
    free(chip);
}

static void clear_chip(face_chip **chip)
{
    if (*chip != NULL) {
        free_chip(*chip);
    }
}

static np_code make(const char *uri, unsigned slot, const np_chip_serial *serial, face_chip **ret,
                    np_error *err)
{
    char folder[PATH_MAX];
    np_token_options options = {.open = np_link_open, .lock_wait_ms = LOCK_WAIT_MS, .slot = slot};
    if (np_token_cache_folder(folder, sizeof(folder))) {
        options.cache_folder = folder;
    }
    NP_CLEANUP(clear_chip) face_chip *chip = calloc(1, sizeof(*chip));
    if (chip == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a chip");
    }
    chip->uri = strdup(uri);
    chip->slot = slot;
    if (serial != NULL) {
        chip->has_serial = true;
        chip->serial = *serial;
    }
    if (chip->uri == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a chip");
    }
    NP_TRY(np_token_new(uri, &options, &chip->token, err));
    *ret = chip;
    chip = NULL;
    return NP_OK;
}

/* The list is complete at every moment, for a child that is forked meanwhile. */
static np_code find_or_make(face_root *root, const char *uri, unsigned slot,
                            const np_chip_serial *serial, face_chip **ret, np_error *err)
{
    *ret = find(root, uri, slot, serial);
    if (*ret == NULL) {
        NP_TRY(make(uri, slot, serial, ret, err));
        (*ret)->next = root->chips;
        __atomic_store_n(&root->chips, *ret, __ATOMIC_RELEASE);
    }
    (*ret)->users++;
    return NP_OK;
}

np_code face_chip_get(face_root *root, const char *uri, unsigned slot, const np_chip_serial *serial,
                      face_chip **ret, np_error *err)
{
    face_enter(root);
    pthread_mutex_lock(&root->mutex);
    np_code code = find_or_make(root, uri, slot, serial, ret, err);
    pthread_mutex_unlock(&root->mutex);
    return code;
}

np_token *face_chip_token(face_chip *chip)
{
    return chip->token;
}

static void take_out(face_root *root, const face_chip *chip)
{
    face_chip **at = &root->chips;
    while (*at != chip) {
        at = &(*at)->next;
    }
    __atomic_store_n(at, chip->next, __ATOMIC_RELEASE);
}

void face_chip_put(face_root *root, face_chip *chip)
{
    if (chip == NULL) {
        return;
    }
    face_enter(root);
    pthread_mutex_lock(&root->mutex);
    bool is_last = --chip->users == 0;
    if (is_last) {
        take_out(root, chip);
    }
    pthread_mutex_unlock(&root->mutex);
    if (is_last) {
        free_chip(chip);
    }
}

static void begin_anew(face_root *root)
{
    pthread_mutex_init(&root->mutex, NULL); /* whoever held it is not in this process */
    for (face_chip *chip = root->chips; chip != NULL; chip = chip->next) {
        np_token_after_fork(chip->token);
    }
}

face_visit face_begin(face_root *root)
{
    face_enter(root);
    return (face_visit){OSSL_LIB_CTX_set0_default(root->own)};
}

void face_end(face_visit *visit)
{
    OSSL_LIB_CTX_set0_default(visit->before);
}

/* The first thread of a child does it; others, which it may have started by then, wait for it. */
void face_enter(face_root *root)
{
    enum { AT_WORK = 0 };
    int mine = (int)getpid();
    int known = atomic_load(&root->pid);
    while (known != mine) {
        if (known == AT_WORK) {
            sched_yield();
            known = atomic_load(&root->pid);
        } else if (atomic_compare_exchange_weak(&root->pid, &known, AT_WORK)) {
            begin_anew(root);
            atomic_store(&root->pid, mine);
            known = mine;
        }
    }
}
