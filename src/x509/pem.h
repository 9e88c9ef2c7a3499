/* SPDX-License-Identifier: Apache-2.0 */
/* PEM (RFC 7468): one labelled block in, one out. Text around a block is ignored, as everywhere. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/*
 * Decodes the first block with this label ("CERTIFICATE") into the writer. NP_EINPUT_MISSING when
 * there is none, NP_EINPUT_FORMAT when it is damaged, NP_EINPUT_RANGE when it is too large.
 */
NP_MUST_USE np_code np_pem_decode(np_bytes text, const char *label, np_writer *writer,
                                  np_error *err);

/* Lines of 64 characters, each ended by a line feed. */
void np_pem_encode(np_writer *writer, const char *label, np_bytes der);
