/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real handshakes at the front door, with libssl as the device: TLS 1.2 and 1.3, answers at once
 * and late, refusals with their alerts, resumption. Both ends run in this thread, step by step:
 * nothing waits, and nothing sleeps.
 */
#include "gateway/visitor.h"
#include "support/admission_scene.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"

#include <event2/event.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <unistd.h>

enum {
    NOW = 1796000000, /* 2026-11-29 */
    STEPS_MAX = 2000,
    NO_ALERT = 0,
    LATE_STEPS = 20, /* of the client, before a late answer comes */
};

typedef struct front {
    program_room room;
    struct event_base *base;
    np_gateway_tls *tls;
    admission_scene scene;
    np_visitor_judge judge;
    np_visitor_host host;
    bool is_late; /* answers come after LATE_STEPS */
    /* the one visitor */
    np_visitor *visitor;
    np_visitor *waiting;
    unsigned waited;
    bool has_entered;
    bool has_ended;
    bool was_forgotten;
    unsigned questions;
    np_reason last_reason; /* when it ended */
    np_admission admission;
    uint8_t echo[64];
} front;

static void decide(front *door, const np_bytes *chain, size_t chain_len)
{
    door->admission = scene_judge(&door->scene, chain, chain_len);
    if (np_reason_at(door->admission.reason)->is_admitted) {
        scene_apply(&door->scene, &door->admission);
    }
}

static void ask(void *self, np_visitor *visitor, const np_bytes *chain, size_t chain_len)
{
    front *door = self;
    door->questions++;
    decide(door, chain, chain_len);
    if (door->is_late) {
        door->waiting = visitor;
        door->waited = 0;
    } else {
        np_visitor_answer(visitor, &door->admission);
    }
}

static void forget(void *self, np_visitor *visitor)
{
    front *door = self;
    assert_ptr_equal(door->waiting, visitor);
    door->waiting = NULL;
    door->was_forgotten = true;
}

static void entered(void *self, np_visitor *visitor)
{
    front *door = self;
    (void)visitor;
    door->has_entered = true;
}

/* What comes in goes out again. */
static void ready(void *self, np_visitor *visitor)
{
    front *door = self;
    size_t len = 0;
    size_t sent = 0;
    do {
        if (!np_visitor_read(visitor, door->echo, sizeof(door->echo), &len)) {
            np_visitor_end(visitor);
            return;
        }
        (void)np_visitor_write(visitor, np_bytes_of(door->echo, len), &sent);
        assert_int_equal(sent, len);
    } while (len > 0);
}

static void ended(void *self, np_visitor *visitor)
{
    front *door = self;
    door->last_reason = np_visitor_admission(visitor)->reason;
    door->has_ended = true;
    door->visitor = NULL;
}

static int open_door(void **state)
{
    static const uint8_t ticket_keys[NP_TLS_TICKET_KEYS_SIZE] = {7}; /* test only */
    front *door = calloc(1, sizeof(*door));
    size_t certificate_len = 0;
    size_t key_len = 0;
    np_error err = {0};
    assert_non_null(door);
    program_room_open(&door->room);
    assert_int_equal(program_run(&door->room,
                                 "openssl req -x509 -nodes -newkey ec -pkeyopt"
                                 " ec_paramgen_curve:P-256 -keyout k -out c -subj /CN=localhost"),
                     0);
    uint8_t *certificate = program_load(&door->room, "c", &certificate_len);
    uint8_t *key = program_load(&door->room, "k", &key_len);
    np_gateway_tls_options options = {.certificate_pem = np_bytes_of(certificate, certificate_len),
                                      .key_pem = np_bytes_of(key, key_len),
                                      .ticket_keys = ticket_keys};
    assert_ok(np_gateway_tls_create(&options, &door->tls, &err), &err);
    free(certificate);
    free(key);
    door->base = event_base_new();
    assert_non_null(door->base);
    door->judge = (np_visitor_judge){.ask = ask, .forget = forget, .self = door};
    door->host =
        (np_visitor_host){.entered = entered, .ready = ready, .ended = ended, .self = door};
    *state = door;
    return 0;
}

static int close_door(void **state)
{
    front *door = *state;
    event_base_free(door->base);
    np_gateway_tls_free(door->tls);
    program_room_close(&door->room);
    free(door);
    return 0;
}

/* The registry knows ca1 and nothing else. */
static void begin_anew(front *door)
{
    door->scene = (admission_scene){.now = NOW};
    scene_add_authority(&door->scene, "ca1_root_ca_template", SCENE_ORG)->known.may_create = true;
}

typedef struct client {
    SSL_CTX *context;
    SSL *ssl;
    SSL_SESSION *session; /* to resume, of the device */
    int fd;
    int alert; /* that came */
} client;

