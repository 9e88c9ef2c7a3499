/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens if power fails here: a unit is cut at the beginning of each of its steps, the next
 * life tells what was left and what is done. One table for chips and one for modems; they are
 * printed, and doc/station.md must have them as they are.
 */
#include "base/format.h"
#include "nerveskey/snapshot.h"
#include "support/station_scene.h"
#include "support/test.h"
#include <poll.h>
#include <stdatomic.h>

enum { TABLE_SIZE = 4096, PAGE_SIZE = 65536, WAIT_MS = 60000 };

/* A step, and how many notes were made before it: the cut comes when so many are on disk. */
typedef struct row {
    const char *step;
    unsigned notes;
} row;

static const row chip_rows[] = {
    {"claim", 0},    {"write-config", 1}, {"lock-config", 1}, {"check-random", 1}, {"write-otp", 1},
    {"make-key", 1}, {"issue", 1},        {"write-slot", 1},  {"lock-data", 2},    {"lock-key", 2},
    {"verify", 2},   {"label", 2},        {"record", 2},
};

/* A certificate is noted when the step behind issue has begun. */
static const row modem_rows[] = {
    {"claim", 0},  {"make-key", 1}, {"issue", 1},  {"write-root", 1}, {"write-certificate", 2},
    {"verify", 2}, {"label", 2},    {"record", 2},
};

typedef struct table {
    bool is_of_modems;
    station_scene scene;
    np_modem_state modem;
    np_random_seeded seeded;
    np_nordic_journal journal; /* of the one modem */
    np_record_storage inner;   /* of the notes */
    atomic_uint syncs;
    atomic_uint calls; /* of the clock: a number for each moment of the one bay */
    unsigned cut_at;   /* 0: never */
    unsigned notes;
    char text[TABLE_SIZE];
    size_t len;
} table;

static np_code count_sync(void *self, np_error *err)
{
    table *on = self;
    NP_TRY(on->inner.sync(on->inner.self, err));
    atomic_fetch_add(&on->syncs, 1);
    return NP_OK;
}

/* In the bay's thread: where they do not come, the table is another one. */
static void await_notes(table *on)
{
    for (unsigned i = 0; i < WAIT_MS && atomic_load(&on->syncs) < on->notes; i++) {
        (void)poll(NULL, 0, 1);
    }
}

/* Time goes on by a second a call, so that an event tells in which call it began. */
static int64_t now_ms(void *self)
{
    table *on = self;
    unsigned call = atomic_fetch_add(&on->calls, 1) + 1;
    if (call == on->cut_at) {
        await_notes(on);
        scene_bay *bay = &on->scene.bays[0];
        on->scene.record_disk.power->is_off = true;
        bay->bus.fault =
            (np_fault){.kind = NP_FAULT_CUT_BEFORE, .transaction = bay->bus.counts.transactions};
        if (bay->is_modem_open) {
            np_virtual_modem_cut_power(bay->line.modem, bay->line.now_ns);
        }
    }
    return ((int64_t)SCENE_NOW + call) * 1000;
}

/* The notes' storage counts; everything but these calls goes on as it is. */
static np_code open_notes(void *self, bool *ret_exists, np_error *err)
{
    table *on = self;
    return on->inner.open(on->inner.self, ret_exists, err);
}

static np_code create_notes(void *self, np_error *err)
{
    table *on = self;
    return on->inner.create(on->inner.self, err);
}

static np_code publish_notes(void *self, np_error *err)
{
    table *on = self;
    return on->inner.publish(on->inner.self, err);
}

static np_code read_notes(void *self, uint64_t offset, uint8_t *ret, size_t size, size_t *ret_len,
                          np_error *err)
{
    table *on = self;
    return on->inner.read(on->inner.self, offset, ret, size, ret_len, err);
}

static np_code write_notes(void *self, uint64_t offset, np_bytes bytes, np_error *err)
{
    table *on = self;
    return on->inner.write(on->inner.self, offset, bytes, err);
}

static np_code truncate_notes(void *self, uint64_t size, np_error *err)
{
    table *on = self;
    return on->inner.truncate(on->inner.self, size, err);
}

