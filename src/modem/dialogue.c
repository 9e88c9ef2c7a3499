/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/dialogue.h"

#include "modem/dialogue_internal.h"

enum {
    /* A shell prints its prompt at once; one that has none must not cost more. Not tuned. */
    PROMPT_MS = 200,
};

void np_dialogue_init(np_dialogue *dialogue, np_modem_host host, np_line_end line_end)
{
    *dialogue = (np_dialogue){.host = host, .line_end = line_end};
    np_lines_init(&dialogue->lines);
}

void dialogue_finish(np_dialogue *dialogue, np_dialogue_end end)
{
    dialogue->end = end;
    dialogue->phase = NP_PHASE_IDLE;
}

void dialogue_send(np_dialogue *dialogue, np_dialogue_phase phase, uint64_t deadline_ns)
{
    dialogue->phase = phase;
    dialogue->is_pending = true;
    dialogue->deadline_ns = deadline_ns;
    dialogue->echo_at = 0;
    np_lines_drop(&dialogue->lines);
}

static void begin(np_dialogue *dialogue)
{
    dialogue->code = 0;
    dialogue->answer_len = 0;
    dialogue->end = NP_DIALOGUE_OK;
}

void np_dialogue_begin_probe(np_dialogue *dialogue, uint64_t now_ns)
{
    begin(dialogue);
    dialogue->exchange = (np_exchange){0};
    dialogue_probe_begin(dialogue, NP_DIALOGUE_OK, true, now_ns);
}

bool np_dialogue_begin(np_dialogue *dialogue, const np_exchange *exchange, uint64_t now_ns)
{
    np_writer writer = np_writer_of(dialogue->out, sizeof(dialogue->out));
    if (!dialogue_write_command(dialogue, exchange, &writer) || !np_writer_has_room(&writer)) {
        return false;
    }
    begin(dialogue);
    dialogue->exchange = *exchange;
    dialogue->exchange.command = (np_bytes){0};
    dialogue->out_len = writer.len;
    dialogue->echo_end = writer.len - np_line_end_bytes(dialogue->line_end).len;
    dialogue->lines.spans_lines = exchange->texts == NULL && exchange->row->spans_lines;
    dialogue_send(dialogue, NP_PHASE_COMMAND,
                  now_ns + exchange->row->timeout_ms * DIALOGUE_NS_PER_MS);
    return true;
}

static bool is_shell(const np_dialogue *dialogue)
{
    return dialogue->host == NP_MODEM_HOST_AT_SHELL || dialogue->host == NP_MODEM_HOST_TLS_SHELL;
}

/* The command's end is known; a shell is not ready for the next before its prompt. */
static void conclude(np_dialogue *dialogue, np_dialogue_end end, uint64_t now_ns)
{
    dialogue_finish(dialogue, dialogue->end == NP_DIALOGUE_TOO_LONG ? dialogue->end : end);
    if (is_shell(dialogue)) {
        dialogue->phase = NP_PHASE_PROMPT;
        dialogue->deadline_ns = now_ns + PROMPT_MS * DIALOGUE_NS_PER_MS;
    }
}

static void keep(np_dialogue *dialogue, np_bytes line)
{
    size_t room = sizeof(dialogue->answer) - dialogue->answer_len;
    if (line.len + 1 > room || dialogue->lines.is_too_long) {
        dialogue->end = NP_DIALOGUE_TOO_LONG;
        return;
    }
    memcpy(dialogue->answer + dialogue->answer_len, line.data, line.len);
    dialogue->answer_len += line.len;
    dialogue->answer[dialogue->answer_len++] = '\n';
}

static const np_dialogue_end ends_by_final[] = {
    [NP_AT_OK] = NP_DIALOGUE_OK,
    [NP_AT_ERROR] = NP_DIALOGUE_ERROR,
    [NP_AT_CME_ERROR] = NP_DIALOGUE_CME,
    [NP_AT_CMS_ERROR] = NP_DIALOGUE_CMS,
};

static void take_at_line(np_dialogue *dialogue, np_bytes line, uint64_t now_ns)
{
    np_at_final final = np_at_final_of(line, &dialogue->code);
    if (final != NP_AT_NOT_FINAL) {
        conclude(dialogue, ends_by_final[final], now_ns);
        return;
    }
    if (dialogue_is_information(dialogue->exchange.row, line)) {
        keep(dialogue, line);
    } else {
        dialogue->foreign_lines++;
    }
}

