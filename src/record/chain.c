/* SPDX-License-Identifier: Apache-2.0 */
#include "record/chain.h"

#define FORMAT_NAME "nameplate-record"

static np_code refuse(np_error *err, const char *what)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "%s", what);
}

static np_code take_header(np_record_chain *chain, const np_record_line *line,
                           np_record_trailer *ret_trailer, np_error *err)
{
    (void)ret_trailer;
    uint64_t version;
    if (chain->next_seq != 0) {
        return refuse(err, "a header that is not the first line");
    }
    if (!np_record_line_says(line, "format", np_bytes_text(FORMAT_NAME)) ||
        !np_record_line_number(line, "version", &version) ||
        !np_record_line_hex(line, "key", chain->key.bytes, sizeof(chain->key.bytes))) {
        return refuse(err, "not the header of a record: it has no format, version and key");
    }
    if (version != NP_RECORD_VERSION) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a record of version %zu; this program knows version %d",
                            (size_t)version, NP_RECORD_VERSION);
    }
    return NP_OK;
}

static np_code take_unit(np_record_chain *chain, const np_record_line *line,
                         np_record_trailer *ret_trailer, np_error *err)
{
    (void)chain;
    (void)ret_trailer;
    np_bytes serial = np_record_line_text(line, "serial");
    return serial.len > 0 ? NP_OK : refuse(err, "a unit without a serial");
}

static np_code take_trailer(np_record_chain *chain, const np_record_line *line,
                            np_record_trailer *ret_trailer, np_error *err)
{
    NP_TRY(np_record_trailer_parse(line, ret_trailer, err));
    if (memcmp(&ret_trailer->key, &chain->key, sizeof(chain->key)) != 0) {
        return refuse(err, "the trailer is of another station key than the header names");
    }
    if (ret_trailer->count == 0 || ret_trailer->count != chain->tree.count ||
        ret_trailer->first != chain->batch_first || ret_trailer->recovered > ret_trailer->count) {
        return refuse(err, "the trailer does not count the units before it");
    }
    np_record_hash root = np_record_tree_root(&chain->tree);
    if (memcmp(&root, &ret_trailer->root, sizeof(root)) != 0) {
        return refuse(err, "the trailer's root is not that of the units before it");
    }
    return NP_OK;
}

typedef np_code (*line_taker)(np_record_chain *chain, const np_record_line *line,
                              np_record_trailer *ret_trailer, np_error *err);

static const line_taker line_takers[NP_RECORD_KIND_COUNT] = {
    [NP_RECORD_HEADER] = take_header,
    [NP_RECORD_UNIT] = take_unit,
    [NP_RECORD_TRAILER] = take_trailer,
};

bool record_chain_is_broken_at(const np_record_chain *chain, const np_record_line *line)
{
    return line->seq == chain->next_seq &&
           memcmp(&line->prev, &chain->head, sizeof(chain->head)) != 0;
}

static void advance(np_record_chain *chain, np_record_kind kind, uint64_t seq, np_bytes text)
{
    chain->next_seq = seq + 1;
    if (kind == NP_RECORD_TRAILER) {
        chain->tree = (np_record_tree){0};
        chain->batches++;
    }
    if (kind != NP_RECORD_UNIT) {
        return;
    }
    np_record_hash leaf = np_record_leaf_hash(text);
    chain->units++;
    chain->batch_first = chain->tree.count == 0 ? seq : chain->batch_first;
    if (chain->path != NULL && chain->watched_seq == seq) {
        np_record_tree_watch(&chain->tree, &leaf, chain->path);
    } else {
        np_record_tree_add(&chain->tree, &leaf);
    }
}

np_code np_record_chain_take(np_record_chain *chain, const np_record_line *line,
                             np_record_trailer *ret_trailer, np_error *err)
{
    if (chain->next_seq == 0 && line->kind != NP_RECORD_HEADER) {
        return refuse(err, "the first line is no header of a record");
    }
    if (line->seq != chain->next_seq) {
        return np_error_set(err, NP_EINPUT_FORMAT, "seq is %zu where %zu must be",
                            (size_t)line->seq, (size_t)chain->next_seq);
    }
    if (record_chain_is_broken_at(chain, line)) {
        return refuse(err, "prev is not the hash of the line before");
    }
    NP_TRY(line_takers[line->kind](chain, line, ret_trailer, err));
    chain->head = line->hash;
    advance(chain, line->kind, line->seq, line->text);
    return NP_OK;
}

void record_chain_add(np_record_chain *chain, np_record_kind kind, np_bytes text)
{
    np_sha256(text, chain->head.bytes);
    advance(chain, kind, chain->next_seq, text);
}
