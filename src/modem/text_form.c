/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"
#include "modem/modem.h"

static const char *const form_names[NP_TEXT_FORM_COUNT] = {
    [NP_TEXT_NO_FORM] = "other text",
    [NP_TEXT_AS_GIVEN] = "as given",
    [NP_TEXT_LF] = "LF",
    [NP_TEXT_CRLF] = "CRLF",
    [NP_TEXT_LF_NO_LAST] = "LF without the last",
    [NP_TEXT_CRLF_NO_LAST] = "CRLF without the last",
};

const char *np_text_form_name(np_text_form form)
{
    return form_names[form];
}

/* A line without its CR and LF; false at the end. *ret_is_ended: a LF stood behind it. */
static bool next_line(np_reader *text, np_bytes *ret, bool *ret_is_ended)
{
    if (text->rest.len == 0) {
        return false;
    }
    const uint8_t *feed = memchr(text->rest.data, '\n', text->rest.len);
    *ret_is_ended = feed != NULL;
    *ret = np_read_bytes(text, feed == NULL ? text->rest.len : (size_t)(feed - text->rest.data));
    if (feed != NULL) {
        (void)np_read_u8(text);
    }
    if (ret->len > 0 && ret->data[ret->len - 1] == '\r') {
        ret->len--;
    }
    return true;
}

typedef struct form_row {
    np_text_form form;
    const char *line_end;
    bool has_last;
} form_row;

static const form_row forms[] = {
    {NP_TEXT_LF, "\n", true},
    {NP_TEXT_CRLF, "\r\n", true},
    {NP_TEXT_LF_NO_LAST, "\n", false},
    {NP_TEXT_CRLF_NO_LAST, "\r\n", false},
};

static void end_digest(np_sha256_stream *stream, bool has_nul, uint8_t *ret)
{
    static const uint8_t nul = 0;
    np_sha256_add(stream, np_bytes_of(&nul, has_nul ? 1 : 0));
    np_sha256_end(stream, ret);
}

static void digest_form(np_bytes text, const form_row *row, bool has_nul,
                        uint8_t ret[static NP_MODEM_DIGEST_SIZE])
{
    np_sha256_stream stream;
    np_reader reader = np_reader_of(text);
    np_bytes line;
    bool is_ended;
    np_sha256_begin(&stream);
    while (next_line(&reader, &line, &is_ended)) {
        np_sha256_add(&stream, line);
        if (row->has_last ? is_ended : reader.rest.len > 0) {
            np_sha256_add(&stream, np_bytes_text(row->line_end));
        }
    }
    end_digest(&stream, has_nul, ret);
}

static bool is_given(np_bytes text, const uint8_t *digest, bool has_nul)
{
    uint8_t own[NP_MODEM_DIGEST_SIZE];
    np_sha256_stream stream;
    np_sha256_begin(&stream);
    np_sha256_add(&stream, text);
    end_digest(&stream, has_nul, own);
    return memcmp(own, digest, sizeof(own)) == 0;
}

np_text_form np_credential_form(np_bytes text, const uint8_t digest[static NP_MODEM_DIGEST_SIZE],
                                bool has_nul)
{
    bool has_lines = text.len > 0 && memchr(text.data, '\n', text.len) != NULL;
    for (size_t i = 0; has_lines && i < NP_COUNT_OF(forms); i++) {
        uint8_t own[NP_MODEM_DIGEST_SIZE];
        digest_form(text, &forms[i], has_nul, own);
        if (memcmp(own, digest, sizeof(own)) == 0) {
            return forms[i].form;
        }
    }
    return is_given(text, digest, has_nul) ? NP_TEXT_AS_GIVEN : NP_TEXT_NO_FORM;
}
