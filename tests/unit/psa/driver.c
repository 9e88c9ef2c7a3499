/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls behind the driver's methods, on a virtual chip of the application layout, with the
 * storage of a microcontroller in memory: the contract of specs of PSA 4, 7 and 11.
 */
#include "atecc/latch.h"
#include "crypto/p256.h"
#include "nerveskey/layout.h"
#include "psa/chip.h"
#include "support/chip_host.h"
#include "support/test.h"

enum { RECORDS = 16, FAR_FROM_HERE = 1000 };

typedef struct record {
    uint64_t uid;
    size_t len;
    uint8_t bytes[128];
} record;

typedef struct bench {
    chip_host host;
    record records[RECORDS];
    np_psa_storage storage;
    np_psa_chip chip;
    uint8_t state[NP_PSA_STATE_SIZE];
    np_psa_port port;
    bool is_unplugged;
    bool is_locked_by_others;
} bench;

static record *find(bench *self, uint64_t uid)
{
    for (size_t i = 0; i < RECORDS; i++) {
        if (self->records[i].uid == uid) {
            return &self->records[i];
        }
    }
    return NULL;
}

static np_psa_status get(void *self, uint64_t uid, uint8_t *ret, size_t size, size_t *ret_len)
{
    const record *found = find(self, uid);
    if (found == NULL) {
        return NP_PSA_ERROR_DOES_NOT_EXIST;
    }
    *ret_len = found->len < size ? found->len : size;
    memcpy(ret, found->bytes, *ret_len);
    return NP_PSA_SUCCESS;
}

static np_psa_status set(void *self, uint64_t uid, const uint8_t *data, size_t len)
{
    record *found = find(self, uid);
    found = found != NULL ? found : find(self, 0);
    assert_non_null(found);
    found->uid = uid;
    found->len = len;
    memcpy(found->bytes, data, len);
    return NP_PSA_SUCCESS;
}

static np_psa_status drop(void *self, uint64_t uid)
{
    record *found = find(self, uid);
    if (found == NULL) {
        return NP_PSA_ERROR_DOES_NOT_EXIST;
    }
    *found = (record){0};
    return NP_PSA_SUCCESS;
}

/* The application's functions, on the wire of the virtual bus. */
static np_psa_io to_io(np_code code, bool acked)
{
    return code != NP_OK ? NP_PSA_IO_FAILED : acked ? NP_PSA_ACKED : NP_PSA_NACKED;
}

static np_psa_io port_write(void *self, uint8_t address, const uint8_t *data, size_t size)
{
    bench *it = self;
    bool acked = false;
    if (it->is_unplugged) {
        return NP_PSA_NACKED;
    }
    np_code code = it->host.wire.ops->write(it->host.wire.self, address, np_bytes_of(data, size),
                                            &acked, NULL);
    return to_io(code, acked);
}

static np_psa_io port_read(void *self, uint8_t address, uint8_t *ret, size_t size)
{
    bench *it = self;
    bool acked = false;
    if (it->is_unplugged) {
        return NP_PSA_NACKED;
    }
    np_code code = it->host.wire.ops->read(it->host.wire.self, address, ret, size, &acked, NULL);
    return to_io(code, acked);
}

static uint64_t port_now_us(void *self)
{
    bench *it = self;
    return it->host.wire.ops->now_ns(it->host.wire.self) / 1000;
}

static void port_wait_until_us(void *self, uint64_t deadline_us)
{
    bench *it = self;
    it->host.wire.ops->wait_until_ns(it->host.wire.self, deadline_us * 1000);
}

static bool port_lock(void *self)
{
    return !((bench *)self)->is_locked_by_others;
}

static void port_unlock(void *self)
{
    (void)self;
}

/* A device that starts: everything in memory is new, chip and storage are as they were. */
static void restart(bench *self)
{
    self->port = (np_psa_port){.self = self,
                               .clock_hz = 100000,
                               .write = port_write,
                               .read = port_read,
                               .now_us = port_now_us,
                               .wait_until_us = port_wait_until_us,
                               .lock = port_lock,
                               .unlock = port_unlock};
    self->storage = (np_psa_storage){self, get, set, drop};
    np_psa_chip_init(&self->chip, &self->port, 0, &self->storage);
}

