/* SPDX-License-Identifier: Apache-2.0 */
/* Writing, reading again, and finding what was changed. The disk is in memory. */
#include "record/proof.h"
#include "record/record.h"
#include "support/disk.h"
#include "support/test.h"
#include "support/unit_lines.h"
#include "x509/public_key.h"

typedef struct record_scene {
    unsure_disk disk;
    np_record_storage storage;
    np_p256_key *key;
    np_signing station;
} record_scene;

static int set_up(void **state)
{
    record_scene *scene = calloc(1, sizeof(*scene));
    disk_open(&scene->disk, 1);
    scene->storage = disk_storage(&scene->disk);
    scene->key = unit_station_key(1);
    scene->station = np_signing_by_key(scene->key);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    record_scene *scene = *state;
    disk_close(&scene->disk);
    np_p256_free(scene->key);
    free(scene);
    return 0;
}

static np_code open_record(const record_scene *scene, np_record **ret, np_record_found *found,
                           np_error *err)
{
    np_record_options options = {
        .storage = &scene->storage,
        .station = &scene->station,
        .header = {.station = np_bytes_text("st07"), .created = UNIT_NOW},
    };
    return np_record_open(&options, ret, found, err);
}

static void append(np_record *record, unsigned number)
{
    unit_sample sample;
    np_error err;
    unit_make(number, &sample);
    assert_ok(np_record_append(record, &sample.unit, &err), &err);
}

/* Header, three units, trailer, two units, trailer: seven lines and the header. */
static void write_two_batches(const record_scene *scene)
{
    np_error err;
    np_record_found found;
    NP_CLEANUP(np_record_free_at) np_record *record = NULL;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    assert_true(found.is_new);
    for (unsigned number = 1; number <= 3; number++) {
        append(record, number);
    }
    assert_ok(np_record_seal(record, np_bytes_text("b42"), UNIT_NOW, &err), &err);
    append(record, 4);
    append(record, 5);
    assert_ok(np_record_seal(record, np_bytes_text(""), UNIT_NOW + 60, &err), &err);
}

static np_code verify(const record_scene *scene, np_record_report *report, np_error *err)
{
    *report = (np_record_report){0};
    np_record_reading reading = {.storage = &scene->storage,
                                 .station_key = scene->station.public_key};
    return np_record_read(&reading, report, err);
}

static void a_record_that_was_written_verifies(void **state)
{
    const record_scene *scene = *state;
    np_record_report report;
    np_error err;
    write_two_batches(scene);
    assert_ok(verify(scene, &report, &err), &err);
    assert_int_equal(report.chain.units, 5);
    assert_int_equal(report.chain.batches, 2);
    assert_int_equal(report.chain.next_seq, 8);
    assert_int_equal(report.recovered, 0);
    assert_int_equal(report.good_bytes, scene->disk.seen.size);
}

/* The line, counted from 1, that each byte belongs to; its line feed included. */
static size_t line_of(const unsure_disk *disk, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += disk->seen.bytes[i] == '\n';
    }
    return line;
}

static void check_flip(record_scene *scene, size_t at, uint8_t mask)
{
    np_record_report report;
    np_error err = {0};
    char wanted[32];
    size_t line = line_of(&scene->disk, at);
    scene->disk.seen.bytes[at] ^= mask;
    np_code code = verify(scene, &report, &err);
    if (code == NP_OK || report.bad_line != line) {
        fail_msg("byte %zu, mask %02x: line %zu is bad, not %zu (%s)", at, mask, line,
                 (size_t)report.bad_line, code == NP_OK ? "none found" : err.message);
    }
    snprintf(wanted, sizeof(wanted), "line %zu: ", line);
    assert_memory_equal(err.message, wanted, strlen(wanted));
    scene->disk.seen.bytes[at] ^= mask;
}

static void every_byte_that_is_flipped_is_found_in_its_line(void **state)
{
    record_scene *scene = *state;
    static const uint8_t masks[] = {0x01, 0x02, 0x20, 0x80, 0xff};
    write_two_batches(scene);
    size_t count = getenv("NP_SOAK") != NULL ? NP_COUNT_OF(masks) : 1;
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < scene->disk.seen.size; at++) {
            check_flip(scene, at, masks[i]);
        }
    }
    /* In other than the first run of the test, other bits. */
    for (size_t at = 0; at < scene->disk.seen.size; at += 5) {
        check_flip(scene, at, masks[at % NP_COUNT_OF(masks)]);
    }
}

