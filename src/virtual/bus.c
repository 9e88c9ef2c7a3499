/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/bus.h"

#include "virtual/mix.h"

#define NS_PER_S UINT64_C(1000000000)

enum {
    FRAME_BITS = 2, /* START and STOP */
    BYTE_BITS = 9,  /* with the acknowledge bit */
    FLIPS_MAX = 3,  /* bits that a corrupting fault flips: 1 to 3, not tuned */
    /* Longer writes than a chip's word address and group lose their tail when a fault hits them. */
    CORRUPT_SIZE = 256,
};

/* One transaction: what is sent, or room for what is read. */
typedef struct bus_transfer bus_transfer;

struct bus_transfer {
    bool (*run)(np_virtual_bus *bus, const bus_transfer *transfer, uint64_t number);
    uint8_t address;
    np_bytes sent;
    uint8_t *received;
    size_t size;
};

static uint64_t duration_ns(const np_virtual_bus *bus, size_t bytes)
{
    return (FRAME_BITS + BYTE_BITS * (uint64_t)bytes) * NS_PER_S / bus->clock_hz;
}

static np_wire wire_of(const np_virtual_bus *bus, size_t bytes)
{
    return (np_wire){.start_ns = bus->now_ns,
                     .stop_ns = bus->now_ns + duration_ns(bus, bytes),
                     .clock_hz = bus->clock_hz};
}

/* Ends a transaction in which so many bytes were clocked. */
static void spend(np_virtual_bus *bus, size_t bytes, bool is_acked)
{
    uint64_t duration = duration_ns(bus, bytes);
    bus->now_ns += duration;
    bus->counts.wire_ns += duration;
    bus->counts.bytes += bytes;
    bus->counts.nacks += is_acked ? 0 : 1;
    bus->counts.transactions++;
}

static void cut_power(np_virtual_bus *bus)
{
    bus->fault_happened = true;
    for (size_t i = 0; i < bus->chip_count; i++) {
        np_virtual_chip_cut_power(bus->chips[i], bus->now_ns, bus->fault.seed);
    }
}

static bool is_due(const np_virtual_bus *bus, np_fault_kind kind, uint64_t transaction)
{
    return bus->fault.kind == kind && !bus->fault_happened && bus->fault.transaction == transaction;
}

/* Each step is at most a quarter of the way round, so that no bit is met twice. */
static void flip_bits(const np_virtual_bus *bus, uint8_t *bytes, size_t len)
{
    uint64_t state = bus->fault.seed;
    uint64_t bits = (uint64_t)len * 8;
    uint64_t flips = 1 + np_mix_next(&state) % FLIPS_MAX;
    uint64_t bit = np_mix_next(&state) % bits;
    for (uint64_t i = 0; i < flips; i++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        bit = (bit + 1 + np_mix_next(&state) % (bits / 4)) % bits;
    }
}

static bool does_any_listen(np_virtual_bus *bus, const np_wire *wire, uint8_t address)
{
    bool is_any = false;
    for (size_t i = 0; i < bus->chip_count; i++) {
        is_any = np_virtual_chip_listens(bus->chips[i], wire, address) || is_any;
    }
    return is_any;
}

/* Every chip sees the bytes; how many were acknowledged. */
static size_t write_to_chips(np_virtual_bus *bus, uint8_t address, np_bytes data)
{
    np_wire wire = wire_of(bus, 1 + data.len);
    size_t acked = 0;
    for (size_t i = 0; i < bus->chip_count; i++) {
        size_t taken = np_virtual_chip_write(bus->chips[i], &wire, address, data);
        acked = taken > acked ? taken : acked;
    }
    return acked;
}

/* Nothing is clocked behind an address that nobody took. */
static bool write_bytes(np_virtual_bus *bus, uint8_t address, np_bytes data)
{
    np_wire wire = wire_of(bus, 1 + data.len);
    if (!does_any_listen(bus, &wire, address)) {
        write_to_chips(bus, address, np_bytes_of(data.data, 0));
        spend(bus, 1, false);
        return false;
    }
    size_t acked = write_to_chips(bus, address, data);
    bool is_acked = acked == 1 + data.len;
    spend(bus, is_acked ? acked : acked + 1, is_acked); /* the refused byte was clocked too */
    return is_acked;
}

static bool write_damaged(np_virtual_bus *bus, uint8_t address, np_bytes data)
{
    uint8_t damaged[CORRUPT_SIZE];
    size_t len = data.len < sizeof(damaged) ? data.len : sizeof(damaged);
    memcpy(damaged, data.data, len);
    flip_bits(bus, damaged, len);
    bus->fault_happened = true;
    return write_bytes(bus, address, np_bytes_of(damaged, len));
}

