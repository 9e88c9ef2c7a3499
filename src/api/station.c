/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bay for a test executive. Each unit is a line of its own (station/line.h) on a station that
 * stays open: just what `station run --once` does, so that there is one engine.
 */
#include <nameplate/station.h>

#include "base/format.h"
#include "base/wipe.h"
#include "gateway/client.h"
#include "station/open.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The provider (provider/provider.c), which is part of this library. */
extern OSSL_provider_init_fn OSSL_provider_init;

_Static_assert((int)NP_STATION_VERDICT_PASS == (int)NP_RESULT_PASS, "verdicts are results");
_Static_assert((int)NP_STATION_VERDICT_POLICY == (int)NP_RESULT_POLICY, "verdicts are results");
_Static_assert((int)NP_STATION_SERIAL_SIZE == (int)NP_UNIT_SERIAL_SIZE, "serial");
_Static_assert((int)NP_STATION_UID_SIZE == (int)NP_LEDGER_UID_SIZE, "uid");
_Static_assert((int)NP_STATION_WORD_SIZE == (int)NP_STATION_STEP_SIZE, "step");
_Static_assert((int)NP_STATION_CERTIFICATE_MAX == (int)NP_LEDGER_CERTIFICATE_MAX, "certificate");
_Static_assert((int)NP_STATION_JSON_SIZE > (int)NP_STATION_EVENT_JSON_MAX, "event");

struct np_station {
    np_station_setup setup;
    char operator_name[NP_STATION_TEXT_SIZE];
    pthread_mutex_t mutex; /* of line, for who cancels */
    np_line *line;         /* NULL: no unit is in work */
    char serial[NP_UNIT_SERIAL_SIZE];
    bool is_done;
    bool has_result;
    np_station_event last; /* the result */
    uint8_t certificate[NP_LEDGER_CERTIFICATE_MAX];
    size_t certificate_len;
    uint64_t told;   /* events of the units before this one */
    uint64_t number; /* of the last event */
    unsigned faults; /* of the station in a row */
};

/* Opening */

static np_code test(const np_station_config *config, const np_station_made *made, np_error *err)
{
    return np_client_test_chip(config->test.gateway, config->test.ca, made->bay->chip,
                               OSSL_provider_init, config->test.timeout_s, err);
}

/* On the bay's thread, which has ended when the certificate is read. */
static void keep_certificate(void *self, const np_station_made *made)
{
    np_station *station = self;
    station->certificate_len = made->certificate.len;
    memcpy(station->certificate, made->certificate.data, made->certificate.len);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* What a newer caller asks for and this library does not know must not be dropped in silence. */
static np_code take_options(const np_station_options *options, np_station_options *ret,
                            np_error *err)
{
    size_t known = sizeof(*ret);
    if (options->size < known) {
        return np_error_set(err, NP_EUSAGE, "np_station_options.size is %zu, not at least %zu",
                            options->size, known);
    }
    if (!is_zero((const uint8_t *)options + known, options->size - known)) {
        return np_error_set(err, NP_EUSAGE, "np_station_options: newer than this library");
    }
    memcpy(ret, options, known);
    if ((ret->config == NULL) == (ret->config_text == NULL)) {
        return np_error_set(err, NP_EUSAGE, "give either the configuration's file or its text");
    }
    return NP_OK;
}

static np_code choose_bay(np_station_config *config, const char *name, np_error *err)
{
    if (name != NULL) {
        return np_station_config_keep_bay(config, name, err);
    }
    return config->bay_count == 1
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "%zu bays are configured: name one",
                              config->bay_count);
}

static np_code open_station(const np_station_options *options, np_station *station, np_error *err)
{
    np_station_config *config = &station->setup.config;
    station->setup.helpers = (np_station_helpers){
        .asking = &np_secret_nobody, .test = test, .certified = keep_certificate, .self = station};
    NP_TRY(options->config != NULL ? np_station_config_load(options->config, config, err)
                                   : np_station_config_take(np_bytes_text(options->config_text),
                                                            "configuration", config, err));
    if (config->product.label_scan_back || config->modem.pins[0] != '\0') {
        return np_error_set(err, NP_EUSAGE, "%s is for `nameplate station run` alone",
                            config->product.label_scan_back ? "product.label_scan_back"
                                                            : "modem.pins");
    }
    NP_TRY(choose_bay(config, options->bay, err));
    if (options->operator_name != NULL &&
        np_format(station->operator_name, sizeof(station->operator_name), "%s",
                  options->operator_name) >= sizeof(station->operator_name)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the operator's name is too long");
    }
    return np_station_setup_open(&station->setup, err);
}

