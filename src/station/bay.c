/* SPDX-License-Identifier: Apache-2.0 */
#include "station/bay.h"

#include "base/format.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "station/bay_internal.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include <errno.h>
#include <stdlib.h>

static int64_t now_ms(const station_bay *bay)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    return hooks->now_ms(hooks->self);
}

/* Telling */

static np_station_event begin_event(const station_bay *bay, np_station_event_kind kind)
{
    np_station_event event = {.kind = kind,
                              .time_ms = now_ms(bay),
                              .bay = (int)bay->index,
                              .name = bay->config->name,
                              .state = bay->state};
    memcpy(event.serial, bay->view.serial, sizeof(event.serial));
    memcpy(event.uid, bay->uid, sizeof(event.uid));
    return event;
}

static void tell(const station_bay *bay, np_station_event *event)
{
    bay->shared->tell(bay->shared->self, event);
}

void bay_tell_step(station_bay *bay, const char *step)
{
    np_station_event event = begin_event(bay, NP_STATION_STEP);
    np_format(event.step, sizeof(event.step), "%s", step);
    tell(bay, &event);
}

static void put_error(np_station_event *event, np_code code, const np_error *err)
{
    event->code = code;
    if (code != NP_OK) {
        memcpy(event->message, err->message, sizeof(event->message));
        memcpy(event->hint, err->hint, sizeof(event->hint));
    }
}

void bay_tell_state(station_bay *bay, np_bay_state state, np_code code, const np_error *err)
{
    bay->state = state;
    bay->is_known = true;
    np_station_event event = begin_event(bay, NP_STATION_BAY);
    put_error(&event, code, err);
    tell(bay, &event);
}

static void set_state(station_bay *bay, np_bay_state state, np_code code, const np_error *err)
{
    if (bay->is_known && bay->state == state) {
        return;
    }
    bay->shared->set_state(bay->shared->self, bay->index, state);
    bay_tell_state(bay, state, code, err);
}

np_station_made bay_made(const station_bay *bay)
{
    return (np_station_made){
        .bay = bay->config,
        .serial = bay->view.serial,
        .uid = bay->uid,
        .certificate = np_bytes_of(bay->certificate, bay->certificate_len),
        .issuer = bay->shared->options->issuer,
    };
}

static void tell_certificate(const station_bay *bay)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    const np_station_made made = bay_made(bay);
    if (hooks->certified != NULL) {
        hooks->certified(hooks->self, &made);
    }
}

static void tell_result(station_bay *bay)
{
    np_station_event event = begin_event(bay, NP_STATION_RESULT);
    event.result = bay->work.result;
    event.action = bay->work.action;
    event.attempt = bay->view.attempt;
    event.duration_ms = (uint64_t)(event.time_ms - bay->started_ms);
    put_error(&event, bay->work.code, &bay->error);
    if (bay->work.code != NP_OK) {
        np_format(event.step, sizeof(event.step), "%s", np_work_step_name(bay->work.failed_step));
    }
    if (bay->certificate_len > 0) {
        uint8_t digest[NP_SHA256_SIZE];
        np_sha256(np_bytes_of(bay->certificate, bay->certificate_len), digest);
        np_format_hex(NP_BYTES(digest), event.fingerprint);
        tell_certificate(bay);
    }
    bay->shared->ended(bay->shared->self, &event);
}

/* What the parts wait for */

np_code bay_await_claim(station_bay *bay, np_error *err)
{
    return station_recorder_wait(bay->shared->recorder, &bay->claim, STATION_JOB_DURABLE, err);
}

np_code bay_await_note(station_bay *bay, np_error *err)
{
    NP_TRY(bay_await_claim(bay, err));
    return station_recorder_wait(bay->shared->recorder, &bay->issue, STATION_JOB_DURABLE, err);
}

