/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate on real databases: what the rule wants stored is stored once, by whoever is first, and
 * found again by every other process.
 */
#include "registry/gate.h"

#include "crypto/hash.h"
#include "registry/credentials.h"
#include "registry/devices.h"
#include "registry/enrolment.h"
#include "support/admission_scene.h"
#include "support/stores.h"
#include "x509/verify.h"

enum { NOW = 1796000000 };

static const np_actor actor = {.name = "test", .now = NOW};

static void add_ca(np_store *store, const char *name, const char *org, uint64_t limit)
{
    uint8_t der[SCENE_DER_MAX];
    np_error err = {0};
    const np_authority authority = {.org = np_bytes_text(org),
                                    .der = np_bytes_of(der, scene_load(name, der, sizeof(der))),
                                    .product = np_bytes_text("tracker"),
                                    .tags = np_bytes_text("[\"a\",\"b\"]"),
                                    .create_limit = limit};
    assert_ok(np_authority_add(store, &authority, NULL, &actor, &err), &err);
}

/* "device1_cli_template device2_...": one certificate each. */
static void admit(np_store *store, const char *const *names, size_t count, np_admission *ret)
{
    static uint8_t ders[8][SCENE_DER_MAX];
    static np_bytes chains[8];
    np_gate_request requests[8];
    np_error err = {0};
    const np_gate_options options = {.judge = np_judge_libcrypto(), .now = NOW};
    for (size_t i = 0; i < count; i++) {
        chains[i] = np_bytes_of(ders[i], scene_load(names[i], ders[i], SCENE_DER_MAX));
        requests[i] = (np_gate_request){&chains[i], 1};
    }
    assert_ok(np_gate_admit(store, &options, requests, count, ret, &err), &err);
}

static np_admission admit_one(np_store *store, const char *name)
{
    np_admission ret;
    admit(store, &name, 1, &ret);
    return ret;
}

#define assert_reason(admission, wanted)                                                           \
    assert_string_equal(np_reason_at((admission).reason)->name, np_reason_at(wanted)->name)

static np_code take(void *self, const np_device *device, np_error *err)
{
    np_device *ret = self;
    (void)err;
    ret->state = device->state;
    ret->certificates += device->certificates;
    ret->rekey_until = device->rekey_until;
    ret->first_seen = device->first_seen;
    ret->last_seen = device->last_seen;
    assert_true(np_bytes_equal(device->product, np_bytes_text("tracker")) ||
                device->product.len == 0);
    return NP_OK;
}

static np_device look(np_store *store, const char *org, const char *identifier)
{
    np_device ret = {.state = NP_DEVICE_STATE_COUNT};
    np_error err = {0};
    const np_device_query query = {.org = np_bytes_text(org),
                                   .identifier = np_bytes_text(identifier)};
    assert_ok(np_device_each(store, &query, take, &ret, &err), &err);
    return ret;
}

static void a_device_comes_in_and_every_other_process_knows_it(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    np_admission first = admit_one(store, "device1_cli_template");
    assert_reason(first, NP_REASON_JITP_CREATED);
    assert_true(first.device > 0);
    np_store_free(store);
    NP_CLEANUP(np_store_free_at) np_store *other = store_open(uri);
    np_admission again = admit_one(other, "device1_cli_template");
    assert_reason(again, NP_REASON_KNOWN);
    assert_int_equal(again.device, first.device);
    assert_reason(admit_one(other, "device1_renewed_same_key"), NP_REASON_RENEWED);
    assert_reason(admit_one(other, "device1_renewed_same_key"), NP_REASON_KNOWN);
    assert_reason(admit_one(other, "device1_new_key"), NP_REASON_UNEXPECTED_PUBKEY);
    np_device device = look(other, "acme", "device-0001");
    assert_int_equal(device.certificates, 2);
    assert_int_equal(device.first_seen, NOW);
}

/* Two certificates with one identifier, two with one key, and one twice, in one group. */
static void of_a_group_each_identity_is_recorded_once(void **state)
{
    (void)state;
    static const char *const names[] = {"device1_cli_template", "device1_new_key",
                                        "device1_renewed_same_key", "device1_cli_template",
                                        "device1_same_key_other_cn"};
    static const np_reason wanted[] = {NP_REASON_JITP_CREATED, NP_REASON_UNEXPECTED_PUBKEY,
                                       NP_REASON_RENEWED, NP_REASON_KNOWN, NP_REASON_MISMATCHED_CN};
    char uri[STORE_URI_SIZE];
    np_admission ret[NP_COUNT_OF(names)];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    admit(store, names, NP_COUNT_OF(names), ret);
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        assert_reason(ret[i], wanted[i]);
    }
    assert_int_equal(look(store, "acme", "device-0001").certificates, 2);
    assert_int_equal(look(store, "acme", "device-0002").state, NP_DEVICE_STATE_COUNT);
}

