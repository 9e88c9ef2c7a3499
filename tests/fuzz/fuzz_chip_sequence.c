/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequences of commands against a second, small account of the lock rules (specs of the chip 2.12,
 * 2.18, 3.8), written apart from the chip: what may be stored, locked and read in each state. The
 * whole EEPROM is compared after each command.
 */
#include "virtual/bus.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    READ = 0x02,
    WRITE = 0x12,
    NONCE = 0x16,
    LOCK = 0x17,
    RANDOM = 0x1b,
    EXTRA = 0x20,
    INFO = 0x30,
    GENKEY = 0x40,
    SIGN = 0x41,
    VERIFY = 0x45,
    PAUSE = 0x01,
    MAC = 0x08,
    HMAC = 0x11,
    GENDIG = 0x15,
    DERIVE = 0x1c,
    COUNTER = 0x24,
    CHECK_MAC = 0x28,
    ECDH = 0x43,
    PRIV_WRITE = 0x46,
    SHA = 0x47,
    AES = 0x51,
    KDF = 0x56,
    SELF_TEST = 0x77,
    SECURE_BOOT = 0x80,
    OTP_AT = 128,
    DATA_AT = 192,
    IMAGE_SIZE = 1400,
    STEPS_MAX = 64,
    REFUSED = 0x0f,
};

typedef struct lock_account {
    unsigned model;
    uint8_t bytes[IMAGE_SIZE]; /* what the EEPROM must be */
} lock_account;

typedef struct chip_world {
    np_virtual_chip *chip;
    np_virtual_bus virtual_bus;
    np_bus bus;
    np_random_seeded seeded;
    lock_account account;
    uint8_t address; /* as of the last wake */
    bool is_awake;
} chip_world;

typedef struct chip_request {
    uint8_t opcode;
    uint8_t p1;
    uint16_t p2;
    size_t len;
    uint8_t data[128];
} chip_request;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* ---- the account ---- */

static bool is_config_locked(const lock_account *account)
{
    return account->bytes[87] != 0x55;
}

static bool is_data_locked(const lock_account *account)
{
    return account->bytes[86] != 0x55;
}

static unsigned word_of(const lock_account *account, unsigned at)
{
    return (unsigned)account->bytes[at] | (unsigned)account->bytes[at + 1] << 8;
}

static bool is_slot_locked(const lock_account *account, unsigned slot)
{
    return (word_of(account, 88) >> slot & 1) == 0;
}

static unsigned size_of_slot(unsigned slot)
{
    return slot < 8 ? 36 : slot == 8 ? 416 : 72;
}

static unsigned start_of_slot(unsigned slot)
{
    unsigned at = DATA_AT;
    for (unsigned i = 0; i < slot; i++) {
        at += size_of_slot(i);
    }
    return at;
}

/* A range that a Write would store; false for an address or a form that has no meaning. */
static bool find_range(const chip_request *request, unsigned *ret_at, unsigned *ret_len)
{
    unsigned zone = request->p1 & 3;
    unsigned size = (request->p1 & 0x80) != 0 ? 32 : 4;
    unsigned limit = zone == 0 ? 128 : 64;
    if (zone == 3 || (request->p1 & 0x3c) != 0) {
        return false;
    }
    if (zone < 2) {
        unsigned at = request->p2 * 4U;
        *ret_at = (zone == 0 ? 0 : OTP_AT) + at - at % size;
        *ret_len = size;
        return at < limit;
    }
    unsigned slot = request->p2 >> 3 & 15;
    unsigned at = (request->p2 >> 8) * 32U + (size == 4 ? (request->p2 & 7) * 4U : 0);
    if ((request->p2 & 0x80) != 0 || at >= size_of_slot(slot)) {
        return false;
    }
    *ret_at = start_of_slot(slot) + at;
    *ret_len = at + size > size_of_slot(slot) ? size_of_slot(slot) - at : size;
    return true;
}

static bool may_write_config(const lock_account *account, const chip_request *request, unsigned at,
                             unsigned len)
{
    bool is_serial = at < 16;
    bool is_lock = at < 88 && at + len > 84;
    return !is_config_locked(account) && (request->p1 & 0x40) == 0 && !is_serial && !is_lock;
}

