/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any 128 bytes as a configuration zone: every accessor takes them, and NervesKey's target
 * configuration is its own target and differs from what was there in the documented bytes alone.
 */
#include "base/bytes.h"
#include "nerveskey/layout.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void ask_everything(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    np_chip_serial serial = np_config_serial(config);
    require(serial.bytes[0] == config[0] && serial.bytes[NP_ATECC_SERIAL_SIZE - 1] == config[12]);
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        uint16_t slot_config = np_config_slot_config(config, slot);
        uint16_t key_config = np_config_key_config(config, slot);
        require((slot_config & 0xff) == config[NP_CONFIG_SLOT_CONFIG + 2 * slot]);
        require(key_config >> 8 == config[NP_CONFIG_KEY_CONFIG + 2 * slot + 1]);
        uint8_t locked_bits = config[NP_CONFIG_SLOT_LOCKED + slot / 8];
        require(np_config_slot_is_locked(config, slot) != (bool)(locked_bits >> slot % 8 & 1));
    }
    uint8_t lock = config[NP_CONFIG_LOCK_CONFIG];
    np_lock_state state = np_lock_state_of(lock);
    require((state == NP_LOCK_CLOSED) == (lock == 0x00));
    require((state == NP_LOCK_OPEN) == (lock == 0x55));
    np_atecc_model model;
    if (np_atecc_model_by_revision(config + NP_CONFIG_REVISION, &model)) {
        require(model < NP_ATECC_MODEL_COUNT);
    }
    (void)np_layout_of(config);
    require(np_nerveskey_mode(config) != NULL);
}

/*
 * Set: 16 to 51, 92 to 127, with volatile keys 68 to 71. Repaired when erased: 52 to 63. Nothing
 * else.
 */
static bool may_change(const np_layout *layout, size_t at, uint8_t before)
{
    bool is_set = (at >= NP_CONFIG_I2C_ADDRESS && at < NP_CONFIG_COUNTERS) ||
                  at >= NP_CONFIG_X509_FORMAT || (layout->needs_608 && at >= 68 && at < 72);
    return is_set || (at >= NP_CONFIG_COUNTERS && at < 64 && before == NP_ATECC_ERASED);
}

static void target_is_its_own_target(const np_layout *layout,
                                     const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                                     np_atecc_model model, uint8_t address)
{
    uint8_t target[NP_ATECC_CONFIG_SIZE];
    uint8_t again[NP_ATECC_CONFIG_SIZE];
    np_layout_target_config(layout, config, model, address, target);
    np_layout_target_config(layout, target, model, address, again);
    require(memcmp(target, again, sizeof(target)) == 0);
    for (size_t at = 0; at < sizeof(target); at++) {
        require(target[at] == config[at] || may_change(layout, at, config[at]));
    }
    target[NP_CONFIG_LOCK_CONFIG] = NP_ATECC_LOCKED;
    require(np_layout_of(target) == layout);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    np_reader reader = np_reader_of(np_bytes_of(data, size));
    np_atecc_model model = np_read_u8(&reader) % NP_ATECC_MODEL_COUNT;
    uint8_t address = np_read_u8(&reader) & 0x7f;
    size_t len = reader.rest.len < sizeof(config) ? reader.rest.len : sizeof(config);
    if (len > 0) {
        memcpy(config, reader.rest.data, len);
    }
    ask_everything(config);
    for (size_t i = 0; i < NP_LAYOUT_COUNT; i++) {
        target_is_its_own_target(&np_layouts[i], config, model, address);
    }
    return 0;
}