np_code bay_reserve(station_bay *bay, const char *common_name,
                    const uint8_t key_sha256[static NP_SHA256_SIZE], np_error *err)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    NP_TRY(bay_await_claim(bay, err));
    if (hooks->reserve == NULL) {
        return NP_OK;
    }
    pthread_mutex_lock(&bay->shared->registry_mutex);
    np_code code = hooks->reserve(hooks->self, bay->view.serial, common_name, key_sha256, err);
    pthread_mutex_unlock(&bay->shared->registry_mutex);
    return code;
}

np_code bay_keep_certificate(station_bay *bay, np_bytes der, np_error *err)
{
    if (der.len > sizeof(bay->certificate)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the certificate has more than %d bytes",
                            (int)sizeof(bay->certificate));
    }
    bay->certificate_len = der.len;
    memcpy(bay->certificate, der.data, der.len);
    return NP_OK;
}

void bay_note_certificate(station_bay *bay)
{
    bay->issue = (station_job){.task = STATION_TASK_ISSUE,
                               .bay = bay->index,
                               .der = np_bytes_of(bay->certificate, bay->certificate_len)};
    bay->is_noted = true;
    station_recorder_post(bay->shared->recorder, &bay->issue);
}

/* The parts of a bay */

static bool has_chip(const station_bay *bay)
{
    return bay->config->chip[0] != '\0';
}

static bool has_modem(const station_bay *bay)
{
    return bay->config->modem[0] != '\0';
}

np_code bay_close_parts(station_bay *bay, np_error *err)
{
    np_code modem = bay_modem_close(bay, err);
    np_code chip = bay_chip_close(bay, modem == NP_OK ? err : NULL);
    return modem == NP_OK ? chip : modem;
}

/* The unit is known by its chip, or by its modem where there is none. */
static np_code open_parts(station_bay *bay, bool is_whole, np_error *err)
{
    char imei[NP_IMEI_SIZE] = "";
    if (has_chip(bay)) {
        NP_TRY(bay_chip_open(bay, is_whole, err));
    }
    if (has_modem(bay) && (is_whole || !has_chip(bay))) {
        NP_TRY(bay_modem_open(bay, is_whole, imei, err));
    }
    if (!has_chip(bay)) {
        memcpy(bay->uid, imei, sizeof(imei));
    }
    return NP_OK;
}

static bool are_parts_fresh(const station_bay *bay)
{
    return (!has_chip(bay) || bay->chip.is_fresh) && (!has_modem(bay) || bay->modem.is_fresh);
}

/* After an error another one says nothing new. */
static void drop_parts(station_bay *bay)
{
    np_error ignored;
    (void)!bay_close_parts(bay, &ignored);
}

/* Jobs are the recorder's until they are durable. Their own errors are asked for elsewhere. */
static void settle_jobs(station_bay *bay)
{
    station_job *const jobs[] = {&bay->look, &bay->claim, &bay->issue, &bay->labelled, &bay->end};
    for (size_t i = 0; i < NP_COUNT_OF(jobs); i++) {
        (void)!station_recorder_wait(bay->shared->recorder, jobs[i], STATION_JOB_DURABLE, NULL);
    }
}

/* The steps */

static np_code ask_memory(station_bay *bay, np_error *err)
{
    bay->look = (station_job){.task = STATION_TASK_LOOK,
                              .bay = bay->index,
                              .serial = np_bytes_text(bay->scanned),
                              .uid = np_bytes_text(bay->uid)};
    NP_TRY(station_recorder_do(bay->shared->recorder, &bay->look, STATION_JOB_DONE, err));
    bay->view = bay->look.view;
    bay->is_seen = true;
    return NP_OK;
}

/*
 * The plan's own refusal says more than "another": which slot, which byte, which serial. What the
 * memory has against the unit comes first.
 */
