/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include "crypto/p256.h"
#include "support/test.h"
#include "x509/pem.h"
#include <jansson.h>

size_t sample_load_pem(const char *path, uint8_t *ret, size_t size)
{
    size_t len = 0;
    uint8_t *text = vector_load(path, &len);
    np_writer writer = np_writer_of(ret, size);
    np_error err;
    assert_ok(np_pem_decode(np_bytes_of(text, len), "CERTIFICATE", &writer, &err), &err);
    free(text);
    return writer.len;
}

static const char *text_at(const json_t *life, const char *name)
{
    const char *text = json_string_value(json_object_get(life, name));
    assert_non_null(text);
    return text;
}

/* A slot as it was after the auxiliary certificates, else as it was after provisioning. */
static bool load_slot(const json_t *life, const char *slot, uint8_t *ret, size_t size)
{
    uint8_t bytes[512];
    const json_t *text = json_object_get(json_object_get(life, "slots_after_aux"), slot);
    text = text != NULL ? text : json_object_get(json_object_get(life, "slots"), slot);
    if (text == NULL) {
        return false;
    }
    assert_true(vector_hex_any(json_string_value(text), bytes, sizeof(bytes)) >= size);
    memcpy(ret, bytes, size);
    return true;
}

static void load_public_key(const json_t *life, uint8_t *ret)
{
    uint8_t scalar[32];
    np_error err;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    vector_hex(text_at(life, "device_private_key"), scalar, sizeof(scalar));
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    np_p256_public(key, ret);
}

/* Manufacturer serial from the OTP zone: bytes 16 on, zero padded. */
static void load_subject(const json_t *life, char *ret)
{
    uint8_t otp[64];
    vector_hex(text_at(life, "otp"), otp, sizeof(otp));
    memcpy(ret, otp + 16, 48);
    ret[48] = '\0';
}

typedef struct source {
    const char *file, *der, *slot, *key_slot;
    bool is_signer;
} source;

static const source sources[] = {
    {"provision_508a", "signer_cert_der", "12", "11", true},
    {"provision_508a", "device_cert_der", "10", "11", false},
    {"provision_508a", "signer_aux_cert_der", "15", "14", true},
    {"provision_508a", "device_aux_cert_der", "9", "14", false},
    {"provision_608a", "signer_cert_der", "12", "11", true},
    {"provision_608a", "device_cert_der", "10", "11", false},
    {"provision_608a", "signer_aux_cert_der", "15", "14", true},
    {"provision_608a", "device_aux_cert_der", "9", "14", false},
    {"provision_608b_volatile", "signer_cert_der", "12", "11", true},
    {"provision_608b_volatile", "device_cert_der", "10", "11", false},
};

/* The volatile run does not name its chip serial: it is in its configuration zone. */
static void load_chip_serial(const json_t *life, uint8_t *ret)
{
    uint8_t config[128];
    vector_hex(text_at(life, "config_after"), config, sizeof(config));
    memcpy(ret, config, 4);
    memcpy(ret + 4, config + 8, 5);
}

static void load_sample(const source *from, sample *ret)
{
    char path[128];
    size_t len = 0;
    snprintf(path, sizeof(path), "nerveskey/generated/%s.json", from->file);
    char *text = (char *)vector_load(path, &len);
    json_t *life = json_loads(text, 0, NULL);
    assert_non_null(life);
    memset(ret, 0, sizeof(*ret));
    snprintf(ret->name, sizeof(ret->name), "%s %s", from->file, from->der);
    ret->is_signer = from->is_signer;
    ret->der_len = vector_hex_any(text_at(life, from->der), ret->der, sizeof(ret->der));
    assert_true(load_slot(life, from->slot, ret->stored, sizeof(ret->stored)));
    assert_true(load_slot(life, from->key_slot, ret->authority_key, 64));
    load_chip_serial(life, ret->chip_serial);
    load_subject(life, ret->subject);
    load_public_key(life, ret->public_key);
    if (from->is_signer) {
        memcpy(ret->public_key, ret->authority_key, 64);
    }
    json_decref(life);
    free(text);
}

size_t sample_load_provisioned(sample *ret, size_t count)
{
    size_t loaded = count < NP_COUNT_OF(sources) ? count : NP_COUNT_OF(sources);
    for (size_t i = 0; i < loaded; i++) {
        load_sample(&sources[i], &ret[i]);
    }
    return loaded;
}

np_profile_values sample_values(const sample *of)
{
    return (np_profile_values){
        .subject = np_bytes_text(of->subject),
        .public_key = of->public_key,
        .authority_key = of->authority_key,
        .chip_serial = NP_BYTES(of->chip_serial),
    };
}

const np_profile *sample_profile(const sample *of)
{
    return of->is_signer ? &np_profile_nerveskey_signer : &np_profile_nerveskey_device;
}
