/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups at the gate, on real databases: recorded whole, each identity once, whoever else is in the
 * same group, at another gate, or in the way. Devices and their CA are made here: the vectors have
 * too few.
 */
#include "crypto/random.h"
#include "registry/changes.h"
#include "registry/devices.h"
#include "registry/gate.h"
#include "signer/software_device.h"
#include "support/stores.h"
#include "x509/verify.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>

enum { DEVICES = 48, GROUP = 16, ROUNDS = 4, NAME_SIZE = 16 };

/* Each identity with two keys: a, and b, whose certificate is as good. */
typedef struct fleet {
    uint8_t ca[NP_CERTIFICATE_MAX];
    np_bytes ca_der;
    np_issued issued[2 * DEVICES];
    np_bytes chains[2 * DEVICES];
    int64_t now;
} fleet;

static fleet *of_state(void **state)
{
    return *state;
}

static void issue(fleet *of, const np_signer *signer, size_t index)
{
    char name[NAME_SIZE];
    np_software_device device;
    np_error err = {0};
    snprintf(name, sizeof(name), "T2-%08zu", index % DEVICES);
    assert_ok(np_software_device_create(signer, np_bytes_text(name), of->now, np_random_system(),
                                        &device, &err),
              &err);
    of->issued[index] = device.certificate;
    of->chains[index] = np_bytes_of(of->issued[index].der, of->issued[index].der_len);
    np_software_device_clear(&device);
}

static int make_fleet(void **state)
{
    np_error err = {0};
    np_signer *signer = NULL;
    fleet *of = calloc(1, sizeof(*of));
    assert_non_null(of);
    of->now = (int64_t)time(NULL);
    assert_ok(np_signer_create(of->now, 5, &signer, &err), &err);
    np_bytes der = np_signer_certificate(signer)->der;
    memcpy(of->ca, der.data, der.len);
    of->ca_der = np_bytes_of(of->ca, der.len);
    for (size_t i = 0; i < 2 * DEVICES; i++) {
        issue(of, signer, i);
    }
    np_signer_free(signer);
    *state = of;
    return 0;
}

static int remove_fleet(void **state)
{
    free(*state);
    return store_remove_all(state);
}

static np_store *open_new(const fleet *of, uint64_t limit, char uri[static STORE_URI_SIZE])
{
    np_error err = {0};
    const np_actor actor = {.name = "test", .now = of->now};
    const np_authority authority = {.org = np_bytes_text("acme"),
                                    .der = of->ca_der,
                                    .product = np_bytes_text("tracker"),
                                    .create_limit = limit};
    store_new_uri(uri);
    np_store *store = store_open(uri);
    assert_ok(np_authority_add(store, &authority, NULL, &actor, &err), &err);
    return store;
}

static np_code admit(np_store *store, const fleet *of, const size_t *which, size_t count,
                     np_admission *ret)
{
    np_gate_request requests[2 * DEVICES];
    const np_gate_options options = {.judge = np_judge_libcrypto(), .now = of->now};
    for (size_t i = 0; i < count; i++) {
        requests[i] = (np_gate_request){&of->chains[which[i]], 1};
    }
    return np_gate_admit(store, &options, requests, count, ret, NULL);
}

#define assert_reason(admission, wanted)                                                           \
    assert_string_equal(np_reason_at((admission).reason)->name, np_reason_at(wanted)->name)

static size_t count_reason(const np_admission *all, size_t count, np_reason reason)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += all[i].reason == reason ? 1 : 0;
    }
    return found;
}

static void fill(size_t *which, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        which[i] = from + i;
    }
}

/* So many devices are on record, none by half, and the list of changes is a good chain. */
static void assert_on_record(const char *uri, long count)
{
    np_error err = {0};
    np_changes_report report;
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM devices WHERE certificates = 1"), count);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM devices d JOIN keys k ON k.device = d.id"
                                    " JOIN certificates c ON c.key_sha256 = k.sha256"),
                     count);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM devices"), count);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM keys"), count);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM certificates"), count);
    assert_int_equal(store_ask(uri, "SELECT created FROM authorities"), count);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM changes WHERE who = 'gate'"), count);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_ok(np_changes_verify(store, NULL, NULL, &report, &err), &err);
    assert_false(report.is_bad);
}

