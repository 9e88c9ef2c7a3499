/* SPDX-License-Identifier: Apache-2.0 */
#include "preload/bus.h"

#include "link/socket_client.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    BUSES_MAX = 16,
    DESCRIPTORS_MAX = 64, /* of all buses together; not tuned */
};

struct preload_bus {
    unsigned users; /* descriptors that lead here; 0: free */
    bool is_stale;  /* the connection is another process's: it was forked */
    int flags;
    preload_node node;
    preload_address address;
    atomic_int lock_fd; /* hidden from the program; -1: not open */
    socket_client client;
};

typedef struct descriptor {
    atomic_int number; /* one more than the descriptor; 0: free */
    _Atomic(preload_bus *) bus;
    _Atomic(const void *) stream; /* NULL: there is none */
} descriptor;

/*
 * The one root of this library: a program has one table of descriptors, and so have we. The mutex
 * guards everything but the descriptors, which are looked up without it, so that write may be
 * called from a signal handler.
 */
static struct preload_root {
    pthread_mutex_t mutex;
    bool is_ready;
    pid_t pid; /* whose table it is: a vfork's child shares it and must not change it */
    descriptor descriptors[DESCRIPTORS_MAX];
    preload_bus buses[BUSES_MAX];
} root = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int fail(int error)
{
    errno = error;
    return -1;
}

static void lock_table(void)
{
    pthread_mutex_lock(&root.mutex);
}

/* Leaves errno alone. */
static void unlock_table(void)
{
    int error = errno;
    pthread_mutex_unlock(&root.mutex);
    errno = error;
}

static void close_raw(int fd)
{
    int error = errno;
    if (fd >= 0) {
        syscall(SYS_close, fd);
    }
    errno = error;
}

/* In a fork: two processes on one connection would read each other's answers. */
static void begin_fork(void)
{
    for (size_t i = 0; i < BUSES_MAX; i++) {
        root.buses[i].is_stale = true;
    }
    root.pid = getpid();
    pthread_mutex_unlock(&root.mutex);
}

static void make_ready(void)
{
    if (!root.is_ready) {
        for (size_t i = 0; i < BUSES_MAX; i++) {
            atomic_store(&root.buses[i].lock_fd, -1);
        }
        pthread_atfork(lock_table, unlock_table, begin_fork);
        root.pid = getpid();
        root.is_ready = true;
    }
}

static bool is_table_ours(void)
{
    return root.pid == getpid();
}

static descriptor *find_descriptor(int fd)
{
    for (size_t i = 0; fd >= 0 && i < DESCRIPTORS_MAX; i++) {
        if (atomic_load(&root.descriptors[i].number) == fd + 1) {
            return &root.descriptors[i];
        }
    }
    return NULL;
}

preload_bus *preload_bus_find(int fd)
{
    descriptor *found = find_descriptor(fd);
    return found == NULL ? NULL : atomic_load(&found->bus);
}

void preload_bus_set_stream(int fd, const void *stream)
{
    descriptor *found = find_descriptor(fd);
    if (found != NULL) {
        atomic_store(&found->stream, stream);
    }
}

int preload_bus_find_stream(const void *stream)
{
    for (size_t i = 0; stream != NULL && i < DESCRIPTORS_MAX; i++) {
        int number = atomic_load(&root.descriptors[i].number);
        if (number != 0 && atomic_load(&root.descriptors[i].stream) == stream) {
            return number - 1;
        }
    }
    return -1;
}

static preload_bus *find_hidden(int fd)
{
    for (size_t i = 0; root.is_ready && fd >= 0 && i < BUSES_MAX; i++) {
        if (atomic_load(&root.buses[i].lock_fd) == fd) {
            return &root.buses[i];
        }
    }
    return NULL;
}

bool preload_bus_is_hidden(int fd)
{
    return find_hidden(fd) != NULL;
}