static bool may_write_otp(const lock_account *account, const chip_request *request)
{
    if (!is_data_locked(account)) {
        return is_config_locked(account) && (request->p1 & 0xc0) == 0x80;
    }
    return is_config_locked(account) && account->model == 0 && account->bytes[18] == 0x55;
}

static bool may_write_slot(const lock_account *account, const chip_request *request)
{
    unsigned slot = request->p2 >> 3 & 15;
    unsigned slot_config = word_of(account, 20 + 2 * slot);
    bool is_block = (request->p1 & 0x80) != 0;
    if (!is_config_locked(account) || is_slot_locked(account, slot) ||
        (word_of(account, 96 + 2 * slot) & 1) != 0) {
        return false;
    }
    if (!is_data_locked(account)) {
        return is_block && (request->p1 & 0x40) == 0;
    }
    switch (slot_config >> 12) {
    case 0:
        return is_block || (slot_config & 0x80) == 0;
    case 1:
        return is_block && account->bytes[start_of_slot(slot)] >> 4 != 5;
    default:
        return false;
    }
}

static bool may_write(const lock_account *account, const chip_request *request, unsigned *ret_at,
                      unsigned *ret_len)
{
    unsigned size = (request->p1 & 0x80) != 0 ? 32 : 4;
    if (!find_range(request, ret_at, ret_len) || request->len != size) {
        return false;
    }
    switch (request->p1 & 3) {
    case 0:
        return may_write_config(account, request, *ret_at, *ret_len);
    case 1:
        return may_write_otp(account, request);
    default:
        return may_write_slot(account, request);
    }
}

/* A public key that needs validation loses it with any write. */
static void drop_validity(lock_account *account, unsigned slot)
{
    unsigned key_config = word_of(account, 96 + 2 * slot);
    if (slot >= 8 && (key_config & 0x1f) == 0x12) {
        uint8_t *first = &account->bytes[start_of_slot(slot)];
        *first = (uint8_t)(0xa0 | (*first & 0x0f));
    }
}

static uint8_t write_down(lock_account *account, const chip_request *request)
{
    unsigned at = 0;
    unsigned len = 0;
    if (!may_write(account, request, &at, &len)) {
        return REFUSED;
    }
    bool is_consumption = (request->p1 & 3) == 1 && is_data_locked(account);
    for (unsigned i = 0; i < len; i++) {
        uint8_t old = account->bytes[at + i];
        account->bytes[at + i] = is_consumption ? old & request->data[i] : request->data[i];
    }
    if ((request->p1 & 3) == 2) {
        drop_validity(account, request->p2 >> 3 & 15);
    }
    return 0;
}

static unsigned crc_step(unsigned crc, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len * 8; i++) {
        unsigned bit = (unsigned)bytes[i / 8] >> i % 8 & 1U;
        crc = ((crc << 1) & 0xffffU) ^ (bit != crc >> 15 ? 0x8005U : 0);
    }
    return crc;
}

static unsigned summary(const lock_account *account, unsigned zone)
{
    if (zone == 0) {
        return crc_step(0, account->bytes, 128);
    }
    unsigned crc = 0;
    for (unsigned slot = 0; slot < 16; slot++) {
        if ((word_of(account, 96 + 2 * slot) & 1) == 0) {
            crc = crc_step(crc, account->bytes + start_of_slot(slot), size_of_slot(slot));
        }
    }
    return crc_step(crc, account->bytes + OTP_AT, 64);
}

static uint8_t lock_down(lock_account *account, const chip_request *request)
{
    unsigned zone = request->p1 & 3;
    unsigned slot = request->p1 >> 2 & 15;
    bool is_right =
        (request->p1 & 0x80) != 0 || (zone < 2 && summary(account, zone) == request->p2);
    if ((request->p1 & 0x40) != 0 || zone == 3 || request->len != 0) {
        return REFUSED;
    }
    if (zone == 0 && !is_config_locked(account) && is_right) {
        account->bytes[87] = 0;
        return 0;
    }
    if (zone == 1 && is_config_locked(account) && !is_data_locked(account) && is_right) {
        account->bytes[86] = 0;
        return 0;
    }
    if (zone == 2 && is_config_locked(account) && !is_slot_locked(account, slot) &&
        (word_of(account, 96 + 2 * slot) & 0x20) != 0) {
        account->bytes[88 + slot / 8] &= (uint8_t) ~(1U << slot % 8);
        return 0;
    }
    return REFUSED;
}

