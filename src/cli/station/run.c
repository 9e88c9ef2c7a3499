/* SPDX-License-Identifier: Apache-2.0 */
/* `station run`: the line as a service, or for so many units. */
#include "base/format.h"
#include "base/wipe.h"
#include "cli/record.h"
#include "cli/secret.h"
#include "cli/station/attest.h"
#include "cli/station/screen.h"
#include "cli/station/stream.h"
#include "cli/station/sync_beside.h"
#include "gateway/client.h"
#include "station/open.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The provider (provider/provider.c), which is part of this program. */
extern OSSL_provider_init_fn OSSL_provider_init;

enum { INPUT_MAX = 4096, SIGNALS = 2, SHIFT_LOOK_S = 5 /* a clock that is set is seen, too */ };

typedef struct running {
    const cli_arguments *arguments;
    np_station_setup station;
    np_line *line;
    struct event_base *base;
    struct event *events;
    struct event *input;
    struct event *shift;
    cli_sync_beside *sync;
    struct event *signals[SIGNALS];
    cli_stream *stream;
    cli_screen *screen;
    np_board board;
    char typed[INPUT_MAX];
    size_t typed_len;
    bool is_json;
    np_station_event last; /* result */
} running;

static void free_event(struct event **event)
{
    if (*event != NULL) {
        event_free(*event);
    }
    *event = NULL;
}

static void running_clear(running *run)
{
    np_error ignored;
    (void)!np_line_finish(run->line, &ignored);
    cli_stream_close(run->stream);
    cli_screen_close(run->screen);
    free_event(&run->events);
    free_event(&run->input);
    free_event(&run->shift);
    cli_sync_beside_close(run->sync);
    for (size_t i = 0; i < SIGNALS; i++) {
        free_event(&run->signals[i]);
    }
    if (run->base != NULL) {
        event_base_free(run->base);
    }
    np_station_setup_close(&run->station);
}

static void free_running(running **run)
{
    if (*run != NULL) {
        running_clear(*run);
    }
    free(*run);
}

/* Telling */

/* "bay 2  T2-000017  PASS  0.8 s  81b2d4f0"; the words first, for who reads over a shoulder. */
static void print_result(const np_station_event *event)
{
    const char *serial = event->serial[0] == '\0' ? "-" : event->serial;
    const char *uid = event->uid[0] == '\0' ? "-" : event->uid;
    printf("%-8s bay %s  %s  %s  %u.%u s  %s\n", np_result_name(event->result), event->name, serial,
           uid, (unsigned)(event->duration_ms / 1000), (unsigned)(event->duration_ms / 100 % 10),
           event->result == NP_RESULT_PASS ? np_unit_action_name(event->action)
                                           : np_code_name(event->code));
    fflush(stdout);
    if (event->result != NP_RESULT_PASS) {
        cli_note_line("  %s", event->message);
    }
    if (event->hint[0] != '\0') {
        cli_note_line("  next: %s", event->hint);
    }
}

static void print_event(const np_station_event *event)
{
    switch (event->kind) {
    case NP_STATION_RESULT:
        print_result(event);
        break;
    case NP_STATION_BAY:
        if (event->state == NP_BAY_LABEL) {
            cli_note("bay %s: %s%sscan the label of %s", event->name, event->message,
                     event->message[0] == '\0' ? "" : "; ", event->serial);
        } else if (event->state == NP_BAY_TROUBLE) {
            cli_note("bay %s: %s", event->name, event->message);
        }
        break;
    case NP_STATION_HALTED:
    case NP_STATION_TROUBLE:
        cli_note("%s", event->message);
        break;
    default:
        break;
    }
}

/* A line that runs on into the next shift counts anew, as it would if it were started then. */
static void keep_shift(running *run, int64_t now)
{
    if (now >= run->board.report.shift.to) {
        np_board_begin_shift(&run->board, np_shift_at(&run->station.config.shifts, now));
        cli_screen_tell(run->screen);
    }
}

static void take_time(evutil_socket_t fd, short what, void *self)
{
    running *run = self;
    (void)fd;
    (void)what;
    keep_shift(run, run->station.hooks.now_ms(NULL) / 1000);
}