static void what_an_owner_does_to_a_device_counts_at_once(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_error err = {0};
    np_bytes acme = np_bytes_text("acme");
    np_bytes device = np_bytes_text("device-0001");
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_JITP_CREATED);
    assert_ok(np_device_set_state(store, acme, device, NP_DEVICE_BLOCKED, &actor, &err), &err);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_BLOCKED);
    assert_reason(admit_one(store, "device1_renewed_same_key"), NP_REASON_BLOCKED);
    assert_ok(np_device_set_state(store, acme, device, NP_DEVICE_ACTIVE, &actor, &err), &err);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_KNOWN);
    assert_ok(np_device_open_rekey(store, acme, device, NOW + 60, &actor, &err), &err);
    assert_reason(admit_one(store, "device1_new_key"), NP_REASON_REKEYED);
    assert_int_equal(look(store, "acme", "device-0001").rekey_until, 0);
    assert_ok(np_device_move(store, acme, device, np_bytes_text("umbrella"), &actor, &err), &err);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_KNOWN);
    assert_reason(admit_one(store, "device1_renewed_same_key"), NP_REASON_MISMATCHED_ORG);
    assert_int_equal(look(store, "umbrella", "device-0001").certificates, 2);
    assert_ok(np_device_set_state(store, np_bytes_text("umbrella"), device, NP_DEVICE_DELETED,
                                  &actor, &err),
              &err);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_DEVICE_DELETED);
    assert_code(np_device_set_state(store, acme, device, NP_DEVICE_ACTIVE, &actor, NULL),
                NP_EINPUT_MISSING);
}

static void hashes(const char *name, uint8_t *ret_certificate, uint8_t *ret_key)
{
    uint8_t der[SCENE_DER_MAX];
    np_certificate certificate;
    size_t len = scene_load(name, der, sizeof(der));
    assert_int_equal(np_certificate_parse(np_bytes_of(der, len), &certificate, NULL), NP_OK);
    np_sha256(certificate.der, ret_certificate);
    np_sha256(certificate.spki, ret_key);
}

static np_code block(np_store *store, np_credential_kind kind, const uint8_t *sha256,
                     bool is_blocked)
{
    np_credential_name name = {
        .org = np_bytes_text("acme"), .identifier = np_bytes_text("device-0001"), .kind = kind};
    memcpy(name.sha256, sha256, sizeof(name.sha256));
    return np_credential_set_blocked(store, &name, is_blocked, &actor, NULL);
}

static void a_single_certificate_or_key_is_kept_out(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t certificate[NP_SHA256_SIZE];
    uint8_t renewed[NP_SHA256_SIZE];
    uint8_t key[NP_SHA256_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    hashes("device1_cli_template", certificate, key);
    hashes("device1_renewed_same_key", renewed, key);
    assert_code(block(store, NP_CREDENTIAL_CERTIFICATE, certificate, true), NP_EINPUT_MISSING);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_JITP_CREATED);
    assert_code(block(store, NP_CREDENTIAL_CERTIFICATE, certificate, true), NP_OK);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_BLOCKED);
    assert_reason(admit_one(store, "device1_renewed_same_key"), NP_REASON_RENEWED);
    assert_code(block(store, NP_CREDENTIAL_CERTIFICATE, certificate, false), NP_OK);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_KNOWN);
    assert_code(block(store, NP_CREDENTIAL_KEY, certificate, true), NP_EINPUT_MISSING);
    assert_code(block(store, NP_CREDENTIAL_KEY, key, true), NP_OK);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_BLOCKED);
    assert_reason(admit_one(store, "device1_renewed_same_key"), NP_REASON_BLOCKED);
    assert_reason(admit_one(store, "device1_same_serial_new_validity"), NP_REASON_BLOCKED);
    assert_code(block(store, NP_CREDENTIAL_KEY, key, false), NP_OK);
    assert_reason(admit_one(store, "device1_same_serial_new_validity"), NP_REASON_RENEWED);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM changes WHERE subject = 'device-0001'"
                                    " AND what LIKE 'device %block %'"),
                     4);
}

typedef struct told {
    np_admission admission;
    uint8_t credential[NP_SHA256_SIZE];
    const char *clause;
} told;

static np_code take_exclusion(void *self, const np_exclusion *exclusion, np_error *err)
{
    told *one = self;
    const char *clause = np_exclusion_tell(exclusion, &one->admission, one->credential);
    (void)err;
    one->clause = clause == NULL ? one->clause : clause;
    return NP_OK;
}

