/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host and virtual modem together, whole enrolments on a virtual clock: behind each kind of host,
 * with every fault at every place. Expected digests are those of the specs of the modem 2.3.
 */
#include "crypto/hash.h"
#include "support/modem_scene.h"
#include "support/test.h"
#include "support/vectors.h"

static modem_scene scene;
static uint8_t *root;
static size_t root_len;
static np_error err;

static np_bytes root_text(void)
{
    return np_bytes_of(root, root_len);
}

static void begin(np_modem_model model, np_modem_host host)
{
    modem_scene_begin(&scene, model, host);
    assert_ok(modem_scene_open(&scene, &err), &err);
    assert_int_equal(np_modem_host_of(&scene.modem), host);
}

static void a_modem_tells_who_it_is(void **state)
{
    (void)state;
    static const char *const models[] = {"nRF9160-SICA", "nRF9161-LACA", "nRF9151-LACA"};
    for (unsigned i = 0; i < NP_MODEM_MODEL_COUNT; i++) {
        np_modem_identity identity;
        np_modem_version version;
        begin((np_modem_model)i, i == 1 ? NP_MODEM_HOST_AT_SHELL : NP_MODEM_HOST_AT);
        assert_ok(np_modem_identify(&scene.modem, &identity, &err), &err);
        assert_string_equal(identity.imei, scene.state.imei);
        assert_string_equal(identity.model, models[i]);
        assert_string_equal(identity.maker, "Nordic Semiconductor ASA");
        assert_true(np_modem_parse_version(identity.firmware, &version));
        assert_int_equal(identity.device_uuid[0] == '\0', i == 0);
        modem_scene_end(&scene);
    }
}

static void versions_are_read_as_the_installer_reads_them(void **state)
{
    (void)state;
    static const struct {
        const char *firmware;
        bool is_version;
        unsigned patch;
    } rows[] = {
        {"mfw_nrf9160_1.3.2", true, 2},    {"mfw_nrf91x1_2.0.1-FOTA-TEST", true, 1},
        {"mfw_nrf91x1_2.0", false, 0},     {"mfw_ntn_1.0.0", false, 0},
        {"mfw_1.2.3_1.2.4", false, 0},     {"1.3.0", true, 0},
        {"mfw_nrf9160_1.3.2.1", false, 0},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_modem_version version = {0};
        assert_int_equal(np_modem_parse_version(rows[i].firmware, &version), rows[i].is_version);
        assert_int_equal(rows[i].is_version ? version.patch : 0, rows[i].patch);
    }
}

static void credentials_are_refused_while_the_radio_is_on(void **state)
{
    (void)state;
    np_text_form form;
    bool was_there;
    begin(NP_NRF9151, NP_MODEM_HOST_AT);
    assert_ok(np_modem_set_mode(&scene.modem, NP_CFUN_FULL, &err), &err);
    assert_code(np_modem_write(&scene.modem, 1, 0, root_text(), &form, &err), NP_EDEVICE_STATUS);
    assert_int_equal(err.sub, NP_CME_NOT_IN_THIS_STATE);
    assert_non_null(strstr(err.message, "not allowed in the active state"));
    assert_non_null(strstr(err.hint, "AT+CFUN=4"));
    assert_code(np_modem_delete(&scene.modem, 1, 0, &was_there, &err), NP_EDEVICE_STATUS);
    assert_ok(np_modem_set_mode(&scene.modem, NP_CFUN_FLIGHT, &err), &err);
    assert_ok(np_modem_write(&scene.modem, 1, 0, root_text(), &form, &err), &err);
    modem_scene_end(&scene);
}

