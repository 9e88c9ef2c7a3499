/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/postgres_sets.h"

#include "base/text.h"

enum { ARRAY_HEADER_SIZE = 20, LENGTH_SIZE = 4, NUMBER_SIZE = 8 };

/*
 * Keeps the subquery one, which looks its row up by the index. A planner that has seen the tables
 * small would join them by reading them whole, and keep this plan while they grow.
 */
#define FENCE " OFFSET 0"

static bool begins_with(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

bool postgres_sets_has_rows(const store_query *query)
{
    return begins_with(query->text, "SELECT ");
}

static const char *type_name(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {{POSTGRES_BYTEA, "BYTEA"}, {POSTGRES_BIGINT, "BIGINT"}, {POSTGRES_TEXT, "TEXT"}};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        if (names[i].type == type) {
            return names[i].name;
        }
    }
    return NULL;
}

static void write_number(np_writer *writer, size_t number)
{
    if (number >= 10) {
        write_number(writer, number / 10);
    }
    np_write_u8(writer, (uint8_t)('0' + number % 10));
}

/* The query with sets.p1 for $1, and so on. */
static void write_body(np_writer *writer, const char *body)
{
    for (const char *at = body; *at != '\0'; at++) {
        if (*at == '$') {
            np_write_text(writer, "sets.p");
        } else {
            np_write_u8(writer, (uint8_t)*at);
        }
    }
}

/* FROM unnest(CAST($1 AS BYTEA[]), ...) AS sets (p1, ...) */
static bool write_sets(np_writer *writer, const store_query *query, const unsigned *types)
{
    for (size_t i = 0; i < query->parameters; i++) {
        const char *name = type_name(types[i]);
        if (name == NULL) {
            return false;
        }
        np_write_text(writer, i == 0 ? " FROM unnest(CAST($" : ", CAST($");
        write_number(writer, i + 1);
        np_write_text(writer, " AS ");
        np_write_text(writer, name);
        np_write_text(writer, "[])");
    }
    np_write_text(writer,
                  postgres_sets_has_rows(query) ? ") WITH ORDINALITY AS sets (" : ") AS sets (");
    for (size_t i = 0; i < query->parameters; i++) {
        np_write_text(writer, i == 0 ? "p" : ", p");
        write_number(writer, i + 1);
    }
    np_write_text(writer, postgres_sets_has_rows(query) ? ", number)" : ")");
    return true;
}

/* Where what an INSERT inserts begins: behind the list of columns. */
static const char *find_body(const store_query *query)
{
    const char *end = postgres_sets_has_rows(query) ? NULL : strchr(query->text, ')');
    return end == NULL ? query->text : end + 1;
}

bool postgres_sets_text(const store_query *query, const unsigned *types,
                        char ret[static POSTGRES_SETS_TEXT_SIZE])
{
    np_writer writer = np_writer_of((uint8_t *)ret, POSTGRES_SETS_TEXT_SIZE);
    const char *body = find_body(query);
    bool has_rows = postgres_sets_has_rows(query);
    np_write_bytes(&writer, np_bytes_of(query->text, (size_t)(body - query->text)));
    np_write_text(&writer, has_rows ? "SELECT sets.number, found.*" : " SELECT found.*");
    if (!write_sets(&writer, query, types)) {
        return false;
    }
    np_write_text(&writer, ", LATERAL (");
    write_body(&writer, body);
    np_write_text(&writer, has_rows ? FENCE ") AS found ORDER BY sets.number" : ") AS found");
    np_write_u8(&writer, '\0');
    return np_writer_has_room(&writer);
}

static size_t value_size(const store_value *value)
{
    return value->kind == STORE_NULL      ? 0
           : value->kind == STORE_INTEGER ? NUMBER_SIZE
                                          : value->bytes.len;
}

size_t postgres_sets_size(const store_value *values, size_t count, size_t stride)
{
    size_t size = ARRAY_HEADER_SIZE;
    for (size_t i = 0; i < count; i++) {
        size += LENGTH_SIZE + value_size(&values[i * stride]);
    }
    return size;
}

/* An element is its length, which is -1 for NULL, and its bytes. */
static void write_value(np_writer *writer, const store_value *value)
{
    np_write_u32_be(writer, value->kind == STORE_NULL ? UINT32_MAX : (uint32_t)value_size(value));
    if (value->kind == STORE_INTEGER) {
        np_write_u64_be(writer, (uint64_t)value->integer);
    } else if (value->kind != STORE_NULL) {
        np_write_bytes(writer, value->bytes);
    }
}

void postgres_sets_encode(const store_value *values, size_t count, size_t stride, unsigned type,
                          np_writer *writer)
{
    bool has_null = false;
    for (size_t i = 0; i < count; i++) {
        has_null = has_null || values[i * stride].kind == STORE_NULL;
    }
    np_write_u32_be(writer, 1); /* dimensions */
    np_write_u32_be(writer, has_null ? 1 : 0);
    np_write_u32_be(writer, type);
    np_write_u32_be(writer, (uint32_t)count);
    np_write_u32_be(writer, 1); /* the first one's index */
    for (size_t i = 0; i < count; i++) {
        write_value(writer, &values[i * stride]);
    }
}