static void delay_chips(np_virtual_bus *bus)
{
    bus->fault_happened = true;
    for (size_t i = 0; i < bus->chip_count; i++) {
        np_virtual_chip_delay(bus->chips[i], bus->fault.delay_ns);
    }
}

static bool send(np_virtual_bus *bus, const bus_transfer *transfer, uint64_t number)
{
    bool is_damaged = is_due(bus, NP_FAULT_CORRUPT_COMMAND, number) && transfer->sent.len > 0;
    bool is_acked =
        (is_damaged ? write_damaged : write_bytes)(bus, transfer->address, transfer->sent);
    if (is_due(bus, NP_FAULT_DELAY_REPLY, number)) {
        delay_chips(bus);
    }
    return is_acked;
}

/* A wake token: clocked to its end whatever is acknowledged. */
static bool send_through(np_virtual_bus *bus, const bus_transfer *transfer, uint64_t number)
{
    (void)number;
    write_to_chips(bus, transfer->address, transfer->sent);
    spend(bus, 1 + transfer->sent.len, true);
    return true;
}

static bool read_bytes(np_virtual_bus *bus, uint8_t address, uint8_t *ret_data, size_t size)
{
    np_wire wire = wire_of(bus, 1 + size);
    bool is_acked = false;
    for (size_t i = 0; i < bus->chip_count; i++) {
        is_acked = np_virtual_chip_read(bus->chips[i], &wire, address, ret_data, size) || is_acked;
    }
    spend(bus, is_acked ? 1 + size : 1, is_acked);
    return is_acked;
}

/* What happens to an answer on its way. Returns whether the host saw an acknowledge. */
static bool spoil_reply(np_virtual_bus *bus, uint64_t transaction, uint8_t *data, size_t size)
{
    if (is_due(bus, NP_FAULT_LOSE_REPLY, transaction)) {
        bus->fault_happened = true;
        memset(data, 0, size);
        return false;
    }
    if (size > 0 && is_due(bus, NP_FAULT_CORRUPT_REPLY, transaction)) {
        bus->fault_happened = true;
        flip_bits(bus, data, size);
    }
    return true;
}

static bool receive(np_virtual_bus *bus, const bus_transfer *transfer, uint64_t number)
{
    return read_bytes(bus, transfer->address, transfer->received, transfer->size) &&
           spoil_reply(bus, number, transfer->received, transfer->size);
}

/*
 * Power may fail before a transaction, behind it, or in the middle: then half of the bytes pass,
 * and no chip takes any of them for a transaction. Returns whether the host saw an acknowledge.
 */
static bool transact(np_virtual_bus *bus, const bus_transfer *transfer)
{
    uint64_t number = bus->counts.transactions;
    if (is_due(bus, NP_FAULT_CUT_BEFORE, number)) {
        cut_power(bus);
    }
    if (is_due(bus, NP_FAULT_CUT_DURING, number)) {
        spend(bus, (1 + transfer->sent.len + transfer->size + 1) / 2, false);
        cut_power(bus);
        return false;
    }
    bool is_acked = transfer->run(bus, transfer, number);
    if (is_due(bus, NP_FAULT_CUT_AFTER, number)) {
        cut_power(bus);
    }
    return is_acked;
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    (void)err;
    *ret_acked = transact(self, &(bus_transfer){.run = send, .address = address, .sent = data});
    return NP_OK;
}

static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    (void)err;
    transact(self, &(bus_transfer){.run = send_through, .address = address, .sent = data});
    return NP_OK;
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    (void)err;
    *ret_acked = transact(
        self,
        &(bus_transfer){.run = receive, .address = address, .received = ret_data, .size = size});
    return NP_OK;
}

static uint64_t bus_now_ns(void *self)
{
    const np_virtual_bus *bus = self;
    return bus->now_ns;
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    np_virtual_bus *bus = self;
    bus->now_ns = deadline_ns > bus->now_ns ? deadline_ns : bus->now_ns;
}

void np_virtual_bus_init(np_virtual_bus *bus, uint32_t clock_hz, np_virtual_chip *chip)
{
    *bus = (np_virtual_bus){.clock_hz = clock_hz, .chip_count = 1, .chips = {chip}};
}

np_bus np_virtual_bus_table(np_virtual_bus *bus)
{
    static const np_bus_ops ops = {.write = bus_write,
                                   .write_through = bus_write_through,
                                   .read = bus_read,
                                   .now_ns = bus_now_ns,
                                   .wait_until_ns = bus_wait_until_ns};
    return (np_bus){.ops = &ops, .self = bus, .clock_hz = bus->clock_hz};
}

void np_virtual_bus_power_up(np_virtual_bus *bus)
{
    for (size_t i = 0; i < bus->chip_count; i++) {
        np_virtual_chip_power_up(bus->chips[i], bus->now_ns);
    }
}
