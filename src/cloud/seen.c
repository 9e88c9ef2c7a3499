/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/seen.h"

#include "crypto/hash.h"
#include "record/line.h"
#include <stdlib.h>

enum { SIZE_FIRST = 1024 }; /* not tuned */

static cloud_hash hash_of(const char *name, bool is_case_blind)
{
    uint8_t folded[NP_RECORD_LINE_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    cloud_hash hash;
    size_t len = 0;
    for (; name[len] != '\0' && len < sizeof(folded); len++) {
        char c = name[len];
        bool is_capital = is_case_blind && c >= 'A' && c <= 'Z';
        folded[len] = (uint8_t)(is_capital ? c - 'A' + 'a' : c);
    }
    np_sha256(np_bytes_of(folded, len), digest);
    memcpy(hash.words, digest, sizeof(hash.words));
    return hash;
}

static bool is_none(const cloud_hash *hash)
{
    return hash->words[0] == 0 && hash->words[1] == 0;
}

/* Where it is, or the free row where it belongs. */
static cloud_hash *find(cloud_hash *rows, size_t size, const cloud_hash *hash)
{
    size_t at = hash->words[0] & (size - 1);
    while (!is_none(&rows[at]) && memcmp(&rows[at], hash, sizeof(*hash)) != 0) {
        at = (at + 1) & (size - 1);
    }
    return &rows[at];
}

static np_code grow(cloud_seen *seen, np_error *err)
{
    size_t size = seen->size == 0 ? SIZE_FIRST : 2 * seen->size;
    cloud_hash *rows = calloc(size, sizeof(*rows));
    if (rows == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the names of %zu devices",
                            seen->count);
    }
    for (size_t i = 0; i < seen->size; i++) {
        if (!is_none(&seen->rows[i])) {
            *find(rows, size, &seen->rows[i]) = seen->rows[i];
        }
    }
    free(seen->rows);
    seen->rows = rows;
    seen->size = size;
    return NP_OK;
}

np_code cloud_seen_add(cloud_seen *seen, const char *name, bool is_case_blind, bool *ret_is_new,
                       np_error *err)
{
    if (4 * seen->count >= 3 * seen->size) {
        NP_TRY(grow(seen, err));
    }
    cloud_hash hash = hash_of(name, is_case_blind);
    cloud_hash *row = find(seen->rows, seen->size, &hash);
    *ret_is_new = is_none(row);
    *row = hash;
    seen->count += *ret_is_new ? 1 : 0;
    return NP_OK;
}

void cloud_seen_clear(cloud_seen *seen)
{
    free(seen->rows);
    *seen = (cloud_seen){NULL, 0, 0};
}
