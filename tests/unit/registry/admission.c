/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of admission against certificates of NervesHub's own templates. Where a row of
 * path_validation.tsv says what Erlang's and NervesHub's answers are, ours may differ in just the
 * five ways that are listed here.
 */
#include "registry/admission.h"
#include "support/admission_scene.h"
#include "support/test.h"
#include "support/vectors.h"

enum { NOW = 1796000000 }; /* 2026-11-29 */

static admission_scene *scene_of_ca1(admission_scene *scene)
{
    *scene = (admission_scene){.now = NOW};
    scene_add_authority(scene, "ca1_root_ca_template", SCENE_ORG)->known.may_create = true;
    return scene;
}

#define assert_reason(admission, wanted)                                                           \
    assert_string_equal(np_reason_at((admission).reason)->name, np_reason_at(wanted)->name)

/* Anchor and certificate of the row, and what we say instead of NervesHub's "ok". */
static const struct {
    const char *certificate;
    np_reason ours;
} differences[] = {
    {"device_signed_by_not_a_ca", NP_REASON_NOT_A_CA},
    {"device_unknown_critical_ext", NP_REASON_CRITICAL_EXTENSION},
    {"device_server_auth_only", NP_REASON_WRONG_EKU},
    {"intermediate_ca_template", NP_REASON_CA_AS_LEAF},
    {"verification_cert_ca1", NP_REASON_OWNERSHIP_PROOF},
};

static void path_vectors_differ_in_five_ways_only(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned different = 0;
    unsigned count = 0;
    vector_words_open(&rows, "nerveshub/path_validation.tsv");
    while (vector_words_next(&rows)) {
        admission_scene scene = {.now = NOW};
        scene_add_authority(&scene, rows.fields[0], SCENE_ORG)->known.may_create = true;
        np_admission ours = scene_present(&scene, rows.fields[1]);
        bool is_accepted = strcmp(rows.fields[3], "ok") == 0;
        count++;
        for (size_t i = 0; i < NP_COUNT_OF(differences); i++) {
            if (strcmp(differences[i].certificate, rows.fields[1]) == 0) {
                assert_true(is_accepted);
                assert_reason(ours, differences[i].ours);
                is_accepted = false;
                different++;
            }
        }
        /* a path is not all: a device without a name comes in nowhere */
        bool has_path =
            np_reason_at(ours.reason)->is_admitted || ours.reason == NP_REASON_MISSING_IDENTIFIER;
        if (has_path != is_accepted) {
            fail_msg("%s below %s: %s", rows.fields[1], rows.fields[0],
                     np_reason_at(ours.reason)->name);
        }
    }
    vector_csv_close(&rows);
    assert_int_equal(count, 20);
    assert_int_equal(different, NP_COUNT_OF(differences));
}

/* One authority, no device known. */
static const struct {
    const char *presented;
    np_reason reason;
} first_connections[] = {
    {"", NP_REASON_NO_CERTIFICATE},
    {"device1_cli_template", NP_REASON_JITP_CREATED},
    {"device1_cli_template ca1_root_ca_template", NP_REASON_JITP_CREATED},
    {"device1_cli_template ca1_expired_same_key", NP_REASON_JITP_CREATED},
    {"device1_cli_template ca2_other_org", NP_REASON_JITP_CREATED},
    {"device1_cli_template ca_without_aki", NP_REASON_JITP_CREATED},
    {"device2_via_intermediate", NP_REASON_UNKNOWN_CA},
    {"device2_via_intermediate intermediate_ca_template", NP_REASON_JITP_CREATED},
    {"device1_bad_signature", NP_REASON_BAD_SIGNATURE},
    {"device1_expired", NP_REASON_CERT_EXPIRED},
    {"device1_not_yet_valid", NP_REASON_CERT_NOT_YET_VALID},
    {"device1_same_key_ca2", NP_REASON_UNKNOWN_CA},
    {"device1_same_key_ca2 ca2_other_org", NP_REASON_UNKNOWN_CA},
    {"device_no_cn", NP_REASON_MISSING_IDENTIFIER},
    {"device_self_signed", NP_REASON_UNKNOWN_CA},
    {"device_year_9999", NP_REASON_JITP_CREATED},
};

static void first_connections_have_their_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(first_connections); i++) {
        admission_scene scene;
        np_admission ours = scene_present(scene_of_ca1(&scene), first_connections[i].presented);
        assert_reason(ours, first_connections[i].reason);
    }
}

