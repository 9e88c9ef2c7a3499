/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the decoding tables of specs of the chip 3.2 to 3.5, read-outs of real parts. */
#include "atecc/explain.h"
#include "support/test.h"
#include "support/vectors.h"

static void put_slot(uint8_t *config, unsigned slot, uint16_t slot_config, uint16_t key_config)
{
    uint8_t *at = config + NP_CONFIG_SLOT_CONFIG + 2 * slot;
    at[0] = (uint8_t)slot_config;
    at[1] = (uint8_t)(slot_config >> 8);
    at = config + NP_CONFIG_KEY_CONFIG + 2 * slot;
    at[0] = (uint8_t)key_config;
    at[1] = (uint8_t)(key_config >> 8);
}

typedef struct slot_case {
    unsigned slot;
    uint16_t slot_config;
    uint16_t key_config;
    const char *type;
    const char *read;
    const char *write;
    const char *use;
} slot_case;

/* Slots of NervesKey, of the factory and of the Trust parts (specs of the chip 3.2, 3.9). */
static const slot_case slot_cases[] = {
    {0, 0x2087, 0x0033, "private key, P-256", "nobody", "GenKey may put a new key there",
     "signs digests from outside; signs what the chip itself has made; ECDH, the result is given "
     "out; its public key may be asked for"},
    {0, 0x0085, 0x0053, "private key, P-256", "nobody", "nobody",
     "signs digests from outside; ECDH, the result is given out; its public key may be asked for; "
     "needs a random nonce"},
    {2, 0x208f, 0x0033, "private key, P-256", "nobody", "GenKey may put a new key there",
     "signs digests from outside; signs what the chip itself has made; ECDH, the result goes to "
     "slot 3; its public key may be asked for"},
    {1, 0x0082, 0x0053, "private key, P-256", "nobody", "nobody",
     "signs what the chip itself has made; its public key may be asked for; needs a random nonce"},
    {5, 0x0f0f, 0x001c, "data", "anybody", "anybody", "is stored"},
    {10, 0x2f0f, 0x003c, "data", "anybody", "nobody; DeriveKey may roll it on", "is stored"},
    {10, 0x8f0f, 0x001c, "data", "anybody", "nobody", "is stored"},
    {11, 0x8f0f, 0x0010, "public key, P-256", "anybody", "nobody", "checks signatures"},
    {14, 0x1f0d, 0x0012, "public key, P-256, to be validated before use", "anybody",
     "anybody; a validated key may be invalidated",
     "checks signatures, once the key in slot 13 has validated it"},
    {5, 0x468f, 0x0038, "AES key", "nobody", "whoever knows the key in slot 6, encrypted",
     "encrypts and decrypts"},
    {12, 0x0fce, 0x001a, "AES key", "whoever knows the key in slot 14, encrypted", "anybody",
     "encrypts and decrypts"},
    {1, 0x9081, 0x0078, "AES key", "nobody", "nobody",
     "encrypts and decrypts; needs a random nonce"},
    {6, 0x8f9f, 0x001c, "secret", "nobody", "nobody",
     "proves knowledge of a secret, but not with MAC"},
    {7, 0x8faf, 0x001c, "secret", "nobody", "nobody",
     "proves knowledge of a secret; uses are counted and limited"},
    {3, 0x0000, 0x1583, "private key of an unknown type", "nobody", "nobody",
     "its public key may be asked for; needs authorisation by the key in slot 5; only while the "
     "persistent latch is set"},
};

static void each_slot_is_told_as_the_data_sheet_decodes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(slot_cases); i++) {
        const slot_case *expected = &slot_cases[i];
        uint8_t config[NP_ATECC_CONFIG_SIZE];
        np_slot_words words;
        memcpy(config, np_atecc_factory_config(NP_ATECC608B), sizeof(config));
        config[NP_CONFIG_LOCK_VALUE] = NP_ATECC_LOCKED;
        config[NP_CONFIG_LOCK_CONFIG] = NP_ATECC_LOCKED;
        put_slot(config, expected->slot, expected->slot_config, expected->key_config);
        np_slot_explain(config, NP_ATECC608B, expected->slot, &words);
        assert_string_equal(words.type, expected->type);
        assert_string_equal(words.read, expected->read);
        assert_string_equal(words.write, expected->write);
        assert_string_equal(words.use, expected->use);
        assert_false(words.is_locked);
        assert_int_equal(words.is_lockable, (expected->key_config & 0x20) != 0);
    }
}