/* What a gateway would tell a connection of this device that came in by this certificate. */
static const char *clause_for(np_store *store, const np_admission *admission, const char *name)
{
    told one = {.admission = *admission};
    uint8_t key[NP_SHA256_SIZE];
    np_error err = {0};
    int64_t seq = 0;
    hashes(name, one.credential, key);
    assert_ok(np_gate_each_excluded(store, &seq, take_exclusion, &one, &err), &err);
    return one.clause;
}

static void gateways_learn_whose_connections_to_end(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t certificate[NP_SHA256_SIZE];
    uint8_t key[NP_SHA256_SIZE];
    np_error err = {0};
    np_bytes acme = np_bytes_text("acme");
    np_bytes device = np_bytes_text("device-0001");
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    np_admission first = admit_one(store, "device1_cli_template");
    np_admission other = admit_one(store, "device_year_9999");
    assert_reason(admit_one(store, "device1_renewed_same_key"), NP_REASON_RENEWED);
    assert_null(clause_for(store, &first, "device1_cli_template"));
    hashes("device1_cli_template", certificate, key);
    assert_code(block(store, NP_CREDENTIAL_CERTIFICATE, certificate, true), NP_OK);
    assert_string_equal(clause_for(store, &first, "device1_cli_template"),
                        "its certificate or key was blocked");
    assert_null(clause_for(store, &first, "device1_renewed_same_key"));
    assert_null(clause_for(store, &other, "device_year_9999"));
    assert_code(block(store, NP_CREDENTIAL_CERTIFICATE, certificate, false), NP_OK);
    assert_null(clause_for(store, &first, "device1_cli_template"));
    assert_code(block(store, NP_CREDENTIAL_KEY, key, true), NP_OK);
    assert_string_equal(clause_for(store, &first, "device1_renewed_same_key"),
                        "its certificate or key was blocked");
    assert_ok(np_device_move(store, acme, device, np_bytes_text("umbrella"), &actor, &err), &err);
    assert_string_equal(clause_for(store, &first, "device1_renewed_same_key"),
                        "the device has moved to another organisation");
    assert_ok(np_device_move(store, np_bytes_text("umbrella"), device, acme, &actor, &err), &err);
    assert_code(block(store, NP_CREDENTIAL_KEY, key, false), NP_OK);
    assert_null(clause_for(store, &first, "device1_renewed_same_key"));
    assert_ok(np_device_set_state(store, acme, device, NP_DEVICE_BLOCKED, &actor, &err), &err);
    assert_string_equal(clause_for(store, &first, "device1_cli_template"),
                        "the device was blocked");
    assert_ok(np_device_set_state(store, acme, device, NP_DEVICE_DELETED, &actor, &err), &err);
    assert_string_equal(clause_for(store, &first, "device1_cli_template"),
                        "the device was deleted");
    assert_null(clause_for(store, &other, "device_year_9999"));
}

static void a_ca_goes_and_its_devices_stay(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t der[SCENE_DER_MAX];
    uint8_t sha256[NP_SHA256_SIZE];
    np_error err = {0};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    add_ca(store, "ca1_root_ca_template", "acme", 1);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_JITP_CREATED);
    assert_reason(admit_one(store, "device_year_9999"), NP_REASON_LIMIT);
    np_sha256(np_bytes_of(der, scene_load("ca1_root_ca_template", der, sizeof(der))), sha256);
    assert_ok(np_authority_remove(store, np_bytes_text("acme"), sha256, &actor, &err), &err);
    assert_code(np_authority_remove(store, np_bytes_text("acme"), sha256, &actor, NULL),
                NP_EINPUT_MISSING);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_KNOWN);
    assert_reason(admit_one(store, "device_year_9999"), NP_REASON_UNKNOWN_CA);
}

static void a_device_that_was_announced_comes_in_without_jitp(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t der[SCENE_DER_MAX];
    np_error err = {0};
    const np_device device = {.org = np_bytes_text("acme"),
                              .identifier = np_bytes_text("device-0001")};
    np_authority ca = {.org = np_bytes_text("acme")};
    ca.der = np_bytes_of(der, scene_load("ca1_root_ca_template", der, sizeof(der)));
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_ok(np_authority_add(store, &ca, NULL, &actor, &err), &err);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_DEVICE_NOT_REGISTERED);
    assert_ok(np_device_add(store, &device, &actor, &err), &err);
    assert_code(np_device_add(store, &device, &actor, NULL), NP_EPOLICY);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_REGISTERED);
}

