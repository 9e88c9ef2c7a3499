/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shifts of a line that ends again and again at any moment: the power fails, the process is
 * killed, the disk is full or forgets, the bus is disturbed, a key is gone, the clock jumps. The
 * next life begins with what is durable. At the end of the shift everything is well, and all units
 * have to be finished and all that was ever promised has to be true. NP_SEED chooses the faults;
 * threads are scheduled as they are, so that a seed gives the same faults and not the same shift.
 */
#include "crypto/hash.h"
#include "nerveskey/verify.h"
#include "support/effort.h"
#include "support/station_scene.h"
#include "support/test.h"
#include <stdatomic.h>

#include "base/text.h"

enum {
    BAYS = 3,
    LIVES = 6,   /* a shift, as many as the disk has room for */
    RESULTS = 4, /* a life at most */
    UNITS = BAYS + LIVES * RESULTS,
    LINES = 256,
    AUTHORIZED = 8, /* fewer than some shifts want */
    TRANSACTIONS = 340,
    DAY_S = 86400,
    LATER_S = 401 * DAY_S, /* a clock that is ahead dates certificates ahead: see jump_clock */
};

/* A key that is gone after so many signatures; 0: it stays. */
typedef struct unsure_key {
    np_signing inner;
    unsigned left;
    bool is_gone;
} unsure_key;

/* What somebody was told: it must be in the record for ever. */
typedef struct told {
    char serial[NP_UNIT_SERIAL_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1];
} told;

/* A unit's line, as the checks need it. */
typedef struct line_seen {
    char serial[NP_UNIT_SERIAL_SIZE];
    char uid[NP_LEDGER_UID_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1]; /* empty: no certificate */
    char key[2 * NP_SHA256_SIZE + 1];
    char authorization[2 * NP_AUTHORIZATION_ID_SIZE + 1];
    bool has_passed;
} line_seen;

typedef struct shift {
    station_scene scene;
    uint64_t seed;
    uint64_t random;
    bool is_good;
    np_authorization terms;
    uint8_t station_digest[32];
    unsure_key signer;
    np_signing signing; /* of the signer */
    unsure_key station;
    np_signing station_signing;
    atomic_uint clock_calls;
    unsigned jump_at; /* calls; 0: the clock does not jump */
    int64_t jump_ms;
    unsigned put;
    np_virtual_chip *out[UNITS]; /* passed, or lost */
    unsigned out_count;
    np_virtual_chip *aside[UNITS]; /* refused by the rules, for now */
    unsigned aside_count;
    told told[UNITS];
    unsigned told_count;
    line_seen lines[LINES];
    unsigned line_count;
} shift;

/* Faults by lot */

static unsigned lot(shift *on, unsigned limit)
{
    on->random ^= on->random << 13;
    on->random ^= on->random >> 7;
    on->random ^= on->random << 17;
    return (unsigned)((on->random >> 16) % limit);
}

static np_code sign(void *self, const uint8_t digest[static 32],
                    uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    unsure_key *key = self;
    key->is_gone = key->is_gone || (key->left > 0 && --key->left == 0);
    return key->is_gone ? np_error_set(err, NP_ESTATION_HSM, "the key is gone")
                        : key->inner.sign(key->inner.self, digest, ret_signature, err);
}

static int64_t now_ms(void *self)
{
    shift *on = self;
    unsigned call = atomic_fetch_add(&on->clock_calls, 1);
    bool has_jumped = on->jump_at > 0 && call >= on->jump_at;
    return (int64_t)SCENE_NOW * 1000 + (has_jumped ? on->jump_ms : 0);
}

static void cut_power(shift *on)
{
    disk_cut_after(&on->scene.record_disk, 1 + lot(on, 60));
}

static void fill_disk(shift *on)
{
    unsure_disk *disk = lot(on, 2) == 0 ? &on->scene.record_disk : &on->scene.intents_disk;
    disk->room = disk->seen.size + 1 + lot(on, 8000);
}

