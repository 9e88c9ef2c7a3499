/* SPDX-License-Identifier: Apache-2.0 */
/* %CMNG (specs of the modem 2.3). */
#include "virtual/modem_internal.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "x509/pem.h"

np_modem_credential *vmodem_find(np_virtual_modem *modem, np_sec_tag tag, unsigned type)
{
    for (size_t i = 0; i < modem->state.credential_count; i++) {
        np_modem_credential *credential = &modem->state.credentials[i];
        if (credential->tag == tag && credential->type == type) {
            return credential;
        }
    }
    return NULL;
}

static void clear_credential(np_modem_credential *credential)
{
    np_wipe(credential, sizeof(*credential));
}

static bool comes_before(const np_modem_credential *a, const np_modem_credential *b)
{
    return a->tag != b->tag ? a->tag < b->tag : a->type < b->type;
}

/* A new place in the order of tags and types, in which a modem lists them. */
static np_modem_credential *insert(np_modem_state *state, const np_modem_credential *credential)
{
    size_t at = state->credential_count++;
    while (at > 0 && comes_before(credential, &state->credentials[at - 1])) {
        state->credentials[at] = state->credentials[at - 1];
        at--;
    }
    return &state->credentials[at];
}

int vmodem_store(np_virtual_modem *modem, const np_modem_credential *credential)
{
    np_modem_credential *place = vmodem_find(modem, credential->tag, credential->type);
    if (place == NULL) {
        if (modem->state.credential_count == NP_MODEM_CREDENTIALS_MAX) {
            return NP_CME_MEMORY_FULL;
        }
        place = insert(&modem->state, credential);
    }
    *place = *credential;
    vmodem_keep(modem);
    return VMODEM_OK;
}

int vmodem_store_text(np_virtual_modem *modem, np_sec_tag tag, unsigned type, np_bytes content)
{
    NP_CLEANUP(clear_credential)
    np_modem_credential credential = {.tag = tag, .type = type, .len = content.len};
    memcpy(credential.content, content.data, content.len);
    return vmodem_store(modem, &credential);
}

/* The others keep their order. */
void vmodem_remove(np_virtual_modem *modem, np_modem_credential *credential)
{
    np_modem_state *state = &modem->state;
    size_t at = (size_t)(credential - state->credentials);
    size_t behind = --state->credential_count - at;
    memmove(credential, credential + 1, behind * sizeof(*credential));
    np_wipe(&state->credentials[state->credential_count], sizeof(*credential));
    vmodem_keep(modem);
}

void vmodem_credential_digest(const np_modem_credential *credential,
                              uint8_t ret[static NP_MODEM_DIGEST_SIZE])
{
    np_sha256(np_bytes_of(credential->content, credential->len), ret);
}

static void put_row(np_writer *reply, np_sec_tag tag, unsigned type,
                    const uint8_t digest[static NP_MODEM_DIGEST_SIZE])
{
    char hex[2 * NP_MODEM_DIGEST_SIZE + 1];
    np_format_hex(np_bytes_of(digest, NP_MODEM_DIGEST_SIZE), hex);
    for (char *at = hex; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    }
    np_write_text(reply, "%CMNG: ");
    np_at_write_number(reply, tag);
    np_write_text(reply, ",");
    np_at_write_number(reply, type);
    np_write_text(reply, ",\"");
    np_write_text(reply, hex);
    np_write_text(reply, "\"");
}

typedef struct place {
    bool has_tag;
    bool has_type;
    np_sec_tag tag;
    unsigned type;
} place;

/* ",tag[,type]" */
static bool take_place(np_reader *rest, place *ret)
{
    uint64_t tag = 0;
    uint64_t type = 0;
    *ret = (place){0};
    if (np_at_is_done(rest)) {
        return true;
    }
    ret->has_tag = np_at_take_comma(rest) && np_at_take_number(rest, &tag) && tag <= UINT32_MAX;
    if (ret->has_tag && !np_at_is_done(rest)) {
        ret->has_type =
            np_at_take_comma(rest) && np_at_take_number(rest, &type) && type <= UINT8_MAX;
        if (!ret->has_type) {
            return false;
        }
    }
    ret->tag = (np_sec_tag)tag;
    ret->type = (unsigned)type;
    return ret->has_tag;
}