/* The chip's configuration as a layout has it, both zones locked; slot 0 with a key and locked. */
static void make_image(const np_layout *layout, uint8_t eeprom[static NP_EEPROM_SIZE])
{
    uint8_t blank[NP_EEPROM_SIZE];
    memset(eeprom, 0, NP_EEPROM_SIZE);
    chip_image_blank(NP_ATECC608B, blank);
    np_layout_target_config(layout, blank, NP_ATECC608B, NP_ATECC_DEFAULT_ADDRESS, eeprom);
    memset(eeprom + NP_CONFIG_LOCK_VALUE, NP_ATECC_LOCKED, 2);
    eeprom[NP_CONFIG_SLOT_LOCKED] = 0xfe;
    eeprom[NP_EEPROM_DATA + 4 + 31] = 7;
}

static void open_image(bench *self, const uint8_t eeprom[static NP_EEPROM_SIZE])
{
    *self = (bench){0};
    chip_host_open_image(&self->host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    restart(self);
}

static void configure_slot(uint8_t *eeprom, unsigned slot, const uint8_t *bytes)
{
    memcpy(eeprom + NP_CONFIG_SLOT_CONFIG + 2 * slot, bytes, 2);
    memcpy(eeprom + NP_CONFIG_KEY_CONFIG + 2 * slot, bytes + 2, 2);
}

/* Slots 2 to 4 for applications, slot 13 for a public key; empty. */
static void open_bench(bench *self)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    make_image(&np_layouts[NP_LAYOUT_APPLICATION], eeprom);
    configure_slot(eeprom, 13, (const uint8_t[]){0x0f, 0x0f, 0x30, 0x00});
    open_image(self, eeprom);
}

static void close_bench(bench *self)
{
    chip_host_close(&self->host);
}

static np_psa_request request_of(np_psa_method method, uint32_t key_id)
{
    return (np_psa_request){.method = method,
                            .key_id = key_id,
                            .lifetime = NP_PSA_LIFETIME,
                            .type = NP_PSA_TYPE_P256_PAIR,
                            .bits = 256,
                            .usage = NP_PSA_USAGE_SIGN | NP_PSA_USAGE_VERIFY,
                            .algorithm = NP_PSA_ALG_ECDSA_SHA_256};
}

/* What the core does behind a successful creation: the key's file, then the driver's data. */
static void store_key(bench *self, const np_psa_request *request, uint64_t slot)
{
    psa_key key = {*request, slot};
    uint8_t bytes[PSA_KEY_SIZE];
    psa_key_encode(&key, bytes);
    set(self, request->key_id, bytes, sizeof(bytes));
    set(self, PSA_UID_DRIVER, self->state, sizeof(self->state));
}

static np_psa_status make(bench *self, uint32_t key_id, uint64_t slot)
{
    np_psa_request request = request_of(NP_PSA_GENERATE, key_id);
    np_psa_status status = slot == FAR_FROM_HERE
                               ? np_psa_allocate(&self->chip, self->state, &request, &slot)
                               : np_psa_validate(&self->chip, self->state, &request, slot);
    status = status == 0 ? np_psa_generate(&self->chip, &request, slot) : status;
    if (status == 0) {
        store_key(self, &request, slot);
    }
    return status;
}

static np_psa_status enroll(bench *self, uint32_t key_id, uint64_t slot)
{
    np_psa_request request = request_of(NP_PSA_REGISTER, key_id);
    np_psa_status status = np_psa_validate(&self->chip, self->state, &request, slot);
    if (status == 0) {
        store_key(self, &request, slot);
    }
    return status;
}

static void export_point(bench *self, uint64_t slot, uint8_t ret[static 65])
{
    assert_int_equal(np_psa_export_public(&self->chip, slot, ret, 65), 0);
    assert_int_equal(ret[0], 4);
}

static np_psa_status sign_in(bench *self, uint64_t slot)
{
    static const uint8_t hash[32] = {9};
    uint8_t signature[64];
    return np_psa_sign(&self->chip, slot, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32), signature,
                       64);
}