static void tell(running *run, const np_station_event *event)
{
    uint8_t text[NP_STATION_EVENT_JSON_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_station_event_write(event, &writer);
    np_bytes line = np_writer_bytes(&writer);
    keep_shift(run, event->time_ms / 1000);
    np_board_take(&run->board, event);
    cli_stream_tell(run->stream, line);
    cli_screen_tell(run->screen);
    if (run->is_json) {
        fwrite(line.data, 1, line.len, stdout);
        putchar('\n');
        fflush(stdout);
    } else {
        print_event(event);
    }
}

/* Something beside the units, in the stream of events. */
static void tell_aside(running *run, np_station_event_kind kind, np_code code, const char *message)
{
    np_station_event event = {.kind = kind,
                              .time_ms = run->station.hooks.now_ms(NULL),
                              .bay = NP_STATION_NO_BAY,
                              .code = code,
                              .number = run->board.number};
    np_format(event.message, sizeof(event.message), "%s", message);
    tell(run, &event);
}

/* Orders */

static np_code obey(void *self, np_bytes line, np_error *err)
{
    running *run = self;
    np_order order;
    bool is_taken = true;
    NP_TRY(np_order_parse(line, &run->station.config, &order, err));
    switch (order.kind) {
    case NP_ORDER_SCAN:
        NP_TRY(np_line_scan(run->line, order.bay, order.serial, &is_taken, err));
        break;
    case NP_ORDER_AGAIN:
        np_line_again(run->line, (unsigned)order.bay);
        break;
    case NP_ORDER_RESUME:
        np_line_resume(run->line);
        break;
    default:
        np_line_stop(run->line);
        break;
    }
    return is_taken ? NP_OK : np_error_set(err, NP_EUSAGE, "no bay waits for a serial");
}

/*
 * What is typed or scanned at the terminal: a serial, or behind a colon an order. False: no bay
 * waits yet, and the serial is kept for the first one that does.
 */
static bool take_line(running *run, np_bytes line)
{
    np_error err = {.code = NP_OK};
    bool is_taken = true;
    np_code code = NP_OK;
    if (line.len > 0 && line.data[0] == ':') {
        code = obey(run, np_bytes_of(line.data + 1, line.len - 1), &err);
    } else if (line.len > 0) {
        code = np_line_scan(run->line, NP_STATION_NO_BAY, line, &is_taken, &err);
    }
    if (code != NP_OK) {
        cli_note("%s", err.message);
    }
    return is_taken || code != NP_OK;
}

static void take_lines(running *run)
{
    char *end;
    while ((end = memchr(run->typed, '\n', run->typed_len)) != NULL) {
        size_t len = (size_t)(end - run->typed);
        size_t taken = len + 1;
        len -= len > 0 && run->typed[len - 1] == '\r' ? 1 : 0;
        if (!take_line(run, np_bytes_of(run->typed, len))) {
            break;
        }
        run->typed_len -= taken;
        memmove(run->typed, end + 1, run->typed_len);
    }
    if (run->typed_len == sizeof(run->typed)) {
        cli_note("too many serials wait for bays: they were dropped");
        run->typed_len = 0;
    }
}

static void take_events(evutil_socket_t fd, short what, void *self)
{
    running *run = self;
    np_station_event event;
    (void)fd;
    (void)what;
    while (np_line_next(run->line, &event)) {
        if (event.kind == NP_STATION_BAY &&
            (event.state == NP_BAY_WAITING || event.state == NP_BAY_LABEL)) {
            take_lines(run);
        }
        run->last = event.kind == NP_STATION_RESULT ? event : run->last;
        tell(run, &event);
        bool is_alone =
            run->station.config.listen[0] == '\0' && run->station.config.events[0] == '\0';
        if (event.kind == NP_STATION_HALTED && is_alone) {
            np_line_stop(run->line); /* nobody is there who could say that it goes on */
        }
        if (event.kind == NP_STATION_STOPPED) {
            event_base_loopbreak(run->base);
        }
    }
}

static void take_input(evutil_socket_t fd, short what, void *self)
{
    running *run = self;
    (void)what;
    ssize_t count = read(fd, run->typed + run->typed_len, sizeof(run->typed) - run->typed_len);
    if (count <= 0) {
        free_event(&run->input); /* nobody types any more */
        return;
    }
    run->typed_len += (size_t)count;
    take_lines(run);
}

static void take_signal(evutil_socket_t fd, short what, void *self)
{
    running *run = self;
    (void)fd;
    (void)what;
    np_line_stop(run->line);
}

static void take_sync(void *self, np_code code, const char *message)
{
    tell_aside(self, code == NP_OK ? NP_STATION_SYNCED : NP_STATION_TROUBLE, code, message);
}

/* Starting */

/* The chip knocks at the door that it will meet in the field, with its own key. */
static np_code test(const np_station_config *config, const np_station_made *made, np_error *err)
{
    return np_client_test_chip(config->test.gateway, config->test.ca, made->bay->chip,
                               OSSL_provider_init, config->test.timeout_s, err);
}

/* A file cannot be waited for, and nobody types into one. */
static bool is_typed_to(void)
{
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || isatty(STDIN_FILENO));
}

