/* SPDX-License-Identifier: Apache-2.0 */
#include "station/ledger.h"

#include "record/read.h"
#include "signer/signer.h"
#include "support/disk.h"
#include "support/test.h"
#include "support/unit_lines.h"

enum { SIGNERS = 4 };

/* Certificates with keys of their own: what they certify is of no matter here. */
typedef struct scene {
    np_signer *signers[SIGNERS]; /* the last one is the issuer */
    np_p256_key *key;
    np_signing station;
    uint8_t station_digest[32];
    np_authorization terms;
    unsure_disk record_disk;
    unsure_disk intents_disk;
    np_record_storage record;
    np_record_storage intents;
    np_serials serials;
    np_ledger_options options;
    np_ledger *ledger;
    np_ledger_found found;
    np_error err;
} scene;

static np_bytes certificate_of(const scene *on, unsigned number)
{
    return np_signer_certificate(on->signers[number])->der;
}

static void open_ledger(scene *on)
{
    assert_ok(np_ledger_open(&on->options, UNIT_NOW, &on->ledger, &on->found, &on->err), &on->err);
}

/* The program ended as it does when it is killed: the system goes on. */
static void end_program(scene *on)
{
    np_ledger_free(on->ledger);
    on->ledger = NULL;
    disk_resume(&on->record_disk);
    disk_resume(&on->intents_disk);
}

static void restart(scene *on)
{
    end_program(on);
    open_ledger(on);
}

static void begin(scene *on, const char *pattern)
{
    np_error err;
    for (unsigned i = 0; i < SIGNERS; i++) {
        assert_ok(np_signer_create(UNIT_NOW, 10, &on->signers[i], &err), &err);
    }
    on->key = unit_station_key(1);
    on->station = np_signing_by_key(on->key);
    disk_open(&on->record_disk, 1);
    disk_open(&on->intents_disk, 2);
    disk_share_power(&on->intents_disk, &on->record_disk);
    on->record = disk_storage(&on->record_disk);
    on->intents = disk_storage(&on->intents_disk);
    assert_ok(np_serials_parse(pattern, &on->serials, &err), &err);
    on->options = (np_ledger_options){.record = &on->record,
                                      .intents = &on->intents,
                                      .station = &on->station,
                                      .station_name = np_bytes_text("st07"),
                                      .issuer = certificate_of(on, SIGNERS - 1),
                                      .serials = &on->serials,
                                      .first = 1};
}

static int set_up(void **state)
{
    scene *on = calloc(1, sizeof(*on));
    begin(on, "scan");
    open_ledger(on);
    *state = on;
    return 0;
}

static int tear_down(void **state)
{
    scene *on = *state;
    np_ledger_free(on->ledger);
    for (unsigned i = 0; i < SIGNERS; i++) {
        np_signer_free(on->signers[i]);
    }
    np_p256_free(on->key);
    disk_close(&on->record_disk);
    disk_close(&on->intents_disk);
    free(on);
    return 0;
}

static np_ledger_view look(scene *on, unsigned bay, const char *serial, const char *uid)
{
    np_ledger_view view;
    assert_ok(
        np_ledger_look(on->ledger, bay, np_bytes_text(serial), np_bytes_text(uid), &view, &on->err),
        &on->err);
    return view;
}

static void claim(scene *on, unsigned bay)
{
    assert_ok(np_ledger_claim(on->ledger, bay, np_bytes_text("bay"), UNIT_NOW, &on->err), &on->err);
    assert_ok(np_ledger_commit(on->ledger, &on->err), &on->err);
}

static void issue(scene *on, unsigned bay, unsigned number)
{
    assert_ok(np_ledger_issue(on->ledger, bay, certificate_of(on, number), &on->err), &on->err);
    assert_ok(np_ledger_commit(on->ledger, &on->err), &on->err);
}

static np_code end_with(scene *on, unsigned bay, np_code code, np_bytes certificate)
{
    const np_ledger_end_of end = {.result = np_result_of(code),
                                  .code = code,
                                  .message = np_bytes_text("words"),
                                  .certificate = certificate,
                                  .bay = np_bytes_text("bay"),
                                  .started = UNIT_NOW,
                                  .finished = UNIT_NOW + 1};
    NP_TRY(np_ledger_end(on->ledger, bay, &end, &on->err));
    return np_ledger_commit(on->ledger, &on->err);
}

