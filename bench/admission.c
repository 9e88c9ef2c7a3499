/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions at the door, by CPU time of this process: about devices that are known, beside the
 * bare lookup of a certificate; about chains that are verified, beside the bare verification of an
 * ECDSA signature; and first connections that are recorded in groups, by the clock. Registries are
 * files in the folder given, or schemas on the server that $NAMEPLATE_TEST_POSTGRES names. With
 * $NAMEPLATE_BENCH_SYNC_MS each sync of a file takes so much longer (bench/slow_sync.c preloaded):
 * it is named in the output.
 */
#include "crypto/hash.h"
#include "crypto/random.h"
#include "measure.h"
#include "registry/devices.h"
#include "registry/gate.h"
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

static void admit_all(const fleet *of, np_store *store, np_reason wanted)
{
    static np_admission admissions[GROUP];
    np_gate_request requests[GROUP];
    np_error err;
    const np_gate_options options = {.judge = np_judge_by_verifier(of->verifier), .now = of->now};
    for (int from = 0; from < DEVICES; from += GROUP) {
        for (int i = 0; i < GROUP; i++) {
            requests[i] = (np_gate_request){&of->chains[from + i], 1};
        }
        must(np_gate_admit(store, &options, requests, GROUP, admissions, &err), &err);
        for (int i = 0; i < GROUP; i++) {
            if (admissions[i].reason != wanted) {
                fprintf(stderr, "bench_admission: %s\n", np_reason_at(admissions[i].reason)->name);
                exit(1);
            }
        }
    }
}

/* What a decision cannot be cheaper than: the certificate's hash, looked up. */
static void look_up_all(const fleet *of, np_store *store)
{
    np_error err;
    const np_admission_store ask = np_gate_ask(store);
    for (int i = 0; i < DEVICES; i++) {
        uint8_t digest[NP_SHA256_SIZE];
        np_known_credential found;
        bool is_found;
        np_sha256(of->chains[i], digest);
        must(ask.find_certificate(ask.self, digest, &found, &is_found, &err), &err);
    }
}

/* Chains of devices that are not recorded: all of the rule but its effects. */
static void decide_all(const fleet *of, np_store *store)
{
    np_error err;
    np_admission admission;
    const np_admission_store ask = np_gate_ask(store);
    for (int i = 0; i < DEVICES; i++) {
        const np_admission_request request = {.chain = &of->chains[i],
                                              .chain_len = 1,
                                              .store = &ask,
                                              .judge = np_judge_by_verifier(of->verifier),
                                              .now = of->now};
        must(np_admission_decide(&request, &admission, &err), &err);
        if (admission.reason != NP_REASON_JITP_CREATED) {
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

enum { LOOKUP, KNOWN, VERIFY, CHAIN, FIRST, FIRST_CPU, KINDS };

static const char *const names[KINDS] = {
    [LOOKUP] = "bare lookups",       [KNOWN] = "known devices",
    [VERIFY] = "bare verifications", [CHAIN] = "chains verified",
    [FIRST] = "first connections",   [FIRST_CPU] = "the same by CPU time",
};

static void measure_run(const fleet *of, const char *base, int run, double (*rates)[RUNS])
{
    np_store *store = open_new(of, base, run);
    double start = bench_cpu_seconds();
    verify_all(of);
    rates[VERIFY][run] = DEVICES / (bench_cpu_seconds() - start);
    start = bench_cpu_seconds();
    decide_all(of, store);
    rates[CHAIN][run] = DEVICES / (bench_cpu_seconds() - start);
    double wall = bench_wall_seconds();
    start = bench_cpu_seconds();
    admit_all(of, store, NP_REASON_JITP_CREATED);
    rates[FIRST][run] = DEVICES / (bench_wall_seconds() - wall);
    rates[FIRST_CPU][run] = DEVICES / (bench_cpu_seconds() - start);
    start = bench_cpu_seconds();
    for (int i = 0; i < KNOWN_ROUNDS; i++) {
        look_up_all(of, store);
    }
    rates[LOOKUP][run] = KNOWN_ROUNDS * DEVICES / (bench_cpu_seconds() - start);
    start = bench_cpu_seconds();
    for (int i = 0; i < KNOWN_ROUNDS; i++) {
        admit_all(of, store, NP_REASON_KNOWN);
    }
    rates[KNOWN][run] = KNOWN_ROUNDS * DEVICES / (bench_cpu_seconds() - start);
    np_store_free(store);
}

static json_t *measure(const fleet *of, const char *engine, const char *base)
{
    static const int limits[KINDS] = {[KNOWN] = LOOKUP, [CHAIN] = VERIFY};
    double rates[KINDS][RUNS];
    double medians[KINDS];
    json_t *result = json_object();
    for (int run = 0; run < RUNS; run++) {
        measure_run(of, base, run, rates);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        medians[kind] = bench_median(rates[kind], RUNS);
        printf("%-22s %-20s %9.0f/s", engine, names[kind], medians[kind]);
        if (kind == KNOWN || kind == CHAIN) {
            printf("  %5.2f of %s", medians[kind] / medians[limits[kind]], names[limits[kind]]);
        }
        printf("\n");
        json_object_set_new(result, names[kind], json_real(medians[kind]));
    }
    return result;
}

/* bench_admission FOLDER JSON [URI-PREFIX] */
int main(int argc, char **argv)
{
    static fleet of;
    char folder[256];
    const char *delay = getenv("NAMEPLATE_BENCH_SYNC_MS");
    if (argc < 3) {
        return 2;
    }
    snprintf(folder, sizeof(folder), "%s/admission.XXXXXX", argv[1]);
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    make_fleet(&of);
    if (delay != NULL) {
        printf("each sync takes %s ms longer\n", delay);
    }
    json_t *all = json_pack("{s:o}", "sqlite", measure(&of, "sqlite", folder));
    if (argc > 3) {
        json_object_set_new(all, "postgresql", measure(&of, "postgresql", argv[3]));
    }
    int status = json_dump_file(all, argv[2], JSON_INDENT(2));
    json_decref(all);
    np_p256_verifier_free(of.verifier);
    return status == 0 ? 0 : 1;
}
