/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/commands.h"

#include "atecc/packet.h"

/* Milliseconds as the sources print them. */
#define MS(value) ((uint32_t)((value)*1000))

/*
 * Typical and maximum of the 508A by its data sheet; the maximum of the 608 by the vendor library's
 * table for clock divider M0. No typical time of a 608 is published: the 508A's stands for it.
 */
#define TIMES(typical, max_508a, max_608)                                                          \
    {                                                                                              \
        [NP_ATECC508A] = {MS(typical), MS(max_508a)}, [NP_ATECC608A] = {MS(typical), MS(max_608)}, \
        [NP_ATECC608B] = {MS(typical), MS(max_608)},                                               \
    }

/* clang-format off */
static const np_atecc_command_row rows[] = {
    {NP_ATECC_READ,   "Read",   {0, 0xff},              32, TIMES(0.1,   1,   5), MS(5),   true},
    {NP_ATECC_WRITE,  "Write",  {4, 32, 36, 64},         1, TIMES(7,    26,  45), MS(100), true},
    {NP_ATECC_NONCE,  "Nonce",  {20, 32, 64, 0xff},     32, TIMES(0.1,   7,  20), MS(100), true},
    {NP_ATECC_LOCK,   "Lock",   {0, 0xff},               1, TIMES(8,    32,  35), MS(100), false},
    {NP_ATECC_RANDOM, "Random", {0, 0xff},              32, TIMES(1,    23,  23), MS(23),  true},
    {NP_ATECC_UPDATE_EXTRA, "UpdateExtra", {0, 0xff},   1, TIMES(8,    10,  10), MS(10),  false},
    {NP_ATECC_INFO,   "Info",   {0, 0xff},               4, TIMES(0.1,   1,   5), MS(5),   true},
    {NP_ATECC_GENKEY, "GenKey", {0, 3, 0xff},           64, TIMES(11,  115, 115), MS(653), false},
    {NP_ATECC_SIGN,   "Sign",   {0, 0xff},              64, TIMES(42,   50, 115), MS(179), true},
    {NP_ATECC_VERIFY, "Verify", {64, 83, 128, 0xff},     1, TIMES(38,   58, 105), MS(105), true},
};
/* clang-format on */

const np_atecc_command_row *np_atecc_command_by_opcode(uint8_t opcode)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].opcode == opcode) {
            return &rows[i];
        }
    }
    return NULL;
}

const np_atecc_command_row *np_atecc_command_rows(size_t *ret_count)
{
    *ret_count = NP_COUNT_OF(rows);
    return rows;
}

uint32_t np_atecc_give_up_us(const np_atecc_command_row *row)
{
    uint32_t greatest = row->field_us;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint32_t patience = row->times[model].max_us / 2 * 3;
        greatest = patience > greatest ? patience : greatest;
    }
    return greatest;
}
