/* SPDX-License-Identifier: Apache-2.0 */
#include "support/station_scene.h"

#include "base/format.h"
#include "nerveskey/layout.h"
#include "record/read.h"
#include "support/test.h"
#include "support/unit_lines.h"
#include <poll.h>

enum { WAIT_MS = 60000, UNITS_MAX = 4096, NAME_SIZE = 64 };

/* A modem looks into no root: it keeps text. */
static const char root[] =
    "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";

/* Parts */

static np_code open_chip(void *self, const np_station_bay *bay, np_station_chip *ret, np_error *err)
{
    station_scene *scene = self;
    scene_bay *at = &scene->bays[bay - scene->config.bays];
    pthread_mutex_lock(&at->mutex);
    np_code code = at->trouble;
    if (code == NP_OK && at->chip == NULL) {
        code = NP_EINPUT_MISSING;
    }
    at->is_open = code == NP_OK;
    at->opened++;
    if (code == NP_OK) {
        np_virtual_bus_init(&at->bus, 100000, at->chip);
        at->bus.fault = at->fault;
        at->fault = (np_fault){.kind = NP_FAULT_NONE};
    }
    pthread_mutex_unlock(&at->mutex);
    if (code != NP_OK) {
        return np_error_set(err, code, "the bay is not well");
    }
    *ret = (np_station_chip){.bus = np_virtual_bus_table(&at->bus),
                             .address = NP_ATECC_DEFAULT_ADDRESS,
                             .is_virtual = true,
                             .handle = at};
    return NP_OK;
}

static np_code close_chip(void *self, np_station_chip *chip, np_error *err)
{
    (void)self;
    (void)err;
    scene_bay *at = chip->handle;
    pthread_mutex_lock(&at->mutex);
    at->is_open = false;
    np_virtual_bus_power_up(&at->bus);
    pthread_mutex_unlock(&at->mutex);
    return NP_OK;
}

/* Each session finds a modem that has just been switched on. */
static np_code open_modem(void *self, const np_station_bay *bay, np_station_modem *ret,
                          np_error *err)
{
    station_scene *scene = self;
    scene_bay *at = &scene->bays[bay - scene->config.bays];
    pthread_mutex_lock(&at->mutex);
    at->is_modem_open = at->modem != NULL;
    if (at->is_modem_open) {
        const np_virtual_modem_options options = {.random = at->modem_random,
                                                  .faults = at->modem_faults};
        at->modem_faults.count = 0;
        at->line = (np_virtual_line){.modem = np_virtual_modem_new(&options, at->modem)};
        assert_non_null(at->line.modem);
    }
    bool is_open = at->is_modem_open;
    pthread_mutex_unlock(&at->mutex);
    if (!is_open) {
        return np_error_set(err, NP_EINPUT_MISSING, "no modem is in the bay");
    }
    *ret = (np_station_modem){.port = np_virtual_line_port(&at->line),
                              .other_end = {.host = NP_MODEM_HOST_AUTO},
                              .handle = at};
    return NP_OK;
}

static np_code close_modem(void *self, np_station_modem *modem, np_error *err)
{
    (void)self;
    (void)err;
    scene_bay *at = modem->handle;
    pthread_mutex_lock(&at->mutex);
    *at->modem = *np_virtual_modem_state(at->line.modem);
    np_virtual_modem_free(at->line.modem);
    at->is_modem_open = false;
    pthread_mutex_unlock(&at->mutex);
    return NP_OK;
}

static int64_t now_ms(void *self)
{
    (void)self;
    return (int64_t)SCENE_NOW * 1000;
}

/* Opening */

static void fill_config(station_scene *scene, unsigned bays, const char *serials)
{
    np_station_config *config = &scene->config;
    config->bay_count = bays;
    config->has_chip = true;
    config->policy.poll_ms = 10;
    assert_ok(np_serials_parse(serials, &config->product.serials, &scene->err), &scene->err);
    for (unsigned i = 0; i < bays; i++) {
        np_format(config->bays[i].name, sizeof(config->bays[i].name), "%u", i + 1);
        np_format(config->bays[i].chip, sizeof(config->bays[i].chip), "virtual:%u", i + 1);
        pthread_mutex_init(&scene->bays[i].mutex, NULL);
        scene->bays[i].scene = scene;
        scene->bays[i].seeded.seed = i + 1;
    }
}

static void fill_product(station_scene *scene)
{
    assert_ok(np_signer_create(SCENE_NOW, 10, &scene->signer, &scene->err), &scene->err);
    np_signer_compressed(scene->signer, scene->signer_compressed);
    np_signer_public_key(scene->signer, scene->signer_key);
    np_signer_fingerprint(scene->signer, scene->signer_fingerprint);
    scene->product = (np_station_chip_product){
        .layout = &np_layouts[NP_LAYOUT_NERVESKEY],
        .board = np_bytes_text("board"),
        .signer = {.certificate = np_signer_certificate(scene->signer),
                   .compressed = scene->signer_compressed,
                   .public_key = scene->signer_key,
                   .fingerprint = scene->signer_fingerprint},
    };
}

