/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/modem_internal.h"

#include "base/wipe.h"
#include "crypto/hash.h"

/* The operations of %CMNG (specs of the modem 2.3). */
enum { WRITE = 0, LIST = 1, READ = 2, DELETE = 3 };

static void begin_command(np_writer *command, unsigned operation)
{
    np_write_text(command, "AT%CMNG=");
    np_at_write_number(command, operation);
}

static void put_place(np_writer *command, np_sec_tag tag, unsigned type)
{
    modem_write_parameter(command, tag);
    modem_write_parameter(command, type);
}

static bool matches(const np_credential_filter *filter, const np_credential *credential)
{
    return filter == NULL || ((!filter->has_tag || filter->tag == credential->tag) &&
                              (!filter->has_type || filter->type == credential->type));
}

/* "%CMNG: tag,type,"SHA256"", and what follows is the reader's. */
static bool take_row(np_bytes line, np_reader *ret_rest, np_credential *ret)
{
    uint64_t tag = 0;
    uint64_t type = 0;
    np_bytes digest = {0};
    *ret_rest = np_reader_of(line);
    (void)np_read_bytes(ret_rest, strlen("%CMNG:"));
    bool is_row = np_at_take_number(ret_rest, &tag) && np_at_take_comma(ret_rest) &&
                  np_at_take_number(ret_rest, &type) && np_at_take_comma(ret_rest) &&
                  np_at_take_text(ret_rest, &digest) && modem_parse_digest(digest, ret->digest) &&
                  tag <= UINT32_MAX && type <= UINT16_MAX;
    ret->tag = (np_sec_tag)tag;
    ret->type = (unsigned)type;
    ret->has_digest = true;
    return is_row;
}

/* The rows are the answer's, which the next command overwrites: a sink may not send any. */
static np_code hand_out(const np_modem *modem, const np_credential_filter *filter,
                        np_credential_sink sink, void *self, np_error *err)
{
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    np_bytes line;
    while (modem_next_line(&answer, &line)) {
        np_credential credential;
        np_reader rest;
        if (!take_row(line, &rest, &credential) || !np_at_is_done(&rest)) {
            return modem_refuse_answer(NP_AT_CREDENTIAL, err);
        }
        if (matches(filter, &credential)) {
            NP_TRY(sink(self, &credential, err));
        }
    }
    return NP_OK;
}

np_code np_modem_list(np_modem *modem, const np_credential_filter *filter, np_credential_sink sink,
                      void *self, np_error *err)
{
    bool is_absent = false;
    np_writer command = modem_command(modem);
    if (!np_modem_has_at(modem)) {
        return modem_tls_list(modem, filter, sink, self, err);
    }
    begin_command(&command, LIST);
    if (filter != NULL && filter->has_tag) {
        modem_write_parameter(&command, filter->tag);
        if (filter->has_type) {
            modem_write_parameter(&command, filter->type);
        }
    }
    NP_TRY(modem_run(modem, NP_AT_CREDENTIAL, &command, NP_CME_NOT_FOUND, &is_absent, err));
    return is_absent ? NP_OK : hand_out(modem, filter, sink, self, err);
}

typedef struct search {
    bool has_found;
    np_credential *ret;
} search;

static np_code find_one(void *self, const np_credential *credential, np_error *err)
{
    search *on = self;
    (void)err;
    on->has_found = true;
    *on->ret = *credential;
    return NP_OK;
}

np_code np_modem_find(np_modem *modem, np_sec_tag tag, unsigned type, bool *ret_is_there,
                      np_credential *ret, np_error *err)
{
    np_credential found;
    search on = {.ret = &found};
    const np_credential_filter filter = {true, true, tag, type};
    NP_TRY(np_modem_list(modem, &filter, find_one, &on, err));
    *ret_is_there = on.has_found;
    if (on.has_found) {
        *ret = found;
    }
    return NP_OK;
}

