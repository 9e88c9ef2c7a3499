/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What i2c-dev's requests become on the wires, on a bus that records them. The expected bytes are
 * those of the SMBus specification 2.0, chapter 5.5, and of the kernel's smbus-protocol; the errors
 * those of its fault-codes and dev-interface.
 */
#include "preload/transfer.h"

#include "support/test.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>

enum { STEPS_MAX = 4, ADDRESS = 0x60 };

/* The bus that is asked; cmocka runs one test at a time. */
static struct recorder {
    preload_address address;
    int flags;
    unsigned count;
    socket_step steps[STEPS_MAX];
    uint8_t data[STEPS_MAX][64]; /* what was written */
    const uint8_t *answer;       /* what is read */
    unsigned silent_from;        /* the step that nobody acknowledges, and all behind it */
    bool is_gone;
} recorder;

int preload_bus_flags(const preload_bus *bus)
{
    (void)bus;
    return recorder.flags;
}

preload_address preload_bus_address(const preload_bus *bus)
{
    (void)bus;
    return recorder.address;
}

void preload_bus_set_address(preload_bus *bus, preload_address address)
{
    (void)bus;
    recorder.address = address;
}

int preload_bus_transact(preload_bus *bus, const socket_step *step, uint8_t *ret_data,
                         bool *ret_acked)
{
    (void)bus;
    assert_true(recorder.count < STEPS_MAX);
    unsigned index = recorder.count++;
    recorder.steps[index] = *step;
    *ret_acked = index < recorder.silent_from;
    if (recorder.is_gone) {
        errno = ENODEV;
        return -1;
    }
    if (step->kind == SOCKET_READ && *ret_acked && step->size > 0) {
        memcpy(ret_data, recorder.answer, step->size);
    } else if (step->data.len > 0) {
        assert_true(step->data.len <= sizeof(recorder.data[index]));
        memcpy(recorder.data[index], step->data.data, step->data.len);
    }
    return 0;
}

/* Which bus it is does not matter to a recorder. */
static preload_bus *begin(void)
{
    static const uint8_t answer[64] = {0x34, 0x12, 3, 4, 5, 6, 7, 8, 9};
    recorder = (struct recorder){.address = {.address = ADDRESS},
                                 .flags = O_RDWR,
                                 .answer = answer,
                                 .silent_from = STEPS_MAX};
    return NULL;
}

static void assert_written(unsigned index, const uint8_t *data, size_t size)
{
    assert_true(index < recorder.count);
    assert_int_equal(recorder.steps[index].kind, SOCKET_WRITE);
    assert_int_equal(recorder.steps[index].address, ADDRESS);
    assert_int_equal(recorder.steps[index].data.len, size);
    assert_memory_equal(recorder.data[index], data, size);
}

static void assert_was_read(unsigned index, size_t size)
{
    assert_true(index < recorder.count);
    assert_int_equal(recorder.steps[index].kind, SOCKET_READ);
    assert_int_equal(recorder.steps[index].address, ADDRESS);
    assert_int_equal(recorder.steps[index].size, size);
}

static void assert_fails(int result, int error)
{
    assert_int_equal(result, -1);
    assert_int_equal(errno, error);
}

static int call_smbus(uint8_t read_write, uint8_t command, uint32_t size,
                      union i2c_smbus_data *data)
{
    struct i2c_smbus_ioctl_data call = {
        .read_write = read_write, .command = command, .size = size, .data = data};
    return preload_control(NULL, I2C_SMBUS, &call);
}

/* One SMBus protocol: what goes out, how much comes in. */
typedef struct protocol {
    uint32_t size;
    uint8_t read_write;
    uint8_t out[4];
    size_t out_size;
    size_t in_size;
    bool has_out;
    bool has_in;
} protocol;

