/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem.h"

#include "virtual/modem_internal.h"
#include <stdlib.h>

#define NS_PER_US UINT64_C(1000)

/* What a board says when it starts (specs of the modem 2.1). */
static const char *const boot_texts[NP_MODEM_HOST_COUNT] = {
    [NP_MODEM_HOST_AUTO] = "",
    [NP_MODEM_HOST_AT] = "The AT host sample started\r\n",
    [NP_MODEM_HOST_AT_SHELL] = "*** Booting nRF Connect SDK ***\r\n",
    [NP_MODEM_HOST_TLS_SHELL] = "*** Booting Zephyr OS ***\r\n",
};

static const char urc_text[] = "+CEREG: 2\r\n";

np_virtual_modem *np_virtual_modem_new(const np_virtual_modem_options *options,
                                       const np_modem_state *state)
{
    np_virtual_modem *modem = calloc(1, sizeof(*modem));
    if (modem != NULL) {
        modem->options = *options;
        modem->state = *state;
        modem->is_powered = true;
        modem->last_out = '\n';
    }
    return modem;
}

void np_virtual_modem_free(np_virtual_modem *modem)
{
    if (modem != NULL) {
        np_p256_free(modem->identity);
        np_wipe(modem, sizeof(*modem));
        free(modem);
    }
}

const np_modem_state *np_virtual_modem_state(const np_virtual_modem *modem)
{
    return &modem->state;
}

uint64_t np_virtual_modem_generation(const np_virtual_modem *modem)
{
    return modem->generation;
}

uint64_t np_virtual_modem_commands(const np_virtual_modem *modem)
{
    return modem->commands;
}

void vmodem_keep(np_virtual_modem *modem)
{
    modem->generation++;
}

void vmodem_put(np_virtual_modem *modem, np_bytes bytes)
{
    size_t room = sizeof(modem->out) - modem->out_len;
    size_t len = bytes.len < room ? bytes.len : room;
    if (len > 0) {
        memcpy(modem->out + modem->out_len, bytes.data, len);
        modem->out_len += len;
    }
}

void vmodem_put_text(np_virtual_modem *modem, const char *text)
{
    vmodem_put(modem, np_bytes_text(text));
}

void np_virtual_modem_say(np_virtual_modem *modem, np_bytes line)
{
    if (modem->is_powered && !modem->is_starting) {
        vmodem_put(modem, line);
    }
}

/* ---- power ---- */

static void forget(np_virtual_modem *modem)
{
    modem->mode = NP_CFUN_OFF;
    modem->has_numbers = false;
    modem->is_quoted = false;
    modem->is_behind_return = false;
    modem->command_len = 0;
    modem->is_busy = false;
    modem->ring_len = 0;
    modem->buffer_len = 0;
    modem->out_len = 0;
    modem->last_out = '\n';
}

void np_virtual_modem_cut_power(np_virtual_modem *modem, uint64_t now_ns)
{
    vmodem_settle(modem, now_ns);
    forget(modem);
    modem->is_powered = false;
    modem->is_starting = false;
}

static void start(np_virtual_modem *modem, uint64_t now_ns)
{
    bool takes_time = modem->options.pace == NP_MODEM_PACE_TYPICAL;
    forget(modem);
    modem->is_powered = true;
    modem->is_starting = true;
    modem->ready_ns = now_ns + (takes_time ? VMODEM_BOOT_US * NS_PER_US : 0);
}

void np_virtual_modem_power_up(np_virtual_modem *modem, uint64_t now_ns)
{
    if (!modem->is_powered) {
        start(modem, now_ns);
    }
}

/* ---- time ---- */

static void finish_starting(np_virtual_modem *modem)
{
    modem->is_starting = false;
    vmodem_put_text(modem, boot_texts[modem->state.host]);
    vmodem_prompt(modem);
}

/* What came while a shell was busy is typed now. */
static void type_ring(np_virtual_modem *modem, uint64_t now_ns)
{
    uint8_t bytes[VMODEM_SHELL_RING];
    size_t len = modem->ring_len;
    memcpy(bytes, modem->ring, len);
    modem->ring_len = 0;
    for (size_t i = 0; i < len; i++) {
        vmodem_type(modem, now_ns, bytes[i]);
    }
}

