/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing: a new archive that begins with the signature of meta.conf, and has every other entry as
 * it was, byte for byte, deltas and sparse resources too. An earlier signature is left out. The
 * archive is read strictly first: what would be refused is not signed. The same archive and key
 * always give the same bytes.
 */
#pragma once

#include "firmware/archive.h"
#include "firmware/key.h"

/* Takes bytes in order. */
typedef struct np_firmware_sink {
    NP_MUST_USE np_code (*write)(void *self, np_bytes bytes, np_error *err);
    void *self;
} np_firmware_sink;

typedef struct np_firmware_signing {
    const np_firmware_source *source;
    const np_firmware_private_key *key;
} np_firmware_signing;

/*
 * Reads and checks all of it: NP_EINPUT_FORMAT with the reason as sub-code when it is damaged.
 * Whether it was signed before, and by whom, does not matter.
 */
NP_MUST_USE np_code np_firmware_check_signable(const np_firmware_signing *signing,
                                               np_firmware_facts *facts, np_error *err);

/* After that, of the same source. NP_EINPUT_RANGE when it would not fit into a ZIP file. */
NP_MUST_USE np_code np_firmware_write_signed(const np_firmware_signing *signing,
                                             const np_firmware_facts *facts,
                                             const np_firmware_sink *sink, np_error *err);
