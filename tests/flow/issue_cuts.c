/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts, killed processes and syncs that fail, at any moment of an issuing run with a record,
 * an output and refused rows, on three files of one disk that keeps of everything not synced what
 * it likes, and a fourth for an index that has room for two units in memory. Whatever was confirmed
 * stays; no unit ever has two certificates, no number is used twice; and in the end the same
 * command has made the same set.
 */
#include "base/text.h"
#include "cli/issue/output.h"
#include "signer/journal.h"
#include "signer/signer.h"
#include "support/disk.h"
#include "support/effort.h"
#include "support/test.h"
#include "support/unit_lines.h"
#include "x509/der.h"
#include "x509/name.h"

enum {
    CUTS = 10000,
    LONGEST = 4, /* times as many, when chance will have it so */
    SOAK_FACTOR = 10,
    CUTS_A_DISK = 6,     /* then a fresh one */
    OPERATIONS_MAX = 40, /* until the power fails; a whole run below has about as many */
    SYNCS_MAX = 12,
    KEYS = 9,
    GROUP = 4,
    OUTPUT_MAX = 64 * 1024,
};

/* What the list has: two rows can have one serial or one key; key 0 is no point of the curve. */
typedef struct list_row {
    const char *serial;
    unsigned key;
    const char *reason; /* why it is refused; NULL: it is issued */
} list_row;

static const list_row list[] = {
    {"T-1", 1, NULL},
    {"T-2", 2, NULL},
    {"T-3", 0, "the public key is no point of P-256"},
    {"T-1", 3, "duplicate: a unit before has this serial"},
    {"T-4", 1, "duplicate: a unit before has this public key"},
    {"T-5", 4, NULL},
    {"T-6", 5, NULL},
    {"T-5", 4, "duplicate: a unit before has this serial"},
    {"T-7", 6, NULL},
    {"T-8", 7, NULL},
    {"T-3", 8, NULL},
};

enum { ROWS = NP_COUNT_OF(list), ISSUED = 7 };

typedef struct known_unit {
    uint8_t der[NP_LEAF_MAX];
    size_t len;
    bool is_confirmed; /* this very certificate is for ever */
} known_unit;

typedef struct cut_world {
    unsure_disk record_disk;
    unsure_disk out_disk;
    unsure_disk rejects_disk;
    unsure_disk spill_disk; /* its file dies with the process */
    np_record_storage spill;
    np_record_storage record;
    np_record_storage out;
    np_record_storage rejects;
    np_p256_key *station_key;
    np_signing station;
    np_signer *signer;
    np_leaf_template template;
    uint8_t points[KEYS][NP_P256_POINT_SIZE];
    unsigned next; /* row of the list */
    known_unit units[ROWS];
    bool is_in_record[ROWS]; /* by the present reading */
    unsigned cuts;
    unsigned kills;
    unsigned failed_syncs;
    unsigned resumed; /* lives that found something recorded */
    unsigned completed;
} cut_world;

static int64_t unit_now(void)
{
    return UNIT_NOW;
}

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    cut_world *world = self;
    *ret_is_end = world->next == ROWS;
    if (*ret_is_end) {
        return NP_OK;
    }
    const list_row *row = &list[world->next++];
    np_bytes serial = np_bytes_text(row->serial);
    np_writer writer = np_writer_of(ret->subject, sizeof(ret->subject));
    ret->line = world->next;
    memcpy(ret->serial, serial.data, serial.len);
    ret->serial_len = serial.len;
    memcpy(ret->public_key, world->points[row->key], NP_P256_POINT_SIZE);
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(&writer, np_bytes_text("CN"), serial, err));
    np_der_close(&writer, mark);
    ret->subject_len = writer.len;
    return NP_OK;
}

/* The row of the list that is issued with this serial. */
static size_t row_of(np_bytes serial)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (list[i].reason == NULL && np_bytes_equal(np_bytes_text(list[i].serial), serial)) {
            return i;
        }
    }
    fail_msg("a serial that is not to be issued");
    return 0;
}