static void finish_command(np_virtual_modem *modem, uint64_t now_ns)
{
    modem->is_busy = false;
    if (np_modem_fault_at(&modem->options.faults, NP_MODEM_FAULT_RESTART, modem->commands - 1)) {
        start(modem, now_ns);
        return;
    }
    vmodem_execute(modem);
    np_wipe(modem->command, modem->command_len);
    modem->command_len = 0;
    type_ring(modem, now_ns);
}

void vmodem_settle(np_virtual_modem *modem, uint64_t now_ns)
{
    if (modem->is_starting && now_ns >= modem->ready_ns) {
        finish_starting(modem);
    }
    if (modem->is_busy && now_ns >= modem->busy_until_ns) {
        finish_command(modem, modem->busy_until_ns);
    }
}

void vmodem_begin_command(np_virtual_modem *modem, uint64_t now_ns, unsigned duration_us)
{
    bool takes_time = modem->options.pace == NP_MODEM_PACE_TYPICAL;
    modem->commands++;
    modem->is_busy = true;
    modem->busy_until_ns = now_ns + (takes_time ? duration_us * NS_PER_US : 0);
    vmodem_settle(modem, now_ns);
}

uint64_t np_virtual_modem_due_ns(const np_virtual_modem *modem)
{
    if (modem->out_len > 0) {
        return 0;
    }
    if (modem->is_starting) {
        return modem->ready_ns;
    }
    return modem->is_busy ? modem->busy_until_ns : UINT64_MAX;
}

/* ---- bytes ---- */

static bool has_fault(const np_virtual_modem *modem, np_modem_fault_kind kind, uint64_t number)
{
    return modem->options.faults.count > 0 &&
           np_modem_fault_at(&modem->options.faults, kind, number) != NULL;
}

static void receive_byte(np_virtual_modem *modem, uint64_t now_ns, uint8_t byte)
{
    uint64_t number = modem->bytes_in++;
    vmodem_settle(modem, now_ns);
    if (has_fault(modem, NP_MODEM_FAULT_CUT_IN, number)) {
        start(modem, now_ns);
    }
    bool is_lost = has_fault(modem, NP_MODEM_FAULT_LOSE_IN, number);
    if (!is_lost && modem->is_powered && !modem->is_starting) {
        vmodem_type(modem, now_ns, byte);
    }
}

void np_virtual_modem_receive(np_virtual_modem *modem, uint64_t now_ns, np_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        receive_byte(modem, now_ns, bytes.data[i]);
    }
}

/* A due line goes out at a line end. */
static void insert_urc(np_virtual_modem *modem)
{
    np_fault_words *faults = &modem->options.faults;
    for (size_t i = 0; i < faults->count; i++) {
        np_fault_word *fault = &faults->list[i];
        bool is_due = fault->kind == NP_MODEM_FAULT_URC && fault->number <= modem->bytes_out;
        size_t len = sizeof(urc_text) - 1;
        if (is_due && modem->last_out == '\n' && modem->out_len + len <= sizeof(modem->out)) {
            memmove(modem->out + len, modem->out, modem->out_len);
            memcpy(modem->out, urc_text, len);
            modem->out_len += len;
            fault->number = UINT64_MAX; /* once */
        }
    }
}

/* Byte by byte, because every one may be lost or the last. */
static size_t take_with_faults(np_virtual_modem *modem, uint64_t now_ns, uint8_t *ret_bytes,
                               size_t size)
{
    size_t taken = 0;
    while (taken < size) {
        insert_urc(modem);
        if (modem->out_len == 0) {
            break;
        }
        uint64_t number = modem->bytes_out++;
        if (has_fault(modem, NP_MODEM_FAULT_CUT_OUT, number)) {
            start(modem, now_ns);
            break;
        }
        modem->last_out = modem->out[0];
        if (!has_fault(modem, NP_MODEM_FAULT_LOSE_OUT, number)) {
            ret_bytes[taken++] = modem->out[0];
        }
        memmove(modem->out, modem->out + 1, --modem->out_len);
    }
    return taken;
}

size_t np_virtual_modem_take(np_virtual_modem *modem, uint64_t now_ns, uint8_t *ret_bytes,
                             size_t size)
{
    vmodem_settle(modem, now_ns);
    if (modem->options.faults.count > 0) {
        return take_with_faults(modem, now_ns, ret_bytes, size);
    }
    size_t len = modem->out_len < size ? modem->out_len : size;
    memcpy(ret_bytes, modem->out, len);
    modem->out_len -= len;
    memmove(modem->out, modem->out + len, modem->out_len);
    modem->bytes_out += len;
    return len;
}