/* Bytes 84 and 85, once; the second of a 508A again and again unless its chip mode forbids (2.23).
 */
static uint8_t write_extra(lock_account *account, const chip_request *request)
{
    if (request->p1 > 1 || request->p2 > 0xff || request->len != 0) {
        return REFUSED;
    }
    bool is_free = account->model == 0 && request->p1 == 1 && (account->bytes[19] & 1) == 0;
    if (!is_free && account->bytes[84 + request->p1] != 0) {
        return REFUSED;
    }
    account->bytes[84 + request->p1] = (uint8_t)request->p2;
    return 0;
}

/*
 * Data may leave a slot or the OTP zone only when the data zone is locked, and in the clear only
 * from a slot that is clear. A secret may leave as a block, masked, if its slot allows that.
 */
static void check_read(const lock_account *account, const chip_request *request,
                       const uint8_t *answer, size_t len)
{
    unsigned at = 0;
    unsigned stored = 0;
    unsigned zone = request->p1 & 3;
    unsigned slot = request->p2 >> 3 & 15;
    require(find_range(request, &at, &stored));
    bool is_same = memcmp(answer, account->bytes + at, stored < len ? stored : len) == 0;
    bool is_masked = zone == 2 && (word_of(account, 20 + 2 * slot) & 0xc0) == 0xc0;
    require(is_masked ? !is_same && len == 32 : is_same);
    require(zone == 0 || is_data_locked(account));
    if (zone == 2) {
        require(is_masked || (word_of(account, 20 + 2 * slot) & 0xc0) == 0);
        require((word_of(account, 96 + 2 * slot) & 1) == 0);
    }
}

/* A slot that a command may store a secret into: never a private or a locked one. */
static bool may_store(const lock_account *account, unsigned slot)
{
    return is_config_locked(account) && !is_slot_locked(account, slot) &&
           (word_of(account, 96 + 2 * slot) & 1) == 0;
}

static void allow_stored(lock_account *account, unsigned slot, unsigned len, const uint8_t *eeprom)
{
    unsigned at = start_of_slot(slot);
    if (memcmp(account->bytes + at, eeprom + at, len) != 0) {
        require(may_store(account, slot));
        memcpy(account->bytes + at, eeprom + at, len);
    }
}

/* 2.6: a slot whose WriteConfig has bit 13. */
static void check_derived(lock_account *account, const chip_request *request, const uint8_t *eeprom)
{
    unsigned slot = request->p2 & 15;
    require(may_store(account, slot) && (word_of(account, 20 + 2 * slot) & 0x2000) != 0);
    allow_stored(account, slot, 32, eeprom);
}

/* 2.16: nobody here can make a right MAC, so that only the plain form before the data lock is left.
 */
static void check_priv_written(lock_account *account, const chip_request *request,
                               const uint8_t *eeprom)
{
    unsigned slot = request->p2 & 15;
    unsigned at = start_of_slot(slot);
    require(is_config_locked(account) && !is_data_locked(account) && request->p1 == 0);
    require(!is_slot_locked(account, slot) && (word_of(account, 96 + 2 * slot) & 0x1d) == 0x11);
    require((word_of(account, 20 + 2 * slot) & 0x80) != 0);
    require(memcmp(eeprom + at, "\0\0\0\0", 4) == 0);
    require(memcmp(eeprom + at + 4, request->data + 4, 32) == 0);
    memcpy(account->bytes + at, eeprom + at, 36);
}

/* 2.11: into a slot only by target 2, and after the data lock only where Write always may. */
static void check_kdf(lock_account *account, const chip_request *request, const uint8_t *eeprom)
{
    unsigned slot = request->p2 >> 8 & 15;
    unsigned len = size_of_slot(slot) < 64 ? 32 : 64;
    if ((request->p1 >> 2 & 7) == 2) {
        require(!is_data_locked(account) || word_of(account, 20 + 2 * slot) >> 12 == 0);
        allow_stored(account, slot, len, eeprom);
    }
}

