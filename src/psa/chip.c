/* SPDX-License-Identifier: Apache-2.0 */
#include "psa/chip.h"

#include "atecc/latch.h"

enum {
    STORED_SIZE = 72, /* a public key in the chip's form: pad, X, pad, Y */
    PAD_SIZE = 4,
    VALIDITY_BITS = 0xf0, /* of the first byte: valid 5, invalid a */
    KEY_DISABLE = 0x1000,
    DEFAULT_ADDRESS = NP_ATECC_DEFAULT_ADDRESS,
};

_Static_assert(sizeof(psa_chip) <= sizeof(np_psa_chip), "the chip has no room in np_psa_chip");

void psa_chip_init(psa_chip *chip, np_bus bus, uint8_t address, const np_psa_storage *storage)
{
    *chip = (psa_chip){.storage = storage};
    np_atecc_init(&chip->device, bus, address == 0 ? DEFAULT_ADDRESS : address);
}

void np_psa_chip_init(np_psa_chip *chip, const np_psa_port *port, uint8_t address,
                      const np_psa_storage *storage)
{
    psa_chip *inner = psa_chip_of(chip);
    inner->port = port;
    np_bus bus = psa_port_bus(&inner->port);
    psa_chip_init(inner, bus, address, storage);
    inner->port = port;
}

/* Statuses of the chip that mean one thing whatever the command was. */
static np_psa_status status_of_refusal(int status)
{
    switch (status) {
    case NP_ATECC_MISCOMPARE:
        return NP_PSA_ERROR_INVALID_SIGNATURE;
    case NP_ATECC_PARSE_ERROR:
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    case NP_ATECC_EXECUTION_ERROR:
        return NP_PSA_ERROR_NOT_PERMITTED;
    case NP_ATECC_HEALTH_TEST_ERROR:
        return NP_PSA_ERROR_INSUFFICIENT_ENTROPY;
    case NP_ATECC_AFTER_WAKE:
    case NP_ATECC_WATCHDOG:
    case NP_ATECC_CRC_ERROR:
        return NP_PSA_ERROR_COMMUNICATION_FAILURE;
    default:
        return NP_PSA_ERROR_HARDWARE_FAILURE;
    }
}

np_psa_status psa_chip_told(const psa_chip *chip, np_code code)
{
    switch (code) {
    case NP_OK:
        return NP_PSA_SUCCESS;
    case NP_EDEVICE_STATUS:
        return status_of_refusal(chip->error.sub);
    case NP_EDEVICE_ANSWER:
    case NP_ESTATION_NACK:
    case NP_ESTATION_TIMEOUT:
    case NP_ESTATION_IO:
    case NP_ESTATION_BUSY:
        return NP_PSA_ERROR_COMMUNICATION_FAILURE;
    case NP_ESTATION_MEMORY:
        return NP_PSA_ERROR_INSUFFICIENT_MEMORY;
    case NP_ECONFLICT_FOREIGN:
        return NP_PSA_ERROR_NOT_SUPPORTED;
    default:
        return NP_PSA_ERROR_HARDWARE_FAILURE;
    }
}

/* The latch is asked only where a key asks for it. */
static bool has_disabled_keys(const psa_facts *facts)
{
    bool has = false;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        has = has || (np_config_key_config(facts->config, slot) & KEY_DISABLE) != 0;
    }
    return has && facts->model != NP_ATECC508A &&
           np_lock_state_of(facts->config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_CLOSED;
}

static np_code look(psa_chip *chip)
{
    psa_facts *facts = &chip->facts;
    facts->has_latch = false;
    NP_TRY(
        np_atecc_read_config(&chip->device, 0, sizeof(facts->config), facts->config, &chip->error));
    if (!np_atecc_model_by_revision(facts->config + NP_CONFIG_REVISION, &facts->model)) {
        return np_error_set(&chip->error, NP_ECONFLICT_FOREIGN,
                            "the part is no ATECC508A, 608A or 608B");
    }
    return has_disabled_keys(facts)
               ? np_atecc_latch_read(&chip->device, &facts->has_latch, &chip->error)
               : NP_OK;
}

np_psa_status psa_chip_look(psa_chip *chip)
{
    return psa_chip_told(chip, look(chip));
}

