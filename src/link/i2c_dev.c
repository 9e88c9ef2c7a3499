/* SPDX-License-Identifier: Apache-2.0 */
#include "link/i2c_dev.h"

#include "base/wipe.h"
#include "link/bus_lock.h"
#include "link/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DEFAULT_KHZ = 100, /* what boards are set to, and the safe choice for wake tokens */
    HZ_PER_KHZ = 1000,
    WRITE_MAX = 256, /* word address and the longest group, with room */
    /* With its power-on self test enabled a part needs 20 ms after the token (specs 1.2, tWHIST).
     */
    SLOW_WAKE_US = 20000,
    NS_PER_US = 1000,
};

struct i2c_dev {
    int fd;
    char *path;
    uint32_t clock_hz;
    link_wake wake;
    bool can_ignore_nack;
    uint8_t claimed; /* the last address that no driver has; 0: none was asked for */
    bus_lock lock;
};

typedef struct trouble_row {
    int error;
    const char *hint;
} trouble_row;

static const trouble_row open_rows[] = {
    {ENOENT, "load the module i2c-dev and switch the bus on (device tree, board configuration); "
             "ls /dev/i2c-* shows what there is"},
    {ENXIO, "load the module i2c-dev and switch the bus on (device tree, board configuration); "
            "ls /dev/i2c-* shows what there is"},
    {ENODEV, "load the module i2c-dev and switch the bus on (device tree, board configuration); "
             "ls /dev/i2c-* shows what there is"},
    {EACCES, "join the group of the node (often: adduser YOU i2c, then log in anew)"},
    {EPERM, "join the group of the node (often: adduser YOU i2c, then log in anew)"},
};

/* NULL: no row is about this error. */
static const char *find_hint(const trouble_row *rows, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].error == error) {
            return rows[i].hint;
        }
    }
    return NULL;
}

static np_code open_error(const char *path, np_error *err)
{
    int error = errno;
    const char *hint = find_hint(open_rows, NP_COUNT_OF(open_rows), error);
    np_code code = np_error_set_sub(err, NP_ESTATION_IO, error, "%s: cannot be opened: %s", path,
                                    strerror(error));
    return np_error_hint(err, code, "%s",
                         hint != NULL ? hint
                                      : "a bus is called /dev/i2c-N; ls /dev/i2c-* shows them");
}

/* What a bus does that is not a NACK (the kernel's fault-codes; specs of the chip 8.4). */
static const trouble_row trouble_rows[] = {
    {ETIMEDOUT, "the bus is stuck: something holds SDA or SCL low; check the pull-up resistors, "
                "then take power from the parts"},
    {EAGAIN, "another master has the bus, or SDA is held low; try again, then check the wiring"},
    {EBUSY, "another master has the bus, or SDA is held low; try again, then check the wiring"},
    {EPROTO, "what the adapter saw is no I2C: check the pull-up resistors and the length of the "
             "wires, then try a slower bus"},
    {EOPNOTSUPP, "this adapter cannot do it; try another bus, or i2c-gpio"},
    {EINVAL, "this adapter cannot do it; try another bus, or i2c-gpio"},
    {ESHUTDOWN, "the adapter is suspended: wake the board up, then run this again"},
    {ENODEV, "the adapter has gone: if it is on USB, plug it in again; ls /dev/i2c-* shows what "
             "there is"},
};

static np_code transfer_error(const i2c_dev *bus, np_error *err)
{
    int error = errno;
    const char *hint = find_hint(trouble_rows, NP_COUNT_OF(trouble_rows), error);
    np_code code = np_error_set_sub(err, NP_ESTATION_IO, error, "%s: the transfer was refused: %s",
                                    bus->path, strerror(error));
    return np_error_hint(err, code, "%s",
                         hint != NULL ? hint : "see what the kernel says about the adapter: dmesg");
}

/* "1" of "/dev/i2c-1", for the names below /sys. */
static const char *number_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dash = strrchr(slash == NULL ? path : slash, '-');
    return dash != NULL && dash[1] != '\0' ? dash + 1 : "N";
}

/*
 * A driver of the kernel that has the chip (atmel-ecc, or another part's at one of our addresses)
 * knows nothing of our lock; transfers would go between its own. The kernel tells by I2C_SLAVE, and
 * by nothing else: I2C_RDWR is let through.
 */
static np_code refuse_driver(const i2c_dev *bus, uint8_t address, np_error *err)
{
    const char *number = number_of(bus->path);
    np_code code =
        np_error_set_sub(err, NP_ESTATION_BUSY, EBUSY,
                         "%s: a driver of the kernel has the part at 0x%02x", bus->path, address);
    return np_error_hint(err, code,
                         "if that is the chip, let the driver go: echo %s-00%02x > "
                         "/sys/bus/i2c/devices/%s-00%02x/driver/unbind; if not, say where the "
                         "chip is: addr=",
                         number, address, number, address);
}

/* Asked once for each address; 0 is the wake token's, which belongs to nobody. */
static np_code claim(i2c_dev *bus, uint8_t address, np_error *err)
{
    if (address == 0 || address == bus->claimed) {
        return NP_OK;
    }
    if (ioctl(bus->fd, I2C_SLAVE, (unsigned long)address) < 0 && errno == EBUSY) {
        return refuse_driver(bus, address, err);
    }
    bus->claimed = address;
    return NP_OK;
}

static bool is_nack(int error)
{
    return error == ENXIO || error == EREMOTEIO || error == EIO;
}

