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

typedef struct query_row {
    const char *begin;
    np_code (*take)(const char *text, link_target *ret, np_error *err);
} query_row;

static const query_row query_rows[] = {
    {"addr=", take_address},
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