static void smbus_protocols_are_on_the_wires_what_the_specification_says(void **state)
{
    static const protocol protocols[] = {
        {.size = I2C_SMBUS_QUICK, .read_write = I2C_SMBUS_WRITE, .has_out = true},
        {.size = I2C_SMBUS_QUICK, .read_write = I2C_SMBUS_READ, .has_in = true},
        {I2C_SMBUS_BYTE, I2C_SMBUS_WRITE, {0x07}, 1, 0, true, false},
        {I2C_SMBUS_BYTE, I2C_SMBUS_READ, {0}, 0, 1, false, true},
        {I2C_SMBUS_BYTE_DATA, I2C_SMBUS_WRITE, {0x07, 0x02}, 2, 0, true, false},
        {I2C_SMBUS_BYTE_DATA, I2C_SMBUS_READ, {0x07}, 1, 1, true, true},
        {I2C_SMBUS_WORD_DATA, I2C_SMBUS_WRITE, {0x07, 0x02, 0xa1}, 3, 0, true, false},
        {I2C_SMBUS_WORD_DATA, I2C_SMBUS_READ, {0x07}, 1, 2, true, true},
        {I2C_SMBUS_PROC_CALL, I2C_SMBUS_WRITE, {0x07, 0x02, 0xa1}, 3, 2, true, true},
        {I2C_SMBUS_BLOCK_DATA, I2C_SMBUS_WRITE, {0x07, 0x02, 0xa1, 0xa2}, 4, 0, true, false},
        {I2C_SMBUS_I2C_BLOCK_DATA, I2C_SMBUS_WRITE, {0x07, 0xa1, 0xa2}, 3, 0, true, false},
        {I2C_SMBUS_I2C_BLOCK_DATA, I2C_SMBUS_READ, {0x07}, 1, 2, true, true},
        {I2C_SMBUS_I2C_BLOCK_BROKEN, I2C_SMBUS_WRITE, {0x07, 0xa1, 0xa2}, 3, 0, true, false},
        {I2C_SMBUS_I2C_BLOCK_BROKEN, I2C_SMBUS_READ, {0x07}, 1, 32, true, true},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(protocols); i++) {
        const protocol *row = &protocols[i];
        union i2c_smbus_data data = {.block = {2, 0xa1, 0xa2}};
        unsigned steps = 0;
        begin();
        assert_int_equal(call_smbus(row->read_write, 0x07, row->size, &data), 0);
        if (row->has_out) {
            assert_written(steps++, row->out, row->out_size);
        }
        if (row->has_in) {
            assert_was_read(steps++, row->in_size);
        }
        assert_int_equal(recorder.count, steps);
    }
}

static void what_is_read_is_where_smbus_programs_look_for_it(void **state)
{
    union i2c_smbus_data data = {.block = {3}};
    (void)state;
    begin();
    assert_int_equal(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_I2C_BLOCK_DATA, &data), 0);
    assert_memory_equal(data.block, ((uint8_t[]){3, 0x34, 0x12, 3}), 4);
    begin();
    assert_int_equal(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_WORD_DATA, &data), 0);
    assert_int_equal(data.word, 0x1234); /* the low byte came first */
    begin();
    assert_int_equal(call_smbus(I2C_SMBUS_WRITE, 0, I2C_SMBUS_PROC_CALL, &data), 0);
    assert_int_equal(data.word, 0x1234);
    begin();
    assert_int_equal(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE, &data), 0);
    assert_int_equal(data.byte, 0x34);
}

static void smbus_calls_that_cannot_be_are_refused_before_the_wires(void **state)
{
    union i2c_smbus_data data = {.block = {33}};
    (void)state;
    begin();
    assert_fails(call_smbus(I2C_SMBUS_WRITE, 0, I2C_SMBUS_BLOCK_DATA, &data), EINVAL);
    assert_fails(call_smbus(I2C_SMBUS_WRITE, 0, I2C_SMBUS_I2C_BLOCK_DATA, &data), EINVAL);
    assert_fails(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_I2C_BLOCK_DATA, &data), EINVAL);
    assert_fails(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_I2C_BLOCK_DATA + 1, &data), EINVAL);
    assert_fails(call_smbus(2, 0, I2C_SMBUS_BYTE, &data), EINVAL);
    assert_fails(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE, NULL), EINVAL);
    assert_fails(preload_control(NULL, I2C_SMBUS, NULL), EFAULT);
    data.block[0] = 2;
    assert_fails(call_smbus(I2C_SMBUS_READ, 0, I2C_SMBUS_BLOCK_DATA, &data), EOPNOTSUPP);
    assert_fails(call_smbus(I2C_SMBUS_WRITE, 0, I2C_SMBUS_BLOCK_PROC_CALL, &data), EOPNOTSUPP);
    assert_int_equal(recorder.count, 0);
}

/* The functions that an adapter can announce, and a call that needs each. */
typedef struct capability {
    unsigned long function;
    uint32_t size;
    uint8_t read_write;
} capability;

