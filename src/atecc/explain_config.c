/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/explain.h"

#include "atecc/commands.h"
#include "base/format.h"

enum {
    VOLATILE_KEY_AT = 69,
    SECURE_BOOT_AT = 70,
    VOLATILE_KEY_ENABLED = 0x80,
    NIBBLE = 0x0f,
    COUNTS_A_BINARY_STEP = 32, /* linear bits that one step of the binary part stands for */
    LINEAR_OFFSET = 16,
    WORD_BITS = 16,
};

/* ChipMode (608: bits 7 to 3 are the clock divider). */
enum {
    MODE_USER_ADDRESS = 0x01,
    MODE_TTL = 0x02,
    MODE_DIVIDER_MASK = 0xf8,
    MODE_DIVIDER_M1 = 0x28,
    MODE_DIVIDER_M2 = 0x68,
};

enum { OTP_READ_ONLY = 0xaa, OTP_CONSUMPTION = 0x55, COUNT_MATCH = 0x01 };

typedef void (*fact_writer)(const uint8_t *config, np_atecc_model model, char *ret);

static void write_address(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    np_format(ret, NP_CONFIG_FACT_SIZE, "0x%02x", (unsigned)config[NP_CONFIG_I2C_ADDRESS] >> 1);
}

static void write_otp_mode(const uint8_t *config, np_atecc_model model, char *ret)
{
    uint8_t mode = config[NP_CONFIG_OTP_MODE];
    const char *words = "no known mode";
    if (mode == OTP_READ_ONLY || model != NP_ATECC508A) {
        words = "read-only once the data zone is locked";
    } else if (mode == OTP_CONSUMPTION) {
        words = "consumption: bits may be cleared, never set";
    }
    np_format(ret, NP_CONFIG_FACT_SIZE, "%s (0x%02x)", words, (unsigned)mode);
}

static const char *clock_words(uint8_t mode)
{
    switch (mode & MODE_DIVIDER_MASK) {
    case 0:
        return "fastest clock";
    case MODE_DIVIDER_M1:
        return "middle clock (M1)";
    case MODE_DIVIDER_M2:
        return "slowest clock (M2)";
    default:
        return "unknown clock";
    }
}

static void write_chip_mode(const uint8_t *config, np_atecc_model model, char *ret)
{
    uint8_t mode = config[NP_CONFIG_CHIP_MODE];
    np_format(ret, NP_CONFIG_FACT_SIZE, "%s watchdog, %s input levels%s%s%s (0x%02x)",
              (mode & NP_ATECC_LONG_WATCHDOG) != 0 ? "long" : "short",
              (mode & MODE_TTL) != 0 ? "VCC-referenced" : "fixed",
              (mode & MODE_USER_ADDRESS) != 0 ? ", extra address or selector in use" : "",
              model != NP_ATECC508A ? ", " : "", model != NP_ATECC508A ? clock_words(mode) : "",
              (unsigned)mode);
}

/* Zero bits before the first one. */
static unsigned leading_zeros(unsigned word)
{
    unsigned count = 0;
    while (count < WORD_BITS && (word & 0x8000U >> count) == 0) {
        count++;
    }
    return count;
}

uint32_t np_counter_value(const uint8_t bytes[static NP_ATECC_COUNTER_SIZE])
{
    np_reader reader = np_reader_of(np_bytes_of(bytes, NP_ATECC_COUNTER_SIZE));
    uint32_t linear_a = np_read_u16_be(&reader);
    uint32_t linear_b = np_read_u16_be(&reader);
    uint32_t binary_a = np_read_u16_be(&reader);
    uint32_t binary_b = np_read_u16_be(&reader);
    if (linear_a != 0) {
        return COUNTS_A_BINARY_STEP * binary_a + leading_zeros(linear_a);
    }
    return COUNTS_A_BINARY_STEP * binary_b + LINEAR_OFFSET + leading_zeros(linear_b);
}

static void write_counter(const uint8_t *config, unsigned counter, char *ret)
{
    const uint8_t *bytes = config + NP_CONFIG_COUNTERS + (size_t)NP_ATECC_COUNTER_SIZE * counter;
    np_format(ret, NP_CONFIG_FACT_SIZE, "%u", (unsigned)np_counter_value(bytes));
}

static void write_counter0(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    write_counter(config, 0, ret);
}

static void write_counter1(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    write_counter(config, 1, ret);
}

static void write_user_extra(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    np_format(ret, NP_CONFIG_FACT_SIZE, "0x%02x, 0x%02x", (unsigned)config[NP_CONFIG_USER_EXTRA],
              (unsigned)config[NP_CONFIG_SELECTOR]);
}

static void write_options(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    static const char *const names[] = {"power-on self test", "IO protection key", "KDF with AES",
                                        "health failures clear themselves"};
    uint8_t low = config[NP_CONFIG_CHIP_OPTIONS];
    uint8_t high = config[NP_CONFIG_CHIP_OPTIONS + 1];
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        if ((low >> i & 1) != 0) {
            len += np_format(ret + len, NP_CONFIG_FACT_SIZE - len, "%s%s", len > 0 ? ", " : "",
                             names[i]);
        }
    }
    np_format(ret + len, NP_CONFIG_FACT_SIZE - len, "%s (0x%02x%02x)", len > 0 ? "" : "none",
              (unsigned)high, (unsigned)low);
}

static void write_volatile_key(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    uint8_t permission = config[VOLATILE_KEY_AT];
    if ((permission & VOLATILE_KEY_ENABLED) != 0) {
        np_format(ret, NP_CONFIG_FACT_SIZE, "the key in slot %u sets the persistent latch",
                  (unsigned)(permission & NIBBLE));
    } else {
        np_format(ret, NP_CONFIG_FACT_SIZE, "off");
    }
}

static void write_secure_boot(const uint8_t *config, np_atecc_model model, char *ret)
{
    (void)model;
    np_format(ret, NP_CONFIG_FACT_SIZE, "%s (0x%02x%02x)",
              (config[SECURE_BOOT_AT] & 3) != 0 ? "on" : "off",
              (unsigned)config[SECURE_BOOT_AT + 1], (unsigned)config[SECURE_BOOT_AT]);
}

typedef struct fact_row {
    const char *key;
    const char *label;
    fact_writer write;
    bool only_608;
} fact_row;

static const fact_row facts[] = {
    {"i2c_address", "I2C address", write_address, false},
    {"otp_mode", "OTP", write_otp_mode, false},
    {"chip_mode", "chip mode", write_chip_mode, false},
    {"counter0", "counter 0", write_counter0, false},
    {"counter1", "counter 1", write_counter1, false},
    {"user_extra", "user extra bytes", write_user_extra, false},
    {"chip_options", "chip options", write_options, true},
    {"volatile_key", "volatile key permission", write_volatile_key, true},
    {"secure_boot", "secure boot", write_secure_boot, true},
};

size_t np_config_explain(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                         np_config_fact ret[static NP_CONFIG_FACTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < NP_COUNT_OF(facts); i++) {
        if (facts[i].only_608 && model == NP_ATECC508A) {
            continue;
        }
        ret[count].key = facts[i].key;
        ret[count].label = facts[i].label;
        facts[i].write(config, model, ret[count].words);
        count++;
    }
    return count;
}