static np_code sync_folder(void *self, np_error *err)
{
    table *on = self;
    return on->inner.sync_folder(on->inner.self, err);
}

static np_code print_label(void *self, const np_station_made *made,
                           char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    (void)self;
    (void)made;
    (void)err;
    ret_text[0] = '\0';
    return NP_OK;
}

static np_code load_journal(void *self, const char *imei, np_sec_tag tag, np_nordic_journal *ret,
                            np_error *err)
{
    const table *on = self;
    (void)imei;
    (void)tag;
    (void)err;
    *ret = on->journal;
    return NP_OK;
}

static np_code save_journal(void *self, const char *imei, np_sec_tag tag,
                            const np_nordic_journal *journal, np_error *err)
{
    table *on = self;
    (void)imei;
    (void)tag;
    if (on->scene.record_disk.power->is_off) {
        return np_error_set(err, NP_ESTATION_IO, "the power is off");
    }
    on->journal = *journal;
    return NP_OK;
}

static void put_modem(table *on)
{
    np_error err;
    on->seeded.seed = 1;
    np_random random = np_random_by_seed(&on->seeded);
    assert_ok(np_modem_state_draw(NP_NRF9161, random, &on->modem, &err), &err);
    scene_add_modems(&on->scene, false);
    scene_put_modem(&on->scene, 0, &on->modem, random);
}

static void begin(table *on)
{
    station_scene *scene = &on->scene;
    scene_open(scene, 1, "T-{4}");
    on->inner = scene->intents;
    scene->intents = (np_record_storage){.open = open_notes,
                                         .create = create_notes,
                                         .publish = publish_notes,
                                         .read = read_notes,
                                         .write = write_notes,
                                         .truncate = truncate_notes,
                                         .sync = count_sync,
                                         .sync_folder = sync_folder,
                                         .self = on};
    scene->hooks = (np_station_hooks){.now_ms = now_ms,
                                      .label = print_label,
                                      .load_journal = load_journal,
                                      .save_journal = save_journal,
                                      .self = on};
    if (on->is_of_modems) {
        put_modem(on);
    } else {
        scene_put(scene, 0, 1);
    }
}

static const np_station_event *run_line(table *on)
{
    station_scene *scene = &on->scene;
    scene->event_count = 0;
    assert_ok(np_ledger_open(&scene->ledger_options, SCENE_NOW, &scene->ledger, &scene->found,
                             &scene->err),
              &scene->err);
    scene->options.ledger = scene->ledger;
    atomic_store(&on->syncs, 0);
    atomic_store(&on->calls, 0);
    assert_ok(np_line_start(&scene->options, &scene->line, &scene->err), &scene->err);
    return scene_await(scene, NP_STATION_RESULT);
}

/* In which call of the clock does the step begin, when nothing disturbs it? */
static unsigned find_call(bool is_of_modems, const char *step)
{
    unsigned call = 0;
    table *on = calloc(1, sizeof(*on));
    assert_non_null(on);
    on->is_of_modems = is_of_modems;
    begin(on);
    assert_int_equal(run_line(on)->result, NP_RESULT_PASS);
    for (size_t i = 0; i < on->scene.event_count && call == 0; i++) {
        const np_station_event *event = &on->scene.events[i];
        bool is_it = event->kind == NP_STATION_STEP && strcmp(event->step, step) == 0;
        call = is_it ? (unsigned)(event->time_ms / 1000 - SCENE_NOW) : 0;
    }
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    scene_close(&on->scene);
    free(on);
    if (call == 0) {
        fail_msg("there is no step %s", step);
    }
    return call;
}

/* The record's last words about the unit, before it is begun anew. */
typedef struct left {
    bool is_interrupted;
    bool has_certificate;
    char fingerprint[2 * NP_SHA256_SIZE + 1];
} left;

