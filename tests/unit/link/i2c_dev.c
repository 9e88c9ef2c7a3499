/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The i2c-dev link against a kernel that says what a test wants: every ioctl of the program comes
 * here instead (the linker's --wrap). What adapters answer is from specs of the chip 8.4. The node
 * is a file of the test's own: buses are locked, and somebody else's test may run beside this one.
 */
#include "link/i2c_dev.h"

#include "support/program.h"
#include "support/test.h"
#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>

int __wrap_ioctl(int fd, unsigned long request, ...);

/* The kernel that is asked; cmocka runs one test at a time. */
static struct kernel {
    unsigned long functions;
    int result; /* of I2C_RDWR; -1: error */
    int error;
    unsigned interruptions; /* how often EINTR comes first */
    unsigned drivers;       /* a bit for each of the held addresses, below */
    unsigned transfers;
    bool is_chip;           /* what is read is a chip's answer to a wake token */
    struct i2c_msg message; /* the last one */
    uint8_t data[300];
} kernel;

/* Where parts of the family are looked for, and a driver of the kernel may be. */
static const uint8_t places[] = {0x60, 0x35, 0x36};

static int set_address(unsigned long address)
{
    for (size_t i = 0; i < sizeof(places); i++) {
        if (address == places[i] && (kernel.drivers & 1U << i) != 0) {
            errno = EBUSY;
            return -1;
        }
    }
    return 0;
}

static int transfer(const struct i2c_rdwr_ioctl_data *data)
{
    assert_int_equal(data->nmsgs, 1);
    kernel.message = data->msgs[0];
    kernel.transfers++;
    if (kernel.interruptions > 0) {
        kernel.interruptions--;
        errno = EINTR;
        return -1;
    }
    if ((data->msgs[0].flags & I2C_M_RD) != 0) {
        static const uint8_t awake[] = {0x04, 0x11, 0x33, 0x43};
        memset(data->msgs[0].buf, 0x5a, data->msgs[0].len);
        if (kernel.is_chip && data->msgs[0].len == sizeof(awake)) {
            memcpy(data->msgs[0].buf, awake, sizeof(awake));
        }
    } else {
        memcpy(kernel.data, data->msgs[0].buf, data->msgs[0].len);
    }
    errno = kernel.error;
    return kernel.result;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    (void)fd;
    if (request == I2C_FUNCS) {
        *(unsigned long *)argument = kernel.functions;
        return 0;
    }
    if (request == I2C_SLAVE) {
        return set_address((unsigned long)argument);
    }
    assert_int_equal(request, I2C_RDWR);
    return transfer(argument);
}

static char node_path[PROGRAM_PATH_SIZE + 16];
static char node_uri[sizeof(node_path) + 8];

static int make_node(void **state)
{
    program_room_set_up(state);
    const program_room *room = *state;
    snprintf(node_path, sizeof(node_path), "%s/node", room->path);
    snprintf(node_uri, sizeof(node_uri), "i2c:%s", node_path);
    program_store(room, "node", np_bytes_text("in place of a node"));
    return 0;
}

static i2c_dev *open_bus(unsigned long functions, uint32_t khz, link_wake wake)
{
    link_target target = {.place = node_path, .khz = khz, .wake = wake};
    np_link_options options = {0};
    np_error err;
    i2c_dev *bus = NULL;
    kernel = (struct kernel){.functions = functions, .result = 1};
    assert_ok(i2c_dev_open(&target, &options, &bus, &err), &err);
    return bus;
}

static void what_adapters_make_of_a_nack_is_an_outcome(void **state)
{
    static const int errors[] = {ENXIO, EREMOTEIO, EIO};
    static const uint8_t byte[] = {1};
    i2c_dev *node = open_bus(I2C_FUNC_I2C, 100, LINK_WAKE_AUTO);
    np_bus bus = i2c_dev_bus(node);
    np_error err;
    uint8_t data[4];
    bool acked = true;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(errors); i++) {
        kernel.result = -1;
        kernel.error = errors[i];
        assert_ok(bus.ops->write(bus.self, 0x60, NP_BYTES(byte), &acked, &err), &err);
        assert_false(acked);
    }
    kernel.result = 0; /* virtio-i2c: a short count and no error */
    assert_ok(bus.ops->read(bus.self, 0x60, data, sizeof(data), &acked, &err), &err);
    assert_false(acked);
    kernel.result = 1;
    kernel.interruptions = 2;
    assert_ok(bus.ops->read(bus.self, 0x60, data, sizeof(data), &acked, &err), &err);
    assert_true(acked);
    assert_int_equal(data[3], 0x5a);
    assert_int_equal(kernel.message.addr, 0x60);
    assert_int_equal(kernel.message.len, sizeof(data));
    i2c_dev_close(node);
}