static void a_device_is_welcome_without_its_ca_once_it_is_known(void **state)
{
    (void)state;
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    assert_reason(first, NP_REASON_JITP_CREATED);
    assert_int_equal(first.effects,
                     NP_EFFECT_TOUCH | NP_EFFECT_CREATE_DEVICE | NP_EFFECT_ADD_CERTIFICATE);
    scene_apply(&scene, &first);
    scene.authority_count = 0;
    scene.now += INT64_C(50) * 365 * 86400; /* long after the certificate's end */
    np_admission again = scene_present(&scene, "device1_cli_template");
    assert_reason(again, NP_REASON_KNOWN);
    assert_int_equal(again.effects, NP_EFFECT_TOUCH);
    assert_int_equal(again.device, 1);
    scene.policy.refuses_expired_known = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_CERT_EXPIRED);
}

static void a_key_renews_as_often_as_it_likes(void **state)
{
    (void)state;
    static const char *const renewals[] = {"device1_renewed_same_key",
                                           "device1_same_serial_new_validity"};
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    scene_apply(&scene, &first);
    for (size_t i = 0; i < NP_COUNT_OF(renewals); i++) {
        np_admission renewed = scene_present(&scene, renewals[i]);
        assert_reason(renewed, NP_REASON_RENEWED);
        assert_int_equal(renewed.device, 1);
        scene_apply(&scene, &renewed);
        assert_reason(scene_present(&scene, renewals[i]), NP_REASON_KNOWN);
    }
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_KNOWN);
    scene.policy.certificates_per_device = 3;
    scene.credential_count = 1; /* the last two are forgotten; the device has three all the same */
    assert_reason(scene_present(&scene, renewals[0]), NP_REASON_LIMIT);
}

/* Between the question for the key and that for the device another gate has recorded both. */
static void who_is_recorded_while_he_is_judged_comes_in(void **state)
{
    (void)state;
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    scene_apply(&scene, &first);
    scene.is_recording = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_KNOWN);
    scene.is_recording = true;
    assert_reason(scene_present(&scene, "device1_renewed_same_key"), NP_REASON_RENEWED);
    scene.is_recording = true;
    assert_reason(scene_present(&scene, "device1_new_key"), NP_REASON_UNEXPECTED_PUBKEY);
}

static void a_key_stays_with_its_identifier_and_organisation(void **state)
{
    (void)state;
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    scene_apply(&scene, &first);
    scene_add_authority(&scene, "ca2_other_org", SCENE_OTHER_ORG)->known.may_create = true;
    assert_reason(scene_present(&scene, "device1_same_key_other_cn"), NP_REASON_MISMATCHED_CN);
    assert_reason(scene_present(&scene, "device1_same_key_ca2"), NP_REASON_MISMATCHED_ORG);
}

static void a_new_key_needs_an_open_window(void **state)
{
    (void)state;
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    scene_apply(&scene, &first);
    assert_reason(scene_present(&scene, "device1_new_key"), NP_REASON_UNEXPECTED_PUBKEY);
    scene.devices[0].rekey_until = NOW;
    assert_reason(scene_present(&scene, "device1_new_key"), NP_REASON_UNEXPECTED_PUBKEY);
    scene.devices[0].rekey_until = NOW + 1;
    np_admission rekeyed = scene_present(&scene, "device1_new_key");
    assert_reason(rekeyed, NP_REASON_REKEYED);
    assert_true((rekeyed.effects & NP_EFFECT_CLOSE_REKEY) != 0);
    scene_apply(&scene, &rekeyed);
    assert_reason(scene_present(&scene, "device1_new_key"), NP_REASON_KNOWN);
    assert_int_equal(scene.devices[0].rekey_until, 0);
}

static void a_device_that_was_announced_is_registered(void **state)
{
    (void)state;
    admission_scene scene;
    scene_of_ca1(&scene)->authorities[0].known.may_create = false;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_DEVICE_NOT_REGISTERED);
    scene_add_device(&scene, SCENE_OTHER_ORG, "device-0001");
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_DEVICE_NOT_REGISTERED);
    scene_add_device(&scene, SCENE_ORG, "device-0001");
    np_admission ours = scene_present(&scene, "device1_cli_template");
    assert_reason(ours, NP_REASON_REGISTERED);
    assert_int_equal(ours.device, 2);
    assert_int_equal(ours.effects, NP_EFFECT_TOUCH | NP_EFFECT_ADD_CERTIFICATE);
}

static void deleted_and_blocked_ones_stay_out(void **state)
{
    (void)state;
    admission_scene scene;
    np_admission first = scene_present(scene_of_ca1(&scene), "device1_cli_template");
    scene_apply(&scene, &first);
    static const char *const chains[] = {"device1_cli_template", "device1_renewed_same_key"};
    for (size_t i = 0; i < NP_COUNT_OF(chains); i++) {
        scene.devices[0].is_deleted = true;
        assert_reason(scene_present(&scene, chains[i]), NP_REASON_DEVICE_DELETED);
        scene.devices[0].is_deleted = false;
        scene.devices[0].is_blocked = true;
        assert_reason(scene_present(&scene, chains[i]), NP_REASON_BLOCKED);
        scene.devices[0].is_blocked = false;
        scene.credentials[0].is_blocked = true;
        assert_reason(scene_present(&scene, chains[i]), NP_REASON_BLOCKED);
        scene.credentials[0].is_blocked = false;
    }
    scene.devices[0].is_blocked = true;
    assert_reason(scene_present(&scene, "device1_new_key"), NP_REASON_BLOCKED);
}