static np_code see_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    left *ret = self;
    (void)trailer;
    (void)err;
    if (line->kind == NP_RECORD_UNIT &&
        np_record_line_says(line, "result", np_bytes_text("interrupted"))) {
        np_bytes text = np_record_line_text(line, "cert_sha256");
        ret->is_interrupted = true;
        ret->has_certificate = text.len > 0;
        np_format(ret->fingerprint, sizeof(ret->fingerprint), "%.*s", (int)text.len,
                  text.len == 0 ? "" : (const char *)text.data);
    }
    return NP_OK;
}

static left read_left(table *on)
{
    station_scene *scene = &on->scene;
    left ret = {.is_interrupted = false};
    np_record_report report = {.recovered = 0};
    const np_record_reading reading = {.storage = &scene->record,
                                       .station_key = scene->station.public_key,
                                       .visit = see_line,
                                       .self = &ret};
    assert_ok(np_record_read(&reading, &report, &scene->err), &scene->err);
    return ret;
}

static bool has_credential(const table *on, unsigned type)
{
    for (size_t i = 0; i < on->modem.credential_count; i++) {
        if (on->modem.credentials[i].tag == SCENE_TAG && on->modem.credentials[i].type == type) {
            return true;
        }
    }
    return false;
}

/* What the part has, in a word. */
static const char *part_of(const table *on)
{
    if (!on->is_of_modems) {
        return np_stage_name(
            np_stage_of(np_virtual_chip_eeprom(on->scene.bays[0].chip) + NP_EEPROM_CONFIG));
    }
    return has_credential(on, NP_CREDENTIAL_CERTIFICATE) ? "key, root and certificate"
           : has_credential(on, NP_CREDENTIAL_ROOT_CA)   ? "key and root"
           : has_credential(on, NP_CREDENTIAL_KEY)       ? "key"
                                                         : "nothing";
}

static void add_row(table *all, const char *step, const char *part, const left *found,
                    const np_station_event *event)
{
    bool is_same = strcmp(found->fingerprint, event->fingerprint) == 0;
    const char *certificate = is_same                  ? ", the same certificate"
                              : found->has_certificate ? ", a new key and its certificate"
                                                       : "";
    np_format(all->text + all->len, sizeof(all->text) - all->len, "| `%s` | %s | %s%s | %s%s |\n",
              step, part, found->is_interrupted ? "interrupted" : "nothing",
              found->has_certificate ? ", with a certificate" : "",
              np_unit_action_name(event->action), certificate);
    all->len = strlen(all->text);
}

static void cut_at(table *all, const row *at)
{
    table *on = calloc(1, sizeof(*on));
    assert_non_null(on);
    on->is_of_modems = all->is_of_modems;
    begin(on);
    on->cut_at = find_call(on->is_of_modems, at->step);
    on->notes = at->notes;
    assert_int_equal(run_line(on)->result, NP_RESULT_STATION);
    scene_kill(&on->scene);
    on->cut_at = 0;
    const char *part = part_of(on);
    const np_station_event *event = run_line(on);
    if (event->result != NP_RESULT_PASS) {
        fail_msg("after a cut at %s: %s", at->step, event->message);
    }
    np_station_event passed = *event;
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    left found = read_left(on);
    add_row(all, at->step, part, &found, &passed);
    scene_close(&on->scene);
    free(on);
}

static void the_page_has(bool is_of_modems, const row *rows, size_t count)
{
    char page[PAGE_SIZE];
    table *all = calloc(1, sizeof(*all));
    assert_non_null(all);
    all->is_of_modems = is_of_modems;
    for (size_t i = 0; i < count; i++) {
        cut_at(all, &rows[i]);
    }
    FILE *file = fopen(getenv("NAMEPLATE_PAGE"), "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    (void)fclose(file);
    bool has_it = strstr(page, all->text) != NULL;
    if (!has_it) {
        print_message("%s", all->text);
    }
    free(all);
    assert_true(has_it);
}

static void the_page_has_the_table_of_chips(void **state)
{
    (void)state;
    the_page_has(false, chip_rows, NP_COUNT_OF(chip_rows));
}

static void the_page_has_the_table_of_modems(void **state)
{
    (void)state;
    the_page_has(true, modem_rows, NP_COUNT_OF(modem_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_the_table_of_chips),
        cmocka_unit_test(the_page_has_the_table_of_modems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