/* Stands behind the journal: what it sees is durable. */
static np_code note_confirmed(void *self, const np_issue_group *group, np_error *err)
{
    cut_world *world = self;
    (void)err;
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        const list_row *row = &list[unit->line - 1];
        assert_int_equal(unit->is_refused, row->reason != NULL);
        if (unit->is_refused) {
            assert_string_equal(unit->reason, row->reason);
            continue;
        }
        known_unit *known = &world->units[unit->line - 1];
        if (known->is_confirmed) {
            assert_int_equal(unit->der_len, known->len);
            assert_memory_equal(unit->der, known->der, known->len);
        }
        known->is_confirmed = true;
        known->len = unit->der_len;
        memcpy(known->der, unit->der, unit->der_len);
    }
    return NP_OK;
}

static np_code run_parts(cut_world *world, np_journal *journal, cli_issue_output *output,
                         np_issue_counts *ret_counts, np_error *err)
{
    np_signing signing = *np_signer_signing(world->signer);
    np_issue issue = {.template = &world->template,
                      .signing = &signing,
                      .workers = 1,
                      .group = GROUP,
                      .random = np_random_system(),
                      .source = give_unit,
                      .self = world,
                      .parts = {np_journal_part(journal),
                                {.confirm = note_confirmed, .self = world},
                                cli_issue_output_part(output)},
                      .part_count = 3};
    world->next = 0;
    NP_TRY(np_issue_run(&issue, ret_counts, err));
    NP_TRY(np_journal_finish(journal, err));
    return cli_issue_output_finish(output, err);
}

/* What the command does, from its beginning to its end. */
static np_code live(cut_world *world, np_issue_counts *ret_counts, np_error *err)
{
    static const np_index_limits limits = {.entries = 8, .filter_bytes = 64};
    NP_CLEANUP(np_journal_free_at) np_journal *journal = NULL;
    NP_CLEANUP(cli_issue_output_clear) cli_issue_output output = {.format = NULL};
    np_record_found found;
    np_journal_options options = {.record = &world->record,
                                  .station = &world->station,
                                  .station_name = np_bytes_text("st07"),
                                  .batch = np_bytes_text("b42"),
                                  .issuer = np_signer_certificate(world->signer)->der,
                                  .origin = "imported",
                                  .now = unit_now,
                                  .spill = &world->spill,
                                  .limits = &limits};
    cli_issue_output_options files = {.format = "der",
                                      .out = &world->out,
                                      .rejects = &world->rejects,
                                      .out_name = "out",
                                      .rejects_name = "rejects",
                                      .has_record = true,
                                      .was_interrupted =
                                          world->out_disk.seen.name == DISK_FRESH_NAME};
    disk_forget(&world->spill_disk);
    NP_TRY(np_journal_open(&options, &journal, &found, err));
    world->resumed += found.units > 0;
    NP_TRY(cli_issue_output_open(&files, &output, err));
    NP_TRY(run_parts(world, journal, &output, ret_counts, err));
    world->completed++;
    assert_true(world->spill_disk.seen.size > 0);
    return NP_OK;
}

static np_code check_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    cut_world *world = self;
    uint8_t der[NP_LEAF_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    (void)trailer;
    if (line->kind != NP_RECORD_UNIT) {
        return NP_OK;
    }
    size_t row = row_of(np_record_line_text(line, "serial"));
    assert_false(world->is_in_record[row]);
    world->is_in_record[row] = true;
    assert_ok(np_parse_base64(np_record_line_text(line, "cert"), &writer, err), err);
    if (world->units[row].is_confirmed) {
        assert_int_equal(writer.len, world->units[row].len);
        assert_memory_equal(der, world->units[row].der, writer.len);
    }
    return NP_OK;
}