/* 2.5: one more in the encoding's last two numbers, or in its zeros; nothing else moves. */
static void check_counter(lock_account *account, const chip_request *request, const uint8_t *eeprom)
{
    unsigned at = 52 + 8U * request->p2;
    require(request->p1 <= 1 && request->p2 <= 1);
    require((request->p1 == 1) == (memcmp(eeprom + at, account->bytes + at, 8) != 0));
    memcpy(account->bytes + at, eeprom + at, 8);
}

/* A new key may appear only in a private, secret, open slot that policy allows to change. */
static void check_created(lock_account *account, const chip_request *request, const uint8_t *eeprom)
{
    unsigned slot = request->p2 & 15;
    unsigned at = start_of_slot(slot);
    unsigned slot_config = word_of(account, 20 + 2 * slot);
    require(is_config_locked(account) && !is_slot_locked(account, slot));
    require((word_of(account, 96 + 2 * slot) & 0x1d) == 0x11 && (slot_config & 0x80) != 0);
    require(!is_data_locked(account) || (slot_config & 0x2000) != 0);
    require(memcmp(eeprom + at, "\0\0\0\0", 4) == 0);
    memcpy(account->bytes + at, eeprom + at, 36);
}

/* Uses are counted in bytes 52 to 59, on a 508A also in 68 to 83, and only of a LimitedUse key. */
static void allow_count_of(lock_account *account, unsigned slot, const uint8_t *eeprom)
{
    if ((word_of(account, 20 + 2 * slot) & 0x20) != 0) {
        memcpy(account->bytes + 52, eeprom + 52, 8);
        memcpy(account->bytes + 68, eeprom + 68, 16);
    }
}

/* The slot that the command names, and those that its slot or its data name. */
static void allow_count(lock_account *account, const chip_request *request, const uint8_t *eeprom)
{
    unsigned slot = request->p2 & 15;
    allow_count_of(account, slot, eeprom);
    if (request->opcode == DERIVE) {
        allow_count_of(account, word_of(account, 20 + 2 * slot) >> 8 & 15, eeprom);
    }
    if (request->opcode == VERIFY) {
        allow_count_of(account, word_of(account, 20 + 2 * slot) & 15, eeprom);
    }
    if (request->opcode == KDF) {
        allow_count_of(account, request->data[1] & 15, eeprom);
    }
}

/* ---- the conversation ---- */

static bool write_bus(chip_world *world, uint8_t address, const uint8_t *bytes, size_t len)
{
    bool is_acked = false;
    require(world->bus.ops->write(world->bus.self, address, np_bytes_of(bytes, len), &is_acked,
                                  NULL) == NP_OK);
    return is_acked;
}

static bool read_bus(chip_world *world, uint8_t *bytes, size_t len)
{
    bool is_acked = false;
    require(world->bus.ops->read(world->bus.self, world->address, bytes, len, &is_acked, NULL) ==
            NP_OK);
    return is_acked;
}

static void rest(chip_world *world, uint8_t word_address)
{
    write_bus(world, world->address, &word_address, 1);
    world->is_awake = false;
}

/* Byte 85 of a 608 replaces byte 16 when bit 0 of the chip mode says so (1.9). */
static uint8_t configured_address(const lock_account *account)
{
    bool is_extra = account->model != 0 && account->bytes[85] != 0 && (account->bytes[19] & 1) != 0;
    return account->bytes[is_extra ? 85 : 16] >> 1;
}

static void wake(chip_world *world)
{
    uint8_t answer[4];
    world->address = configured_address(&world->account);
    write_bus(world, 0, (const uint8_t[]){0}, 1);
    /* A 608 that tests itself when power comes is ready later (1.2). */
    bool is_tested = world->account.model != 0 && (world->account.bytes[90] & 1) != 0;
    uint64_t delay_ns = is_tested ? 20000000 : 1500000;
    world->bus.ops->wait_until_ns(world->bus.self, world->virtual_bus.now_ns + delay_ns);
    require(read_bus(world, answer, sizeof(answer)));
    require(memcmp(answer, "\x04\x11\x33\x43", 4) == 0);
    world->is_awake = true;
}

