/* SPDX-License-Identifier: Apache-2.0 */
#include "link/target.h"

#include <stdlib.h>

/* "0x60" or "96"; 7 bits without the addresses that the bus reserves. */
static np_code take_address(const char *text, link_target *ret, np_error *err)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 0);
    if (*text < '0' || *text > '9' || *end != '\0' || value < 0x08 || value > 0x77) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no 7-bit address from 0x08 to 0x77", text);
    }
    ret->address = (uint8_t)value;
    return NP_OK;
}

/* From what adapters offer to what the part can (specs of the chip 1.2). */
enum { KHZ_MIN = 10, KHZ_MAX = 1000 };

static np_code take_khz(const char *text, link_target *ret, np_error *err)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < KHZ_MIN || value > KHZ_MAX) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no bus speed from %d to %d kHz", text,
                            (int)KHZ_MIN, (int)KHZ_MAX);
    }
    ret->khz = (uint32_t)value;
    return NP_OK;
}

static np_code take_wake(const char *text, link_target *ret, np_error *err)
{
    static const char *const names[LINK_WAKE_COUNT] = {
        [LINK_WAKE_AUTO] = "auto", [LINK_WAKE_ZERO] = "zero", [LINK_WAKE_SLOW] = "slow"};
    for (unsigned i = 0; i < LINK_WAKE_COUNT; i++) {
        if (strcmp(text, names[i]) == 0) {
            ret->wake = (link_wake)i;
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EUSAGE, "'%s' is no way to wake: auto, zero or slow", text);
}

typedef struct query_row {
    const char *begin;
    np_code (*take)(const char *text, link_target *ret, np_error *err);
} query_row;

static const query_row query_rows[] = {
    {"addr=", take_address},
    {"khz=", take_khz},
    {"wake=", take_wake},
};

static np_code take_word(const char *word, link_target *ret, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(query_rows); i++) {
        size_t length = strlen(query_rows[i].begin);
        if (strncmp(word, query_rows[i].begin, length) == 0) {
            return query_rows[i].take(word + length, ret, err);
        }
    }
    return np_error_set(err, NP_EUSAGE, "the chip's URI does not know '%s'", word);
}

static np_code take_query(char *query, link_target *ret, np_error *err)
{
    char *rest = query;
    for (char *word; (word = strsep(&rest, "&")) != NULL;) {
        NP_TRY(take_word(word, ret, err));
    }
    return NP_OK;
}

np_code link_target_parse(const char *text, link_target *ret, np_error *err)
{
    ret->place = strdup(text);
    if (ret->place == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    char *query = strchr(ret->place, '?');
    if (query != NULL) {
        *query = '\0';
        NP_TRY(take_query(query + 1, ret, err));
    }
    if (ret->place[0] == '\0') {
        return np_error_set(err, NP_EUSAGE, "the chip's URI names no file");
    }
    return NP_OK;
}
