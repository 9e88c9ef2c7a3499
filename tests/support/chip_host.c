/* SPDX-License-Identifier: Apache-2.0 */
#include "support/chip_host.h"

#include "support/test.h"
#include "support/vectors.h"

static np_code fill_random(void *self, uint8_t *ret_bytes, size_t size, np_error *err)
{
    chip_host_random *random = self;
    if (random->is_broken) {
        return np_error_set(err, NP_ESTATION_IO, "no random numbers");
    }
    if (random->first != NULL && random->first_len >= size) {
        memcpy(ret_bytes, random->first, size);
        random->first += size;
        random->first_len -= size;
        return NP_OK;
    }
    np_random source = np_random_by_seed(&random->seeded);
    return source.fill(source.self, ret_bytes, size, err);
}

static void join(chip_host *host)
{
    assert_non_null(host->chip);
    np_virtual_bus_init(&host->bus, CHIP_HOST_CLOCK_HZ, host->chip);
    host->wire = np_virtual_bus_table(&host->bus);
    host->address = NP_ATECC_DEFAULT_ADDRESS;
}

static np_virtual_chip_options options_of(chip_host *host, np_atecc_model model, np_chip_pace pace)
{
    return (np_virtual_chip_options){
        .model = model, .pace = pace, .random = {.fill = fill_random, .self = &host->random}};
}

void chip_host_open_pace(chip_host *host, np_atecc_model model, np_chip_pace pace)
{
    const np_chip_serial serial = {{0x01, 0x23, 0xf5, 0x2e, 0x01, 0xf0, 0xc2, 0x01, 0xee}};
    *host = (chip_host){0};
    np_virtual_chip_options options = options_of(host, model, pace);
    host->chip = np_virtual_chip_new(&options, &serial);
    join(host);
}

void chip_host_open(chip_host *host, np_atecc_model model)
{
    chip_host_open_pace(host, model, NP_PACE_TYPICAL);
}

void chip_host_open_image(chip_host *host, np_atecc_model model, np_chip_pace pace,
                          const uint8_t eeprom[static NP_EEPROM_SIZE])
{
    *host = (chip_host){0};
    np_virtual_chip_options options = options_of(host, model, pace);
    host->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    join(host);
}

void chip_host_close(chip_host *host)
{
    np_virtual_chip_free(host->chip);
    host->chip = NULL;
}

bool chip_host_write(chip_host *host, const uint8_t *data, size_t len)
{
    bool is_acked = false;
    assert_int_equal(host->wire.ops->write(host->wire.self, host->address, np_bytes_of(data, len),
                                           &is_acked, NULL),
                     NP_OK);
    return is_acked;
}

bool chip_host_read(chip_host *host, uint8_t *ret, size_t len)
{
    bool is_acked = false;
    assert_int_equal(
        host->wire.ops->read(host->wire.self, host->address, ret, len, &is_acked, NULL), NP_OK);
    return is_acked;
}

void chip_host_wait_us(chip_host *host, uint64_t us)
{
    host->wire.ops->wait_until_ns(host->wire.self,
                                  host->wire.ops->now_ns(host->wire.self) + us * 1000);
}

bool chip_host_wake(chip_host *host)
{
    const uint8_t zero = 0;
    bool is_acked = false;
    assert_int_equal(
        host->wire.ops->write(host->wire.self, 0, np_bytes_of(&zero, 1), &is_acked, NULL), NP_OK);
    assert_false(is_acked);
    chip_host_wait_us(host, 1500);
    uint8_t answer[4] = {0};
    return chip_host_read(host, answer, sizeof(answer)) &&
           memcmp(answer, "\x04\x11\x33\x43", sizeof(answer)) == 0;
}

void chip_host_sleep(chip_host *host)
{
    const uint8_t word_address = 0x01;
    chip_host_write(host, &word_address, 1);
}

void chip_host_idle(chip_host *host)
{
    const uint8_t word_address = 0x02;
    assert_true(chip_host_write(host, &word_address, 1));
}

