/* SPDX-License-Identifier: Apache-2.0 */
/* From what a modem holds, what was asked for and what an earlier run has left to the steps. */
#include "nordic/plan.h"

#include "crypto/hash.h"
#include "nordic/roots.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/pem.h"

enum { TAG = 16842753 };

static const char imei[] = "355025930000000";
static const char uuid[] = "50503041-3539-47eb-807b-102dbb423b9a";

typedef struct scene {
    np_nordic_snapshot snapshot;
    np_nordic_request request;
    np_nordic_journal journal;
    np_nordic_plan plan;
    uint8_t fingerprint[32];
    char *roots;
} scene;

static int set_up(void **state)
{
    scene *at = calloc(1, sizeof(*at));
    size_t len;
    assert_non_null(at);
    at->roots = (char *)vector_load("nrf/certs/AmazonRootCA1.pem", &len);
    at->snapshot = (np_nordic_snapshot){
        .host = NP_MODEM_HOST_AT,
        .has_at = true,
        .identity = {.firmware = "mfw_nrf9160_1.3.2", .model = "nRF9160-SICA"},
        .mode = 1,
        .tag = TAG,
    };
    memcpy(at->snapshot.identity.imei, imei, sizeof(imei));
    memcpy(at->snapshot.identity.device_uuid, uuid, sizeof(uuid));
    at->request = (np_nordic_request){
        .id = "",
        .roots = np_bytes_of(at->roots, len),
        .signer_fingerprint = at->fingerprint,
        .profile = np_leaf_profile_find("nrf-2026"),
    };
    *state = at;
    return 0;
}

static int tear_down(void **state)
{
    scene *at = *state;
    free(at->roots);
    free(at);
    return 0;
}

static void hold(scene *at, unsigned type, np_bytes text)
{
    at->snapshot.places[type].is_there = true;
    at->snapshot.places[type].has_digest = true;
    np_sha256(text, at->snapshot.places[type].digest);
}

static void hold_other(scene *at, unsigned type)
{
    hold(at, type, np_bytes_text("another"));
}

static void hold_certificate(scene *at)
{
    uint8_t pem[256];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    np_pem_encode(&writer, "CERTIFICATE",
                  np_bytes_of(at->journal.certificate, at->journal.certificate_len));
    hold(at, NP_NORDIC_CERTIFICATE, np_writer_bytes(&writer));
}

/* A journal with the reply to KEYGEN of the tutorial, and the key that it is of in the modem. */
static void have_key(scene *at)
{
    size_t len;
    char *token = (char *)vector_load("nrf/tokens/seed_keygen_csr.txt", &len);
    memcpy(at->journal.modem, imei, sizeof(imei));
    at->journal.tag = TAG;
    at->journal.touched = 7;
    at->journal.has_mode = true;
    at->journal.mode = 1;
    at->journal.reply.len = strcspn(token, "\n");
    memcpy(at->journal.reply.text, token, at->journal.reply.len);
    hold(at, NP_NORDIC_KEY, np_bytes_text("key"));
    at->journal.has_key_digest = true;
    memcpy(at->journal.key_digest, at->snapshot.places[NP_NORDIC_KEY].digest, 32);
    free(token);
}

static void have_certificate(scene *at)
{
    have_key(at);
    memcpy(at->journal.certificate, "\x30\x01\x00", 3);
    at->journal.certificate_len = 3;
}

/* The steps' names with blanks between them; a ! in front of them when something is destroyed. */
static void assert_plan(scene *at, const char *expected)
{
    char steps[512] = "";
    np_error err;
    np_writer writer = np_writer_of((uint8_t *)steps, sizeof(steps) - 1);
    assert_ok(np_nordic_plan_compute(&at->snapshot, &at->request, &at->journal, &at->plan, &err),
              &err);
    np_write_text(&writer, np_nordic_plan_destroys(&at->plan) ? "!" : "");
    for (size_t i = 0; i < at->plan.step_count; i++) {
        np_write_text(&writer, i > 0 ? " " : "");
        np_write_text(&writer, np_nordic_step_name(at->plan.steps[i]));
    }
    assert_string_equal(steps, expected);
}

static void assert_refused(scene *at, np_code code, const char *text)
{
    np_error err;
    assert_code(np_nordic_plan_compute(&at->snapshot, &at->request, &at->journal, &at->plan, &err),
                code);
    assert_non_null(strstr(err.message, text));
}

static void an_empty_tag_gets_everything(void **state)
{
    scene *at = *state;
    assert_plan(at, "radio-off make-key issue write-root write-certificate verify restore-mode");
    assert_string_equal(at->plan.id, uuid);
    assert_int_equal(at->plan.journal.mode, 1);
    assert_string_equal(at->plan.journal.modem, imei);
    at->snapshot.mode = 4;
    assert_plan(at, "make-key issue write-root write-certificate verify");
}