/* The digests of the CRLF and the LF form are in the specs. */
static void the_form_in_which_a_text_is_kept_is_told(void **state)
{
    (void)state;
    static const struct {
        np_modem_host host;
        np_text_form form;
        const char *digest;
    } rows[] = {
        {NP_MODEM_HOST_AT, NP_TEXT_LF,
         "2C43952EE9E000FF2ACC4E2ED0897C0A72AD5FA72C3D934E81741CBD54F05BD1"},
        {NP_MODEM_HOST_AT_SHELL, NP_TEXT_CRLF,
         "56AE01E6773BDAEC4BFB216D4005ADB06E4F680BD8BFB8BE4C683CE921681897"},
        /* head_tls.txt: Lm1x70/PEmwOdUwrB/wB7FRJMhxOws1eB1+e0wPC7Mg= */
        {NP_MODEM_HOST_TLS_SHELL, NP_TEXT_CRLF,
         "2E6D71EF4FCF126C0E754C2B07FC01EC5449321C4EC2CD5E075F9ED303C2ECC8"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_text_form form;
        np_credential kept;
        uint8_t digest[NP_SHA256_SIZE];
        bool is_there = false;
        begin(NP_NRF9151, rows[i].host);
        for (unsigned times = 0; times < 2; times++) { /* a root CA is overwritten */
            assert_ok(np_modem_write(&scene.modem, 16842753, 0, root_text(), &form, &err), &err);
            assert_int_equal(form, rows[i].form);
        }
        assert_ok(np_modem_find(&scene.modem, 16842753, 0, &is_there, &kept, &err), &err);
        vector_hex(rows[i].digest, digest, sizeof(digest));
        assert_true(is_there && kept.has_digest);
        assert_memory_equal(kept.digest, digest, sizeof(digest));
        modem_scene_end(&scene);
    }
}

static void what_is_written_can_be_read_and_deleted(void **state)
{
    (void)state;
    static uint8_t buffer[NP_CREDENTIAL_MAX];
    static const char text[] = "two lines\r\nof a root that no firmware looks into\n";
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_text_form form;
    bool is_there = false;
    begin(NP_NRF9160, NP_MODEM_HOST_AT);
    assert_ok(np_modem_write(&scene.modem, 5, 0, np_bytes_text(text), &form, &err), &err);
    assert_int_equal(form, NP_TEXT_AS_GIVEN);
    assert_ok(np_modem_read(&scene.modem, 5, 0, &writer, &is_there, &err), &err);
    assert_true(is_there);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_text(text)));
    assert_ok(np_modem_delete(&scene.modem, 5, 0, &is_there, &err), &err);
    assert_true(is_there);
    assert_ok(np_modem_delete(&scene.modem, 5, 0, &is_there, &err), &err);
    assert_false(is_there);
    assert_ok(np_modem_read(&scene.modem, 5, 0, &writer, &is_there, &err), &err);
    assert_false(is_there);
    modem_scene_end(&scene);
}

static void new_firmware_refuses_what_is_no_certificate(void **state)
{
    (void)state;
    np_text_form form;
    begin(NP_NRF9161, NP_MODEM_HOST_AT);
    np_bytes literal =
        np_bytes_text("-----BEGIN CERTIFICATE-----\\nMIID\\n-----END CERTIFICATE-----");
    assert_code(np_modem_write(&scene.modem, 1, 1, literal, &form, &err), NP_EDEVICE_STATUS);
    assert_int_equal(err.sub, NP_CME_INVALID_CONTENT);
    assert_non_null(strstr(err.hint, "real line ends"));
    modem_scene_end(&scene);
}

static void a_key_is_made_once(void **state)
{
    (void)state;
    static np_modem_token token;
    const np_keygen keygen = {.tag = 16842753};
    bool exists = true;
    bool was_there = false;
    begin(NP_NRF9151, NP_MODEM_HOST_AT);
    uint64_t before = scene.line.now_ns;
    assert_ok(np_modem_keygen(&scene.modem, &keygen, &exists, &token, &err), &err);
    assert_false(exists);
    assert_true(token.len > 540 && token.len < 580); /* specs of the modem 2.4 */
    assert_true(scene.line.now_ns - before >= UINT64_C(1000000000));
    assert_ok(np_modem_keygen(&scene.modem, &keygen, &exists, &token, &err), &err);
    assert_true(exists);
    assert_ok(np_modem_delete(&scene.modem, 16842753, 2, &was_there, &err), &err);
    assert_true(was_there);
    assert_ok(np_modem_keygen(&scene.modem, &keygen, &exists, &token, &err), &err);
    assert_false(exists);
    assert_ok(np_modem_attest(&scene.modem, NULL, &token, &err), &err);
    assert_int_equal(token.len, 180); /* specs of the modem 2.5 */
    modem_scene_end(&scene);
}

/* ---- faults ---- */

enum { TAG = 16842753, TRIES = 6 };

static np_code make_key(bool *ret_is_made)
{
    static np_modem_token token;
    const np_keygen keygen = {.tag = TAG};
    bool exists = false;
    bool was_there;
    NP_TRY(np_modem_keygen(&scene.modem, &keygen, &exists, &token, &err));
    if (exists) { /* its reply was lost */
        NP_TRY(np_modem_delete(&scene.modem, TAG, NP_CREDENTIAL_KEY, &was_there, &err));
        return NP_EINTERRUPTED;
    }
    *ret_is_made = true;
    return NP_OK;
}