static void make(scene *on, const char *serial, const char *uid, unsigned number)
{
    (void)look(on, 0, serial, uid);
    claim(on, 0);
    issue(on, 0, number);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, number)), &on->err);
}

static void what_passed_is_remembered(void **state)
{
    scene *on = *state;
    np_ledger_view view = look(on, 0, "A-1", "01");
    assert_int_equal(view.memory, NP_MEMORY_NEW);
    assert_int_equal(view.attempt, 1);
    assert_string_equal(view.serial, "A-1");
    make(on, "A-1", "01", 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(look(on, 0, "A-1", "01").memory, NP_MEMORY_PASSED);
        assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_PASSED);
        assert_int_equal(look(on, 2, "A-2", "01").memory, NP_MEMORY_PART_PASSED);
        assert_int_equal(look(on, 3, "A-2", "02").memory, NP_MEMORY_NEW);
        restart(on);
    }
    assert_int_equal(on->found.interrupted, 0);
}

static void a_bad_unit_is_tried_again(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    assert_ok(end_with(on, 0, NP_EDEVICE_LOCK, (np_bytes){NULL, 0}), &on->err);
    for (unsigned i = 0; i < 2; i++) {
        np_ledger_view view = look(on, 0, "A-1", "01");
        assert_int_equal(view.memory, NP_MEMORY_BEGUN);
        assert_int_equal(view.attempt, 2);
        assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_BEGUN);
        assert_int_equal(look(on, 2, "A-2", "01").memory, NP_MEMORY_PART_BEGUN);
        restart(on);
    }
    /* the station's trouble is not the unit's */
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    assert_ok(end_with(on, 0, NP_ESTATION_NACK, (np_bytes){NULL, 0}), &on->err);
    assert_int_equal(look(on, 0, "A-1", "01").attempt, 2);
}

static void what_was_interrupted_goes_on(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    issue(on, 0, 0);
    (void)look(on, 1, "A-2", "02");
    claim(on, 1);
    restart(on);
    assert_int_equal(on->found.interrupted, 2);
    np_ledger_view view = look(on, 0, "A-1", "01");
    assert_int_equal(view.memory, NP_MEMORY_BEGUN);
    assert_int_equal(view.attempt, 1);
    assert_true(view.has_certificate);
    assert_false(look(on, 1, "A-2", "02").has_certificate);
    /* the certificate that it was given is the only one that it may have */
    claim(on, 0);
    assert_code(end_with(on, 0, NP_OK, certificate_of(on, 1)), NP_ECONFLICT_OTHER);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, 0)), &on->err);
    restart(on);
    assert_int_equal(on->found.interrupted, 0);
    assert_int_equal(look(on, 0, "A-1", "01").memory, NP_MEMORY_PASSED);
}

/* Two lives that were cut in the same second: the part made a new key, and both certificates stay.
 */
static void an_interruption_does_not_hide_the_next(void **state)
{
    scene *on = *state;
    for (unsigned number = 0; number < 2; number++) {
        (void)look(on, 0, "A-1", "01");
        claim(on, 0);
        issue(on, 0, number);
        restart(on);
        assert_int_equal(on->found.interrupted, 1);
    }
    assert_true(look(on, 0, "A-1", "01").has_certificate);
    claim(on, 0);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, 1)), &on->err);
}

static void one_unit_is_in_one_bay(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    (void)look(on, 1, "A-1", "02");
    (void)look(on, 2, "A-2", "01");
    claim(on, 0);
    assert_code(np_ledger_claim(on->ledger, 1, np_bytes_text("b"), UNIT_NOW, &on->err), NP_EPOLICY);
    assert_code(np_ledger_claim(on->ledger, 2, np_bytes_text("b"), UNIT_NOW, &on->err), NP_EPOLICY);
    assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_BEGUN);
    assert_int_equal(look(on, 2, "A-2", "01").memory, NP_MEMORY_PART_BEGUN);
    assert_int_equal(look(on, 0, "A-1", "01").memory, NP_MEMORY_BEGUN);
}

/* Refused units have their lines, and nobody's serial. */
static void who_is_refused_takes_nothing(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    assert_ok(end_with(on, 0, NP_ECONFLICT_FOREIGN, (np_bytes){NULL, 0}), &on->err);
    restart(on);
    assert_int_equal(on->found.record.units, 1);
    assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_NEW);
    assert_int_equal(look(on, 0, "A-1", "01").memory, NP_MEMORY_NEW);
}

