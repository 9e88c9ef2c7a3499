/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials through Zephyr's TLS credential shell (specs of the modem 2.6). Texts are kept with a
 * NUL behind them, as mbedTLS wants PEM, and the digest is over both.
 */
#include "modem/modem_internal.h"

#include "base/text.h"
#include "base/wipe.h"

typedef struct tls_type {
    unsigned type;
    const char *name;  /* to say */
    const char *other; /* also understood; NULL: none */
} tls_type;

static const tls_type tls_types[] = {
    {NP_CREDENTIAL_ROOT_CA, "CA", "CA_CERT"},     {NP_CREDENTIAL_CERTIFICATE, "SERV", "SELF_CERT"},
    {NP_CREDENTIAL_KEY, "PK", "PRIVATE_KEY"},     {NP_CREDENTIAL_PSK, "PSK", NULL},
    {NP_CREDENTIAL_PSK_IDENTITY, "PSK_ID", NULL},
};

static np_code name_type(unsigned type, const char **ret, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(tls_types); i++) {
        if (tls_types[i].type == type) {
            *ret = tls_types[i].name;
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EUSAGE, "a TLS credential shell has no credentials of type %u",
                        type);
}

static bool parse_type(np_bytes name, unsigned *ret)
{
    for (size_t i = 0; i < NP_COUNT_OF(tls_types); i++) {
        const tls_type *row = &tls_types[i];
        if (np_bytes_equal(name, np_bytes_text(row->name)) ||
            (row->other != NULL && np_bytes_equal(name, np_bytes_text(row->other)))) {
            *ret = row->type;
            return true;
        }
    }
    return false;
}

/* "cred VERB", and the place where there is one. */
static np_writer begin_command(np_modem *modem, const char *verb)
{
    np_writer command = modem_command(modem);
    np_write_text(&command, "cred ");
    np_write_text(&command, verb);
    return command;
}

static void put_place(np_writer *command, np_sec_tag tag, const char *type)
{
    np_write_text(command, " ");
    np_at_write_number(command, tag);
    np_write_text(command, " ");
    np_write_text(command, type);
}

/* What stands before the next comma; the comma goes as well. */
static np_bytes take_field(np_reader *line)
{
    const uint8_t *comma =
        line->rest.len == 0 ? NULL : memchr(line->rest.data, ',', line->rest.len);
    np_bytes field =
        np_read_bytes(line, comma == NULL ? line->rest.len : (size_t)(comma - line->rest.data));
    if (comma != NULL) {
        (void)np_read_u8(line);
    }
    return field;
}

static bool parse_tag(np_bytes field, np_sec_tag *ret)
{
    np_reader reader = np_reader_of(field);
    uint64_t tag = 0;
    bool is_tag = np_at_take_number(&reader, &tag) && np_at_is_done(&reader) && tag <= UINT32_MAX;
    *ret = (np_sec_tag)tag;
    return is_tag;
}

/* "16842753,CA,<base64>,0"; any other status than 0: the backend gives no digest. */
static bool parse_row(np_bytes line, np_credential *ret)
{
    np_reader reader = np_reader_of(line);
    np_writer digest = np_writer_of(ret->digest, sizeof(ret->digest));
    np_bytes tag = take_field(&reader);
    np_bytes type = take_field(&reader);
    np_bytes base64 = take_field(&reader);
    bool is_valid = np_bytes_equal(reader.rest, np_bytes_text("0"));
    ret->has_digest = is_valid && np_parse_base64(base64, &digest, NULL) == NP_OK &&
                      digest.len == sizeof(ret->digest);
    return parse_tag(tag, &ret->tag) && parse_type(type, &ret->type);
}

static bool matches(const np_credential_filter *filter, const np_credential *credential)
{
    return filter == NULL || ((!filter->has_tag || filter->tag == credential->tag) &&
                              (!filter->has_type || filter->type == credential->type));
}