static void the_seed_s_keys_are_registered_and_generated_and_sign(void **state)
{
    (void)state;
    static const uint8_t hash[32] = {1, 2, 3};
    static const uint64_t slots[] = {0, 2, 3};
    bench self;
    open_bench(&self);
    assert_int_equal(enroll(&self, 16, 0), 0);
    assert_int_equal(make(&self, 18, 2), 0);
    assert_int_equal(make(&self, 19, FAR_FROM_HERE), 0);
    restart(&self);
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        uint8_t point[65];
        uint8_t signature[64];
        bool is_good = false;
        export_point(&self, slots[i], point);
        assert_int_equal(np_psa_sign(&self.chip, slots[i], NP_PSA_ALG_ECDSA_SHA_256,
                                     np_bytes_of(hash, 32), signature, 64),
                         0);
        assert_int_equal(np_p256_verify(point + 1, hash, signature, &is_good, NULL), NP_OK);
        assert_true(is_good);
        assert_int_equal(np_psa_verify(&self.chip, slots[i], NP_PSA_ALG_ECDSA_SHA_256,
                                       np_bytes_of(hash, 32), np_bytes_of(signature, 64)),
                         0);
        signature[40] ^= 1;
        assert_int_equal(np_psa_verify(&self.chip, slots[i], NP_PSA_ALG_ECDSA_SHA_256,
                                       np_bytes_of(hash, 32), np_bytes_of(signature, 64)),
                         NP_PSA_ERROR_INVALID_SIGNATURE);
    }
    close_bench(&self);
}

static void bad_calls_get_their_status_and_write_nothing(void **state)
{
    (void)state;
    static const uint8_t hash[64] = {1};
    uint8_t out[65] = {0};
    bench self;
    open_bench(&self);
    const uint32_t alg = NP_PSA_ALG_ECDSA_SHA_256;
    assert_int_equal(np_psa_sign(&self.chip, 0, alg, np_bytes_of(hash, 20), out, 64), -135);
    assert_int_equal(np_psa_sign(&self.chip, 0, alg, np_bytes_of(hash, 48), out, 64), -135);
    assert_int_equal(np_psa_sign(&self.chip, 0, alg, np_bytes_of(hash, 32), out, 63), -138);
    assert_int_equal(np_psa_sign(&self.chip, 0, 0x0600060a, np_bytes_of(hash, 32), out, 64), -134);
    assert_int_equal(np_psa_sign(&self.chip, 16, alg, np_bytes_of(hash, 32), out, 64), -135);
    assert_int_equal(np_psa_sign(&self.chip, 2, alg, np_bytes_of(hash, 32), out, 64), -140);
    assert_int_equal(np_psa_sign(&self.chip, 5, alg, np_bytes_of(hash, 32), out, 64), -135);
    assert_int_equal(np_psa_export_public(&self.chip, 0, out, 64), -138);
    assert_int_equal(np_psa_export_public(&self.chip, 2, out, 65), -140);
    assert_int_equal(np_psa_export_public(&self.chip, 99, out, 65), -135);
    assert_int_equal(
        np_psa_verify(&self.chip, 0, alg, np_bytes_of(hash, 32), np_bytes_of(hash, 63)), -149);
    assert_true(np_bytes_are_all(NP_BYTES(out), 0));
    close_bench(&self);
}

static void a_slot_is_given_to_one_key_and_an_id_to_one_slot(void **state)
{
    (void)state;
    bench self;
    open_bench(&self);
    assert_int_equal(enroll(&self, 16, 0), 0);
    assert_int_equal(enroll(&self, 17, 0), -139); /* same slot */
    assert_int_equal(make(&self, 16, 2), -139);   /* same id */
    assert_int_equal(make(&self, 16, FAR_FROM_HERE), -139);
    assert_int_equal(enroll(&self, 17, 2), -140); /* no key yet */
    assert_int_equal(enroll(&self, 17, 5), -135); /* not for keys */
    assert_int_equal(enroll(&self, 17, 99), -135);
    assert_int_equal(make(&self, 17, 0), -133); /* locked */
    assert_int_equal(make(&self, 17, 2), 0);
    assert_int_equal(make(&self, 18, 2), -139);
    assert_int_equal(make(&self, 18, FAR_FROM_HERE), 0);
    assert_int_equal(make(&self, 19, FAR_FROM_HERE), 0);
    assert_int_equal(make(&self, 20, FAR_FROM_HERE), -142);
    close_bench(&self);
}

