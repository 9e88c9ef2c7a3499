/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/file.h"
#include "cli/record.h"
#include "record/proof.h"
#include <stdio.h>

typedef struct proof_run {
    np_record_report report;
    np_record_proof proof;
    uint8_t batch[NP_RECORD_BATCH_MAX]; /* what the trailer's name points into */
    bool is_complete;
} proof_run;

static np_code collect(void *self, const np_record_line *line, const np_record_trailer *trailer,
                       np_error *err)
{
    (void)err;
    proof_run *proving = self;
    np_record_proof *proof = &proving->proof;
    if (line->seq == proof->seq) {
        proof->leaf = np_record_leaf_hash(line->text);
    }
    if (trailer == NULL || proving->is_complete || line->seq < proof->seq) {
        return NP_OK;
    }
    proof->trailer = *trailer;
    proof->trailer.batch.data = proving->batch;
    if (trailer->batch.len > 0) {
        memcpy(proving->batch, trailer->batch.data, trailer->batch.len);
    }
    proving->is_complete = true;
    return NP_OK;
}

static void put_proof(cli_output *output, const np_record_proof *proof)
{
    uint8_t bytes[NP_RECORD_PROOF_MAX];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_record_proof_encode(proof, &writer);
    cli_put_bytes(output, "proof", np_writer_bytes(&writer));
    cli_put_json(output, "line", json_integer((json_int_t)proof->seq + 1));
    cli_put_json(output, "batch_units", json_integer((json_int_t)proof->trailer.count));
    cli_put_json(output, "path_length", json_integer((json_int_t)proof->path.len));
}

np_code cli_record_prove(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    proof_run proving = {.is_complete = false};
    np_record_chain *chain = &proving.report.chain;
    NP_TRY(cli_record_open(arguments, &record, err));
    NP_TRY(cli_record_find_serial(&record, arguments->operand, &proving.proof.seq, err));
    chain->watched_seq = proving.proof.seq;
    chain->path = &proving.proof.path;
    NP_TRY(cli_record_read(&record, collect, &proving, &proving.report, err));
    if (!proving.is_complete) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: line %zu: no trailer signs this unit yet",
                            arguments->target, (size_t)proving.proof.seq + 1);
    }
    put_proof(output, &proving.proof);
    return NP_OK;
}

/* One line, with its line feed or without. */
static np_bytes line_of(np_bytes file)
{
    bool has_feed = file.len > 0 && file.data[file.len - 1] == '\n';
    return np_bytes_of(file.data, file.len - (has_feed ? 1 : 0));
}

static np_code check_proof(const cli_arguments *arguments, np_bytes unit, np_record_line *ret_line,
                           np_record_proof *proof, np_error *err)
{
    uint8_t key[NP_P256_POINT_SIZE];
    NP_TRY(np_key_file_load_public(arguments->key, key, err));
    np_code code = np_record_line_parse(unit, ret_line, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->operand);
    }
    code = np_record_proof_check(proof, unit, key, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", arguments->target);
}

static void put_checked(cli_output *output, const np_record_line *line,
                        const np_record_proof *proof)
{
    char text[64] = {0};
    np_bytes batch = proof->trailer.batch;
    np_bytes serial = np_record_line_text(line, "serial");
    if (output->is_json) {
        cli_put_json(output, "unit", cli_json_line(line));
    } else {
        cli_print(output, "serial: %.*s", (int)serial.len, (const char *)serial.data);
    }
    cli_put_count(output, "line", "line", proof->seq + 1);
    if (batch.len > 0) {
        snprintf(text, sizeof(text), "%.*s", (int)batch.len, (const char *)batch.data);
        cli_put_text(output, "batch", "batch", text);
    }
    cli_put_count(output, "batch_units", "units in the batch", proof->trailer.count);
    cli_put_hex(output, "key", "station key", NP_BYTES(proof->trailer.key.bytes));
}

np_code cli_record_check_proof(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file proof_file = {0};
    NP_CLEANUP(cli_file_clear) cli_file unit_file = {0};
    np_record_proof proof;
    np_record_line line;
    NP_TRY(cli_file_load(arguments->target, &proof_file, err));
    NP_TRY(cli_file_load(arguments->operand, &unit_file, err));
    np_code code = np_record_proof_decode(cli_file_bytes(&proof_file), &proof, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->target);
    }
    NP_TRY(check_proof(arguments, line_of(cli_file_bytes(&unit_file)), &line, &proof, err));
    put_checked(output, &line, &proof);
    return NP_OK;
}