/* Nothing that was confirmed is missing, whatever else the disk has kept. */
static void check_record(cut_world *world)
{
    np_record_report report = {0};
    np_record_reading reading = {.storage = &world->record, .visit = check_line, .self = world};
    memset(world->is_in_record, 0, sizeof(world->is_in_record));
    if (world->record_disk.seen.name == DISK_NAME) {
        np_code code = np_record_read(&reading, &report, NULL);
        assert_true(code == NP_OK || code == NP_EINPUT_FORMAT); /* torn, or in pieces */
    }
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(world->is_in_record[i] || !world->units[i].is_confirmed);
    }
}

/* What has its name is complete: exactly this. */
static void check_output(const cut_world *world)
{
    static uint8_t wanted[OUTPUT_MAX];
    size_t len = 0;
    if (world->out_disk.seen.name != DISK_NAME) {
        return;
    }
    np_writer writer = np_writer_of(wanted, sizeof(wanted));
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(world->units[i].is_confirmed, list[i].reason == NULL);
        np_write_bytes(&writer, np_bytes_of(world->units[i].der, world->units[i].len));
    }
    assert_true(world->out_disk.seen.size == writer.len);
    assert_memory_equal(world->out_disk.seen.bytes, wanted, writer.len);
    for (size_t i = 0; i < ROWS; i++) {
        len += list[i].reason == NULL
                   ? 0
                   : (size_t)snprintf((char *)wanted + len, sizeof(wanted) - len,
                                      "{\"line\":%zu,\"reason\":\"%s\",\"serial\":\"%s\"}\n", i + 1,
                                      list[i].reason, list[i].serial);
    }
    assert_int_equal(world->rejects_disk.seen.name, DISK_NAME);
    assert_int_equal(world->rejects_disk.seen.size, len);
    assert_memory_equal(world->rejects_disk.seen.bytes, wanted, len);
}

static void for_each_disk(cut_world *world, void (*what)(unsure_disk *disk))
{
    what(&world->record_disk);
    what(&world->out_disk);
    what(&world->rejects_disk);
    what(&world->spill_disk);
}

static void let_syncs_be(unsure_disk *disk)
{
    disk->syncs_left = 0;
}

/* A process that is killed leaves everything that the system has; a power cut does not. */
static void live_and_be_cut(cut_world *world)
{
    unsure_disk *disk = &world->record_disk;
    unsure_disk *any[] = {disk, disk, &world->out_disk, &world->rejects_disk};
    unsure_disk *failing = any[disk_lot(disk, NP_COUNT_OF(any))];
    bool is_kill = disk_lot(disk, 4) == 0;
    unsigned failed_before = failing->failed_syncs;
    np_issue_counts counts;
    np_error err = {0};
    failing->syncs_left = disk_lot(disk, 4) == 0 ? 1 + (unsigned)disk_lot(disk, SYNCS_MAX) : 0;
    disk_cut_after(disk, 1 + (unsigned)disk_lot(disk, OPERATIONS_MAX));
    np_code code = live(world, &counts, &err);
    if (code != NP_OK && code != NP_ESTATION_IO) {
        fail_msg("%s: %s", np_code_name(code), err.message);
    }
    world->failed_syncs += failing->failed_syncs > failed_before;
    for_each_disk(world, let_syncs_be);
    for_each_disk(world, is_kill ? disk_resume : disk_restart);
    world->kills += is_kill;
    world->cuts += !is_kill;
    check_record(world);
    check_output(world);
}

/* Numbers of certificates: each once. */
static void check_numbers(const cut_world *world)
{
    np_certificate certificates[ROWS];
    np_error err;
    for (size_t i = 0; i < ROWS; i++) {
        if (list[i].reason != NULL) {
            continue;
        }
        np_bytes der = np_bytes_of(world->units[i].der, world->units[i].len);
        assert_ok(np_certificate_parse(der, &certificates[i], &err), &err);
        for (size_t j = 0; j < i; j++) {
            assert_false(list[j].reason == NULL &&
                         np_bytes_equal(certificates[i].serial, certificates[j].serial));
        }
    }
}

