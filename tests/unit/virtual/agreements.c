/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDH: where the secret comes from and where it goes, in each mode of each model (specs of the
 * chip 2.7). Every secret is NIST's; what hides it, or shows it in TempKey, is checked by
 * libcrypto.
 */
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"

enum {
    ECDH = 0x43,
    OPEN_SLOT = 5, /* anybody may write it */
    KEYS = 3,      /* slots 0 to 2 of the factory's table: no ECDH, ECDH, ECDH into slot 3 */
    SLOT_SIZE = 36,
    IO_AT = NP_EEPROM_DATA + SLOT_SIZE * 6,
    VECTORS = 25,
};

/* One row of NIST's file. */
typedef struct agreement {
    uint8_t point[64];
    uint8_t scalar[32];
    uint8_t secret[32];
} agreement;

typedef enum outcome {
    CLEAR,
    ENCRYPTED,
    IN_SLOT_3,
    IN_OPEN_SLOT,
    IN_TEMP_KEY,
    PARSE = 0x03 | 0x100,
    REFUSED = 0x0f | 0x100,
} outcome;

enum { ON_508A = 1, ON_608 = 2, ON_ALL = 3, STATUS_BITS = 0xff };

typedef struct agreement_row {
    uint8_t p1;
    uint16_t p2;
    unsigned models;
    const char *options; /* ChipOptions */
    outcome expected;
} agreement_row;

/* IO protection on with its key in slot 6; ECDHProt is the lowest two bits of the second byte. */
#define OPEN                "0260"
#define OPEN_WITHOUT_IO_KEY "0060"
#define PROTECTED           "0261"
#define PROTECTED_2         "0262"
#define PROTECTED_3         "0263"

static const agreement_row by_slot[] = {
    {0x00, 1, ON_ALL, OPEN, CLEAR},
    {0x00, 2, ON_ALL, OPEN, IN_SLOT_3},
    {0x00, 0, ON_ALL, OPEN, REFUSED},
    {0x00, 4, ON_ALL, OPEN, REFUSED}, /* no private key */
    {0x00, 16, ON_ALL, OPEN, PARSE},
    {0x04, 2, ON_608, OPEN, IN_SLOT_3},
    {0x04, 1, ON_608, OPEN, REFUSED},
    {0x08, 1, ON_608, OPEN, IN_TEMP_KEY},
    {0x08, 0, ON_608, OPEN, REFUSED},
    {0x0c, 1, ON_608, OPEN, CLEAR},
    {0x0c, 2, ON_608, OPEN, REFUSED},
    {0x0e, 1, ON_608, OPEN, ENCRYPTED},
    {0x0e, 2, ON_608, OPEN, REFUSED},
    {0x0e, 1, ON_608, OPEN_WITHOUT_IO_KEY, REFUSED},
    {0x00, 1, ON_608, PROTECTED, ENCRYPTED},
    {0x0c, 1, ON_608, PROTECTED, ENCRYPTED},
    {0x0e, 1, ON_608, PROTECTED, ENCRYPTED},
    {0x00, 2, ON_608, PROTECTED, IN_SLOT_3},
    {0x08, 1, ON_608, PROTECTED, IN_TEMP_KEY},
    {0x0c, 1, ON_608, PROTECTED_2, REFUSED},
    {0x0e, 1, ON_608, PROTECTED_2, ENCRYPTED},
    {0x00, 1, ON_608, PROTECTED_3, REFUSED},
    {0x0e, 1, ON_608, PROTECTED_3, ENCRYPTED},
    {0x02, 1, ON_608, OPEN, PARSE}, /* encrypted, but not for the output */
    {0x06, 1, ON_608, OPEN, PARSE},
    {0x0a, 1, ON_608, OPEN, PARSE},
    {0x10, 1, ON_ALL, OPEN, PARSE},
    {0x04, 1, ON_508A, OPEN, PARSE},
    {0x08, 1, ON_508A, OPEN, PARSE},
    {0x0c, 1, ON_508A, OPEN, PARSE},
};

/* The key is an ephemeral one in TempKey. */
static const agreement_row by_temp_key[] = {
    {0x0d, 0, ON_608, OPEN, CLEAR},
    {0x0f, 0, ON_608, OPEN, ENCRYPTED},
    {0x0f, 0, ON_608, OPEN_WITHOUT_IO_KEY, REFUSED},
    {0x0d, 0, ON_608, PROTECTED, ENCRYPTED},
    {0x0d, 0, ON_608, PROTECTED_2, REFUSED},
    {0x09, 0, ON_608, OPEN, IN_TEMP_KEY},
    {0x05, OPEN_SLOT, ON_608, OPEN, IN_OPEN_SLOT},
    {0x05, 1, ON_608, OPEN, REFUSED}, /* a private key's slot */
    {0x05, 16, ON_608, OPEN, PARSE},
    {0x01, 0, ON_608, OPEN, PARSE},
};