static void what_is_announced_is_answered_and_nothing_else(void **state)
{
    static const capability capabilities[] = {
        {I2C_FUNC_SMBUS_QUICK, I2C_SMBUS_QUICK, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_READ_BYTE, I2C_SMBUS_BYTE, I2C_SMBUS_READ},
        {I2C_FUNC_SMBUS_WRITE_BYTE, I2C_SMBUS_BYTE, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_READ_BYTE_DATA, I2C_SMBUS_BYTE_DATA, I2C_SMBUS_READ},
        {I2C_FUNC_SMBUS_WRITE_BYTE_DATA, I2C_SMBUS_BYTE_DATA, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_READ_WORD_DATA, I2C_SMBUS_WORD_DATA, I2C_SMBUS_READ},
        {I2C_FUNC_SMBUS_WRITE_WORD_DATA, I2C_SMBUS_WORD_DATA, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_PROC_CALL, I2C_SMBUS_PROC_CALL, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_READ_BLOCK_DATA, I2C_SMBUS_BLOCK_DATA, I2C_SMBUS_READ},
        {I2C_FUNC_SMBUS_WRITE_BLOCK_DATA, I2C_SMBUS_BLOCK_DATA, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_BLOCK_PROC_CALL, I2C_SMBUS_BLOCK_PROC_CALL, I2C_SMBUS_WRITE},
        {I2C_FUNC_SMBUS_READ_I2C_BLOCK, I2C_SMBUS_I2C_BLOCK_DATA, I2C_SMBUS_READ},
        {I2C_FUNC_SMBUS_WRITE_I2C_BLOCK, I2C_SMBUS_I2C_BLOCK_DATA, I2C_SMBUS_WRITE},
    };
    unsigned long announced = 0;
    (void)state;
    begin();
    assert_int_equal(preload_control(NULL, I2C_FUNCS, &announced), 0);
    assert_fails(preload_control(NULL, I2C_FUNCS, NULL), EFAULT);
    for (size_t i = 0; i < NP_COUNT_OF(capabilities); i++) {
        const capability *row = &capabilities[i];
        union i2c_smbus_data data = {.block = {2, 1, 2}};
        begin();
        int result = call_smbus(row->read_write, 0, row->size, &data);
        assert_int_equal(result == 0, (announced & row->function) != 0);
        announced &= ~row->function;
    }
    /* neither PEC nor ten bits, nor NOSTART, nor a target of its own */
    assert_int_equal(announced, I2C_FUNC_I2C | I2C_FUNC_PROTOCOL_MANGLING);
}

static int transfer(struct i2c_msg *messages, unsigned count)
{
    struct i2c_rdwr_ioctl_data data = {.msgs = messages, .nmsgs = count};
    return preload_control(NULL, I2C_RDWR, &data);
}

static void messages_go_out_one_by_one_until_one_is_not_acknowledged(void **state)
{
    uint8_t out[] = {3, 7};
    uint8_t in[4] = {0};
    struct i2c_msg messages[] = {{.addr = ADDRESS, .len = sizeof(out), .buf = out},
                                 {.addr = ADDRESS, .flags = I2C_M_RD, .len = 4, .buf = in},
                                 {.addr = ADDRESS, .len = 1, .buf = out}};
    (void)state;
    begin();
    assert_int_equal(transfer(messages, 3), 3);
    assert_written(0, out, sizeof(out));
    assert_was_read(1, sizeof(in));
    assert_written(2, out, 1);
    assert_memory_equal(in, ((uint8_t[]){0x34, 0x12, 3, 4}), sizeof(in));
    begin();
    recorder.silent_from = 1;
    assert_fails(transfer(messages, 3), ENXIO);
    assert_int_equal(recorder.count, 2);
    begin();
    recorder.is_gone = true;
    assert_fails(transfer(messages, 3), ENODEV);
}

static void whoever_ignores_a_nack_is_not_told_of_it(void **state)
{
    uint8_t zero = 0;
    uint8_t in[2] = {0};
    struct i2c_msg messages[] = {
        {.addr = 0, .flags = I2C_M_IGNORE_NAK, .len = 1, .buf = &zero},
        {.addr = ADDRESS, .flags = I2C_M_RD | I2C_M_IGNORE_NAK, .len = 2, .buf = in}};
    (void)state;
    begin();
    recorder.silent_from = 0;
    assert_int_equal(transfer(messages, 2), 2);
    assert_int_equal(recorder.steps[0].kind, SOCKET_WRITE_THROUGH);
    assert_memory_equal(in, ((uint8_t[]){0xff, 0xff}), sizeof(in)); /* a bus at rest is high */
}

/* A message, and what the kernel or this adapter makes of it. */
typedef struct refusal {
    struct i2c_msg message;
    int error;
} refusal;

