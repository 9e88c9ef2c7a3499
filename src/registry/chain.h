/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of changes as a chain: each change is a line of JSON in canonical form (record/json.h)
 * that has the hash of the line before it in it, and the table keeps the hash of each line. The
 * last number and hash stand in one row, which every transaction that changes something takes at
 * its end: so numbers are given in the order in which changes are seen. Inside the room.
 */
#pragma once

#include "registry/changes.h"
#include "registry/engine.h"

/* The line, without a line feed: SHA-256 of it is the change's hash. */
void chain_write_line(const np_change *change, const uint8_t prev[static NP_FINGERPRINT_BYTES],
                      np_writer *writer);

/* Its hash. NP_EINPUT_RANGE when its texts are too long. */
NP_MUST_USE np_code chain_hash(const np_change *change,
                               const uint8_t prev[static NP_FINGERPRINT_BYTES],
                               uint8_t ret[static NP_FINGERPRINT_BYTES], np_error *err);

/* In a transaction: notes a change, which is written when it ends. Its number is given then. */
NP_MUST_USE np_code chain_note(np_store *store, const np_change *change, np_error *err);

/* At the end of a transaction: writes down what was noted. */
NP_MUST_USE np_code chain_flush(np_store *store, np_error *err);

/* What was noted is nothing: the transaction was taken back, or begins. */
void chain_forget(np_store *store);

/* Migration: chains the changes that are there already, in their order. */
NP_MUST_USE np_code chain_old_changes(np_store *store, np_error *err);
