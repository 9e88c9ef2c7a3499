/* SPDX-License-Identifier: Apache-2.0 */
#include "psa/records.h"

enum {
    MAGIC_SIZE = 8,
    SLOT_SIZE = 8,
    STATE_VERSION = 1,
    SERIAL_PADDING = 3,
    KIND_SHIFT = 30, /* above the largest key id */
    JOURNAL_VERSION = 1,
};

static const uint8_t key_magic[MAGIC_SIZE] = {'P', 'S', 'A', 0, 'K', 'E', 'Y', 0};
static const uint8_t its_magic[MAGIC_SIZE] = {'P', 'S', 'A', 0, 'I', 'T', 'S', 0};
static const uint8_t state_magic[2] = {'N', 'P'};
static const uint8_t journal_magic[4] = {'N', 'P', 'J', JOURNAL_VERSION};

static void write_u64_le(np_writer *writer, uint64_t value)
{
    np_write_u32_le(writer, (uint32_t)value);
    np_write_u32_le(writer, (uint32_t)(value >> 32));
}

static uint64_t read_u64_le(np_reader *reader)
{
    uint64_t low = np_read_u32_le(reader);
    return low | (uint64_t)np_read_u32_le(reader) << 32;
}

static bool takes(np_reader *reader, np_bytes expected)
{
    return np_bytes_equal(np_read_bytes(reader, expected.len), expected);
}

void psa_key_encode(const psa_key *key, uint8_t ret[static PSA_KEY_SIZE])
{
    np_writer writer = np_writer_of(ret, PSA_KEY_SIZE);
    np_write_bytes(&writer, NP_BYTES(key_magic));
    np_write_u32_le(&writer, 0); /* version */
    np_write_u32_le(&writer, key->attributes.lifetime);
    np_write_u16_le(&writer, key->attributes.type);
    np_write_u16_le(&writer, key->attributes.bits);
    np_write_u32_le(&writer, key->attributes.usage);
    np_write_u32_le(&writer, key->attributes.algorithm);
    np_write_u32_le(&writer, key->attributes.algorithm_2);
    np_write_u32_le(&writer, SLOT_SIZE);
    write_u64_le(&writer, key->slot);
}

static np_code damaged(const char *what, np_error *err)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "%s", what);
}

np_code psa_key_decode(np_bytes bytes, psa_key *ret, bool *ret_is_here, np_error *err)
{
    np_reader reader = np_reader_of(bytes);
    *ret = (psa_key){0};
    if (!takes(&reader, NP_BYTES(key_magic))) {
        return damaged("not a key of PSA: it does not begin with PSA and KEY", err);
    }
    uint32_t version = np_read_u32_le(&reader);
    ret->attributes.lifetime = np_read_u32_le(&reader);
    ret->attributes.type = np_read_u16_le(&reader);
    ret->attributes.bits = np_read_u16_le(&reader);
    ret->attributes.usage = np_read_u32_le(&reader);
    ret->attributes.algorithm = np_read_u32_le(&reader);
    ret->attributes.algorithm_2 = np_read_u32_le(&reader);
    uint32_t data_len = np_read_u32_le(&reader);
    if (!reader.failed && version != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "a key file of version %u; only 0 is known",
                            (unsigned)version);
    }
    np_reader data = np_reader_of(np_read_bytes(&reader, data_len));
    if (!np_reader_is_done(&reader)) {
        return damaged("a key of PSA that is cut off or has something behind it", err);
    }
    *ret_is_here = ret->attributes.lifetime >> NP_PSA_LOCATION_SHIFT == NP_PSA_LOCATION;
    if (!*ret_is_here) {
        return NP_OK;
    }
    ret->slot = read_u64_le(&data);
    return np_reader_is_done(&data)
               ? NP_OK
               : damaged("a key of a secure element whose slot is not 8 bytes", err);
}

void psa_its_header_encode(size_t len, uint8_t ret[static PSA_ITS_HEADER_SIZE])
{
    np_writer writer = np_writer_of(ret, PSA_ITS_HEADER_SIZE);
    np_write_bytes(&writer, NP_BYTES(its_magic));
    np_write_u32_le(&writer, (uint32_t)len);
    np_write_u32_le(&writer, 0); /* flags */
}

np_code psa_its_decode(np_bytes file, np_bytes *ret_contents, np_error *err)
{
    np_reader reader = np_reader_of(file);
    if (!takes(&reader, NP_BYTES(its_magic))) {
        return damaged("not a file of PSA's storage: it does not begin with PSA and ITS", err);
    }
    uint32_t len = np_read_u32_le(&reader);
    (void)np_read_u32_le(&reader);
    *ret_contents = np_read_bytes(&reader, len);
    return np_reader_is_done(&reader)
               ? NP_OK
               : damaged("a file of PSA's storage with another length than it says", err);
}

