/* SPDX-License-Identifier: Apache-2.0 */
#include "preload/bus.h"

#include "link/socket_client.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUSES_MAX = 16 };

struct preload_bus {
    atomic_int fd; /* the connection; 0: free */
    int lock_fd;
    uint8_t address;
    socket_client *client;
    char path[PATH_MAX];
};

/*
 * The one root of this library: a program has one table of descriptors, and so have we. The mutex
 * guards everything but the descriptors, which are looked up without it, so that write may be
 * called from a signal handler.
 */
static struct preload_root {
    pthread_mutex_t mutex;
    preload_bus buses[BUSES_MAX];
} root = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int fail(int error)
{
    errno = error;
    return -1;
}

/* The number behind "/dev/i2c-"; NULL for any other path. */
static const char *number_of(const char *path)
{
    static const char begin[] = "/dev/i2c-";
    if (path == NULL || strncmp(path, begin, strlen(begin)) != 0) {
        return NULL;
    }
    const char *number = path + strlen(begin);
    size_t digits = strspn(number, "0123456789");
    return digits > 0 && number[digits] == '\0' ? number : NULL;
}

/* What NAMEPLATE_I2C says about this bus: false when it does not name it. */
static bool look_up(const char *number, char *ret_path, size_t size)
{
    static const char scheme[] = "=unix:";
    const char *list = getenv("NAMEPLATE_I2C");
    size_t digits = strlen(number);
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        bool is_it = strncmp(list, number, digits) == 0 &&
                     strncmp(list + digits, scheme, strlen(scheme)) == 0;
        if (is_it) {
            size_t skipped = digits + strlen(scheme);
            int written = snprintf(ret_path, size, "%.*s", (int)(length - skipped), list + skipped);
            return written >= 0 && (size_t)written < size;
        }
        list += length + (list[length] == ',' ? 1 : 0);
    }
    return false;
}

static int connect_bus(preload_bus *bus)
{
    char lock[PATH_MAX + 8];
    np_error err;
    bus->client = calloc(1, sizeof(*bus->client));
    if (bus->client == NULL) {
        return fail(ENOMEM);
    }
    if (socket_client_open(bus->path, bus->client, &err) != NP_OK) {
        socket_client_close(bus->client);
        free(bus->client);
        return fail(ENXIO);
    }
    snprintf(lock, sizeof(lock), "%s.lock", bus->path);
    bus->lock_fd = open(lock, O_RDWR | O_CLOEXEC);
    bus->address = 0;
    atomic_store(&bus->fd, bus->client->fd);
    return bus->client->fd;
}

static preload_bus *find_free(void)
{
    for (size_t i = 0; i < BUSES_MAX; i++) {
        if (atomic_load(&root.buses[i].fd) == 0) {
            return &root.buses[i];
        }
    }
    return NULL;
}

bool preload_bus_open(const char *path, int *ret_fd)
{
    char socket_path[PATH_MAX];
    const char *number = number_of(path);
    if (number == NULL || !look_up(number, socket_path, sizeof(socket_path))) {
        return false;
    }
    pthread_mutex_lock(&root.mutex);
    preload_bus *bus = find_free();
    if (bus == NULL) {
        *ret_fd = fail(EMFILE);
    } else {
        memcpy(bus->path, socket_path, sizeof(bus->path));
        *ret_fd = connect_bus(bus);
    }
    pthread_mutex_unlock(&root.mutex);
    return true;
}

preload_bus *preload_bus_find(int fd)
{
    for (size_t i = 0; fd > 0 && i < BUSES_MAX; i++) {
        if (atomic_load(&root.buses[i].fd) == fd) {
            return &root.buses[i];
        }
    }
    return NULL;
}

int preload_bus_close(preload_bus *bus)
{
    pthread_mutex_lock(&root.mutex);
    socket_client *client = bus->client;
    int lock_fd = bus->lock_fd;
    atomic_store(&bus->fd, 0); /* from here on its descriptor is an ordinary one */
    pthread_mutex_unlock(&root.mutex);
    if (lock_fd >= 0) {
        close(lock_fd);
    }
    socket_client_close(client);
    free(client);
    return 0;
}

int preload_bus_lock_fd(const preload_bus *bus)
{
    return bus->lock_fd;
}

/*
 * One transaction. The program waits by itself between two of them, which nobody sees: the chip's
 * clock keeps up with the wall's. What a NACK is called differs between adapters; ENXIO is the name
 * that the kernel's documentation wants. ENODEV: the server has gone.
 */