/* The table's part of dup and open. False when the table is full. */
static bool add_descriptor(int fd, preload_bus *bus)
{
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        descriptor *entry = &root.descriptors[i];
        if (atomic_load(&entry->number) == 0) {
            atomic_store(&entry->bus, bus);
            atomic_store(&entry->stream, NULL);
            atomic_store(&entry->number, fd + 1);
            bus->users++;
            return true;
        }
    }
    return false;
}

/* The connection lives in any descriptor that is left. */
static void move_client(preload_bus *bus)
{
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        int number = atomic_load(&root.descriptors[i].number);
        if (number != 0 && atomic_load(&root.descriptors[i].bus) == bus) {
            bus->client.fd = number - 1;
            return;
        }
    }
}

static void remove_descriptor(int fd)
{
    descriptor *entry = find_descriptor(fd);
    if (entry == NULL) {
        return;
    }
    preload_bus *bus = atomic_load(&entry->bus);
    atomic_store(&entry->number, 0); /* from here on it is an ordinary one */
    bus->users--;
    if (bus->users == 0) {
        close_raw(atomic_exchange(&bus->lock_fd, -1));
    } else if (bus->client.fd == fd) {
        move_client(bus);
    }
}

void preload_bus_forget(int fd)
{
    if (is_table_ours()) {
        lock_table();
        remove_descriptor(fd);
        unlock_table();
    }
}

void preload_bus_forget_range(unsigned first, unsigned last)
{
    if (!root.is_ready || !is_table_ours()) {
        return;
    }
    lock_table();
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        int number = atomic_load(&root.descriptors[i].number);
        if (number != 0 && (unsigned)number - 1 >= first && (unsigned)number - 1 <= last) {
            remove_descriptor(number - 1);
        }
    }
    for (size_t i = 0; i < BUSES_MAX; i++) {
        int fd = atomic_load(&root.buses[i].lock_fd);
        if (fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last) {
            close_raw(atomic_exchange(&root.buses[i].lock_fd, -1));
        }
    }
    unlock_table();
}

/* What nobody serves is as if the adapter were not there; what may not be opened, like a node. */
static int connect_client(const preload_bus *bus, socket_client *ret)
{
    np_error err;
    if (socket_client_open(bus->node.socket_path, ret, &err) == NP_OK) {
        return 0;
    }
    int error = err.sub == EACCES || err.sub == EPERM ? (int)err.sub : ENXIO;
    close_raw(ret->fd);
    return fail(error);
}

static preload_bus *find_free(void)
{
    for (size_t i = 0; i < BUSES_MAX; i++) {
        if (root.buses[i].users == 0) {
            return &root.buses[i];
        }
    }
    return NULL;
}

static int open_locked(const preload_node *node, int flags)
{
    make_ready();
    preload_bus *bus = find_free();
    if (bus == NULL) {
        return fail(EMFILE);
    }
    bus->node = *node;
    bus->flags = flags & (O_ACCMODE | O_NONBLOCK | O_APPEND);
    bus->address = (preload_address){0};
    bus->is_stale = false;
    if (connect_client(bus, &bus->client) != 0) {
        return -1;
    }
    if (!add_descriptor(bus->client.fd, bus)) {
        close_raw(bus->client.fd);
        return fail(EMFILE);
    }
    return bus->client.fd;
}

int preload_bus_open(const preload_node *node, int flags)
{
    lock_table();
    int fd = open_locked(node, flags);
    unlock_table();
    return fd;
}

/* The lock's descriptor makes room for one that the program wants to have there. */
static void move_hidden(int fd)
{
    preload_bus *bus = find_hidden(fd);
    if (bus != NULL) {
        int moved = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
        atomic_store(&bus->lock_fd, moved);
    }
}

static int duplicate_raw(int old_fd, int new_fd, int lowest, int flags)
{
    return new_fd < 0 ? (int)syscall(SYS_fcntl, old_fd, F_DUPFD_CLOEXEC, lowest)
                      : (int)syscall(SYS_dup3, old_fd, new_fd, flags);
}