/* A 508A with another selector than Pause names says nothing (2.15). */
static bool goes_idle(const lock_account *account, const chip_request *request)
{
    return account->model == 0 && request->opcode == PAUSE && request->p2 == 0 &&
           request->len == 0 && request->p1 != account->bytes[85];
}

/* Returns the length of the answer's data, 0 without one; the group itself is checked here. */
static size_t converse(chip_world *world, const chip_request *request, bool is_damaged,
                       uint8_t *ret)
{
    uint8_t group[160] = {0x03,        (uint8_t)(request->len + 7), request->opcode,
                          request->p1, (uint8_t)request->p2,        (uint8_t)(request->p2 >> 8)};
    uint8_t answer[160];
    memcpy(group + 6, request->data, request->len);
    size_t body = 5 + request->len;
    unsigned crc = crc_step(0, group + 1, body) ^ (is_damaged ? 0x0100U : 0);
    group[1 + body] = (uint8_t)crc;
    group[2 + body] = (uint8_t)(crc >> 8);
    require(write_bus(world, world->address, group, 3 + body));
    if (!read_bus(world, answer, sizeof(answer))) {
        require(goes_idle(&world->account, request) && !is_damaged);
        world->is_awake = false;
        return 0;
    }
    require(answer[0] >= 4 && answer[0] <= 155);
    size_t len = (size_t)answer[0] - 3;
    unsigned expected = crc_step(0, answer, len + 1);
    require(answer[len + 1] == (expected & 0xff) && answer[len + 2] == expected >> 8);
    memcpy(ret, answer + 1, len);
    return len;
}

/* The commands that use keys as secrets, and Counter. */
static void check_key_command(lock_account *account, const chip_request *request,
                              const uint8_t *answer, size_t len, const uint8_t *eeprom)
{
    switch (request->opcode) {
    case DERIVE:
        allow_count(account, request, eeprom);
        require(len == 1);
        answer[0] == 0 ? check_derived(account, request, eeprom) : (void)0;
        break;
    case PRIV_WRITE:
        require(len == 1);
        answer[0] == 0 ? check_priv_written(account, request, eeprom) : (void)0;
        break;
    case ECDH:
        allow_count(account, request, eeprom);
        require(len == 1 || is_config_locked(account));
        if (len == 1 && answer[0] == 0) {
            allow_stored(account, (request->p2 + ((request->p1 & 1) == 0)) & 15, 32, eeprom);
        }
        break;
    case KDF:
        allow_count(account, request, eeprom);
        len > 1 || answer[0] == 0 ? check_kdf(account, request, eeprom) : (void)0;
        break;
    case COUNTER:
        require(len == 1 || len == 4);
        len == 4 ? check_counter(account, request, eeprom) : (void)0;
        break;
    case MAC:
    case HMAC:
    case GENDIG:
    case CHECK_MAC:
    case AES:
    case SHA:
    case VERIFY:
        allow_count(account, request, eeprom);
        break;
    default:
        break;
    }
}

static void check_answer(chip_world *world, const chip_request *request, const uint8_t *answer,
                         size_t len)
{
    static const uint8_t pattern[] = {0xff, 0xff, 0x00, 0x00};
    lock_account *account = &world->account;
    const uint8_t *eeprom = np_virtual_chip_eeprom(world->chip);
    switch (request->opcode) {
    case WRITE:
        require(len == 1 && (write_down(account, request) == 0) == (answer[0] == 0));
        break;
    case LOCK:
        require(len == 1 && (lock_down(account, request) == 0) == (answer[0] == 0));
        break;
    case EXTRA:
        require(len == 1);
        if (request->p1 == 2) { /* one use of a key, without using it */
            allow_count(account, request, eeprom);
        } else {
            require((write_extra(account, request) == 0) == (answer[0] == 0));
        }
        break;
    case READ:
        require(len == 1 || len == 4 || len == 32);
        len > 1 ? check_read(account, request, answer, len) : (void)0;
        break;
    case RANDOM:
        require(len == 1 || (memcmp(answer, pattern, 4) != 0) == is_config_locked(account));
        break;
    case GENKEY:
        require(len == 1 || is_config_locked(account));
        if (len == 64 && request->p2 != 0xffff && (request->p1 & 0x14) == 0x04) {
            check_created(account, request, eeprom);
        }
        allow_count(account, request, eeprom);
        break;
    case SIGN:
        require(len == 1 || is_config_locked(account));
        require(len == 1 || (request->p1 & 0x80) != 0 || is_data_locked(account));
        allow_count(account, request, eeprom);
        break;
    default:
        check_key_command(account, request, answer, len, eeprom);
        break;
    }
}