static void fail_sync(shift *on)
{
    unsure_disk *disk = lot(on, 2) == 0 ? &on->scene.record_disk : &on->scene.intents_disk;
    disk->syncs_left = 1 + lot(on, 12);
}

/* The chips lose their power, or their words. */
static void disturb_bus(shift *on)
{
    for (unsigned i = 0; i < BAYS; i++) {
        on->scene.bays[i].fault =
            (np_fault){.kind = (np_fault_kind)(1 + lot(on, NP_FAULT_KIND_COUNT - 1)),
                       .transaction = lot(on, TRANSACTIONS),
                       .seed = lot(on, 1000),
                       .delay_ns = UINT64_C(1000000) << lot(on, 12)};
    }
}

static void lose_signer(shift *on)
{
    on->signer.left = 1 + lot(on, 5);
}

static void lose_station_key(shift *on)
{
    on->station.left = 1 + lot(on, 3);
}

/* Back and forth, within the years that a signer's certificate has and beyond the authorization. */
static void jump_clock(shift *on)
{
    static const int jumps_days[] = {-30, -1, 1, 20, 40, 400};
    on->jump_at = 1 + lot(on, 100);
    on->jump_ms = (int64_t)jumps_days[lot(on, NP_COUNT_OF(jumps_days))] * DAY_S * 1000;
}

static void (*const faults[])(shift *on) = {
    cut_power,   cut_power,   fill_disk,        fail_sync,  disturb_bus,
    disturb_bus, lose_signer, lose_station_key, jump_clock,
};

static void all_is_well(shift *on)
{
    station_scene *scene = &on->scene;
    unsure_disk *const disks[] = {&scene->record_disk, &scene->intents_disk};
    for (size_t i = 0; i < NP_COUNT_OF(disks); i++) {
        disks[i]->room = 0;
        disks[i]->syncs_left = 0;
    }
    for (unsigned i = 0; i < BAYS; i++) {
        scene->bays[i].fault = (np_fault){.kind = NP_FAULT_NONE};
    }
    on->signer = (unsure_key){.inner = on->signer.inner};
    on->station = (unsure_key){.inner = on->station.inner};
    on->jump_at = 0;
    atomic_store(&on->clock_calls, 0);
    scene->event_count = 0;
}

/* The shift */

static void fill_terms(shift *on)
{
    station_scene *scene = &on->scene;
    on->terms = (np_authorization){.id = {0x42},
                                   .batch = np_bytes_text("b42"),
                                   .count = AUTHORIZED,
                                   .first = np_bytes_text("T-0001"),
                                   .last = np_bytes_text("T-9999"),
                                   .is_signed = true,
                                   .created = SCENE_NOW - 10 * DAY_S,
                                   .until = SCENE_NOW + 30 * DAY_S};
    np_sha256(NP_BYTES(scene->station.public_key), on->station_digest);
    memcpy(on->terms.stations[0].key, on->station_digest, sizeof(on->station_digest));
    on->terms.station_count = 1;
    scene->ledger_options.authorization = &on->terms;
    scene->ledger_options.counts = true;
    scene->ledger_options.station_digest = on->station_digest;
    scene->ledger_options.profile = "p";
}

static np_signing unsure(unsure_key *key, const np_signing *inner)
{
    np_signing signing = {.sign = sign, .self = key};
    key->inner = *inner;
    memcpy(signing.public_key, inner->public_key, sizeof(signing.public_key));
    return signing;
}

static void fill_disks(shift *on)
{
    station_scene *scene = &on->scene;
    disk_close(&scene->record_disk);
    disk_close(&scene->intents_disk);
    disk_open(&scene->record_disk, 1 + lot(on, 1000000));
    disk_open(&scene->intents_disk, 1 + lot(on, 1000000));
    disk_share_power(&scene->intents_disk, &scene->record_disk);
}