static void foreign_credentials_are_replaced_with_consent(void **state)
{
    scene *at = *state;
    hold_other(at, NP_NORDIC_ROOT);
    hold_other(at, NP_NORDIC_CERTIFICATE);
    hold_other(at, NP_NORDIC_KEY);
    assert_plan(at, "!radio-off delete-certificate delete-key make-key issue write-root "
                    "write-certificate verify restore-mode");
    assert_true(at->plan.destroys[NP_NORDIC_ROOT]);
    assert_true(at->plan.destroys[NP_NORDIC_CERTIFICATE]);
    assert_true(at->plan.destroys[NP_NORDIC_KEY]);
}

static void a_root_that_is_there_in_any_form_stays(void **state)
{
    scene *at = *state;
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    assert_plan(at, "radio-off make-key issue write-certificate verify restore-mode");
}

static void a_run_that_was_interrupted_goes_on(void **state)
{
    scene *at = *state;
    at->snapshot.mode = 0;
    have_key(at);
    assert_plan(at, "issue write-root write-certificate verify restore-mode");
    have_certificate(at);
    assert_plan(at, "write-root write-certificate verify restore-mode");
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    assert_plan(at, "write-certificate verify restore-mode");
    hold_certificate(at);
    assert_plan(at, "verify restore-mode");
    at->journal.has_mode = false;
    at->journal.is_done = true;
    assert_plan(at, "verify");
    assert_true(np_nordic_plan_is_done(&at->plan));
}

static void a_key_whose_reply_was_saved_without_its_digest_is_ours(void **state)
{
    scene *at = *state;
    have_key(at);
    at->journal.has_key_digest = false;
    assert_plan(at, "radio-off issue write-root write-certificate verify restore-mode");
}

static void a_key_whose_reply_was_lost_is_made_again_without_consent(void **state)
{
    scene *at = *state;
    have_key(at);
    at->journal.reply = (np_modem_token){0};
    at->journal.has_key_digest = false;
    assert_plan(at, "radio-off delete-key make-key issue write-root write-certificate verify "
                    "restore-mode");
}

static void a_key_that_is_gone_or_another_one_is_made_anew(void **state)
{
    scene *at = *state;
    have_certificate(at);
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    hold_certificate(at);
    at->snapshot.places[NP_NORDIC_KEY].is_there = false;
    assert_plan(at, "radio-off delete-certificate make-key issue write-certificate verify "
                    "restore-mode");
    hold_other(at, NP_NORDIC_KEY);
    assert_plan(at, "!radio-off delete-certificate delete-key make-key issue write-certificate "
                    "verify restore-mode");
    assert_int_equal(at->plan.journal.certificate_len, 0);
    assert_int_equal(at->plan.journal.reply.len, 0);
}

static void a_reply_that_does_not_fit_together_is_not_gone_on_with(void **state)
{
    scene *at = *state;
    have_key(at);
    at->journal.reply.text[100] ^= 1;
    assert_plan(at, "radio-off delete-key make-key issue write-root write-certificate verify "
                    "restore-mode");
}

static void another_id_needs_another_key(void **state)
{
    scene *at = *state;
    have_key(at);
    at->request.id = "nrf-355025930000000";
    assert_plan(at, "!radio-off delete-key make-key issue write-root write-certificate verify "
                    "restore-mode");
    assert_string_equal(at->plan.journal.id, "nrf-355025930000000");
}

static void a_local_key_is_written_like_a_certificate(void **state)
{
    scene *at = *state;
    memcpy(at->snapshot.identity.firmware, "mfw_nrf9160_1.2.7", 18);
    assert_refused(at, NP_EINPUT_RANGE, "1.2.7 makes no keys");
    at->request.is_local = true;
    assert_plan(at, "radio-off make-key issue write-root write-certificate write-key verify "
                    "restore-mode");
    memcpy(at->journal.modem, imei, sizeof(imei));
    at->journal.tag = TAG;
    at->journal.is_local = true;
    memcpy(at->journal.key_pem, "pem\n", 4);
    at->journal.key_pem_len = 4;
    assert_plan(at, "radio-off issue write-root write-certificate write-key verify restore-mode");
    hold(at, NP_NORDIC_KEY, np_bytes_text("pem\r\n"));
    assert_plan(at, "radio-off issue write-root write-certificate verify restore-mode");
    hold_other(at, NP_NORDIC_KEY);
    assert_plan(at, "!radio-off issue write-root write-certificate delete-key write-key verify "
                    "restore-mode");
}