static void messages_that_cannot_be_are_refused_before_the_wires(void **state)
{
    static uint8_t byte;
    static const refusal refusals[] = {
        {{.addr = ADDRESS, .flags = I2C_M_NOSTART, .len = 1, .buf = &byte}, EOPNOTSUPP},
        {{.addr = ADDRESS, .flags = I2C_M_RD | I2C_M_RECV_LEN, .len = 1, .buf = &byte}, EOPNOTSUPP},
        {{.addr = ADDRESS, .flags = I2C_M_REV_DIR_ADDR, .len = 1, .buf = &byte}, EOPNOTSUPP},
        {{.addr = ADDRESS, .flags = I2C_M_RD | I2C_M_NO_RD_ACK, .len = 1, .buf = &byte},
         EOPNOTSUPP},
        {{.addr = 0x260, .flags = I2C_M_TEN, .len = 1, .buf = &byte}, EOPNOTSUPP},
        {{.addr = 0x80, .len = 1, .buf = &byte}, EINVAL},
        {{.addr = ADDRESS, .len = 8193, .buf = &byte}, EINVAL},
        {{.addr = ADDRESS, .len = 1, .buf = NULL}, EFAULT},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(refusals); i++) {
        struct i2c_msg messages[] = {{.addr = ADDRESS, .len = 1, .buf = &byte},
                                     refusals[i].message};
        begin();
        assert_fails(transfer(messages, 2), refusals[i].error);
        assert_int_equal(recorder.count, 0);
    }
    struct i2c_msg many[I2C_RDWR_IOCTL_MAX_MSGS + 1] = {{0}};
    assert_fails(transfer(many, I2C_RDWR_IOCTL_MAX_MSGS + 1), EINVAL);
    assert_fails(transfer(many, 0), EINVAL);
    assert_fails(transfer(NULL, 1), EINVAL);
    assert_fails(preload_control(NULL, I2C_RDWR, NULL), EFAULT);
}

/* ioctl's third argument where it is a number. */
static void *number(unsigned long value)
{
    return (void *)value;
}

static void settings_are_those_of_i2c_dev(void **state)
{
    (void)state;
    begin();
    assert_int_equal(preload_control(NULL, I2C_SLAVE, number(0x35)), 0);
    assert_int_equal(recorder.address.address, 0x35);
    assert_int_equal(preload_control(NULL, I2C_SLAVE_FORCE, number(0x36)), 0);
    assert_int_equal(recorder.address.address, 0x36);
    assert_fails(preload_control(NULL, I2C_SLAVE, number(0x80)), EINVAL);
    assert_int_equal(preload_control(NULL, I2C_TENBIT, number(1)), 0);
    assert_int_equal(preload_control(NULL, I2C_SLAVE, number(0x3ff)), 0);
    assert_fails(preload_control(NULL, I2C_SLAVE, number(0x400)), EINVAL);
    assert_fails((int)preload_write(NULL, "", 1), EOPNOTSUPP);
    assert_int_equal(preload_control(NULL, I2C_TENBIT, number(0)), 0);
    assert_int_equal(preload_control(NULL, I2C_PEC, number(1)), 0);
    assert_int_equal(preload_control(NULL, I2C_RETRIES, number(3)), 0);
    assert_int_equal(preload_control(NULL, I2C_TIMEOUT, number(100)), 0);
    assert_fails(preload_control(NULL, I2C_TIMEOUT, number(0x80000000UL)), EINVAL);
    assert_fails(preload_control(NULL, I2C_RETRIES, number(0x80000000UL)), EINVAL);
    assert_fails(preload_control(NULL, 0x0799, NULL), ENOTTY);
    assert_int_equal(recorder.count, 0);
}

static void reading_and_writing_go_to_the_address_that_was_set(void **state)
{
    static uint8_t data[9000];
    (void)state;
    begin();
    assert_int_equal(preload_write(NULL, ((uint8_t[]){3, 7}), 2), 2);
    assert_written(0, ((uint8_t[]){3, 7}), 2);
    assert_int_equal(preload_read(NULL, data, 4), 4);
    assert_was_read(1, 4);
    recorder.flags = O_RDONLY;
    assert_fails((int)preload_write(NULL, data, 1), EBADF);
    recorder.flags = O_WRONLY;
    assert_fails((int)preload_read(NULL, data, 1), EBADF);
    recorder.flags = O_RDWR;
    recorder.silent_from = 0;
    assert_fails((int)preload_read(NULL, data, sizeof(data)), ENXIO);
    assert_was_read(2, SOCKET_TRANSFER_MAX); /* a longer one is a shorter one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smbus_protocols_are_on_the_wires_what_the_specification_says),
        cmocka_unit_test(what_is_read_is_where_smbus_programs_look_for_it),
        cmocka_unit_test(smbus_calls_that_cannot_be_are_refused_before_the_wires),
        cmocka_unit_test(what_is_announced_is_answered_and_nothing_else),
        cmocka_unit_test(messages_go_out_one_by_one_until_one_is_not_acknowledged),
        cmocka_unit_test(whoever_ignores_a_nack_is_not_told_of_it),
        cmocka_unit_test(messages_that_cannot_be_are_refused_before_the_wires),
        cmocka_unit_test(settings_are_those_of_i2c_dev),
        cmocka_unit_test(reading_and_writing_go_to_the_address_that_was_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