static int exchange(preload_bus *bus, const socket_step *step, uint8_t *ret_data)
{
    const socket_step keep_up = {.kind = SOCKET_KEEP_UP};
    np_error err;
    np_reader results;
    np_bytes data;
    bool acked = false;
    np_writer writer = socket_client_begin(bus->client);
    socket_encode_step(&keep_up, &writer);
    socket_encode_step(step, &writer);
    if (socket_client_send(bus->client, &writer, &results, &err) != NP_OK ||
        !socket_decode_result(&results, step, &acked, &data)) {
        return fail(ENODEV);
    }
    if (data.len > 0) {
        memcpy(ret_data, data.data, data.len);
    }
    /* whoever ignores a NACK is not told of it */
    return acked || step->kind == SOCKET_WRITE_THROUGH ? 0 : fail(ENXIO);
}

static int transact(preload_bus *bus, const socket_step *step, uint8_t *ret_data)
{
    pthread_mutex_lock(&root.mutex);
    int result = exchange(bus, step, ret_data);
    int error = errno;
    pthread_mutex_unlock(&root.mutex);
    errno = error;
    return result;
}

static int read_from(preload_bus *bus, void *ret_data, size_t size)
{
    socket_step step = {.kind = SOCKET_READ, .address = bus->address, .size = size};
    return transact(bus, &step, ret_data);
}

static int write_to(preload_bus *bus, const void *data, size_t size)
{
    socket_step step = {
        .kind = SOCKET_WRITE, .address = bus->address, .data = np_bytes_of(data, size)};
    return transact(bus, &step, NULL);
}

long preload_bus_read(preload_bus *bus, void *ret_data, size_t size)
{
    /* as the kernel does it: a longer read is a shorter one */
    size = size < SOCKET_TRANSFER_MAX ? size : SOCKET_TRANSFER_MAX;
    return read_from(bus, ret_data, size) == 0 ? (long)size : -1;
}

long preload_bus_write(preload_bus *bus, const void *data, size_t size)
{
    size = size < SOCKET_TRANSFER_MAX ? size : SOCKET_TRANSFER_MAX;
    return write_to(bus, data, size) == 0 ? (long)size : -1;
}

int preload_bus_set_address(preload_bus *bus, unsigned long address)
{
    if (address > SOCKET_ADDRESS_MAX) {
        return fail(EINVAL);
    }
    bus->address = (uint8_t)address;
    return 0;
}

static int transfer_one(preload_bus *bus, const struct i2c_msg *message)
{
    static const unsigned known_flags = I2C_M_RD | I2C_M_IGNORE_NAK;
    if (message->addr > SOCKET_ADDRESS_MAX || message->len > SOCKET_TRANSFER_MAX) {
        return fail(EINVAL);
    }
    if ((message->flags & ~known_flags) != 0) {
        return fail(EOPNOTSUPP);
    }
    socket_step step = {.address = (uint8_t)message->addr};
    if ((message->flags & I2C_M_RD) != 0) {
        step.kind = SOCKET_READ;
        step.size = message->len;
    } else {
        bool is_through = (message->flags & I2C_M_IGNORE_NAK) != 0;
        step.kind = is_through ? SOCKET_WRITE_THROUGH : SOCKET_WRITE;
        step.data = np_bytes_of(message->buf, message->len);
    }
    return transact(bus, &step, message->buf);
}

/* Each message has a STOP of its own; the chips do not tell it from a repeated START. */
int preload_bus_transfer(preload_bus *bus, const struct i2c_rdwr_ioctl_data *data)
{
    if (data->nmsgs > I2C_RDWR_IOCTL_MAX_MSGS) {
        return fail(EINVAL);
    }
    for (unsigned i = 0; i < data->nmsgs; i++) {
        if (transfer_one(bus, &data->msgs[i]) != 0) {
            return -1;
        }
    }
    return (int)data->nmsgs;
}

/* What scanning tools use: quick, byte, byte data. */
int preload_bus_smbus(preload_bus *bus, const struct i2c_smbus_ioctl_data *data)
{
    bool is_read = data->read_write == I2C_SMBUS_READ;
    switch (data->size) {
    case I2C_SMBUS_QUICK:
        return is_read ? read_from(bus, NULL, 0) : write_to(bus, NULL, 0);
    case I2C_SMBUS_BYTE:
        return is_read ? read_from(bus, &data->data->byte, 1) : write_to(bus, &data->command, 1);
    case I2C_SMBUS_BYTE_DATA:
        if (is_read) {
            int written = write_to(bus, &data->command, 1);
            return written == 0 ? read_from(bus, &data->data->byte, 1) : written;
        }
        return write_to(bus, (const uint8_t[]){data->command, data->data->byte}, 2);
    default:
        return fail(EOPNOTSUPP);
    }
}
