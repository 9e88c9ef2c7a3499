/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there? Asked when a port is opened, and after silence or a restart. An AT host answers AT
 * with OK; a shell echoes it and does not know it, and so gives itself away with one probe.
 */
#include "modem/dialogue_internal.h"

enum {
    /* An idle modem answers AT within milliseconds; one that wakes, within a second. Not tuned. */
    PROBE_MS = 1000,
    QUIET_MS = 500, /* specs of the modem 2.1 */
};

typedef struct probe_row {
    np_modem_host host;
    const char *opening; /* sent before it, with a line end; then the line must become quiet */
    const char *text;
    bool is_null_ended; /* not with the line end that was given */
} probe_row;

/* In this order, as far as they fit what is known; a NULL opening costs no time. */
static const probe_row probes[] = {
    {NP_MODEM_HOST_AT, NULL, "AT", false},
    {NP_MODEM_HOST_AT, "", "AT", false},
    {NP_MODEM_HOST_AT, "", "AT", true},
    {NP_MODEM_HOST_AT, "\"", "AT", false}, /* a quote that was lost swallows all that follows */
    {NP_MODEM_HOST_AT_SHELL, NULL, "at AT", false},
    {NP_MODEM_HOST_AT_SHELL, "", "at AT", false},
    {NP_MODEM_HOST_TLS_SHELL, NULL, "cred list", false},
    {NP_MODEM_HOST_TLS_SHELL, "", "cred list", false},
};

static bool is_wanted(const np_dialogue *dialogue, const probe_row *row)
{
    if (row->is_null_ended && dialogue->host != NP_MODEM_HOST_AUTO) {
        return false;
    }
    if (dialogue->host != NP_MODEM_HOST_AUTO) {
        return row->host == dialogue->host;
    }
    return (row->host != NP_MODEM_HOST_AT) == dialogue->has_shell;
}

static np_bytes line_end_of(const np_dialogue *dialogue, const probe_row *row)
{
    return np_line_end_bytes(row->is_null_ended ? NP_LINE_END_NULL : dialogue->line_end);
}

static void put_out(np_dialogue *dialogue, const char *opening, const char *text, np_bytes line_end)
{
    np_writer writer = np_writer_of(dialogue->out, sizeof(dialogue->out));
    if (opening != NULL) {
        np_write_text(&writer, opening);
        np_write_bytes(&writer, line_end);
    }
    dialogue->echo_end = 0;
    if (text != NULL) {
        np_write_text(&writer, text);
        dialogue->echo_end = writer.len;
        np_write_bytes(&writer, line_end);
    }
    dialogue->out_len = writer.len;
}

static void ask(np_dialogue *dialogue, const char *opening, uint64_t now_ns)
{
    const probe_row *row = &probes[dialogue->probe];
    put_out(dialogue, opening, row->text, line_end_of(dialogue, row));
    dialogue_send(dialogue, NP_PHASE_PROBE, now_ns + PROBE_MS * DIALOGUE_NS_PER_MS);
}

/* Goes to the next probe that fits, or gives up. */
static void advance(np_dialogue *dialogue, uint64_t now_ns)
{
    while (dialogue->probe < NP_COUNT_OF(probes) &&
           !is_wanted(dialogue, &probes[dialogue->probe])) {
        dialogue->probe++;
    }
    if (dialogue->probe == NP_COUNT_OF(probes)) {
        dialogue_finish(dialogue, dialogue->has_shell ? NP_DIALOGUE_UNKNOWN : NP_DIALOGUE_DEAD);
        return;
    }
    const probe_row *row = &probes[dialogue->probe];
    if (row->opening == NULL) {
        ask(dialogue, "", now_ns);
        return;
    }
    put_out(dialogue, row->opening, NULL, line_end_of(dialogue, row));
    dialogue_send(dialogue, NP_PHASE_DRAIN, now_ns + QUIET_MS * DIALOGUE_NS_PER_MS);
}

/* The probes that cost no time are for lines on which nothing went wrong yet. */
static void skip_fresh(np_dialogue *dialogue)
{
    while (dialogue->probe < NP_COUNT_OF(probes) &&
           (probes[dialogue->probe].opening == NULL ||
            !is_wanted(dialogue, &probes[dialogue->probe]))) {
        dialogue->probe++;
    }
}

void dialogue_probe_begin(np_dialogue *dialogue, np_dialogue_end end, bool is_fresh,
                          uint64_t now_ns)
{
    dialogue->end = end;
    dialogue->probe = 0;
    dialogue->has_shell = false;
    dialogue->lines.spans_lines = false;
    if (!is_fresh) {
        skip_fresh(dialogue);
    }
    advance(dialogue, now_ns);
}

static bool is_answer(const probe_row *row, np_bytes line)
{
    unsigned code;
    return row->host == NP_MODEM_HOST_TLS_SHELL ? dialogue_contains(line, "credentials found")
                                                : np_at_final_of(line, &code) == NP_AT_OK;
}

static void found(np_dialogue *dialogue, const probe_row *row)
{
    dialogue->host = row->host;
    if (row->is_null_ended) {
        dialogue->line_end = NP_LINE_END_NULL;
    }
    dialogue_finish(dialogue, dialogue->end);
}

/* A shell that has no AT command may have credentials; a second try changes nothing. */
static void found_shell(np_dialogue *dialogue, uint64_t now_ns)
{
    np_modem_host host = probes[dialogue->probe].host;
    dialogue->has_shell = true;
    while (dialogue->probe < NP_COUNT_OF(probes) && probes[dialogue->probe].host == host) {
        dialogue->probe++;
    }
    advance(dialogue, now_ns);
}

void dialogue_probe_line(np_dialogue *dialogue, np_bytes line, uint64_t now_ns)
{
    const probe_row *row = &probes[dialogue->probe];
    unsigned code;
    if (dialogue_take_echo(dialogue, line)) {
        return;
    }
    if (is_answer(row, line)) {
        found(dialogue, row);
    } else if (dialogue_is_unknown_command(line)) {
        found_shell(dialogue, now_ns);
    } else if (np_at_is_boot_text(line) || np_at_final_of(line, &code) != NP_AT_NOT_FINAL) {
        /* it starts just now, or answers what was in its buffer: once more */
        dialogue->probe++;
        advance(dialogue, now_ns);
    }
}

void dialogue_probe_expire(np_dialogue *dialogue, uint64_t now_ns)
{
    if (dialogue->phase == NP_PHASE_DRAIN) {
        ask(dialogue, NULL, now_ns);
        return;
    }
    dialogue->probe++;
    advance(dialogue, now_ns);
}
