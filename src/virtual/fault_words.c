/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/fault_words.h"

#include "base/bytes.h"

enum { WORD_MAX = 48, NUMBER_MAX = 1000000000 };

/* Decimal digits at *text, which moves behind them. */
static bool take_number(const char **text, uint64_t most, uint64_t *ret)
{
    const char *begin = *text;
    *ret = 0;
    for (; **text >= '0' && **text <= '9' && *ret <= most; (*text)++) {
        *ret = *ret * 10 + (uint64_t)(**text - '0');
    }
    return *text > begin && *ret <= most;
}

static bool take_numbers(const char *text, const np_fault_row *kind, np_fault_word *ret)
{
    uint64_t second = kind->second;
    if (!take_number(&text, NUMBER_MAX, &ret->number)) {
        return false;
    }
    if (kind->second_max > 0 && *text == ':') {
        text++;
        if (!take_number(&text, kind->second_max, &second)) {
            return false;
        }
    }
    ret->second = (unsigned)second;
    return *text == '\0';
}

static bool parse_word(const np_fault_table *table, const char *word, np_fault_word *ret)
{
    for (unsigned i = 0; i < table->count; i++) {
        size_t length = strlen(table->rows[i].name);
        if (strncmp(word, table->rows[i].name, length) == 0) {
            ret->kind = i;
            return take_numbers(word + length, &table->rows[i], ret);
        }
    }
    return false;
}

static np_code take_word(const np_fault_table *table, np_bytes text, np_fault_words *ret,
                         np_error *err)
{
    char word[WORD_MAX] = {0};
    if (ret->count == NP_FAULT_WORDS_MAX) {
        return np_error_set(err, NP_EUSAGE, "more than %d faults", (int)NP_FAULT_WORDS_MAX);
    }
    memcpy(word, text.data, text.len < sizeof(word) ? text.len : sizeof(word) - 1);
    if (text.len >= sizeof(word) || !parse_word(table, word, &ret->list[ret->count])) {
        np_error_set(err, NP_EUSAGE, "'%s' is no fault", word);
        return np_error_hint(err, NP_EUSAGE, "%s, with commas", table->hint);
    }
    ret->count++;
    return NP_OK;
}

np_code np_fault_words_parse(const np_fault_table *table, const char *text, np_fault_words *ret,
                             np_error *err)
{
    ret->count = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        NP_TRY(take_word(table, np_bytes_of((const uint8_t *)text, length), ret, err));
        if (text[length] == '\0') {
            return NP_OK;
        }
        text += length + 1;
    }
}
