/* SPDX-License-Identifier: Apache-2.0 */
#include "station/line.h"

#include "base/format.h"
#include "base/text.h"
#include "station/bay.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    SEAL_UNITS = 256, /* what a crash can leave unsigned on a busy day. Not tuned */
    SEAL_MS = 1000,
};

typedef struct queued_event {
    np_station_event event;
    struct queued_event *next;
} queued_event;

/* A bay as the line sees it; under the line's mutex. */
typedef struct line_bay {
    struct np_line *line;
    unsigned index;
    pthread_t thread;
    bool has_thread;
    station_bay *bay;
    pthread_cond_t order;
    np_bay_state state;
    char scanned[NP_LABEL_TEXT_SIZE]; /* a serial, or a label */
    char label[NP_LABEL_TEXT_SIZE];   /* that is waited for */
    bool is_again;
} line_bay;

struct np_line {
    np_line_options options;
    station_shared shared;
    station_recorder *recorder;
    np_signing signing; /* one at a time */
    pthread_mutex_t signing_mutex;
    pthread_mutex_t mutex;
    line_bay bays[NP_STATION_BAYS_MAX];
    size_t running; /* threads */
    uint64_t begun;
    np_line_counts counts;
    bool is_stopping;
    uint64_t next_number;
    int fd;
    queued_event *first;
    queued_event **last;
};

static size_t bay_count(const np_line *line)
{
    return line->options.config->bay_count;
}

/* Events */

static void wake_listener(const np_line *line)
{
    uint64_t one = 1;
    (void)!write(line->fd, &one, sizeof(one));
}

/* With the mutex. Without memory an event is lost, and the numbers show it. */
static void queue(np_line *line, const np_station_event *event)
{
    queued_event *one = malloc(sizeof(*one));
    uint64_t number = ++line->next_number;
    if (one == NULL) {
        return;
    }
    *one = (queued_event){.event = *event};
    one->event.number = number;
    *line->last = one;
    line->last = &one->next;
    wake_listener(line);
}

static void tell(void *self, np_station_event *event)
{
    np_line *line = self;
    pthread_mutex_lock(&line->mutex);
    queue(line, event);
    pthread_mutex_unlock(&line->mutex);
}

static void queue_plain(np_line *line, np_station_event_kind kind, const char *message)
{
    const np_station_hooks *hooks = line->options.hooks;
    np_station_event event = {
        .kind = kind, .time_ms = hooks->now_ms(hooks->self), .bay = NP_STATION_NO_BAY};
    np_format(event.message, sizeof(event.message), "%s", message);
    queue(line, &event);
}

int np_line_fd(const np_line *line)
{
    return line->fd;
}

bool np_line_next(np_line *line, np_station_event *ret)
{
    uint64_t count;
    pthread_mutex_lock(&line->mutex);
    queued_event *one = line->first;
    if (one != NULL) {
        *ret = one->event;
        line->first = one->next;
        line->last = one->next == NULL ? &line->first : line->last;
    } else {
        (void)!read(line->fd, &count, sizeof(count));
    }
    pthread_mutex_unlock(&line->mutex);
    free(one);
    return one != NULL;
}

/* What bays ask the line */