static np_code transfer(i2c_dev *bus, struct i2c_msg *message, bool *ret_acked, np_error *err)
{
    struct i2c_rdwr_ioctl_data data = {.msgs = message, .nmsgs = 1};
    int done = 0;
    NP_TRY(claim(bus, (uint8_t)message->addr, err));
    do {
        done = ioctl(bus->fd, I2C_RDWR, &data);
    } while (done < 0 && errno == EINTR);
    *ret_acked = done == 1;
    return done >= 0 || is_nack(errno) ? NP_OK : transfer_error(bus, err);
}

static np_code send(i2c_dev *bus, uint8_t address, uint16_t flags, np_bytes data, bool *ret_acked,
                    np_error *err)
{
    uint8_t copy[WRITE_MAX]; /* the kernel's structure takes no constant */
    if (data.len > sizeof(copy)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%s: a write has at most %zu bytes", bus->path,
                            sizeof(copy));
    }
    memcpy(copy, data.data, data.len);
    struct i2c_msg message = {
        .addr = address, .flags = flags, .len = (uint16_t)data.len, .buf = copy};
    return transfer(bus, &message, ret_acked, err);
}

static void wait_after_token(const i2c_dev *bus, uint8_t address)
{
    if (address == 0 && bus->wake == LINK_WAKE_SLOW) {
        clock_wait_until_ns(clock_now_ns() + (uint64_t)SLOW_WAKE_US * NS_PER_US);
    }
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    NP_TRY(send(self, address, 0, data, ret_acked, err));
    wait_after_token(self, address);
    return NP_OK;
}

/*
 * With an adapter that cannot ignore a NACK only the address byte is clocked: that is a whole wake
 * token up to 133 kHz, and may be one for some parts on faster buses (specs of the chip 1.10).
 */
static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    i2c_dev *bus = self;
    bool is_whole = bus->can_ignore_nack && bus->wake != LINK_WAKE_ZERO;
    bool acked = false;
    np_bytes sent = is_whole || data.len < 1 ? data : np_bytes_of(data.data, 1);
    NP_TRY(send(bus, address, is_whole ? I2C_M_IGNORE_NAK : 0, sent, &acked, err));
    wait_after_token(bus, address);
    return NP_OK;
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    struct i2c_msg message = {
        .addr = address, .flags = I2C_M_RD, .len = (uint16_t)size, .buf = ret_data};
    return transfer(self, &message, ret_acked, err);
}

static uint64_t bus_now_ns(void *self)
{
    (void)self;
    return clock_now_ns();
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    (void)self;
    clock_wait_until_ns(deadline_ns);
}

static np_code bus_hold(void *self, np_error *err)
{
    i2c_dev *bus = self;
    return bus_lock_take(&bus->lock, err);
}

static void bus_release(void *self)
{
    i2c_dev *bus = self;
    bus_lock_give(&bus->lock);
}

np_bus i2c_dev_bus(i2c_dev *bus)
{
    static const np_bus_ops ops = {.write = bus_write,
                                   .write_through = bus_write_through,
                                   .read = bus_read,
                                   .now_ns = bus_now_ns,
                                   .wait_until_ns = bus_wait_until_ns,
                                   .hold = bus_hold,
                                   .release = bus_release};
    return (np_bus){.ops = &ops, .self = bus, .clock_hz = bus->clock_hz};
}

void i2c_dev_close(i2c_dev *bus)
{
    if (bus == NULL) {
        return;
    }
    if (bus->fd >= 0) {
        close(bus->fd); /* gives the lock back as well */
    }
    free(bus->path);
    free(bus);
}

static void close_at(i2c_dev **bus)
{
    i2c_dev_close(*bus);
}

static np_code ask_adapter(i2c_dev *bus, np_error *err)
{
    unsigned long can = 0;
    if (ioctl(bus->fd, I2C_FUNCS, &can) < 0) {
        np_code code = np_error_set_sub(err, NP_ESTATION_IO, errno,
                                        "%s: not the node of an I2C bus", bus->path);
        return np_error_hint(err, code, "it is called /dev/i2c-N; ls /dev/i2c-* shows them");
    }
    if ((can & I2C_FUNC_I2C) == 0) {
        np_code code =
            np_error_set(err, NP_ESTATION_IO, "%s: the adapter carries SMBus alone", bus->path);
        return np_error_hint(err, code, "the chip needs plain I2C: take another bus");
    }
    bus->can_ignore_nack = (can & I2C_FUNC_PROTOCOL_MANGLING) != 0;
    return NP_OK;
}

static i2c_dev *make_bus(const link_target *target)
{
    i2c_dev *bus = calloc(1, sizeof(*bus));
    char *path = strdup(target->place);
    if (bus == NULL || path == NULL) {
        free(bus);
        free(path);
        return NULL;
    }
    *bus = (i2c_dev){.fd = -1, .path = path, .wake = target->wake};
    bus->clock_hz = (target->khz == 0 ? DEFAULT_KHZ : target->khz) * HZ_PER_KHZ;
    return bus;
}

np_code i2c_dev_open(const link_target *target, const np_link_options *options, i2c_dev **ret,
                     np_error *err)
{
    NP_CLEANUP(close_at) i2c_dev *bus = make_bus(target);
    if (bus == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    bus->fd = open(bus->path, O_RDWR | O_CLOEXEC);
    if (bus->fd < 0) {
        return open_error(bus->path, err);
    }
    NP_TRY(ask_adapter(bus, err));
    bus->lock = (bus_lock){.fd = bus->fd, .wait_ms = options->lock_wait_ms, .place = bus->path};
    *ret = bus;
    bus = NULL;
    return NP_OK;
}