/* As somebody would who knows nothing but what the functions return. */
static np_code enrol(bool *ret_is_made)
{
    np_text_form form;
    NP_TRY(modem_scene_open(&scene, &err));
    NP_TRY(np_modem_set_mode(&scene.modem, NP_CFUN_FLIGHT, &err));
    if (!*ret_is_made) {
        NP_TRY(make_key(ret_is_made));
    }
    NP_TRY(np_modem_write(&scene.modem, TAG, 0, root_text(), &form, &err));
    return np_modem_write(&scene.modem, TAG, 1, root_text(), &form, &err);
}

static void enrol_with(const char *faults)
{
    bool is_made = false;
    np_code code = NP_EINTERRUPTED;
    unsigned tries = 0;
    modem_scene_begin(&scene, NP_NRF9160, NP_MODEM_HOST_AT);
    modem_scene_restart(&scene, faults);
    while (code != NP_OK && tries < TRIES) {
        code = enrol(&is_made);
        tries++;
    }
    if (code != NP_OK) {
        fail_msg("%s: %s after %u tries", faults, err.message, tries);
    }
    /* a byte that is lost in a number may leave something under another tag, but these are right */
    const np_modem_state *kept = np_virtual_modem_state(scene.line.modem);
    unsigned found = 0;
    for (size_t i = 0; i < kept->credential_count; i++) {
        const np_modem_credential *credential = &kept->credentials[i];
        found += credential->tag == TAG && credential->type <= 2;
    }
    assert_true(found >= 2);
    modem_scene_end(&scene);
}

/* How many bytes and commands an enrolment has. */
enum { BYTES_IN = 2560, BYTES_OUT = 900, COMMANDS = 9 };

static void try_each(const char *kind, unsigned count, unsigned step)
{
    char faults[64];
    for (unsigned i = 0; i < count; i += step) {
        snprintf(faults, sizeof(faults), "%s@%u", kind, i);
        enrol_with(faults);
    }
}

static unsigned stride(unsigned normal)
{
    return getenv("NP_SOAK") == NULL ? normal : 1;
}

static void lost_bytes_are_noticed_and_made_good(void **state)
{
    (void)state;
    try_each("lose-out", BYTES_OUT, stride(7));
    try_each("lose-in", 130, 1);
    try_each("lose-in", BYTES_IN, stride(61));
}

static void power_cuts_between_any_two_bytes_are_survived(void **state)
{
    (void)state;
    try_each("cut-out", BYTES_OUT, stride(7));
    try_each("cut-in", 130, 1);
    try_each("cut-in", BYTES_IN, stride(61));
}

static void commands_that_fail_or_are_never_answered_are_done_again(void **state)
{
    (void)state;
    static const char *const kinds[] = {"error", "silence", "restart", "cme"};
    for (size_t i = 0; i < NP_COUNT_OF(kinds); i++) {
        try_each(kinds[i], COMMANDS, 1);
    }
}

static void unsolicited_lines_disturb_nothing(void **state)
{
    (void)state;
    char faults[64];
    for (unsigned i = 0; i < BYTES_OUT; i += 3) {
        bool is_made = false;
        snprintf(faults, sizeof(faults), "urc@%u,urc@%u", i, i + 1);
        modem_scene_begin(&scene, NP_NRF9160, NP_MODEM_HOST_AT);
        modem_scene_restart(&scene, faults);
        assert_ok(enrol(&is_made), &err);
        modem_scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_modem_tells_who_it_is),
        cmocka_unit_test(versions_are_read_as_the_installer_reads_them),
        cmocka_unit_test(credentials_are_refused_while_the_radio_is_on),
        cmocka_unit_test(the_form_in_which_a_text_is_kept_is_told),
        cmocka_unit_test(what_is_written_can_be_read_and_deleted),
        cmocka_unit_test(new_firmware_refuses_what_is_no_certificate),
        cmocka_unit_test(a_key_is_made_once),
        cmocka_unit_test(lost_bytes_are_noticed_and_made_good),
        cmocka_unit_test(power_cuts_between_any_two_bytes_are_survived),
        cmocka_unit_test(commands_that_fail_or_are_never_answered_are_done_again),
        cmocka_unit_test(unsolicited_lines_disturb_nothing),
    };
    root = vector_load("nrf/certs/AmazonRootCA1.pem", &root_len);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(root);
    return failed;
}