static np_code decide(station_bay *bay, const np_unit_sight *sight, const np_error *planned,
                      np_error *err)
{
    np_on_conflict on_conflict = bay->shared->options->config->policy.on_conflict;
    np_unit_action action = np_unit_decide(sight, on_conflict, err);
    np_work_decided(&bay->work, action);
    if (action != NP_ACTION_REFUSE) {
        return NP_OK;
    }
    if (planned->code != NP_OK && np_error_class(err->code) == NP_CLASS_CONFLICT) {
        *err = *planned;
    }
    return err->code;
}

/* Both parts, as one unit. err stays empty where a plan was refused for what the part holds. */
static np_code plan_parts(station_bay *bay, np_unit_sight *ret, np_error *err)
{
    np_unit_sight modem;
    if (!has_chip(bay)) {
        return bay_modem_plan(bay, ret, err);
    }
    NP_TRY(bay_chip_plan(bay, ret, err));
    if (has_modem(bay)) {
        NP_TRY(bay_modem_plan(bay, &modem, err));
        ret->state = np_unit_state_both(ret->state, modem.state);
        ret->has_certificate = ret->has_certificate || modem.has_certificate;
    }
    return NP_OK;
}

static np_code look(station_bay *bay, np_error *err)
{
    np_unit_sight sight;
    np_error planned = {.code = NP_OK};
    settle_jobs(bay);
    if (!are_parts_fresh(bay)) {
        NP_TRY(bay_close_parts(bay, err));
        NP_TRY(open_parts(bay, true, err));
    }
    bay->chip.is_fresh = false; /* a second look looks again */
    bay->modem.is_fresh = false;
    NP_TRY(ask_memory(bay, err));
    np_code code = plan_parts(bay, &sight, &planned);
    if (code != NP_OK) {
        *err = planned;
        return code;
    }
    return decide(bay, &sight, &planned, err);
}

/* The decision is at once; what cannot be undone waits until it is on disk as well. */
static np_code claim(station_bay *bay, np_error *err)
{
    bay->claim = (station_job){.task = STATION_TASK_CLAIM,
                               .bay = bay->index,
                               .name = np_bytes_text(bay->config->name),
                               .now = now_ms(bay) / 1000};
    return station_recorder_do(bay->shared->recorder, &bay->claim, STATION_JOB_DONE, err);
}

static const char *const verified_names[BAY_VERIFIED_COUNT] = {
    [BAY_VERIFIED_CHALLENGE] = "challenge", [BAY_VERIFIED_GATEWAY] = "gateway",
    [BAY_VERIFIED_LABEL] = "label",         [BAY_VERIFIED_MODEM] = "modem",
    [BAY_VERIFIED_SCAN] = "scan",
};

static void write_verified(station_bay *bay)
{
    size_t len = 0;
    for (unsigned i = 0; i < BAY_VERIFIED_COUNT; i++) {
        if (bay->is_verified[i]) {
            np_format(bay->verify + len, sizeof(bay->verify) - len, "%c\"%s\":\"passed\"",
                      len == 0 ? '{' : ',', verified_names[i]);
            len = strlen(bay->verify);
        }
    }
    np_format(bay->verify + len, sizeof(bay->verify) - len, "%s", len == 0 ? "" : "}");
}

/*
 * What was made elsewhere and is taken in: does the registry let it be this station's? It is asked
 * before there is a line; what it refuses is another's, and its certificate not for this record.
 */
static np_code reserve_made(station_bay *bay, np_error *err)
{
    np_certificate parsed;
    np_bytes common_name;
    uint8_t key[NP_SHA256_SIZE];
    char name[NP_UNIT_SERIAL_SIZE] = "";
    bool is_ours = bay->is_noted || bay->view.memory != NP_MEMORY_NEW;
    if (is_ours || bay->shared->options->hooks->reserve == NULL) {
        return NP_OK;
    }
    NP_TRY(np_certificate_parse(np_bytes_of(bay->certificate, bay->certificate_len), &parsed, err));
    if (np_name_find(parsed.subject, "CN", &common_name)) {
        np_format(name, sizeof(name), "%.*s", (int)common_name.len, (const char *)common_name.data);
    }
    np_sha256(parsed.spki, key);
    np_code code = bay_reserve(bay, name, key, err);
    bay->chip.is_made = bay->chip.is_made && code == NP_OK;
    bay->modem.is_made = bay->modem.is_made && code == NP_OK;
    return code;
}

