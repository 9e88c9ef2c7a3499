/* SPDX-License-Identifier: Apache-2.0 */
#include "link/served_chip.h"

#include "link/clock.h"

/* Longer than any command or watchdog; a clock that jumped further would never be caught up with.
 */
#define WAIT_MAX_NS UINT64_C(3600000000000)

#define NS_PER_MS UINT64_C(1000000)

static np_virtual_bus *wires(const served_chip *chip)
{
    return virtual_file_wires(chip->file);
}

static void pass_until(const served_chip *chip, uint64_t deadline_ns)
{
    chip->bus.ops->wait_until_ns(chip->bus.self, deadline_ns);
}

void served_chip_init(served_chip *chip, virtual_file *file, socket_time time,
                      const np_fault_words *faults)
{
    *chip = (served_chip){.file = file,
                          .bus = virtual_file_bus(file),
                          .time = time,
                          .used_ns = clock_now_ns(),
                          .faults = *faults};
    if (time == SOCKET_TIME_REAL) {
        pass_until(chip, chip->used_ns);
    }
}

socket_greeting served_chip_greeting(const served_chip *chip)
{
    return (socket_greeting){.time = chip->time,
                             .clock_hz = chip->bus.clock_hz,
                             .now_ns = chip->bus.ops->now_ns(chip->bus.self)};
}

static bool is_wait(const socket_step *step)
{
    return step->kind == SOCKET_WAIT || step->kind == SOCKET_WAIT_UNTIL;
}

/* How far a wait goes from now; those that are over already do not go anywhere. */
static uint64_t wait_ns(const served_chip *chip, const socket_step *step)
{
    uint64_t now_ns = chip->bus.ops->now_ns(chip->bus.self);
    if (step->kind == SOCKET_WAIT) {
        return step->time_ns;
    }
    return step->time_ns > now_ns ? step->time_ns - now_ns : 0;
}

/* A sentence about what is wrong, NULL when nothing is. */
static const char *find_mistake(const served_chip *chip, np_bytes request)
{
    np_reader reader = np_reader_of(request);
    size_t reply_size = SOCKET_REPLY_HEAD_SIZE;
    while (reader.rest.len > 0) {
        socket_step step;
        if (!socket_decode_step(&reader, &step)) {
            return "the request is not well formed";
        }
        if (is_wait(&step) && wait_ns(chip, &step) > WAIT_MAX_NS) {
            return "a wait is longer than an hour";
        }
        reply_size += socket_result_size(&step);
    }
    return reply_size > SOCKET_BODY_MAX ? "the reply would be too long" : NULL;
}

static void put_head(const served_chip *chip, socket_status status, served_exchange *exchange)
{
    np_writer writer = np_writer_of(exchange->reply, SOCKET_REPLY_HEAD_SIZE);
    socket_encode_reply_head(status, chip->bus.ops->now_ns(chip->bus.self), &writer);
}

/* Results that stand there already give way to the sentence. */
static void put_sentence(const served_chip *chip, socket_status status, const char *text,
                         served_exchange *exchange)
{
    put_head(chip, status, exchange);
    np_writer writer = np_writer_of(exchange->reply + SOCKET_REPLY_HEAD_SIZE,
                                    SOCKET_BODY_MAX - SOCKET_REPLY_HEAD_SIZE);
    np_write_text(&writer, text);
    exchange->reply_len = SOCKET_REPLY_HEAD_SIZE + writer.len;
}

bool served_chip_begin(const served_chip *chip, np_bytes request, served_exchange *ret)
{
    const char *mistake = find_mistake(chip, request);
    ret->steps = np_reader_of(request);
    ret->until_ns = 0;
    ret->reply_len = SOCKET_REPLY_HEAD_SIZE;
    if (mistake != NULL) {
        put_sentence(chip, SOCKET_REFUSED, mistake, ret);
    }
    return mistake == NULL;
}

static bool can_strike(server_fault_kind kind, const socket_step *step)
{
    bool is_command = step->data.len > 1 && step->data.data[0] == NP_ATECC_WORD_COMMAND;
    switch (kind) {
    case SERVER_FAULT_NACK:
        return step->address != 0; /* a wake token is never acknowledged */
    case SERVER_FAULT_BAD_CRC:
        return step->kind == SOCKET_READ && step->size > 0;
    case SERVER_FAULT_SLOW:
        return is_command;
    default:
        return true;
    }
}

/* What the virtual bus does by itself. */
static np_fault fault_of(const np_fault_word *fault, uint64_t transaction)
{
    static const np_fault_kind kinds[SERVER_FAULT_KIND_COUNT] = {
        [SERVER_FAULT_NACK] = NP_FAULT_NONE,
        [SERVER_FAULT_BAD_CRC] = NP_FAULT_CORRUPT_REPLY,
        [SERVER_FAULT_SLOW] = NP_FAULT_DELAY_REPLY,
        [SERVER_FAULT_POWER_CUT] = NP_FAULT_CUT_BEFORE,
    };
    return (np_fault){.kind = kinds[fault->kind],
                      .transaction = transaction,
                      .seed = transaction,
                      .delay_ns = fault->second * NS_PER_MS};
}