static bool is_listed(const place *at, np_sec_tag tag, unsigned type)
{
    return (!at->has_tag || at->tag == tag) && (!at->has_type || at->type == type);
}

/* Over which encoding the digests of its own rows are is not known (specs of the modem 10). */
static void list_own(np_virtual_modem *modem, const place *at, np_writer *reply)
{
    static const struct {
        np_sec_tag tag;
        unsigned type;
    } rows[] = {
        {VMODEM_IDENTITY_TAG, NP_CREDENTIAL_IDENTITY_KEY},
        {VMODEM_NORDIC_ROOT_TAG, NP_CREDENTIAL_NORDIC_ROOT},
        {VMODEM_NORDIC_KEY_TAG, NP_CREDENTIAL_NORDIC_KEY},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t digest[NP_MODEM_DIGEST_SIZE];
        uint8_t point[NP_P256_POINT_SIZE] = {0};
        bool is_own = rows[i].tag == VMODEM_IDENTITY_TAG;
        if (!is_listed(at, rows[i].tag, rows[i].type) ||
            (is_own && np_modem_state_identity(&modem->state, point, NULL) != NP_OK)) {
            continue;
        }
        np_sha256(is_own ? NP_BYTES(point) : np_bytes_of(&rows[i].tag, sizeof(rows[i].tag)),
                  digest);
        put_row(reply, rows[i].tag, rows[i].type, digest);
        np_write_text(reply, "\r\n");
    }
}

static int list(np_virtual_modem *modem, np_reader *rest, np_writer *reply)
{
    place at;
    if (!take_place(rest, &at) || !np_at_is_done(rest)) {
        return NP_CME_PARAMETERS;
    }
    for (size_t i = 0; i < modem->state.credential_count; i++) {
        const np_modem_credential *credential = &modem->state.credentials[i];
        uint8_t digest[NP_MODEM_DIGEST_SIZE];
        if (is_listed(&at, credential->tag, credential->type)) {
            vmodem_credential_digest(credential, digest);
            put_row(reply, credential->tag, credential->type, digest);
            np_write_text(reply, "\r\n");
        }
    }
    list_own(modem, &at, reply);
    return VMODEM_OK;
}