uint16_t chip_host_crc(np_bytes bytes)
{
    unsigned crc = 0;
    for (size_t i = 0; i < bytes.len * 8; i++) {
        unsigned bit = (unsigned)bytes.data[i / 8] >> i % 8 & 1U;
        bool is_flip = bit != (crc >> 15 & 1U);
        crc = (crc << 1 & 0xffffU) ^ (is_flip ? 0x8005U : 0);
    }
    return (uint16_t)crc;
}

void chip_host_take_reply(chip_host *host, chip_reply *ret)
{
    enum { POLLS_MAX = 30000 }; /* of 0.1 ms: longer than any command */
    unsigned polls = 0;
    memset(ret, 0, sizeof(*ret));
    while (!chip_host_read(host, ret->bytes, sizeof(ret->bytes))) {
        chip_host_wait_us(host, 100);
        assert_true(++polls < POLLS_MAX);
    }
    ret->len = ret->bytes[0];
    assert_in_range(ret->len, 4, sizeof(ret->bytes) - 1);
    uint16_t crc = chip_host_crc(np_bytes_of(ret->bytes, ret->len - 2));
    assert_int_equal(ret->bytes[ret->len - 2], crc & 0xff);
    assert_int_equal(ret->bytes[ret->len - 1], crc >> 8);
    assert_true(
        np_bytes_are_all(np_bytes_of(ret->bytes + ret->len, sizeof(ret->bytes) - ret->len), 0xff));
    ret->data = ret->bytes + 1;
    ret->data_len = ret->len - 3;
    ret->status = ret->len == 4 ? ret->bytes[1] : 0;
}

size_t chip_host_group(const np_atecc_command *command, uint8_t *ret)
{
    size_t body = 5 + command->data.len;
    ret[0] = (uint8_t)(body + 2);
    ret[1] = command->opcode;
    ret[2] = command->p1;
    ret[3] = (uint8_t)command->p2;
    ret[4] = (uint8_t)(command->p2 >> 8);
    if (command->data.len > 0) {
        memcpy(ret + 5, command->data.data, command->data.len);
    }
    uint16_t crc = chip_host_crc(np_bytes_of(ret, body));
    ret[body] = (uint8_t)crc;
    ret[body + 1] = (uint8_t)(crc >> 8);
    return body + 2;
}

void chip_host_ask(chip_host *host, const np_atecc_command *command, chip_reply *ret)
{
    uint8_t bytes[1 + CHIP_HOST_REPLY_MAX] = {0x03};
    size_t len = chip_host_group(command, bytes + 1);
    assert_true(chip_host_write(host, bytes, 1 + len));
    chip_host_take_reply(host, ret);
}

uint8_t chip_host_status(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    const np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    const uint8_t reset = 0x00;
    chip_reply reply;
    if (!chip_host_write(host, &reset, 1)) {
        assert_true(chip_host_wake(host));
    }
    chip_host_ask(host, &command, &reply);
    return reply.status;
}

uint8_t chip_host_run(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data,
                      chip_reply *ret)
{
    const np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &command, ret);
    chip_host_idle(host);
    return ret->status;
}

void chip_image_put(uint8_t *eeprom, size_t offset, const char *hex)
{
    assert_true(offset + strlen(hex) / 2 <= NP_EEPROM_SIZE);
    vector_hex_any(hex, eeprom + offset, NP_EEPROM_SIZE - offset);
}

/* Factory table of the published read-outs with zeros where parts differ. */
void chip_image_blank(np_atecc_model model, uint8_t ret[static NP_EEPROM_SIZE])
{
    vector_csv csv;
    memset(ret, 0xff, NP_EEPROM_SIZE);
    vector_csv_open(&csv, "atecc/factory_config_templates.csv");
    for (unsigned row = 0; row <= model; row++) {
        assert_true(vector_csv_next(&csv));
    }
    for (char *at = csv.fields[1]; *at != '\0'; at++) {
        *at = *at == 'x' ? '0' : *at;
    }
    vector_hex(csv.fields[1], ret, NP_ATECC_CONFIG_SIZE);
    vector_csv_close(&csv);
}
