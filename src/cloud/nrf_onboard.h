/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Onboarding: the rows of a CSV file become devices of an account, in calls of at most 1000 rows,
 * and what the service says about row numbers is said about devices again. A row that the service
 * would refuse is not sent.
 *
 * Rule for callers: outcomes are true whatever a function returned; after an error those of calls
 * that were not made, or whose answer is not known, are NP_NRF_OPEN.
 */
#pragma once

#include "cloud/nrf_cloud.h"
#include "cloud/nrf_row.h"

typedef enum np_nrf_verdict {
    NP_NRF_OPEN,    /* not known (yet) */
    NP_NRF_DONE,    /* a device of the account */
    NP_NRF_THERE,   /* it was one before, and was not sent */
    NP_NRF_UNFIT,   /* refused here */
    NP_NRF_REFUSED, /* by the service */
    NP_NRF_VERDICT_COUNT
} np_nrf_verdict;

/* Stable names: "open", "onboarded", "existing", "unfit", "refused". */
const char *np_nrf_verdict_name(np_nrf_verdict verdict);

typedef struct np_nrf_outcome {
    np_bytes row; /* slice of the text, with its line end */
    char id[NP_NRF_ID_MAX + 1];
    np_nrf_verdict verdict;
    char *reason; /* heap; NULL: none */
} np_nrf_outcome;

typedef struct np_nrf_onboarding {
    np_nrf_outcome *outcomes; /* heap; one a row, in order */
    size_t count;
    json_t *operations; /* array: each bulk operation as the service told it at last */
} np_nrf_onboarding;

/*
 * Reads and checks the rows of a text, which must live as long. Rows that are unfit are outcomes:
 * a name or a key that a row before has, and what np_nrf_row_check says. NP_EINPUT_FORMAT when the
 * text is no CSV, with the row; NP_EINPUT_MISSING when it has no row.
 */
NP_MUST_USE np_code np_nrf_onboarding_read(np_bytes text, np_nrf_onboarding *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_nrf_onboarding_clear(np_nrf_onboarding *onboarding);

size_t np_nrf_onboarding_count(const np_nrf_onboarding *onboarding, np_nrf_verdict verdict);

/* Asks for each open row whether the account has the device: then it is NP_NRF_THERE. */
NP_MUST_USE np_code np_nrf_onboarding_skip(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                                           np_error *err);

/*
 * Sends the open rows and waits for each operation. "began" is called when one was accepted, with
 * its name, so that it can be asked for when this run is killed; may be NULL.
 */
typedef void (*np_nrf_began)(void *self, const char *operation, size_t rows);

NP_MUST_USE np_code np_nrf_onboarding_run(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                                          np_nrf_began began, void *self, np_error *err);

/* Asks for each row that is done: one that the account does not have is refused after all. */
NP_MUST_USE np_code np_nrf_onboarding_confirm(const np_nrf_cloud *cloud,
                                              np_nrf_onboarding *onboarding, np_error *err);

/* A row of a second table of results: what became of a device's firmware version. */
typedef struct np_nrf_update {
    const char *id;
    const char *firmware;
    const char *reason; /* NULL: it was reported */
} np_nrf_update;

/*
 * The file of results that Nordic's tool writes (specs of nrfcloud 1.7): the operations, a table of
 * devices, and one of updates when there are any. Unlike there, rows that were not sent are in it.
 */
void np_nrf_results_write(np_writer *writer, const np_nrf_onboarding *onboarding,
                          const np_nrf_update *updates, size_t update_count);
