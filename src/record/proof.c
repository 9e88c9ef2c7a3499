/* SPDX-License-Identifier: Apache-2.0 */
#include "record/proof.h"

#include "x509/public_key.h"

static const uint8_t magic[] = {'N', 'P', 'R', 'P'};

enum { PROOF_VERSION = 1 };

void np_record_proof_encode(const np_record_proof *proof, np_writer *writer)
{
    const np_record_trailer *trailer = &proof->trailer;
    np_write_bytes(writer, NP_BYTES(magic));
    np_write_u8(writer, PROOF_VERSION);
    np_write_u8(writer, (uint8_t)proof->path.len);
    np_write_u8(writer, (uint8_t)trailer->batch.len);
    np_write_u8(writer, 0);
    np_write_u64_be(writer, proof->seq);
    np_write_u64_be(writer, trailer->first);
    np_write_u64_be(writer, trailer->count);
    np_write_u64_be(writer, trailer->seq);
    np_write_u64_be(writer, trailer->recovered);
    np_write_u64_be(writer, (uint64_t)trailer->finished);
    np_write_bytes(writer, NP_BYTES(trailer->prev.bytes));
    np_write_bytes(writer, NP_BYTES(trailer->signature));
    np_write_bytes(writer, NP_BYTES(proof->leaf.bytes));
    np_write_bytes(writer, trailer->batch);
    for (size_t i = 0; i < proof->path.len; i++) {
        np_write_bytes(writer, NP_BYTES(proof->path.nodes[i].bytes));
    }
}

static void read_into(np_reader *reader, uint8_t *ret, size_t size)
{
    np_bytes bytes = np_read_bytes(reader, size);
    if (!reader->failed) {
        memcpy(ret, bytes.data, size);
    }
}

static bool read_proof(np_reader *reader, np_record_proof *ret)
{
    np_record_trailer *trailer = &ret->trailer;
    bool is_ours = np_bytes_equal(np_read_bytes(reader, sizeof(magic)), NP_BYTES(magic)) &&
                   np_read_u8(reader) == PROOF_VERSION;
    ret->path.len = np_read_u8(reader);
    size_t batch_len = np_read_u8(reader);
    bool is_known = np_read_u8(reader) == 0;
    ret->seq = np_read_u64_be(reader);
    trailer->first = np_read_u64_be(reader);
    trailer->count = np_read_u64_be(reader);
    trailer->seq = np_read_u64_be(reader);
    trailer->recovered = np_read_u64_be(reader);
    trailer->finished = (int64_t)np_read_u64_be(reader);
    read_into(reader, trailer->prev.bytes, sizeof(trailer->prev.bytes));
    read_into(reader, trailer->signature, sizeof(trailer->signature));
    read_into(reader, ret->leaf.bytes, sizeof(ret->leaf.bytes));
    trailer->batch = np_read_bytes(reader, batch_len);
    if (!is_ours || !is_known || reader->failed || ret->path.len > NP_RECORD_PROOF_PATH_MAX) {
        return false;
    }
    for (size_t i = 0; i < ret->path.len; i++) {
        read_into(reader, ret->path.nodes[i].bytes, sizeof(ret->path.nodes[i].bytes));
    }
    return np_reader_is_done(reader);
}

/* Numbers that JSON keeps, and a year of four digits: what a trailer's line can say. */
static bool can_stand_in_line(const np_record_trailer *trailer)
{
    const int64_t last_second = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
    const uint64_t numbers[] = {trailer->first, trailer->count, trailer->seq, trailer->recovered};
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        if (numbers[i] > RECORD_JSON_NUMBER_MAX) {
            return false;
        }
    }
    return trailer->finished >= 0 && trailer->finished <= last_second;
}

np_code np_record_proof_decode(np_bytes bytes, np_record_proof *ret, np_error *err)
{
    np_reader reader = np_reader_of(bytes);
    *ret = (np_record_proof){0};
    if (!read_proof(&reader, ret) || !can_stand_in_line(&ret->trailer)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "not a proof of version %d", PROOF_VERSION);
    }
    return np_record_check_batch(ret->trailer.batch, err);
}

np_code np_record_proof_check(np_record_proof *proof, np_bytes unit_text,
                              const uint8_t station_key[static NP_P256_POINT_SIZE], np_error *err)
{
    np_record_trailer *trailer = &proof->trailer;
    np_record_hash leaf = np_record_leaf_hash(unit_text);
    if (memcmp(&leaf, &proof->leaf, sizeof(leaf)) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the proof is of another line than this");
    }
    if (proof->seq < trailer->first ||
        !np_record_path_root(&proof->path, &leaf, proof->seq - trailer->first, trailer->count,
                             &trailer->root)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the path does not lead to a root");
    }
    np_public_key_digest(station_key, trailer->key.bytes);
    return np_record_trailer_verify(trailer, station_key, err);
}
