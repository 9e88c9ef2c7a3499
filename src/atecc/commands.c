/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/commands.h"

#include "atecc/packet.h"

/* Milliseconds as the sources print them. */
#define MS(value) ((uint32_t)((value)*1000))

/*
 * Typical and maximum of the 508A by its data sheet; the maximum of the 608 by the vendor library's
 * table for clock divider M0. No typical time of a 608 is published: the 508A's stands for it, and
 * for a command that the 508A has not the maximum does.
 */
/* clang-format off */
#define ONLY_508A(typical, max) {[NP_ATECC508A] = {MS(typical), MS(max)}}
#define ONLY_608(max) \
    {[NP_ATECC608A] = {MS(max), MS(max)}, [NP_ATECC608B] = {MS(max), MS(max)}}
#define TIMES(typical, max_508a, max_608) \
    {[NP_ATECC508A] = {MS(typical), MS(max_508a)}, [NP_ATECC608A] = {MS(typical), MS(max_608)}, \
     [NP_ATECC608B] = {MS(typical), MS(max_608)}}
#define END NP_ATECC_SIZES_END
#define RANGE NP_ATECC_SIZES_RANGE

/* The field's times of the newer commands are round trips of a 608A, else the maximum. */
static const np_atecc_command_row rows[] = {
    {NP_ATECC_PAUSE, "Pause", {0, END}, 1, ONLY_508A(0.1, 3), {0, 0}, MS(3), false},
    {NP_ATECC_READ, "Read", {0, END}, 32, TIMES(0.1, 1, 5), {MS(5), MS(5)}, MS(5), true},
    {NP_ATECC_MAC, "MAC", {0, 32, END}, 32, TIMES(5, 14, 55), {MS(55), MS(55)}, MS(55), false},
    {NP_ATECC_HMAC, "HMAC", {0, END}, 32, ONLY_508A(13, 23), {0, 0}, MS(23), false},
    {NP_ATECC_WRITE, "Write", {4, 32, 36, 64}, 1, TIMES(7, 26, 45), {MS(45), MS(45)}, MS(100), true},
    {NP_ATECC_GENDIG, "GenDig", {0, 4, 32, END}, 1, TIMES(5, 11, 25), {MS(35), MS(35)}, MS(43), false},
    {NP_ATECC_NONCE, "Nonce", {20, 32, 64, END}, 32, TIMES(0.1, 7, 20), {MS(20), MS(20)}, MS(100), true},
    {NP_ATECC_LOCK, "Lock", {0, END}, 1, TIMES(8, 32, 35), {MS(35), MS(35)}, MS(100), false},
    {NP_ATECC_RANDOM, "Random", {0, END}, 32, TIMES(1, 23, 23), {MS(23), MS(23)}, MS(23), true},
    {NP_ATECC_DERIVE_KEY, "DeriveKey", {0, 32, END}, 1, TIMES(2, 50, 50), {MS(50), MS(50)}, MS(62), false},
    {NP_ATECC_UPDATE_EXTRA, "UpdateExtra", {0, END}, 1, TIMES(8, 10, 10), {MS(10), MS(10)}, MS(10), false},
    {NP_ATECC_COUNTER, "Counter", {0, END}, 4, TIMES(5, 20, 25), {MS(25), MS(25)}, MS(26), false},
    {NP_ATECC_CHECK_MAC, "CheckMac", {77, END}, 1, TIMES(5, 13, 40), {MS(40), MS(40)}, MS(40), false},
    {NP_ATECC_INFO, "Info", {0, END}, 4, TIMES(0.1, 1, 5), {MS(5), MS(5)}, MS(5), true},
    {NP_ATECC_GENKEY, "GenKey", {0, 3, END}, 64, TIMES(11, 115, 115), {MS(215), MS(653)}, MS(653), false},
    {NP_ATECC_SIGN, "Sign", {0, END}, 64, TIMES(42, 50, 115), {MS(220), MS(665)}, MS(179), true},
    {NP_ATECC_ECDH, "ECDH", {64, END}, 64, TIMES(38, 58, 75), {MS(172), MS(531)}, MS(75), false},
    {NP_ATECC_VERIFY, "Verify", {64, 83, 128, END}, 1, TIMES(38, 58, 105), {MS(295), MS(1085)}, MS(105), true},
    {NP_ATECC_PRIV_WRITE, "PrivWrite", {68, END}, 1, TIMES(0.8, 48, 50), {MS(50), MS(50)}, MS(50), false},
    {NP_ATECC_SHA, "SHA", {RANGE, 0, 99, END}, 99, TIMES(7, 9, 36), {MS(42), MS(75)}, MS(37), false},
    {NP_ATECC_AES, "AES", {16, 32, END}, 16, ONLY_608(27), {MS(27), MS(27)}, MS(27), false},
    {NP_ATECC_KDF, "KDF", {RANGE, 4, 131, END}, 96, ONLY_608(165), {MS(165), MS(165)}, MS(165), false},
    {NP_ATECC_SELF_TEST, "SelfTest", {0, END}, 1, ONLY_608(250), {MS(625), MS(2324)}, MS(257), false},
    {NP_ATECC_SECURE_BOOT, "SecureBoot", {32, 96, END}, 32, ONLY_608(80), {MS(160), MS(480)}, MS(80), false},
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

bool np_atecc_is_legal_size(const np_atecc_command_row *row, size_t size)
{
    const uint8_t *sizes = row->data_sizes;
    if (sizes[0] == NP_ATECC_SIZES_RANGE) {
        return size >= sizes[1] && size <= sizes[2];
    }
    for (size_t i = 0; i < sizeof(row->data_sizes) && sizes[i] != NP_ATECC_SIZES_END; i++) {
        if (sizes[i] == size) {
            return true;
        }
    }
    return false;
}

np_atecc_times np_atecc_times_at(const np_atecc_command_row *row, np_atecc_model model,
                                 uint8_t chip_mode)
{
    np_atecc_times times = row->times[model];
    uint8_t divider = chip_mode & NP_ATECC_DIVIDER_BITS;
    bool is_divided = divider == NP_ATECC_DIVIDER_M1 || divider == NP_ATECC_DIVIDER_M2;
    if (model == NP_ATECC508A || !is_divided || times.max_us == 0) {
        return times;
    }
    uint64_t divided_us = row->divided_us[divider == NP_ATECC_DIVIDER_M2];
    return (np_atecc_times){.typical_us = (uint32_t)(times.typical_us * divided_us / times.max_us),
                            .max_us = (uint32_t)divided_us};
}

const np_atecc_command_row *np_atecc_command_rows(size_t *ret_count)
{
    *ret_count = NP_COUNT_OF(rows);
    return rows;
}

uint32_t np_atecc_give_up_us(const np_atecc_command_row *row, uint8_t chip_mode)
{
    uint32_t greatest = row->field_us;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint32_t patience = np_atecc_times_at(row, (np_atecc_model)model, chip_mode).max_us / 2 * 3;
        greatest = patience > greatest ? patience : greatest;
    }
    return greatest;
}