/* An errno, and a piece of the next step. */
typedef struct trouble {
    int error;
    const char *hint;
} trouble;

static void every_other_trouble_is_named_with_its_next_step(void **state)
{
    static const trouble troubles[] = {{ETIMEDOUT, "the bus is stuck"},
                                       {EAGAIN, "another master"},
                                       {EBUSY, "another master"},
                                       {EOPNOTSUPP, "cannot do it"},
                                       {EPROTO, "what the adapter saw is no I2C"},
                                       {ESHUTDOWN, "suspended"},
                                       {ENODEV, "the adapter has gone"},
                                       {ENOMEM, "dmesg"}};
    i2c_dev *node = open_bus(I2C_FUNC_I2C, 100, LINK_WAKE_AUTO);
    np_bus bus = i2c_dev_bus(node);
    uint8_t data[4];
    bool acked;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(troubles); i++) {
        np_error err;
        kernel.result = -1;
        kernel.error = troubles[i].error;
        assert_code(bus.ops->read(bus.self, 0x60, data, sizeof(data), &acked, &err),
                    NP_ESTATION_IO);
        assert_int_equal(err.sub, troubles[i].error);
        assert_non_null(strstr(err.message, node_path));
        assert_non_null(strstr(err.hint, troubles[i].hint));
    }
    i2c_dev_close(node);
}

static void wake_tokens_go_through_a_nack_where_the_adapter_can(void **state)
{
    static const uint8_t zeros[7] = {0};
    i2c_dev *node = open_bus(I2C_FUNC_I2C | I2C_FUNC_PROTOCOL_MANGLING, 1000, LINK_WAKE_AUTO);
    np_bus bus = i2c_dev_bus(node);
    np_error err;
    (void)state;
    assert_int_equal(bus.clock_hz, 1000000);
    assert_ok(bus.ops->write_through(bus.self, 0, NP_BYTES(zeros), &err), &err);
    assert_int_equal(kernel.message.flags, I2C_M_IGNORE_NAK);
    assert_int_equal(kernel.message.len, sizeof(zeros));
    i2c_dev_close(node);
}

static void otherwise_they_are_one_zero_byte_to_address_zero(void **state)
{
    static const uint8_t zeros[7] = {0};
    const struct {
        unsigned long functions;
        link_wake wake;
    } cases[] = {{I2C_FUNC_I2C, LINK_WAKE_AUTO},
                 {I2C_FUNC_I2C | I2C_FUNC_PROTOCOL_MANGLING, LINK_WAKE_ZERO}};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        i2c_dev *node = open_bus(cases[i].functions, 400, cases[i].wake);
        np_bus bus = i2c_dev_bus(node);
        np_error err;
        kernel.result = -1;
        kernel.error = ENXIO; /* nobody acknowledges a wake token */
        assert_ok(bus.ops->write_through(bus.self, 0, NP_BYTES(zeros), &err), &err);
        assert_int_equal(kernel.message.flags, 0);
        assert_int_equal(kernel.message.addr, 0);
        assert_int_equal(kernel.message.len, 1);
        i2c_dev_close(node);
    }
}

static void an_adapter_without_plain_i2c_is_refused(void **state)
{
    link_target target = {.place = node_path};
    np_link_options options = {0};
    np_error err;
    i2c_dev *bus = NULL;
    (void)state;
    kernel = (struct kernel){.functions = I2C_FUNC_SMBUS_QUICK};
    assert_code(i2c_dev_open(&target, &options, &bus, &err), NP_ESTATION_IO);
    assert_non_null(strstr(err.message, "SMBus alone"));
    assert_null(bus);
}

