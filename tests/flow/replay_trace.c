/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded lives of NervesKey chips, packet by packet, against the virtual chip. What the recording
 * software wrote goes onto the bus as it is; what its chip answered must come back.
 */
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

enum { PACKET_MAX = 160, OPCODE_NONCE = 0x16, OPCODE_SIGN = 0x41 };

typedef struct recorded_life {
    chip_host host;
    json_t *root;
    uint8_t key[32];
    uint8_t digest[32]; /* of the last Nonce, for the signature that follows */
    uint8_t point[64];
    bool is_awake;
    unsigned packets;
    unsigned signatures;
} recorded_life;

static json_t *load_json(const char *path)
{
    size_t len = 0;
    uint8_t *text = vector_load(path, &len);
    json_error_t error;
    json_t *root = json_loadb((const char *)text, len, 0, &error);
    free(text);
    assert_non_null(root);
    return root;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    return text;
}

/* The 32 data bytes of a recorded answer to a Read. */
static void take_block(const json_t *packet, uint8_t *ret)
{
    uint8_t answer[PACKET_MAX];
    size_t len =
        vector_hex_any(json_string_value(json_array_get(packet, 1)), answer, sizeof(answer));
    assert_int_equal(len, 35);
    memcpy(ret, answer + 1, 32);
}

static void open_life(recorded_life *life, const char *path, np_atecc_model model)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    *life = (recorded_life){.root = load_json(path)};
    chip_image_blank(model, eeprom);
    json_t *blank =
        json_object_get(json_object_get(life->root, "operations"), "provisioned?(blank)");
    for (size_t block = 0; block < 4 && blank != NULL; block++) {
        take_block(json_array_get(blank, block), eeprom + NP_EEPROM_CONFIG + 32 * block);
    }
    if (blank == NULL) { /* not recorded: the factory's table with the serial of the end */
        uint8_t config[NP_ATECC_CONFIG_SIZE];
        vector_hex(text_of(life->root, "config_after"), config, sizeof(config));
        memcpy(eeprom, config, 16);
    }
    chip_host_open_image(&life->host, model, NP_PACE_TYPICAL, eeprom);
    vector_hex(text_of(life->root, "device_private_key"), life->key, sizeof(life->key));
    life->host.random.first = life->key;
    life->host.random.first_len = sizeof(life->key);
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(life->key, &key, NULL), NP_OK);
    np_p256_public(key, life->point);
    np_p256_free(key);
}

static void close_life(recorded_life *life)
{
    chip_host_close(&life->host);
    json_decref(life->root);
}

static void check_signature(recorded_life *life, const chip_reply *reply)
{
    bool is_valid = false;
    assert_int_equal(reply->data_len, 64);
    assert_int_equal(np_p256_verify(life->point, life->digest, reply->data, &is_valid, NULL),
                     NP_OK);
    assert_true(is_valid);
    life->signatures++;
}

static void replay_packet(recorded_life *life, const json_t *packet, const char *name)
{
    uint8_t request[PACKET_MAX];
    uint8_t answer[PACKET_MAX];
    size_t request_len =
        vector_hex_any(json_string_value(json_array_get(packet, 0)), request, sizeof(request));
    size_t answer_len =
        vector_hex_any(json_string_value(json_array_get(packet, 1)), answer, sizeof(answer));
    uint8_t opcode = request[2];
    chip_reply reply;
    if (!life->is_awake) {
        assert_true(chip_host_wake(&life->host));
    }
    assert_true(chip_host_write(&life->host, request, request_len));
    chip_host_take_reply(&life->host, &reply);
    if (reply.len != answer_len ||
        (opcode != OPCODE_SIGN && memcmp(reply.bytes, answer, answer_len) != 0)) {
        fail_msg("%s: packet %s: answered %zu bytes beginning %02x %02x", name,
                 json_string_value(json_array_get(packet, 0)), reply.len, reply.bytes[0],
                 reply.bytes[1]);
    }
    if (opcode == OPCODE_NONCE) {
        memcpy(life->digest, request + 6, sizeof(life->digest));
    }
    if (opcode == OPCODE_SIGN) {
        check_signature(life, &reply);
    }
    life->is_awake = opcode == OPCODE_NONCE && reply.status == 0;
    if (!life->is_awake) {
        chip_host_sleep(&life->host);
    }
    life->packets++;
}