static void of_two_certificates_of_one_ca_the_valid_one_counts(void **state)
{
    (void)state;
    admission_scene scene = {.now = NOW};
    scene_authority *expired = scene_add_authority(&scene, "ca1_expired_same_key", SCENE_ORG);
    expired->known.may_create = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_JITP_CREATED);
    expired->known.checks_expiry = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_CA_EXPIRED);
    scene_add_authority(&scene, "ca1_renewed_same_key", SCENE_ORG)->known.may_create = true;
    np_admission ours = scene_present(&scene, "device1_cli_template");
    assert_reason(ours, NP_REASON_JITP_CREATED);
    assert_int_equal(ours.authority, 2);
}

static void a_ca_of_two_organisations_admits_for_neither(void **state)
{
    (void)state;
    admission_scene scene;
    scene_of_ca1(&scene);
    scene_add_authority(&scene, "ca1_renewed_same_key", SCENE_OTHER_ORG)->known.may_create = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_AMBIGUOUS_CA);
}

static void a_ca_that_may_create_no_more_says_so(void **state)
{
    (void)state;
    admission_scene scene;
    scene_of_ca1(&scene)->authorities[0].known.may_create_more = 0;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_LIMIT);
}

/* The leaf's issuer is remembered, and the leaf may change. */
static void a_pin_may_sit_on_the_issuer(void **state)
{
    (void)state;
    admission_scene scene;
    scene_of_ca1(&scene)->authorities[0].known.pin = NP_PIN_ISSUER;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_UNKNOWN_CA);
    np_admission first = scene_present(&scene, "device2_via_intermediate intermediate_ca_template");
    assert_reason(first, NP_REASON_JITP_CREATED);
    assert_string_equal("Line 7 Intermediate", (const char *)first.identifier);
    scene_apply(&scene, &first);
    scene.authority_count = 0;
    assert_reason(scene_present(&scene, "device2_via_intermediate intermediate_ca_template"),
                  NP_REASON_KNOWN);
    assert_reason(scene_present(&scene, "device2_via_intermediate"), NP_REASON_UNKNOWN_CA);
    /* another's leaf beside the pinned certificate is not below it */
    assert_reason(scene_present(&scene, "device1_cli_template intermediate_ca_template"),
                  NP_REASON_UNKNOWN_CA);
}

static void a_registry_that_cannot_be_asked_admits_nobody(void **state)
{
    (void)state;
    admission_scene scene;
    scene_of_ca1(&scene)->is_out_of_order = true;
    assert_reason(scene_present(&scene, "device1_cli_template"), NP_REASON_STORAGE_UNAVAILABLE);
}

static void every_reason_has_its_row(void **state)
{
    (void)state;
    for (np_reason reason = 0; reason < NP_REASON_COUNT; reason++) {
        const np_reason_row *row = np_reason_at(reason);
        assert_non_null(row->name);
        assert_non_null(row->sentence);
        assert_int_equal(row->is_admitted, row->alert == NP_ALERT_NONE);
        assert_int_equal(row->is_admitted, row->next == NULL);
        for (np_reason other = 0; other < reason; other++) {
            assert_string_not_equal(row->name, np_reason_at(other)->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_vectors_differ_in_five_ways_only),
        cmocka_unit_test(first_connections_have_their_reasons),
        cmocka_unit_test(a_device_is_welcome_without_its_ca_once_it_is_known),
        cmocka_unit_test(a_key_renews_as_often_as_it_likes),
        cmocka_unit_test(who_is_recorded_while_he_is_judged_comes_in),
        cmocka_unit_test(a_key_stays_with_its_identifier_and_organisation),
        cmocka_unit_test(a_new_key_needs_an_open_window),
        cmocka_unit_test(a_device_that_was_announced_is_registered),
        cmocka_unit_test(deleted_and_blocked_ones_stay_out),
        cmocka_unit_test(of_two_certificates_of_one_ca_the_valid_one_counts),
        cmocka_unit_test(a_ca_of_two_organisations_admits_for_neither),
        cmocka_unit_test(a_ca_that_may_create_no_more_says_so),
        cmocka_unit_test(a_pin_may_sit_on_the_issuer),
        cmocka_unit_test(a_registry_that_cannot_be_asked_admits_nobody),
        cmocka_unit_test(every_reason_has_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
