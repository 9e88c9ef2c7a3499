/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/recording.h"

#include "base/civil.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

void cli_recording_clear(cli_recording *recording)
{
    np_record_free(recording->record);
    np_record_file_close(&recording->file);
    np_p256_free(recording->key);
    *recording = (cli_recording){0};
}

static int64_t now_of(const cli_arguments *arguments)
{
    return arguments->now.is_given ? arguments->now.seconds : (int64_t)time(NULL);
}

/* A line without a result is of a unit that was made: stations write down the others as well. */
static bool is_made(const np_record_line *line)
{
    return np_record_line_value(line, "result").len == 0 ||
           np_record_line_says(line, "result", np_bytes_text("pass"));
}

static np_code look(void *self, const np_record_line *line, const np_record_trailer *trailer,
                    np_error *err)
{
    cli_recording *recording = self;
    (void)trailer;
    (void)err;
    if (line->kind == NP_RECORD_HEADER) {
        recording->knows_issuer = np_record_line_has_issuer(line, recording->issuer);
    }
    if (line->kind != NP_RECORD_UNIT || !is_made(line)) {
        return NP_OK;
    }
    bool has_uid = recording->uid.len > 0 && np_record_line_says(line, "uid", recording->uid);
    bool has_serial = np_record_line_says(line, "serial", recording->serial);
    uint64_t *found = has_serial && has_uid ? &recording->same_line
                      : has_serial          ? &recording->serial_line
                      : has_uid             ? &recording->uid_line
                                            : NULL;
    if (found != NULL) {
        *found = line->seq + 1;
    }
    if (has_serial && has_uid &&
        !np_record_line_hex(line, "cert_sha256", recording->same_cert_sha256, NP_SHA256_SIZE)) {
        memset(recording->same_cert_sha256, 0, NP_SHA256_SIZE);
    }
    return NP_OK;
}

static np_code check_free(const cli_recording *recording, np_error *err)
{
    const char *path = recording->arguments->record;
    if (recording->serial_line > 0) {
        np_error_set(err, NP_EPOLICY, "%s: line %zu has the serial %.*s already", path,
                     (size_t)recording->serial_line, (int)recording->serial.len,
                     (const char *)recording->serial.data);
        return np_error_hint(err, NP_EPOLICY, "a serial is for one unit: give another --serial");
    }
    if (recording->uid_line > 0) {
        return np_error_set(err, NP_EPOLICY,
                            "%s: line %zu has this chip already, with another serial", path,
                            (size_t)recording->uid_line);
    }
    return NP_OK;
}

static np_code open_record(cli_recording *recording, np_error *err)
{
    const char *path = recording->arguments->record;
    np_record_found found;
    recording->storage = np_record_file_storage(&recording->file, path);
    np_record_options options = {
        .storage = &recording->storage,
        .station = &recording->station,
        .header = {.station = np_key_file_name(recording->arguments->station_key),
                   .issuers = {recording->issuer},
                   .created = recording->started},
        .visit = look,
        .self = recording,
    };
    np_code code = np_record_open(&options, &recording->record, &found, err);
    if (code != NP_OK) {
        return np_error_class(code) == NP_CLASS_STATION ? code
                                                        : np_error_prefix(err, code, "%s", path);
    }
    recording->knows_issuer = recording->knows_issuer || found.is_new;
    if (found.cut_bytes > 0) {
        cli_note("%s: %zu bytes that a crash had left behind were cut off", path,
                 (size_t)found.cut_bytes);
    }
    return check_free(recording, err);
}

np_code cli_recording_begin(const cli_arguments *arguments, np_bytes serial, np_bytes uid,
                            np_bytes issuer, cli_recording *ret, np_error *err)
{
    ret->arguments = arguments;
    if ((arguments->record == NULL) != (arguments->station_key == NULL)) {
        return np_error_set(err, NP_EUSAGE, "--record and --station-key need each other");
    }
    if (arguments->record == NULL) {
        return NP_OK;
    }
    ret->serial = serial;
    ret->uid = uid;
    ret->issuer = issuer;
    ret->started = now_of(arguments);
    if (arguments->batch != NULL) {
        NP_TRY(np_record_check_batch(np_bytes_text(arguments->batch), err));
    }
    NP_TRY(np_key_file_load(arguments->station_key, &ret->key, err));
    ret->station = np_signing_by_key(ret->key);
    return open_record(ret, err);
}

static np_bytes text_or_nothing(const char *text)
{
    return text == NULL ? (np_bytes){NULL, 0} : np_bytes_text(text);
}

static np_code append(cli_recording *recording, const cli_recorded *recorded, np_error *err)
{
    char started[NP_TIME_TEXT_SIZE];
    char finished[NP_TIME_TEXT_SIZE];
    uint8_t issuer_id[NP_SHA256_SIZE];
    np_record_facts facts;
    int64_t now = now_of(recording->arguments);
    np_format_time(recording->started, started);
    np_format_time(now, finished);
    np_sha256(recording->issuer, issuer_id);
    const np_record_pair board = {np_bytes_text("board"), text_or_nothing(recorded->board)};
    np_bytes batch = text_or_nothing(recording->arguments->batch);
    np_record_unit unit = {
        .serial = recording->serial,
        .device_id = recording->serial,
        .uid = recording->uid,
        .model = text_or_nothing(recorded->model),
        .origin = text_or_nothing(recorded->origin),
        .where = text_or_nothing(recorded->where),
        .chain = {recording->knows_issuer ? (np_bytes){NULL, 0} : recording->issuer},
        .issuer_id = NP_BYTES(issuer_id),
        .batch = batch,
        .station = np_key_file_name(recording->arguments->station_key),
        .started = np_bytes_text(started),
        .finished = np_bytes_text(finished),
        .result = np_bytes_text("pass"),
        .tool_version = np_bytes_text("nameplate " NP_VERSION),
        .attributes = &board,
        .attribute_count = recorded->board == NULL ? 0 : 1,
    };
    NP_TRY(np_record_unit_take_certificate(&unit, recorded->certificate, &facts, err));
    NP_TRY(np_record_append(recording->record, &unit, err));
    return np_record_seal(recording->record, batch, now, err);
}

/* A run that was interrupted after its line finds it, and has only the trailer to write. */
static np_code check_same(cli_recording *recording, const cli_recorded *recorded, np_error *err)
{
    const cli_arguments *arguments = recording->arguments;
    uint8_t fingerprint[NP_SHA256_SIZE];
    np_sha256(recorded->certificate, fingerprint);
    if (memcmp(fingerprint, recording->same_cert_sha256, sizeof(fingerprint)) != 0) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "%s: line %zu has this unit with another certificate",
                            arguments->record, (size_t)recording->same_line);
    }
    cli_note("%s: line %zu has this unit already", arguments->record, (size_t)recording->same_line);
    return np_record_seal(recording->record, text_or_nothing(arguments->batch), now_of(arguments),
                          err);
}

np_code cli_recording_add(cli_recording *recording, const cli_recorded *unit, np_error *err)
{
    if (recording->record == NULL) {
        return NP_OK;
    }
    np_code code =
        recording->same_line > 0 ? check_same(recording, unit, err) : append(recording, unit, err);
    if (code != NP_OK && np_error_class(code) == NP_CLASS_STATION) {
        np_error_prefix(err, code, "the unit was made, but not recorded");
    }
    return code;
}
