/* SPDX-License-Identifier: Apache-2.0 */
/* What uses a key and changes nothing. The chip itself says what it refuses. */
#include "base/wipe.h"
#include "psa/chip.h"

enum { UNCOMPRESSED = 0x04, FIRST_PUBLIC_SLOT = 8 };

/* A public key from where it is: computed from a private one, or read. */
static np_psa_status load_point(psa_chip *chip, uint64_t slot,
                                uint8_t ret_point[static NP_PUBLIC_KEY_SIZE])
{
    bool has_key = false;
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    PSA_TRY(psa_chip_probe(chip, (unsigned)slot, &has_key, ret_point));
    if (!has_key && slot >= FIRST_PUBLIC_SLOT) {
        PSA_TRY(psa_chip_read_stored(chip, (unsigned)slot, &has_key, ret_point));
    }
    return has_key ? NP_PSA_SUCCESS : NP_PSA_ERROR_DOES_NOT_EXIST;
}

np_psa_status np_psa_export_public(np_psa_chip *chip, uint64_t slot, uint8_t *ret, size_t size)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    psa_chip *inner = psa_chip_of(chip);
    if (size < NP_PSA_PUBLIC_KEY_SIZE) {
        return NP_PSA_ERROR_BUFFER_TOO_SMALL;
    }
    PSA_TRY(psa_chip_end(inner, load_point(inner, slot, point)));
    ret[0] = UNCOMPRESSED;
    memcpy(ret + 1, point, sizeof(point));
    return NP_PSA_SUCCESS;
}

/* The core checks neither the length of the hash nor the room for the signature. */
static np_psa_status check_hash(uint64_t slot, uint32_t algorithm, np_bytes hash)
{
    if (algorithm != NP_PSA_ALG_ECDSA_SHA_256 && algorithm != NP_PSA_ALG_ECDSA_ANY) {
        return NP_PSA_ERROR_NOT_SUPPORTED;
    }
    return hash.len == NP_PSA_HASH_SIZE && slot < NP_ATECC_SLOT_COUNT
               ? NP_PSA_SUCCESS
               : NP_PSA_ERROR_INVALID_ARGUMENT;
}

/* A refusal of a key that could sign is that of a slot without one. */
static np_psa_status explain_refusal(psa_chip *chip, unsigned slot, unsigned command)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    bool has_key = true;
    PSA_TRY(psa_chip_look(chip));
    np_psa_reason reason = psa_policy_commands(&chip->facts, slot, command);
    PSA_TRY(np_psa_reason_status(reason));
    PSA_TRY(psa_chip_probe(chip, slot, &has_key, point));
    return has_key ? NP_PSA_ERROR_HARDWARE_FAILURE : NP_PSA_ERROR_DOES_NOT_EXIST;
}

static np_psa_status sign(psa_chip *chip, unsigned slot, const uint8_t *hash, uint8_t *ret)
{
    np_psa_status status =
        psa_chip_told(chip, np_atecc_sign(&chip->device, slot, hash, ret, &chip->error));
    return status == NP_PSA_ERROR_NOT_PERMITTED ? explain_refusal(chip, slot, PSA_COMMAND_SIGN)
                                                : status;
}

np_psa_status np_psa_sign(np_psa_chip *chip, uint64_t slot, uint32_t algorithm, np_bytes hash,
                          uint8_t *ret, size_t size)
{
    psa_chip *inner = psa_chip_of(chip);
    PSA_TRY(check_hash(slot, algorithm, hash));
    if (size < NP_PSA_SIGNATURE_SIZE) {
        return NP_PSA_ERROR_BUFFER_TOO_SMALL;
    }
    return psa_chip_end(inner, sign(inner, (unsigned)slot, hash.data, ret));
}

static np_psa_status verify(psa_chip *chip, uint64_t slot, const uint8_t *hash,
                            const uint8_t *signature)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    bool is_good = false;
    PSA_TRY(load_point(chip, slot, point));
    PSA_TRY(psa_chip_told(
        chip, np_atecc_verify(&chip->device, point, hash, signature, &is_good, &chip->error)));
    return is_good ? NP_PSA_SUCCESS : NP_PSA_ERROR_INVALID_SIGNATURE;
}

np_psa_status np_psa_verify(np_psa_chip *chip, uint64_t slot, uint32_t algorithm, np_bytes hash,
                            np_bytes signature)
{
    psa_chip *inner = psa_chip_of(chip);
    PSA_TRY(check_hash(slot, algorithm, hash));
    if (signature.len != NP_PSA_SIGNATURE_SIZE) {
        return NP_PSA_ERROR_INVALID_SIGNATURE;
    }
    return psa_chip_end(inner, verify(inner, slot, hash.data, signature.data));
}

static np_psa_status agree(psa_chip *chip, unsigned slot, const uint8_t *peer, uint8_t *ret)
{
    np_psa_status status =
        psa_chip_told(chip, np_atecc_agree(&chip->device, slot, peer, ret, &chip->error));
    return status == NP_PSA_ERROR_NOT_PERMITTED ? explain_refusal(chip, slot, PSA_COMMAND_AGREE)
                                                : status;
}

np_psa_status np_psa_agree(np_psa_chip *chip, uint64_t slot, np_bytes peer, uint8_t *ret,
                           size_t size)
{
    psa_chip *inner = psa_chip_of(chip);
    if (slot >= NP_ATECC_SLOT_COUNT || peer.len != NP_PSA_PUBLIC_KEY_SIZE ||
        peer.data[0] != UNCOMPRESSED) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    if (size < NP_PSA_HASH_SIZE) {
        return NP_PSA_ERROR_BUFFER_TOO_SMALL;
    }
    return psa_chip_end(inner, agree(inner, (unsigned)slot, peer.data + 1, ret));
}