static void a_key_that_nobody_knows_of_is_not_overwritten(void **state)
{
    (void)state;
    uint8_t before[65];
    uint8_t after[65];
    bench self;
    open_bench(&self);
    assert_int_equal(make(&self, 18, 2), 0);
    export_point(&self, 2, before);
    memset(self.records, 0, sizeof(self.records)); /* the store is lost */
    memset(self.state, 0, sizeof(self.state));
    restart(&self);
    assert_int_equal(make(&self, 18, 2), -139);
    assert_int_equal(make(&self, 18, FAR_FROM_HERE), 0); /* slot 3 */
    export_point(&self, 2, after);
    assert_memory_equal(before, after, sizeof(before));
    close_bench(&self);
}

/* The driver is told of no failure: what it gave in this run, and no file names, is nobody's. */
static void a_creation_that_fails_leaves_its_slot_to_the_next(void **state)
{
    (void)state;
    const np_psa_request request = request_of(NP_PSA_GENERATE, 18);
    bench self;
    open_bench(&self);
    assert_int_equal(np_psa_validate(&self.chip, self.state, &request, 2), 0);
    assert_int_equal(np_psa_generate(&self.chip, &request, 2), 0);
    assert_int_equal(make(&self, 19, 2), 0); /* the file of key 18 could not be written */
    assert_int_equal(make(&self, 18, 2), -139);
    assert_int_equal(np_psa_validate(&self.chip, self.state, &request, 3), 0);
    assert_int_equal(np_psa_generate(&self.chip, &request, 3), 0);
    restart(&self); /* who knows whether the file was there */
    assert_int_equal(make(&self, 18, 3), -139);
    close_bench(&self);
}

/* What the core writes before it asks the driver for a key, and takes away behind it. */
static void begin_creation(bench *self, uint32_t key_id, uint64_t slot)
{
    const psa_transaction open = {PSA_TRANSACTION_CREATE, NP_PSA_LIFETIME, slot, key_id};
    uint8_t bytes[PSA_TRANSACTION_SIZE];
    psa_transaction_encode(&open, bytes);
    set(self, PSA_UID_TRANSACTION, bytes, sizeof(bytes));
}

/* False: the creation ended before the cut came. */
static bool cut_creation(bench *self, np_fault_kind kind, uint64_t transaction)
{
    const np_psa_request request = request_of(NP_PSA_GENERATE, 18);
    assert_int_equal(np_psa_validate(&self->chip, self->state, &request, 2), 0);
    begin_creation(self, 18, 2);
    self->host.bus.fault =
        (np_fault){.kind = kind,
                   .transaction = self->host.bus.counts.transactions + transaction,
                   .seed = transaction};
    self->host.bus.fault_happened = false;
    np_psa_status status = np_psa_generate(&self->chip, &request, 2);
    assert_true(status == 0 || self->host.bus.fault_happened);
    return self->host.bus.fault_happened;
}

/* The device goes with the chip: what it had in memory is lost, the driver's data too. */
static void start_again(bench *self)
{
    bool was_needed = false;
    np_virtual_bus_power_up(&self->host.bus);
    memset(self->state, 0, sizeof(self->state));
    restart(self);
    assert_int_equal(np_psa_recover(&self->chip, &was_needed), 0);
    assert_true(was_needed);
    assert_null(find(self, PSA_UID_TRANSACTION));
    const record *stored = find(self, PSA_UID_DRIVER);
    if (stored != NULL) {
        memcpy(self->state, stored->bytes, sizeof(self->state));
    }
}

/* Torn writes of the key included: it is made once more, or was not made at all. */
static void a_power_cut_in_the_middle_of_the_chip_s_work_leaves_a_key_or_none(void **state)
{
    (void)state;
    static const np_fault_kind kinds[] = {NP_FAULT_CUT_BEFORE, NP_FAULT_CUT_DURING,
                                          NP_FAULT_CUT_AFTER};
    unsigned named = 0;
    unsigned dropped = 0;
    for (size_t i = 0; i < NP_COUNT_OF(kinds); i++) {
        bool was_cut = true;
        for (uint64_t transaction = 0; was_cut; transaction++) {
            bench self;
            open_bench(&self);
            was_cut = cut_creation(&self, kinds[i], transaction);
            if (was_cut) {
                start_again(&self);
                bool is_named = find(&self, 18) != NULL;
                named += is_named;
                dropped += !is_named;
                assert_int_equal(make(&self, 18, 2), is_named ? -139 : 0);
                assert_int_equal(sign_in(&self, 2), 0);
            }
            close_bench(&self);
        }
    }
    assert_true(named > 0 && dropped > 0);
}

