/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/server.h"

#include "base/format.h"
#include "base/wipe.h"
#include "crypto/random.h"
#include "gateway/manage/process.h"
#include "gateway/sandbox.h"
#include "gateway/worker.h"
#include "registry/store.h"
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PROCESSES_MAX = 257, /* that of the management API is one */
    BACKLOG = 4096,      /* the kernel takes net.core.somaxconn when that is less */
    RESTART_PAUSE_S = 1, /* a process that died is not started again without pause */
    MS_PER_S = 1000,
};

typedef struct server {
    const np_gateway_host *host;
    np_gateway_config config;
    int listeners[NP_CONFIG_LISTENERS_MAX]; /* -1: none */
    int management;                         /* listener of the last process; -1: none */
    uint8_t ticket_keys[NP_TLS_TICKET_KEYS_SIZE];
    pid_t processes[PROCESSES_MAX]; /* 0: none */
    bool is_ending;
} server;

static void tell(const server *self, np_gateway_event_kind kind, const char *text)
{
    const np_gateway_event event = {.kind = kind, .text = text};
    self->host->tell(self->host->self, &event);
}

/* One that nobody listens at any more is left from a gateway that was killed. */
static void remove_stale(const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_un local;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(&local, address, sizeof(local));
    if (fd >= 0 && connect(fd, address, len) != 0 && errno == ECONNREFUSED) {
        (void)unlink(local.sun_path);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static np_code listen_at(const np_address *address, int *ret, np_error *err)
{
    char text[NP_ADDRESS_TEXT_SIZE];
    int yes = 1;
    const struct sockaddr *to = (const struct sockaddr *)&address->storage;
    *ret = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (address->storage.ss_family == AF_UNIX) {
        remove_stale(to, address->len);
    }
    bool is_ready = *ret >= 0 && setsockopt(*ret, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0;
    if (is_ready && address->storage.ss_family == AF_INET6) {
        /* a listener of IPv4 beside it is another one */
        is_ready = setsockopt(*ret, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) == 0;
    }
    if (is_ready && bind(*ret, to, address->len) == 0 && listen(*ret, BACKLOG) == 0) {
        return NP_OK;
    }
    int number = errno;
    np_address_format(&address->storage, text);
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: cannot be listened at: %s", text,
                            strerror(number));
}

static np_code listen_everywhere(server *self, np_error *err)
{
    for (size_t i = 0; i < self->config.listener_count; i++) {
        NP_TRY(listen_at(&self->config.listeners[i].address, &self->listeners[i], err));
    }
    return self->config.management.is_on
               ? listen_at(&self->config.management.address, &self->management, err)
               : NP_OK;
}

/* With the port that the system has chosen when it is 0. */
static void tell_address(const server *self, np_gateway_event_kind kind, int listener)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    char text[NP_ADDRESS_TEXT_SIZE];
    (void)getsockname(listener, (struct sockaddr *)&address, &len);
    np_address_format(&address, text);
    tell(self, kind, text);
}

static void tell_addresses(const server *self)
{
    for (size_t i = 0; i < self->config.listener_count; i++) {
        tell_address(self, NP_GATEWAY_LISTENING, self->listeners[i]);
    }
    if (self->management >= 0) {
        tell_address(self, NP_GATEWAY_MANAGING, self->management);
    }
}

static size_t count_processes(const server *self)
{
    return self->config.processes + (self->config.management.is_on ? 1 : 0);
}

/* What the processes will need is tried before any is started: the errors are those of the start.
 */
static np_code try_everything(server *self, np_error *err)
{
    np_gateway_tls *tls = NULL;
    np_store *store = NULL;
    NP_TRY(gateway_load_tls(self->host, &self->config, self->ticket_keys, false, &tls, err));
    np_gateway_tls_free(tls);
    NP_TRY(manage_load_tls(self->host, &self->config, &tls, err));
    np_gateway_tls_free(tls);
    NP_TRY(np_store_open(self->config.registry, self->config.registry_wait_ms, &store, err));
    np_store_free(store);
    return NP_OK;
}

/* In the new process; it ends with its parent. */
static int serve(const server *self, size_t index, pid_t parent)
{
    np_error err = {0};
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        return EXIT_FAILURE;
    }
    np_code code = gateway_sandbox_enter(&err);
    code = code != NP_OK ? code
           : index < self->config.processes
               ? gateway_work(self->host, &self->config, self->listeners, self->ticket_keys, &err)
               : manage_work(self->host, &self->config, self->management, &err);
    if (code != NP_OK) {
        tell(self, NP_GATEWAY_TROUBLE, err.message);
    }
    return code == NP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void start_one(server *self, size_t index)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        exit(serve(self, index, parent));
    }
    self->processes[index] = child < 0 ? 0 : child;
    if (child < 0) {
        tell(self, NP_GATEWAY_TROUBLE, "a process cannot be started");
    }
}

