/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem_faults.h"

enum { CODE_MAX = 65535 };

static const np_fault_row rows[NP_MODEM_FAULT_KIND_COUNT] = {
    [NP_MODEM_FAULT_LOSE_IN] = {.name = "lose-in@"},
    [NP_MODEM_FAULT_LOSE_OUT] = {.name = "lose-out@"},
    [NP_MODEM_FAULT_URC] = {.name = "urc@"},
    [NP_MODEM_FAULT_ERROR] = {.name = "error@"},
    [NP_MODEM_FAULT_CME] = {.name = "cme@", .second_max = CODE_MAX},
    [NP_MODEM_FAULT_SILENCE] = {.name = "silence@"},
    [NP_MODEM_FAULT_RESTART] = {.name = "restart@"},
    [NP_MODEM_FAULT_CUT_IN] = {.name = "cut-in@"},
    [NP_MODEM_FAULT_CUT_OUT] = {.name = "cut-out@"},
};

const np_fault_table np_modem_fault_table = {
    rows, NP_MODEM_FAULT_KIND_COUNT,
    "lose-in@N, lose-out@N, urc@N, error@N, cme@N:CODE, silence@N, restart@N, cut-in@N or "
    "cut-out@N"};

const np_fault_word *np_modem_fault_at(const np_fault_words *faults, np_modem_fault_kind kind,
                                       uint64_t number)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->list[i].kind == kind && faults->list[i].number == number) {
            return &faults->list[i];
        }
    }
    return NULL;
}
