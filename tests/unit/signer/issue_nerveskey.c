/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate of NervesKey's form out of a run, against what the real implementation has made. */
#include "base/wipe.h"
#include "signer/issue.h"
#include "signer/signer.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/pem.h"

#include <jansson.h>

typedef struct recorded_life {
    uint8_t chip_serial[NP_CHIP_SERIAL_SIZE];
    char serial[NP_ISSUE_SERIAL_MAX];
    uint8_t device[1024];
    size_t device_len;
    uint8_t signer_cert[1024];
    size_t signer_cert_len;
    uint8_t compressed[NP_COMPRESSED_SIZE]; /* slot 10 */
} recorded_life;

typedef struct scene {
    const recorded_life *life;
    np_certificate device;
    bool is_given;
    np_issue_unit taken;
} scene;

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    return text;
}

static void load_life(const char *path, recorded_life *ret)
{
    size_t len = 0;
    uint8_t *text = vector_load(path, &len);
    json_t *life = json_loadb((const char *)text, len, 0, NULL);
    assert_non_null(life);
    vector_hex(text_of(life, "device_serial"), ret->chip_serial, sizeof(ret->chip_serial));
    snprintf(ret->serial, sizeof(ret->serial), "%s", text_of(life, "manufacturer_sn"));
    ret->device_len =
        vector_hex_any(text_of(life, "device_cert_der"), ret->device, sizeof(ret->device));
    ret->signer_cert_len = vector_hex_any(text_of(life, "signer_cert_der"), ret->signer_cert,
                                          sizeof(ret->signer_cert));
    vector_hex(text_of(json_object_get(life, "slots"), "10"), ret->compressed,
               sizeof(ret->compressed));
    json_decref(life);
    free(text);
}

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    scene *from = self;
    (void)err;
    *ret_is_end = from->is_given;
    from->is_given = true;
    ret->serial_len = strlen(from->life->serial);
    memcpy(ret->serial, from->life->serial, ret->serial_len);
    memcpy(ret->public_key, from->device.point.data, sizeof(ret->public_key));
    memcpy(ret->chip_serial, from->life->chip_serial, sizeof(ret->chip_serial));
    ret->has_chip_serial = true;
    return NP_OK;
}

static np_code take_group(void *self, const np_issue_group *group, np_error *err)
{
    (void)err;
    assert_int_equal(group->count, 1);
    ((scene *)self)->taken = group->units[0];
    return NP_OK;
}

static void open_signer(const recorded_life *life, const char *key_path, np_signer **ret)
{
    uint8_t pem[2048];
    size_t len = 0;
    np_error err;
    uint8_t *key = vector_load(key_path, &len);
    np_writer writer = np_writer_of(pem, sizeof(pem));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(life->signer_cert, life->signer_cert_len));
    assert_ok(np_signer_open(np_writer_bytes(&writer), np_bytes_of(key, len), ret, &err), &err);
    free(key);
}

static void issue_again(const recorded_life *life, const np_signer *signer,
                        np_leaf_template *template, scene *on)
{
    np_error err;
    np_issue_counts counts;
    assert_ok(np_certificate_parse(np_bytes_of(life->device, life->device_len), &on->device, &err),
              &err);
    assert_ok(np_leaf_prepare(np_leaf_profile_find("nerveskey"), np_signer_certificate(signer),
                              &on->device.validity, template, &err),
              &err);
    np_issue issue = {.template = template,
                      .signing = np_signer_signing(signer),
                      .workers = 1,
                      .group = 1,
                      .random = np_random_system(),
                      .source = give_unit,
                      .self = on,
                      .parts = {{.confirm = take_group, .self = on}},
                      .part_count = 1};
    assert_ok(np_issue_run(&issue, &counts, &err), &err);
    assert_int_equal(counts.issued, 1);
}

/* All but the signature, which is another each time; and the 72 bytes of what was recorded. */
static void what_was_recorded_comes_out_bit_for_bit(void **state)
{
    (void)state;
    static const char *const lives[][2] = {
        {"nerveskey/generated/provision_508a.json",
         "nerveskey/generated/provision_508a_signer_key.pem"},
        {"nerveskey/generated/provision_608a.json",
         "nerveskey/generated/provision_608a_signer_key.pem"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(lives); i++) {
        static scene on;
        recorded_life life;
        np_leaf_template template;
        np_certificate issued;
        uint8_t compressed[NP_COMPRESSED_SIZE];
        np_error err;
        NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
        load_life(lives[i][0], &life);
        open_signer(&life, lives[i][1], &signer);
        on = (scene){.life = &life};
        issue_again(&life, signer, &template, &on);
        assert_ok(np_certificate_parse(np_bytes_of(on.taken.der, on.taken.der_len), &issued, &err),
                  &err);
        assert_true(np_bytes_equal(issued.tbs, on.device.tbs));
        assert_ok(np_issue_compress(&template, &on.taken, compressed, &err), &err);
        memcpy(on.taken.der, life.device, life.device_len);
        on.taken.der_len = life.device_len;
        assert_ok(np_issue_compress(&template, &on.taken, compressed, &err), &err);
        assert_memory_equal(compressed, life.compressed, sizeof(compressed));
        on.taken.chip_serial[0] ^= 1;
        assert_code(np_issue_compress(&template, &on.taken, compressed, &err), NP_EINPUT_STORABLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_comes_out_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