/* Firmware that looks into certificates refuses what is no PEM. */
static bool is_certificate(np_bytes text)
{
    uint8_t der[NP_CREDENTIAL_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    return np_pem_decode(text, "CERTIFICATE", &writer, NULL) == NP_OK;
}

static int check_content(const np_virtual_modem *modem, const place *at, np_bytes content)
{
    bool is_pem = at->type == NP_CREDENTIAL_ROOT_CA || at->type == NP_CREDENTIAL_CERTIFICATE;
    if (content.len == 0) {
        return NP_CME_PARAMETERS;
    }
    if (content.len > NP_CREDENTIAL_MAX) {
        return NP_CME_MEMORY_FULL;
    }
    if (is_pem && vmodem_checks_content(modem->state.firmware) && !is_certificate(content)) {
        return NP_CME_INVALID_CONTENT;
    }
    return VMODEM_OK;
}

static bool is_user_type(unsigned type)
{
    return type <= NP_CREDENTIAL_PUBLIC_KEY;
}

/* tag,type,"content"[,"password"] with its comma before it */
static bool take_write(np_reader *rest, place *ret_place, np_bytes *ret_content)
{
    uint64_t tag = 0;
    uint64_t type = 0;
    np_bytes password;
    bool is_write = np_at_take_comma(rest) && np_at_take_number(rest, &tag) &&
                    np_at_take_comma(rest) && np_at_take_number(rest, &type) &&
                    np_at_take_comma(rest) && np_at_take_text(rest, ret_content) &&
                    tag <= UINT32_MAX && type <= UINT8_MAX;
    *ret_place = (place){true, true, (np_sec_tag)tag, (unsigned)type};
    return is_write &&
           (np_at_is_done(rest) ||
            (np_at_take_comma(rest) && np_at_take_text(rest, &password) && np_at_is_done(rest)));
}

static int write_credential(np_virtual_modem *modem, np_reader *rest, np_writer *reply)
{
    place at;
    np_bytes content;
    (void)reply;
    if (!take_write(rest, &at, &content)) {
        return NP_CME_PARAMETERS;
    }
    if (at.tag > NP_SEC_TAG_USER_MAX || !is_user_type(at.type)) {
        return NP_CME_NO_ACCESS;
    }
    const np_modem_credential *there = vmodem_find(modem, at.tag, at.type);
    int result = vmodem_gate(modem);
    result = result == VMODEM_OK ? check_content(modem, &at, content) : result;
    if (result == VMODEM_OK && there != NULL && there->is_generated) {
        result = NP_CME_EXISTS;
    }
    if (result != VMODEM_OK) {
        return result;
    }
    return vmodem_store_text(modem, at.tag, at.type, content);
}

static int read_credential(np_virtual_modem *modem, np_reader *rest, np_writer *reply)
{
    place at;
    uint8_t digest[NP_MODEM_DIGEST_SIZE];
    if (!take_place(rest, &at) || !at.has_type || !np_at_is_done(rest)) {
        return NP_CME_PARAMETERS;
    }
    const np_modem_credential *credential = vmodem_find(modem, at.tag, at.type);
    if (credential == NULL) {
        return at.tag > NP_SEC_TAG_USER_MAX ? NP_CME_NO_ACCESS : NP_CME_NOT_FOUND;
    }
    bool is_secret = at.type >= NP_CREDENTIAL_CERTIFICATE && at.type <= NP_CREDENTIAL_PSK;
    if (is_secret || credential->is_generated) {
        return VMODEM_READ_SECRET_CME;
    }
    vmodem_credential_digest(credential, digest);
    put_row(reply, at.tag, at.type, digest);
    np_write_text(reply, ",\"");
    np_write_bytes(reply, np_bytes_of(credential->content, credential->len));
    np_write_text(reply, "\"\r\n");
    return VMODEM_OK;
}

static int delete_credential(np_virtual_modem *modem, np_reader *rest, np_writer *reply)
{
    place at;
    (void)reply;
    if (!take_place(rest, &at) || !at.has_type || !np_at_is_done(rest)) {
        return NP_CME_PARAMETERS;
    }
    if (at.tag > NP_SEC_TAG_USER_MAX) {
        return NP_CME_NO_ACCESS;
    }
    int result = vmodem_gate(modem);
    np_modem_credential *credential = vmodem_find(modem, at.tag, at.type);
    if (result != VMODEM_OK || credential == NULL) {
        return result != VMODEM_OK ? result : NP_CME_NOT_FOUND;
    }
    vmodem_remove(modem, credential);
    return VMODEM_OK;
}

typedef int (*operation)(np_virtual_modem *modem, np_reader *rest, np_writer *reply);

/* By number. */
static const operation operations[] = {write_credential, list, read_credential, delete_credential};

int vmodem_at_credential(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    np_reader reader = np_reader_of(rest);
    uint64_t number = 0;
    bool is_number = np_read_u8(&reader) == '=' && np_at_take_number(&reader, &number);
    if (!is_number || number >= NP_COUNT_OF(operations)) {
        return NP_CME_PARAMETERS;
    }
    return operations[number](modem, &reader, reply);
}

bool vmodem_credential_stores(np_bytes rest)
{
    enum { WRITE = 0, DELETE = 3 };
    np_reader reader = np_reader_of(rest);
    uint64_t number = 0;
    return np_read_u8(&reader) == '=' && np_at_take_number(&reader, &number) &&
           (number == WRITE || number == DELETE);
}
