/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual chips: for evaluation, tests and training, never for devices that matter, because the
 * private key of such a chip stands in its file.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new state file with a factory-fresh chip, to be opened as "virtual:" and its path; nobody else
 * can read it. model is "atecc508a", "atecc608a" or "atecc608b", or "tngtls": a Trust&GO part,
 * with key, certificates and locks. chip_serial has NP_CHIP_SERIAL_SIZE bytes, 01 23 to begin with
 * and ee (tngtls: 01) at the end, as all parts of the family; NULL: random.
 *   NP_EUSAGE          no such model, or a serial that no part has
 *   NP_EINPUT_EXISTS   there is something of this name; it is left as it is
 *   NP_ESTATION_IO, NP_ESTATION_MEMORY, NP_ESTATION_CRYPTO
 */
NP_PUBLIC NP_MUST_USE np_code np_virtual_create(const char *path, const char *model,
                                                const uint8_t *chip_serial, np_error *err);

/*
 * The certificate of the root of virtual Trust&GO parts, as PEM text with its NUL. Everybody has
 * the key of this root: it proves nothing. NP_EINPUT_RANGE when it has no room in size bytes.
 */
NP_PUBLIC NP_MUST_USE np_code np_virtual_root_to_pem(char *ret_text, size_t size, np_error *err);

#ifdef __cplusplus
}
#endif