static void a_group_is_recorded_and_known_from_then_on(void **state)
{
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    size_t which[DEVICES];
    np_admission ret[DEVICES];
    np_admission again[DEVICES];
    NP_CLEANUP(np_store_free_at) np_store *store = open_new(of, 0, uri);
    fill(which, 0, DEVICES);
    assert_int_equal(admit(store, of, which, DEVICES, ret), NP_OK);
    assert_int_equal(count_reason(ret, DEVICES, NP_REASON_JITP_CREATED), DEVICES);
    assert_on_record(uri, DEVICES);
    assert_int_equal(admit(store, of, which, DEVICES, again), NP_OK);
    for (size_t i = 0; i < DEVICES; i++) {
        assert_reason(again[i], NP_REASON_KNOWN);
        assert_int_equal(again[i].device, ret[i].device);
        assert_memory_equal(again[i].identifier, ret[i].identifier, ret[i].identifier_len);
    }
}

/* Device 0 three times, with its other key between them; device 1 twice with both keys. */
static void of_claims_in_one_group_the_first_has_it(void **state)
{
    const fleet *of = of_state(state);
    static const size_t which[] = {0, DEVICES, 0, DEVICES + 1, 1, 0, DEVICES + 1, 2};
    static const np_reason wanted[] = {
        NP_REASON_JITP_CREATED, NP_REASON_UNEXPECTED_PUBKEY, NP_REASON_KNOWN,
        NP_REASON_JITP_CREATED, NP_REASON_UNEXPECTED_PUBKEY, NP_REASON_KNOWN,
        NP_REASON_KNOWN,        NP_REASON_JITP_CREATED};
    char uri[STORE_URI_SIZE];
    np_admission ret[NP_COUNT_OF(which)];
    NP_CLEANUP(np_store_free_at) np_store *store = open_new(of, 0, uri);
    assert_int_equal(admit(store, of, which, NP_COUNT_OF(which), ret), NP_OK);
    for (size_t i = 0; i < NP_COUNT_OF(which); i++) {
        assert_reason(ret[i], wanted[i]);
    }
    assert_on_record(uri, 3);
}

static void a_group_creates_no_more_than_its_ca_may(void **state)
{
    enum { LIMIT = 5 };
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    size_t which[GROUP];
    np_admission ret[GROUP];
    NP_CLEANUP(np_store_free_at) np_store *store = open_new(of, LIMIT, uri);
    fill(which, 0, GROUP);
    assert_int_equal(admit(store, of, which, GROUP, ret), NP_OK);
    assert_int_equal(count_reason(ret, GROUP, NP_REASON_JITP_CREATED), LIMIT);
    assert_int_equal(count_reason(ret, GROUP, NP_REASON_LIMIT), GROUP - LIMIT);
    assert_on_record(uri, LIMIT);
}

/* Its certificate is on record as an issuer's: the rule renews it, and the database refuses. */
static void one_whom_the_database_refuses_spoils_nobody_else(void **state)
{
    enum { BAD = 5 };
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    size_t which[GROUP];
    np_admission ret[GROUP];
    NP_CLEANUP(np_store_free_at) np_store *store = open_new(of, 0, uri);
    fill(which, 0, GROUP);
    assert_int_equal(admit(store, of, &which[BAD], 1, ret), NP_OK);
    store_tamper(uri, "UPDATE certificates SET pin = 1");
    assert_int_not_equal(admit(store, of, which, GROUP, ret), NP_OK);
    for (size_t i = 0; i < GROUP; i++) {
        assert_reason(ret[i], i == BAD ? NP_REASON_STORAGE_UNAVAILABLE : NP_REASON_JITP_CREATED);
    }
    assert_on_record(uri, GROUP);
    store_tamper(uri, "UPDATE certificates SET pin = 0");
    assert_int_equal(admit(store, of, which, GROUP, ret), NP_OK);
    assert_int_equal(count_reason(ret, GROUP, NP_REASON_KNOWN), GROUP);
}

