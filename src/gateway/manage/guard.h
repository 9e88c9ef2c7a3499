/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrong tokens by address: whoever shows too many within a minute is not looked up any more in it.
 * A token has 256 random bits and is not guessed; this is for the registry, which others need too.
 * Addresses that share a place share its count. Inside the room.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    MANAGE_GUARD_PLACES = 1024,
    MANAGE_GUARD_WRONG_MAX = 20, /* in a minute: people mistype; not tuned */
};

typedef struct manage_guard {
    struct {
        int64_t minute;
        unsigned wrong;
    } places[MANAGE_GUARD_PLACES];
} manage_guard;

/* peer may be NULL: all who have no address share a place. now: seconds. */
bool manage_guard_is_closed(const manage_guard *guard, const struct sockaddr_storage *peer,
                            int64_t now);
void manage_guard_count(manage_guard *guard, const struct sockaddr_storage *peer, int64_t now);