static void note_alert(const SSL *ssl, int where, int value)
{
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL) {
        client *device = SSL_get_ex_data(ssl, 0);
        device->alert = value & 0xff;
    }
}

/* After an echo: a ticket of 1.3 has come before it. */
static void keep_session(client *device)
{
    SSL_SESSION_free(device->session);
    device->session = SSL_get1_session(device->ssl);
    assert_true(SSL_SESSION_is_resumable(device->session));
}

/* "device1_cli_template ca1_root_ca_template": the first is the device's own. */
static void load_chain(SSL_CTX *context, const char *names)
{
    char copy[256];
    char *at = NULL;
    (void)snprintf(copy, sizeof(copy), "%s", names);
    for (char *name = strtok_r(copy, " ", &at); name != NULL; name = strtok_r(NULL, " ", &at)) {
        uint8_t der[SCENE_DER_MAX];
        const uint8_t *bytes = der;
        X509 *certificate = d2i_X509(NULL, &bytes, (long)scene_load(name, der, sizeof(der)));
        assert_non_null(certificate);
        if (name == copy) {
            assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
            X509_free(certificate);
        } else {
            assert_int_equal(SSL_CTX_add0_chain_cert(context, certificate), 1);
        }
    }
}

static void load_key(SSL_CTX *context, const char *names)
{
    size_t len = 0;
    bool is_first = strncmp(names, "device1_", 8) == 0;
    bool is_new = strncmp(names, "device1_new_key", 15) == 0;
    uint8_t *pem = vector_load(is_new     ? "nerveshub/device1_newkey.key.pem"
                               : is_first ? "nerveshub/device1.key.pem"
                                          : "nerveshub/device2.key.pem",
                               &len);
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    EVP_PKEY_free(key);
    BIO_free(bio);
    free(pem);
}

static void device_open(client *device, int version, const char *names)
{
    *device = (client){.context = SSL_CTX_new(TLS_client_method())};
    assert_non_null(device->context);
    SSL_CTX_set_min_proto_version(device->context, version);
    SSL_CTX_set_max_proto_version(device->context, version);
    SSL_CTX_set_info_callback(device->context, note_alert);
    if (names[0] != '\0') {
        load_chain(device->context, names);
        load_key(device->context, names);
    }
}

static void device_close(client *device)
{
    SSL_free(device->ssl);
    SSL_SESSION_free(device->session);
    SSL_CTX_free(device->context);
    close(device->fd);
}

static void connect_both(front *door, client *device)
{
    int ends[2];
    const struct sockaddr_storage peer = {.ss_family = AF_UNIX};
    const np_visitor_options options = {.base = door->base,
                                        .tls = door->tls,
                                        .judge = &door->judge,
                                        .host = &door->host,
                                        .handshake_ms = 60000,
                                        .idle_ms = 60000};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    door->has_entered = door->has_ended = door->was_forgotten = false;
    door->questions = 0;
    door->waiting = NULL;
    door->visitor = np_visitor_begin(&options, ends[0], &peer);
    assert_non_null(door->visitor);
    device->fd = ends[1];
    device->alert = NO_ALERT;
    device->ssl = SSL_new(device->context);
    assert_non_null(device->ssl);
    SSL_set_ex_data(device->ssl, 0, device);
    SSL_set_fd(device->ssl, device->fd);
    SSL_set_connect_state(device->ssl);
    if (device->session != NULL) {
        assert_int_equal(SSL_set_session(device->ssl, device->session), 1);
    }
}

/* One step of each. A late answer comes when both have nothing else to do. */
static void step_door(front *door)
{
    event_base_loop(door->base, EVLOOP_NONBLOCK);
    if (door->waiting != NULL && ++door->waited == LATE_STEPS) {
        np_visitor *visitor = door->waiting;
        door->waiting = NULL;
        assert_false(door->has_entered);
        np_visitor_answer(visitor, &door->admission);
    }
}

/* Asks for an echo, as a device must before it knows that it is in. */
static bool has_come_in(front *door, client *device)
{
    static const char word[] = "hello";
    char echo[sizeof(word)] = "";
    size_t sent = 0;
    size_t len = 0;
    for (unsigned i = 0; i < STEPS_MAX && device->alert == NO_ALERT && len == 0; i++) {
        ERR_clear_error();
        if (SSL_do_handshake(device->ssl) == 1 && sent == 0) {
            (void)SSL_write_ex(device->ssl, word, sizeof(word), &sent);
        }
        step_door(door);
        (void)SSL_read_ex(device->ssl, echo, sizeof(echo), &len);
        if (door->has_ended && len == 0 && device->alert == NO_ALERT && i > STEPS_MAX / 2) {
            break;
        }
    }
    return len == sizeof(word) && memcmp(echo, word, len) == 0;
}