static int duplicate_locked(int old_fd, int new_fd, int lowest, int flags)
{
    preload_bus *bus = preload_bus_find(old_fd);
    move_hidden(new_fd);
    int made = duplicate_raw(old_fd, new_fd, lowest, bus == NULL ? flags : O_CLOEXEC);
    if (made < 0) {
        return -1;
    }
    remove_descriptor(made);
    if (bus != NULL && !add_descriptor(made, bus)) {
        close_raw(made);
        return fail(EMFILE);
    }
    return made;
}

int preload_bus_duplicate(int old_fd, int new_fd, int lowest, int flags)
{
    if (!is_table_ours()) {
        return duplicate_raw(old_fd, new_fd, lowest, flags); /* on the way from vfork to exec */
    }
    lock_table();
    int fd = duplicate_locked(old_fd, new_fd, lowest, flags);
    unlock_table();
    return fd;
}

static int open_lock(preload_bus *bus)
{
    char name[PATH_MAX + 8];
    if (atomic_load(&bus->lock_fd) < 0) {
        snprintf(name, sizeof(name), "%s.lock", bus->node.socket_path);
        int fd =
            (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_LARGEFILE);
        atomic_store(&bus->lock_fd, fd);
    }
    return atomic_load(&bus->lock_fd);
}

/* Waiting for it holds nothing of ours. */
int preload_bus_flock(preload_bus *bus, int operation)
{
    lock_table();
    int fd = open_lock(bus);
    unlock_table();
    return fd < 0 ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int preload_bus_flags(const preload_bus *bus)
{
    return bus->flags;
}

void preload_bus_set_flags(preload_bus *bus, int flags)
{
    bus->flags = (bus->flags & O_ACCMODE) | (flags & (O_NONBLOCK | O_APPEND));
}

unsigned preload_bus_number(const preload_bus *bus)
{
    return bus->node.number;
}

const char *preload_bus_path(const preload_bus *bus)
{
    return bus->node.socket_path;
}

preload_address preload_bus_address(const preload_bus *bus)
{
    return bus->address;
}

void preload_bus_set_address(preload_bus *bus, preload_address address)
{
    bus->address = address;
}

/* In a fork: the same descriptors, on a connection of this process. */
static int connect_again(preload_bus *bus)
{
    socket_client *client = &bus->client;
    int kept = client->fd;
    int result = connect_client(bus, client);
    int made = client->fd;
    client->fd = kept;
    if (result != 0) {
        return fail(ENODEV);
    }
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        int number = atomic_load(&root.descriptors[i].number);
        if (number != 0 && atomic_load(&root.descriptors[i].bus) == bus) {
            syscall(SYS_dup3, made, number - 1, O_CLOEXEC);
        }
    }
    close_raw(made);
    bus->is_stale = false;
    return 0;
}

static int exchange(preload_bus *bus, const socket_step *step, uint8_t *ret_data, bool *ret_acked)
{
    const socket_step keep_up = {.kind = SOCKET_KEEP_UP};
    np_error err;
    np_reader results;
    np_bytes data;
    np_writer writer = socket_client_begin(&bus->client);
    socket_encode_step(&keep_up, &writer);
    socket_encode_step(step, &writer);
    if (socket_client_send(&bus->client, &writer, &results, &err) != NP_OK ||
        !socket_decode_result(&results, step, ret_acked, &data)) {
        return fail(ENODEV);
    }
    if (data.len > 0) {
        memcpy(ret_data, data.data, data.len);
    }
    return 0;
}

int preload_bus_transact(preload_bus *bus, const socket_step *step, uint8_t *ret_data,
                         bool *ret_acked)
{
    int result = 0;
    lock_table();
    if (bus->users == 0) {
        result = fail(EBADF);
    }
    if (result == 0 && bus->is_stale) {
        result = connect_again(bus);
    }
    if (result == 0) {
        result = exchange(bus, step, ret_data, ret_acked);
    }
    unlock_table();
    return result;
}
