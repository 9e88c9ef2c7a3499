/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: a real Trust&GO kit. */
#include "nerveskey/trust_and_go.h"

#include "crypto/hash.h"
#include "crypto/p256.h"
#include "nerveskey/plan.h"
#include "nerveskey/trust.h"
#include "support/test.h"
#include "support/trust_and_go.h"

static kit real;

static np_identity real_identity(void)
{
    np_identity identity = {.kind = NP_IDENTITY_TRUST_AND_GO};
    memcpy(identity.chip_serial.bytes, real.chip_serial, sizeof(real.chip_serial));
    memcpy(identity.public_key, real.public_key, sizeof(real.public_key));
    memcpy(identity.signer_key, real.signer_key, sizeof(real.signer_key));
    memcpy(identity.device_compressed, real.device_compressed, sizeof(real.device_compressed));
    memcpy(identity.signer_compressed, real.signer_compressed, sizeof(real.signer_compressed));
    memcpy(identity.eui48, real.eui48, sizeof(real.eui48));
    memcpy(identity.root_key, np_trust_and_go_root, sizeof(identity.root_key));
    return identity;
}

static void assert_is_file(const np_identity_der *der, const char *path)
{
    size_t len = 0;
    uint8_t *wanted = vector_load(path, &len);
    assert_int_equal(der->len, len);
    assert_memory_equal(der->bytes, wanted, len);
    free(wanted);
}

static void the_root_is_the_published_one(void **state)
{
    (void)state;
    assert_memory_equal(np_trust_and_go_root, real.root_key, sizeof(real.root_key));
}

static void the_throw_away_root_has_the_key_that_its_comment_tells(void **state)
{
    (void)state;
    static const char text[] = "nameplate: throw-away root of virtual Trust&GO parts";
    uint8_t scalar[32], point[64];
    np_error err;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_sha256(np_bytes_text(text), scalar);
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    np_p256_public(key, point);
    assert_memory_equal(point, np_trust_and_go_virtual_root, sizeof(point));
}

static void a_real_kit_is_rebuilt_and_has_microchips_root(void **state)
{
    (void)state;
    np_error err;
    np_identity identity = real_identity();
    assert_ok(np_identity_settle(&identity, NULL, &err), &err);
    assert_int_equal(identity.root, NP_ROOT_MICROCHIP);
    assert_is_file(&identity.device, "nerveskey/upstream/tng_device_cert.der");
    assert_is_file(&identity.signer, "nerveskey/generated/tng_signer_cert.der");
    assert_string_equal(identity.otp.serial.text, "0123A23F29F9366A01");
    assert_string_equal(identity.otp.board, "");
}

static void a_root_that_is_given_is_the_only_one_that_is_tried(void **state)
{
    (void)state;
    np_error err;
    np_identity identity = real_identity();
    assert_ok(np_identity_settle(&identity, real.root_key, &err), &err);
    assert_int_equal(identity.root, NP_ROOT_GIVEN);
    assert_ok(np_identity_settle(&identity, np_trust_and_go_virtual_root, &err), &err);
    assert_int_equal(identity.root, NP_ROOT_NONE);
}

/* A part whose signer has a small number, as its maker wrote it. */
typedef struct small_part {
    np_p256_key *root, *signer, *device;
    uint8_t root_key[64];
    np_identity identity;
} small_part;

static const np_issued *issue(const np_profile *profile, const np_profile_values *values,
                              np_p256_key *key)
{
    static np_issued issued;
    np_error err;
    static const uint8_t dates[] = {0xa5, 0x94, 0x9c};
    np_signing signing = np_signing_by_key(key);
    assert_ok(np_profile_issue(profile, values, dates, &signing, &issued, &err), &err);
    return &issued;
}

static void make_small(small_part *part)
{
    np_error err;
    *part = (small_part){.identity = real_identity()};
    assert_ok(np_p256_generate(&part->root, &err), &err);
    assert_ok(np_p256_generate(&part->signer, &err), &err);
    assert_ok(np_p256_generate(&part->device, &err), &err);
    np_p256_public(part->root, part->root_key);
    np_p256_public(part->signer, part->identity.signer_key);
    np_p256_public(part->device, part->identity.public_key);
}

static void clear_small(small_part *part)
{
    np_p256_free(part->root);
    np_p256_free(part->signer);
    np_p256_free(part->device);
}

/* Issuing rebuilds by the form in the values, as reading does. */
static void put_small_certificates(small_part *part, bool pads)
{
    np_identity *identity = &part->identity;
    np_profile_values signer = {
        .public_key = identity->signer_key,
        .authority_key = part->root_key,
        .signer_id = 0x002c,
        .pads_signer_id = pads,
    };
    np_profile_values device = {
        .subject = np_bytes_text("0123A23F29F9366A01"),
        .public_key = identity->public_key,
        .authority_key = identity->signer_key,
        .eui48 = NP_BYTES(real.eui48),
        .signer_id = 0x002c,
        .pads_signer_id = pads,
        .serial_source = NP_SERIAL_FROM_PUBLIC_KEY,
    };
    memcpy(identity->signer_compressed,
           issue(&np_profile_trust_and_go_signer, &signer, part->root)->compressed, 72);
    memcpy(identity->device_compressed,
           issue(&np_profile_trust_and_go_device, &device, part->signer)->compressed, 72);
}

static void a_small_signer_number_is_read_in_the_form_that_was_signed(void **state)
{
    (void)state;
    np_error err;
    small_part part;
    make_small(&part);
    for (unsigned pads = 0; pads < 2; pads++) {
        put_small_certificates(&part, pads == 1);
        assert_ok(np_identity_settle(&part.identity, part.root_key, &err), &err);
        assert_int_equal(part.identity.root, NP_ROOT_GIVEN);
        assert_int_equal(part.identity.pads_signer_id, pads == 1);
    }
    clear_small(&part);
}

