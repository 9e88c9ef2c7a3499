/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a token: the private key that a URI names, its public point, a new pair. */
#include "signer/hsm_token.h"

#include "x509/certificate.h"

enum { FOUND_MAX = 2, ID_MAX = 64, NEW_ID_SIZE = 16, VALUE_MAX = NP_CERTIFICATE_MAX };

/* DER of the named curve prime256v1. */
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG size)
{
    return (CK_ATTRIBUTE){type, value, size};
}

/* All that fit, FOUND_MAX at most. */
static np_code find(hsm_token *token, CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE ret[static FOUND_MAX], CK_ULONG *ret_count, np_error *err)
{
    CK_FUNCTION_LIST *module = token->module;
    CK_RV value = module->C_FindObjectsInit(token->session, template, count);
    if (value == CKR_OK) {
        value = module->C_FindObjects(token->session, ret, FOUND_MAX, ret_count);
        module->C_FindObjectsFinal(token->session);
    }
    return value == CKR_OK ? NP_OK : hsm_refused(err, value, "looking for the key");
}

/* Class, and what the URI says of label and id. */
static CK_ULONG named(const hsm_token *token, CK_OBJECT_CLASS *class, CK_ATTRIBUTE ret[static 3])
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_LABEL, CKA_ID};
    CK_ULONG count = 0;
    ret[count++] = attribute(CKA_CLASS, class, sizeof(*class));
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        CK_ATTRIBUTE *given = p11_kit_uri_get_attribute(token->uri, types[i]);
        if (given != NULL) {
            ret[count++] = *given;
        }
    }
    return count;
}

np_code hsm_token_find_key(hsm_token *token, CK_OBJECT_HANDLE *ret, np_error *err)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[3];
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    char label[HSM_LABEL_SIZE];
    hsm_token_label(token, label);
    NP_TRY(find(token, template, named(token, &class, template), found, &count, err));
    if (count == 1) {
        *ret = found[0];
        return NP_OK;
    }
    np_code code = count == 0 ? NP_EINPUT_MISSING : NP_EINPUT_RANGE;
    np_error_set(err, code, "%s: %s private key of that name", label,
                 count == 0 ? "there is no" : "there is more than one");
    return np_error_hint(err, code,
                         count == 0 ? "p11tool --login --list-all-privkeys shows what is there; "
                                      "signer create --generate makes one"
                                    : "name it by object= and id=");
}

/* 04 X Y, bare or in an OCTET STRING as the standard has it. */
static bool take_point(np_bytes value, uint8_t *ret)
{
    enum { BARE = 1 + NP_P256_POINT_SIZE, WRAPPED = 2 + BARE };
    np_reader reader = np_reader_of(value);
    if (value.len == WRAPPED) {
        np_read_bytes(&reader, WRAPPED - BARE);
    }
    if (reader.rest.len != BARE || np_read_u8(&reader) != 0x04) {
        return false;
    }
    memcpy(ret, np_read_bytes(&reader, NP_P256_POINT_SIZE).data, NP_P256_POINT_SIZE);
    return true;
}

static bool take_certificate_point(np_bytes value, uint8_t *ret)
{
    np_certificate certificate;
    if (np_certificate_parse(value, &certificate, NULL) != NP_OK || certificate.point.len == 0) {
        return false;
    }
    memcpy(ret, certificate.point.data, NP_P256_POINT_SIZE);
    return true;
}

static bool read_attribute(hsm_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                           uint8_t *ret, CK_ULONG *size)
{
    CK_ATTRIBUTE wanted = attribute(type, ret, *size);
    CK_RV value = token->module->C_GetAttributeValue(token->session, object, &wanted, 1);
    *size = wanted.ulValueLen;
    return value == CKR_OK && wanted.ulValueLen != CK_UNAVAILABLE_INFORMATION;
}

/* Where a point may be: beside the private key, under the same CKA_ID. */
typedef struct point_place {
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE_TYPE type;
    bool (*take)(np_bytes value, uint8_t *ret);
} point_place;

static np_code look_beside(hsm_token *token, CK_ATTRIBUTE id, const point_place *place,
                           uint8_t *ret, bool *ret_found, np_error *err)
{
    CK_OBJECT_CLASS class = place->class;
    CK_ATTRIBUTE template[] = {attribute(CKA_CLASS, &class, sizeof(class)), id};
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    uint8_t value[VALUE_MAX];
    CK_ULONG size = sizeof(value);
    NP_TRY(find(token, template, NP_COUNT_OF(template), found, &count, err));
    *ret_found = count > 0 && read_attribute(token, found[0], place->type, value, &size) &&
                 place->take(np_bytes_of(value, size), ret);
    return NP_OK;
}

