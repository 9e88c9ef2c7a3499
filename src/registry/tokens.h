/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use the management API: bearer tokens. A token is random and shown once; what is stored
 * is its SHA-256, its name for the list of changes, what it may do, and for whom.
 */
#pragma once

#include "registry/fleet.h"

enum {
    NP_TOKEN_BYTES = 32,
    NP_TOKEN_SIZE = 48, /* "npt_", 43 characters of Base64url, and a NUL */
    NP_TOKEN_NAME_MAX = 64,
};

/* Their numbers are stored. */
typedef enum np_token_role {
    NP_TOKEN_VIEW,
    NP_TOKEN_MANAGE, /* what all others may but admin */
    NP_TOKEN_ADMIN,  /* everything */
    NP_TOKEN_ADMIT,  /* a front door's: asks whether devices may come in, and nothing else */
    NP_TOKEN_ROLE_COUNT
} np_token_role;

/* "view", "manage", "admin", "admit"; NULL for a value that is none. */
const char *np_token_role_name(np_token_role role);

/* May the one do what takes the other? */
bool np_token_role_may(np_token_role role, np_token_role wanted);

/* False when it is no role. */
bool np_token_role_parse(np_bytes text, np_token_role *ret);

typedef struct np_token {
    int64_t id;    /* 0 for a new one */
    np_bytes name; /* 1 to NP_TOKEN_NAME_MAX bytes, as an organisation's */
    np_token_role role;
    np_bytes org;       /* empty: all */
    int64_t expires_at; /* 0: never */
    int64_t last_used;  /* 0: never; to the minute */
    int64_t added_at;
} np_token;

/*
 * Makes one of NP_TOKEN_BYTES random bytes, which nothing keeps but the caller: he wipes
 * ret_secret. NP_EPOLICY when there is one of this name, NP_EINPUT_FORMAT when the name is none.
 */
NP_MUST_USE np_code np_token_add(np_store *store, const np_token *token,
                                 const uint8_t random[static NP_TOKEN_BYTES], const np_actor *actor,
                                 char ret_secret[static NP_TOKEN_SIZE], np_error *err);

/* Slices live during the call, which must not use the store. */
typedef np_code (*np_token_visit)(void *self, const np_token *token, np_error *err);

/* In the order in which they came. */
NP_MUST_USE np_code np_token_each(np_store *store, np_token_visit visit, void *self, np_error *err);

/*
 * It is good no longer from this moment on. NP_EINPUT_MISSING when there is none of this name, or
 * it is not of this organisation (empty: whosever it is).
 */
NP_MUST_USE np_code np_token_remove(np_store *store, np_bytes org, np_bytes name,
                                    const np_actor *actor, np_error *err);

/* A token that somebody shows: its texts are its own. */
typedef struct np_shown_token {
    np_token token;
    uint8_t name[NP_TOKEN_NAME_MAX];
    uint8_t org[NP_ORG_NAME_MAX];
} np_shown_token;

/*
 * Whose is this? *ret_is_good is false for one that is unknown or expired. Notes that it was used,
 * when the last use is longer ago than a minute: that may be lost. *ret is not to be copied.
 */
NP_MUST_USE np_code np_token_check(np_store *store, np_bytes secret, int64_t now,
                                   np_shown_token *ret, bool *ret_is_good, np_error *err);
