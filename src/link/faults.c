/* SPDX-License-Identifier: Apache-2.0 */
#include "link/faults.h"

#include "base/bytes.h"
#include "base/error.h"
#include <stdlib.h>

enum {
    DEFAULT_DELAY_MS = 100, /* longer than a driver expects, shorter than it waits */
    DELAY_MAX_MS = 60000,
    WORD_MAX = 48,
    TRANSACTION_MAX = 1000000000,
};

static const char *const kind_names[SERVER_FAULT_KIND_COUNT] = {
    [SERVER_FAULT_NACK] = "nack@",
    [SERVER_FAULT_BAD_CRC] = "bad-crc@",
    [SERVER_FAULT_SLOW] = "slow@",
    [SERVER_FAULT_POWER_CUT] = "power-cut@",
};

/* Decimal digits at *text, which moves behind them. */
static bool take_number(const char **text, unsigned long most, unsigned long *ret)
{
    char *end = NULL;
    if (**text < '0' || **text > '9') {
        return false;
    }
    *ret = strtoul(*text, &end, 10);
    *text = end;
    return *ret <= most;
}

static bool take_numbers(const char *text, server_fault *ret)
{
    unsigned long transaction = 0;
    unsigned long delay_ms = DEFAULT_DELAY_MS;
    if (!take_number(&text, TRANSACTION_MAX, &transaction)) {
        return false;
    }
    if (ret->kind == SERVER_FAULT_SLOW && *text == ':') {
        text++;
        if (!take_number(&text, DELAY_MAX_MS, &delay_ms)) {
            return false;
        }
    }
    ret->transaction = transaction;
    ret->delay_ms = (unsigned)delay_ms;
    return *text == '\0';
}

static bool parse_fault(const char *word, server_fault *ret)
{
    for (unsigned i = 0; i < SERVER_FAULT_KIND_COUNT; i++) {
        size_t length = strlen(kind_names[i]);
        if (strncmp(word, kind_names[i], length) == 0) {
            ret->kind = (server_fault_kind)i;
            return take_numbers(word + length, ret);
        }
    }
    return false;
}

static np_code take_word(const char *begin, size_t length, server_faults *ret, np_error *err)
{
    char word[WORD_MAX] = {0};
    if (ret->count == SERVER_FAULTS_MAX) {
        return np_error_set(err, NP_EUSAGE, "more than %d faults", (int)SERVER_FAULTS_MAX);
    }
    memcpy(word, begin, length < sizeof(word) ? length : sizeof(word) - 1);
    if (length >= sizeof(word) || !parse_fault(word, &ret->list[ret->count])) {
        np_error_set(err, NP_EUSAGE, "'%s' is no fault", word);
        return np_error_hint(err, NP_EUSAGE,
                             "nack@N, bad-crc@N, slow@N:MILLISECONDS or power-cut@N, with commas");
    }
    ret->count++;
    return NP_OK;
}

np_code server_faults_parse(const char *text, server_faults *ret, np_error *err)
{
    ret->count = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        NP_TRY(take_word(text, length, ret, err));
        if (text[length] == '\0') {
            return NP_OK;
        }
        text += length + 1;
    }
}