/* Refused after the claim, by who counts: nothing was issued, and both are free again. */
static void who_is_refused_later_is_free(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    restart(on);
    assert_int_equal(on->found.interrupted, 1);
    assert_int_equal(look(on, 0, "A-1", "01").memory, NP_MEMORY_BEGUN);
    claim(on, 0);
    assert_ok(end_with(on, 0, NP_EPOLICY, (np_bytes){NULL, 0}), &on->err);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(look(on, 0, "A-2", "01").memory, NP_MEMORY_NEW);
        assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_NEW);
        restart(on);
    }
    /* but not with a certificate */
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    issue(on, 0, 0);
    assert_ok(end_with(on, 0, NP_EPOLICY, (np_bytes){NULL, 0}), &on->err);
    assert_int_equal(look(on, 0, "A-2", "01").memory, NP_MEMORY_PART_BEGUN);
    assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_PASSED);
}

static void a_key_is_of_one_unit(void **state)
{
    scene *on = *state;
    make(on, "A-1", "01", 0);
    (void)look(on, 0, "A-2", "02");
    claim(on, 0);
    assert_code(np_ledger_issue(on->ledger, 0, certificate_of(on, 0), &on->err), NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "A-1 has this public key"));
    assert_code(end_with(on, 0, NP_OK, certificate_of(on, 0)), NP_EPOLICY);
}

/* What a cut has left of a first note says nothing, and stays in nobody's way. */
static void a_torn_note_is_taken_away(void **state)
{
    scene *on = *state;
    end_program(on);
    assert_int_equal(on->intents_disk.seen.size, 0);
    assert_ok(
        on->intents.write(on->intents.self, 0, np_bytes_text("0123456789abcdef {\"ki"), &on->err),
        &on->err);
    open_ledger(on);
    assert_int_equal(on->found.interrupted, 0);
    assert_int_equal(on->intents_disk.seen.size, 0);
}

/* A unit whose certificate is known fails on, without a word of it: it is remembered. */
static void a_certificate_is_not_forgotten_by_later_lines(void **state)
{
    static const np_code codes[] = {NP_ESTATION_NACK, NP_EPOLICY, NP_EDEVICE_VERIFY};
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    issue(on, 0, 0);
    restart(on);
    for (size_t i = 0; i < NP_COUNT_OF(codes); i++) {
        assert_true(look(on, 0, "A-1", "01").has_certificate);
        claim(on, 0);
        assert_ok(end_with(on, 0, codes[i], (np_bytes){NULL, 0}), &on->err);
        restart(on);
        np_ledger_view view = look(on, 0, "A-1", "01");
        assert_int_equal(view.memory, NP_MEMORY_BEGUN);
        assert_true(view.has_certificate);
        assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_PASSED);
    }
    claim(on, 0);
    assert_code(end_with(on, 0, NP_OK, certificate_of(on, 1)), NP_ECONFLICT_OTHER);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, 0)), &on->err);
}

/* Another bay had the serial between the look and the claim, and is done with it. */
static void a_claim_is_refused_when_what_was_seen_is_no_longer_true(void **state)
{
    scene *on = *state;
    (void)look(on, 1, "A-1", "02");
    make(on, "A-1", "01", 0);
    assert_code(np_ledger_claim(on->ledger, 1, np_bytes_text("bay"), UNIT_NOW, &on->err),
                NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "another bay has had this serial"));
    assert_int_equal(look(on, 1, "A-1", "02").memory, NP_MEMORY_SERIAL_PASSED);
}

/* Two bays at the same time: none of both has its line yet. */
static void a_key_is_of_one_unit_in_work(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    issue(on, 0, 0);
    (void)look(on, 1, "A-2", "02");
    claim(on, 1);
    assert_code(np_ledger_issue(on->ledger, 1, certificate_of(on, 0), &on->err), NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "A-1 has this public key"));
    assert_code(end_with(on, 1, NP_OK, certificate_of(on, 0)), NP_EPOLICY);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, 0)), &on->err);
}