static np_code apply(station_bay *bay, np_error *err)
{
    memset(bay->is_verified, 0, sizeof(bay->is_verified));
    bay->is_noted = false;
    if (has_chip(bay)) {
        NP_TRY(bay_chip_apply(bay, err));
        bay->is_verified[BAY_VERIFIED_CHALLENGE] = true;
    }
    if (has_modem(bay)) {
        NP_TRY(bay_modem_apply(bay, err));
        bay->is_verified[BAY_VERIFIED_MODEM] = true;
    }
    return reserve_made(bay, err);
}

static np_code check(station_bay *bay, np_error *err)
{
    return bay_chip_check(bay, err);
}

static np_code test(station_bay *bay, np_error *err)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    const np_station_made made = bay_made(bay);
    NP_TRY(bay_close_parts(bay, err));
    NP_TRY(hooks->test(hooks->self, &made, err));
    bay->is_verified[BAY_VERIFIED_GATEWAY] = true;
    return NP_OK;
}

/* What is known of a part, whatever came of it. */
static np_record_unit facts_of(const station_bay *bay)
{
    const np_line_options *options = bay->shared->options;
    bool has_passed = bay->work.result == NP_RESULT_NONE;
    np_bytes nothing = {NULL, 0};
    return (np_record_unit){
        .sku = np_bytes_text(options->config->product.name),
        .op = options->operator_name,
        .verify = has_passed ? np_bytes_text(bay->verify) : nothing,
    };
}

static np_record_unit facts_of_chip(const station_bay *bay)
{
    np_record_unit facts = facts_of(bay);
    facts.model = np_bytes_text(np_atecc_model_name(bay->chip.snapshot.model));
    facts.origin = np_bytes_text("chip");
    facts.where = np_bytes_text(bay->config->chip);
    facts.lock_state = facts.verify.len > 0 ? np_bytes_text("locked") : facts.lock_state;
    return facts;
}

static np_record_unit facts_of_modem(const station_bay *bay)
{
    const bay_modem *modem = &bay->modem;
    np_record_unit facts = facts_of(bay);
    facts.model = np_bytes_text(modem->snapshot.identity.model);
    facts.imei = np_bytes_text(modem->snapshot.identity.imei);
    facts.device_id = np_bytes_text(modem->is_made ? modem->result.id : modem->id);
    facts.origin = np_bytes_text(bay->shared->options->modem->is_local ? "host" : "modem");
    facts.where = np_bytes_text(bay->config->modem);
    return facts;
}

/* The modem of a unit with a chip: a line of its own, that names the unit. */
static np_ledger_second second_of(const station_bay *bay)
{
    const np_nordic_journal *journal = &bay->modem.plan.journal;
    return (np_ledger_second){
        .uid = np_bytes_text(bay->modem.snapshot.identity.imei),
        .certificate = np_bytes_of(journal->certificate, journal->certificate_len),
        .facts = facts_of_modem(bay),
    };
}

static np_code confirm(station_bay *bay, np_error *err)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    if (hooks->confirm == NULL || bay->work.result != NP_RESULT_NONE) {
        return NP_OK;
    }
    pthread_mutex_lock(&bay->shared->registry_mutex);
    np_code code = hooks->confirm(hooks->self, bay->view.serial,
                                  np_bytes_of(bay->certificate, bay->certificate_len),
                                  bay->end.units, &bay->end.head, err);
    pthread_mutex_unlock(&bay->shared->registry_mutex);
    return code;
}