static void step(chip_world *world, const chip_request *request, bool is_damaged)
{
    uint8_t answer[160];
    if (!world->is_awake) {
        wake(world);
    }
    size_t len = converse(world, request, is_damaged, answer);
    if (is_damaged) {
        require(len == 1 && answer[0] == 0xff);
    } else if (len > 1 || (len == 1 && answer[0] != 0xee)) {
        check_answer(world, request, answer, len);
    }
    require(memcmp(np_virtual_chip_eeprom(world->chip), world->account.bytes, IMAGE_SIZE) == 0);
}

/* Power goes while the command runs: each byte is old, new, or erased where it was to change. */
static void tear(chip_world *world, const chip_request *request, uint64_t seed)
{
    lock_account after = world->account;
    uint8_t group[160] = {0x03,        (uint8_t)(request->len + 7), request->opcode,
                          request->p1, (uint8_t)request->p2,        (uint8_t)(request->p2 >> 8)};
    if (request->opcode == WRITE) {
        (void)write_down(&after, request);
    } else if (request->opcode == LOCK) {
        (void)lock_down(&after, request);
    } else {
        return;
    }
    memcpy(group + 6, request->data, request->len);
    unsigned crc = crc_step(0, group + 1, 5 + request->len);
    group[6 + request->len] = (uint8_t)crc;
    group[7 + request->len] = (uint8_t)(crc >> 8);
    if (!world->is_awake) {
        wake(world);
    }
    require(write_bus(world, world->address, group, 8 + request->len));
    np_virtual_chip_cut_power(world->chip, world->virtual_bus.now_ns, seed);
    np_virtual_bus_power_up(&world->virtual_bus);
    const uint8_t *eeprom = np_virtual_chip_eeprom(world->chip);
    for (size_t i = 0; i < IMAGE_SIZE; i++) {
        require(eeprom[i] == world->account.bytes[i] || eeprom[i] == after.bytes[i] ||
                eeprom[i] == 0xff);
    }
    memcpy(world->account.bytes, eeprom, IMAGE_SIZE);
    world->is_awake = false;
}

/* ---- from input to commands ---- */

static const struct {
    uint8_t opcode;
    uint8_t p1[6];
    uint8_t lens[4];
} palette[] = {
    {READ, {0x00, 0x80, 0x01, 0x81, 0x02, 0x82}, {0}},
    {WRITE, {0x00, 0x80, 0x01, 0x81, 0x02, 0x82}, {4, 32, 64, 36}},
    {NONCE, {0x03, 0x43, 0x00, 0x01, 0x23, 0x63}, {32, 20, 64, 32}},
    {LOCK, {0x80, 0x81, 0x02, 0x22, 0x00, 0x01}, {0}},
    {RANDOM, {0x00, 0x01, 0x00, 0x01, 0x00, 0x02}, {0}},
    {INFO, {0x00, 0x01, 0x02, 0x03, 0x04, 0x05}, {0}},
    {GENKEY, {0x04, 0x00, 0x0c, 0x08, 0x10, 0x04}, {0, 3, 0, 0}},
    {SIGN, {0x80, 0xa0, 0x00, 0x40, 0x80, 0xc0}, {0}},
    {VERIFY, {0x02, 0x22, 0x00, 0x02, 0x03, 0x07}, {128, 64, 83, 128}},
    {EXTRA, {0x00, 0x01, 0x02, 0x00, 0x01, 0x03}, {0}},
    {SHA, {0x00, 0x01, 0x02, 0x03, 0x04, 0x05}, {0, 32, 64, 20}},
    {GENDIG, {0x02, 0x00, 0x01, 0x03, 0x04, 0x05}, {0, 4, 32, 0}},
    {MAC, {0x01, 0x05, 0x00, 0x06, 0x41, 0x45}, {0, 32, 0, 32}},
    {HMAC, {0x00, 0x04, 0x40, 0x44, 0x00, 0x04}, {0}},
    {CHECK_MAC, {0x01, 0x05, 0x00, 0x06, 0x02, 0x04}, {77, 77, 77, 0}},
    {DERIVE, {0x00, 0x04, 0x00, 0x04, 0x00, 0x01}, {0, 32, 0, 0}},
    {PRIV_WRITE, {0x00, 0x40, 0x00, 0x40, 0x00, 0x80}, {68, 68, 68, 36}},
    {ECDH, {0x00, 0x0c, 0x08, 0x0d, 0x05, 0x0e}, {64}},
    {KDF, {0x08, 0x10, 0x30, 0x50, 0x28, 0x4a}, {20, 4, 36, 20}},
    {AES, {0x00, 0x01, 0x03, 0x40, 0x80, 0xc0}, {16, 32, 16, 16}},
    {COUNTER, {0x00, 0x01, 0x01, 0x00, 0x02, 0x01}, {0}},
    {SELF_TEST, {0x00, 0x01, 0x3f, 0x3b, 0x40, 0x20}, {0}},
    {SECURE_BOOT, {0x05, 0x06, 0x07, 0x85, 0x86, 0x87}, {96, 32, 96, 32}},
    {PAUSE, {0x00, 0x00, 0x01, 0x00, 0x55, 0x00}, {0}},
    {SHA, {0x00, 0x01, 0x02, 0x04, 0x06, 0x07}, {0, 64, 40, 36}},
};