static void fill_ledger(station_scene *scene)
{
    scene->key = unit_station_key(1);
    scene->station = np_signing_by_key(scene->key);
    disk_open(&scene->record_disk, 1);
    disk_open(&scene->intents_disk, 2);
    disk_share_power(&scene->intents_disk, &scene->record_disk);
    scene->record = disk_storage(&scene->record_disk);
    scene->intents = disk_storage(&scene->intents_disk);
    scene->ledger_options = (np_ledger_options){
        .record = &scene->record,
        .intents = &scene->intents,
        .station = &scene->station,
        .station_name = np_bytes_text("st07"),
        .issuer = np_signer_certificate(scene->signer)->der,
        .serials = &scene->config.product.serials,
        .first = 1,
    };
}

void scene_open(station_scene *scene, unsigned bays, const char *serials)
{
    memset(scene, 0, sizeof(*scene));
    scene->events = calloc(SCENE_EVENTS_MAX, sizeof(*scene->events));
    assert_non_null(scene->events);
    fill_config(scene, bays, serials);
    fill_product(scene);
    fill_ledger(scene);
    scene->parts = (np_station_parts){.open_chip = open_chip,
                                      .close_chip = close_chip,
                                      .open_modem = open_modem,
                                      .close_modem = close_modem,
                                      .self = scene};
    scene->hooks = (np_station_hooks){.now_ms = now_ms, .self = scene};
    scene->options = (np_line_options){.config = &scene->config,
                                       .parts = &scene->parts,
                                       .hooks = &scene->hooks,
                                       .chip = &scene->product,
                                       .issuer = np_signer_certificate(scene->signer)->der,
                                       .signing = np_signer_signing(scene->signer),
                                       .random = np_random_system()};
}

void scene_add_modems(station_scene *scene, bool has_chips)
{
    np_station_config *config = &scene->config;
    const np_leaf_profile *profile = np_leaf_profile_find("nrf-2026");
    const np_validity validity = {.not_before = np_civil_from_seconds(SCENE_NOW),
                                  .not_after = np_leaf_no_expiry()};
    assert_ok(np_leaf_prepare(profile, np_signer_certificate(scene->signer), &validity,
                              &scene->leaf, &scene->err),
              &scene->err);
    scene->modem = (np_station_modem_product){.tag = SCENE_TAG,
                                              .roots = np_bytes_text(root),
                                              .template = &scene->leaf,
                                              .signer_fingerprint = scene->signer_fingerprint};
    scene->options.modem = &scene->modem;
    scene->options.chip = has_chips ? &scene->product : NULL;
    config->has_chip = has_chips;
    config->has_modem = true;
    for (size_t i = 0; i < config->bay_count; i++) {
        np_station_bay *bay = &config->bays[i];
        np_format(bay->modem, sizeof(bay->modem), "virtual:modem%zu", i + 1);
        bay->chip[0] = has_chips ? bay->chip[0] : '\0';
    }
}

void scene_close(station_scene *scene)
{
    (void)!np_line_finish(scene->line, &scene->err); /* of a test that has failed */
    np_ledger_free(scene->ledger);
    for (unsigned i = 0; i < scene->config.bay_count; i++) {
        np_virtual_chip_free(scene->bays[i].chip);
        pthread_mutex_destroy(&scene->bays[i].mutex);
    }
    disk_close(&scene->record_disk);
    disk_close(&scene->intents_disk);
    np_p256_free(scene->key);
    np_signer_free(scene->signer);
    free(scene->events);
}

/* The operator's hand */

void scene_put_back(station_scene *scene, unsigned bay, np_virtual_chip *chip)
{
    scene_bay *at = &scene->bays[bay];
    pthread_mutex_lock(&at->mutex);
    assert_null(at->chip);
    at->chip = chip;
    pthread_mutex_unlock(&at->mutex);
    if (scene->line != NULL) {
        np_line_again(scene->line, bay);
    }
}

void scene_put(station_scene *scene, unsigned bay, unsigned number)
{
    scene_bay *at = &scene->bays[bay];
    np_chip_serial serial = {{0x01, 0x23, 0, 0, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                              (uint8_t)number, 0xee}};
    const np_virtual_chip_options options = {.model = NP_ATECC608B,
                                             .random = np_random_by_seed(&at->seeded)};
    np_virtual_chip *chip = np_virtual_chip_new(&options, &serial);
    assert_non_null(chip);
    scene_put_back(scene, bay, chip);
}

np_virtual_chip *scene_take(station_scene *scene, unsigned bay)
{
    scene_bay *at = &scene->bays[bay];
    for (;;) {
        pthread_mutex_lock(&at->mutex);
        bool is_open = at->is_open;
        np_virtual_chip *chip = is_open ? NULL : at->chip;
        at->chip = is_open ? at->chip : NULL;
        pthread_mutex_unlock(&at->mutex);
        if (!is_open) {
            return chip;
        }
        (void)poll(NULL, 0, 1);
    }
}