/* A modem beside a chip has a key of its own, too. */
static void a_second_part_has_no_others_key(void **state)
{
    scene *on = *state;
    make(on, "A-1", "01", 0);
    (void)look(on, 0, "A-2", "02");
    claim(on, 0);
    issue(on, 0, 1);
    const np_ledger_second second = {.uid = np_bytes_text("imei"),
                                     .certificate = certificate_of(on, 0),
                                     .facts = {.device_id = np_bytes_text("modem")}};
    const np_ledger_end_of end = {.result = NP_RESULT_PASS,
                                  .certificate = certificate_of(on, 1),
                                  .started = UNIT_NOW,
                                  .finished = UNIT_NOW + 1,
                                  .second = &second};
    assert_code(np_ledger_end(on->ledger, 0, &end, &on->err), NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "A-1 has this public key"));
}

static void a_serial_moves_to_another_part(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    assert_ok(end_with(on, 0, NP_EDEVICE_LOST, (np_bytes){NULL, 0}), &on->err);
    make(on, "A-1", "02", 0); /* the caller has decided so */
    restart(on);
    assert_int_equal(look(on, 0, "A-1", "02").memory, NP_MEMORY_PASSED);
    assert_int_equal(look(on, 1, "A-1", "01").memory, NP_MEMORY_SERIAL_PASSED);
    assert_int_equal(look(on, 2, "A-3", "01").memory, NP_MEMORY_NEW);
}

/* It was certified with one serial, begun with a second one, and that has gone on to another. */
static void a_part_that_lost_a_serial_is_known_by_its_certificate(void **state)
{
    scene *on = *state;
    (void)look(on, 0, "A-1", "01");
    claim(on, 0);
    issue(on, 0, 0);
    assert_ok(end_with(on, 0, NP_EDEVICE_LOST, (np_bytes){NULL, 0}), &on->err);
    (void)look(on, 0, "A-2", "01");
    claim(on, 0);
    restart(on);
    make(on, "A-2", "02", 1);
    for (unsigned i = 0; i < 2; i++) {
        np_ledger_view view = look(on, 0, "A-1", "01");
        assert_int_equal(view.memory, NP_MEMORY_BEGUN);
        assert_true(view.has_certificate);
        assert_int_equal(look(on, 1, "A-2", "01").memory, NP_MEMORY_SERIAL_PASSED);
        assert_int_equal(look(on, 2, "A-3", "01").memory, NP_MEMORY_PART_BEGUN);
        restart(on);
    }
}

static void a_part_keeps_its_serial_where_it_may(void **state)
{
    scene *on = *state;
    make(on, "A-1", "01", 0);
    on->options.on_conflict = NP_CONFLICT_KEEP;
    restart(on);
    np_ledger_view view = look(on, 0, "A-2", "01");
    assert_string_equal(view.serial, "A-1");
    assert_int_equal(view.memory, NP_MEMORY_PASSED);
}

static void a_pattern_offers_its_next_serial(void **state)
{
    scene *on = *state;
    assert_ok(np_serials_parse("T-{2}", &on->serials, &on->err), &on->err);
    on->options.first = 97;
    restart(on);
    assert_string_equal(look(on, 0, "", "01").serial, "T-97");
    assert_string_equal(look(on, 1, "", "02").serial, "T-98");
    /* what was offered and not used is for the next one in the bay */
    assert_string_equal(look(on, 0, "", "03").serial, "T-97");
    claim(on, 0);
    assert_string_equal(look(on, 0, "", "03").serial, "T-97");
    restart(on);
    assert_string_equal(look(on, 1, "", "03").serial, "T-97");
    assert_string_equal(look(on, 0, "", "04").serial, "T-98");
    claim(on, 0);
    assert_string_equal(look(on, 1, "", "05").serial, "T-99");
    np_ledger_view view;
    assert_code(
        np_ledger_look(on->ledger, 2, np_bytes_text(""), np_bytes_text("06"), &view, &on->err),
        NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "T-{2} has no serials left"));
}

static void nothing_is_made_without_a_scan(void **state)
{
    scene *on = *state;
    np_ledger_view view;
    assert_code(
        np_ledger_look(on->ledger, 0, np_bytes_text(""), np_bytes_text("01"), &view, &on->err),
        NP_EPOLICY);
    assert_code(
        np_ledger_look(on->ledger, 0, np_bytes_text("a\"b"), np_bytes_text("01"), &view, &on->err),
        NP_EPOLICY);
}