static unsigned load_agreements(agreement ret[static VECTORS])
{
    vector_csv csv;
    unsigned count = 0;
    vector_csv_open(&csv, "atecc/nist/ecdh_p256.csv");
    while (count < VECTORS && vector_csv_next(&csv)) {
        vector_hex(csv.fields[0], ret[count].point, 32);
        vector_hex(csv.fields[1], ret[count].point + 32, 32);
        vector_hex(csv.fields[2], ret[count].scalar, 32);
        vector_hex(csv.fields[3], ret[count].secret, 32);
        count++;
    }
    vector_csv_close(&csv);
    return count;
}

static void open_locked(chip_host *host, np_atecc_model model, const char *options,
                        const uint8_t *scalar)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(model, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    chip_image_put(eeprom, 20 + 2 * OPEN_SLOT, "0000");
    for (size_t slot = 0; slot < KEYS; slot++) {
        memset(eeprom + NP_EEPROM_DATA + SLOT_SIZE * slot, 0, 4);
        memcpy(eeprom + NP_EEPROM_DATA + SLOT_SIZE * slot + 4, scalar, 32);
    }
    for (size_t i = 0; i < 32; i++) {
        eeprom[IO_AT + i] = (uint8_t)(0xc0 + i);
    }
    if (model != NP_ATECC508A) {
        chip_image_put(eeprom, 90, options);
    }
    chip_host_open_image(host, model, NP_PACE_ZERO, eeprom);
}

static bool is_temp_key_valid(chip_host *host)
{
    chip_reply reply;
    chip_host_run(host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 4);
    return reply.data[1] >> 7;
}

/* HMAC by SHA with the key in TempKey, of an empty message. */
static void expect_temp_key(chip_host *host, const uint8_t *secret)
{
    uint8_t expected[32];
    chip_reply reply;
    reference_hmac(np_bytes_of(secret, 32), np_bytes_of("", 0), expected);
    assert_int_equal(chip_host_run(host, 0x47, 4, 0xffff, np_bytes_of(NULL, 0), &reply), 0);
    chip_host_run(host, 0x47, 0xc2, 0, np_bytes_of(NULL, 0), &reply); /* to the output alone */
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
}

static void expect_in_slot(chip_host *host, unsigned slot, const uint8_t *secret)
{
    np_virtual_chip_settle(host->chip, host->bus.now_ns);
    assert_memory_equal(np_virtual_chip_eeprom(host->chip) + NP_EEPROM_DATA + SLOT_SIZE * slot,
                        secret, 32);
}

static void expect_output(const chip_host *host, const chip_reply *reply, const uint8_t *secret,
                          bool is_encrypted)
{
    uint8_t plain[32];
    assert_int_equal(reply->data_len, is_encrypted ? 64 : 32);
    memcpy(plain, reply->data, 32);
    if (is_encrypted) {
        assert_memory_not_equal(plain, secret, 32);
        reference_unmask(np_virtual_chip_eeprom(host->chip) + IO_AT,
                         np_bytes_of(reply->data, reply->data_len), plain);
    }
    assert_memory_equal(plain, secret, 32);
}

static void expect_outcome(chip_host *host, const agreement_row *row, const agreement *one)
{
    chip_reply reply;
    uint8_t status =
        chip_host_run(host, ECDH, row->p1, row->p2, np_bytes_of(one->point, 64), &reply);
    if (row->expected == CLEAR || row->expected == ENCRYPTED) {
        expect_output(host, &reply, one->secret, row->expected == ENCRYPTED);
        return;
    }
    assert_int_equal(reply.data_len, 1);
    assert_int_equal(status, row->expected >= PARSE ? row->expected & STATUS_BITS : 0);
    if (row->expected == IN_TEMP_KEY) {
        expect_temp_key(host, one->secret);
    }
    if (row->expected == IN_SLOT_3 || row->expected == IN_OPEN_SLOT) {
        expect_in_slot(host, row->expected == IN_SLOT_3 ? 3 : OPEN_SLOT, one->secret);
    }
}

static bool is_of(const agreement_row *row, unsigned model)
{
    return (row->models & (model == NP_ATECC508A ? ON_508A : ON_608)) != 0;
}

static void pass_through(chip_host *host)
{
    static const uint8_t nonce[32];
    chip_reply reply;
    assert_int_equal(chip_host_run(host, 0x16, 0x03, 0, NP_BYTES(nonce), &reply), 0);
}