static np_code fill_with_fb(void *self, uint8_t *ret, size_t size, np_error *err)
{
    (void)self;
    (void)err;
    memset(ret, 0xfb, size);
    return NP_OK;
}

/* Base64url has "-": people hand a challenge to a command as it is. */
static void a_challenge_is_never_taken_for_an_option(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t der[SCENE_DER_MAX];
    np_error err = {0};
    np_challenge challenge;
    np_challenge_request request = {
        .org = np_bytes_text("acme"), .random = {fill_with_fb, NULL}, .now = NOW};
    request.authority = np_bytes_of(der, scene_load("ca1_root_ca_template", der, sizeof(der)));
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_ok(np_challenge_give(store, &request, &challenge, &err), &err);
    assert_int_not_equal(challenge.token[0], '-');
    assert_int_equal(challenge.token[1], '_'); /* fb fb: without care "-_" */
}

static void a_challenge_is_good_once_and_for_its_ca_alone(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    uint8_t der[SCENE_DER_MAX];
    np_error err = {0};
    np_authority ca = {.org = np_bytes_text("acme")};
    ca.der = np_bytes_of(der, scene_load("ca1_root_ca_template", der, sizeof(der)));
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_code(np_authority_add(store, &ca, "token", &actor, NULL), NP_EPOLICY);
    np_new_challenge challenge = {ca.org, ca.der, "token", NOW - 2, NOW - 1};
    assert_ok(np_challenge_add(store, &challenge, &err), &err);
    assert_code(np_authority_add(store, &ca, "token", &actor, NULL), NP_EPOLICY); /* late */
    challenge.token = "another";
    challenge.expires_at = NOW;
    assert_ok(np_challenge_add(store, &challenge, &err), &err);
    ca.org = np_bytes_text("umbrella");
    assert_code(np_authority_add(store, &ca, "another", &actor, NULL), NP_EPOLICY);
    ca.org = np_bytes_text("acme");
    assert_ok(np_authority_add(store, &ca, "another", &actor, &err), &err);
    assert_code(np_authority_add(store, &ca, "another", &actor, NULL), NP_EPOLICY); /* used */
    assert_code(np_authority_add(store, &ca, NULL, &actor, NULL), NP_EPOLICY); /* there already */
    ca.org = np_bytes_text("umbrella"); /* the same key in another organisation */
    ca.der = np_bytes_of(der, scene_load("ca1_renewed_same_key", der, sizeof(der)));
    assert_code(np_authority_add(store, &ca, NULL, &actor, NULL), NP_EPOLICY);
    ca.org = np_bytes_text("acme");
    assert_ok(np_authority_add(store, &ca, NULL, &actor, &err), &err);
}

static void a_registry_that_is_held_admits_whom_it_knows(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_store *store = NULL;
    np_error err = {0};
    np_admission ret;
    uint8_t der[SCENE_DER_MAX];
    const np_gate_options options = {.judge = np_judge_libcrypto(), .now = NOW};
    store_new_uri(uri);
    assert_ok(np_store_open(uri, 1, &store, &err), &err);
    add_ca(store, "ca1_root_ca_template", "acme", 0);
    assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_JITP_CREATED);
    np_bytes chain = np_bytes_of(der, scene_load("device_year_9999", der, sizeof(der)));
    const np_gate_request request = {&chain, 1};
    store_hold(uri);
    if (!store_is_on_server()) { /* there, who reads waits for nobody and who writes for the table
                                  */
        assert_reason(admit_one(store, "device1_cli_template"), NP_REASON_KNOWN);
    }
    assert_code(np_gate_admit(store, &options, &request, 1, &ret, NULL), NP_ESTATION_BUSY);
    assert_reason(ret, NP_REASON_STORAGE_UNAVAILABLE);
    store_let_go();
    assert_reason(admit_one(store, "device_year_9999"), NP_REASON_JITP_CREATED);
    np_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_comes_in_and_every_other_process_knows_it),
        cmocka_unit_test(of_a_group_each_identity_is_recorded_once),
        cmocka_unit_test(what_an_owner_does_to_a_device_counts_at_once),
        cmocka_unit_test(a_single_certificate_or_key_is_kept_out),
        cmocka_unit_test(gateways_learn_whose_connections_to_end),
        cmocka_unit_test(a_ca_goes_and_its_devices_stay),
        cmocka_unit_test(a_device_that_was_announced_comes_in_without_jitp),
        cmocka_unit_test(a_challenge_is_good_once_and_for_its_ca_alone),
        cmocka_unit_test(a_challenge_is_never_taken_for_an_option),
        cmocka_unit_test(a_registry_that_is_held_admits_whom_it_knows),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
