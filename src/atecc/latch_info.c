/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and clearing the latch: what needs no hash, and so fits everywhere. */
#include "atecc/latch.h"
#include "atecc/latch_internal.h"
#include "atecc/session.h"

enum {
    INFO_LATCH = 0x04,
    INFO_SIZE = 4,
    LATCH_READ = 0x0000,
    LATCH_CLEAR = 0x0002,
};

np_code latch_call_info(np_atecc *chip, uint16_t what, bool needs_session, bool *ret_is_set,
                        np_error *err)
{
    uint8_t answer[INFO_SIZE];
    session_call call = {
        .command = {.opcode = NP_ATECC_INFO, .p1 = INFO_LATCH, .p2 = what},
        .row = np_atecc_command_by_opcode(NP_ATECC_INFO),
        .answer_size = sizeof(answer),
        .ret = answer,
        .needs_session = needs_session,
    };
    NP_TRY(session_execute(chip, &call, err));
    *ret_is_set = answer[0] == 1;
    return NP_OK;
}

np_code np_atecc_latch_read(np_atecc *chip, bool *ret_is_set, np_error *err)
{
    return latch_call_info(chip, LATCH_READ, false, ret_is_set, err);
}

np_code np_atecc_latch_clear(np_atecc *chip, np_error *err)
{
    bool is_set = false;
    NP_TRY(latch_call_info(chip, LATCH_CLEAR, false, &is_set, err));
    return is_set ? np_error_set(err, NP_EDEVICE_ANSWER, "the chip does not clear its latch")
                  : NP_OK;
}