static np_code check_text(np_sec_tag tag, np_bytes text, np_error *err)
{
    if (text.len == 0 || text.len > NP_CREDENTIAL_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "a credential has 1 to %d bytes, this has %zu",
                            (int)NP_CREDENTIAL_MAX, text.len);
    }
    if (memchr(text.data, '"', text.len) != NULL || memchr(text.data, 0, text.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "a credential cannot contain quotes or bytes 0");
    }
    if (tag > NP_SEC_TAG_USER_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "security tags are 0 to %u", NP_SEC_TAG_USER_MAX);
    }
    return NP_OK;
}

static np_code send_text(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                         np_error *err)
{
    np_writer command = modem_command(modem);
    if (!np_modem_has_at(modem)) {
        return modem_tls_write(modem, tag, type, text, err);
    }
    begin_command(&command, WRITE);
    put_place(&command, tag, type);
    np_write_text(&command, ",\"");
    np_write_bytes(&command, text);
    np_write_text(&command, "\"");
    np_code code = modem_run(modem, NP_AT_CREDENTIAL, &command, 0, NULL, err);
    np_wipe(modem->command, sizeof(modem->command)); /* it may have been a key */
    np_wipe(modem->dialogue.out, sizeof(modem->dialogue.out));
    return code;
}

static np_code check_kept(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                          np_text_form *ret_form, np_error *err)
{
    np_credential kept;
    bool is_there = false;
    NP_TRY(np_modem_find(modem, tag, type, &is_there, &kept, err));
    if (!is_there) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "tag %u, type %u: written, but the modem does not list it", tag, type);
    }
    *ret_form = kept.has_digest ? np_credential_form(text, kept.digest, !np_modem_has_at(modem))
                                : NP_TEXT_NO_FORM;
    if (*ret_form == NP_TEXT_NO_FORM) {
        np_error_set(err, NP_EDEVICE_VERIFY,
                     "tag %u, type %u: the modem keeps another text than was written", tag, type);
        return np_error_hint(err, NP_EDEVICE_VERIFY,
                             "a byte was lost on the way (flow control?): write it again");
    }
    return NP_OK;
}

np_code np_modem_write(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                       np_text_form *ret_form, np_error *err)
{
    NP_TRY(check_text(tag, text, err));
    NP_TRY(send_text(modem, tag, type, text, err));
    return check_kept(modem, tag, type, text, ret_form, err);
}

static np_code take_content(const np_modem *modem, np_writer *writer, np_error *err)
{
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes line = {0};
    np_bytes content = {0};
    np_credential credential;
    np_reader rest;
    bool is_row = modem_next_line(&answer, &line) && take_row(line, &rest, &credential) &&
                  np_at_take_comma(&rest) && np_at_take_text(&rest, &content);
    if (!is_row) {
        return modem_refuse_answer(NP_AT_CREDENTIAL, err);
    }
    np_sha256(content, digest);
    if (memcmp(digest, credential.digest, sizeof(digest)) != 0) {
        return np_error_set(err, NP_EDEVICE_ANSWER,
                            "AT%%CMNG: the content does not match its digest: read it again");
    }
    np_write_bytes(writer, content);
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the credential is longer than expected");
}

np_code np_modem_read(np_modem *modem, np_sec_tag tag, unsigned type, np_writer *writer,
                      bool *ret_is_there, np_error *err)
{
    bool is_absent = false;
    np_writer command = modem_command(modem);
    NP_TRY(modem_need_at(modem, "reading", err));
    begin_command(&command, READ);
    put_place(&command, tag, type);
    NP_TRY(modem_run(modem, NP_AT_CREDENTIAL, &command, NP_CME_NOT_FOUND, &is_absent, err));
    *ret_is_there = !is_absent;
    return is_absent ? NP_OK : take_content(modem, writer, err);
}

np_code np_modem_delete(np_modem *modem, np_sec_tag tag, unsigned type, bool *ret_was_there,
                        np_error *err)
{
    bool is_absent = false;
    np_writer command = modem_command(modem);
    if (!np_modem_has_at(modem)) {
        return modem_tls_delete(modem, tag, type, ret_was_there, err);
    }
    begin_command(&command, DELETE);
    put_place(&command, tag, type);
    NP_TRY(modem_run(modem, NP_AT_CREDENTIAL, &command, NP_CME_NOT_FOUND, &is_absent, err));
    *ret_was_there = !is_absent;
    return NP_OK;
}