static void replay_packets(recorded_life *life, const char *name, const json_t *packets)
{
    for (size_t i = 0; i < json_array_size(packets); i++) {
        replay_packet(life, json_array_get(packets, i), name);
    }
}

static void check_slots(const recorded_life *life, const char *name)
{
    const uint8_t *eeprom = np_virtual_chip_eeprom(life->host.chip);
    json_t *slots = json_object_get(life->root, name);
    const char *number = NULL;
    json_t *value = NULL;
    unsigned checked = 0;
    json_object_foreach(slots, number, value)
    {
        unsigned slot = (unsigned)strtoul(number, NULL, 10);
        uint8_t expected[NP_ATECC_SLOT_MAX];
        size_t len = vector_hex_any(json_string_value(value), expected, sizeof(expected));
        assert_int_equal(len, np_atecc_slot_size(slot));
        assert_memory_equal(eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(slot), expected, len);
        checked++;
    }
    assert_true(checked > 0);
}

static void check_zones(const recorded_life *life)
{
    const uint8_t *eeprom = np_virtual_chip_eeprom(life->host.chip);
    uint8_t expected[NP_ATECC_CONFIG_SIZE];
    vector_hex(text_of(life->root, "config_after"), expected, NP_ATECC_CONFIG_SIZE);
    assert_memory_equal(eeprom + NP_EEPROM_CONFIG, expected, NP_ATECC_CONFIG_SIZE);
    vector_hex(text_of(life->root, "otp"), expected, NP_ATECC_OTP_SIZE);
    assert_memory_equal(eeprom + NP_EEPROM_OTP, expected, NP_ATECC_OTP_SIZE);
}

static void replay_operations(recorded_life *life)
{
    const char *name = NULL;
    json_t *packets = NULL;
    json_object_foreach(json_object_get(life->root, "operations"), name, packets)
    {
        replay_packets(life, name, packets);
        if (strcmp(name, "provision") == 0 || strcmp(name, "volatile_provision") == 0) {
            np_virtual_chip_settle(life->host.chip, life->host.bus.now_ns);
            check_slots(life, "slots");
            check_zones(life);
        }
        if (strcmp(name, "provision_aux") == 0) {
            np_virtual_chip_settle(life->host.chip, life->host.bus.now_ns);
            check_slots(life, "slots_after_aux");
        }
    }
}

/* What the PKCS #11 module of the field sends: GenKey with three spare bytes, Nonce, Sign. */
static void replay_handshakes(recorded_life *life)
{
    json_t *root = load_json("nerveskey/generated/pkcs11_tls_handshake_packets.json");
    const char *name = NULL;
    json_t *packets = NULL;
    json_object_foreach(root, name, packets)
    {
        replay_packets(life, name, packets);
    }
    json_decref(root);
}

static void a_recorded_life_of_a_508a_replays(void **state)
{
    (void)state;
    recorded_life life;
    open_life(&life, "nerveskey/generated/provision_508a.json", NP_ATECC508A);
    replay_operations(&life);
    check_zones(&life);
    assert_int_equal(life.packets, 247);
    replay_handshakes(&life);
    assert_int_equal(life.signatures, 2);
    close_life(&life);
}

static void a_recorded_life_of_a_608a_replays(void **state)
{
    (void)state;
    recorded_life life;
    open_life(&life, "nerveskey/generated/provision_608a.json", NP_ATECC608A);
    replay_operations(&life);
    check_zones(&life);
    assert_int_equal(life.packets, 249);
    replay_handshakes(&life);
    assert_int_equal(life.signatures, 4);
    close_life(&life);
}

static void a_recorded_volatile_key_provisioning_of_a_608b_replays(void **state)
{
    (void)state;
    recorded_life life;
    open_life(&life, "nerveskey/generated/provision_608b_volatile.json", NP_ATECC608B);
    replay_operations(&life);
    check_zones(&life);
    assert_int_equal(life.packets, 72);
    close_life(&life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_life_of_a_508a_replays),
        cmocka_unit_test(a_recorded_life_of_a_608a_replays),
        cmocka_unit_test(a_recorded_volatile_key_provisioning_of_a_608b_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
