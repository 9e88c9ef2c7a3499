/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in PEM files that nobody protects by more: those of stations, and public ones. */
#pragma once

#include "crypto/p256.h"

/* A private key. Errors name the file. */
NP_MUST_USE np_code np_key_file_load(const char *path, np_p256_key **ret, np_error *err);

/* A public key. Errors name the file. */
NP_MUST_USE np_code np_key_file_load_public(const char *path,
                                            uint8_t ret_key[static NP_P256_POINT_SIZE],
                                            np_error *err);

/* A station's name: the file's without folder and ".key", as station key create was given it. */
np_bytes np_key_file_name(const char *path);
