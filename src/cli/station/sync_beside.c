/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/station/sync_beside.h"

#include "base/format.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 16 * 1024 /* of one document of `station sync --json` */ };

struct cli_sync_beside {
    cli_sync_beside_options options;
    char *config; /* heap: the file's name */
    struct event *due;
    struct event *late;
    struct event *heard;
    pid_t process; /* 0: none is at work */
    int pipe;      /* what it says */
    bool is_late;
    char answer[ANSWER_MAX];
    size_t len;
};

static void free_event(struct event **event)
{
    if (*event != NULL) {
        event_free(*event);
    }
    *event = NULL;
}

/* What it has said */

static np_code code_of(const char *name)
{
    for (unsigned i = 0; i < NP_CODE_COUNT; i++) {
        if (strcmp(np_code_name((np_code)i), name) == 0) {
            return (np_code)i;
        }
    }
    return NP_ESTATION_IO;
}

static void tell_document(const cli_sync_beside *beside, json_t *document)
{
    const char *to = json_string_value(json_object_get(document, "to"));
    json_t *error = json_object_get(document, "error");
    const char *name = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    if (to != NULL && error == NULL) {
        beside->options.tell(beside->options.self, NP_OK, to);
    } else if (name != NULL && message != NULL) {
        beside->options.tell(beside->options.self, code_of(name), message);
    } else {
        beside->options.tell(beside->options.self, NP_ESTATION_IO,
                             "sync: its process has ended and does not say why");
    }
}

static void tell_end(const cli_sync_beside *beside)
{
    char text[NP_ERROR_MESSAGE_SIZE];
    if (beside->is_late) {
        np_format(text, sizeof(text),
                  "sync: ended after %u s without an end: does its target "
                  "answer?",
                  beside->options.timeout_s);
        beside->options.tell(beside->options.self, NP_ESTATION_TIMEOUT, text);
        return;
    }
    json_t *document = json_loadb(beside->answer, beside->len, 0, NULL);
    tell_document(beside, document);
    json_decref(document);
}

/* One sync */

/* Killed it ends at once, unless the kernel waits for its disk: then nobody waits for it. */
static void bury(cli_sync_beside *beside, int flags)
{
    if (beside->process > 0) {
        (void)kill(beside->process, SIGKILL);
        (void)waitpid(beside->process, NULL, flags);
        close(beside->pipe);
    }
    beside->process = 0;
}

static void end(cli_sync_beside *beside)
{
    free_event(&beside->heard);
    (void)event_del(beside->late);
    bury(beside, 0);
    tell_end(beside);
}

static void hear(evutil_socket_t fd, short what, void *self)
{
    cli_sync_beside *beside = self;
    (void)what;
    ssize_t count = read(fd, beside->answer + beside->len, sizeof(beside->answer) - beside->len);
    if (count > 0) {
        beside->len += (size_t)count;
    } else {
        end(beside);
    }
}

/* The pipe ends when the process does. */
static void give_up(evutil_socket_t fd, short what, void *self)
{
    cli_sync_beside *beside = self;
    (void)fd;
    (void)what;
    beside->is_late = true;
    (void)kill(beside->process, SIGKILL);
}

/* The words for people stay away: this station tells what came of it. */
static int spawn(cli_sync_beside *beside, int to)
{
    char words[][16] = {"nameplate", "station", "sync", "--json", "--config"};
    char *const arguments[] = {words[0], words[1],       words[2], words[3],
                               words[4], beside->config, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, to, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    /* a group of its own: who interrupts the station at a terminal does not mean this */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int number =
        posix_spawn(&beside->process, "/proc/self/exe", &files, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return number;
}

static void begin(evutil_socket_t fd, short what, void *self)
{
    cli_sync_beside *beside = self;
    const struct timeval patience = {.tv_sec = beside->options.timeout_s};
    int ends[2];
    (void)fd;
    (void)what;
    if (beside->process > 0) {
        return; /* still at work */
    }
    int number = pipe2(ends, O_CLOEXEC) == 0 ? spawn(beside, ends[1]) : errno;
    if (number != 0) {
        beside->process = 0;
        beside->options.tell(beside->options.self, NP_ESTATION_IO, strerror(number));
        return;
    }
    close(ends[1]);
    beside->pipe = ends[0];
    beside->len = 0;
    beside->is_late = false;
    beside->heard =
        event_new(beside->options.base, beside->pipe, EV_READ | EV_PERSIST, hear, beside);
    if (beside->heard == NULL || event_add(beside->heard, NULL) != 0 ||
        event_add(beside->late, &patience) != 0) {
        end(beside);
    }
}

np_code cli_sync_beside_open(const cli_sync_beside_options *options, cli_sync_beside **ret,
                             np_error *err)
{
    cli_sync_beside *beside = calloc(1, sizeof(*beside));
    const struct timeval time = {.tv_sec = options->every_s};
    *ret = beside;
    if (beside != NULL) {
        beside->options = *options;
        beside->config = strdup(options->config);
        beside->due = event_new(options->base, -1, EV_PERSIST, begin, beside);
        beside->late = event_new(options->base, -1, 0, give_up, beside);
    }
    return beside != NULL && beside->config != NULL && beside->due != NULL &&
                   beside->late != NULL && event_add(beside->due, &time) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the sync");
}

void cli_sync_beside_close(cli_sync_beside *beside)
{
    if (beside == NULL) {
        return;
    }
    free_event(&beside->due);
    free_event(&beside->late);
    free_event(&beside->heard);
    bury(beside, WNOHANG);
    free(beside->config);
    free(beside);
}