static np_code check_scanner(const np_station_config *config, np_error *err)
{
    if (!config->product.label_scan_back || config->listen[0] != '\0' ||
        config->events[0] != '\0' || is_typed_to()) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "labels are to be scanned, and nobody can tell what was");
    return np_error_hint(err, NP_EUSAGE,
                         "a terminal or pipe as standard input, or listen, or events");
}

static np_code check_options(running *run, np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    np_station_config *config = &run->station.config;
    if (arguments->bay != NULL) {
        NP_TRY(np_station_config_keep_bay(config, arguments->bay, err));
    }
    if (arguments->once && arguments->units > 0) {
        return np_error_set(err, NP_EUSAGE, "--once and --units exclude each other");
    }
    if (arguments->serial != NULL && config->bay_count != 1) {
        return np_error_set(err, NP_EUSAGE, "--serial is for one bay: name it by --bay");
    }
    NP_TRY(check_scanner(config, err));
    return arguments->serial == NULL ? NP_OK
                                     : np_serial_check(np_bytes_text(arguments->serial), err);
}

static np_code no_loop(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the loop of events");
}

static np_code add_event(running *run, struct event **ret, int fd, short what,
                         event_callback_fn take, np_error *err)
{
    *ret = event_new(run->base, fd, what | EV_PERSIST, take, run);
    return *ret != NULL && event_add(*ret, NULL) == 0 ? NP_OK : no_loop(err);
}

static np_code add_clock(running *run, np_error *err)
{
    static const struct timeval look = {.tv_sec = SHIFT_LOOK_S};
    run->shift = event_new(run->base, -1, EV_PERSIST, take_time, run);
    return run->shift != NULL && event_add(run->shift, &look) == 0 ? NP_OK : no_loop(err);
}

static np_code add_input(running *run, np_error *err)
{
    return is_typed_to() ? add_event(run, &run->input, STDIN_FILENO, EV_READ, take_input, err)
                         : NP_OK;
}

static np_code add_sync(running *run, np_error *err)
{
    const np_station_config *config = &run->station.config;
    const cli_sync_beside_options options = {.base = run->base,
                                             .config = run->arguments->config,
                                             .every_s = config->sync.every_s,
                                             .timeout_s = config->sync.timeout_s,
                                             .tell = take_sync,
                                             .self = run};
    return config->sync.every_s == 0 ? NP_OK : cli_sync_beside_open(&options, &run->sync, err);
}

static np_code open_screen(running *run, np_error *err)
{
    char url[CLI_SCREEN_URL_SIZE];
    const cli_screen_options screen = {.base = run->base,
                                       .address = run->station.config.listen,
                                       .board = &run->board,
                                       .order = obey,
                                       .self = run};
    if (screen.address[0] == '\0') {
        return NP_OK;
    }
    NP_TRY(cli_screen_open(&screen, &run->screen, url, err));
    cli_note("operator's screen: %s", url);
    return NP_OK;
}

