/* SPDX-License-Identifier: Apache-2.0 */
#include "preload/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <string.h>

static int fail(int error)
{
    errno = error;
    return -1;
}

/* What a NACK is called differs between adapters; ENXIO is what the documentation asks for. */
static int transact(preload_bus *bus, const socket_step *step, void *ret_data)
{
    bool acked = false;
    if (preload_bus_transact(bus, step, ret_data, &acked) != 0) {
        return -1;
    }
    /* whoever ignores a NACK is not told of it */
    return acked || step->kind == SOCKET_WRITE_THROUGH ? 0 : fail(ENXIO);
}

/* -1 for an address that this adapter cannot send: it does not say that it can do ten bits. */
static int take_address(const preload_bus *bus, socket_step *step)
{
    preload_address to = preload_bus_address(bus);
    step->address = (uint8_t)to.address;
    return to.is_ten_bit ? fail(EOPNOTSUPP) : 0;
}

static int read_from(preload_bus *bus, void *ret_data, size_t size)
{
    socket_step step = {.kind = SOCKET_READ, .size = size};
    return take_address(bus, &step) == 0 ? transact(bus, &step, ret_data) : -1;
}

static int write_to(preload_bus *bus, const void *data, size_t size)
{
    socket_step step = {.kind = SOCKET_WRITE, .data = np_bytes_of(data, size)};
    return take_address(bus, &step) == 0 ? transact(bus, &step, NULL) : -1;
}

static bool is_opened_for(const preload_bus *bus, int mode)
{
    int opened = preload_bus_flags(bus) & O_ACCMODE;
    return opened == mode || opened == O_RDWR;
}

/* As the kernel does it: a longer transfer is a shorter one. */
static size_t shorten(size_t size)
{
    return size < SOCKET_TRANSFER_MAX ? size : SOCKET_TRANSFER_MAX;
}

long preload_read(preload_bus *bus, void *ret_data, size_t size)
{
    if (!is_opened_for(bus, O_RDONLY)) {
        return fail(EBADF);
    }
    size = shorten(size);
    return read_from(bus, ret_data, size) == 0 ? (long)size : -1;
}

long preload_write(preload_bus *bus, const void *data, size_t size)
{
    if (!is_opened_for(bus, O_WRONLY)) {
        return fail(EBADF);
    }
    size = shorten(size);
    return write_to(bus, data, size) == 0 ? (long)size : -1;
}

/*
 * I2C_M_STOP asks for what every message has here, I2C_M_DMA_SAFE for nothing that a virtual bus
 * could do. The other flags would need an adapter that says so (NOSTART, RECV_LEN, TEN), or are the
 * part of protocol mangling that no chip of the family has a use for.
 */
enum { KNOWN_FLAGS = I2C_M_RD | I2C_M_IGNORE_NAK | I2C_M_STOP | I2C_M_DMA_SAFE };

static int check_message(const struct i2c_msg *message)
{
    if (message->len > SOCKET_TRANSFER_MAX) {
        return fail(EINVAL);
    }
    if (message->len > 0 && message->buf == NULL) {
        return fail(EFAULT);
    }
    if ((message->flags & ~(unsigned)KNOWN_FLAGS) != 0) {
        return fail(EOPNOTSUPP);
    }
    return message->addr > SOCKET_ADDRESS_MAX ? fail(EINVAL) : 0;
}