static bool names_slot(uint8_t opcode)
{
    static const uint8_t opcodes[] = {GENKEY, SIGN, EXTRA,     GENDIG,     MAC,   HMAC,
                                      ECDH,   AES,  CHECK_MAC, PRIV_WRITE, DERIVE};
    return memchr(opcodes, opcode, sizeof(opcodes)) != NULL;
}

/* FIPS 186-4 D.1.2.3 */
static const uint8_t base_point[64] =
    "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33"
    "\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f"
    "\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

/* What the newer commands expect of their data and addresses most of the time. */
static void make_plausible(chip_request *request, const uint8_t bytes[static 6])
{
    if (request->opcode == COUNTER) {
        request->p2 = bytes[2] & 1;
    }
    if (request->opcode == SECURE_BOOT || request->opcode == SELF_TEST ||
        request->opcode == PAUSE) {
        request->p2 = 0;
    }
    if (request->opcode == AES && (bytes[3] & 1) != 0) {
        request->p2 = 0xffff;
    }
    if (request->opcode == ECDH && (bytes[5] & 1) == 0) { /* else a point that no curve has */
        memcpy(request->data, base_point, sizeof(base_point));
    }
    if (request->opcode == SHA && bytes[4] < 0xe0) {
        request->p2 = (request->p1 & 7) == 4 ? bytes[2] & 15 : (uint16_t)request->len;
    }
    if (request->opcode == KDF && request->len > 4) { /* details: lengths, long PRF, short key */
        memset(request->data, 0, 4);
        bool is_aes = (request->p1 & 0x60) == 0x20;
        request->data[3] = is_aes ? 0 : (uint8_t)(request->len - 4);
        request->data[1] = is_aes ? 0 : bytes[2] & 3;
        request->data[0] = (request->p1 & 0x60) == 0x40 ? bytes[3] & 7 : bytes[3] & 1;
    }
}