static void destroying_overwrites_what_was_made_and_leaves_what_was_registered(void **state)
{
    (void)state;
    uint8_t before[65];
    uint8_t after[65];
    bench self;
    open_bench(&self);
    assert_int_equal(enroll(&self, 16, 0), 0);
    assert_int_equal(make(&self, 18, 2), 0);
    export_point(&self, 0, before);
    assert_int_equal(np_psa_can_destroy(&self.chip, self.state, 0), 0);
    assert_int_equal(np_psa_destroy(&self.chip, self.state, 0), 0);
    export_point(&self, 0, after);
    assert_memory_equal(before, after, sizeof(before));
    export_point(&self, 2, before);
    assert_int_equal(np_psa_destroy(&self.chip, self.state, 2), 0);
    drop(&self, 18);
    export_point(&self, 2, after);
    assert_memory_not_equal(before, after, sizeof(before));
    assert_int_equal(make(&self, 20, 2), 0); /* the slot is free again */
    /* and once it is locked, nothing takes the key away */
    np_atecc *device = &((psa_chip *)(void *)&self.chip)->device;
    assert_int_equal(np_atecc_lock_slot(device, 2, NULL), NP_OK);
    export_point(&self, 2, before);
    assert_int_equal(np_psa_can_destroy(&self.chip, self.state, 2), -133);
    assert_int_equal(np_psa_destroy(&self.chip, self.state, 2), -133);
    export_point(&self, 2, after);
    assert_memory_equal(before, after, sizeof(before));
    close_bench(&self);
}

static void a_volatile_key_has_its_slot_until_the_device_restarts(void **state)
{
    (void)state;
    bench self;
    open_bench(&self);
    np_psa_request request = request_of(NP_PSA_GENERATE, 0x7fffffe1);
    request.lifetime = NP_PSA_LIFETIME_VOLATILE;
    uint64_t slot = 0;
    assert_int_equal(np_psa_allocate(&self.chip, self.state, &request, &slot), 0);
    assert_int_equal(np_psa_generate(&self.chip, &request, slot), 0);
    assert_int_equal(slot, 2);
    assert_int_equal(make(&self, 18, 2), -139);
    restart(&self);
    assert_int_equal(make(&self, 18, 2), 0);
    close_bench(&self);
}

static void a_public_key_is_imported_into_an_empty_slot_and_verifies(void **state)
{
    (void)state;
    static const uint8_t hash[32] = {5};
    uint8_t key[65];
    uint8_t back[65];
    uint8_t signature[64];
    bench self;
    open_bench(&self);
    np_psa_request request = request_of(NP_PSA_IMPORT, 30);
    request.type = NP_PSA_TYPE_P256_PUBLIC;
    request.usage = NP_PSA_USAGE_VERIFY;
    uint64_t slot = 0;
    export_point(&self, 0, key);
    assert_int_equal(np_psa_allocate(&self.chip, self.state, &request, &slot), 0);
    assert_int_equal(slot, 13);
    assert_int_equal(np_psa_import(&self.chip, &request, slot, np_bytes_of(key, 64)), -135);
    assert_int_equal(np_psa_import(&self.chip, &request, slot, np_bytes_of(key, 65)), 0);
    store_key(&self, &request, slot);
    export_point(&self, slot, back);
    assert_memory_equal(back, key, sizeof(key));
    assert_int_equal(
        np_psa_sign(&self.chip, 0, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32), signature, 64), 0);
    assert_int_equal(np_psa_verify(&self.chip, slot, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32),
                                   np_bytes_of(signature, 64)),
                     0);
    request.key_id = 31;
    assert_int_equal(np_psa_allocate(&self.chip, self.state, &request, &slot), -142);
    assert_int_equal(np_psa_destroy(&self.chip, self.state, 13), 0);
    assert_int_equal(np_psa_export_public(&self.chip, 13, back, 65), -140);
    close_bench(&self);
}