void psa_transaction_encode(const psa_transaction *transaction,
                            uint8_t ret[static PSA_TRANSACTION_SIZE])
{
    np_writer writer = np_writer_of(ret, PSA_TRANSACTION_SIZE);
    np_write_u16_le(&writer, (uint16_t)transaction->kind);
    np_write_u16_le(&writer, 0);
    np_write_u32_le(&writer, transaction->lifetime);
    write_u64_le(&writer, transaction->slot);
    np_write_u32_le(&writer, transaction->key_id);
    np_write_u32_le(&writer, 0);
}

bool psa_transaction_decode(np_bytes bytes, psa_transaction *ret)
{
    np_reader reader = np_reader_of(bytes);
    unsigned kind = np_read_u16_le(&reader);
    (void)np_read_u16_le(&reader);
    ret->lifetime = np_read_u32_le(&reader);
    ret->slot = read_u64_le(&reader);
    ret->key_id = np_read_u32_le(&reader);
    (void)np_read_u32_le(&reader); /* what the structure ends with */
    bool is_known = kind == PSA_TRANSACTION_CREATE || kind == PSA_TRANSACTION_DESTROY;
    ret->kind = is_known ? (psa_transaction_kind)kind : PSA_TRANSACTION_CREATE;
    return np_reader_is_done(&reader) && is_known;
}

void psa_state_encode(const psa_state *state, uint8_t ret[static NP_PSA_STATE_SIZE])
{
    np_writer writer = np_writer_of(ret, NP_PSA_STATE_SIZE);
    memset(ret, 0, NP_PSA_STATE_SIZE);
    np_write_bytes(&writer, NP_BYTES(state_magic));
    np_write_u8(&writer, STATE_VERSION);
    np_write_u8(&writer, state->has_serial);
    np_write_bytes(&writer, NP_BYTES(state->serial));
    np_write_fill(&writer, 0, SERIAL_PADDING);
    for (size_t i = 0; i < PSA_SLOTS; i++) {
        const psa_slot *slot = &state->slots[i];
        np_write_u32_le(&writer, (uint32_t)slot->kind << KIND_SHIFT | slot->key_id);
    }
}

bool psa_state_decode(const uint8_t bytes[static NP_PSA_STATE_SIZE], psa_state *ret)
{
    np_reader reader = np_reader_of(np_bytes_of(bytes, NP_PSA_STATE_SIZE));
    *ret = (psa_state){0};
    if (np_bytes_are_all(reader.rest, 0)) {
        return true;
    }
    bool is_ours = takes(&reader, NP_BYTES(state_magic)) && np_read_u8(&reader) == STATE_VERSION;
    unsigned has_serial = np_read_u8(&reader);
    memcpy(ret->serial, np_read_bytes(&reader, sizeof(ret->serial)).data, sizeof(ret->serial));
    ret->has_serial = has_serial == 1;
    is_ours = np_bytes_are_all(np_read_bytes(&reader, SERIAL_PADDING), 0) && is_ours;
    for (size_t i = 0; i < PSA_SLOTS; i++) {
        uint32_t word = np_read_u32_le(&reader);
        ret->slots[i] = (psa_slot){(psa_slot_kind)(word >> KIND_SHIFT), word & PSA_KEY_ID_MAX};
    }
    return is_ours && has_serial <= 1 && np_bytes_are_all(reader.rest, 0);
}

void psa_journal_encode(const psa_journal *journal, uint8_t ret[static PSA_JOURNAL_SIZE])
{
    np_writer writer = np_writer_of(ret, PSA_JOURNAL_SIZE);
    uint8_t key[PSA_KEY_SIZE];
    psa_key_encode(&journal->key, key);
    np_write_bytes(&writer, NP_BYTES(journal_magic));
    np_write_u32_le(&writer, journal->key.attributes.key_id);
    np_write_bytes(&writer, NP_BYTES(key));
    np_write_u32_le(&writer, journal->had_key);
    np_write_bytes(&writer, NP_BYTES(journal->old_x));
}

bool psa_journal_decode(np_bytes bytes, psa_journal *ret)
{
    np_reader reader = np_reader_of(bytes);
    bool is_here = false;
    if (bytes.len != PSA_JOURNAL_SIZE || !takes(&reader, NP_BYTES(journal_magic))) {
        return false;
    }
    uint32_t key_id = np_read_u32_le(&reader);
    np_code code = psa_key_decode(np_read_bytes(&reader, PSA_KEY_SIZE), &ret->key, &is_here, NULL);
    uint32_t had_key = np_read_u32_le(&reader);
    memcpy(ret->old_x, np_read_bytes(&reader, sizeof(ret->old_x)).data, sizeof(ret->old_x));
    ret->key.attributes.key_id = key_id;
    ret->had_key = had_key == 1;
    return code == NP_OK && is_here && had_key <= 1 && np_reader_is_done(&reader);
}
