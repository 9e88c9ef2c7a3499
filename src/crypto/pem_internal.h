/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys of any kind in PEM: what P-256 and Ed25519 share. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <openssl/evp.h>

/* NULL when it cannot be read; a passphrase without data refuses encrypted keys. Never asks. */
EVP_PKEY *pem_read_private_key(np_bytes pem, np_bytes passphrase);

/* PKCS #8, encrypted. NP_ESTATION_CRYPTO, also for an object that is NULL. */
NP_MUST_USE np_code pem_write_encrypted(EVP_PKEY *object, np_bytes passphrase, np_writer *writer,
                                        np_error *err);