/* Until the door has seen that the device is gone. */
static void part(front *door, client *device)
{
    SSL_shutdown(device->ssl);
    shutdown(device->fd, SHUT_RDWR);
    for (unsigned i = 0; i < STEPS_MAX && !door->has_ended; i++) {
        step_door(door);
    }
    assert_true(door->has_ended);
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* What the device sends, and the reason and alert (RFC 8446 6.2) that it gets. */
typedef struct visit_row {
    const char *chain;
    np_reason reason;
    int alert; /* in 1.2; 0: it comes in */
    int alert_in_1_3;
} visit_row;

static const visit_row visits[] = {
    {"device1_cli_template", NP_REASON_JITP_CREATED, 0, 0},
    {"device1_cli_template ca1_root_ca_template", NP_REASON_JITP_CREATED, 0, 0},
    {"device1_cli_template ca2_other_org", NP_REASON_JITP_CREATED, 0, 0},
    {"device2_via_intermediate intermediate_ca_template", NP_REASON_JITP_CREATED, 0, 0},
    {"device_year_9999", NP_REASON_JITP_CREATED, 0, 0},
    {"device2_via_intermediate", NP_REASON_UNKNOWN_CA, 48, 48},
    {"device1_same_key_ca2 ca2_other_org", NP_REASON_UNKNOWN_CA, 48, 48},
    {"device_self_signed", NP_REASON_UNKNOWN_CA, 48, 48},
    {"device1_bad_signature", NP_REASON_BAD_SIGNATURE, 42, 42},
    {"device_no_cn", NP_REASON_MISSING_IDENTIFIER, 42, 42},
    {"device_unknown_critical_ext", NP_REASON_CRITICAL_EXTENSION, 43, 43},
    {"device_server_auth_only", NP_REASON_WRONG_EKU, 43, 43},
    {"device1_expired", NP_REASON_CERT_EXPIRED, 45, 45},
    {"", NP_REASON_NO_CERTIFICATE, 40, 116},
};

static void visit_all(front *door, bool is_late)
{
    for (size_t i = 0; i < NP_COUNT_OF(visits); i++) {
        for (size_t version = 0; version < NP_COUNT_OF(versions); version++) {
            client device;
            const visit_row *row = &visits[i];
            int alert = version == 0 ? row->alert : row->alert_in_1_3;
            begin_anew(door);
            door->is_late = is_late;
            device_open(&device, versions[version], row->chain);
            connect_both(door, &device);
            bool has_entered = has_come_in(door, &device);
            if (has_entered != (alert == 0) || device.alert != alert) {
                fail_msg("%s: entered %d, alert %d", row->chain, has_entered, device.alert);
            }
            part(door, &device);
            assert_int_equal(door->last_reason, row->reason);
            assert_int_equal(door->questions, row->chain[0] == '\0' ? 0 : 1);
            device_close(&device);
        }
    }
}

static void devices_come_in_or_hear_why_not(void **state)
{
    visit_all(*state, false);
}

static void a_late_answer_is_waited_for(void **state)
{
    visit_all(*state, true);
}

static void sessions_are_resumed_until_the_device_is_blocked(void **state)
{
    front *door = *state;
    for (size_t version = 0; version < NP_COUNT_OF(versions); version++) {
        for (int is_late = 0; is_late <= 1; is_late++) {
            client device;
            begin_anew(door);
            door->is_late = is_late == 1;
            device_open(&device, versions[version], "device1_cli_template");
            for (int visit = 0; visit < 3; visit++) {
                connect_both(door, &device);
                assert_true(has_come_in(door, &device));
                assert_int_equal(np_visitor_is_resumed(door->visitor), visit > 0);
                assert_int_equal(door->questions, 1);
                keep_session(&device);
                part(door, &device);
                assert_int_equal(door->last_reason,
                                 visit == 0 ? NP_REASON_JITP_CREATED : NP_REASON_KNOWN);
                SSL_free(device.ssl);
                close(device.fd);
            }
            door->scene.devices[0].is_blocked = true;
            connect_both(door, &device);
            assert_false(has_come_in(door, &device));
            assert_int_equal(device.alert, 44);
            part(door, &device);
            assert_int_equal(door->last_reason, NP_REASON_BLOCKED);
            assert_int_equal(door->questions, 2); /* of the ticket, then of the certificate */
            device_close(&device);
        }
    }
}

/* The device gives up while its answer is on the way: the question is taken back. */
static void who_goes_before_the_answer_is_forgotten(void **state)
{
    front *door = *state;
    for (size_t version = 0; version < NP_COUNT_OF(versions); version++) {
        client device;
        begin_anew(door);
        door->is_late = true;
        device_open(&device, versions[version], "device1_cli_template");
        connect_both(door, &device);
        for (unsigned i = 0; i < STEPS_MAX && door->waiting == NULL; i++) {
            (void)SSL_do_handshake(device.ssl);
            event_base_loop(door->base, EVLOOP_NONBLOCK);
        }
        assert_non_null(door->waiting);
        np_visitor_end(door->visitor);
        event_base_loop(door->base, EVLOOP_NONBLOCK);
        assert_true(door->was_forgotten);
        assert_true(door->has_ended);
        assert_false(door->has_entered);
        device_close(&device);
    }
}

/* Every byte of a handshake cut off: no crash, no leak, and the visitor ends. */
static void a_handshake_cut_anywhere_ends(void **state)
{
    front *door = *state;
    enum { CUT_MAX = 40 };
    for (size_t version = 0; version < NP_COUNT_OF(versions); version++) {
        for (unsigned cut = 0; cut < CUT_MAX; cut++) {
            client device;
            begin_anew(door);
            door->is_late = false;
            device_open(&device, versions[version], "device1_cli_template");
            connect_both(door, &device);
            for (unsigned i = 0; i < cut; i++) {
                (void)SSL_do_handshake(device.ssl);
                event_base_loop(door->base, EVLOOP_NONBLOCK);
            }
            shutdown(device.fd, SHUT_RDWR);
            for (unsigned i = 0; i < STEPS_MAX && !door->has_ended; i++) {
                step_door(door);
            }
            assert_true(door->has_ended);
            device_close(&device);
        }
    }
}

/* Marsaglia's xorshift: the same bytes in each run. */
static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Some bytes changed, and now and then the end is missing. */
static size_t spoil(uint8_t *bytes, size_t len, uint32_t *seed)
{
    unsigned changes = 1 + draw(seed) % 4;
    for (unsigned i = 0; i < changes && len > 0; i++) {
        bytes[draw(seed) % len] ^= (uint8_t)(1 + draw(seed) % 255);
    }
    return draw(seed) % 8 == 0 ? draw(seed) % (len + 1) : len;
}

/* What the device sends next goes to the door, spoilt or not. */
static void pass_flight(front *door, client *device, bool is_spoilt, uint32_t *seed)
{
    static uint8_t bytes[16384];
    (void)SSL_do_handshake(device->ssl);
    int len = BIO_read(SSL_get_wbio(device->ssl), bytes, sizeof(bytes));
    size_t sent = len <= 0 ? 0 : is_spoilt ? spoil(bytes, (size_t)len, seed) : (size_t)len;
    (void)!send(device->fd, bytes, sent, MSG_NOSIGNAL);
    event_base_loop(door->base, EVLOOP_NONBLOCK);
    ssize_t got = recv(device->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got > 0) {
        (void)BIO_write(SSL_get_rbio(device->ssl), bytes, (int)got);
    }
}

/* The first flight is spoilt, or the one with the certificate. */
static void ten_thousand_malformed_handshakes_do_no_harm(void **state)
{
    front *door = *state;
    enum { HANDSHAKES = 10000, DEEP = 8 };
    uint32_t seed = 1;
    begin_anew(door);
    door->is_late = false;
    for (size_t version = 0; version < NP_COUNT_OF(versions); version++) {
        client device;
        device_open(&device, versions[version], "device1_cli_template");
        for (unsigned i = 0; i < HANDSHAKES / NP_COUNT_OF(versions); i++) {
            connect_both(door, &device);
            SSL_set_bio(device.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
            bool is_deep = i % DEEP == 0;
            pass_flight(door, &device, !is_deep, &seed);
            if (is_deep) {
                pass_flight(door, &device, true, &seed);
            }
            shutdown(device.fd, SHUT_RDWR);
            for (unsigned step = 0; step < STEPS_MAX && !door->has_ended; step++) {
                step_door(door);
            }
            assert_true(door->has_ended);
            SSL_free(device.ssl);
            device.ssl = NULL;
            close(device.fd);
            ERR_clear_error();
        }
        device.fd = dup(0);
        device_close(&device);
    }
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_come_in_or_hear_why_not),
        cmocka_unit_test(a_late_answer_is_waited_for),
        cmocka_unit_test(sessions_are_resumed_until_the_device_is_blocked),
        cmocka_unit_test(who_goes_before_the_answer_is_forgotten),
        cmocka_unit_test(a_handshake_cut_anywhere_ends),
        cmocka_unit_test(ten_thousand_malformed_handshakes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, open_door, close_door);
}