static void begin_shift(shift *on, uint64_t seed)
{
    station_scene *scene = &on->scene;
    on->seed = seed;
    on->random = seed;
    scene_open(scene, BAYS, "T-{4}");
    fill_disks(on);
    on->signing = unsure(&on->signer, scene->options.signing);
    on->station_signing = unsure(&on->station, &scene->station);
    scene->options.signing = &on->signing;
    scene->ledger_options.station = &on->station_signing;
    scene->hooks = (np_station_hooks){.now_ms = now_ms, .self = on};
    if (lot(on, 2) == 0) {
        fill_terms(on);
    }
    for (unsigned i = 0; i < BAYS; i++) {
        scene_put(scene, i, on->put++);
    }
}

static void end_shift(shift *on)
{
    if (!on->is_good) {
        print_message("# the shift's seed was %llu\n", (unsigned long long)on->seed);
    }
    scene_close(&on->scene);
    for (unsigned i = 0; i < on->out_count; i++) {
        np_virtual_chip_free(on->out[i]);
    }
    for (unsigned i = 0; i < on->aside_count; i++) {
        np_virtual_chip_free(on->aside[i]);
    }
}

static bool is_lost(const np_virtual_chip *chip)
{
    const uint8_t *config = np_virtual_chip_eeprom(chip) + NP_EEPROM_CONFIG;
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_TORN ||
           np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_TORN;
}

static void note_pass(shift *on, const np_station_event *event)
{
    told *one = &on->told[on->told_count++];
    assert_in_range(on->told_count, 1, UNITS);
    memcpy(one->serial, event->serial, sizeof(one->serial));
    memcpy(one->fingerprint, event->fingerprint, sizeof(one->fingerprint));
}

/* The operator's hand: what passed or is lost goes out, what the rules refuse waits aside, anything
 * else is put in once more. */
static void take_result(shift *on, const np_station_event *event)
{
    unsigned bay = (unsigned)event->bay;
    np_virtual_chip *chip = scene_take(&on->scene, bay);
    if (event->result == NP_RESULT_PASS || is_lost(chip)) {
        on->out[on->out_count++] = chip;
    } else if (event->result == NP_RESULT_POLICY) {
        on->aside[on->aside_count++] = chip;
    } else {
        scene_put_back(&on->scene, bay, chip);
        return;
    }
    if (event->result == NP_RESULT_PASS) {
        note_pass(on, event);
    }
    scene_put(&on->scene, bay, on->put++);
}

static bool begin_life(shift *on)
{
    station_scene *scene = &on->scene;
    scene->ledger = NULL;
    np_code code = np_ledger_open(&scene->ledger_options, now_ms(on) / 1000, &scene->ledger,
                                  &scene->found, &scene->err);
    if (code != NP_OK) {
        return false;
    }
    scene->options.ledger = scene->ledger;
    assert_ok(np_line_start(&scene->options, &scene->line, &scene->err), &scene->err);
    return true;
}

/* The process is gone; sometimes the system goes on and still has what it did not write. */
static void end_life(shift *on)
{
    station_scene *scene = &on->scene;
    disk_cut_after(&scene->record_disk, 1);
    (void)!np_line_finish(scene->line, &scene->err);
    scene->line = NULL;
    np_ledger_free(scene->ledger);
    scene->ledger = NULL;
    void (*const after)(unsure_disk *) = lot(on, 3) == 0 ? disk_resume : disk_restart;
    after(&scene->record_disk);
    after(&scene->intents_disk);
}

static void live(shift *on)
{
    all_is_well(on);
    for (unsigned i = lot(on, 3); i > 0; i--) {
        faults[lot(on, NP_COUNT_OF(faults))](on);
    }
    unsigned results = lot(on, RESULTS + 1);
    if (begin_life(on)) {
        for (; results > 0; results--) {
            take_result(on, scene_await(&on->scene, NP_STATION_RESULT));
        }
    }
    end_life(on);
}

