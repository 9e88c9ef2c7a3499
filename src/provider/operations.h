/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider's operations as the core finds them: one table of functions each, in one file each.
 */
#pragma once

#include <openssl/core_dispatch.h>

/*
 * A row of such a table. The comparison in it lets the compiler complain when the function has not
 * the type that the core will call it by.
 */
#define FACE_ROW(id, type, function)                                                               \
    {                                                                                              \
        (id), (void (*)(void))(1 ? (function) : (OSSL_FUNC_##type##_fn *)0)                        \
    }

extern const OSSL_DISPATCH face_key_management[];
extern const OSSL_DISPATCH face_signature[];
extern const OSSL_DISPATCH face_exchange[];
extern const OSSL_DISPATCH face_pem_decoder[];
extern const OSSL_DISPATCH face_der_decoder[];
extern const OSSL_DISPATCH face_text_encoder[];
extern const OSSL_DISPATCH face_store[];

/* The last two parameters of the core's coders, which belong together: nobody here asks for a word.
 */
#define FACE_ASK OSSL_PASSPHRASE_CALLBACK *ask, void *ask_self

/*
 * Names of our own, so that a key of another provider is never offered to these; our key
 * management leads to them.
 */
#define FACE_SIGNATURE_NAME "NAMEPLATE-ECDSA"
#define FACE_EXCHANGE_NAME  "NAMEPLATE-ECDH"
