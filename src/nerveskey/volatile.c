/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/volatile.h"

#include "base/wipe.h"

typedef struct padded_key {
    uint8_t bytes[NP_ATECC_BLOCK_SIZE];
} padded_key;

static void padded_key_clear(padded_key *key)
{
    np_wipe(key, sizeof(*key));
}

typedef np_code (*proof_call)(np_atecc *chip, const np_atecc_proof *proof, bool *ret_matches,
                              np_error *err);

/* The key as its slot holds it, and a fresh number. */
static np_code prove(np_atecc *chip, const np_chip_serial *serial, np_atecc_proof *proof,
                     np_random random, proof_call call, np_error *err)
{
    NP_CLEANUP(padded_key_clear) padded_key padded = {{0}};
    uint8_t number[NP_ATECC_NONCE_NUMBER_SIZE];
    bool matches = false;
    memcpy(padded.bytes, proof->key, NP_VOLATILE_KEY_SIZE);
    NP_TRY(random.fill(random.self, number, sizeof(number), err));
    proof->key = padded.bytes;
    proof->serial = serial;
    proof->number = number;
    NP_TRY(call(chip, proof, &matches, err));
    return matches ? NP_OK
                   : np_error_set(err, NP_ECONFLICT_OTHER, "the chip has another %s key",
                                  proof->slot == NP_VOLATILE_ACTIVATION_SLOT ? "activation"
                                                                             : "encryption");
}

np_code np_volatile_authorize(np_atecc *chip, const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                              const uint8_t key[static NP_VOLATILE_KEY_SIZE], np_random random,
                              np_error *err)
{
    np_chip_serial serial = np_config_serial(config);
    np_atecc_proof proof = {.slot = NP_VOLATILE_ACTIVATION_SLOT, .key = key};
    const np_layout *layout = np_layout_of(config);
    if (layout == NULL || !layout->needs_608) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the chip has no activation key: its layout is not "
                            "nerveskey-volatile");
    }
    return prove(chip, &serial, &proof, random, np_atecc_latch_set, err);
}

/* Without the latch of a 508A, and before it is asked for: the configuration tells what is there.
 */
static np_code run_authorized(np_atecc *chip, const uint8_t *key, np_random random,
                              const np_volatile_work *work, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    bool was_set = false;
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(config), config, err));
    if (np_layout_of(config) == &np_layouts[NP_LAYOUT_VOLATILE]) {
        NP_TRY(np_atecc_latch_read(chip, &was_set, err));
    }
    NP_TRY(np_volatile_authorize(chip, config, key, random, err));
    np_code code = work->run(work->self, chip, err);
    np_code cleared = was_set ? NP_OK : np_atecc_latch_clear(chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : cleared;
}

np_code np_volatile_run(np_atecc *chip, const uint8_t *key, np_random random,
                        const np_volatile_work *work, np_error *err)
{
    if (key == NULL) {
        return work->run(work->self, chip, err);
    }
    NP_TRY(np_bus_hold(&chip->bus, err));
    np_code code = run_authorized(chip, key, random, work, err);
    np_code slept = np_atecc_sleep(chip, code == NP_OK ? err : NULL);
    np_bus_release(&chip->bus);
    return code != NP_OK ? code : slept;
}

typedef struct encryption_check {
    const uint8_t *key;
    np_random random;
} encryption_check;

/*
 * [inf] CheckMac takes the key of slot 2 as it takes that of slot 1: both are secrets of the AES
 * type without NoMac, and the second one works only while the latch is set.
 */
static np_code check_encryption_key(void *self, np_atecc *chip, np_error *err)
{
    const encryption_check *check = self;
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    NP_TRY(np_atecc_read_config(chip, 0, NP_ATECC_BLOCK_SIZE, config, err));
    np_chip_serial serial = np_config_serial(config);
    np_atecc_proof proof = {.slot = NP_VOLATILE_ENCRYPTION_SLOT, .key = check->key};
    return prove(chip, &serial, &proof, check->random, np_atecc_check_key, err);
}

np_code np_volatile_check_keys(np_atecc *chip,
                               const uint8_t activation[static NP_VOLATILE_KEY_SIZE],
                               const uint8_t encryption[static NP_VOLATILE_KEY_SIZE],
                               np_random random, np_error *err)
{
    encryption_check check = {.key = encryption, .random = random};
    const np_volatile_work work = {.run = check_encryption_key, .self = &check};
    return np_volatile_run(chip, activation, random, &work, err);
}
