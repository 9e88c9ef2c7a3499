/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An issuing run with a record whose index of what exists has room for few units in memory: runs of
 * it are written to a file and merged many times. Whoever shares its serial, its key or its common
 * name with a unit long ago is refused; and run once more, every unit is found in the record.
 */
#include "crypto/hash.h"
#include "record/file.h"
#include "signer/journal.h"
#include "signer/signer.h"
#include "support/program.h"
#include "support/test.h"
#include "support/unit_lines.h"
#include "x509/der.h"
#include "x509/name.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    UNITS = 3000,
    REPEATED = 17, /* each so many-th comes once more, three times, each time in another thing */
    KINDS = 3,
    ROWS = UNITS + KINDS * ((UNITS + REPEATED - 1) / REPEATED),
    PATH_SIZE = 128,
};

typedef struct spill_world {
    np_p256_key *station_key;
    np_signer *signer;
    np_leaf_template template;
    char record_path[PATH_SIZE];
    char spill_path[PATH_SIZE];
    uint8_t (*points)[NP_P256_POINT_SIZE]; /* ROWS */
    unsigned next;
    uint8_t digest[NP_SHA256_SIZE]; /* of each certificate and the digest before */
} spill_world;

static int64_t unit_now(void)
{
    return UNIT_NOW;
}

/* What row is of: a unit, or one of before with two of its three things exchanged. */
typedef struct spill_row {
    unsigned serial, key, name;
    const char *reason;
} spill_row;

static spill_row row_at(unsigned row)
{
    static const char *const reasons[KINDS] = {"duplicate: a unit before has this serial",
                                               "duplicate: a unit before has this public key",
                                               "duplicate: a unit before has this common name"};
    spill_row ret = {row, row, row, NULL};
    if (row >= UNITS) {
        unsigned kind = (row - UNITS) % KINDS;
        unsigned before = (row - UNITS) / KINDS * REPEATED;
        unsigned *things[KINDS] = {&ret.serial, &ret.key, &ret.name};
        *things[kind] = before;
        ret.reason = reasons[kind];
    }
    return ret;
}

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    spill_world *world = self;
    char name[24];
    *ret_is_end = world->next == ROWS;
    if (*ret_is_end) {
        return NP_OK;
    }
    spill_row row = row_at(world->next);
    ret->line = world->next++;
    ret->serial_len =
        (size_t)snprintf((char *)ret->serial, sizeof(ret->serial), "T-%u", row.serial);
    memcpy(ret->public_key, world->points[row.key], NP_P256_POINT_SIZE);
    snprintf(name, sizeof(name), "unit %u", row.name);
    np_writer writer = np_writer_of(ret->subject, sizeof(ret->subject));
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(&writer, np_bytes_text("CN"), np_bytes_text(name), err));
    np_der_close(&writer, mark);
    ret->subject_len = writer.len;
    return NP_OK;
}

static np_code check_group(void *self, const np_issue_group *group, np_error *err)
{
    spill_world *world = self;
    (void)err;
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        spill_row row = row_at((unsigned)unit->line);
        assert_string_equal(unit->reason, row.reason == NULL ? "" : row.reason);
        const np_bytes parts[] = {NP_BYTES(world->digest), np_bytes_of(unit->der, unit->der_len)};
        np_sha256_parts(parts, NP_COUNT_OF(parts), world->digest);
    }
    return NP_OK;
}

static void run_once(spill_world *world, np_issue_counts *ret_counts)
{
    static const np_index_limits limits = {.entries = 1024, .filter_bytes = 64};
    np_error err;
    NP_CLEANUP(np_record_file_close) np_record_file record_file = {.fd = -1};
    NP_CLEANUP(np_record_file_close) np_record_file spill_file = {.fd = -1};
    NP_CLEANUP(np_journal_free_at) np_journal *journal = NULL;
    np_record_storage record = np_record_file_storage(&record_file, world->record_path);
    np_record_storage spill = np_record_file_storage(&spill_file, world->spill_path);
    spill_file.fd = open(world->spill_path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    assert_true(spill_file.fd >= 0);
    np_signing station = np_signing_by_key(world->station_key);
    np_record_found found;
    np_journal_options options = {.record = &record,
                                  .station = &station,
                                  .station_name = np_bytes_text("st07"),
                                  .batch = np_bytes_text("b42"),
                                  .issuer = np_signer_certificate(world->signer)->der,
                                  .origin = "imported",
                                  .now = unit_now,
                                  .spill = &spill,
                                  .limits = &limits};
    assert_ok(np_journal_open(&options, &journal, &found, &err), &err);
    np_signing signing = *np_signer_signing(world->signer);
    np_issue issue = {.template = &world->template,
                      .signing = &signing,
                      .workers = 1,
                      .group = 256,
                      .random = np_random_system(),
                      .source = give_unit,
                      .self = world,
                      .parts = {np_journal_part(journal), {.confirm = check_group, .self = world}},
                      .part_count = 2};
    world->next = 0;
    memset(world->digest, 0, sizeof(world->digest));
    assert_ok(np_issue_run(&issue, ret_counts, &err), &err);
    assert_ok(np_journal_finish(journal, &err), &err);
    /* more than all units' entries at once: runs were merged behind their end */
    assert_true(lseek(spill_file.fd, 0, SEEK_END) > (off_t)UNITS * KINDS * 16);
}

static void make_world(const program_room *room, spill_world *ret)
{
    np_error err;
    np_validity validity = {{2026, 1, 1, 0, 0, 0}, np_leaf_no_expiry()};
    *ret = (spill_world){.station_key = unit_station_key(1),
                         .points = calloc(ROWS, sizeof(*ret->points))};
    assert_non_null(ret->points);
    snprintf(ret->record_path, PATH_SIZE, "%s/units.npj", room->path);
    snprintf(ret->spill_path, PATH_SIZE, "%s/spill", room->path);
    assert_ok(np_signer_create(UNIT_NOW, 31, &ret->signer, &err), &err);
    assert_ok(np_leaf_prepare(np_leaf_profile_find("device"), np_signer_certificate(ret->signer),
                              &validity, &ret->template, &err),
              &err);
    for (size_t i = 0; i < ROWS; i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        assert_ok(np_p256_generate(&key, &err), &err);
        np_p256_public(key, ret->points[i]);
    }
}

static void what_was_long_ago_is_found_on_disk(void **state)
{
    spill_world world;
    np_issue_counts counts;
    uint8_t first[NP_SHA256_SIZE];
    make_world(*state, &world);
    run_once(&world, &counts);
    assert_int_equal(counts.issued, UNITS);
    assert_int_equal(counts.refused, ROWS - UNITS);
    memcpy(first, world.digest, sizeof(first));
    run_once(&world, &counts);
    assert_int_equal(counts.issued, 0);
    assert_int_equal(counts.recorded, UNITS);
    assert_int_equal(counts.refused, ROWS - UNITS);
    assert_memory_equal(first, world.digest, sizeof(first));
    np_p256_free(world.station_key);
    np_signer_free(world.signer);
    free(world.points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_long_ago_is_found_on_disk),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