static void ecdh_gives_what_the_other_side_computes(void **state)
{
    (void)state;
    uint8_t ours[65];
    uint8_t theirs[65] = {4};
    uint8_t secret[32];
    uint8_t expected[32];
    bool is_valid = false;
    NP_CLEANUP(np_p256_free_at) np_p256_key *peer = NULL;
    bench self;
    open_bench(&self);
    assert_int_equal(np_p256_generate(&peer, NULL), NP_OK);
    np_p256_public(peer, theirs + 1);
    export_point(&self, 0, ours);
    assert_int_equal(np_psa_agree(&self.chip, 0, np_bytes_of(theirs, 65), secret, 32), 0);
    assert_int_equal(np_p256_agree(peer, ours + 1, expected, &is_valid, NULL), NP_OK);
    assert_memory_equal(secret, expected, sizeof(secret));
    assert_int_equal(np_psa_agree(&self.chip, 0, np_bytes_of(theirs, 64), secret, 32), -135);
    assert_int_equal(np_psa_agree(&self.chip, 0, np_bytes_of(theirs, 65), secret, 31), -138);
    assert_int_equal(np_psa_agree(&self.chip, 2, np_bytes_of(theirs, 65), secret, 32), -140);
    close_bench(&self);
}

/* With the public key of slot 0. */
static np_psa_status agree_in(bench *self, uint64_t slot)
{
    uint8_t peer[65];
    uint8_t secret[32];
    export_point(self, 0, peer);
    return np_psa_agree(&self->chip, slot, np_bytes_of(peer, 65), secret, sizeof(secret));
}

/* What the policy says when a key is registered is what the chip does when it is used. */
static void a_key_is_registered_exactly_when_the_chip_uses_it(void **state)
{
    (void)state;
    enum { SLOT = 3 };
    static const struct {
        uint8_t bytes[4]; /* SlotConfig, KeyConfig */
        np_psa_status signing;
        np_psa_status agreeing;
    } rows[] = {
        {{0x87, 0x20, 0x33, 0x00}, 0, 0},       /* the layout's own */
        {{0x87, 0x20, 0xb3, 0x00}, -133, -133}, /* ReqAuth */
        {{0x86, 0x20, 0x33, 0x00}, -133, 0},    /* no signatures of digests from outside */
        {{0x83, 0x20, 0x33, 0x00}, 0, -133},    /* no ECDH */
        {{0x8f, 0x20, 0x33, 0x00}, 0, -133},    /* its secret goes to the next slot */
        {{0x87, 0x20, 0x33, 0x10}, -133, -133}, /* PersistentDisable, without the latch */
        {{0x07, 0x20, 0x33, 0x00}, -135, -135}, /* not secret */
        {{0x87, 0x20, 0x3c, 0x00}, -135, -135}, /* no key */
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        bench self;
        make_image(&np_layouts[NP_LAYOUT_APPLICATION], eeprom);
        configure_slot(eeprom, SLOT, rows[i].bytes);
        eeprom[NP_EEPROM_DATA + np_atecc_slot_offset(SLOT) + 4 + 31] = 9;
        open_image(&self, eeprom);
        np_psa_request request = request_of(NP_PSA_REGISTER, 18);
        uint8_t fresh[NP_PSA_STATE_SIZE] = {0};
        assert_int_equal(np_psa_validate(&self.chip, fresh, &request, SLOT), rows[i].signing);
        assert_int_equal(sign_in(&self, SLOT), rows[i].signing);
        request.usage = NP_PSA_USAGE_DERIVE;
        request.algorithm = NP_PSA_ALG_ECDH;
        assert_int_equal(np_psa_validate(&self.chip, self.state, &request, SLOT), rows[i].agreeing);
        assert_int_equal(agree_in(&self, SLOT), rows[i].agreeing);
        close_bench(&self);
    }
}

static void a_latched_key_is_one_while_the_latch_is_set(void **state)
{
    (void)state;
    static const uint8_t key[32] = "throw-away key of this test only";
    static const uint8_t number[NP_ATECC_NONCE_NUMBER_SIZE] = {1};
    uint8_t eeprom[NP_EEPROM_SIZE];
    bool matches = false;
    bench self;
    make_image(&np_layouts[NP_LAYOUT_VOLATILE], eeprom);
    memcpy(eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(1), key, sizeof(key));
    open_image(&self, eeprom);
    np_atecc *device = &((psa_chip *)(void *)&self.chip)->device;
    np_chip_serial serial = np_config_serial(eeprom);
    const np_atecc_proof proof = {.slot = 1, .key = key, .serial = &serial, .number = number};
    assert_int_equal(enroll(&self, 16, 0), -133);
    assert_int_equal(sign_in(&self, 0), -133);
    assert_int_equal(np_atecc_latch_set(device, &proof, &matches, NULL), NP_OK);
    assert_true(matches);
    assert_int_equal(enroll(&self, 16, 0), 0);
    assert_int_equal(sign_in(&self, 0), 0);
    assert_int_equal(np_atecc_latch_clear(device, NULL), NP_OK);
    assert_int_equal(sign_in(&self, 0), -133);
    close_bench(&self);
}

