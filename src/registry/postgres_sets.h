/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query for many sets of values as one statement of PostgreSQL. Each parameter becomes an array
 * of its values in all sets, and the query a LATERAL subquery of their rows: so it still stands
 * once, and what the server plans and answers is one statement, whatever the number of sets. Pure:
 * it makes text and bytes. Inside the room.
 */
#pragma once

#include "registry/engine.h"

enum { POSTGRES_SETS_TEXT_SIZE = 4096 };

/* Types of parameters, as the server numbers them (pg_type.dat). */
enum { POSTGRES_BYTEA = 17, POSTGRES_BIGINT = 20, POSTGRES_TEXT = 25 };

/* Is it a SELECT, whose rows have the number of their set (from 1) before their columns? */
bool postgres_sets_has_rows(const store_query *query);

/*
 * The statement of a SELECT, or of an INSERT with nothing behind what it inserts. Its $1, ... are
 * arrays of these types. False when a type is none of those above or the text is too long.
 */
bool postgres_sets_text(const store_query *query, const unsigned *types,
                        char ret[static POSTGRES_SETS_TEXT_SIZE]);

/* Bytes of the array of one parameter's values in count sets that stand stride values apart. */
size_t postgres_sets_size(const store_value *values, size_t count, size_t stride);

/* The array in binary form (array_recv). */
void postgres_sets_encode(const store_value *values, size_t count, size_t stride, unsigned type,
                          np_writer *writer);
