/* SPDX-License-Identifier: Apache-2.0 */
#include "support/factory.h"

#include "support/test.h"
#include "support/vectors.h"

enum { BUS_HZ = 100000 };

static np_code draw(void *self, uint8_t *ret_bytes, size_t size, np_error *err)
{
    factory *line = self;
    line->draws++;
    if (line->draws == line->key_draw) {
        assert_int_equal(size, sizeof(line->life->private_key));
        memcpy(ret_bytes, line->life->private_key, size);
        return NP_OK;
    }
    np_random seeded = np_random_by_seed(&line->seeded);
    return seeded.fill(seeded.self, ret_bytes, size, err);
}

static np_code tap_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    factory *line = self;
    if (data.len > 3 && address != 0) {
        assert_in_range(line->packet_count, 0, FACTORY_PACKETS_MAX - 1);
        recorded_packet *packet = &line->packets[line->packet_count++];
        /* the one thing that must never be sent: a new key behind a locked data zone */
        bool makes_key = data.data[2] == 0x40 && data.data[3] == 0x04;
        const uint8_t *config = np_virtual_chip_eeprom(line->chip) + NP_EEPROM_CONFIG;
        assert_false(makes_key && config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_UNLOCKED);
        memcpy(packet->sent, data.data, data.len);
        packet->sent_len = data.len;
        packet->answer_len = 0;
    }
    np_bus bus = np_virtual_bus_table(&line->bus);
    return bus.ops->write(bus.self, address, data, ret_acked, err);
}

static np_code tap_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    factory *line = self;
    np_bus bus = np_virtual_bus_table(&line->bus);
    return bus.ops->write_through(bus.self, address, data, err);
}

static np_code tap_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    factory *line = self;
    np_bus bus = np_virtual_bus_table(&line->bus);
    NP_TRY(bus.ops->read(bus.self, address, ret_data, size, ret_acked, err));
    recorded_packet *packet =
        line->packet_count > 0 ? &line->packets[line->packet_count - 1] : NULL;
    /* the first answer only: what is read after a wake belongs to no packet */
    if (*ret_acked && packet != NULL && packet->answer_len == 0) {
        packet->answer_len = ret_data[0] < size ? ret_data[0] : size;
        memcpy(packet->answer, ret_data, packet->answer_len);
    }
    return NP_OK;
}

static uint64_t tap_now_ns(void *self)
{
    return ((factory *)self)->bus.now_ns;
}

static void tap_wait_until_ns(void *self, uint64_t deadline_ns)
{
    np_bus bus = np_virtual_bus_table(&((factory *)self)->bus);
    bus.ops->wait_until_ns(bus.self, deadline_ns);
}

static const np_bus_ops tap_ops = {.write = tap_write,
                                   .write_through = tap_write_through,
                                   .read = tap_read,
                                   .now_ns = tap_now_ns,
                                   .wait_until_ns = tap_wait_until_ns};

static void open_common(factory *line, const char *name)
{
    memset(line, 0, sizeof(*line));
    line->life = recorded_load(name);
    recorded_life *life = line->life;
    line->request = (np_plan_request){
        .serial = np_bytes_text(life->serial),
        .board = np_bytes_text(life->board),
        .now = recorded_time(life),
        .address = NP_ATECC_DEFAULT_ADDRESS,
        .signer = {.certificate = &life->signer,
                   .compressed = recorded_slot(life, 12).data,
                   .public_key = recorded_slot(life, 11).data,
                   .fingerprint = life->signer_fingerprint},
    };
    line->seeded = (np_random_seeded){.seed = 1};
    line->signing = recorded_signing(life);
}

static void power(factory *line)
{
    assert_non_null(line->chip);
    np_virtual_bus_init(&line->bus, BUS_HZ, line->chip);
    factory_connect(line);
}

void factory_open_recorded(factory *line, const char *name, np_atecc_model model, np_chip_pace pace)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    open_common(line, name);
    memset(eeprom, NP_ATECC_ERASED, sizeof(eeprom));
    memcpy(eeprom + NP_EEPROM_CONFIG, line->life->start_config, NP_ATECC_CONFIG_SIZE);
    line->key_draw = 2; /* the check of the random numbers draws first */
    np_virtual_chip_options options = {
        .model = model, .pace = pace, .random = {.fill = draw, .self = line}};
    line->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    power(line);
}

void factory_open_fresh(factory *line, np_atecc_model model, np_chip_pace pace)
{
    size_t len = 0;
    np_error err;
    open_common(line, "608a");
    uint8_t *pem = vector_load("nerveskey/generated/provision_608a_signer_key.pem", &len);
    assert_ok(np_p256_parse_pem(np_bytes_of(pem, len), &line->signer_key, &err), &err);
    free(pem);
    line->signing = np_signing_by_key(line->signer_key);
    np_virtual_chip_options options = {
        .model = model, .pace = pace, .random = {.fill = draw, .self = line}};
    np_chip_serial serial = {{0, 0, 0xb9, 0x08, 0xc6, 0x8e, 0x16, 0xff, 0}};
    line->chip = np_virtual_chip_new(&options, &serial);
    power(line);
}

void factory_close(factory *line)
{
    np_virtual_chip_free(line->chip);
    np_p256_free(line->signer_key);
    free(line->life);
}

void factory_connect(factory *line)
{
    line->tap = (np_bus){.ops = &tap_ops, .self = line, .clock_hz = line->bus.clock_hz};
    np_atecc_init(&line->device, line->tap, line->request.address);
    line->packet_count = 0;
}

np_code factory_provision(factory *line)
{
    np_snapshot snapshot;
    np_error *err = &line->err;
    factory_connect(line);
    NP_TRY(np_snapshot_take(&line->device, &snapshot, err));
    NP_TRY(np_plan_compute(&snapshot, &line->request, &line->plan, err));
    np_apply_tools tools = {.signing = &line->signing, .random = np_random_by_seed(&line->seeded)};
    return np_plan_apply(&line->plan, &line->device, &tools, &line->result, err);
}