static void a_tls_shell_has_no_modes_and_overwrites_nothing(void **state)
{
    scene *at = *state;
    at->snapshot.host = NP_MODEM_HOST_TLS_SHELL;
    at->snapshot.has_at = false;
    at->snapshot.identity = (np_modem_identity){.imei = ""};
    assert_refused(at, NP_EUSAGE, "makes no keys");
    at->request.is_local = true;
    assert_refused(at, NP_EUSAGE, "id is unknown");
    at->request.id = "dev1";
    hold_other(at, NP_NORDIC_ROOT);
    assert_plan(at, "!make-key issue delete-root write-root write-certificate write-key verify");
    assert_string_equal(at->plan.journal.modem, "dev1");
}

static void the_hash_is_of_what_is_consented_to(void **state)
{
    scene *at = *state;
    uint8_t first[32];
    assert_plan(at, "radio-off make-key issue write-root write-certificate verify restore-mode");
    memcpy(first, at->plan.hash, sizeof(first));
    have_certificate(at);
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    assert_plan(at, "radio-off write-certificate verify restore-mode");
    assert_memory_equal(first, at->plan.hash, sizeof(first));
    hold_other(at, NP_NORDIC_ROOT);
    assert_plan(at, "radio-off write-root write-certificate verify restore-mode");
    at->journal.touched = 6;
    assert_plan(at, "!radio-off write-root write-certificate verify restore-mode");
    assert_memory_not_equal(first, at->plan.hash, sizeof(first));
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    at->fingerprint[0] ^= 1;
    assert_plan(at, "radio-off write-certificate verify restore-mode");
    assert_memory_not_equal(first, at->plan.hash, sizeof(first));
}

static void what_cannot_be_is_refused(void **state)
{
    scene *at = *state;
    char longest[66];
    memset(longest, 'a', sizeof(longest));
    longest[65] = '\0';
    at->request.id = longest;
    assert_refused(at, NP_EINPUT_RANGE, "65 characters");
    at->request.id = "";
    at->snapshot.tag = UINT32_C(2147483648);
    assert_refused(at, NP_EINPUT_RANGE, "security tags");
    at->snapshot.tag = 17;
    have_key(at);
    assert_refused(at, NP_ECONFLICT_OTHER, "not of 355025930000000 and 17");
}

static void a_key_is_renewed_on_demand_once(void **state)
{
    scene *at = *state;
    have_certificate(at);
    hold(at, NP_NORDIC_ROOT, at->request.roots);
    hold_certificate(at);
    at->journal.is_done = true;
    at->journal.touched = 0;
    at->journal.has_mode = false;
    at->request.renews = true;
    assert_plan(at, "!radio-off delete-certificate delete-key make-key issue write-certificate "
                    "verify restore-mode");
    at->journal.is_done = false;
    at->journal.touched = 6;
    at->journal.has_mode = true;
    assert_plan(at, "verify");
}

static void the_roots_are_those_that_their_owners_publish(void **state)
{
    (void)state;
    static const char *const files[] = {"nrf/certs/AmazonRootCA1.pem",
                                        "nrf/certs/nrfcloud_coap_ca.pem"};
    const char *const texts[] = {np_nordic_amazon_root, np_nordic_coap_root};
    for (size_t i = 0; i < NP_COUNT_OF(files); i++) {
        size_t len;
        uint8_t *bytes = vector_load(files[i], &len);
        assert_true(np_bytes_equal(np_bytes_text(texts[i]), np_bytes_of(bytes, len)));
        free(bytes);
    }
}

static void firmware_without_numbers_is_believed(void **state)
{
    scene *at = *state;
    memcpy(at->snapshot.identity.firmware, "mfw_ntn_x", 10);
    assert_plan(at, "radio-off make-key issue write-root write-certificate verify restore-mode");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_tag_gets_everything),
        TEST(foreign_credentials_are_replaced_with_consent),
        TEST(a_root_that_is_there_in_any_form_stays),
        TEST(a_run_that_was_interrupted_goes_on),
        TEST(a_key_whose_reply_was_saved_without_its_digest_is_ours),
        TEST(a_key_whose_reply_was_lost_is_made_again_without_consent),
        TEST(a_key_that_is_gone_or_another_one_is_made_anew),
        TEST(a_reply_that_does_not_fit_together_is_not_gone_on_with),
        TEST(another_id_needs_another_key),
        TEST(a_local_key_is_written_like_a_certificate),
        TEST(a_tls_shell_has_no_modes_and_overwrites_nothing),
        TEST(the_hash_is_of_what_is_consented_to),
        TEST(what_cannot_be_is_refused),
        TEST(a_key_is_renewed_on_demand_once),
        TEST(the_roots_are_those_that_their_owners_publish),
        TEST(firmware_without_numbers_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