np_psa_status psa_chip_probe(psa_chip *chip, unsigned slot, bool *ret_has_key,
                             uint8_t ret_point[static NP_PUBLIC_KEY_SIZE])
{
    np_code code = np_atecc_genkey_public(&chip->device, slot, ret_point, &chip->error);
    *ret_has_key = code == NP_OK;
    bool is_refused = code == NP_EDEVICE_STATUS && chip->error.sub == NP_ATECC_EXECUTION_ERROR;
    return is_refused ? NP_PSA_SUCCESS : psa_chip_told(chip, code);
}

np_psa_status psa_chip_read_stored(psa_chip *chip, unsigned slot, bool *ret_has_key,
                                   uint8_t ret_point[static NP_PUBLIC_KEY_SIZE])
{
    uint8_t stored[STORED_SIZE];
    *ret_has_key = false;
    PSA_TRY(psa_chip_told(
        chip, np_atecc_read_slot(&chip->device, slot, sizeof(stored), stored, &chip->error)));
    memcpy(ret_point, stored + PAD_SIZE, 32);
    memcpy(ret_point + 32, stored + PAD_SIZE + 32 + PAD_SIZE, 32);
    stored[0] &= (uint8_t)~VALIDITY_BITS;
    bool has_form = np_bytes_are_all(np_bytes_of(stored, PAD_SIZE), 0) &&
                    np_bytes_are_all(np_bytes_of(stored + PAD_SIZE + 32, PAD_SIZE), 0);
    *ret_has_key = has_form && !np_bytes_are_all(np_bytes_of(ret_point, NP_PUBLIC_KEY_SIZE), 0);
    return NP_PSA_SUCCESS;
}

np_psa_status psa_chip_end(psa_chip *chip, np_psa_status status)
{
    np_error ignored;
    np_code code = np_atecc_sleep(&chip->device, &ignored);
    return status == NP_PSA_SUCCESS && code != NP_OK ? NP_PSA_ERROR_COMMUNICATION_FAILURE : status;
}

np_psa_status np_psa_rest(np_psa_chip *chip)
{
    return psa_chip_end(psa_chip_of(chip), NP_PSA_SUCCESS);
}

np_psa_status psa_storage_load(const np_psa_storage *storage, uint64_t uid, uint8_t *ret,
                               size_t size, size_t *ret_len)
{
    *ret_len = 0;
    if (storage == NULL) {
        return NP_PSA_SUCCESS;
    }
    np_psa_status status = storage->get(storage->self, uid, ret, size, ret_len);
    if (status != NP_PSA_SUCCESS) {
        *ret_len = 0;
    }
    return status == NP_PSA_ERROR_DOES_NOT_EXIST ? NP_PSA_SUCCESS : status;
}

np_psa_status psa_storage_find_key(const np_psa_storage *storage, uint32_t key_id, psa_key *ret,
                                   bool *ret_exists, bool *ret_is_here)
{
    uint8_t bytes[PSA_RECORD_MAX];
    size_t len = 0;
    *ret_exists = false;
    *ret_is_here = false;
    if (key_id == 0) {
        return NP_PSA_SUCCESS;
    }
    PSA_TRY(psa_storage_load(storage, key_id, bytes, sizeof(bytes), &len));
    *ret_exists = len > 0;
    /* a damaged one, or a longer one, is a key all the same: it is in the way */
    if (len > 0 && psa_key_decode(np_bytes_of(bytes, len), ret, ret_is_here, NULL) != NP_OK) {
        *ret_is_here = false;
    }
    ret->attributes.key_id = key_id;
    return NP_PSA_SUCCESS;
}

np_psa_status psa_state_load(const np_psa_storage *storage, psa_state *ret)
{
    uint8_t bytes[NP_PSA_STATE_SIZE] = {0};
    size_t len = 0;
    PSA_TRY(psa_storage_load(storage, PSA_UID_DRIVER, bytes, sizeof(bytes), &len));
    bool is_good = (len == 0 || len == sizeof(bytes)) && psa_state_decode(bytes, ret);
    return is_good ? NP_PSA_SUCCESS : NP_PSA_ERROR_DATA_INVALID;
}

np_psa_status psa_state_store(const np_psa_storage *storage, const psa_state *state)
{
    uint8_t bytes[NP_PSA_STATE_SIZE];
    psa_state_encode(state, bytes);
    return storage->set(storage->self, PSA_UID_DRIVER, bytes, sizeof(bytes));
}