static void a_secret_goes_where_p1_and_the_slot_say(void **state)
{
    (void)state;
    static agreement all[VECTORS];
    assert_int_equal(load_agreements(all), VECTORS);
    for (unsigned i = 0; i < NP_COUNT_OF(by_slot) * NP_ATECC_MODEL_COUNT; i++) {
        const agreement_row *row = &by_slot[i / NP_ATECC_MODEL_COUNT];
        unsigned model = i % NP_ATECC_MODEL_COUNT;
        chip_host host;
        if (!is_of(row, model)) {
            continue;
        }
        open_locked(&host, (np_atecc_model)model, row->options, all[i % VECTORS].scalar);
        pass_through(&host);
        expect_outcome(&host, row, &all[i % VECTORS]);
        /* 2.2: a 508A loses a TempKey that it did not use, a 608 keeps it. */
        bool stays = model != NP_ATECC508A && row->expected != IN_TEMP_KEY;
        assert_int_equal(is_temp_key_valid(&host), stays);
        chip_host_close(&host);
    }
}

/* The private number is the first that the chip draws. */
static void make_ephemeral(chip_host *host, const agreement *one)
{
    chip_reply reply;
    host->random.first = one->scalar;
    host->random.first_len = sizeof(one->scalar);
    chip_host_run(host, 0x40, 0x04, 0xffff, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    assert_int_equal(host->random.first_len, 0);
}

static void an_ephemeral_key_agrees_once_and_its_secret_goes_anywhere(void **state)
{
    (void)state;
    static agreement all[VECTORS];
    assert_int_equal(load_agreements(all), VECTORS);
    for (unsigned i = 0; i < NP_COUNT_OF(by_temp_key) * 2; i++) {
        const agreement_row *row = &by_temp_key[i / 2];
        const agreement *one = &all[i % VECTORS];
        np_atecc_model model = i % 2 == 0 ? NP_ATECC608A : NP_ATECC608B;
        chip_host host;
        chip_reply reply;
        open_locked(&host, model, row->options, one->scalar);
        uint8_t status =
            chip_host_run(&host, ECDH, row->p1, row->p2, np_bytes_of(one->point, 64), &reply);
        assert_int_equal(status, row->expected == PARSE ? 0x03 : 0x0f); /* there is no key yet */
        make_ephemeral(&host, one);
        expect_outcome(&host, row, one);
        bool is_untouched = row->expected == PARSE;
        assert_int_equal(is_temp_key_valid(&host), is_untouched);
        chip_host_close(&host);
    }
}

/* A nonce is no private key, whatever its number. */
static void a_nonce_agrees_with_nobody(void **state)
{
    (void)state;
    static agreement all[VECTORS];
    chip_host host;
    chip_reply reply;
    load_agreements(all);
    open_locked(&host, NP_ATECC608B, OPEN, all[0].scalar);
    assert_int_equal(chip_host_run(&host, 0x16, 0x03, 0, NP_BYTES(all[0].scalar), &reply), 0);
    assert_int_equal(chip_host_run(&host, ECDH, 0x0d, 0, NP_BYTES(all[0].point), &reply), 0x0f);
    chip_host_close(&host);
}

/* What agrees counts its uses and wants its authorisation as any private key (2.2). */
static void an_agreement_is_a_use_of_its_key(void **state)
{
    (void)state;
    static agreement all[VECTORS];
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    load_agreements(all);
    open_locked(&host, NP_ATECC608A, OPEN, all[0].scalar);
    memcpy(eeprom, np_virtual_chip_eeprom(host.chip), sizeof(eeprom));
    chip_host_close(&host);
    chip_image_put(eeprom, 20 + 2, "a720"); /* LimitedUse */
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
    chip_host_run(&host, ECDH, 0x0c, 1, NP_BYTES(all[0].point), &reply);
    expect_output(&host, &reply, all[0].secret, false);
    chip_host_run(&host, 0x24, 0, 0, np_bytes_of(NULL, 0), &reply);
    assert_memory_equal(reply.data, "\1\0\0\0", 4);
    chip_host_close(&host);
    chip_image_put(eeprom, 96 + 2, "b304"); /* ReqAuth by slot 4 */
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
    assert_int_equal(chip_host_run(&host, ECDH, 0x0c, 1, NP_BYTES(all[0].point), &reply), 0x0f);
    chip_host_run(&host, 0x24, 0, 0, np_bytes_of(NULL, 0), &reply);
    assert_memory_equal(reply.data, "\0\0\0\0", 4);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_goes_where_p1_and_the_slot_say),
        cmocka_unit_test(an_ephemeral_key_agrees_once_and_its_secret_goes_anywhere),
        cmocka_unit_test(a_nonce_agrees_with_nobody),
        cmocka_unit_test(an_agreement_is_a_use_of_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
