/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/pem.h"

#include "base/text.h"

static bool starts_with(np_bytes text, np_bytes start)
{
    return text.len >= start.len && memcmp(text.data, start.data, start.len) == 0;
}

static np_bytes skip(np_bytes text, size_t count)
{
    return np_bytes_of(text.data + count, text.len - count);
}

/* The text behind "-----<what> <label>-----", or NULL data; *ret_before is what precedes it. */
static np_bytes find_boundary(np_bytes text, const char *what, const char *label,
                              np_bytes *ret_before)
{
    np_bytes head = np_bytes_text(what);
    np_bytes name = np_bytes_text(label);
    np_bytes dashes = np_bytes_text("-----");
    for (np_bytes at = text; at.len > 0; at = skip(at, 1)) {
        bool is_found = starts_with(at, head) && starts_with(skip(at, head.len), name) &&
                        starts_with(skip(at, head.len + name.len), dashes);
        if (is_found) {
            *ret_before = np_bytes_of(text.data, text.len - at.len);
            return skip(at, head.len + name.len + dashes.len);
        }
    }
    return (np_bytes){NULL, 0};
}

np_code np_pem_decode(np_bytes text, const char *label, np_writer *writer, np_error *err)
{
    np_bytes before;
    np_bytes body;
    np_bytes rest = find_boundary(text, "-----BEGIN ", label, &before);
    if (rest.data == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING,
                            "there is no line '-----BEGIN %s-----': no PEM of this kind", label);
    }
    if (find_boundary(rest, "-----END ", label, &body).data == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the PEM text is cut off: no line '-----END %s-----'", label);
    }
    size_t start = writer->len;
    np_code code = np_parse_base64(body, writer, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "the PEM block %s", label);
    }
    if (writer->len == start) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the PEM block %s is empty", label);
    }
    return NP_OK;
}

void np_pem_encode(np_writer *writer, const char *label, np_bytes der)
{
    np_write_text(writer, "-----BEGIN ");
    np_write_text(writer, label);
    np_write_text(writer, "-----\n");
    np_write_base64(writer, der, 64);
    np_write_text(writer, "-----END ");
    np_write_text(writer, label);
    np_write_text(writer, "-----\n");
}