static np_code record(station_bay *bay, np_error *err)
{
    bool has_passed = bay->work.result == NP_RESULT_NONE;
    bool is_made = has_chip(bay) ? bay->chip.is_made : bay->modem.is_made;
    NP_TRY(bay_close_parts(bay, err));
    if (!bay->is_seen) {
        return NP_OK; /* nobody knows what it was */
    }
    write_verified(bay);
    np_ledger_second second = {.uid = {NULL, 0}};
    bool has_second = has_passed && has_chip(bay) && has_modem(bay);
    if (has_second) {
        second = second_of(bay);
    }
    const np_ledger_end_of end = {
        .result = has_passed ? NP_RESULT_PASS : bay->work.result,
        .code = bay->work.code,
        .message = np_bytes_text(bay->error.message),
        .certificate = np_bytes_of(bay->certificate, is_made ? bay->certificate_len : 0),
        .bay = np_bytes_text(bay->config->name),
        .board = has_chip(bay) ? bay->shared->options->chip->board : (np_bytes){NULL, 0},
        .started = bay->started_ms / 1000,
        .finished = now_ms(bay) / 1000,
        .facts = has_chip(bay) ? facts_of_chip(bay) : facts_of_modem(bay),
        .second = has_second ? &second : NULL,
    };
    bay->end = (station_job){.task = STATION_TASK_END, .bay = bay->index, .end = &end};
    NP_TRY(station_recorder_do(bay->shared->recorder, &bay->end, STATION_JOB_DURABLE, err));
    return confirm(bay, err);
}

typedef np_code step_function(station_bay *bay, np_error *err);

static step_function *const steps[NP_WORK_STEP_COUNT] = {
    [NP_WORK_LOOK] = look,     [NP_WORK_CLAIM] = claim,   [NP_WORK_APPLY] = apply,
    [NP_WORK_CHECK] = check,   [NP_WORK_TEST] = test,     [NP_WORK_LABEL] = bay_label,
    [NP_WORK_SCAN] = bay_scan, [NP_WORK_RECORD] = record,
};

/* A unit */

static np_work_policy policy_of(const station_bay *bay)
{
    const np_station_config *config = bay->shared->options->config;
    const np_station_hooks *hooks = bay->shared->options->hooks;
    return (np_work_policy){.on_conflict = config->policy.on_conflict,
                            .retries = config->policy.retries,
                            .has_checks = has_chip(bay) && config->chip.verify_count > 0,
                            .has_test = has_chip(bay) && hooks->test != NULL,
                            .has_label = hooks->label != NULL,
                            .has_scan = hooks->label != NULL && config->product.label_scan_back};
}

static void begin_unit(station_bay *bay)
{
    const np_work_policy policy = policy_of(bay);
    station_job *const jobs[] = {&bay->look, &bay->claim, &bay->issue, &bay->labelled, &bay->end};
    settle_jobs(bay);
    for (size_t i = 0; i < NP_COUNT_OF(jobs); i++) {
        jobs[i]->state = STATION_JOB_IDLE;
    }
    bay->work = np_work_begin(&policy);
    bay->view = (np_ledger_view){.attempt = 1};
    bay->certificate_len = 0;
    bay->chip.is_made = false;
    bay->modem.is_made = false;
    bay->is_noted = false;
    bay->is_seen = false;
    bay->started_ms = now_ms(bay);
    bay->error = (np_error){.code = NP_OK};
}

/* The ledger forgets what was looked at and has no line. */
static void leave(station_bay *bay)
{
    settle_jobs(bay);
    bay->look = (station_job){.task = STATION_TASK_LEAVE, .bay = bay->index};
    (void)!station_recorder_do(bay->shared->recorder, &bay->look, STATION_JOB_DONE, NULL);
}

