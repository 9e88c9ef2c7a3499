/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning a virtual modem for nRF Cloud, whole, on a virtual clock: behind each kind of host,
 * and with power that fails before any byte, commands that fail, and a host that is killed between
 * any two steps. Whatever happened, the same run again ends in the same place, and a key whose
 * reply was saved is never made a second time. With NP_SOAK at every byte, otherwise at a sample.
 */
#include "nordic/apply.h"

#include "signer/signer.h"
#include "support/modem_scene.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/name.h"
#include "x509/verify.h"

enum { TAG = 16842753, NOW = 1764374400, SAMPLE = 211 };

/* A port that counts, around the scene's. */
typedef struct counted_port {
    np_port inner;
    uint64_t in;  /* to the modem */
    uint64_t out; /* from it */
} counted_port;

static np_code write_counted(void *self, np_bytes bytes, np_error *err)
{
    counted_port *port = self;
    port->in += bytes.len;
    return port->inner.ops->write(port->inner.self, bytes, err);
}

static np_code read_counted(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                            size_t *ret_len, np_error *err)
{
    counted_port *port = self;
    np_code code =
        port->inner.ops->read(port->inner.self, deadline_ns, ret_bytes, size, ret_len, err);
    port->out += code == NP_OK ? *ret_len : 0;
    return code;
}

static uint64_t now_counted(void *self)
{
    counted_port *port = self;
    return port->inner.ops->now_ns(port->inner.self);
}

static const np_port_ops counted_ops = {write_counted, read_counted, now_counted};

/* A station: its disk, its signer, a modem at its line. */
typedef struct station {
    modem_scene scene;
    counted_port port;
    np_modem modem;
    np_signer *signer;
    uint8_t fingerprint[32];
    np_leaf_template template;
    uint8_t *roots;
    size_t roots_len;
    np_nordic_request request;
    np_nordic_journal disk; /* what a crash leaves */
    unsigned saves;
    unsigned keys;      /* made by all runs */
    size_t stop_before; /* step at which the host is killed; SIZE_MAX: never */
    np_nordic_plan plan;
    np_nordic_result result;
} station;

static station at;

static np_code save(void *self, const np_nordic_journal *journal, np_error *err)
{
    station *to = self;
    (void)err;
    to->disk = *journal;
    to->saves++;
    return NP_OK;
}

static np_code before_step(void *self, const np_nordic_plan *plan, size_t step, np_error *err)
{
    const station *from = self;
    (void)plan;
    return step == from->stop_before ? np_error_set(err, NP_EINTERRUPTED, "killed") : NP_OK;
}

static void begin(np_modem_model model, np_modem_host host, const char *profile)
{
    const np_validity validity = {.not_before = np_civil_from_seconds(NOW),
                                  .not_after = np_leaf_no_expiry()};
    np_error err;
    at = (station){.stop_before = SIZE_MAX};
    modem_scene_begin(&at.scene, model, host);
    at.roots = vector_load("nrf/certs/AmazonRootCA1.pem", &at.roots_len);
    assert_ok(np_signer_create(NOW, 10, &at.signer, &err), &err);
    at.request = (np_nordic_request){.id = "",
                                     .roots = np_bytes_of(at.roots, at.roots_len),
                                     .signer_fingerprint = at.fingerprint,
                                     .profile = np_leaf_profile_find(profile)};
    assert_ok(np_leaf_prepare(at.request.profile, np_signer_certificate(at.signer), &validity,
                              &at.template, &err),
              &err);
}

static void end(void)
{
    np_signer_free(at.signer);
    free(at.roots);
    modem_scene_end(&at.scene);
}

static np_code open_modem(np_error *err)
{
    const np_modem_options options = {.host = NP_MODEM_HOST_AUTO};
    at.port = (counted_port){.inner = np_virtual_line_port(&at.scene.line)};
    const np_port port = {&counted_ops, &at.port};
    return np_modem_open(&at.modem, port, &options, err);
}

static np_code compute(np_error *err)
{
    np_nordic_snapshot snapshot;
    NP_TRY(np_nordic_snapshot_take(&at.modem, TAG, &snapshot, err));
    return np_nordic_plan_compute(&snapshot, &at.request, &at.disk, &at.plan, err);
}

static np_code run(np_error *err)
{
    const np_nordic_tools tools = {
        .issuer = {&at.template, np_signer_signing(at.signer), np_random_by_seed(&at.scene.seeded)},
        .save = save,
        .before_step = before_step,
        .self = &at,
    };
    NP_TRY(open_modem(err));
    NP_TRY(compute(err));
    np_code code = np_nordic_plan_apply(&at.plan, &at.modem, &tools, &at.result, err);
    at.keys += at.result.made_key ? 1 : 0;
    return code;
}

/* The radio is on, as in the field. */
static np_code run_from_full_mode(np_error *err)
{
    NP_TRY(open_modem(err));
    NP_TRY(np_modem_set_mode(&at.modem, NP_CFUN_FULL, err));
    return run(err);
}