static void authorize(scene *on, uint64_t count)
{
    on->terms = (np_authorization){.batch = np_bytes_text("b42"),
                                   .count = count,
                                   .first = np_bytes_text("A-1"),
                                   .last = np_bytes_text("A-5"),
                                   .created = UNIT_NOW - 10,
                                   .until = UNIT_NOW + 1000,
                                   .is_signed = true,
                                   .station_count = 1};
    on->terms.id[0] = 7;
    memcpy(on->terms.stations[0].key, on->station_digest, sizeof(on->station_digest));
    on->options.authorization = &on->terms;
    on->options.station_digest = on->station_digest;
    on->options.counts = true;
    on->options.profile = "nerveskey";
}

static void the_count_is_kept(void **state)
{
    scene *on = *state;
    authorize(on, 2);
    restart(on);
    make(on, "A-1", "01", 0);
    (void)look(on, 0, "A-2", "02");
    claim(on, 0);
    issue(on, 0, 1);
    restart(on); /* it was issued: it counts, finished or not */
    assert_int_equal(on->found.authorized, 2);
    (void)look(on, 1, "A-3", "03");
    assert_code(np_ledger_claim(on->ledger, 1, np_bytes_text("b"), UNIT_NOW, &on->err), NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "limit: the authorization is for 2 units"));
    /* and can be finished, even when the time is over */
    (void)look(on, 0, "A-2", "02");
    assert_ok(np_ledger_claim(on->ledger, 0, np_bytes_text("b"), UNIT_NOW + 5000, &on->err),
              &on->err);
    assert_ok(end_with(on, 0, NP_OK, certificate_of(on, 1)), &on->err);
    restart(on);
    assert_int_equal(on->found.authorized, 2);
}

/* A claim counts while it lasts, so that two bays cannot both have the last place. */
static void the_last_place_is_for_one(void **state)
{
    scene *on = *state;
    authorize(on, 1);
    restart(on);
    (void)look(on, 0, "A-1", "01");
    (void)look(on, 1, "A-2", "02");
    claim(on, 0);
    assert_code(np_ledger_claim(on->ledger, 1, np_bytes_text("b"), UNIT_NOW, &on->err), NP_EPOLICY);
    assert_ok(end_with(on, 0, NP_EDEVICE_LOST, (np_bytes){NULL, 0}), &on->err);
    claim(on, 1); /* nothing was issued to the other */
}

static void what_is_not_covered_is_refused(void **state)
{
    scene *on = *state;
    authorize(on, 5);
    restart(on);
    (void)look(on, 0, "A-6", "01");
    assert_code(np_ledger_claim(on->ledger, 0, np_bytes_text("b"), UNIT_NOW, &on->err), NP_EPOLICY);
    assert_non_null(strstr(on->err.message, "the serials are A-1 to A-5"));
    (void)look(on, 0, "A-5", "01");
    assert_code(np_ledger_claim(on->ledger, 0, np_bytes_text("b"), UNIT_NOW + 5000, &on->err),
                NP_EPOLICY);
}

/* Power cuts: at each operation of both disks in turn. */

typedef struct promise {
    bool is_claimed[SIGNERS]; /* durable, as we were told */
    bool is_issued[SIGNERS];
    bool is_ended[SIGNERS];
} promise;

static const char *const cut_serials[] = {"A-1", "A-2", "A-3"};
static const char *const cut_uids[] = {"01", "02", "03"};

static np_code make_one(scene *on, unsigned i, promise *told)
{
    np_ledger_view view;
    NP_TRY(np_ledger_look(on->ledger, i, np_bytes_text(cut_serials[i]), np_bytes_text(cut_uids[i]),
                          &view, &on->err));
    if (view.memory == NP_MEMORY_PASSED) {
        return NP_OK;
    }
    NP_TRY(np_ledger_claim(on->ledger, i, np_bytes_text("bay"), UNIT_NOW, &on->err));
    NP_TRY(np_ledger_commit(on->ledger, &on->err));
    told->is_claimed[i] = true;
    NP_TRY(np_ledger_issue(on->ledger, i, certificate_of(on, i), &on->err));
    NP_TRY(np_ledger_commit(on->ledger, &on->err));
    told->is_issued[i] = true;
    NP_TRY(end_with(on, i, NP_OK, certificate_of(on, i)));
    told->is_ended[i] = true;
    return NP_OK;
}