/* Gates in threads */

typedef struct gate {
    const fleet *of;
    np_store *store;
    size_t which[2 * DEVICES];
    size_t count;
    np_admission ret[2 * DEVICES];
    np_code code;
    pthread_t thread;
} gate;

static void *run_gate(void *self)
{
    gate *one = self;
    for (size_t from = 0; from < one->count && one->code == NP_OK; from += GROUP) {
        size_t left = one->count - from;
        one->code = admit(one->store, one->of, one->which + from, left < GROUP ? left : GROUP,
                          one->ret + from);
    }
    return NULL;
}

static void start_gate(gate *one, const char *uri)
{
    one->store = store_open(uri);
    assert_int_equal(pthread_create(&one->thread, NULL, run_gate, one), 0);
}

static void end_gate(gate *one)
{
    assert_int_equal(pthread_join(one->thread, NULL), 0);
    np_store_free(one->store);
}

/* Claims in an order of the gate's own, from a generator that is not secret. */
static void shuffle(size_t *which, size_t count, uint32_t seed)
{
    for (size_t i = count - 1; i > 0; i--) {
        seed = seed * 1664525 + 1013904223;
        size_t other = seed / 65536 % (i + 1);
        size_t kept = which[i];
        which[i] = which[other];
        which[other] = kept;
    }
}

/* Of its two keys one has each identity, and both gates say so. */
static void assert_one_winner(const gate *gates, size_t identity)
{
    size_t came[2] = {0};
    size_t refused[2] = {0};
    for (size_t i = 0; i < 2 * (size_t)2 * DEVICES; i++) {
        const gate *one = &gates[i / (2 * DEVICES)];
        size_t claim = one->which[i % (2 * DEVICES)];
        const np_admission *verdict = &one->ret[i % (2 * DEVICES)];
        if (claim % DEVICES == identity) {
            came[claim / DEVICES] += np_reason_at(verdict->reason)->is_admitted ? 1 : 0;
            refused[claim / DEVICES] += verdict->reason == NP_REASON_UNEXPECTED_PUBKEY ? 1 : 0;
        }
    }
    assert_true((came[0] == 2 && refused[1] == 2) || (came[1] == 2 && refused[0] == 2));
}

static void race(const fleet *of, const char *uri)
{
    static gate gates[2];
    memset(gates, 0, sizeof(gates));
    for (uint32_t i = 0; i < 2; i++) {
        gates[i].of = of;
        gates[i].count = 2 * (size_t)DEVICES;
        fill(gates[i].which, 0, gates[i].count);
        shuffle(gates[i].which, gates[i].count, i + 1);
        start_gate(&gates[i], uri);
    }
    for (size_t i = 0; i < 2; i++) {
        end_gate(&gates[i]);
        assert_int_equal(gates[i].code, NP_OK);
    }
    for (size_t i = 0; i < DEVICES; i++) {
        assert_one_winner(gates, i);
    }
}

static void two_gates_record_each_identity_once(void **state)
{
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    for (int i = 0; i < ROUNDS; i++) {
        np_store_free(open_new(of, 0, uri));
        race(of, uri);
        assert_on_record(uri, DEVICES);
    }
}

/* On a server, where somebody can come between two statements. */

#define WAITING                                                                                    \
    " FROM pg_stat_activity WHERE application_name = 'nameplate' AND wait_event_type = 'Lock'"

/* Until the gate waits for whom the holder keeps. */
static void wait_until_it_waits(const char *uri)
{
    while (store_ask(uri, "SELECT count(*)" WAITING) == 0) {
        (void)poll(NULL, 0, 1);
    }
}

static gate *start_held(const fleet *of, const char *uri, const char *held, const char *statements)
{
    gate *one = calloc(1, sizeof(*one));
    assert_non_null(one);
    one->of = of;
    one->count = GROUP;
    fill(one->which, 0, GROUP);
    store_hold_by(held, statements);
    start_gate(one, uri);
    wait_until_it_waits(held);
    return one;
}