static void an_unplugged_chip_is_a_communication_failure_until_it_is_back(void **state)
{
    (void)state;
    static const uint8_t hash[32] = {1};
    uint8_t signature[64];
    bench self;
    open_bench(&self);
    self.is_unplugged = true;
    assert_int_equal(make(&self, 18, 2), -145);
    assert_int_equal(
        np_psa_sign(&self.chip, 0, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32), signature, 64),
        -145);
    self.is_unplugged = false;
    self.is_locked_by_others = true;
    assert_int_equal(
        np_psa_sign(&self.chip, 0, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32), signature, 64),
        -145);
    self.is_locked_by_others = false;
    assert_int_equal(
        np_psa_sign(&self.chip, 0, NP_PSA_ALG_ECDSA_ANY, np_bytes_of(hash, 32), signature, 64), 0);
    assert_int_equal(make(&self, 18, 2), 0);
    close_bench(&self);
}

static void another_chip_is_noticed(void **state)
{
    (void)state;
    bench self;
    bench other;
    open_bench(&self);
    open_bench(&other);
    assert_int_equal(make(&self, 18, 2), 0);
    memcpy(other.state, self.state, sizeof(self.state));
    other.state[4] ^= 1; /* of the serial */
    assert_int_equal(make(&other, 19, 3), -137);
    assert_int_equal(make(&other, 19, FAR_FROM_HERE), -137);
    assert_int_equal(np_psa_destroy(&other.chip, other.state, 2), -137);
    other.state[0] ^= 1; /* of the magic */
    assert_int_equal(make(&other, 19, 3), -153);
    close_bench(&self);
    close_bench(&other);
}

/* The table of specs of PSA 11. */
static void what_the_chip_says_becomes_psa_s_status(void **state)
{
    static const struct {
        np_code code;
        int sub;
        np_psa_status status;
    } rows[] = {
        {NP_EDEVICE_STATUS, 0x01, -149}, {NP_EDEVICE_STATUS, 0x03, -135},
        {NP_EDEVICE_STATUS, 0x05, -147}, {NP_EDEVICE_STATUS, 0x07, -147},
        {NP_EDEVICE_STATUS, 0x08, -148}, {NP_EDEVICE_STATUS, 0x0f, -133},
        {NP_EDEVICE_STATUS, 0x11, -145}, {NP_EDEVICE_STATUS, 0xee, -145},
        {NP_EDEVICE_STATUS, 0xff, -145}, {NP_ESTATION_NACK, 0, -145},
        {NP_ESTATION_MEMORY, 0, -141},
    };
    psa_chip chip = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        chip.error.sub = rows[i].sub;
        assert_int_equal(psa_chip_told(&chip, rows[i].code), rows[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_chip_says_becomes_psa_s_status),
        cmocka_unit_test(the_seed_s_keys_are_registered_and_generated_and_sign),
        cmocka_unit_test(bad_calls_get_their_status_and_write_nothing),
        cmocka_unit_test(a_slot_is_given_to_one_key_and_an_id_to_one_slot),
        cmocka_unit_test(a_key_that_nobody_knows_of_is_not_overwritten),
        cmocka_unit_test(a_creation_that_fails_leaves_its_slot_to_the_next),
        cmocka_unit_test(a_power_cut_in_the_middle_of_the_chip_s_work_leaves_a_key_or_none),
        cmocka_unit_test(destroying_overwrites_what_was_made_and_leaves_what_was_registered),
        cmocka_unit_test(a_volatile_key_has_its_slot_until_the_device_restarts),
        cmocka_unit_test(a_public_key_is_imported_into_an_empty_slot_and_verifies),
        cmocka_unit_test(ecdh_gives_what_the_other_side_computes),
        cmocka_unit_test(a_key_is_registered_exactly_when_the_chip_uses_it),
        cmocka_unit_test(a_latched_key_is_one_while_the_latch_is_set),
        cmocka_unit_test(an_unplugged_chip_is_a_communication_failure_until_it_is_back),
        cmocka_unit_test(another_chip_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