static void an_address_that_a_driver_has_is_refused_before_the_wires(void **state)
{
    i2c_dev *node = open_bus(I2C_FUNC_I2C, 100, LINK_WAKE_AUTO);
    np_bus bus = i2c_dev_bus(node);
    np_error err;
    uint8_t data[4];
    bool acked;
    (void)state;
    kernel.drivers = 1;
    assert_code(bus.ops->read(bus.self, 0x60, data, sizeof(data), &acked, &err), NP_ESTATION_BUSY);
    assert_int_equal(err.sub, EBUSY);
    assert_non_null(strstr(err.message, "a driver of the kernel has the part at 0x60"));
    assert_non_null(strstr(err.hint, "N-0060/driver/unbind"));
    assert_int_equal(kernel.transfers, 0);
    assert_ok(bus.ops->read(bus.self, 0x35, data, sizeof(data), &acked, &err), &err);
    assert_ok(bus.ops->write(bus.self, 0, NP_BYTES(((uint8_t[]){0})), &acked, &err), &err);
    i2c_dev_close(node);
}

static void a_chip_is_looked_for_where_no_driver_is(void **state)
{
    static const struct {
        unsigned drivers;
        uint8_t address;
    } cases[] = {{0, 0x60}, {1, 0x35}, {3, 0x36}, {6, 0x60}};
    np_link_options options = {0};
    np_error err;
    np_link *link = NULL;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        kernel = (struct kernel){
            .functions = I2C_FUNC_I2C, .result = 1, .is_chip = true, .drivers = cases[i].drivers};
        assert_ok(np_link_open_shared(node_uri, &options, &link, &err), &err);
        assert_int_equal(np_link_address(link), cases[i].address);
        assert_ok(np_link_close(link, &err), &err);
    }
    kernel = (struct kernel){.functions = I2C_FUNC_I2C, .result = 1, .is_chip = true, .drivers = 7};
    assert_code(np_link_open_shared(node_uri, &options, &link, &err), NP_ESTATION_BUSY);
    assert_non_null(strstr(err.message, "0x60"));
    assert_int_equal(kernel.transfers, 0);
}

static void what_cannot_be_opened_is_named_with_its_next_step(void **state)
{
    static char none[] = "/dev/i2c-nowhere";
    static char below[] = "/dev/null/i2c-1";
    static char folder[] = "/dev";
    static const struct {
        char *place;
        int error;
        const char *hint;
    } cases[] = {{none, ENOENT, "load the module i2c-dev"},
                 {below, ENOTDIR, "a bus is called /dev/i2c-N"},
                 {folder, EISDIR, "a bus is called /dev/i2c-N"}};
    np_link_options options = {0};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        link_target target = {.place = cases[i].place};
        np_error err;
        i2c_dev *bus = NULL;
        assert_code(i2c_dev_open(&target, &options, &bus, &err), NP_ESTATION_IO);
        assert_int_equal(err.sub, cases[i].error);
        assert_non_null(strstr(err.message, cases[i].place));
        assert_non_null(strstr(err.hint, cases[i].hint));
    }
}

static void a_write_that_is_too_long_is_refused(void **state)
{
    static const uint8_t data[257] = {0};
    i2c_dev *node = open_bus(I2C_FUNC_I2C, 100, LINK_WAKE_AUTO);
    np_bus bus = i2c_dev_bus(node);
    np_error err;
    bool acked;
    (void)state;
    assert_code(bus.ops->write(bus.self, 0x60, NP_BYTES(data), &acked, &err), NP_EINPUT_RANGE);
    i2c_dev_close(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_adapters_make_of_a_nack_is_an_outcome),
        cmocka_unit_test(every_other_trouble_is_named_with_its_next_step),
        cmocka_unit_test(wake_tokens_go_through_a_nack_where_the_adapter_can),
        cmocka_unit_test(otherwise_they_are_one_zero_byte_to_address_zero),
        cmocka_unit_test(an_adapter_without_plain_i2c_is_refused),
        cmocka_unit_test(an_address_that_a_driver_has_is_refused_before_the_wires),
        cmocka_unit_test(a_chip_is_looked_for_where_no_driver_is),
        cmocka_unit_test(what_cannot_be_opened_is_named_with_its_next_step),
        cmocka_unit_test(a_write_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, make_node, program_room_tear_down);
}