static void work(station_bay *bay)
{
    begin_unit(bay);
    set_state(bay, NP_BAY_BUSY, NP_OK, NULL);
    while (np_work_next(&bay->work) != NP_WORK_END) {
        np_work_step step = np_work_next(&bay->work);
        np_error err = {.code = NP_OK};
        bay_tell_step(bay, np_work_step_name(step));
        np_code code = steps[step](bay, &err);
        if (code != NP_OK) {
            bay->error = err;
        }
        np_work_took(&bay->work, code);
    }
    drop_parts(bay);
    leave(bay);
    tell_result(bay);
    bay->scanned[0] = '\0';
    bay->ended++;
    memcpy(bay->last_uid, bay->uid, sizeof(bay->last_uid));
    set_state(bay, NP_BAY_DONE, NP_OK, NULL);
}

/* Waiting for units */

static bool is_absence(np_code code, const np_error *err)
{
    bool is_gone =
        code == NP_ESTATION_IO && (err->sub == ENOENT || err->sub == ENODEV || err->sub == ENXIO);
    return code == NP_ESTATION_NACK || code == NP_EINPUT_MISSING || is_gone;
}

static void forget_unit(station_bay *bay)
{
    bay->uid[0] = '\0';
    bay->last_uid[0] = '\0';
    bay->view.serial[0] = '\0';
}

/* Nothing can be told of what is in the bay. */
static void take_no_part(station_bay *bay, np_code code, const np_error *err)
{
    drop_parts(bay);
    if (bay->shared->options->needs_parts &&
        bay->shared->may_begin(bay->shared->self, bay->index)) {
        work(bay);
        return;
    }
    forget_unit(bay);
    set_state(bay, is_absence(code, err) ? NP_BAY_ABSENT : NP_BAY_TROUBLE, code, err);
}

static bool has_result(const station_bay *bay)
{
    return bay->last_uid[0] != '\0' && strcmp(bay->last_uid, bay->uid) == 0;
}

/* What is there is not the unit that has its result. */
static void take_new_part(station_bay *bay)
{
    bool is_scanned = bay->shared->options->config->product.serials.is_scanned;
    bay->view.serial[0] = '\0';
    if (is_scanned && bay->scanned[0] == '\0') {
        drop_parts(bay);
        set_state(bay, NP_BAY_WAITING, NP_OK, NULL);
    } else if (bay->shared->may_begin(bay->shared->self, bay->index)) {
        work(bay);
    } else {
        drop_parts(bay);
    }
}

static void visit(station_bay *bay)
{
    np_error err = {.code = NP_OK};
    bool is_again = bay->shared->is_again(bay->shared->self, bay->index);
    if (bay->scanned[0] == '\0') {
        bay->shared->scanned(bay->shared->self, bay->index, bay->scanned);
    }
    is_again = is_again || bay->scanned[0] != '\0';
    /* all of it is read where a unit is likely to begin, and its name where nothing has changed */
    bool is_whole = bay->last_uid[0] == '\0' || is_again;
    np_code code = open_parts(bay, is_whole, &err);
    if (code != NP_OK) {
        take_no_part(bay, code, &err);
    } else if (has_result(bay) && !is_again) {
        drop_parts(bay);
    } else {
        take_new_part(bay);
    }
}

void station_bay_run(station_bay *bay)
{
    const np_line_options *options = bay->shared->options;
    unsigned wait_ms = 0;
    while (bay->shared->wait(bay->shared->self, bay->index, wait_ms)) {
        visit(bay);
        if (options->per_bay > 0 && bay->ended >= options->per_bay) {
            break;
        }
        wait_ms = options->config->policy.poll_ms;
    }
    settle_jobs(bay);
}

station_bay *station_bay_new(station_shared *shared, unsigned index)
{
    station_bay *bay = calloc(1, sizeof(*bay));
    if (bay != NULL) {
        bay->shared = shared;
        bay->index = index;
        bay->config = &shared->options->config->bays[index];
    }
    return bay;
}

void station_bay_free(station_bay *bay)
{
    free(bay);
}
