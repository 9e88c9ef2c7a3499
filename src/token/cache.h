/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip has, remembered in a file, so that a new process reads the chip serial and nothing
 * else. Public data only. One file a chip, named by its serial; written whole or not at all; one
 * that somebody else could have written is not believed. A file that cannot be read, or not be
 * written, is no error: the chip is read instead.
 *
 * When is an entry stale? Never for what it is made of: it exists only for chips whose key and
 * certificates are locked (facts_are_final). The auxiliary pair can be replaced; it is compared
 * with the chip by the first block of its two certificates (token.c).
 */
#pragma once

#include "token/facts.h"

/* Magic, contents, SHA-256. */
enum { CACHE_ENTRY_SIZE = 8 + 128 + 64 + 72 + 72 + 64 + 64 + 12 + 4 + 64 + 72 + 64 + 72 + 32 };

/* Pure; rebuilds the certificates. False when the bytes are no entry. */
bool cache_decode(np_bytes bytes, np_token_facts *ret);
void cache_encode(const np_token_facts *facts, uint8_t ret[static CACHE_ENTRY_SIZE]);

bool cache_load(const char *folder, const np_chip_serial *serial, np_token_facts *ret);

/* Makes the folder if need be. */
void cache_store(const char *folder, const np_token_facts *facts);