np_code modem_tls_list(np_modem *modem, const np_credential_filter *filter, np_credential_sink sink,
                       void *self, np_error *err)
{
    static const np_dialogue_texts texts = {"credentials found", "Invalid"};
    np_writer command = begin_command(modem, "list");
    if (filter != NULL && filter->has_tag && filter->has_type) {
        const char *type = NULL;
        NP_TRY(name_type(filter->type, &type, err));
        put_place(&command, filter->tag, type);
    }
    NP_TRY(modem_run_shell(modem, &command, &texts, NULL, err));
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    np_bytes line;
    while (modem_next_line(&answer, &line)) {
        np_credential credential;
        if (parse_row(line, &credential) && matches(filter, &credential)) {
            NP_TRY(sink(self, &credential, err));
        }
    }
    return NP_OK;
}

np_code modem_tls_delete(np_modem *modem, np_sec_tag tag, unsigned type, bool *ret_was_there,
                         np_error *err)
{
    static const np_dialogue_texts texts = {"Deleted TLS credential", "There is no TLS credential"};
    np_writer command = begin_command(modem, "del");
    const char *name = NULL;
    bool is_absent = false;
    NP_TRY(name_type(type, &name, err));
    put_place(&command, tag, name);
    NP_TRY(modem_run_shell(modem, &command, &texts, &is_absent, err));
    *ret_was_there = !is_absent;
    return NP_OK;
}

/* Base64 of at most four thirds, of a text whose LFs became CRLF. */
enum { PIECE = 48, CRLF_MAX = 2 * NP_CREDENTIAL_MAX, BASE64_MAX = CRLF_MAX / 3 * 4 + 8 };

typedef struct tls_text {
    size_t len;
    uint8_t crlf[CRLF_MAX];
    uint8_t base64[BASE64_MAX];
} tls_text;

static void tls_text_clear(tls_text *text)
{
    np_wipe(text, sizeof(*text));
}

static void encode_text(np_bytes text, tls_text *ret)
{
    np_writer crlf = np_writer_of(ret->crlf, sizeof(ret->crlf));
    np_writer base64 = np_writer_of(ret->base64, sizeof(ret->base64));
    for (size_t i = 0; i < text.len; i++) {
        bool has_return = i > 0 && text.data[i - 1] == '\r';
        if (text.data[i] == '\n' && !has_return) {
            np_write_u8(&crlf, '\r');
        }
        np_write_u8(&crlf, text.data[i]);
    }
    np_write_base64(&base64, np_writer_bytes(&crlf), 0);
    ret->len = base64.len;
}

static np_code fill_buffer(np_modem *modem, const tls_text *text, np_error *err)
{
    static const np_dialogue_texts cleared = {"Credential buffer cleared", "Invalid"};
    static const np_dialogue_texts stored = {"Stored ", "Not enough room"};
    np_writer command = begin_command(modem, "buf clear");
    NP_TRY(modem_run_shell(modem, &command, &cleared, NULL, err));
    for (size_t at = 0; at < text->len; at += PIECE) {
        size_t len = text->len - at < PIECE ? text->len - at : PIECE;
        command = begin_command(modem, "buf ");
        np_write_bytes(&command, np_bytes_of(text->base64 + at, len));
        NP_TRY(modem_run_shell(modem, &command, &stored, NULL, err));
    }
    return NP_OK;
}

np_code modem_tls_write(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                        np_error *err)
{
    static const np_dialogue_texts added = {"Added TLS credential", "already exists"};
    NP_CLEANUP(tls_text_clear) tls_text encoded;
    const char *name = NULL;
    bool was_there = false;
    NP_TRY(name_type(type, &name, err));
    encode_text(text, &encoded);
    NP_TRY(fill_buffer(modem, &encoded, err));
    /* what exists is not overwritten: it goes only when its successor waits in the buffer */
    NP_TRY(modem_tls_delete(modem, tag, type, &was_there, err));
    np_writer command = begin_command(modem, "add");
    put_place(&command, tag, name);
    np_write_text(&command, " DEFAULT bint");
    return modem_run_shell(modem, &command, &added, NULL, err);
}