static void a_changed_signature_has_no_root(void **state)
{
    (void)state;
    np_error err;
    np_identity identity = real_identity();
    identity.signer_compressed[20] ^= 1;
    assert_ok(np_identity_settle(&identity, NULL, &err), &err);
    assert_int_equal(identity.root, NP_ROOT_NONE);
}

static void a_stored_public_key_has_four_zeros_before_each_half(void **state)
{
    (void)state;
    uint8_t key[64], again[72], other[72];
    assert_true(np_stored_key_decode(real.stored_signer_key, key));
    assert_memory_equal(key, real.signer_key, sizeof(key));
    np_stored_key_encode(key, again);
    assert_memory_equal(again, real.stored_signer_key, sizeof(again));
    static const uint8_t pads[] = {0, 3, 36, 39};
    for (size_t i = 0; i < NP_COUNT_OF(pads); i++) {
        memcpy(other, again, sizeof(other));
        other[pads[i]] = 1;
        assert_false(np_stored_key_decode(other, key));
    }
}

static void an_eui48_must_be_hex(void **state)
{
    (void)state;
    np_error err;
    np_identity identity = real_identity();
    identity.eui48[3] = 'g';
    assert_code(np_identity_rebuild(&identity, &err), NP_ECONFLICT_FOREIGN);
    identity = real_identity();
    identity.eui48[3] = '\0';
    assert_code(np_identity_rebuild(&identity, &err), NP_ECONFLICT_FOREIGN);
}

static void the_codes_of_such_parts_are_known_and_no_others(void **state)
{
    (void)state;
    static const char *const good[] = {"Rsuy5YJh", "KQp2ZkD8", "x6tjuZMy"};
    static const char *const bad[] = {"wdNxAjae", "jsMu7iYO", "MKMwyhP1", "Nrvs\0\0Ne"};
    for (size_t i = 0; i < NP_COUNT_OF(good); i++) {
        assert_true(np_trust_and_go_has_code((const uint8_t *)good[i]));
    }
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_false(np_trust_and_go_has_code((const uint8_t *)bad[i]));
    }
}

/* SlotConfig and KeyConfig words of the data sheet's table (specs of the chip 3.9). */
static void the_configuration_is_the_published_one(void **state)
{
    (void)state;
    static const struct {
        uint8_t slot;
        uint16_t key_config, slot_config;
    } rows[] = {
        {0, 0x0053, 0x0085},  {1, 0x0053, 0x0082},  {2, 0x0073, 0x2085},  {3, 0x0073, 0x2085},
        {4, 0x0073, 0x2085},  {6, 0x007c, 0x0f8f},  {8, 0x003c, 0x0f0f},  {9, 0x001a, 0x0f8f},
        {10, 0x001c, 0x8f0f}, {11, 0x0010, 0x8f0f}, {12, 0x001c, 0x8f0f},
    };
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    np_trust_and_go_put_config(config);
    assert_true(np_trust_and_go_has_config(config));
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_int_equal(np_config_slot_config(config, rows[i].slot), rows[i].slot_config);
        assert_int_equal(np_config_key_config(config, rows[i].slot), rows[i].key_config);
        config[NP_CONFIG_KEY_CONFIG + 2 * rows[i].slot] ^= 0x20;
        assert_false(np_trust_and_go_has_config(config));
        config[NP_CONFIG_KEY_CONFIG + 2 * rows[i].slot] ^= 0x20;
    }
    assert_int_equal(config[16], 0x6a);
    assert_int_equal(config[90] | config[91] << 8, 0x600e);
    assert_int_equal(np_stage_of(config), NP_STAGE_KEY_LOCKED);
}

static void no_plan_provisions_such_a_part(void **state)
{
    (void)state;
    np_error err;
    np_plan plan;
    const uint8_t zeros[72] = {0};
    np_certificate none = {.der = {NULL, 0}};
    np_plan_request request = {.signer = {&none, zeros, zeros, zeros}, .address = 0x35};
    np_snapshot snapshot = {.model = NP_ATECC608B, .identity = real_identity()};
    np_trust_and_go_put_config(snapshot.config);
    snapshot.stage = np_stage_of(snapshot.config);
    assert_ok(np_identity_rebuild(&snapshot.identity, &err), &err);
    snapshot.has_identity = true;
    assert_code(np_plan_compute(&snapshot, &request, &plan, &err), NP_ECONFLICT_FOREIGN);
    assert_non_null(strstr(err.message, "Microchip's"));
    snapshot.has_identity = false;
    assert_code(np_plan_compute(&snapshot, &request, &plan, &err), NP_ECONFLICT_FOREIGN);
    assert_non_null(strstr(err.message, "Microchip's"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_is_the_published_one),
        cmocka_unit_test(the_throw_away_root_has_the_key_that_its_comment_tells),
        cmocka_unit_test(a_real_kit_is_rebuilt_and_has_microchips_root),
        cmocka_unit_test(a_root_that_is_given_is_the_only_one_that_is_tried),
        cmocka_unit_test(a_small_signer_number_is_read_in_the_form_that_was_signed),
        cmocka_unit_test(a_changed_signature_has_no_root),
        cmocka_unit_test(a_stored_public_key_has_four_zeros_before_each_half),
        cmocka_unit_test(an_eui48_must_be_hex),
        cmocka_unit_test(the_codes_of_such_parts_are_known_and_no_others),
        cmocka_unit_test(the_configuration_is_the_published_one),
        cmocka_unit_test(no_plan_provisions_such_a_part),
    };
    kit_load(&real);
    return cmocka_run_group_tests_name("nerveskey trust and go", tests, NULL, NULL);
}
