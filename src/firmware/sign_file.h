/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signed archive as a file. It is made as PATH.new beside its place and gets its name when all of
 * it is on disk, so that there is the old archive or the new one under the name, never a part. A
 * run that was killed is run again; what it left is taken over.
 */
#pragma once

#include "firmware/sign.h"

typedef struct np_firmware_outcome {
    bool is_unchanged; /* the file was already just what was to be made */
} np_firmware_outcome;

/*
 * output may be the path of the input: it is replaced then. Any other file of the name is left
 * alone unless it has the same bytes: NP_EINPUT_EXISTS. NP_EINPUT_MISSING, NP_EINPUT_FORMAT and
 * NP_EINPUT_RANGE as in firmware/sign.h, NP_ESTATION_BUSY when another process makes the same
 * file, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_firmware_sign_file(const char *input, const char *output,
                                          const np_firmware_private_key *key,
                                          np_firmware_facts *facts, np_firmware_outcome *ret,
                                          np_error *err);
