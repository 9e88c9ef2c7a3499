/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nRF Cloud answers, taken apart (specs of nrfcloud 5.1 to 5.5). Pure. Answers are other
 * people's bytes: what is missing or has another type is told, what is unknown is left alone.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <jansson.h>

enum { NP_NRF_MESSAGE_SIZE = 200, NP_NRF_OPERATION_SIZE = 65 };

static inline void np_nrf_json_clear(json_t **value)
{
    json_decref(*value);
}

/* NP_ESTATION_IO when it is no JSON object; "what" begins the sentence. */
NP_MUST_USE np_code np_nrf_object(np_bytes body, const char *what, json_t **ret, np_error *err);

/* A text member that must be there. NP_ESTATION_IO. The text is the object's. */
NP_MUST_USE np_code np_nrf_text(const json_t *object, const char *name, const char *what,
                                const char **ret, np_error *err);

/* What an error's body says in words: its message and code, or the text as it is; may be empty. */
void np_nrf_message(np_bytes body, char ret[static NP_NRF_MESSAGE_SIZE]);

typedef enum np_nrf_state {
    NP_NRF_WAITING, /* PENDING or IN_PROGRESS */
    NP_NRF_SUCCEEDED,
    NP_NRF_FAILED,
} np_nrf_state;

/* NP_ESTATION_IO for a word that is none of the service's. */
NP_MUST_USE np_code np_nrf_state_of(const json_t *object, np_nrf_state *ret, np_error *err);

/* A bulk operation as it stands. The texts are the document's. */
typedef struct np_nrf_operation {
    json_t *document;
    np_nrf_state state;
    const char *errors_url; /* NULL: none */
} np_nrf_operation;

NP_MUST_USE np_code np_nrf_operation_read(np_bytes body, np_nrf_operation *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_nrf_operation_clear(np_nrf_operation *operation);

/* Which rows of an upload were refused. */
typedef struct np_nrf_refusals {
    size_t rows;
    char **reasons; /* heap, by row from 0; NULL: not refused */
    size_t count;   /* of rows that were refused */
    char *other;    /* what is said of no row that there is; NULL: nothing */
} np_nrf_refusals;

/*
 * The error file of an operation over so many rows, in the service's form of today
 * ({"errors": ["[0]: ..."]}, rows from 0) or in the old one (a sentence with a JSON object in it,
 * rows from 1). NP_ESTATION_IO when it is neither, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_nrf_refusals_read(np_bytes body, size_t rows, np_nrf_refusals *ret,
                                         np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_nrf_refusals_clear(np_nrf_refusals *refusals);