void scene_put_modem(station_scene *scene, unsigned bay, np_modem_state *modem, np_random random)
{
    scene_bay *at = &scene->bays[bay];
    pthread_mutex_lock(&at->mutex);
    assert_null(at->modem);
    at->modem = modem;
    at->modem_random = random;
    pthread_mutex_unlock(&at->mutex);
}

np_modem_state *scene_take_modem(station_scene *scene, unsigned bay)
{
    scene_bay *at = &scene->bays[bay];
    for (;;) {
        pthread_mutex_lock(&at->mutex);
        bool is_open = at->is_modem_open;
        np_modem_state *modem = is_open ? NULL : at->modem;
        at->modem = is_open ? at->modem : NULL;
        pthread_mutex_unlock(&at->mutex);
        if (!is_open) {
            return modem;
        }
        (void)poll(NULL, 0, 1);
    }
}

/* The line */

void scene_start(station_scene *scene)
{
    scene->event_count = 0;
    assert_ok(np_ledger_open(&scene->ledger_options, SCENE_NOW, &scene->ledger, &scene->found,
                             &scene->err),
              &scene->err);
    scene->options.ledger = scene->ledger;
    assert_ok(np_line_start(&scene->options, &scene->line, &scene->err), &scene->err);
}

const np_station_event *scene_next(station_scene *scene)
{
    np_station_event *event = &scene->events[scene->event_count];
    while (!np_line_next(scene->line, event)) {
        struct pollfd fd = {.fd = np_line_fd(scene->line), .events = POLLIN};
        if (poll(&fd, 1, WAIT_MS) != 1) {
            return NULL;
        }
    }
    scene->event_count++;
    assert_true(scene->event_count < SCENE_EVENTS_MAX);
    return event;
}

const np_station_event *scene_await(station_scene *scene, np_station_event_kind kind)
{
    for (;;) {
        const np_station_event *event = scene_next(scene);
        if (event == NULL) {
            fail_msg("no event '%s' came", np_station_event_name(kind));
        }
        if (event->kind == kind) {
            return event;
        }
    }
}

np_code scene_stop(station_scene *scene)
{
    np_code code = np_line_finish(scene->line, &scene->err);
    scene->line = NULL;
    np_ledger_free(scene->ledger);
    scene->ledger = NULL;
    disk_resume(&scene->record_disk);
    disk_resume(&scene->intents_disk);
    return code;
}

void scene_kill(station_scene *scene)
{
    disk_cut_after(&scene->record_disk, 1);
    (void)!np_line_finish(scene->line, &scene->err);
    scene->line = NULL;
    np_ledger_free(scene->ledger);
    scene->ledger = NULL;
    scene->line = NULL;
    disk_restart(&scene->record_disk);
    disk_restart(&scene->intents_disk);
}

/* The record */

typedef struct counting {
    scene_tally tally;
    char passed[UNITS_MAX][2][NAME_SIZE];
} counting;

static void take_name(const np_record_line *line, const char *name, char ret[static NAME_SIZE])
{
    np_bytes text = np_record_line_text(line, name);
    (void)snprintf(ret, NAME_SIZE, "%.*s", (int)text.len, (const char *)text.data);
}

static void count_pass(counting *on, const np_record_line *line)
{
    char(*names)[NAME_SIZE] = on->passed[on->tally.serials];
    assert_true(on->tally.serials + 1 < UNITS_MAX);
    take_name(line, "serial", names[0]);
    take_name(line, "uid", names[1]);
    for (unsigned i = 0; i < on->tally.serials; i++) {
        if (strcmp(on->passed[i][0], names[0]) == 0 || strcmp(on->passed[i][1], names[1]) == 0) {
            on->tally.twice++;
            return;
        }
    }
    on->tally.serials++;
}

static np_code count_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    counting *on = self;
    (void)trailer;
    (void)err;
    if (line->kind != NP_RECORD_UNIT) {
        return NP_OK;
    }
    for (unsigned i = 0; i < NP_RESULT_COUNT; i++) {
        if (np_record_line_says(line, "result", np_bytes_text(np_result_word((np_result)i)))) {
            on->tally.results[i]++;
        }
    }
    if (np_record_line_says(line, "result", np_bytes_text("interrupted"))) {
        on->tally.interrupted++;
    }
    if (np_record_line_says(line, "result", np_bytes_text("pass"))) {
        count_pass(on, line);
    }
    return NP_OK;
}

scene_tally scene_count(station_scene *scene)
{
    counting *on = calloc(1, sizeof(*on));
    np_record_report report = {0};
    bool exists;
    assert_non_null(on);
    np_record_storage storage = scene->record;
    assert_ok(storage.open(storage.self, &exists, &scene->err), &scene->err);
    const np_record_reading reading = {.storage = &storage,
                                       .station_key = scene->station.public_key,
                                       .visit = count_line,
                                       .self = on};
    assert_ok(np_record_read(&reading, &report, &scene->err), &scene->err);
    scene_tally tally = on->tally;
    free(on);
    return tally;
}
