/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading tests/vectors: whole files, hex, and CSV rows (RFC 4180). Every failure here ends the
 * test program with a message: a missing vector must never be a passed test.
 */
#pragma once

#include "base/bytes.h"

/* Path relative to tests/vectors. Heap, NUL-terminated behind the length; free() it. */
uint8_t *vector_load(const char *path, size_t *ret_len);

/* Hex digits (spaces ignored) to bytes; ends the program unless it is exactly so many. */
void vector_hex(const char *text, uint8_t *ret, size_t size);

/* Hex of any length; returns how many bytes, at most size. */
size_t vector_hex_any(const char *text, uint8_t *ret, size_t size);

enum { VECTOR_FIELDS_MAX = 16 };

typedef struct vector_csv {
    char *text; /* heap; fields point into it */
    char *at;
    size_t field_count;
    char *fields[VECTOR_FIELDS_MAX];
} vector_csv;

/* Opens a CSV file and skips its header row. */
void vector_csv_open(vector_csv *csv, const char *path);
bool vector_csv_next(vector_csv *csv);
void vector_csv_close(vector_csv *csv);

/* Lines of blank-separated words; lines that are empty or begin with # are skipped. */
bool vector_words_next(vector_csv *words);
void vector_words_open(vector_csv *words, const char *path);
