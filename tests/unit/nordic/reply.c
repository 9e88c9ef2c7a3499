/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to KEYGEN that real modems gave (tests/vectors/nrf/tokens). */
#include "nordic/reply.h"

#include "support/test.h"
#include "support/vectors.h"

typedef struct reply_case {
    const char *path;
    np_sec_tag tag;
    const char *id; /* "": the modem's UUID */
    const char *uuid;
} reply_case;

static const reply_case good[] = {
    {"seed_keygen_csr", 16842753, "", "50503041-3539-47eb-807b-102dbb423b9a"},
    {"u17_keygen_csr", 17, "", "50363154-3931-44f0-8022-121b6401627d"},
    {"t52_keygen_csr_uuid", 52, "", "50363953-3234-4723-80b9-1503d88271bf"},
    {"t52_keygen_csr_imei", 52, "nrf-355025930000000", "50343956-3037-4738-800d-1f29e0a0f7bf"},
    {"r16842753_keygen_csr", 16842753, "", "50503642-3239-4f86-80c4-06122e299623"},
    {"r42a_keygen_csr", 42, "", "50363154-3932-4834-802b-0908718314dc"},
    {"v42_keygen_csr_usage", 42, "352656106107108", "504e5353-3831-4cc4-802e-1821b09df116"},
};

static np_modem_token load(const char *name)
{
    char path[128];
    np_modem_token token = {0};
    size_t len;
    snprintf(path, sizeof(path), "nrf/tokens/%s.txt", name);
    char *text = (char *)vector_load(path, &len);
    token.len = strcspn(text, "\r\n");
    assert_true(token.len < sizeof(token.text));
    memcpy(token.text, text, token.len);
    free(text);
    return token;
}

static void what_real_modems_said_fits_together(void **state)
{
    static np_nordic_reply reply;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(good); i++) {
        np_modem_token token = load(good[i].path);
        np_error err;
        assert_ok(np_nordic_reply_check(&token, good[i].tag, good[i].id, &reply, &err), &err);
        assert_string_equal(reply.uuid, good[i].uuid);
        assert_true(np_bytes_equal(
            reply.common_name, np_bytes_text(good[i].id[0] != '\0' ? good[i].id : good[i].uuid)));
        assert_int_equal(reply.csr.point.len, 64);
    }
}

static void another_tag_or_name_is_told(void **state)
{
    static np_nordic_reply reply;
    np_modem_token token = load("seed_keygen_csr");
    np_error err;
    (void)state;
    assert_code(np_nordic_reply_check(&token, 17, "", &reply, &err), NP_EDEVICE_VERIFY);
    assert_non_null(strstr(err.message, "another security tag"));
    assert_code(np_nordic_reply_check(&token, 16842753, "nrf-1", &reply, &err), NP_EDEVICE_VERIFY);
    assert_non_null(strstr(err.message, "not for nrf-1"));
    token = load("t52_keygen_csr_imei");
    assert_code(np_nordic_reply_check(&token, 52, "", &reply, &err), NP_EDEVICE_VERIFY);
}

static void altered_and_damaged_replies_are_refused(void **state)
{
    enum { UNCHECKED = (16 + 2 + 64) * 4 / 3 + 1 };
    static np_nordic_reply reply;
    np_modem_token token = load("t1235_keygen_csr_altered");
    np_error err;
    (void)state;
    assert_code(np_nordic_reply_check(&token, 1235, "", &reply, &err), NP_EDEVICE_VERIFY);
    assert_non_null(strstr(err.message, "not of this request"));
    token = load("bad_truncated_keygen");
    assert_code(np_nordic_reply_check(&token, 16842753, "", &reply, &err), NP_EINPUT_FORMAT);
    token = load("u16_keygen_pub");
    assert_code(np_nordic_reply_check(&token, 16, "", &reply, &err), NP_EINPUT_FORMAT);
    token = load("seed_keygen_csr");
    for (size_t at = 0; at < token.len; at += 7) {
        np_modem_token changed = token;
        changed.text[at] = changed.text[at] == 'A' ? 'B' : 'A';
        np_code code = np_nordic_reply_check(&changed, 16842753, "", &reply, &err);
        /* nonce and signature of the attestation need the device's identity key */
        assert_true(code != NP_OK || at + UNCHECKED >= token.len);
    }
}

static void the_uuid_stands_in_the_identity_message(void **state)
{
    char uuid[NP_UUID_TEXT_SIZE];
    np_modem_token token = load("u_attest");
    np_error err;
    (void)state;
    assert_ok(np_nordic_attested_uuid(&token, uuid, &err), &err);
    assert_string_equal(uuid, "50363154-3931-44f0-8022-121b6401627d");
    token = load("seed_keygen_csr");
    assert_code(np_nordic_attested_uuid(&token, uuid, &err), NP_EINPUT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_real_modems_said_fits_together),
        cmocka_unit_test(another_tag_or_name_is_told),
        cmocka_unit_test(altered_and_damaged_replies_are_refused),
        cmocka_unit_test(the_uuid_stands_in_the_identity_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