static void a_locked_slot_is_written_by_nobody(void **state)
{
    (void)state;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    np_slot_words words;
    memcpy(config, np_atecc_factory_config(NP_ATECC508A), sizeof(config));
    config[NP_CONFIG_LOCK_VALUE] = NP_ATECC_LOCKED;
    config[NP_CONFIG_SLOT_LOCKED + 1] = 0xfe;
    np_slot_explain(config, NP_ATECC508A, 8, &words);
    assert_true(words.is_locked);
    assert_string_equal(words.write, "nobody, the slot is locked");
    np_slot_explain(config, NP_ATECC508A, 9, &words);
    assert_false(words.is_locked);
    assert_string_equal(words.write, "anybody");
}

static void before_the_data_lock_nobody_reads_and_the_rule_is_announced(void **state)
{
    (void)state;
    np_slot_words words;
    np_slot_explain(np_atecc_factory_config(NP_ATECC508A), NP_ATECC508A, 8, &words);
    assert_string_equal(words.read, "anybody; nobody before the data zone is locked");
    assert_string_equal(words.write, "anybody; anybody before the data zone is locked");
}

/* Five dumps of real counters (specs of the chip 3.5). */
static void counters_have_the_values_of_real_dumps(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t value;
    } dumps[] = {{"FFFFFFFF00000000", 0},
                 {"0007000000010000", 45},
                 {"00FF0000001F001E", 1000},
                 {"003F0000001F001E", 1002},
                 {"3FFF00000020001F", 1026}};
    for (size_t i = 0; i < NP_COUNT_OF(dumps); i++) {
        uint8_t bytes[NP_ATECC_COUNTER_SIZE];
        vector_hex(dumps[i].hex, bytes, sizeof(bytes));
        assert_int_equal(np_counter_value(bytes), dumps[i].value);
    }
}

static const char *fact(const uint8_t *config, np_atecc_model model, const char *key)
{
    static np_config_fact facts[NP_CONFIG_FACTS_MAX];
    size_t count = np_config_explain(config, model, facts);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(facts[i].key, key) == 0) {
            return facts[i].words;
        }
    }
    return NULL;
}

static void what_is_not_about_slots_is_told_for_each_model(void **state)
{
    (void)state;
    const uint8_t *old = np_atecc_factory_config(NP_ATECC508A);
    uint8_t trust[NP_ATECC_CONFIG_SIZE];
    assert_string_equal(fact(old, NP_ATECC508A, "i2c_address"), "0x60");
    assert_string_equal(fact(old, NP_ATECC508A, "otp_mode"),
                        "consumption: bits may be cleared, never set (0x55)");
    assert_null(fact(old, NP_ATECC508A, "chip_options"));
    memcpy(trust, np_atecc_factory_config(NP_ATECC608B), sizeof(trust));
    /* options of the Trust parts (3.9), slow clock and long watchdog, a volatile key in slot 1 */
    trust[NP_CONFIG_CHIP_OPTIONS] = 0x0e;
    trust[NP_CONFIG_CHIP_OPTIONS + 1] = 0x60;
    trust[NP_CONFIG_CHIP_MODE] = 0x68 | 0x04 | 0x01;
    trust[69] = 0x81;
    assert_string_equal(
        fact(trust, NP_ATECC608B, "chip_options"),
        "IO protection key, KDF with AES, health failures clear themselves (0x600e)");
    assert_string_equal(fact(trust, NP_ATECC608B, "chip_mode"),
                        "long watchdog, fixed input levels, extra address or selector in use, "
                        "slowest clock (M2) (0x6d)");
    assert_string_equal(fact(trust, NP_ATECC608B, "volatile_key"),
                        "the key in slot 1 sets the persistent latch");
    assert_string_equal(fact(trust, NP_ATECC608B, "secure_boot"), "off (0x0000)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slot_is_told_as_the_data_sheet_decodes_it),
        cmocka_unit_test(a_locked_slot_is_written_by_nobody),
        cmocka_unit_test(before_the_data_lock_nobody_reads_and_the_rule_is_announced),
        cmocka_unit_test(counters_have_the_values_of_real_dumps),
        cmocka_unit_test(what_is_not_about_slots_is_told_for_each_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