static void assert_certificate(void)
{
    np_certificate certificate;
    np_bytes name;
    bool is_signed = false;
    np_error err;
    np_bytes der = np_bytes_of(at.disk.certificate, at.disk.certificate_len);
    assert_ok(np_certificate_parse(der, &certificate, &err), &err);
    assert_ok(np_certificate_is_signed_by(&certificate, np_signer_signing(at.signer)->public_key,
                                          &is_signed, &err),
              &err);
    assert_true(is_signed);
    assert_true(np_name_find(certificate.subject, "CN", &name));
    assert_true(np_bytes_equal(name, np_bytes_text(at.result.id)));
}

static unsigned mode_now(void)
{
    unsigned mode = 99;
    np_error err;
    assert_ok(np_modem_get_mode(&at.modem, &mode, &err), &err);
    return mode;
}

/* Everything is there, and another run finds nothing to do and writes nothing. */
static void assert_done(void)
{
    np_error err;
    assert_true(at.disk.is_done);
    assert_int_equal(at.disk.key_pem_len, 0);
    assert_certificate();
    for (size_t i = 0; i < NP_NORDIC_PLACES; i++) {
        assert_true(at.result.places[i].is_there);
    }
    uint64_t generation = np_virtual_modem_generation(at.scene.line.modem);
    unsigned keys = at.keys;
    assert_ok(run(&err), &err);
    assert_true(np_nordic_plan_is_done(&at.plan));
    assert_int_equal(np_virtual_modem_generation(at.scene.line.modem), generation);
    assert_int_equal(at.keys, keys);
}

static void a_modem_is_provisioned(void **state)
{
    np_error err;
    (void)state;
    for (unsigned model = 0; model < NP_MODEM_MODEL_COUNT; model++) {
        begin((np_modem_model)model, NP_MODEM_HOST_AT, "nrf-2026");
        assert_ok(run_from_full_mode(&err), &err);
        assert_int_equal(mode_now(), NP_CFUN_FULL);
        assert_int_equal(at.result.forms[NP_NORDIC_ROOT], NP_TEXT_CRLF);
        assert_int_equal(strlen(at.result.id), NP_UUID_TEXT_SIZE - 1);
        assert_done();
        end();
    }
}

static void a_modem_behind_a_shell_is_provisioned(void **state)
{
    np_error err;
    (void)state;
    begin(NP_NRF9161, NP_MODEM_HOST_AT_SHELL, "device");
    at.request.id = "nrf-355025930000000";
    assert_ok(run_from_full_mode(&err), &err);
    assert_int_equal(at.plan.snapshot.host, NP_MODEM_HOST_AT_SHELL);
    assert_string_equal(at.result.id, "nrf-355025930000000");
    assert_done();
    end();
}

static void a_key_is_made_here_for_old_firmware_and_tls_shells(void **state)
{
    static const np_modem_host hosts[] = {NP_MODEM_HOST_AT, NP_MODEM_HOST_AT_SHELL,
                                          NP_MODEM_HOST_TLS_SHELL};
    np_error err;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(hosts); i++) {
        begin(NP_NRF9160, hosts[i], "nrf-2022");
        snprintf(at.scene.state.firmware, sizeof(at.scene.state.firmware), "mfw_nrf9160_1.2.7");
        np_virtual_modem_free(at.scene.line.modem);
        at.scene.line.modem = np_virtual_modem_new(&at.scene.options, &at.scene.state);
        assert_int_not_equal(run(&err), NP_OK);
        at.request.id = "dev1";
        at.request.is_local = true;
        assert_ok(run(&err), &err);
        assert_done();
        end();
    }
}

static void texts_are_written_with_lf_on_demand(void **state)
{
    np_error err;
    (void)state;
    begin(NP_NRF9160, NP_MODEM_HOST_AT, "nrf-2022");
    at.request.keeps_lf = true;
    assert_ok(run(&err), &err);
    /* the digest of the specs of the modem 2.3 */
    assert_int_equal(at.result.places[0].digest[0], 0x2c);
    assert_int_equal(at.result.places[0].digest[31], 0xd1);
    at.request.keeps_lf = false;
    assert_done();
    end();
}

static void what_is_somebody_elses_is_replaced(void **state)
{
    np_text_form form;
    np_error err;
    (void)state;
    begin(NP_NRF9151, NP_MODEM_HOST_AT, "nrf-2026");
    assert_ok(run(&err), &err);
    at.disk = (np_nordic_journal){0};
    assert_ok(open_modem(&err), &err);
    assert_ok(np_modem_write(&at.modem, TAG, NP_CREDENTIAL_ROOT_CA,
                             np_bytes_text("-----BEGIN CERTIFICATE-----\r\nMAA=\r\n"
                                           "-----END CERTIFICATE-----\r\n"),
                             &form, &err),
              &err);
    assert_ok(run(&err), &err);
    assert_true(np_nordic_plan_destroys(&at.plan));
    assert_int_equal(at.keys, 2);
    assert_done();
    end();
}