/* Prepares the fault that this transaction meets, if there is one. True: it does not reach the
 * chip.
 */
static bool strike(served_chip *chip, const socket_step *step)
{
    np_virtual_bus *bus = wires(chip);
    for (size_t i = 0; i < chip->faults.count; i++) {
        const np_fault_word *fault = &chip->faults.list[i];
        if (chip->has_struck[i] || fault->number > bus->counts.transactions ||
            !can_strike(fault->kind, step)) {
            continue;
        }
        chip->has_struck[i] = true;
        bus->fault = fault_of(fault, bus->counts.transactions);
        bus->fault_happened = false;
        return fault->kind == SERVER_FAULT_NACK;
    }
    return false;
}

static np_code transact(served_chip *chip, const socket_step *step, uint8_t *ret_data,
                        bool *ret_acked, np_error *err)
{
    const np_bus *bus = &chip->bus;
    *ret_acked = false;
    if (strike(chip, step)) {
        return NP_OK;
    }
    np_code code = NP_OK;
    if (step->kind == SOCKET_READ) {
        code = bus->ops->read(bus->self, step->address, ret_data, step->size, ret_acked, err);
    } else if (step->kind == SOCKET_WRITE) {
        code = bus->ops->write(bus->self, step->address, step->data, ret_acked, err);
    } else {
        code = bus->ops->write_through(bus->self, step->address, step->data, err);
    }
    np_virtual_bus_power_up(wires(chip)); /* a cut is short */
    return code;
}

static np_code run_transaction(served_chip *chip, const socket_step *step,
                               served_exchange *exchange, np_error *err)
{
    uint8_t data[SOCKET_TRANSFER_MAX];
    bool acked = false;
    np_writer writer = np_writer_of(exchange->reply, sizeof(exchange->reply));
    writer.len = exchange->reply_len;
    NP_TRY(transact(chip, step, data, &acked, err));
    socket_encode_result(acked, np_bytes_of(data, step->size), &writer);
    exchange->reply_len = writer.len;
    return NP_OK;
}

/* Costs the chip nothing, not even time. */
static void put_count(const served_chip *chip, uint8_t opcode, served_exchange *exchange)
{
    const np_virtual_chip *counted = wires(chip)->chips[0];
    np_writer writer = np_writer_of(exchange->reply, sizeof(exchange->reply));
    writer.len = exchange->reply_len;
    socket_encode_count(opcode == SOCKET_COUNT_WAKES ? np_virtual_chip_wakes(counted)
                                                     : np_virtual_chip_commands(counted, opcode),
                        &writer);
    exchange->reply_len = writer.len;
}

static np_code run_step(served_chip *chip, const socket_step *step, served_exchange *exchange,
                        np_error *err)
{
    uint64_t now_ns = chip->bus.ops->now_ns(chip->bus.self);
    bool is_real = chip->time == SOCKET_TIME_REAL;
    if (is_wait(step)) {
        uint64_t deadline_ns = now_ns + wait_ns(chip, step);
        exchange->until_ns = deadline_ns;
        if (!is_real) {
            pass_until(chip, deadline_ns);
        }
        return NP_OK;
    }
    if (step->kind == SOCKET_KEEP_UP) {
        uint64_t wall_ns = clock_now_ns();
        pass_until(chip, is_real ? wall_ns : now_ns + (wall_ns - chip->used_ns));
        return NP_OK;
    }
    NP_TRY(run_transaction(chip, step, exchange, err));
    exchange->until_ns = chip->bus.ops->now_ns(chip->bus.self);
    return NP_OK;
}

bool served_chip_continue(served_chip *chip, served_exchange *exchange)
{
    bool is_real = chip->time == SOCKET_TIME_REAL;
    for (;;) {
        uint64_t wall_ns = clock_now_ns();
        if (is_real && wall_ns < exchange->until_ns) {
            return false;
        }
        if (is_real) {
            pass_until(chip, wall_ns);
        }
        socket_step step;
        if (exchange->steps.rest.len == 0 || !socket_decode_step(&exchange->steps, &step)) {
            break; /* it was checked when it began */
        }
        if (step.kind == SOCKET_COUNT) {
            put_count(chip, step.opcode, exchange);
            continue;
        }
        np_error err;
        if (run_step(chip, &step, exchange, &err) != NP_OK) {
            put_sentence(chip, SOCKET_FAILED, err.message, exchange);
            return true;
        }
        chip->used_ns = wall_ns;
    }
    put_head(chip, SOCKET_DONE, exchange);
    return true;
}
