/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL 3 provider "nameplate": keys in chips for programs that know nothing of chips. Key
 * management, signature and key agreement for such keys and no others; a decoder of key references
 * (provider/reference.h) and the STORE scheme "nameplate:". Whatever else a program does stays with
 * the providers that it had: nothing is imported but public keys, nothing is generated.
 *
 * This header is the provider's root: one structure a loaded provider, which every object points
 * to. Rule for its files: libcrypto objects live in the root's own library context and never travel
 * to the application, which may use another libcrypto; towards the application only the core's own
 * functions are called. Before a chip is touched, face_enter.
 */
#pragma once

#include "provider/reference.h"
#include "token/token.h"
#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

typedef struct face_chip face_chip;

typedef struct face_root {
    const OSSL_CORE_HANDLE *handle;
    OSSL_FUNC_core_new_error_fn *new_error;
    OSSL_FUNC_core_set_error_debug_fn *set_error_place;
    OSSL_FUNC_core_vset_error_fn *set_error;
    OSSL_FUNC_BIO_read_ex_fn *bio_read;
    OSSL_FUNC_BIO_gets_fn *bio_gets;
    OSSL_FUNC_BIO_write_ex_fn *bio_write;
    bool is_same_library;      /* the application's libcrypto is the one that we call */
    OSSL_LIB_CTX *application; /* then: its library context; NULL is the default one */
    OSSL_LIB_CTX *own;         /* for hashing and verifying */
    pthread_mutex_t mutex;     /* around the chips */
    face_chip *chips;          /* those in use */
    atomic_int pid;            /* of the process that the above is for */
} face_root;

/* What the provider tells by an error's reason; the text says the rest. */
typedef enum face_reason {
    FACE_REASON_REFERENCE = 1,
    FACE_REASON_UNREACHABLE,
    FACE_REASON_BUSY,
    FACE_REASON_OTHER_CHIP,
    FACE_REASON_REFUSED,
    FACE_REASON_NO_IDENTITY,
    FACE_REASON_OPERATION,
    FACE_REASON_SYSTEM,
} face_reason;

/* For OSSL_FUNC_provider_get_reason_strings. */
extern const OSSL_ITEM face_reason_strings[];

/* Puts the error with its hint into the application's error queue. */
void face_raise(const face_root *root, const np_error *err, const char *function);

/* The same with a text of the provider's own and FACE_REASON_OPERATION. */
void face_refuse(const face_root *root, const char *text, const char *function);

/* After a fork this makes the root one of this process. Cheap when there was none. */
void face_enter(face_root *root);

/*
 * Around everything that touches a chip: face_enter, and for this thread libcrypto works in the
 * root's own context, which a virtual chip in this process needs.
 */
typedef struct face_visit {
    OSSL_LIB_CTX *before;
} face_visit;

face_visit face_begin(face_root *root);
void face_end(face_visit *visit);

/*
 * The chip of a URI, opened at first use: the same one for everybody who asks for the same URI,
 * slot and serial. NULL as serial: whatever chip is there. NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code face_chip_get(face_root *root, const char *uri, unsigned slot,
                                  const np_chip_serial *serial, face_chip **ret, np_error *err);

np_token *face_chip_token(face_chip *chip);

/* Accepts NULL. The last one closes. */
void face_chip_put(face_root *root, face_chip *chip);