/* A byte of it may have been lost on the line. */
static bool is_reply_whole(void)
{
    static np_nordic_reply reply;
    return at.disk.reply.len > 0 &&
           np_nordic_reply_check(&at.disk.reply, TAG, "", &reply, NULL) == NP_OK;
}

/* One interrupted run, and the run after it. */
static void recover(const char *what)
{
    np_error err;
    unsigned keys = at.keys;
    bool has_mode = at.disk.has_mode;
    unsigned mode = at.disk.mode;
    bool has_reply = at.disk.key_pem_len > 0 || is_reply_whole();
    at.stop_before = SIZE_MAX;
    modem_scene_restart(&at.scene, NULL);
    np_code code = run(&err);
    if (code != NP_OK) {
        fail_msg("after %s: %s: %s", what, np_code_name(code), err.message);
    }
    if (np_nordic_plan_destroys(&at.plan)) {
        fail_msg("after %s: consent would be needed", what);
    }
    if (has_reply && at.keys != keys) {
        fail_msg("after %s: a second key was made needlessly", what);
    }
    assert_true(at.keys <= 2);
    if (has_mode) {
        assert_int_equal(mode_now(), mode);
    }
    assert_done();
}

static void interrupt_at(const char *fault, uint64_t number)
{
    char text[64];
    np_error err;
    begin(NP_NRF9160, NP_MODEM_HOST_AT, "nrf-2026");
    snprintf(text, sizeof(text), "%s@%llu", fault, (unsigned long long)number);
    modem_scene_restart(&at.scene, text);
    (void)run_from_full_mode(&err);
    recover(text);
    end();
}

/* How many bytes and commands a whole run has. */
static counted_port measure(uint64_t *ret_commands)
{
    np_error err;
    uint64_t before;
    begin(NP_NRF9160, NP_MODEM_HOST_AT, "nrf-2026");
    assert_ok(open_modem(&err), &err);
    assert_ok(np_modem_set_mode(&at.modem, NP_CFUN_FULL, &err), &err);
    counted_port first = at.port;
    assert_ok(run(&err), &err);
    before = np_virtual_modem_commands(at.scene.line.modem);
    *ret_commands = before;
    first.in += at.port.in;
    first.out += at.port.out;
    end();
    return first;
}

static uint64_t step_of(uint64_t sample)
{
    return getenv("NP_SOAK") != NULL ? 1 : sample;
}

static void power_may_fail_before_any_byte(void **state)
{
    uint64_t commands;
    counted_port bytes = measure(&commands);
    (void)state;
    for (uint64_t n = 0; n < bytes.in; n += step_of(SAMPLE)) {
        interrupt_at("cut-in", n);
    }
    for (uint64_t n = 0; n < bytes.out; n += step_of(SAMPLE)) {
        interrupt_at("cut-out", n);
    }
}

static void bytes_may_be_lost(void **state)
{
    uint64_t commands;
    counted_port bytes = measure(&commands);
    (void)state;
    for (uint64_t n = 0; n < bytes.in; n += step_of(SAMPLE + 2)) {
        interrupt_at("lose-in", n);
    }
    for (uint64_t n = 0; n < bytes.out; n += step_of(SAMPLE + 2)) {
        interrupt_at("lose-out", n);
    }
}

static void any_command_may_fail(void **state)
{
    static const char *const faults[] = {"error", "cme", "silence", "restart", "urc"};
    uint64_t commands;
    (void)measure(&commands);
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(faults); i++) {
        for (uint64_t n = 0; n < commands; n++) {
            interrupt_at(faults[i], n);
        }
    }
}

static void the_host_may_be_killed_between_any_two_steps(void **state)
{
    np_error err;
    (void)state;
    for (unsigned is_local = 0; is_local < 2; is_local++) {
        for (size_t step = 0; step < NP_NORDIC_STEP_COUNT; step++) {
            begin(NP_NRF9151, NP_MODEM_HOST_AT, "nrf-2026");
            at.request.is_local = is_local == 1;
            at.stop_before = step;
            (void)run_from_full_mode(&err);
            recover("a kill");
            end();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_modem_is_provisioned),
        cmocka_unit_test(a_modem_behind_a_shell_is_provisioned),
        cmocka_unit_test(a_key_is_made_here_for_old_firmware_and_tls_shells),
        cmocka_unit_test(texts_are_written_with_lf_on_demand),
        cmocka_unit_test(what_is_somebody_elses_is_replaced),
        cmocka_unit_test(power_may_fail_before_any_byte),
        cmocka_unit_test(bytes_may_be_lost),
        cmocka_unit_test(any_command_may_fail),
        cmocka_unit_test(the_host_may_be_killed_between_any_two_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