static void release(np_station *station)
{
    np_station_setup_close(&station->setup);
    pthread_mutex_destroy(&station->mutex);
    np_wipe(station, sizeof(*station));
    free(station);
}

np_code np_station_open(const np_station_options *options, np_station **ret, np_error *err)
{
    np_station_options known;
    *ret = NULL;
    NP_TRY(take_options(options, &known, err));
    np_station *station = calloc(1, sizeof(*station));
    if (station == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the station");
    }
    pthread_mutex_init(&station->mutex, NULL);
    station->is_done = true;
    np_code code = open_station(&known, station, err);
    if (code != NP_OK) {
        release(station);
        return code;
    }
    *ret = station;
    return NP_OK;
}

/* A unit */

/* The threads take no signals: those are for the caller's, and SIGPIPE is for nobody. */
static np_code start_line(np_station *station, np_error *err)
{
    sigset_t all;
    sigset_t before;
    np_line *line = NULL;
    np_line_options options = np_station_setup_line(&station->setup);
    options.operator_name = np_bytes_text(station->operator_name);
    options.per_bay = 1;
    options.needs_parts = true;
    options.serial = np_bytes_text(station->serial);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    np_code code = np_line_start(&options, &line, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_lock(&station->mutex);
    station->line = line;
    pthread_mutex_unlock(&station->mutex);
    return code;
}

static np_code check_begin(const np_station *station, const char *serial, np_error *err)
{
    unsigned limit = station->setup.config.policy.stop_after;
    if (station->line != NULL) {
        return np_error_set(err, NP_EUSAGE, "a unit is in work: np_station_end comes first");
    }
    if (serial == NULL && station->setup.config.product.serials.is_scanned) {
        np_error_set(err, NP_EUSAGE, "a serial is missing");
        return np_error_hint(err, NP_EUSAGE, "or product.serial is a pattern, as \"T2-{6}\"");
    }
    if (limit > 0 && station->faults >= limit) {
        np_error_set(err, NP_EPOLICY, "%u station faults in a row: no unit begins any more",
                     station->faults);
        return np_error_hint(err, NP_EPOLICY, "np_station_resume, when somebody has looked");
    }
    return serial == NULL ? NP_OK : np_serial_check(np_bytes_text(serial), err);
}

np_code np_station_begin(np_station *station, const char *serial, np_error *err)
{
    NP_TRY(check_begin(station, serial, err));
    np_format(station->serial, sizeof(station->serial), "%s", serial == NULL ? "" : serial);
    station->has_result = false;
    station->certificate_len = 0;
    station->told += station->number;
    station->number = 0;
    NP_TRY(start_line(station, err));
    station->is_done = false;
    return NP_OK;
}

int np_station_fd(const np_station *station)
{
    return station->line == NULL ? -1 : np_line_fd(station->line);
}

bool np_station_is_done(const np_station *station)
{
    return station->is_done;
}

static bool take_event(np_station *station, np_station_event *ret)
{
    if (station->line == NULL || !np_line_next(station->line, ret)) {
        return false;
    }
    station->number = ret->number;
    ret->number += station->told;
    if (ret->kind == NP_STATION_RESULT) {
        station->last = *ret;
        station->has_result = true;
    }
    station->is_done = ret->kind == NP_STATION_STOPPED;
    return true;
}

bool np_station_next(np_station *station, char *ret_json, size_t size)
{
    np_station_event event;
    if (size == 0 || !take_event(station, &event)) {
        return false;
    }
    np_writer writer = np_writer_of((uint8_t *)ret_json, size - 1);
    np_station_event_write(&event, &writer);
    ret_json[np_writer_has_room(&writer) ? writer.len : 0] = '\0';
    return true;
}

static void wait_for_event(const np_station *station)
{
    struct pollfd wait = {.fd = np_station_fd(station), .events = POLLIN};
    while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
}

/* The result */

const char *np_station_verdict_name(int verdict)
{
    return verdict > 0 && verdict < NP_RESULT_COUNT ? np_result_name((np_result)verdict) : "";
}

static void count_fault(np_station *station)
{
    station->faults = station->last.result == NP_RESULT_STATION ? station->faults + 1 : 0;
}

static void put_text(char *place, size_t size, const char *text)
{
    np_format(place, size, "%s", text);
}

static void fill_result(const np_station *station, np_station_result *ret)
{
    np_error err = {.code = NP_OK};
    const np_station_event *event = &station->last;
    bool has_passed = event->result == NP_RESULT_PASS;
    ret->verdict = (int)event->result;
    ret->code = (int)event->code;
    ret->status = has_passed ? 0 : (int)np_error_class(np_station_result_code(event, &err));
    ret->attempt = event->attempt;
    ret->duration_ms = event->duration_ms;
    put_text(ret->code_name, sizeof(ret->code_name), has_passed ? "" : np_code_name(event->code));
    put_text(ret->action, sizeof(ret->action), np_unit_action_name(event->action));
    put_text(ret->step, sizeof(ret->step), event->step);
    put_text(ret->serial, sizeof(ret->serial),
             event->serial[0] == '\0' ? station->serial : event->serial);
    put_text(ret->uid, sizeof(ret->uid), event->uid);
    put_text(ret->message, sizeof(ret->message), event->message);
    put_text(ret->hint, sizeof(ret->hint), event->hint);
    put_text(ret->fingerprint, sizeof(ret->fingerprint), event->fingerprint);
    ret->certificate_len = station->certificate_len;
    memcpy(ret->certificate, station->certificate, station->certificate_len);
}

static np_code finish_line(np_station *station, np_error *err)
{
    np_station_event event;
    while (!station->is_done) {
        wait_for_event(station);
        while (take_event(station, &event)) {
        }
    }
    pthread_mutex_lock(&station->mutex);
    np_line *line = station->line;
    station->line = NULL;
    pthread_mutex_unlock(&station->mutex);
    return np_line_finish(line, err);
}

static np_code check_result(const np_station_result *result, np_error *err)
{
    return result->size >= sizeof(*result)
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "np_station_result.size is %zu, not at least %zu",
                              result->size, sizeof(*result));
}

