/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts, killed processes and syncs that fail, at any moment of a record's life, on a disk
 * that keeps of everything not synced what it likes. What was reported as durable must be there
 * afterwards: once, in its order, with its contents; and the record must go on from there.
 */
#include "support/disk.h"
#include "support/effort.h"
#include "support/test.h"
#include "support/unit_lines.h"

enum {
    CUTS = 10000,
    SOAK_FACTOR = 20,
    CUTS_A_DISK = 12,    /* then a fresh one, so that the beginning is cut often too */
    OPERATIONS_MAX = 30, /* until the power fails; a whole run below has about as many */
    UNITS_A_GROUP_MAX = 5,
    SYNCS_MAX = 8,
};

typedef struct cut_world {
    unsure_disk disk;
    np_record_storage storage;
    np_p256_key *key;
    np_signing station;
    unsigned appended; /* numbers of units that were handed to the record, from 1 */
    unsigned reported; /* of these, durable */
    unsigned seen;     /* by the present reading */
    bool was_cut;
    unsigned cuts;
    unsigned kills;
    unsigned failed_syncs;
    unsigned torn;
} cut_world;

/* Units are there in the order in which they were appended, none twice, none left out. */
static np_code count_unit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    cut_world *world = self;
    (void)trailer;
    (void)err;
    if (line->kind == NP_RECORD_UNIT) {
        world->seen++;
        assert_int_equal(unit_number(line), world->seen);
    }
    return NP_OK;
}

static np_code open_world(cut_world *world, np_record **ret, np_error *err)
{
    np_record_found found;
    np_record_options options = {
        .storage = &world->storage,
        .station = &world->station,
        .header = {.station = np_bytes_text("st07"), .created = UNIT_NOW},
        .visit = count_unit,
        .self = world,
    };
    world->seen = 0;
    np_code code = np_record_open(&options, ret, &found, err);
    if (code == NP_OK) {
        assert_int_equal(found.units, world->seen);
        if (world->seen < world->reported) {
            fail_msg("%u units were reported as durable, %u are there", world->reported,
                     world->seen);
        }
        world->torn += found.cut_bytes > 0;
        world->appended = world->seen;
        world->reported = world->seen;
    }
    return code;
}

static np_code append_group(cut_world *world, np_record *record, np_error *err)
{
    unsigned count = 1 + (unsigned)disk_lot(&world->disk, UNITS_A_GROUP_MAX);
    for (unsigned i = 0; i < count; i++) {
        unit_sample sample;
        unit_make(world->appended + 1, &sample);
        NP_TRY(np_record_append(record, &sample.unit, err));
        world->appended++;
    }
    NP_TRY(disk_lot(&world->disk, 3) == 0
               ? np_record_seal(record, np_bytes_text("b42"), UNIT_NOW, err)
               : np_record_commit(record, err));
    world->reported = world->appended;
    return NP_OK;
}

/* A process's life: until something goes wrong, or it ends by itself. */
static np_code live(cut_world *world, np_error *err)
{
    NP_CLEANUP(np_record_free_at) np_record *record = NULL;
    NP_TRY(open_world(world, &record, err));
    for (unsigned groups = 1 + (unsigned)disk_lot(&world->disk, 6); groups > 0; groups--) {
        NP_TRY(append_group(world, record, err));
    }
    return NP_OK;
}

/*
 * One life with a cut in it somewhere. A process that is killed leaves everything that the system
 * has; a machine that loses power does not.
 */
static void live_and_be_cut(cut_world *world)
{
    unsure_disk *disk = &world->disk;
    np_error err = {0};
    bool is_kill = disk_lot(disk, 4) == 0;
    unsigned failed_before = disk->failed_syncs;
    disk->syncs_left = disk_lot(disk, 4) == 0 ? 1 + (unsigned)disk_lot(disk, SYNCS_MAX) : 0;
    disk_cut_after(disk, 1 + (unsigned)disk_lot(disk, OPERATIONS_MAX));
    np_code code = live(world, &err);
    if (code != NP_OK && code != NP_ESTATION_IO) {
        fail_msg("%s: %s", np_code_name(code), err.message);
    }
    bool has_sync_failed = disk->failed_syncs > failed_before;
    world->failed_syncs += has_sync_failed;
    disk->syncs_left = 0;
    if (is_kill) {
        disk_resume(disk);
        world->kills++;
    } else {
        disk_restart(disk);
        world->cuts++;
    }
}

/* In the end the record is sealed, and proves all of it to whoever has the public key. */
static void check_end(cut_world *world)
{
    np_record_report report = {0};
    np_error err;
    NP_CLEANUP(np_record_free_at) np_record *record = NULL;
    assert_ok(open_world(world, &record, &err), &err);
    unit_sample sample;
    unit_make(++world->appended, &sample);
    assert_ok(np_record_append(record, &sample.unit, &err), &err);
    assert_ok(np_record_seal(record, np_bytes_text("end"), UNIT_NOW, &err), &err);
    world->seen = 0;
    np_record_reading reading = {.storage = &world->storage,
                                 .station_key = world->station.public_key,
                                 .visit = count_unit,
                                 .self = world};
    assert_ok(np_record_read(&reading, &report, &err), &err);
    assert_int_equal(world->seen, world->appended);
}

static void what_was_reported_survives_every_cut(void **state)
{
    (void)state;
    unsigned wanted = effort(CUTS, CUTS * SOAK_FACTOR);
    cut_world total = {.cuts = 0};
    np_p256_key *key = unit_station_key(1);
    for (uint64_t seed = 1; total.cuts < wanted; seed++) {
        cut_world world = {.key = key, .station = np_signing_by_key(key)};
        disk_open(&world.disk, seed);
        world.storage = disk_storage(&world.disk);
        for (unsigned i = 0; i < CUTS_A_DISK; i++) {
            live_and_be_cut(&world);
        }
        check_end(&world);
        total.cuts += world.cuts;
        total.kills += world.kills;
        total.failed_syncs += world.failed_syncs;
        total.torn += world.torn;
        disk_close(&world.disk);
    }
    np_p256_free(key);
    print_message("# %u cuts, %u kills, %u failed syncs, %u torn ends\n", total.cuts, total.kills,
                  total.failed_syncs, total.torn);
    /* A test that never meets what it is about is none. */
    assert_true(total.kills > wanted / 10 && total.failed_syncs > wanted / 50);
    assert_true(total.torn > wanted / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_reported_survives_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