static np_code make_three(scene *on, promise *told)
{
    NP_TRY(np_ledger_open(&on->options, UNIT_NOW, &on->ledger, &on->found, &on->err));
    for (unsigned i = 0; i < NP_COUNT_OF(cut_serials); i++) {
        NP_TRY(make_one(on, i, told));
    }
    return np_ledger_seal(on->ledger, UNIT_NOW, &on->err);
}

static void check_promises(scene *on, const promise *told)
{
    for (unsigned i = 0; i < NP_COUNT_OF(cut_serials); i++) {
        np_ledger_view view = look(on, i, cut_serials[i], cut_uids[i]);
        if (told->is_ended[i]) {
            assert_int_equal(view.memory, NP_MEMORY_PASSED);
        } else if (told->is_claimed[i]) {
            assert_true(view.memory == NP_MEMORY_BEGUN || view.memory == NP_MEMORY_PASSED);
        }
        if (told->is_issued[i]) {
            assert_true(view.has_certificate);
        }
    }
}

typedef struct tally {
    unsigned passed;
} tally;

static np_code count_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    (void)trailer;
    (void)err;
    tally *on = self;
    on->passed += np_record_line_says(line, "result", np_bytes_text("pass")) ? 1 : 0;
    return NP_OK;
}

static void check_record(scene *on)
{
    np_record_report report = {0};
    tally all = {0};
    np_record_reading reading = {.storage = &on->record,
                                 .station_key = on->station.public_key,
                                 .visit = count_line,
                                 .self = &all};
    assert_ok(np_record_read(&reading, &report, &on->err), &on->err);
    assert_int_equal(all.passed, NP_COUNT_OF(cut_serials));
}

static bool cut_once(scene *on, unsigned operations, uint64_t seed)
{
    promise told = {0};
    disk_open(&on->record_disk, 2 * seed);
    disk_open(&on->intents_disk, 2 * seed + 1);
    disk_share_power(&on->intents_disk, &on->record_disk);
    disk_cut_after(&on->record_disk, operations);
    bool is_whole = make_three(on, &told) == NP_OK;
    np_ledger_free(on->ledger);
    on->ledger = NULL;
    disk_restart(&on->record_disk);
    disk_restart(&on->intents_disk);
    open_ledger(on);
    check_promises(on, &told);
    np_ledger_free(on->ledger);
    on->ledger = NULL;
    disk_resume(&on->record_disk);
    disk_resume(&on->intents_disk);
    assert_ok(make_three(on, &told), &on->err);
    np_ledger_free(on->ledger);
    on->ledger = NULL;
    check_record(on);
    disk_close(&on->record_disk);
    disk_close(&on->intents_disk);
    return is_whole;
}

static void a_cut_breaks_no_promise(void **state)
{
    scene *on = *state;
    np_ledger_free(on->ledger);
    on->ledger = NULL;
    disk_close(&on->record_disk);
    disk_close(&on->intents_disk);
    uint64_t seed = 1;
    unsigned operations = 1;
    for (; !cut_once(on, operations, seed); operations++) {
        for (unsigned i = 0; i < 3; i++) {
            (void)cut_once(on, operations, ++seed);
        }
    }
    assert_true(operations > 20);
    disk_open(&on->record_disk, 1);
    disk_open(&on->intents_disk, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_passed_is_remembered),
        TEST(a_bad_unit_is_tried_again),
        TEST(what_was_interrupted_goes_on),
        TEST(an_interruption_does_not_hide_the_next),
        TEST(one_unit_is_in_one_bay),
        TEST(who_is_refused_takes_nothing),
        TEST(who_is_refused_later_is_free),
        TEST(a_key_is_of_one_unit),
        TEST(a_certificate_is_not_forgotten_by_later_lines),
        TEST(a_torn_note_is_taken_away),
        TEST(a_claim_is_refused_when_what_was_seen_is_no_longer_true),
        TEST(a_key_is_of_one_unit_in_work),
        TEST(a_second_part_has_no_others_key),
        TEST(a_serial_moves_to_another_part),
        TEST(a_part_that_lost_a_serial_is_known_by_its_certificate),
        TEST(a_part_keeps_its_serial_where_it_may),
        TEST(a_pattern_offers_its_next_serial),
        TEST(nothing_is_made_without_a_scan),
        TEST(the_count_is_kept),
        TEST(the_last_place_is_for_one),
        TEST(what_is_not_covered_is_refused),
        TEST(a_cut_breaks_no_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