static void take_shell_line(np_dialogue *dialogue, np_bytes line, uint64_t now_ns)
{
    const np_dialogue_texts *texts = dialogue->exchange.texts;
    keep(dialogue, line);
    if (dialogue_contains(line, texts->success)) {
        conclude(dialogue, NP_DIALOGUE_OK, now_ns);
    } else if (dialogue_contains(line, texts->failure)) {
        conclude(dialogue, NP_DIALOGUE_ERROR, now_ns);
    }
}

static void take_command_line(np_dialogue *dialogue, np_bytes line, uint64_t now_ns)
{
    if (dialogue_take_echo(dialogue, line)) {
        return;
    }
    if (np_at_is_boot_text(line)) {
        dialogue_probe_begin(dialogue, NP_DIALOGUE_RESTARTED, false, now_ns);
    } else if (is_shell(dialogue) && dialogue_is_unknown_command(line)) {
        conclude(dialogue, NP_DIALOGUE_UNKNOWN, now_ns);
    } else if (dialogue->exchange.texts == NULL) {
        take_at_line(dialogue, line, now_ns);
    } else {
        take_shell_line(dialogue, line, now_ns);
    }
}

static void take_line(np_dialogue *dialogue, np_bytes raw, uint64_t now_ns)
{
    np_bytes line = dialogue_trim(raw);
    if (line.len == 0) {
        return;
    }
    if (dialogue->phase == NP_PHASE_COMMAND) {
        take_command_line(dialogue, line, now_ns);
    } else if (dialogue->phase == NP_PHASE_PROBE) {
        dialogue_probe_line(dialogue, line, now_ns);
    } else {
        dialogue->foreign_lines++;
    }
}

/* A prompt ends what waits for it, and a command of a shell's own that had nothing to say. */
static void look_for_prompt(np_dialogue *dialogue)
{
    if (!dialogue_is_prompt(np_lines_partial(&dialogue->lines))) {
        return;
    }
    if (dialogue->phase == NP_PHASE_PROMPT) {
        dialogue->phase = NP_PHASE_IDLE;
    } else if (dialogue->phase == NP_PHASE_COMMAND && dialogue->exchange.texts != NULL &&
               dialogue->echo_at == dialogue->echo_end) {
        dialogue_finish(dialogue, NP_DIALOGUE_OK);
    }
}

static void expire(np_dialogue *dialogue, uint64_t now_ns)
{
    if (dialogue->phase == NP_PHASE_PROMPT) {
        dialogue->phase = NP_PHASE_IDLE;
    } else if (dialogue->phase == NP_PHASE_COMMAND) {
        dialogue_probe_begin(dialogue, NP_DIALOGUE_SILENT, false, now_ns);
    } else {
        dialogue_probe_expire(dialogue, now_ns);
    }
}

void np_dialogue_receive(np_dialogue *dialogue, np_bytes bytes, uint64_t now_ns)
{
    while (bytes.len > 0 && dialogue->phase != NP_PHASE_IDLE) {
        np_bytes line;
        size_t taken = np_lines_take(&dialogue->lines, bytes, &line);
        bytes = np_bytes_of(bytes.data + taken, bytes.len - taken);
        take_line(dialogue, line, now_ns);
    }
    look_for_prompt(dialogue);
}

np_dialogue_step np_dialogue_next(np_dialogue *dialogue, uint64_t now_ns)
{
    if (!dialogue->is_pending && dialogue->phase != NP_PHASE_IDLE &&
        now_ns >= dialogue->deadline_ns) {
        expire(dialogue, now_ns);
    }
    if (dialogue->phase == NP_PHASE_IDLE) {
        return (np_dialogue_step){.want = NP_DIALOGUE_DONE};
    }
    if (dialogue->is_pending) {
        dialogue->is_pending = false;
        return (np_dialogue_step){.want = NP_DIALOGUE_SEND,
                                  .bytes = np_bytes_of(dialogue->out, dialogue->out_len)};
    }
    return (np_dialogue_step){.want = NP_DIALOGUE_WAIT, .deadline_ns = dialogue->deadline_ns};
}
