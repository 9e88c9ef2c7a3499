/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/call.h"

#include "base/format.h"
#include "base/utf8.h"

np_code manage_query(const manage_call *call, const char *name, char *ret, size_t size,
                     np_error *err)
{
    np_bytes text;
    uint8_t room[MANAGE_PART_SIZE];
    np_writer writer = np_writer_of(room, size - 1 < sizeof(room) ? size - 1 : sizeof(room));
    ret[0] = '\0';
    if (!np_http_query(call->head->query, name, &text)) {
        return NP_OK;
    }
    bool is_good = np_http_unescape(text, &writer);
    np_bytes plain = np_writer_bytes(&writer);
    if (!is_good || !np_is_utf8(plain)) {
        return np_error_set(err, NP_EUSAGE, "%s in the query is no UTF-8 of at most %u bytes", name,
                            (unsigned)(size - 1));
    }
    np_format(ret, size, "%.*s", (int)plain.len, (const char *)plain.data);
    return NP_OK;
}

np_code manage_query_org(const manage_call *call, char ret[static NP_ORG_NAME_MAX + 1],
                         np_error *err)
{
    np_bytes own = call->token->org;
    NP_TRY(manage_query(call, "org", ret, NP_ORG_NAME_MAX + 1, err));
    if (own.len > 0) {
        np_format(ret, NP_ORG_NAME_MAX + 1, "%.*s", (int)own.len, (const char *)own.data);
    }
    return NP_OK;
}

np_code manage_query_number(const manage_call *call, const char *name, uint64_t preset,
                            uint64_t max, uint64_t *ret, np_error *err)
{
    enum { DIGITS_MAX = 19 };
    char text[DIGITS_MAX + 1];
    np_bytes unused;
    *ret = 0;
    NP_TRY(manage_query(call, name, text, sizeof(text), err));
    bool is_good = text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
    for (const char *at = text; is_good && *at != '\0'; at++) {
        *ret = *ret * 10 + (uint64_t)(*at - '0');
    }
    if (!np_http_query(call->head->query, name, &unused)) {
        *ret = preset;
        return NP_OK;
    }
    return is_good && *ret > 0 && *ret <= max
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "%s in the query takes 1 to %zu", name, (size_t)max);
}

void manage_add_field(manage_call *call, const char *format, ...)
{
    va_list list;
    char *fields = call->reply.fields;
    size_t len = strlen(fields);
    va_start(list, format);
    size_t more = np_format_list(fields + len, MANAGE_FIELDS_SIZE - len, format, list);
    va_end(list);
    if (len + more >= MANAGE_FIELDS_SIZE) {
        fields[len] = '\0';
    }
}