np_code np_station_end(np_station *station, np_station_result *ret, np_error *err)
{
    size_t size = ret->size;
    NP_TRY(check_result(ret, err));
    if (station->line == NULL) {
        return np_error_set(err, NP_EUSAGE, "no unit is in work");
    }
    memset(ret, 0, size);
    ret->size = size;
    NP_TRY(finish_line(station, err));
    if (!station->has_result) {
        return np_error_set(err, NP_EINTERRUPTED, "cancelled before the unit began");
    }
    count_fault(station);
    fill_result(station, ret);
    return NP_OK;
}

static void tell_all(np_station *station, np_station_listen *listen, void *self)
{
    char json[NP_STATION_JSON_SIZE];
    while (np_station_next(station, json, sizeof(json))) {
        if (listen != NULL && json[0] != '\0') {
            listen(self, json);
        }
    }
}

np_code np_station_run(np_station *station, const char *serial, np_station_listen *listen,
                       void *self, np_station_result *ret, np_error *err)
{
    NP_TRY(check_result(ret, err));
    NP_TRY(np_station_begin(station, serial, err));
    while (!np_station_is_done(station)) {
        wait_for_event(station);
        tell_all(station, listen, self);
    }
    return np_station_end(station, ret, err);
}

void np_station_cancel(np_station *station)
{
    pthread_mutex_lock(&station->mutex);
    if (station->line != NULL) {
        np_line_stop(station->line);
    }
    pthread_mutex_unlock(&station->mutex);
}

void np_station_resume(np_station *station)
{
    station->faults = 0;
}

np_code np_station_close(np_station *station, np_error *err)
{
    if (station == NULL) {
        return NP_OK;
    }
    np_code code = station->line == NULL ? NP_OK : finish_line(station, err);
    release(station);
    return code;
}