static np_code open_loop(running *run, np_error *err)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM};
    const cli_stream_options stream = {
        .path = run->station.config.events, .board = &run->board, .order = obey, .self = run};
    cli_stream_options with_base = stream;
    signal(SIGPIPE, SIG_IGN); /* who listens may go: the line does not */
    run->base = event_base_new();
    if (run->base == NULL) {
        return no_loop(err);
    }
    with_base.base = run->base;
    for (size_t i = 0; i < SIGNALS; i++) {
        NP_TRY(add_event(run, &run->signals[i], numbers[i], EV_SIGNAL, take_signal, err));
    }
    NP_TRY(open_screen(run, err));
    return run->station.config.events[0] == '\0' ? NP_OK
                                                 : cli_stream_open(&with_base, &run->stream, err);
}

static np_code start_line(running *run, np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    np_line_options options = np_station_setup_line(&run->station);
    if (arguments->operator_name != NULL) {
        options.operator_name = np_bytes_text(arguments->operator_name);
    }
    if (arguments->serial != NULL) {
        options.serial = np_bytes_text(arguments->serial);
    }
    options.units = arguments->units;
    options.per_bay = arguments->once ? 1 : 0;
    options.needs_parts = arguments->once;
    NP_TRY(np_line_start(&options, &run->line, err));
    NP_TRY(add_event(run, &run->events, np_line_fd(run->line), EV_READ, take_events, err));
    NP_TRY(add_input(run, err));
    NP_TRY(add_clock(run, err));
    return add_sync(run, err);
}

static void tell_found(const np_station_setup *station)
{
    const np_ledger_found *found = &station->found;
    if (found->record.cut_bytes > 0) {
        cli_note("%s: %zu bytes that a crash had left behind were cut off", station->config.record,
                 (size_t)found->record.cut_bytes);
    }
    if (found->interrupted > 0) {
        cli_note("%s: %zu units were interrupted; put in again, they go on where they were",
                 station->config.record, (size_t)found->interrupted);
    }
}

/* Of one unit its own status; of many whether all passed. */
static np_code conclude(const running *run, np_error *err)
{
    np_line_counts counts = np_line_count(run->line);
    uint64_t passed = counts.results[NP_RESULT_PASS];
    uint64_t all = 0;
    for (unsigned i = NP_RESULT_PASS; i < NP_RESULT_COUNT; i++) {
        all += counts.results[i];
    }
    if (counts.is_halted) {
        return np_error_set(err, NP_ESTATION_IO, "the line was stopped by %u station faults",
                            counts.faults_in_a_row);
    }
    if (!run->arguments->once && run->arguments->units == 0) {
        return NP_OK;
    }
    if (all == 1 && passed == 0) {
        return np_station_result_code(&run->last, err);
    }
    if (all == 1 && run->last.action == NP_ACTION_CONFIRM && run->arguments->strict) {
        return np_error_set(err, NP_ECONFLICT_DONE, "the unit was made and recorded before");
    }
    return passed == all ? NP_OK
                         : np_error_set(err, NP_EREJECTS, "%zu of %zu units did not pass",
                                        (size_t)(all - passed), (size_t)all);
}

static void put_counts(cli_output *output, const np_line_counts *counts)
{
    for (unsigned i = NP_RESULT_PASS; i < NP_RESULT_COUNT; i++) {
        cli_put_count(output, np_result_word((np_result)i), np_result_name((np_result)i),
                      counts->results[i]);
    }
}

np_code cli_station_run(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(free_running) running *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the station");
    }
    run->arguments = arguments;
    run->is_json = output->is_json;
    output->is_lines = true; /* events, a line each, and the counts in the end */
    run->station.helpers = (np_station_helpers){
        .asking = &cli_secret_terminal, .test = test, .judge_token = cli_station_judge_token};
    NP_TRY(np_station_config_load(arguments->config, &run->station.config, err));
    NP_TRY(np_station_setup_open(&run->station, err));
    NP_TRY(check_options(run, err));
    tell_found(&run->station);
    np_board_begin(&run->board, &run->station.config, &run->station.shift);
    NP_TRY(open_loop(run, err));
    NP_TRY(start_line(run, err));
    (void)event_base_dispatch(run->base);
    np_line_counts counts = np_line_count(run->line);
    np_code code = conclude(run, err);
    np_line *line = run->line;
    run->line = NULL;
    NP_TRY(np_line_finish(line, code == NP_OK ? err : NULL));
    put_counts(output, &counts);
    return code;
}