static size_t start_of_line(const unsure_disk *disk, size_t line)
{
    size_t at = 0;
    for (size_t i = 1; i < line; at++) {
        i += disk->seen.bytes[at] == '\n';
    }
    return at;
}

static void take_out(unsure_disk *disk, size_t from, size_t to)
{
    memmove(disk->seen.bytes + from, disk->seen.bytes + to, disk->seen.size - to);
    disk->seen.size -= to - from;
}

static void a_line_that_was_taken_out_is_missed(void **state)
{
    record_scene *scene = *state;
    np_record_report report;
    write_two_batches(scene);
    size_t from = start_of_line(&scene->disk, 3);
    take_out(&scene->disk, from, start_of_line(&scene->disk, 4));
    assert_code(verify(scene, &report, NULL), NP_EINPUT_FORMAT);
    assert_int_equal(report.bad_line, 3);
}

static void units_that_no_trailer_signs_are_refused(void **state)
{
    record_scene *scene = *state;
    np_record_report report;
    np_error err;
    write_two_batches(scene);
    scene->disk.seen.size = start_of_line(&scene->disk, 8);
    assert_code(verify(scene, &report, &err), NP_EINPUT_FORMAT);
    assert_int_equal(report.bad_line, 6);
    assert_non_null(strstr(err.message, "line 6: no trailer signs"));
    scene->disk.seen.size = start_of_line(&scene->disk, 6);
    assert_ok(verify(scene, &report, &err), &err);
    scene->disk.seen.size = start_of_line(&scene->disk, 2);
    assert_code(verify(scene, &report, &err), NP_EINPUT_FORMAT);
    assert_int_equal(report.bad_line, 1);
    scene->disk.seen.size = 0;
    assert_code(verify(scene, &report, &err), NP_EINPUT_FORMAT);
}

/* What a station itself got wrong, or wants to be believed. */
static void a_hash_beside_something_else_is_found(void **state)
{
    record_scene *scene = *state;
    static const uint8_t key[] = {1, 2, 3};
    np_record_report report;
    np_record_found found;
    unit_sample sample;
    np_error err;
    np_record *record = NULL;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    append(record, 1);
    unit_make(2, &sample);
    sample.unit.public_key = NP_BYTES(key);
    np_sha256(NP_BYTES(key), sample.key_hash);
    assert_ok(np_record_append(record, &sample.unit, &err), &err);
    assert_ok(np_record_seal(record, np_bytes_text(""), UNIT_NOW, &err), &err);
    assert_ok(verify(scene, &report, &err), &err);
    sample.key_hash[0] ^= 1;
    assert_ok(np_record_append(record, &sample.unit, &err), &err);
    assert_ok(np_record_seal(record, np_bytes_text(""), UNIT_NOW, &err), &err);
    np_record_free(record);
    assert_code(verify(scene, &report, &err), NP_EINPUT_FORMAT);
    assert_string_equal(err.message, "line 5: spki_sha256 is not the hash of public_key");
}

/* A header and two units without a trailer, and what a trailer of them must say. */
static np_record_trailer write_open_batch(const record_scene *scene)
{
    np_record_found found;
    np_error err;
    NP_CLEANUP(np_record_free_at) np_record *record = NULL;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    append(record, 1);
    append(record, 2);
    assert_ok(np_record_commit(record, &err), &err);
    np_record_report report = {0};
    np_record_reading reading = {.storage = &scene->storage};
    assert_ok(np_record_read(&reading, &report, &err), &err);
    return (np_record_trailer){.count = 2,
                               .first = 1,
                               .seq = 3,
                               .finished = UNIT_NOW,
                               .prev = report.chain.head,
                               .root = np_record_tree_root(&report.chain.tree),
                               .key = report.chain.key};
}

