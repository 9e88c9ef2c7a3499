/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations in groups of 256, confirmed as `issue` does, beside the raw engine: the same rows
 * inserted into the same tables in as many transactions, without asking anything. Registries are
 * files in the folder given, or schemas on the server that $NAMEPLATE_TEST_POSTGRES names.
 */
#include "measure.h"
#include "registry/engine.h"
#include "registry/issuance.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 5, GROUP = 256, GROUPS = 40, NOW = 1800000000, INSERT_PARAMETERS = 7 };

static const np_issuance_terms terms = {.id = {(const uint8_t *)"b", 1},
                                        .batch = {(const uint8_t *)"b", 1},
                                        .count = (uint64_t)GROUP * GROUPS};

static void must(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "bench_registry: %s\n", err->message);
        exit(1);
    }
}

/* A new registry, with the authorization known and a run begun. */
static np_store *open_new(const char *base, const char *kind, int number, np_issuance *ret)
{
    char uri[512];
    np_error err;
    np_store *store;
    np_issuance_found found;
    snprintf(uri, sizeof(uri), strchr(base, '?') == NULL ? "%s/%s%d.db" : "%s_%s%d", base, kind,
             number);
    must(np_store_open(uri, NP_STORE_WAIT_MS, &store, &err), &err);
    must(np_issuance_open(store, &terms, NOW, ret, &found, &err), &err);
    return store;
}

static void fill(np_issuance_unit *units, char (*serials)[32], int group)
{
    for (int i = 0; i < GROUP; i++) {
        snprintf(serials[i], sizeof(serials[i]), "T2-%08d", group * GROUP + i);
        units[i] = (np_issuance_unit){.serial = np_bytes_text(serials[i]),
                                      .common_name = np_bytes_text(serials[i]),
                                      .certificate_serial = np_bytes_text(serials[i])};
        uint64_t mixed = (uint64_t)(group * GROUP + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        memcpy(units[i].key_sha256, &mixed, sizeof(mixed)); /* keys come in no order */
    }
}

static double reserve_all(const np_issuance *issuance, bool confirms)
{
    static np_issuance_unit units[GROUP];
    static char serials[GROUP][32];
    const np_issuance_record record = {.units = 1};
    np_error err;
    double start = bench_wall_seconds();
    for (int group = 0; group < GROUPS; group++) {
        fill(units, serials, group);
        must(np_issuance_reserve(issuance, units, GROUP, NOW, &err), &err);
        if (confirms) {
            must(np_issuance_confirm(issuance, units, GROUP, &record, NOW, &err), &err);
        }
    }
    return GROUP * GROUPS / (bench_wall_seconds() - start);
}

static np_code insert_group(np_store *store, void *self, np_error *err)
{
    static const store_query insert = {
        "INSERT INTO units (serial, key_sha256, common_name, authorization_id, station, run,"
        " state, changed_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
        INSERT_PARAMETERS};
    static store_value values[GROUP * INSERT_PARAMETERS];
    const np_issuance_unit *units = self;
    for (int i = 0; i < GROUP; i++) {
        store_value *row = &values[i * INSERT_PARAMETERS];
        row[0] = store_text(units[i].serial);
        row[1] = store_blob(NP_BYTES(units[i].key_sha256));
        row[2] = store_text(units[i].common_name);
        row[3] = store_text(terms.id);
        row[4] = store_blob(NP_BYTES(terms.station));
        row[5] = store_integer(1);
        row[6] = store_integer(NOW);
    }
    return store_run(store, &insert, values, GROUP, NULL, err);
}

static double insert_all(np_store *store)
{
    static np_issuance_unit units[GROUP];
    static char serials[GROUP][32];
    np_error err;
    double start = bench_wall_seconds();
    for (int group = 0; group < GROUPS; group++) {
        fill(units, serials, group);
        must(store_transact(store, insert_group, units, &err), &err);
    }
    return GROUP * GROUPS / (bench_wall_seconds() - start);
}

enum { RAW, RESERVED, CONFIRMED, KINDS };

static const char *const names[KINDS] = {
    [RAW] = "raw inserts", [RESERVED] = "reserved", [CONFIRMED] = "reserved and confirmed"};

static double measure(const char *base, int kind, int number)
{
    static const char *const letters[KINDS] = {"a", "b", "c"};
    np_issuance issuance;
    np_store *store = open_new(base, letters[kind], number, &issuance);
    double rate = kind == RAW ? insert_all(store) : reserve_all(&issuance, kind == CONFIRMED);
    np_store_free(store);
    return rate;
}

static json_t *compare(const char *engine, const char *base)
{
    double rates[KINDS][RUNS];
    json_t *result = json_object();
    for (int run = 0; run < RUNS; run++) {
        for (int kind = 0; kind < KINDS; kind++) {
            rates[kind][run] = measure(base, kind, run);
        }
    }
    double raw = bench_median(rates[RAW], RUNS);
    for (int kind = 0; kind < KINDS; kind++) {
        double rate = bench_median(rates[kind], RUNS);
        printf("%-12s %-24s %9.0f units/s  %5.2f of raw\n", engine, names[kind], rate, rate / raw);
        json_object_set_new(result, names[kind], json_real(rate));
    }
    return result;
}

/* bench_registry FOLDER JSON [URI-PREFIX] */
int main(int argc, char **argv)
{
    char folder[256];
    if (argc < 3) {
        return 2;
    }
    snprintf(folder, sizeof(folder), "%s/registry.XXXXXX", argv[1]);
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    json_t *all = json_pack("{s:o}", "sqlite", compare("sqlite", folder));
    if (argc > 3) {
        json_object_set_new(all, "postgresql", compare("postgresql", argv[3]));
    }
    int status = json_dump_file(all, argv[2], JSON_INDENT(2));
    json_decref(all);
    return status == 0 ? 0 : 1;
}
