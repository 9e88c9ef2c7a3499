/* SPDX-License-Identifier: Apache-2.0 */
#include "station/registrar.h"

#include "crypto/hash.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include <stdlib.h>
#include <string.h>

struct np_registrar {
    char *uri; /* heap */
    np_store *store;
    np_issuance_terms terms;
    np_issuance_found found;
    np_record_hash head;
    np_issuance issuance;
};

void np_registrar_free(np_registrar *registrar)
{
    if (registrar != NULL) {
        np_store_free(registrar->store);
        free(registrar->uri);
    }
    free(registrar);
}

static void free_at(np_registrar **registrar)
{
    np_registrar_free(*registrar);
}

np_code np_registrar_open(const char *uri, const np_issuance_terms *terms, np_registrar **ret,
                          np_error *err)
{
    NP_CLEANUP(free_at) np_registrar *registrar = calloc(1, sizeof(*registrar));
    *ret = NULL;
    if (registrar == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    registrar->terms = *terms;
    registrar->uri = strdup(uri);
    if (registrar->uri == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    NP_TRY(np_store_open(uri, NP_STORE_WAIT_MS, &registrar->store, err));
    NP_TRY(np_issuance_find(registrar->store, terms, &registrar->found, err));
    memcpy(registrar->head.bytes, registrar->found.head, sizeof(registrar->head.bytes));
    *ret = registrar;
    registrar = NULL;
    return NP_OK;
}

const np_record_hash *np_registrar_head(const np_registrar *registrar)
{
    return registrar->found.has_head ? &registrar->head : NULL;
}

np_code np_registrar_begin(np_registrar *registrar, const np_ledger_found *found,
                           const char *record, int64_t now, np_error *err)
{
    const char *name = np_store_name(registrar->store);
    if (registrar->found.has_head && !found->has_head) {
        np_error_set(err, NP_EPOLICY,
                     "%s was rolled back: it has %zu units, and lacks the line that %s knows as "
                     "its last one when it had %zu",
                     record, (size_t)found->record.units, name, (size_t)registrar->found.recorded);
        return np_error_hint(err, NP_EPOLICY, "bring the newest copy of the record back");
    }
    /* units are counted before they are recorded: a registry never knows fewer */
    if (found->authorized > registrar->found.counted) {
        np_error_set(err, NP_EPOLICY,
                     "%s has %zu units of this authorization, and %s has counted %zu in all: it "
                     "was rolled back, or is another registry",
                     record, (size_t)found->authorized, name, (size_t)registrar->found.counted);
        return np_error_hint(err, NP_EPOLICY, "name the registry that has counted them");
    }
    return np_issuance_open(registrar->store, &registrar->terms, now, &registrar->issuance,
                            &registrar->found, err);
}

/* One of the two things that a line asks. */
typedef struct registrar_call {
    np_code (*run)(np_registrar *registrar, const struct registrar_call *call, np_error *err);
    np_issuance_unit unit;
    const np_issuance_record *record; /* of confirm */
    int64_t now;
} registrar_call;

static np_code reserve(np_registrar *registrar, const registrar_call *call, np_error *err)
{
    np_issuance_unit unit = call->unit;
    NP_TRY(np_issuance_reserve(&registrar->issuance, &unit, 1, call->now, err));
    return unit.is_refused ? np_error_set(err, NP_EPOLICY, "%s", unit.reason) : NP_OK;
}

/* A unit of an earlier run is taken over first: what is recorded is this station's. */
static np_code confirm(np_registrar *registrar, const registrar_call *call, np_error *err)
{
    NP_TRY(reserve(registrar, call, err));
    return np_issuance_confirm(&registrar->issuance, &call->unit, 1, call->record, call->now, err);
}

/* A server that was away has forgotten us: another connection, and another run of this station. */
static np_code renew(np_registrar *registrar, int64_t now, np_error *err)
{
    np_store *store = NULL;
    NP_TRY(np_store_open(registrar->uri, NP_STORE_WAIT_MS, &store, err));
    np_store_free(registrar->store);
    registrar->store = store;
    return np_issuance_open(store, &registrar->terms, now, &registrar->issuance, &registrar->found,
                            err);
}

/* Done twice both do what done once they do; so what may have been done is done again. */
static np_code with_renewal(np_registrar *registrar, const registrar_call *call, np_error *err)
{
    np_code code = call->run(registrar, call, err);
    if (code != NP_ESTATION_DATABASE) {
        return code;
    }
    NP_TRY(renew(registrar, call->now, err));
    return call->run(registrar, call, err);
}

np_code np_registrar_reserve(np_registrar *registrar, const char *serial, const char *common_name,
                             const uint8_t key_sha256[static 32], int64_t now, np_error *err)
{
    registrar_call call = {.run = reserve,
                           .unit = {.serial = np_bytes_text(serial),
                                    .common_name = np_bytes_text(common_name),
                                    .is_again = true},
                           .now = now};
    memcpy(call.unit.key_sha256, key_sha256, sizeof(call.unit.key_sha256));
    return with_renewal(registrar, &call, err);
}

np_code np_registrar_confirm(np_registrar *registrar, const char *serial, np_bytes certificate,
                             const np_issuance_record *record, int64_t now, np_error *err)
{
    np_certificate parsed;
    registrar_call call = {.run = confirm,
                           .unit = {.serial = np_bytes_text(serial), .is_recorded = true},
                           .record = record,
                           .now = now};
    NP_TRY(np_certificate_parse(certificate, &parsed, err));
    if (!np_name_find(parsed.subject, "CN", &call.unit.common_name)) {
        call.unit.common_name = (np_bytes){NULL, 0};
    }
    call.unit.certificate_serial = parsed.serial;
    np_sha256(parsed.spki, call.unit.key_sha256);
    return with_renewal(registrar, &call, err);
}