static void signal_all(const server *self, int number)
{
    for (size_t i = 0; i < count_processes(self); i++) {
        if (self->processes[i] > 0) {
            (void)kill(self->processes[i], number);
        }
    }
}

static void bury_dead(server *self)
{
    pid_t dead;
    char text[96];
    int status = 0;
    while ((dead = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < count_processes(self); i++) {
            self->processes[i] = self->processes[i] == dead ? 0 : self->processes[i];
        }
        if (!self->is_ending) {
            np_format(text, sizeof(text), "process %d has ended (%s %d); another one is started",
                      (int)dead, WIFSIGNALED(status) ? "signal" : "status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            tell(self, NP_GATEWAY_TROUBLE, text);
        }
    }
}

static bool is_one_missing(const server *self)
{
    bool is_missing = false;
    for (size_t i = 0; i < count_processes(self); i++) {
        is_missing = is_missing || self->processes[i] == 0;
    }
    return is_missing;
}

static bool is_one_left(const server *self)
{
    bool is_left = false;
    for (size_t i = 0; i < count_processes(self); i++) {
        is_left = is_left || self->processes[i] > 0;
    }
    return is_left;
}

static void start_missing(server *self)
{
    for (size_t i = 0; i < count_processes(self); i++) {
        if (self->processes[i] == 0) {
            start_one(self, i);
        }
    }
}

/* Nobody waits at a door that will not open again. */
static void close_listeners(server *self)
{
    for (size_t i = 0; i < NP_COUNT_OF(self->listeners); i++) {
        if (self->listeners[i] >= 0) {
            close(self->listeners[i]);
            self->listeners[i] = -1;
        }
    }
    if (self->management >= 0) {
        const struct sockaddr_storage *at = &self->config.management.address.storage;
        struct sockaddr_un local;
        memcpy(&local, at, sizeof(local));
        if (at->ss_family == AF_UNIX) {
            (void)unlink(local.sun_path);
        }
        close(self->management);
        self->management = -1;
    }
}

static void take_signal(server *self, int number)
{
    if (number == SIGHUP) {
        signal_all(self, SIGHUP);
    } else if (number == SIGTERM || number == SIGINT) {
        self->is_ending = true;
        close_listeners(self);
        signal_all(self, SIGTERM);
    }
    bury_dead(self);
}

/* One signal after the other, until all processes have ended. */
static void watch(server *self, const sigset_t *signals)
{
    const struct timespec pause = {.tv_sec = RESTART_PAUSE_S};
    while (!self->is_ending || is_one_left(self)) {
        bool is_missing = !self->is_ending && is_one_missing(self);
        int number = is_missing ? sigtimedwait(signals, NULL, &pause) : sigwaitinfo(signals, NULL);
        if (number > 0) {
            take_signal(self, number);
        } else if (is_missing && errno == EAGAIN) {
            start_missing(self);
        }
    }
}

static void clear(server *self)
{
    close_listeners(self);
    np_wipe(self->ticket_keys, sizeof(self->ticket_keys));
    free(self);
}

static np_code prepare(server *self, np_error *err)
{
    np_random random = np_random_system();
    NP_TRY(random.fill(random.self, self->ticket_keys, sizeof(self->ticket_keys), err));
    NP_TRY(self->host->load(self->host->self, &self->config, err));
    NP_TRY(try_everything(self, err));
    return listen_everywhere(self, err);
}

static void run(server *self)
{
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    start_missing(self);
    tell_addresses(self);
    watch(self, &signals);
    tell(self, NP_GATEWAY_STOPPED, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

np_code np_gateway_run(const np_gateway_host *host, np_error *err)
{
    server *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    self->host = host;
    self->management = -1;
    for (size_t i = 0; i < NP_COUNT_OF(self->listeners); i++) {
        self->listeners[i] = -1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(S_IRWXG | S_IRWXO); /* what is made here is nobody else's */
    np_code code = prepare(self, err);
    if (code == NP_OK) {
        run(self);
    }
    clear(self);
    return code;
}