/* Without faults, and with an authorization that has room, every unit is finished at once. */
static void finish_all(shift *on)
{
    all_is_well(on);
    on->terms.id[0] = 0x43;
    on->terms.count = UNITS;
    assert_true(begin_life(on));
    for (unsigned left = BAYS + on->aside_count; left > 0; left--) {
        const np_station_event *event = scene_await(&on->scene, NP_STATION_RESULT);
        unsigned bay = (unsigned)event->bay;
        np_virtual_chip *chip = scene_take(&on->scene, bay);
        on->out[on->out_count++] = chip;
        if (event->result != NP_RESULT_PASS && !is_lost(chip)) {
            fail_msg("%s is stuck: %s, %s: %s", event->serial, np_result_name(event->result),
                     np_code_name(event->code), event->message);
        }
        if (event->result == NP_RESULT_PASS) {
            note_pass(on, event);
        }
        if (on->aside_count > 0) {
            scene_put_back(&on->scene, bay, on->aside[--on->aside_count]);
        }
    }
    assert_ok(scene_stop(&on->scene), &on->scene.err);
}

/* What must be true */

static void copy_text(const np_record_line *line, const char *name, char *ret, size_t size)
{
    np_bytes text = np_record_line_text(line, name);
    assert_true(text.len < size);
    memcpy(ret, text.data == NULL ? (const uint8_t *)"" : text.data, text.len);
    ret[text.len] = '\0';
}

static np_code see_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    shift *on = self;
    line_seen *seen = &on->lines[on->line_count];
    (void)trailer;
    (void)err;
    if (line->kind != NP_RECORD_UNIT) {
        return NP_OK;
    }
    assert_true(++on->line_count <= LINES);
    copy_text(line, "serial", seen->serial, sizeof(seen->serial));
    copy_text(line, "uid", seen->uid, sizeof(seen->uid));
    copy_text(line, "cert_sha256", seen->fingerprint, sizeof(seen->fingerprint));
    copy_text(line, "spki_sha256", seen->key, sizeof(seen->key));
    copy_text(line, "authorization_id", seen->authorization, sizeof(seen->authorization));
    seen->has_passed = np_record_line_says(line, "result", np_bytes_text("pass"));
    return NP_OK;
}

static void read_record(shift *on)
{
    station_scene *scene = &on->scene;
    np_record_report report = {.recovered = 0};
    bool exists;
    assert_ok(scene->record.open(scene->record.self, &exists, &scene->err), &scene->err);
    const np_record_reading reading = {.storage = &scene->record,
                                       .station_key = scene->station.public_key,
                                       .visit = see_line,
                                       .self = on};
    on->line_count = 0;
    assert_ok(np_record_read(&reading, &report, &scene->err), &scene->err);
}

/* A serial belongs to one part once it has a certificate; a key has one certificate. */
static void check_pair(const line_seen *a, const line_seen *b)
{
    if (strcmp(a->serial, b->serial) == 0 && strcmp(a->uid, b->uid) != 0) {
        fail_msg("%s has certificates on two parts", a->serial);
    }
    if (strcmp(a->key, b->key) == 0 && strcmp(a->fingerprint, b->fingerprint) != 0) {
        fail_msg("%s has two certificates for one key", a->serial);
    }
    if (a->has_passed && b->has_passed && strcmp(a->uid, b->uid) == 0) {
        fail_msg("%s has passed twice", a->serial);
    }
}

static void check_lines(const shift *on)
{
    for (unsigned i = 0; i < on->line_count; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (on->lines[i].fingerprint[0] != '\0' && on->lines[k].fingerprint[0] != '\0') {
                check_pair(&on->lines[i], &on->lines[k]);
            }
        }
    }
}

static void check_is_recorded(const shift *on, const char *serial, const char *fingerprint)
{
    for (unsigned i = 0; i < on->line_count; i++) {
        const line_seen *line = &on->lines[i];
        if (line->has_passed && strcmp(line->serial, serial) == 0 &&
            strcmp(line->fingerprint, fingerprint) == 0) {
            return;
        }
    }
    fail_msg("the certificate of %s is lost", serial);
}