static np_code refuse_pointless(const hsm_token *token, np_error *err)
{
    char label[HSM_LABEL_SIZE];
    hsm_token_label(token, label);
    np_error_set(err, NP_EINPUT_MISSING, "%s: nothing tells the public key of the private key",
                 label);
    return np_error_hint(err, NP_EINPUT_MISSING,
                         "a public key or a certificate with the same CKA_ID must lie beside it");
}

static np_code check_curve(hsm_token *token, CK_OBJECT_HANDLE key, np_error *err)
{
    CK_BYTE params[sizeof(p256)];
    CK_ULONG size = sizeof(params);
    if (read_attribute(token, key, CKA_EC_PARAMS, params, &size) && size == sizeof(p256) &&
        memcmp(params, p256, sizeof(p256)) == 0) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_FORMAT, "the token's private key is not on the curve P-256");
}

np_code hsm_token_read_point(hsm_token *token, CK_OBJECT_HANDLE key,
                             uint8_t ret[static NP_P256_POINT_SIZE], np_error *err)
{
    static const point_place places[] = {
        {CKO_PUBLIC_KEY, CKA_EC_POINT, take_point},
        {CKO_CERTIFICATE, CKA_VALUE, take_certificate_point},
    };
    uint8_t value[VALUE_MAX];
    uint8_t id[ID_MAX];
    CK_ULONG size = sizeof(value);
    CK_ULONG id_size = sizeof(id);
    bool is_found = false;
    NP_TRY(check_curve(token, key, err));
    if (read_attribute(token, key, CKA_EC_POINT, value, &size) &&
        take_point(np_bytes_of(value, size), ret)) {
        return NP_OK;
    }
    if (!read_attribute(token, key, CKA_ID, id, &id_size) || id_size == 0) {
        return refuse_pointless(token, err);
    }
    for (size_t i = 0; i < NP_COUNT_OF(places) && !is_found; i++) {
        NP_TRY(look_beside(token, attribute(CKA_ID, id, id_size), &places[i], ret, &is_found, err));
    }
    return is_found ? NP_OK : refuse_pointless(token, err);
}

static np_code check_is_new(hsm_token *token, np_error *err)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[3];
    CK_OBJECT_HANDLE found[FOUND_MAX];
    CK_ULONG count = 0;
    if (p11_kit_uri_get_attribute(token->uri, CKA_LABEL) == NULL) {
        np_error_set(err, NP_EUSAGE, "the URI does not say what to call the new key");
        return np_error_hint(err, NP_EUSAGE, "pkcs11:token=LABEL;object=LABEL");
    }
    NP_TRY(find(token, template, named(token, &class, template), found, &count, err));
    if (count == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_EXISTS, "the token has a private key of that name already");
    return np_error_hint(err, NP_EINPUT_EXISTS, "use it without --generate, or take another name");
}

np_code hsm_token_generate(hsm_token *token, np_error *err)
{
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BYTE fresh[NEW_ID_SIZE];
    CK_OBJECT_HANDLE made[2];
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    NP_TRY(check_is_new(token, err));
    CK_ATTRIBUTE *given = p11_kit_uri_get_attribute(token->uri, CKA_ID);
    CK_RV value = given != NULL
                      ? CKR_OK
                      : token->module->C_GenerateRandom(token->session, fresh, sizeof(fresh));
    CK_ATTRIBUTE id = given != NULL ? *given : attribute(CKA_ID, fresh, sizeof(fresh));
    CK_ATTRIBUTE label = *p11_kit_uri_get_attribute(token->uri, CKA_LABEL);
    CK_ATTRIBUTE public_key[] = {attribute(CKA_TOKEN, &yes, sizeof(yes)),
                                 attribute(CKA_VERIFY, &yes, sizeof(yes)),
                                 attribute(CKA_EC_PARAMS, p256, sizeof(p256)), label, id};
    CK_ATTRIBUTE private_key[] = {attribute(CKA_TOKEN, &yes, sizeof(yes)),
                                  attribute(CKA_PRIVATE, &yes, sizeof(yes)),
                                  attribute(CKA_SENSITIVE, &yes, sizeof(yes)),
                                  attribute(CKA_EXTRACTABLE, &no, sizeof(no)),
                                  attribute(CKA_SIGN, &yes, sizeof(yes)),
                                  label,
                                  id};
    if (value == CKR_OK) {
        value = token->module->C_GenerateKeyPair(token->session, &mechanism, public_key,
                                                 NP_COUNT_OF(public_key), private_key,
                                                 NP_COUNT_OF(private_key), &made[0], &made[1]);
    }
    return value == CKR_OK ? NP_OK : hsm_refused(err, value, "making the key");
}
