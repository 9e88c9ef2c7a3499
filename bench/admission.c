/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions at the door, in groups, by CPU time of this process: about devices that are known,
 * beside the bare lookup of a group's certificates; about chains that are verified, beside the bare
 * verification of an ECDSA signature; and first connections that are recorded: by the clock, and by
 * CPU time of this process alone and together with the server's. Registries are files in the folder
 * given, or schemas on the server that $NAMEPLATE_TEST_POSTGRES names. With
 * $NAMEPLATE_BENCH_SYNC_MS each sync of a file takes so much longer (bench/slow_sync.c preloaded),
 * and $NAMEPLATE_BENCH_WAY_MS each way to the server and back (bench/far_server): both are named in
 * the output.
 */
#include "crypto/hash.h"
#include "crypto/random.h"
#include "measure.h"
#include "registry/devices.h"
#include "registry/gate.h"
#include "registry/known.h"
#include "signer/software_device.h"
#include "x509/verify.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 5, DEVICES = 2048, GROUP = 256, KNOWN_ROUNDS = 16, NAME_SIZE = 16 };

typedef struct fleet {
    uint8_t ca[NP_CERTIFICATE_MAX];
    size_t ca_len;
    np_issued devices[DEVICES];
    np_bytes chains[DEVICES];
    np_p256_verifier *verifier;
    int64_t now;
} fleet;

static void must(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "bench_admission: %s\n", err->message);
        exit(1);
    }
}

static void make_fleet(fleet *ret)
{
    np_error err;
    np_signer *signer = NULL;
    ret->now = (int64_t)time(NULL);
    must(np_signer_create(ret->now, 5, &signer, &err), &err);
    np_bytes der = np_signer_certificate(signer)->der;
    memcpy(ret->ca, der.data, der.len);
    ret->ca_len = der.len;
    for (int i = 0; i < DEVICES; i++) {
        char name[NAME_SIZE];
        np_software_device device;
        snprintf(name, sizeof(name), "T2-%08d", i);
        must(np_software_device_create(signer, np_bytes_text(name), ret->now, np_random_system(),
                                       &device, &err),
             &err);
        ret->devices[i] = device.certificate;
        ret->chains[i] = np_bytes_of(ret->devices[i].der, ret->devices[i].der_len);
        np_software_device_clear(&device);
    }
    must(np_p256_verifier_create(&ret->verifier, &err), &err);
    np_signer_free(signer);
}

static np_store *open_new(const fleet *of, const char *base, int number)
{
    char uri[512];
    np_error err;
    np_store *store;
    const np_actor actor = {.name = "bench", .now = of->now};
    const np_authority authority = {.org = np_bytes_text("acme"),
                                    .der = np_bytes_of(of->ca, of->ca_len),
                                    .product = np_bytes_text("tracker")};
    snprintf(uri, sizeof(uri), strchr(base, '?') == NULL ? "%s/a%d.db" : "%s_d%d", base, number);
    must(np_store_open(uri, NP_STORE_WAIT_MS, &store, &err), &err);
    must(np_authority_add(store, &authority, NULL, &actor, &err), &err);
    return store;
}

typedef np_code (*gate_call)(np_store *store, const np_gate_options *options,
                             const np_gate_request *requests, size_t count, np_admission *ret,
                             np_error *err);

/* np_gate_judge: all of the rule but its effects; or np_gate_admit. */
static void call_for_all(const fleet *of, np_store *store, gate_call call, np_reason wanted)
{
    static np_admission admissions[GROUP];
    np_gate_request requests[GROUP];
    np_error err;
    const np_gate_options options = {.judge = np_judge_by_verifier(of->verifier),
                                     .now = of->now,
                                     .are_new = call == np_gate_admit && wanted != NP_REASON_KNOWN};
    for (int from = 0; from < DEVICES; from += GROUP) {
        for (int i = 0; i < GROUP; i++) {
            requests[i] = (np_gate_request){&of->chains[from + i], 1};
        }
        must(call(store, &options, requests, GROUP, admissions, &err), &err);
        for (int i = 0; i < GROUP; i++) {
            if (admissions[i].reason != wanted) {
                fprintf(stderr, "bench_admission: %s\n", np_reason_at(admissions[i].reason)->name);
                exit(1);
            }
        }
    }
}

static np_code count_row(void *self, size_t index, const store_value *columns, np_error *err)
{
    np_known_credential found;
    (void)index;
    ++*(size_t *)self;
    return known_take_credential(columns, &found, err);
}

/* What decisions cannot be cheaper than: the certificates' hashes, looked up. */
static void look_up_all(const fleet *of, np_store *store)
{
    np_error err;
    for (int from = 0; from < DEVICES; from += GROUP) {
        uint8_t digests[GROUP][NP_SHA256_SIZE];
        store_value values[GROUP];
        size_t count = 0;
        const store_visitor visitor = {count_row, &count};
        for (int i = 0; i < GROUP; i++) {
            np_sha256(of->chains[from + i], digests[i]);
            values[i] = store_blob(NP_BYTES(digests[i]));
        }
        must(store_select_many(store, &known_certificate, values, GROUP, &visitor, &err), &err);
        if (count != GROUP) {
            exit(1);
        }
    }
}

static void verify_all(const fleet *of)
{
    np_error err;
    np_certificate ca;
    must(np_certificate_parse(np_bytes_of(of->ca, of->ca_len), &ca, &err), &err);
    for (int i = 0; i < DEVICES; i++) {
        np_certificate leaf;
        bool is_signed;
        must(np_certificate_parse(of->chains[i], &leaf, &err), &err);
        must(np_certificate_judge(&leaf, ca.point.data, np_judge_by_verifier(of->verifier),
                                  &is_signed, &err),
             &err);
        if (!is_signed) {
            exit(1);
        }
    }
}