/* Six bytes a command; the address is kept plausible most of the time. */
static chip_request make_request(const lock_account *account, const uint8_t bytes[static 6])
{
    const unsigned count = NP_COUNT_OF(palette);
    unsigned row = bytes[0] % count;
    unsigned choice = bytes[1] % 6;
    chip_request request = {.opcode = palette[row].opcode, .p1 = palette[row].p1[choice]};
    request.p1 = bytes[1] >= 0xf0 ? bytes[2] : request.p1;
    request.p2 = (uint16_t)(bytes[3] << 8 | bytes[2]);
    request.len = palette[row].lens[bytes[4] % 4];
    memset(request.data, bytes[5], sizeof(request.data));
    if ((request.opcode == READ || request.opcode == WRITE) && bytes[4] < 0xe0) {
        bool is_data = (request.p1 & 3) == 2;
        request.p2 = is_data ? (uint16_t)((bytes[3] & 3) << 8 | (bytes[2] & 0x7f)) : bytes[2] & 31;
        request.len = request.opcode == READ ? 0 : (request.p1 & 0x80) != 0 ? 32 : 4;
    }
    if (request.opcode == LOCK && (request.p1 & 0x80) == 0 && bytes[4] < 0xe0) {
        request.p2 = (uint16_t)summary(account, request.p1 & 1);
    }
    if (names_slot(request.opcode)) {
        request.p2 = bytes[4] < 0xe0 ? bytes[2] & 15 : request.p2;
    }
    if (request.opcode == VERIFY && request.p1 == 0x02) { /* external */
        request.p2 = 4;
    }
    if ((request.opcode == NONCE || request.opcode == RANDOM) && bytes[4] < 0xe0) {
        request.p2 = 0;
        request.len = request.opcode == RANDOM ? 0 : (request.p1 & 3) != 3 ? 20 : 32;
    }
    make_plausible(&request, bytes);
    /* The address of the chip stays, so that the conversation goes on. */
    if (request.opcode == WRITE && request.p2 * 4U / 32 == 0 && (request.p1 & 3) == 0) {
        request.data[0] = request.p2 == 4 ? account->bytes[16] : request.data[0];
    }
    return request;
}

static void act(chip_world *world, const uint8_t bytes[static 7])
{
    chip_request request = make_request(&world->account, bytes + 1);
    switch (bytes[0] % 16) {
    case 0:
        rest(world, 0x01);
        break;
    case 1:
        rest(world, 0x02);
        break;
    case 2:
        step(world, &request, true);
        break;
    case 3:
        bytes[0] < 0x40 ? tear(world, &request, bytes[6]) : step(world, &request, false);
        break;
    default:
        step(world, &request, false);
        break;
    }
    /* The watchdog would bite in the middle of a conversation. */
    if (bytes[0] % 4 == 3) {
        rest(world, 0x01);
    }
}

/* Where the sequence begins: blank, between the locks, or behind both, then with a counted key. */
static void set_stage(lock_account *account, unsigned stage)
{
    account->bytes[87] = stage > 0 ? 0x00 : 0x55;
    account->bytes[86] = stage > 1 ? 0x00 : 0x55;
    if (stage > 0) {
        account->bytes[20] |= 0x20;            /* slot 0 is LimitedUse */
        account->bytes[20 + 2 * 9 + 1] = 0x10; /* slot 9 is PubInvalid */
        account->bytes[96 + 2 * 9] = 0x32;     /* and a public key with PubInfo */
        memset(account->bytes + DATA_AT, 0, 4);
        memset(account->bytes + DATA_AT + 4, 0x11, 32);
    }
}

static np_virtual_chip *make_chip(chip_world *world, unsigned stage)
{
    const np_chip_serial serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0xee}};
    np_virtual_chip_options options = {.model = (np_atecc_model)world->account.model,
                                       .pace = NP_PACE_ZERO,
                                       .random = np_random_by_seed(&world->seeded)};
    np_virtual_chip *blank = np_virtual_chip_new(&options, &serial);
    require(blank != NULL);
    memcpy(world->account.bytes, np_virtual_chip_eeprom(blank), IMAGE_SIZE);
    np_virtual_chip_free(blank);
    set_stage(&world->account, stage);
    return np_virtual_chip_from_eeprom(&options, world->account.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    chip_world world = {.account = {.model = data[0] % NP_ATECC_MODEL_COUNT},
                        .seeded = {.seed = size}};
    world.chip = make_chip(&world, data[0] / NP_ATECC_MODEL_COUNT % 3);
    require(world.chip != NULL);
    np_virtual_bus_init(&world.virtual_bus, 100000, world.chip);
    world.bus = np_virtual_bus_table(&world.virtual_bus);
    for (size_t i = 0; i < STEPS_MAX && 1 + 7 * (i + 1) <= size; i++) {
        act(&world, data + 1 + 7 * i);
    }
    np_virtual_chip_free(world.chip);
    return 0;
}
