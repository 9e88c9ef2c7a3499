/* SPDX-License-Identifier: Apache-2.0 */
#include "support/recorded.h"

#include "crypto/hash.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

enum { COMPRESSED_SIGNATURE_SIZE = 64, DEVICE_SLOT = 10, SIGNER_KEY_SLOT = 11 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void load_start(const json_t *operations, recorded_life *life)
{
    const json_t *reads = json_object_get(operations, "provisioned?(blank)");
    if (reads == NULL) {
        /* a 608B that was read before the recording began: the factory's, with its own bytes */
        memcpy(life->start_config, np_atecc_factory_config(NP_ATECC608B), NP_ATECC_CONFIG_SIZE);
        memcpy(life->start_config, life->end_config, 16);
        return;
    }
    assert_int_equal(json_array_size(reads), 4);
    for (size_t block = 0; block < 4; block++) {
        uint8_t answer[35];
        vector_hex(json_string_value(json_array_get(json_array_get(reads, block), 1)), answer,
                   sizeof(answer));
        memcpy(life->start_config + 32 * block, answer + 1, 32);
    }
}

static size_t load_packets(const json_t *operations, const char *operation, recorded_packet *ret)
{
    const json_t *packets = json_object_get(operations, operation);
    size_t count = json_array_size(packets);
    assert_in_range(count, 1, RECORDED_PACKETS_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(packets, i);
        recorded_packet *packet = &ret[i];
        packet->sent_len = vector_hex_any(json_string_value(json_array_get(pair, 0)), packet->sent,
                                          sizeof(packet->sent));
        packet->answer_len = vector_hex_any(json_string_value(json_array_get(pair, 1)),
                                            packet->answer, sizeof(packet->answer));
    }
    return count;
}

static void load_slots(const json_t *slots, recorded_life *life)
{
    for (unsigned slot = 1; slot < NP_ATECC_SLOT_COUNT; slot++) {
        char key[4];
        snprintf(key, sizeof(key), "%u", slot);
        vector_hex(text_of(slots, key), life->data + np_atecc_slot_offset(slot),
                   np_atecc_slot_size(slot));
    }
}

/* Where they are not written down, the OTP zone has them (specs of NervesKey 2.3). */
static void load_names(const json_t *root, recorded_life *life)
{
    if (json_object_get(root, "manufacturer_sn") == NULL) {
        snprintf(life->serial, sizeof(life->serial), "%.16s", (const char *)life->otp + 16);
        snprintf(life->board, sizeof(life->board), "%.10s", (const char *)life->otp + 6);
        return;
    }
    snprintf(life->serial, sizeof(life->serial), "%s", text_of(root, "manufacturer_sn"));
    snprintf(life->board, sizeof(life->board), "%s", text_of(root, "board_name"));
}

static json_t *load_file(const char *name)
{
    char path[96];
    size_t len = 0;
    snprintf(path, sizeof(path), "nerveskey/generated/provision_%s.json", name);
    uint8_t *text = vector_load(path, &len);
    json_t *root = json_loadb((char *)text, len, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(root);
    return root;
}

size_t recorded_operation(const char *name, const char *operation,
                          recorded_packet ret[static RECORDED_PACKETS_MAX])
{
    json_t *root = load_file(name);
    size_t count = load_packets(json_object_get(root, "operations"), operation, ret);
    json_decref(root);
    return count;
}

size_t recorded_bytes(const char *name, const char *key, const char *inner_key, uint8_t *ret,
                      size_t size)
{
    json_t *root = load_file(name);
    const char *text =
        inner_key == NULL ? text_of(root, key) : text_of(json_object_get(root, key), inner_key);
    size_t len = vector_hex_any(text, ret, size);
    json_decref(root);
    return len;
}

recorded_life *recorded_load(const char *name)
{
    np_error err;
    json_t *root = load_file(name);
    recorded_life *life = calloc(1, sizeof(*life));
    assert_non_null(life);
    const json_t *operations = json_object_get(root, "operations");
    vector_hex(text_of(root, "config_after"), life->end_config, sizeof(life->end_config));
    vector_hex(text_of(root, "otp"), life->otp, sizeof(life->otp));
    load_start(operations, life);
    bool is_volatile = json_object_get(operations, "volatile_provision") != NULL;
    life->provision_count =
        load_packets(operations, is_volatile ? "volatile_provision" : "provision", life->provision);
    assert_int_equal(life->provision_count, is_volatile ? 72 : 70);
    load_slots(json_object_get(root, "slots"), life);
    vector_hex(text_of(root, "device_private_key"), life->private_key, sizeof(life->private_key));
    load_names(root, life);
    life->signer_len = vector_hex_any(text_of(root, "signer_cert_der"), life->signer_der,
                                      sizeof(life->signer_der));
    life->device_len = vector_hex_any(text_of(root, "device_cert_der"), life->device_der,
                                      sizeof(life->device_der));
    json_decref(root);
    assert_ok(
        np_certificate_parse(np_bytes_of(life->signer_der, life->signer_len), &life->signer, &err),
        &err);
    assert_ok(
        np_certificate_parse(np_bytes_of(life->device_der, life->device_len), &life->device, &err),
        &err);
    np_sha256(life->signer.der, life->signer_fingerprint);
    return life;
}

np_bytes recorded_slot(const recorded_life *life, unsigned slot)
{
    return np_bytes_of(life->data + np_atecc_slot_offset(slot), np_atecc_slot_size(slot));
}

static np_code sign_as_recorded(void *self, const uint8_t digest[static 32],
                                uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    (void)err;
    const recorded_life *life = self;
    uint8_t expected[32];
    np_sha256(life->device.tbs, expected);
    assert_memory_equal(digest, expected, sizeof(expected));
    memcpy(ret_signature, recorded_slot(life, DEVICE_SLOT).data, COMPRESSED_SIGNATURE_SIZE);
    return NP_OK;
}

np_signing recorded_signing(recorded_life *life)
{
    np_signing signing = {.sign = sign_as_recorded, .self = life};
    memcpy(signing.public_key, recorded_slot(life, SIGNER_KEY_SLOT).data,
           sizeof(signing.public_key));
    return signing;
}

int64_t recorded_time(const recorded_life *life)
{
    return np_civil_to_seconds(&life->device.validity.not_before);
}
