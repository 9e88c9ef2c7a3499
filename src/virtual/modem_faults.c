/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem_faults.h"

#include "base/bytes.h"

enum { WORD_MAX = 48, NUMBER_MAX = 1000000000, CODE_MAX = 65535 };

static const char *const kind_names[NP_MODEM_FAULT_KIND_COUNT] = {
    [NP_MODEM_FAULT_LOSE_IN] = "lose-in@", [NP_MODEM_FAULT_LOSE_OUT] = "lose-out@",
    [NP_MODEM_FAULT_URC] = "urc@",         [NP_MODEM_FAULT_ERROR] = "error@",
    [NP_MODEM_FAULT_CME] = "cme@",         [NP_MODEM_FAULT_SILENCE] = "silence@",
    [NP_MODEM_FAULT_RESTART] = "restart@", [NP_MODEM_FAULT_CUT_IN] = "cut-in@",
    [NP_MODEM_FAULT_CUT_OUT] = "cut-out@",
};

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

static bool take_numbers(const char *text, np_modem_fault *ret)
{
    uint64_t code = 0;
    if (!take_number(&text, NUMBER_MAX, &ret->number)) {
        return false;
    }
    if (ret->kind == NP_MODEM_FAULT_CME && *text == ':') {
        text++;
        if (!take_number(&text, CODE_MAX, &code)) {
            return false;
        }
    }
    ret->code = (unsigned)code;
    return *text == '\0';
}

static bool parse_fault(const char *word, np_modem_fault *ret)
{
    for (unsigned i = 0; i < NP_MODEM_FAULT_KIND_COUNT; i++) {
        size_t length = strlen(kind_names[i]);
        if (strncmp(word, kind_names[i], length) == 0) {
            ret->kind = (np_modem_fault_kind)i;
            return take_numbers(word + length, ret);
        }
    }
    return false;
}

static np_code take_word(const char *begin, size_t length, np_modem_faults *ret, np_error *err)
{
    char word[WORD_MAX] = {0};
    if (ret->count == NP_MODEM_FAULTS_MAX) {
        return np_error_set(err, NP_EUSAGE, "more than %d faults", (int)NP_MODEM_FAULTS_MAX);
    }
    memcpy(word, begin, length < sizeof(word) ? length : sizeof(word) - 1);
    if (length >= sizeof(word) || !parse_fault(word, &ret->list[ret->count])) {
        np_error_set(err, NP_EUSAGE, "'%s' is no fault", word);
        return np_error_hint(err, NP_EUSAGE,
                             "lose-in@N, lose-out@N, urc@N, error@N, cme@N:CODE, silence@N, "
                             "restart@N, cut-in@N or cut-out@N, with commas");
    }
    ret->count++;
    return NP_OK;
}

np_code np_modem_faults_parse(const char *text, np_modem_faults *ret, np_error *err)
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

const np_modem_fault *np_modem_fault_at(const np_modem_faults *faults, np_modem_fault_kind kind,
                                        uint64_t number)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->list[i].kind == kind && faults->list[i].number == number) {
            return &faults->list[i];
        }
    }
    return NULL;
}