enum { LOOKUP, KNOWN, VERIFY, CHAIN, FIRST, FIRST_CPU, FIRST_BOTH, KINDS };

static const char *const names[KINDS] = {
    [LOOKUP] = "bare lookups",
    [KNOWN] = "known devices",
    [VERIFY] = "bare verifications",
    [CHAIN] = "chains verified",
    [FIRST] = "first connections",
    [FIRST_CPU] = "the same by CPU time",
    [FIRST_BOTH] = "and the server's too",
};

static np_code take_number(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    *(int64_t *)self = columns[0].integer;
    return NP_OK;
}

/* CPU time of the server's process for this connection, which the kernel counts in ns; 0 for a
 * file. */
static double server_cpu_seconds(np_store *store)
{
    static const store_query query = {"SELECT pg_backend_pid()", 0};
    char path[64];
    int64_t pid = 0;
    double used = 0;
    np_error err;
    if (store->engine.dialect != STORE_POSTGRES) {
        return 0;
    }
    must(store_select(store, &query, NULL, take_number, &pid, &err), &err);
    snprintf(path, sizeof(path), "/proc/%lld/schedstat", (long long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%lf", &used) != 1) {
        fprintf(stderr, "bench_admission: %s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    return used / 1e9;
}

static void measure_first(const fleet *of, np_store *store, int run, double (*rates)[RUNS])
{
    double server = server_cpu_seconds(store);
    double wall = bench_wall_seconds();
    double own = bench_cpu_seconds();
    call_for_all(of, store, np_gate_admit, NP_REASON_JITP_CREATED);
    own = bench_cpu_seconds() - own;
    wall = bench_wall_seconds() - wall;
    rates[FIRST][run] = DEVICES / wall;
    rates[FIRST_CPU][run] = DEVICES / own;
    rates[FIRST_BOTH][run] = DEVICES / (own + server_cpu_seconds(store) - server);
}

static void measure_reading(const fleet *of, np_store *store, int run, double (*rates)[RUNS])
{
    double start = bench_cpu_seconds();
    for (int i = 0; i < KNOWN_ROUNDS; i++) {
        look_up_all(of, store);
    }
    rates[LOOKUP][run] = KNOWN_ROUNDS * DEVICES / (bench_cpu_seconds() - start);
    start = bench_cpu_seconds();
    for (int i = 0; i < KNOWN_ROUNDS; i++) {
        call_for_all(of, store, np_gate_admit, NP_REASON_KNOWN);
    }
    rates[KNOWN][run] = KNOWN_ROUNDS * DEVICES / (bench_cpu_seconds() - start);
}

static void measure_run(const fleet *of, np_store *store, int run, double (*rates)[RUNS])
{
    double start = bench_cpu_seconds();
    verify_all(of);
    rates[VERIFY][run] = DEVICES / (bench_cpu_seconds() - start);
    start = bench_cpu_seconds();
    call_for_all(of, store, np_gate_judge, NP_REASON_JITP_CREATED);
    rates[CHAIN][run] = DEVICES / (bench_cpu_seconds() - start);
    measure_first(of, store, run, rates);
    measure_reading(of, store, run, rates);
}

static void print_rate(const char *engine, int kind, const double *medians)
{
    static const int limits[KINDS] = {[KNOWN] = LOOKUP, [CHAIN] = VERIFY};
    printf("%-22s %-20s %9.0f/s", engine, names[kind], medians[kind]);
    if (kind == KNOWN || kind == CHAIN) {
        printf("  %5.2f of %s", medians[kind] / medians[limits[kind]], names[limits[kind]]);
    }
    printf("\n");
}

static json_t *measure(const fleet *of, const char *engine, const char *base, bool is_first_alone)
{
    double rates[KINDS][RUNS];
    double medians[KINDS];
    json_t *result = json_object();
    for (int run = 0; run < RUNS; run++) {
        np_store *store = open_new(of, base, run);
        (is_first_alone ? measure_first : measure_run)(of, store, run, rates);
        np_store_free(store);
    }
    for (int kind = is_first_alone ? FIRST : 0; kind < KINDS; kind++) {
        medians[kind] = bench_median(rates[kind], RUNS);
        print_rate(engine, kind, medians);
        json_object_set_new(result, names[kind], json_real(medians[kind]));
    }
    return result;
}

static void name_delays(void)
{
    const char *sync = getenv("NAMEPLATE_BENCH_SYNC_MS");
    const char *way = getenv("NAMEPLATE_BENCH_WAY_MS");
    if (sync != NULL) {
        printf("each sync takes %s ms longer\n", sync);
    }
    if (way != NULL) {
        printf("the way to the server and back takes %s ms longer\n", way);
    }
}

/* bench_admission FOLDER JSON [URI-PREFIX [first]] ("first": first connections there alone) */
int main(int argc, char **argv)
{
    static fleet of;
    char folder[256];
    bool is_first_alone = argc > 4 && strcmp(argv[4], "first") == 0;
    if (argc < 3) {
        return 2;
    }
    snprintf(folder, sizeof(folder), "%s/admission.XXXXXX", argv[1]);
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    make_fleet(&of);
    name_delays();
    json_t *all = json_object();
    if (!is_first_alone) {
        json_object_set_new(all, "sqlite", measure(&of, "sqlite", folder, false));
    }
    if (argc > 3) {
        json_object_set_new(all, "postgresql", measure(&of, "postgresql", argv[3], is_first_alone));
    }
    int status = json_dump_file(all, argv[2], JSON_INDENT(2));
    json_decref(all);
    np_p256_verifier_free(of.verifier);
    return status == 0 ? 0 : 1;
}