static int check_messages(const struct i2c_rdwr_ioctl_data *data)
{
    if (data->msgs == NULL || data->nmsgs == 0 || data->nmsgs > I2C_RDWR_IOCTL_MAX_MSGS) {
        return fail(EINVAL);
    }
    for (unsigned i = 0; i < data->nmsgs; i++) {
        if (check_message(&data->msgs[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

static int send_message(preload_bus *bus, const struct i2c_msg *message)
{
    bool is_through = (message->flags & I2C_M_IGNORE_NAK) != 0;
    socket_step step = {.kind = is_through ? SOCKET_WRITE_THROUGH : SOCKET_WRITE,
                        .address = (uint8_t)message->addr,
                        .data = np_bytes_of(message->buf, message->len)};
    return transact(bus, &step, NULL);
}

/* Whoever reads on where nobody answers reads a bus that is high. */
static int receive_message(preload_bus *bus, const struct i2c_msg *message)
{
    socket_step step = {
        .kind = SOCKET_READ, .address = (uint8_t)message->addr, .size = message->len};
    int result = transact(bus, &step, message->buf);
    if (result != 0 && errno == ENXIO && (message->flags & I2C_M_IGNORE_NAK) != 0) {
        memset(message->buf, 0xff, message->len);
        return 0;
    }
    return result;
}

/* Each message has a STOP of its own; the chips do not tell it from a repeated START. */
static int control_transfer(preload_bus *bus, void *argument)
{
    const struct i2c_rdwr_ioctl_data *data = argument;
    if (data == NULL) {
        return fail(EFAULT);
    }
    if (check_messages(data) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < data->nmsgs; i++) {
        const struct i2c_msg *message = &data->msgs[i];
        bool is_read = (message->flags & I2C_M_RD) != 0;
        int result = is_read ? receive_message(bus, message) : send_message(bus, message);
        if (result != 0) {
            return -1;
        }
    }
    return (int)data->nmsgs;
}

/* One of the SMBus protocols in plain I2C: what is written, then what is read. */
typedef struct smbus_plan {
    uint8_t out[I2C_SMBUS_BLOCK_MAX + 2]; /* command, perhaps a count, data */
    size_t out_size;
    uint8_t in[I2C_SMBUS_BLOCK_MAX];
    size_t in_size;
    bool has_out;
    bool has_in;
} smbus_plan;

typedef struct i2c_smbus_ioctl_data smbus_call;

static bool is_read_call(const smbus_call *call)
{
    return call->read_write == I2C_SMBUS_READ;
}

static void append(smbus_plan *plan, uint8_t byte)
{
    plan->out[plan->out_size++] = byte;
    plan->has_out = true;
}

static void expect(smbus_plan *plan, size_t size)
{
    plan->in_size = size;
    plan->has_in = true;
}

static int plan_quick(const smbus_call *call, smbus_plan *plan)
{
    plan->has_in = is_read_call(call);
    plan->has_out = !plan->has_in;
    return 0;
}

static int plan_byte(const smbus_call *call, smbus_plan *plan)
{
    if (is_read_call(call)) {
        expect(plan, 1);
    } else {
        append(plan, call->command);
    }
    return 0;
}

static int plan_byte_data(const smbus_call *call, smbus_plan *plan)
{
    append(plan, call->command);
    if (is_read_call(call)) {
        expect(plan, 1);
    } else {
        append(plan, call->data->byte);
    }
    return 0;
}

static void append_word(smbus_plan *plan, uint16_t word)
{
    append(plan, (uint8_t)(word & 0xff));
    append(plan, (uint8_t)(word >> 8));
}

static int plan_word_data(const smbus_call *call, smbus_plan *plan)
{
    append(plan, call->command);
    if (is_read_call(call)) {
        expect(plan, sizeof(uint16_t));
    } else {
        append_word(plan, call->data->word);
    }
    return 0;
}

static int plan_process_call(const smbus_call *call, smbus_plan *plan)
{
    append(plan, call->command);
    append_word(plan, call->data->word);
    expect(plan, sizeof(uint16_t));
    return 0;
}

static int append_block(const smbus_call *call, smbus_plan *plan)
{
    const uint8_t *block = call->data->block;
    if (block[0] > I2C_SMBUS_BLOCK_MAX) {
        return fail(EINVAL);
    }
    for (size_t i = 0; i < block[0]; i++) {
        append(plan, block[1 + i]);
    }
    return 0;
}

/* To read one, an adapter would have to learn from the first byte how many more to clock. */
static int plan_block_data(const smbus_call *call, smbus_plan *plan)
{
    if (is_read_call(call)) {
        return fail(EOPNOTSUPP);
    }
    append(plan, call->command);
    append(plan, call->data->block[0]);
    return append_block(call, plan);
}

static int plan_i2c_block(const smbus_call *call, smbus_plan *plan)
{
    append(plan, call->command);
    if (!is_read_call(call)) {
        return append_block(call, plan);
    }
    expect(plan, call->data->block[0]);
    return plan->in_size > I2C_SMBUS_BLOCK_MAX ? fail(EINVAL) : 0;
}

/* The older form of it always reads all that there is room for. */
static int plan_i2c_block_whole(const smbus_call *call, smbus_plan *plan)
{
    if (is_read_call(call)) {
        call->data->block[0] = I2C_SMBUS_BLOCK_MAX;
    }
    return plan_i2c_block(call, plan);
}

static int refuse_plan(const smbus_call *call, smbus_plan *plan)
{
    (void)call;
    (void)plan;
    return fail(EOPNOTSUPP);
}

typedef struct smbus_row {
    int (*plan)(const smbus_call *call, smbus_plan *plan);
    size_t at; /* where in the data that is read begins */
    bool is_word;
} smbus_row;

/* By the size of struct i2c_smbus_ioctl_data. */
static const smbus_row smbus_rows[] = {
    [I2C_SMBUS_QUICK] = {plan_quick, 0, false},
    [I2C_SMBUS_BYTE] = {plan_byte, 0, false},
    [I2C_SMBUS_BYTE_DATA] = {plan_byte_data, 0, false},
    [I2C_SMBUS_WORD_DATA] = {plan_word_data, 0, true},
    [I2C_SMBUS_PROC_CALL] = {plan_process_call, 0, true},
    [I2C_SMBUS_BLOCK_DATA] = {plan_block_data, 1, false},
    [I2C_SMBUS_I2C_BLOCK_BROKEN] = {plan_i2c_block_whole, 1, false},
    [I2C_SMBUS_BLOCK_PROC_CALL] = {refuse_plan, 1, false},
    [I2C_SMBUS_I2C_BLOCK_DATA] = {plan_i2c_block, 1, false},
};

static const unsigned long functions =
    I2C_FUNC_I2C | I2C_FUNC_PROTOCOL_MANGLING | I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE |
    I2C_FUNC_SMBUS_BYTE_DATA | I2C_FUNC_SMBUS_WORD_DATA | I2C_FUNC_SMBUS_PROC_CALL |
    I2C_FUNC_SMBUS_WRITE_BLOCK_DATA | I2C_FUNC_SMBUS_I2C_BLOCK;

static void hand_over(const smbus_call *call, const smbus_row *row, const smbus_plan *plan)
{
    if (row->is_word && plan->has_in) {
        call->data->word = (uint16_t)(plan->in[0] | plan->in[1] << 8);
    } else if (plan->in_size > 0) {
        memcpy(call->data->block + row->at, plan->in, plan->in_size);
    }
}

static int check_call(const smbus_call *call)
{
    bool is_without_data =
        call->size == I2C_SMBUS_QUICK || (call->size == I2C_SMBUS_BYTE && !is_read_call(call));
    if (call->size >= NP_COUNT_OF(smbus_rows) ||
        (call->read_write != I2C_SMBUS_READ && call->read_write != I2C_SMBUS_WRITE) ||
        (call->data == NULL && !is_without_data)) {
        return fail(EINVAL);
    }
    return 0;
}

static int control_smbus(preload_bus *bus, void *argument)
{
    const smbus_call *call = argument;
    smbus_plan plan = {0};
    if (call == NULL) {
        return fail(EFAULT);
    }
    if (check_call(call) != 0 || smbus_rows[call->size].plan(call, &plan) != 0) {
        return -1;
    }
    if (plan.has_out && write_to(bus, plan.out, plan.out_size) != 0) {
        return -1;
    }
    if (plan.has_in && read_from(bus, plan.in, plan.in_size) != 0) {
        return -1;
    }
    hand_over(call, &smbus_rows[call->size], &plan);
    return 0;
}

static int control_functions(preload_bus *bus, void *argument)
{
    (void)bus;
    if (argument == NULL) {
        return fail(EFAULT);
    }
    *(unsigned long *)argument = functions;
    return 0;
}

/* No driver holds an address of a virtual bus: I2C_SLAVE is never EBUSY. */
static int control_address(preload_bus *bus, void *argument)
{
    enum { TEN_BIT_MAX = 0x3ff };
    unsigned long address = (unsigned long)argument;
    preload_address to = preload_bus_address(bus);
    if (address > (to.is_ten_bit ? TEN_BIT_MAX : SOCKET_ADDRESS_MAX)) {
        return fail(EINVAL);
    }
    to.address = (uint16_t)address;
    preload_bus_set_address(bus, to);
    return 0;
}

static int control_ten_bit(preload_bus *bus, void *argument)
{
    preload_address to = preload_bus_address(bus);
    to.is_ten_bit = argument != NULL;
    preload_bus_set_address(bus, to);
    return 0;
}

/* Nothing is repeated here, and nothing hangs. */
static int control_patience(preload_bus *bus, void *argument)
{
    (void)bus;
    return (unsigned long)argument > INT_MAX ? fail(EINVAL) : 0;
}

/* Without effect where the adapter does not say that it can (the kernel's dev-interface). */
static int control_pec(preload_bus *bus, void *argument)
{
    (void)bus;
    (void)argument;
    return 0;
}

typedef struct control_row {
    unsigned long request;
    int (*control)(preload_bus *bus, void *argument);
} control_row;

static const control_row control_rows[] = {
    {I2C_RDWR, control_transfer},    {I2C_SMBUS, control_smbus},
    {I2C_SLAVE, control_address},    {I2C_SLAVE_FORCE, control_address},
    {I2C_FUNCS, control_functions},  {I2C_TENBIT, control_ten_bit},
    {I2C_RETRIES, control_patience}, {I2C_TIMEOUT, control_patience},
    {I2C_PEC, control_pec},
};

int preload_control(preload_bus *bus, unsigned long request, void *argument)
{
    for (size_t i = 0; i < NP_COUNT_OF(control_rows); i++) {
        if (control_rows[i].request == request) {
            return control_rows[i].control(bus, argument);
        }
    }
    return fail(ENOTTY);
}