/* In the end everything is there, is signed for, and stays as it is when it is run once more. */
static void check_end(cut_world *world)
{
    np_issue_counts counts;
    np_error err;
    assert_ok(live(world, &counts, &err), &err);
    size_t record_size = world->record_disk.seen.size;
    assert_ok(live(world, &counts, &err), &err);
    assert_int_equal(counts.recorded, ISSUED);
    assert_int_equal(counts.issued, 0);
    assert_int_equal(counts.refused, ROWS - ISSUED);
    assert_int_equal(world->record_disk.seen.size, record_size);
    np_record_report report = {0};
    np_record_reading reading = {.storage = &world->record,
                                 .station_key = world->station.public_key};
    assert_ok(np_record_read(&reading, &report, &err), &err);
    assert_int_equal(report.chain.units, ISSUED);
    assert_int_equal(world->out_disk.seen.name, DISK_NAME);
    check_record(world);
    check_output(world);
    check_numbers(world);
}

static void open_world(cut_world *world, const cut_world *from, uint64_t seed)
{
    *world = *from;
    disk_open(&world->record_disk, seed);
    disk_open(&world->out_disk, seed * 7919);
    disk_open(&world->rejects_disk, seed * 104729);
    disk_open(&world->spill_disk, seed * 1299709);
    disk_share_power(&world->spill_disk, &world->record_disk);
    disk_share_power(&world->out_disk, &world->record_disk);
    disk_share_power(&world->rejects_disk, &world->record_disk);
    world->record = disk_storage(&world->record_disk);
    world->out = disk_storage(&world->out_disk);
    world->spill = disk_storage(&world->spill_disk);
    world->rejects = disk_storage(&world->rejects_disk);
}

/* What all worlds have alike. */
static void make_authority(cut_world *ret)
{
    np_error err;
    np_validity validity = {{2026, 1, 1, 0, 0, 0}, np_leaf_no_expiry()};
    *ret = (cut_world){.station_key = unit_station_key(1)};
    ret->station = np_signing_by_key(ret->station_key);
    assert_ok(np_signer_create(UNIT_NOW, 31, &ret->signer, &err), &err);
    assert_ok(np_leaf_prepare(np_leaf_profile_find("device"), np_signer_certificate(ret->signer),
                              &validity, &ret->template, &err),
              &err);
    for (uint8_t i = 1; i < KEYS; i++) {
        np_p256_key *key = unit_station_key((uint8_t)(i + 1));
        np_p256_public(key, ret->points[i]);
        np_p256_free(key);
    }
}

/* A test that never meets what it is about is none. */
static bool has_met_all(const cut_world *total, unsigned wanted)
{
    return total->kills > wanted / 10 && total->failed_syncs > wanted / 50 &&
           total->resumed > wanted / 4 && total->completed > wanted / 50;
}

/* Signatures have the length that they have, and move the cuts: it goes on until all was met. */
static bool goes_on(const cut_world *total, unsigned wanted)
{
    return total->cuts < wanted || (total->cuts < LONGEST * wanted && !has_met_all(total, wanted));
}

static void a_run_survives_every_cut(void **state)
{
    (void)state;
    static cut_world common;
    static cut_world world;
    unsigned wanted = effort(CUTS, CUTS * SOAK_FACTOR);
    cut_world total = {.cuts = 0};
    make_authority(&common);
    for (uint64_t seed = 1; goes_on(&total, wanted); seed++) {
        open_world(&world, &common, seed);
        for (unsigned i = 0; i < CUTS_A_DISK; i++) {
            live_and_be_cut(&world);
        }
        total.completed += world.completed;
        check_end(&world);
        total.cuts += world.cuts;
        total.kills += world.kills;
        total.failed_syncs += world.failed_syncs;
        total.resumed += world.resumed;
        for_each_disk(&world, disk_close);
    }
    np_p256_free(common.station_key);
    np_signer_free(common.signer);
    print_message("# %u cuts, %u kills, %u failed syncs, %u lives resumed, %u completed\n",
                  total.cuts, total.kills, total.failed_syncs, total.resumed, total.completed);
    assert_true(has_met_all(&total, wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_survives_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