static struct timespec time_after_ms(unsigned ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (long)(ms % 1000) * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static bool is_quota_reached(const np_line *line)
{
    return line->options.units > 0 && line->begun >= line->options.units;
}

static bool wait_for_order(void *self, unsigned bay, unsigned wait_ms)
{
    np_line *line = self;
    line_bay *at = &line->bays[bay];
    struct timespec until = time_after_ms(wait_ms);
    int waited = wait_ms == 0 ? ETIMEDOUT : 0;
    pthread_mutex_lock(&line->mutex);
    while (waited == 0 && !line->is_stopping && !is_quota_reached(line) && at->scanned[0] == '\0' &&
           !at->is_again) {
        waited = pthread_cond_timedwait(&at->order, &line->mutex, &until);
    }
    bool goes_on = !line->is_stopping && !is_quota_reached(line);
    pthread_mutex_unlock(&line->mutex);
    return goes_on;
}

static void take_scanned(void *self, unsigned bay, char ret[static NP_UNIT_SERIAL_SIZE])
{
    np_line *line = self;
    pthread_mutex_lock(&line->mutex);
    line_bay *at = &line->bays[bay];
    np_format(ret, NP_UNIT_SERIAL_SIZE, "%s", at->scanned);
    at->scanned[0] = '\0';
    /* it has its serial, although it has not begun: the next one is for another bay */
    at->state = ret[0] == '\0' ? at->state : NP_BAY_BUSY;
    pthread_mutex_unlock(&line->mutex);
}

/* An order to begin anew that came before is not one to print. */
static void ask_label(void *self, unsigned bay, const char *label)
{
    np_line *line = self;
    line_bay *at = &line->bays[bay];
    pthread_mutex_lock(&line->mutex);
    np_format(at->label, sizeof(at->label), "%s", label);
    at->state = NP_BAY_LABEL;
    at->is_again = false;
    pthread_mutex_unlock(&line->mutex);
}

static station_heard await_label(void *self, unsigned bay, char ret[static NP_LABEL_TEXT_SIZE])
{
    np_line *line = self;
    line_bay *at = &line->bays[bay];
    pthread_mutex_lock(&line->mutex);
    while (!line->is_stopping && at->scanned[0] == '\0' && !at->is_again) {
        pthread_cond_wait(&at->order, &line->mutex);
    }
    station_heard heard = at->scanned[0] != '\0' ? STATION_HEARD_SCAN
                          : at->is_again         ? STATION_HEARD_AGAIN
                                                 : STATION_HEARD_END;
    np_format(ret, NP_LABEL_TEXT_SIZE, "%s", at->scanned);
    at->scanned[0] = '\0';
    at->is_again = false;
    at->state = NP_BAY_BUSY;
    pthread_mutex_unlock(&line->mutex);
    return heard;
}

static bool take_again(void *self, unsigned bay)
{
    np_line *line = self;
    pthread_mutex_lock(&line->mutex);
    bool is_again = line->bays[bay].is_again;
    line->bays[bay].is_again = false;
    pthread_mutex_unlock(&line->mutex);
    return is_again;
}

static void wake_bays(np_line *line)
{
    for (size_t i = 0; i < bay_count(line); i++) {
        pthread_cond_signal(&line->bays[i].order);
    }
}

static bool may_begin(void *self, unsigned bay)
{
    np_line *line = self;
    (void)bay;
    pthread_mutex_lock(&line->mutex);
    bool may = !line->is_stopping && !line->counts.is_halted && !is_quota_reached(line);
    line->begun += may ? 1 : 0;
    if (is_quota_reached(line)) {
        wake_bays(line);
    }
    pthread_mutex_unlock(&line->mutex);
    return may;
}

static void take_state(void *self, unsigned bay, np_bay_state state)
{
    np_line *line = self;
    pthread_mutex_lock(&line->mutex);
    line->bays[bay].state = state;
    pthread_mutex_unlock(&line->mutex);
}

/* Faults of the station in a row stop the line before it spoils more. */
static void count_fault(np_line *line, np_result result)
{
    char message[NP_ERROR_MESSAGE_SIZE];
    unsigned limit = line->options.config->policy.stop_after;
    line->counts.faults_in_a_row =
        result == NP_RESULT_STATION ? line->counts.faults_in_a_row + 1 : 0;
    if (limit > 0 && line->counts.faults_in_a_row >= limit && !line->counts.is_halted) {
        line->counts.is_halted = true;
        np_format(message, sizeof(message), "%u station faults in a row: no unit begins any more",
                  line->counts.faults_in_a_row);
        queue_plain(line, NP_STATION_HALTED, message);
    }
}

static void take_result(void *self, np_station_event *event)
{
    np_line *line = self;
    pthread_mutex_lock(&line->mutex);
    line->counts.results[event->result]++;
    line->counts.last_code = event->code;
    queue(line, event);
    count_fault(line, event->result);
    pthread_mutex_unlock(&line->mutex);
}

/* One signature at a time, for keys that are not made for more. */
static np_code sign_alone(void *self, const uint8_t digest[static 32],
                          uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    np_line *line = self;
    const np_signing *inner = line->options.signing;
    pthread_mutex_lock(&line->signing_mutex);
    np_code code = inner->sign(inner->self, digest, ret_signature, err);
    pthread_mutex_unlock(&line->signing_mutex);
    return code;
}

/* Starting */

static void *run_bay(void *self)
{
    line_bay *at = self;
    np_line *line = at->line;
    station_bay_run(at->bay);
    pthread_mutex_lock(&line->mutex);
    if (--line->running == 0) {
        queue_plain(line, NP_STATION_STOPPED, "");
    }
    pthread_mutex_unlock(&line->mutex);
    return NULL;
}

static void put_scanned(line_bay *at, np_bytes text)
{
    np_format(at->scanned, sizeof(at->scanned), "%.*s", (int)text.len,
              text.len == 0 ? "" : (const char *)text.data);
}

static np_code start_bay(np_line *line, unsigned index, np_error *err)
{
    line_bay *at = &line->bays[index];
    *at = (line_bay){.line = line, .index = index, .bay = station_bay_new(&line->shared, index)};
    if (index == 0) { /* before the bay looks for the first time */
        put_scanned(at, line->options.serial);
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&at->order, &attributes);
    pthread_condattr_destroy(&attributes);
    if (at->bay == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a bay");
    }
    pthread_mutex_lock(&line->mutex);
    line->running++;
    pthread_mutex_unlock(&line->mutex);
    int number = pthread_create(&at->thread, NULL, run_bay, at);
    if (number != 0) {
        pthread_mutex_lock(&line->mutex);
        line->running--;
        pthread_mutex_unlock(&line->mutex);
        return np_error_set_sub(err, NP_ESTATION_IO, number, "no thread for bay %s: %s",
                                line->options.config->bays[index].name, strerror(number));
    }
    at->has_thread = true;
    return NP_OK;
}

static int64_t now_s(void *self)
{
    const np_line *line = self;
    const np_station_hooks *hooks = line->options.hooks;
    return hooks->now_ms(hooks->self) / 1000;
}

static void fill_shared(np_line *line)
{
    const np_line_options *options = &line->options;
    if (options->signing != NULL) {
        line->signing = *options->signing;
        line->signing.sign = options->signs_in_parallel ? line->signing.sign : sign_alone;
        line->signing.self = options->signs_in_parallel ? line->signing.self : line;
    }
    line->shared = (station_shared){.options = options,
                                    .recorder = line->recorder,
                                    .signing = &line->signing,
                                    .tell = tell,
                                    .wait = wait_for_order,
                                    .scanned = take_scanned,
                                    .ask_label = ask_label,
                                    .await_label = await_label,
                                    .may_begin = may_begin,
                                    .is_again = take_again,
                                    .set_state = take_state,
                                    .ended = take_result,
                                    .self = line};
    pthread_mutex_init(&line->shared.label_mutex, NULL);
    pthread_mutex_init(&line->shared.registry_mutex, NULL);
}

static np_code start_all(np_line *line, np_error *err)
{
    const station_recorder_options recorder = {.ledger = line->options.ledger,
                                               .now = now_s,
                                               .self = line,
                                               .seal_units = SEAL_UNITS,
                                               .seal_ms = SEAL_MS};
    line->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (line->fd < 0) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "no eventfd: %s", strerror(errno));
    }
    NP_TRY(station_recorder_start(&recorder, &line->recorder, err));
    fill_shared(line);
    if (line->options.serial.len > 0) {
        NP_TRY(np_serial_check(line->options.serial, err));
    }
    pthread_mutex_lock(&line->mutex);
    queue_plain(line, NP_STATION_STARTED, "");
    pthread_mutex_unlock(&line->mutex);
    for (unsigned i = 0; i < bay_count(line); i++) {
        NP_TRY(start_bay(line, i, err));
    }
    return NP_OK;
}

