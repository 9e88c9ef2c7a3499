/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes out. Data to stdout, as lines "label: value" or, with --json, as one document whose
 * keys are stable; everything for people to stderr. Rule for callers: put each fact once, the
 * output knows which form was asked for; never print otherwise. Control characters never reach a
 * terminal.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <jansson.h>

typedef struct cli_output {
    bool is_json;
    bool is_lines;    /* of several documents, each on one line */
    bool has_failed;  /* out of memory on the way */
    json_t *document; /* NULL until something is put */
} cli_output;

void cli_put_text(cli_output *output, const char *key, const char *label, const char *text);

/* A text that other programs take: on stdout alone on its line. */
void cli_put_line(cli_output *output, const char *key, const char *text);
void cli_put_hex(cli_output *output, const char *key, const char *label, np_bytes bytes);
void cli_put_flag(cli_output *output, const char *key, const char *label, bool value);

/* SHA-256 of a certificate in DER. */
void cli_put_fingerprint(cli_output *output, const char *key, const char *label, np_bytes der);

/* A certificate: in the document under the key, as PEM on stdout without a label. */
void cli_put_pem(cli_output *output, const char *key, np_bytes der);

/* The same with another label than CERTIFICATE. */
void cli_put_pem_block(cli_output *output, const char *key, const char *label, np_bytes der);

/*
 * Bytes that other programs take: in the document as hex under the key; on stdout as they are, or
 * as hex where stdout is a terminal.
 */
void cli_put_bytes(cli_output *output, const char *key, np_bytes bytes);

/* JSON that is the data itself: under the key, or alone on stdout. Takes the value. */
void cli_put_data(cli_output *output, const char *key, json_t *value);

/* Into the document alone; takes the value, which may be NULL (out of memory). */
void cli_put_json(cli_output *output, const char *key, json_t *value);

/* A line on stdout, with --json nothing. The line feed is added. */
void cli_print(const cli_output *output, const char *format, ...) NP_PRINTF(2, 3);

/* "nameplate: message" on stderr. */
void cli_note(const char *format, ...) NP_PRINTF(1, 2);

/* A line as it is, on stderr. */
void cli_note_line(const char *format, ...) NP_PRINTF(1, 2);

/* What was put so far goes out at once; what is put from now on is the next document. */
void cli_output_flush(cli_output *output);

/* A JSON string that is valid whatever the bytes are. */
json_t *cli_json_text(const char *text);
json_t *cli_json_slice(np_bytes text); /* UTF-8; NULL when it is not */
json_t *cli_json_hex(np_bytes bytes);

/*
 * Shows the error, if code is one, writes out what was put, and returns the exit status. A stdout
 * that does not take the data turns success into status 6.
 */
int cli_output_finish(cli_output *output, np_code code, const np_error *err);
