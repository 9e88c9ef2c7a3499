/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of ownership that the openssl program makes, and the one of NervesHub's template. */
#include "registry/ownership.h"
#include "support/admission_scene.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/verify.h"

#include <time.h>

static const char token[] = "3hMBLEQPCE0AtZb3L7mF4bN4_gXqSnV8x0yP2k9sT1c";

typedef struct proof_row {
    const char *subject;
    const char *extension; /* of openssl's -addext; NULL: none */
    np_code wanted;
} proof_row;

static const proof_row rows[] = {
    {"/CN=proof", "subjectAltName=URI:urn:nerveshub:verify:%s", NP_OK},
    {"/CN=proof", "subjectAltName=URI:urn:nameplate:verify:%s", NP_OK},
    {"/CN=proof", "subjectAltName=DNS:a.example,URI:urn:nameplate:verify:%s", NP_OK},
    {"/CN=%s", NULL, NP_OK},
    {"/CN=proof", NULL, NP_EINPUT_MISSING},
    {"/CN=proof", "subjectAltName=URI:urn:nameplate:verify:%sA", NP_EINPUT_MISSING},
    {"/CN=proof", "subjectAltName=URI:urn:other:verify:%s", NP_EINPUT_MISSING},
    {"/CN=proof", "subjectAltName=DNS:%s", NP_EINPUT_MISSING},
    {"/CN=A%s", NULL, NP_EINPUT_MISSING},
};

static uint8_t *load(const program_room *room, const char *name, np_bytes *ret)
{
    size_t len = 0;
    uint8_t *data = program_load(room, name, &len);
    *ret = np_bytes_of(data, len);
    return data;
}

static void make_ca(const program_room *room, const char *name, const char *key)
{
    assert_int_equal(program_run(room,
                                 "openssl req -x509 -nodes -newkey %s -keyout %s.key -out %s.pem"
                                 " -subj /CN=Acme -days 10 && openssl x509 -in %s.pem"
                                 " -outform DER -out %s.der",
                                 key, name, name, name, name),
                     0);
}

static void make_proof(const program_room *room, const proof_row *row, const char *ca)
{
    char subject[128];
    char extension[160] = "";
    (void)snprintf(subject, sizeof(subject), "%s", row->subject);
    char *place = strstr(subject, "%s");
    if (place != NULL) {
        (void)snprintf(place, sizeof(subject) - (size_t)(place - subject), "%s", token);
    }
    if (row->extension != NULL) {
        const char *at = strstr(row->extension, "%s");
        (void)snprintf(extension, sizeof(extension), "-addext %.*s%s%s", (int)(at - row->extension),
                       row->extension, token, at + 2);
    }
    assert_int_equal(
        program_run(room,
                    "openssl req -new -nodes -newkey ed25519 -keyout p.key -out p.csr -subj '%s' %s"
                    " && openssl x509 -req -in p.csr -copy_extensions copy -CA %s.pem"
                    " -CAkey %s.key -CAcreateserial -days 1 -outform DER -out p.der",
                    subject, extension, ca, ca),
        0);
}

static np_code check(const program_room *room, const char *ca, int64_t now)
{
    np_ownership ownership = {.challenge = token, .judge = np_judge_libcrypto(), .now = now};
    char name[32];
    (void)snprintf(name, sizeof(name), "%s.der", ca);
    uint8_t *authority = load(room, name, &ownership.authority);
    uint8_t *proof = load(room, "p.der", &ownership.proof);
    np_error err = {0};
    np_code code = np_ownership_check(&ownership, &err);
    free(authority);
    free(proof);
    return code;
}

static void a_proof_carries_just_its_challenge(void **state)
{
    const program_room *room = *state;
    int64_t now = (int64_t)time(NULL) + 600; /* behind every proof that is made */
    make_ca(room, "ca", "ec -pkeyopt ec_paramgen_curve:P-256");
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        make_proof(room, &rows[i], "ca");
        if (check(room, "ca", now) != rows[i].wanted) {
            fail_msg("%s %s", rows[i].subject, rows[i].extension);
        }
    }
}

static void a_proof_is_of_its_ca_and_of_its_time(void **state)
{
    const program_room *room = *state;
    int64_t now = (int64_t)time(NULL) + 600; /* behind every proof that is made */
    make_ca(room, "rsa", "rsa:2048");
    make_proof(room, &rows[0], "rsa");
    make_ca(room, "other", "rsa:2048"); /* of the same name */
    assert_int_equal(check(room, "rsa", now), NP_OK);
    assert_int_equal(check(room, "other", now), NP_EINPUT_KEY);
    assert_int_equal(check(room, "rsa", now + 2 * 86400), NP_EINPUT_TIME);
    assert_int_equal(check(room, "rsa", now - 86400), NP_EINPUT_TIME);
}

static void only_a_ca_can_be_registered(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        np_code wanted;
        bool is_expired;
    } authorities[] = {
        {"ca1_root_ca_template", NP_OK, false},
        {"ca1_expired_same_key", NP_OK, true},
        {"intermediate_ca_template", NP_OK, false},
        {"ca_without_aki", NP_OK, false},
        {"not_a_ca_selfsigned", NP_EINPUT_FORMAT, false},
        {"device1_cli_template", NP_EINPUT_FORMAT, false},
        {"device_unknown_critical_ext", NP_EINPUT_FORMAT, false},
    };
    for (size_t i = 0; i < NP_COUNT_OF(authorities); i++) {
        uint8_t der[SCENE_DER_MAX];
        bool is_expired = false;
        np_bytes bytes = np_bytes_of(der, scene_load(authorities[i].name, der, sizeof(der)));
        assert_code(np_authority_check(bytes, 1796000000, &is_expired, NULL),
                    authorities[i].wanted);
        assert_int_equal(is_expired, authorities[i].is_expired);
    }
}

/* NervesHub's template with the token that stands in it. */
static void nerveshubs_own_proof_is_good(void **state)
{
    (void)state;
    uint8_t ca[SCENE_DER_MAX];
    uint8_t proof[SCENE_DER_MAX];
    np_ownership ownership = {
        .challenge = "SFMyNTY.ZXhhbXBsZQ.c2ln", .judge = np_judge_libcrypto(), .now = 1796000000};
    ownership.authority = np_bytes_of(ca, scene_load("ca1_root_ca_template", ca, sizeof(ca)));
    ownership.proof = np_bytes_of(proof, scene_load("verification_cert_ca1", proof, sizeof(proof)));
    assert_code(np_ownership_check(&ownership, NULL), NP_OK);
    ownership.authority = np_bytes_of(ca, scene_load("ca2_other_org", ca, sizeof(ca)));
    assert_code(np_ownership_check(&ownership, NULL), NP_EINPUT_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_carries_just_its_challenge),
        cmocka_unit_test(a_proof_is_of_its_ca_and_of_its_time),
        cmocka_unit_test(only_a_ca_can_be_registered),
        cmocka_unit_test(nerveshubs_own_proof_is_good),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