np_code np_line_start(const np_line_options *options, np_line **ret, np_error *err)
{
    np_line *line = calloc(1, sizeof(*line));
    *ret = NULL;
    if (line == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the line");
    }
    line->options = *options;
    line->last = &line->first;
    line->fd = -1;
    pthread_mutex_init(&line->mutex, NULL);
    pthread_mutex_init(&line->signing_mutex, NULL);
    np_code code = start_all(line, err);
    if (code != NP_OK) {
        np_error ignored;
        (void)!np_line_finish(line, &ignored);
        return code;
    }
    *ret = line;
    return NP_OK;
}

/* Orders */

typedef bool bay_test(const line_bay *at, np_bytes text);

static bool waits_for_this(const line_bay *at, np_bytes text)
{
    return at->state == NP_BAY_LABEL &&
           np_bytes_equal(np_label_strip(text), np_bytes_text(at->label));
}

/* Another unit's label, or this one as a scanner has spoilt it. */
static bool waits_for_such(const line_bay *at, np_bytes text)
{
    np_label_scan scan;
    np_label_check_text(at->line->options.label_pattern, np_bytes_text(at->label), text, &scan);
    return at->state == NP_BAY_LABEL && scan.verdict != NP_LABEL_OTHER;
}

static bool waits_for_label(const line_bay *at, np_bytes text)
{
    (void)text;
    return at->state == NP_BAY_LABEL;
}