/* What the world sees on a chip is good, and is what the record has. */
static void check_chip(shift *on, np_virtual_chip *chip)
{
    station_scene *scene = &on->scene;
    np_virtual_bus bus;
    np_atecc device;
    np_verification found;
    uint8_t digest[NP_SHA256_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1];
    np_virtual_bus_init(&bus, 100000, chip);
    np_atecc_init(&device, np_virtual_bus_table(&bus), NP_ATECC_DEFAULT_ADDRESS);
    const np_trust trust = {.signer = np_signer_certificate(scene->signer)->der};
    assert_ok(np_identity_verify(&device, &trust, SCENE_NOW + LATER_S, np_random_system(), &found,
                                 &scene->err),
              &scene->err);
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        if (found.verdicts[i] == NP_VERDICT_FAILED) {
            fail_msg("%s: %s", np_check_name((np_check)i), found.notes[i]);
        }
    }
    assert_true(found.is_good && found.signer_is_trusted);
    np_sha256(np_bytes_of(found.identity.device.bytes, found.identity.device.len), digest);
    np_format_hex(NP_BYTES(digest), fingerprint);
    check_is_recorded(on, found.identity.otp.serial.text, fingerprint);
}

static bool is_locked(const np_virtual_chip *chip)
{
    const uint8_t *config = np_virtual_chip_eeprom(chip) + NP_EEPROM_CONFIG;
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_CLOSED;
}

/* By the chips: from the lock of its data zone on a certificate can be read by anybody. */
static void check_count(const shift *on)
{
    unsigned locked = 0;
    for (unsigned i = 0; i < on->out_count; i++) {
        locked += is_locked(on->out[i]) ? 1 : 0;
    }
    for (unsigned i = 0; i < on->aside_count; i++) {
        locked += is_locked(on->aside[i]) ? 1 : 0;
    }
    for (unsigned i = 0; i < BAYS; i++) {
        locked += is_locked(on->scene.bays[i].chip) ? 1 : 0;
    }
    if (on->scene.ledger_options.authorization != NULL) {
        assert_in_range(locked, 0, AUTHORIZED);
    }
}

/* And by the record: parts that have a certificate under the first authorization. */
static void check_recorded_count(const shift *on)
{
    unsigned parts = 0;
    for (unsigned i = 0; i < on->line_count; i++) {
        const line_seen *line = &on->lines[i];
        bool is_counted = strncmp(line->authorization, "42", 2) == 0 && line->fingerprint[0] != 0;
        for (unsigned k = 0; k < i; k++) {
            const line_seen *before = &on->lines[k];
            is_counted = is_counted &&
                         (strcmp(before->uid, line->uid) != 0 || before->fingerprint[0] == '\0' ||
                          strncmp(before->authorization, "42", 2) != 0);
        }
        parts += is_counted ? 1 : 0;
    }
    assert_in_range(parts, 0, AUTHORIZED);
}

static void check_all(shift *on)
{
    read_record(on);
    check_lines(on);
    check_recorded_count(on);
    for (unsigned i = 0; i < on->told_count; i++) {
        check_is_recorded(on, on->told[i].serial, on->told[i].fingerprint);
    }
    for (unsigned i = 0; i < on->out_count; i++) {
        if (!is_lost(on->out[i])) {
            check_chip(on, on->out[i]);
        }
    }
}

static uint64_t first_seed(void)
{
    const char *text = getenv("NP_SEED");
    return text == NULL ? UINT64_C(88172645463325252) : strtoull(text, NULL, 10);
}

static void a_shift_that_is_cut_again_and_again_is_whole(void **state)
{
    unsigned shifts = effort(400, 10000 / LIVES + 1);
    uint64_t seed = first_seed();
    print_message("# %u cuts, NP_SEED=%llu\n", shifts * LIVES, (unsigned long long)seed);
    for (unsigned i = 0; i < shifts; i++) {
        shift *on = calloc(1, sizeof(*on));
        assert_non_null(on);
        *state = on;
        begin_shift(on, seed + i);
        for (unsigned life = 0; life < LIVES; life++) {
            live(on);
        }
        check_count(on);
        finish_all(on);
        check_all(on);
        on->is_good = true;
        end_shift(on);
        free(on);
        *state = NULL;
    }
}

static int tear_down(void **state)
{
    if (*state != NULL) {
        end_shift(*state);
        free(*state);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_shift_that_is_cut_again_and_again_is_whole, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
