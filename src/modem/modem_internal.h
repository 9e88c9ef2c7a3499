/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the typed commands share. */
#pragma once

#include "base/error.h"
#include "modem/modem.h"

/* An empty command to write. */
np_writer modem_command(np_modem *modem);

/* "," and the number. */
void modem_write_parameter(np_writer *writer, uint64_t number);

/*
 * Runs an AT command; the answer is the dialogue's. When the modem refuses with the number
 * `expected`, *ret_expected is true and no error is raised; NULL: nothing is expected.
 */
NP_MUST_USE np_code modem_run(np_modem *modem, np_at_id id, const np_writer *command,
                              unsigned expected, bool *ret_expected, np_error *err);

/* Runs a command of a shell's own. *ret_failed: the failure's text was seen; NULL: an error. */
NP_MUST_USE np_code modem_run_shell(np_modem *modem, const np_writer *command,
                                    const np_dialogue_texts *texts, bool *ret_failed,
                                    np_error *err);

/* NP_EUSAGE unless the host has AT commands. */
NP_MUST_USE np_code modem_need_at(const np_modem *modem, const char *what, np_error *err);

/* The next line of an answer, whose quotes may hold line breaks; false at the end. */
bool modem_next_line(np_reader *answer, np_bytes *ret_line);

/* What stands behind "prefix:" in the first line that has it; NP_EDEVICE_ANSWER without one. */
NP_MUST_USE np_code modem_take_value(const np_modem *modem, np_at_id id, np_reader *ret,
                                     np_error *err);

/* NP_EDEVICE_ANSWER: the answer to this command is not as it should be. */
np_code modem_refuse_answer(np_at_id id, np_error *err);

/* Digits of either case; false for another length or other characters. */
bool modem_parse_digest(np_bytes hex, uint8_t ret[static NP_MODEM_DIGEST_SIZE]);

/* ---- a TLS credential shell's (modem_tls_shell.c); as their namesakes in modem.h ---- */
np_code modem_tls_list(np_modem *modem, const np_credential_filter *filter, np_credential_sink sink,
                       void *self, np_error *err);
np_code modem_tls_write(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                        np_error *err);
np_code modem_tls_delete(np_modem *modem, np_sec_tag tag, unsigned type, bool *ret_was_there,
                         np_error *err);
