/* SPDX-License-Identifier: Apache-2.0 */
/* PEM for callers: text with a NUL behind it, whole or not at all. Inside the room. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/*
 * Ends what the writer has put into the size bytes at text. NP_EINPUT_RANGE when it did not fit:
 * then all of text is wiped, because it may be a part of a key.
 */
NP_MUST_USE np_code pem_text_end(const np_writer *writer, char *text, size_t size, np_error *err);