static void a_group_that_must_try_again_does(void **state)
{
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    char serializable[STORE_URI_SIZE + 64];
    np_store_free(open_new(of, 0, uri));
    snprintf(serializable, sizeof(serializable),
             "%s%%20-cdefault_transaction_isolation%%3Dserializable", uri);
    gate *one = start_held(of, serializable, uri, "UPDATE changes_head SET seq = seq");
    store_keep(); /* "could not serialize access" for the one who waits */
    end_gate(one);
    assert_int_equal(one->code, NP_OK);
    assert_int_equal(count_reason(one->ret, GROUP, NP_REASON_JITP_CREATED), GROUP);
    assert_on_record(uri, GROUP);
    free(one);
}

static void who_was_quicker_in_the_middle_of_a_group_has_it(void **state)
{
    enum { TAKEN = 5 };
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    np_store_free(open_new(of, 0, uri));
    gate *one = start_held(
        of, uri, uri,
        "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
        " rekey_until, added_at) SELECT id, 'T2-00000005', '', '[]', '', 0, 1, 0, 0"
        " FROM organisations");
    store_keep();
    end_gate(one);
    assert_int_equal(one->code, NP_OK);
    for (size_t i = 0; i < GROUP; i++) {
        assert_reason(one->ret[i],
                      i == TAKEN ? NP_REASON_UNEXPECTED_PUBKEY : NP_REASON_JITP_CREATED);
    }
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM devices"), GROUP);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM certificates"), GROUP - 1);
    free(one);
}

static np_store *open_when_back(const char *uri)
{
    np_store *store = NULL;
    while (np_store_open(uri, NP_STORE_WAIT_MS, &store, NULL) != NP_OK) {
        (void)poll(NULL, 0, 1);
    }
    return store;
}

/* All rows but the list of changes are written when it dies, and the server begins anew. */
static void a_server_killed_in_the_middle_of_a_group_has_none_of_it(void **state)
{
    const fleet *of = of_state(state);
    char uri[STORE_URI_SIZE];
    np_store_free(open_new(of, 0, uri));
    gate *one = start_held(of, uri, uri, "UPDATE changes_head SET seq = seq");
    assert_int_equal(kill((pid_t)store_ask(uri, "SELECT pid" WAITING), SIGKILL), 0);
    end_gate(one);
    store_let_go();
    assert_int_not_equal(one->code, NP_OK);
    assert_int_equal(count_reason(one->ret, GROUP, NP_REASON_STORAGE_UNAVAILABLE), GROUP);
    np_store *store = open_when_back(uri);
    assert_on_record(uri, 0);
    assert_int_equal(admit(store, of, one->which, GROUP, one->ret), NP_OK);
    assert_int_equal(count_reason(one->ret, GROUP, NP_REASON_JITP_CREATED), GROUP);
    np_store_free(store);
    assert_on_record(uri, GROUP);
    free(one);
}

#define EVERYWHERE                                                                                 \
    cmocka_unit_test(a_group_is_recorded_and_known_from_then_on),                                  \
        cmocka_unit_test(of_claims_in_one_group_the_first_has_it),                                 \
        cmocka_unit_test(a_group_creates_no_more_than_its_ca_may),                                 \
        cmocka_unit_test(one_whom_the_database_refuses_spoils_nobody_else),                        \
        cmocka_unit_test(two_gates_record_each_identity_once)

int main(void)
{
    static const struct CMUnitTest with_files[] = {EVERYWHERE};
    static const struct CMUnitTest with_servers[] = {
        EVERYWHERE,
        cmocka_unit_test(a_group_that_must_try_again_does),
        cmocka_unit_test(who_was_quicker_in_the_middle_of_a_group_has_it),
        cmocka_unit_test(a_server_killed_in_the_middle_of_a_group_has_none_of_it),
    };
    return store_is_on_server() ? cmocka_run_group_tests(with_servers, make_fleet, remove_fleet)
                                : cmocka_run_group_tests(with_files, make_fleet, remove_fleet);
}