/* Signed with the right key, whatever it says; NULL when the record verifies. */
static void check_trailer(record_scene *scene, const np_record_trailer *said, const char *wanted)
{
    uint8_t line[NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(line, sizeof(line));
    np_record_trailer trailer = *said;
    np_record_report report;
    np_error err = {0};
    const size_t size = scene->disk.seen.size;
    assert_ok(record_trailer_sign(&trailer, &scene->station, &err), &err);
    record_trailer_write(&trailer, &writer);
    np_write_u8(&writer, '\n');
    memcpy(scene->disk.seen.bytes + size, line, writer.len);
    scene->disk.seen.size += writer.len;
    np_code code = verify(scene, &report, &err);
    scene->disk.seen.size = size;
    if (wanted == NULL) {
        assert_ok(code, &err);
    } else {
        assert_int_equal(code, NP_EINPUT_FORMAT);
        assert_string_equal(err.message, wanted);
    }
}

static void a_trailer_that_says_what_is_not_so_is_refused_although_it_is_signed(void **state)
{
    record_scene *scene = *state;
    static const char miscounted[] = "line 4: the trailer does not count the units before it";
    np_record_trailer good = write_open_batch(scene);
    check_trailer(scene, &good, NULL);
    np_record_trailer bad = good;
    bad.count = 1;
    check_trailer(scene, &bad, miscounted);
    bad = good;
    bad.first = 2;
    check_trailer(scene, &bad, miscounted);
    bad = good;
    bad.recovered = 3;
    check_trailer(scene, &bad, miscounted);
    bad = good;
    bad.root.bytes[0] ^= 1;
    check_trailer(scene, &bad, "line 4: the trailer's root is not that of the units before it");
    bad = good;
    bad.key.bytes[0] ^= 1;
    check_trailer(scene, &bad,
                  "line 4: the trailer is of another station key than the header names");
    bad = good;
    bad.seq = 4;
    check_trailer(scene, &bad, "line 4: seq is 4 where 3 must be");
}

static void a_record_of_another_station_is_refused_however_consistent(void **state)
{
    record_scene *scene = *state;
    np_record_report report;
    np_p256_key *other = unit_station_key(2);
    uint8_t pinned[NP_P256_POINT_SIZE];
    np_p256_public(other, pinned);
    write_two_batches(scene);
    report = (np_record_report){0};
    np_record_reading reading = {.storage = &scene->storage, .station_key = pinned};
    assert_code(np_record_read(&reading, &report, NULL), NP_EINPUT_KEY);
    assert_int_equal(report.bad_line, 1);
    np_p256_free(other);
}

static void a_run_goes_on_where_the_last_one_ended(void **state)
{
    record_scene *scene = *state;
    np_record_report report;
    np_record_found found;
    np_error err;
    write_two_batches(scene);
    np_record *record = NULL;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    append(record, 6);
    assert_ok(np_record_commit(record, &err), &err);
    np_record_free(record); /* as a crash would: no trailer */
    assert_ok(open_record(scene, &record, &found, &err), &err);
    assert_false(found.is_new);
    assert_int_equal(found.units, 6);
    assert_int_equal(found.unsigned_units, 1);
    assert_int_equal(found.cut_bytes, 0);
    append(record, 7);
    assert_ok(np_record_seal(record, np_bytes_text("b43"), UNIT_NOW, &err), &err);
    np_record_free(record);
    assert_ok(verify(scene, &report, &err), &err);
    assert_int_equal(report.chain.units, 7);
    assert_int_equal(report.recovered, 1);
}

/* A crash can leave the last line without its end, or with zeros in it; no other, and no more. */
static void damage_that_no_crash_can_do_is_not_cut_off(void **state)
{
    record_scene *scene = *state;
    np_record *record = NULL;
    np_record_found found;
    np_error err;
    write_two_batches(scene);
    const size_t size = scene->disk.seen.size;
    const size_t last_line = start_of_line(&scene->disk, 8);
    for (size_t at = 0; at < size - 1; at += 3) {
        uint8_t before = scene->disk.seen.bytes[at];
        scene->disk.seen.bytes[at] = at % 2 == 0 && at < last_line ? '\0' : before ^ 1;
        if (open_record(scene, &record, &found, &err) == NP_OK) {
            fail_msg("byte %zu was taken", at);
        }
        assert_int_equal(scene->disk.seen.size, size);
        scene->disk.seen.bytes[at] = before;
    }
    assert_ok(open_record(scene, &record, &found, &err), &err);
    np_record_free(record);
}

static void what_a_crash_leaves_of_the_last_line_is_cut_off(void **state)
{
    record_scene *scene = *state;
    np_record_report report;
    np_record *record = NULL;
    np_record_found found;
    np_error err;
    write_two_batches(scene);
    const size_t last_line = start_of_line(&scene->disk, 8);
    scene->disk.seen.size -= 10;
    memset(scene->disk.seen.bytes + last_line + 20, 0, 30);
    size_t rest = scene->disk.seen.size - last_line;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    assert_int_equal(found.cut_bytes, rest);
    assert_int_equal(found.units, 5);
    assert_int_equal(found.unsigned_units, 2);
    assert_ok(np_record_seal(record, np_bytes_text("b42"), UNIT_NOW, &err), &err);
    np_record_free(record);
    assert_ok(verify(scene, &report, &err), &err);
    assert_int_equal(report.recovered, 2);
}

static void a_foreign_file_or_station_is_left_alone(void **state)
{
    record_scene *scene = *state;
    np_record *record = NULL;
    np_record_found found;
    write_two_batches(scene);
    np_p256_key *other = unit_station_key(2);
    record_scene second = *scene;
    second.station = np_signing_by_key(other);
    const size_t size = scene->disk.seen.size;
    assert_code(open_record(&second, &record, &found, NULL), NP_ECONFLICT_OTHER);
    np_p256_free(other);
    memcpy(scene->disk.seen.bytes, "Dear diary", 10);
    assert_code(open_record(scene, &record, &found, NULL), NP_EINPUT_FORMAT);
    memset(scene->disk.seen.bytes, 0, size);
    assert_code(open_record(scene, &record, &found, NULL), NP_EINPUT_FORMAT);
    assert_int_equal(scene->disk.seen.size, size);
}

static void a_unit_that_cannot_be_recorded_changes_nothing(void **state)
{
    record_scene *scene = *state;
    static uint8_t large[NP_RECORD_LINE_MAX];
    np_record_report report;
    np_record_found found;
    unit_sample sample;
    np_error err;
    np_record *record = NULL;
    assert_ok(open_record(scene, &record, &found, &err), &err);
    unit_make(1, &sample);
    sample.unit.serial.len = 0;
    assert_code(np_record_append(record, &sample.unit, &err), NP_EINPUT_FORMAT);
    unit_make(1, &sample);
    sample.unit.sku = np_bytes_text("\xff");
    assert_code(np_record_append(record, &sample.unit, &err), NP_EINPUT_FORMAT);
    unit_make(1, &sample);
    sample.unit.tags = np_bytes_text("[ 1 ]");
    assert_code(np_record_append(record, &sample.unit, &err), NP_EINPUT_FORMAT);
    unit_make(1, &sample);
    memset(large, 'x', sizeof(large));
    sample.unit.sku = NP_BYTES(large);
    assert_code(np_record_append(record, &sample.unit, &err), NP_EINPUT_RANGE);
    np_record_pair attributes[] = {{np_bytes_text("b"), np_bytes_text("1")},
                                   {np_bytes_text("a"), np_bytes_text("2")}};
    unit_make(1, &sample);
    sample.unit.attributes = attributes;
    sample.unit.attribute_count = 2;
    assert_code(np_record_append(record, &sample.unit, &err), NP_EUSAGE);
    append(record, 1);
    assert_code(np_record_seal(record, np_bytes_text("a \"batch\""), UNIT_NOW, &err),
                NP_EINPUT_FORMAT);
    assert_ok(np_record_seal(record, np_bytes_text("b"), UNIT_NOW, &err), &err);
    np_record_free(record);
    assert_ok(verify(scene, &report, &err), &err);
    assert_int_equal(report.chain.units, 1);
}

/* As long as a line may be: just fits, and one byte more does not. */
static void a_line_may_have_16384_bytes(void **state)
{
    record_scene *scene = *state;
    static uint8_t filling[NP_RECORD_LINE_MAX];
    np_record_report report;
    np_record_found found;
    unit_sample sample;
    np_error err;
    np_record *record = NULL;
    memset(filling, 'x', sizeof(filling));
    assert_ok(open_record(scene, &record, &found, &err), &err);
    unit_make(1, &sample);
    size_t len = sizeof(filling) - 1;
    np_code code = NP_EINPUT_RANGE;
    while (code == NP_EINPUT_RANGE) {
        sample.unit.sku = np_bytes_of(filling, len--);
        code = np_record_append(record, &sample.unit, &err);
    }
    assert_ok(code, &err);
    assert_ok(np_record_seal(record, np_bytes_text(""), UNIT_NOW, &err), &err);
    np_record_free(record);
    assert_ok(verify(scene, &report, &err), &err);
    size_t from = start_of_line(&scene->disk, 2);
    assert_int_equal(start_of_line(&scene->disk, 3) - from, NP_RECORD_LINE_MAX);
}

typedef struct proof_run {
    np_record_report report;
    np_record_proof proof;
    uint8_t unit_text[1024];
    size_t unit_len;
} proof_run;

static np_code keep_proof(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    (void)err;
    proof_run *run = self;
    const np_record_chain *chain = &run->report.chain;
    if (line->seq == chain->watched_seq) {
        memcpy(run->unit_text, line->text.data, line->text.len);
        run->unit_len = line->text.len;
        run->proof.seq = line->seq;
        run->proof.leaf = np_record_leaf_hash(line->text);
    }
    if (trailer != NULL && run->unit_len > 0 && run->proof.trailer.count == 0) {
        run->proof.trailer = *trailer;
    }
    return NP_OK;
}

static void make_proof(const record_scene *scene, uint64_t seq, np_writer *writer, proof_run *run)
{
    np_error err;
    *run = (proof_run){0};
    run->report.chain.watched_seq = seq;
    run->report.chain.path = &run->proof.path;
    np_record_reading reading = {.storage = &scene->storage, .visit = keep_proof, .self = run};
    assert_ok(np_record_read(&reading, &run->report, &err), &err);
    run->proof.trailer.batch = np_bytes_text(seq <= 3 ? "b42" : "");
    np_record_proof_encode(&run->proof, writer);
}

static void every_unit_has_a_proof_and_every_changed_byte_breaks_it(void **state)
{
    record_scene *scene = *state;
    static const uint64_t units[] = {1, 2, 3, 5, 6};
    write_two_batches(scene);
    for (size_t i = 0; i < NP_COUNT_OF(units); i++) {
        uint8_t bytes[NP_RECORD_PROOF_MAX];
        np_writer writer = np_writer_of(bytes, sizeof(bytes));
        proof_run run;
        np_record_proof proof;
        np_error err;
        make_proof(scene, units[i], &writer, &run);
        np_bytes unit = np_bytes_of(run.unit_text, run.unit_len);
        const uint8_t *key = scene->station.public_key;
        assert_ok(np_record_proof_decode(np_writer_bytes(&writer), &proof, &err), &err);
        assert_ok(np_record_proof_check(&proof, unit, key, &err), &err);
        for (size_t at = 0; at < writer.len; at++) {
            bytes[at] ^= 1;
            bool is_taken =
                np_record_proof_decode(np_writer_bytes(&writer), &proof, NULL) == NP_OK &&
                np_record_proof_check(&proof, unit, key, NULL) == NP_OK;
            if (is_taken) {
                fail_msg("unit %zu: byte %zu of the proof proves nothing", i, at);
            }
            bytes[at] ^= 1;
        }
        run.unit_text[run.unit_len / 2] ^= 1;
        assert_ok(np_record_proof_decode(np_writer_bytes(&writer), &proof, &err), &err);
        assert_code(np_record_proof_check(&proof, unit, key, &err), NP_EINPUT_FORMAT);
    }
}

static void a_proof_for_sixteen_million_units_is_below_a_kilobyte(void **state)
{
    (void)state;
    np_record_proof proof = {0};
    np_writer measure = {0};
    proof.path.len = 24;
    proof.trailer.batch = np_bytes_text("12345678901234567890123456789012");
    np_record_proof_encode(&proof, &measure);
    assert_int_equal(measure.len, 984);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_that_was_written_verifies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_byte_that_is_flipped_is_found_in_its_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_was_taken_out_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(units_that_no_trailer_signs_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hash_beside_something_else_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_trailer_that_says_what_is_not_so_is_refused_although_it_is_signed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_of_another_station_is_refused_however_consistent,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_goes_on_where_the_last_one_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_that_no_crash_can_do_is_not_cut_off, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_crash_leaves_of_the_last_line_is_cut_off, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_foreign_file_or_station_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_unit_that_cannot_be_recorded_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_line_may_have_16384_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_unit_has_a_proof_and_every_changed_byte_breaks_it,
                                        set_up, tear_down),
        cmocka_unit_test(a_proof_for_sixteen_million_units_is_below_a_kilobyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