static bool waits_for_serial(const line_bay *at, np_bytes text)
{
    (void)text;
    return at->state == NP_BAY_WAITING;
}

/*
 * What looks as labels do is one: taken for a label, a serial is asked for again; taken for a
 * serial, a label would stay.
 */
static line_bay *find_bay(np_line *line, np_bytes text)
{
    static bay_test *const tests[] = {waits_for_this, waits_for_such, waits_for_serial,
                                      waits_for_label};
    for (size_t i = 0; i < NP_COUNT_OF(tests) * bay_count(line); i++) {
        line_bay *at = &line->bays[i % bay_count(line)];
        if (tests[i / bay_count(line)](at, text) && at->scanned[0] == '\0') {
            return at;
        }
    }
    return NULL;
}

static line_bay *waiting_bay(np_line *line, int bay, np_bytes text)
{
    if (bay == NP_STATION_NO_BAY) {
        return find_bay(line, text);
    }
    line_bay *at = &line->bays[bay];
    return at->state != NP_BAY_BUSY && at->scanned[0] == '\0' ? at : NULL;
}

static np_code check_scan(const np_line *line, const line_bay *at, np_bytes text, np_error *err)
{
    bool may_be_label =
        at == NULL ? line->options.config->product.label_scan_back : at->state == NP_BAY_LABEL;
    if (!may_be_label) {
        return np_serial_check(text, err);
    }
    bool is_good =
        text.len > 0 && text.len < NP_LABEL_TEXT_SIZE && memchr(text.data, '\0', text.len) == NULL;
    return is_good ? NP_OK
                   : np_error_set(err, NP_EPOLICY, "a label's code has 1 to %d bytes of text",
                                  NP_LABEL_TEXT_SIZE - 1);
}

np_code np_line_scan(np_line *line, int bay, np_bytes text, bool *ret_is_taken, np_error *err)
{
    pthread_mutex_lock(&line->mutex);
    line_bay *at = waiting_bay(line, bay, text);
    np_code code = check_scan(line, at, text, err);
    *ret_is_taken = code == NP_OK && at != NULL;
    if (*ret_is_taken) {
        put_scanned(at, text);
        pthread_cond_signal(&at->order);
    }
    pthread_mutex_unlock(&line->mutex);
    return code;
}

void np_line_again(np_line *line, unsigned bay)
{
    pthread_mutex_lock(&line->mutex);
    line->bays[bay].is_again = true;
    pthread_cond_signal(&line->bays[bay].order);
    pthread_mutex_unlock(&line->mutex);
}

void np_line_resume(np_line *line)
{
    pthread_mutex_lock(&line->mutex);
    if (line->counts.is_halted) {
        line->counts.is_halted = false;
        line->counts.faults_in_a_row = 0;
        queue_plain(line, NP_STATION_RESUMED, "");
    }
    pthread_mutex_unlock(&line->mutex);
}

void np_line_stop(np_line *line)
{
    pthread_mutex_lock(&line->mutex);
    line->is_stopping = true;
    wake_bays(line);
    pthread_mutex_unlock(&line->mutex);
}

bool np_line_is_done(np_line *line)
{
    pthread_mutex_lock(&line->mutex);
    bool is_done = line->running == 0;
    pthread_mutex_unlock(&line->mutex);
    return is_done;
}

np_line_counts np_line_count(np_line *line)
{
    pthread_mutex_lock(&line->mutex);
    np_line_counts counts = line->counts;
    pthread_mutex_unlock(&line->mutex);
    return counts;
}

/* Ending */

static void end_bays(np_line *line)
{
    for (size_t i = 0; i < NP_STATION_BAYS_MAX; i++) {
        line_bay *at = &line->bays[i];
        if (at->has_thread) {
            pthread_join(at->thread, NULL);
        }
        if (at->line != NULL) {
            pthread_cond_destroy(&at->order);
            station_bay_free(at->bay);
        }
    }
}

np_code np_line_finish(np_line *line, np_error *err)
{
    np_station_event event;
    if (line == NULL) {
        return NP_OK;
    }
    np_line_stop(line);
    end_bays(line);
    np_code code = station_recorder_stop(line->recorder, err);
    if (line->fd >= 0) {
        while (np_line_next(line, &event)) {
        }
        close(line->fd);
    }
    if (line->recorder != NULL) {
        pthread_mutex_destroy(&line->shared.label_mutex);
        pthread_mutex_destroy(&line->shared.registry_mutex);
    }
    pthread_mutex_destroy(&line->signing_mutex);
    pthread_mutex_destroy(&line->mutex);
    free(line);
    return code;
}
