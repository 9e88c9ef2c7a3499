/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command and its answer at a time, as a step machine: bytes go in and out, deadlines are
 * handed out, and no clock runs here. It finds the answer among echoes, prompts, colours, lines
 * that nobody asked for and text of a restart, in whatever pieces they come; it finds out whether
 * an AT host, an AT shell or a TLS credential shell is at the other end; and after silence it finds
 * its way back. It knows no command's meaning (modem/modem.h). Rule for callers: begin, then do
 * what each step says until it is done.
 */
#pragma once

#include "modem/at.h"
#include "modem/lines.h"

/* Who takes commands at the other end of the line. */
typedef enum np_modem_host {
    NP_MODEM_HOST_AUTO,      /* to be found out */
    NP_MODEM_HOST_AT,        /* AT commands as they are */
    NP_MODEM_HOST_AT_SHELL,  /* a shell with: at 'COMMAND' */
    NP_MODEM_HOST_TLS_SHELL, /* a shell with: cred */
    NP_MODEM_HOST_COUNT
} np_modem_host;

/* "auto", "at", "at-shell", "tls-shell" */
const char *np_modem_host_name(np_modem_host host);
bool np_modem_host_by_name(const char *name, np_modem_host *ret);

/* What ends a command. */
typedef enum np_line_end {
    NP_LINE_END_CRLF,
    NP_LINE_END_CR,
    NP_LINE_END_LF,
    NP_LINE_END_NULL,
    NP_LINE_END_COUNT
} np_line_end;

/* "crlf", "cr", "lf", "null" */
const char *np_line_end_name(np_line_end end);
bool np_line_end_by_name(const char *name, np_line_end *ret);
np_bytes np_line_end_bytes(np_line_end end);

/* How an exchange ended. */
typedef enum np_dialogue_end {
    NP_DIALOGUE_OK,
    NP_DIALOGUE_ERROR,     /* without a number */
    NP_DIALOGUE_CME,       /* with one */
    NP_DIALOGUE_CMS,       /* with one */
    NP_DIALOGUE_UNKNOWN,   /* the shell does not know the command */
    NP_DIALOGUE_SILENT,    /* no answer in time; since then the other end has answered AT */
    NP_DIALOGUE_DEAD,      /* no answer in time, and none to AT either */
    NP_DIALOGUE_RESTARTED, /* the other end has started anew while the command was there */
    NP_DIALOGUE_TOO_LONG,  /* the answer is longer than NP_ANSWER_MAX, or one line of it */
} np_dialogue_end;

typedef enum np_dialogue_want {
    NP_DIALOGUE_SEND, /* write step.bytes */
    NP_DIALOGUE_WAIT, /* read until step.deadline_ns, and hand in what came */
    NP_DIALOGUE_DONE, /* the exchange has ended */
} np_dialogue_want;

typedef struct np_dialogue_step {
    np_dialogue_want want;
    np_bytes bytes; /* valid until the next call */
    uint64_t deadline_ns;
} np_dialogue_step;

enum {
    NP_COMMAND_MAX = 8192, /* a command with its line end; at hosts take 4096 by default */
    NP_ANSWER_MAX = 8192,  /* the information lines of an answer, a LF behind each */
};

/* What shells print in place of a final result; contained in a line. */
typedef struct np_dialogue_texts {
    const char *success;
    const char *failure;
} np_dialogue_texts;

/* A command as it goes out. */
typedef struct np_exchange {
    const np_at_row *row;           /* its grammar and its time */
    np_bytes command;               /* without line end */
    const np_dialogue_texts *texts; /* of a command of a shell's own, with time alone from the row;
                                       borrowed; NULL: an AT command */
} np_exchange;

/* Where the machine stands; its own affair. */
typedef enum np_dialogue_phase {
    NP_PHASE_IDLE,
    NP_PHASE_COMMAND, /* the answer is awaited */
    NP_PHASE_PROMPT,  /* it is there, and a shell's prompt is awaited */
    NP_PHASE_DRAIN,   /* whatever comes is dropped for a while */
    NP_PHASE_PROBE,   /* the answer to a probe is awaited */
} np_dialogue_phase;

typedef struct np_dialogue {
    np_modem_host host;
    np_line_end line_end;
    np_dialogue_end end;    /* of the last exchange */
    unsigned code;          /* of NP_DIALOGUE_CME and NP_DIALOGUE_CMS */
    uint64_t foreign_lines; /* so far: no part of an answer */
    size_t answer_len;
    uint8_t answer[NP_ANSWER_MAX];
    /* the machine's own */
    np_dialogue_phase phase;
    np_exchange exchange;
    size_t probe;    /* which one */
    bool has_shell;  /* a shell has shown itself */
    bool is_pending; /* out is to be sent */
    size_t echo_at;  /* how much of what was sent has come back */
    size_t echo_end;
    uint64_t deadline_ns;
    np_lines lines;
    size_t out_len;
    uint8_t out[NP_COMMAND_MAX];
} np_dialogue;

void np_dialogue_init(np_dialogue *dialogue, np_modem_host host, np_line_end line_end);

/* Begins to find out who is there; ends with OK, or with DEAD or UNKNOWN. */
void np_dialogue_begin_probe(np_dialogue *dialogue, uint64_t now_ns);

/*
 * Begins an exchange. False when the command cannot be sent: too long, or with characters that the
 * shell at the other end would take for its own.
 */
bool np_dialogue_begin(np_dialogue *dialogue, const np_exchange *exchange, uint64_t now_ns);

np_dialogue_step np_dialogue_next(np_dialogue *dialogue, uint64_t now_ns);

/* What was read; empty when the deadline passed. */
void np_dialogue_receive(np_dialogue *dialogue, np_bytes bytes, uint64_t now_ns);

/* The information lines, each ended by a LF; line breaks within quotes are as they came. */
static inline np_bytes np_dialogue_answer(const np_dialogue *dialogue)
{
    return np_bytes_of(dialogue->answer, dialogue->answer_len);
}
