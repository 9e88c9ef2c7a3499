/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session_object.h"

#include "base/wipe.h"
#include "x509/der.h"
#include <stdlib.h>

enum {
    /* Handles of session objects have this bit, those of a chip never. */
    SESSION_OBJECT_BIT = 1 << 30,
    VALUE_MAX = 65536, /* bytes of one attribute; not tuned */
    SECRET_SIZE = 32,  /* what an agreement on P-256 yields */
};

typedef enum value_kind { VALUE_BOOL, VALUE_ULONG, VALUE_BYTES } value_kind;

enum { DATA = 1, PUBLIC = 2, SECRET = 4, EVERY = DATA | PUBLIC | SECRET };

/* How an attribute of a session object may be given, and what it is otherwise. */
typedef struct template_row {
    CK_ATTRIBUTE_TYPE type;
    unsigned classes;
    value_kind kind;
    enum { OPTIONAL, REQUIRED, FIXED } rule; /* FIXED: given or not, it has the usual value */
    bool can_change;                         /* by C_SetAttributeValue and C_CopyObject */
    CK_ULONG usual;                          /* of a boolean or number */
} template_row;

/* PKCS #11 2.40, 4.5, 4.7, 4.8, 4.10 and 2.3.3. A public key here verifies, and nothing else. */
static const template_row rows[] = {
    {CKA_CLASS, EVERY, VALUE_ULONG, REQUIRED, false, 0},
    {CKA_TOKEN, EVERY, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_PRIVATE, EVERY, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_MODIFIABLE, EVERY, VALUE_BOOL, OPTIONAL, false, CK_TRUE},
    {CKA_COPYABLE, EVERY, VALUE_BOOL, OPTIONAL, false, CK_TRUE},
    {CKA_DESTROYABLE, EVERY, VALUE_BOOL, OPTIONAL, false, CK_TRUE},
    {CKA_LABEL, EVERY, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_APPLICATION, DATA, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_OBJECT_ID, DATA, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_VALUE, DATA, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_KEY_TYPE, PUBLIC | SECRET, VALUE_ULONG, REQUIRED, false, 0},
    {CKA_ID, PUBLIC | SECRET, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_START_DATE, PUBLIC | SECRET, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_END_DATE, PUBLIC | SECRET, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_LOCAL, PUBLIC | SECRET, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_DERIVE, PUBLIC | SECRET, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_KEY_GEN_MECHANISM, PUBLIC | SECRET, VALUE_ULONG, FIXED, false, CK_UNAVAILABLE_INFORMATION},
    {CKA_SUBJECT, PUBLIC, VALUE_BYTES, OPTIONAL, true, 0},
    {CKA_EC_PARAMS, PUBLIC, VALUE_BYTES, REQUIRED, false, 0},
    {CKA_EC_POINT, PUBLIC, VALUE_BYTES, REQUIRED, false, 0},
    {CKA_VERIFY, PUBLIC, VALUE_BOOL, OPTIONAL, false, CK_TRUE},
    {CKA_VERIFY_RECOVER, PUBLIC, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_ENCRYPT, PUBLIC, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_WRAP, PUBLIC, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_TRUSTED, PUBLIC, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_SENSITIVE, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_EXTRACTABLE, SECRET, VALUE_BOOL, OPTIONAL, false, CK_TRUE},
    {CKA_ALWAYS_SENSITIVE, SECRET, VALUE_BOOL, FIXED, false, CK_FALSE},
    {CKA_NEVER_EXTRACTABLE, SECRET, VALUE_BOOL, FIXED, false, CK_FALSE},
    /* what other software may do with the value; the module itself does none of it */
    {CKA_ENCRYPT, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_DECRYPT, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_SIGN, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_VERIFY, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_WRAP, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
    {CKA_UNWRAP, SECRET, VALUE_BOOL, OPTIONAL, false, CK_FALSE},
};

static const template_row *row_of(CK_ATTRIBUTE_TYPE type, unsigned class)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].type == type && (rows[i].classes & class) != 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static const CK_ATTRIBUTE *given(const CK_ATTRIBUTE *template, CK_ULONG count,
                                 CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type == type) {
            return &template[i];
        }
    }
    return NULL;
}

static bool given_number(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                         CK_ULONG *ret)
{
    const CK_ATTRIBUTE *attribute = given(template, count, type);
    if (attribute == NULL || attribute->pValue == NULL || attribute->ulValueLen != sizeof(*ret)) {
        return false;
    }
    memcpy(ret, attribute->pValue, sizeof(*ret));
    return true;
}

static bool has_form(const CK_ATTRIBUTE *attribute, value_kind kind)
{
    static const CK_ULONG sizes[] = {
        [VALUE_BOOL] = sizeof(CK_BBOOL), [VALUE_ULONG] = sizeof(CK_ULONG)};
    if (attribute->pValue == NULL && attribute->ulValueLen != 0) {
        return false;
    }
    return kind == VALUE_BYTES ? attribute->ulValueLen <= VALUE_MAX
                               : attribute->ulValueLen == sizes[kind];
}

static bool is_usual(const CK_ATTRIBUTE *attribute, const template_row *row)
{
    CK_ULONG value = 0;
    if (row->kind == VALUE_BOOL) {
        value = *(const CK_BBOOL *)attribute->pValue;
    } else {
        memcpy(&value, attribute->pValue, sizeof(value));
    }
    return value == row->usual;
}

/* Each attribute known, in form, once, and not against what is fixed. */
static CK_RV check_attribute(const CK_ATTRIBUTE *template, CK_ULONG index, unsigned class)
{
    const CK_ATTRIBUTE *attribute = &template[index];
    const template_row *row = row_of(attribute->type, class);
    if (row == NULL) {
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    if (given(template, index, attribute->type) != NULL) {
        return CKR_TEMPLATE_INCONSISTENT;
    }
    if (!has_form(attribute, row->kind)) {
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if (row->rule == FIXED && !is_usual(attribute, row)) {
        return attribute->type == CKA_TOKEN ? CKR_TOKEN_WRITE_PROTECTED : CKR_TEMPLATE_INCONSISTENT;
    }
    return CKR_OK;
}

static CK_RV check_template(const CK_ATTRIBUTE *template, CK_ULONG count, unsigned class)
{
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = check_attribute(template, i, class);
        if (rv != CKR_OK) {
            return rv;
        }
    }
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        bool is_needed = rows[i].rule == REQUIRED && (rows[i].classes & class) != 0;
        if (is_needed && given(template, count, rows[i].type) == NULL) {
            return CKR_TEMPLATE_INCOMPLETE;
        }
    }
    return CKR_OK;
}

static CK_RV put(object *into, CK_ATTRIBUTE_TYPE type, np_bytes value)
{
    uint8_t *copy = malloc(value.len + 1); /* one byte more: malloc(0) may be NULL */
    if (copy == NULL) {
        return CKR_HOST_MEMORY;
    }
    if (value.len > 0) {
        memcpy(copy, value.data, value.len);
    }
    into->attributes[into->attribute_count++] =
        (object_attribute){.type = type, .value = np_bytes_of(copy, value.len)};
    return CKR_OK;
}

static CK_RV put_usual(object *into, const template_row *row)
{
    CK_BBOOL truth = (CK_BBOOL)row->usual;
    switch (row->kind) {
    case VALUE_BOOL:
        return put(into, row->type, np_bytes_of(&truth, sizeof(truth)));
    case VALUE_ULONG:
        return put(into, row->type, np_bytes_of(&row->usual, sizeof(row->usual)));
    case VALUE_BYTES:
        break;
    }
    return put(into, row->type, (np_bytes){0});
}

static void free_object(session_object **at)
{
    if (*at != NULL) {
        session_object_free(*at);
    }
}

/* Room for every row, and for the value that an agreement adds with its length. */
static session_object *allocate(CK_OBJECT_CLASS class)
{
    session_object *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    made->object.class = class;
    made->object.attributes = calloc(NP_COUNT_OF(rows) + 2, sizeof(object_attribute));
    if (made->object.attributes == NULL) {
        free(made);
        return NULL;
    }
    return made;
}

static CK_RV fill(object *into, const CK_ATTRIBUTE *template, CK_ULONG count, unsigned class)
{
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i < NP_COUNT_OF(rows) && rv == CKR_OK; i++) {
        const CK_ATTRIBUTE *attribute = given(template, count, rows[i].type);
        if ((rows[i].classes & class) == 0) {
            continue;
        }
        rv = attribute == NULL
                 ? put_usual(into, &rows[i])
                 : put(into, rows[i].type, np_bytes_of(attribute->pValue, attribute->ulValueLen));
    }
    return rv;
}

static bool may_see_private(const module_slot *slot)
{
    return !slot_needs_login(slot) || slot->login == LOGIN_USER;
}

static CK_RV keep(module_call *call, session_object *made, CK_OBJECT_HANDLE *ret)
{
    session_table *sessions = module_sessions();
    made->object.is_private = object_is(&made->object, CKA_PRIVATE) ? CK_TRUE : CK_FALSE;
    made->object.handle = SESSION_OBJECT_BIT | ++sessions->last_object;
    made->owner = call->session->handle;
    made->next = call->slot->session_objects;
    call->slot->session_objects = made;
    *ret = made->object.handle;
    return CKR_OK;
}

bool session_object_point(const object *key, uint8_t ret[static 64])
{
    np_bytes value;
    np_der point;
    if (object_get(key, CKA_EC_POINT, &value) != CKR_OK) {
        return false;
    }
    np_reader reader = np_reader_of(value);
    if (!np_der_take(&reader, NP_DER_OCTET_STRING, &point) || !np_reader_is_done(&reader) ||
        point.content.len != 65 || point.content.data[0] != 0x04) {
        return false;
    }
    memcpy(ret, point.content.data + 1, 64);
    return true;
}

static CK_RV check_public_key(const object *key)
{
    uint8_t point[64];
    np_bytes value;
    CK_ULONG type;
    if (object_get(key, CKA_KEY_TYPE, &value) != CKR_OK) {
        return CKR_TEMPLATE_INCOMPLETE;
    }
    memcpy(&type, value.data, sizeof(type));
    if (type != CKK_EC) {
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if (object_get(key, CKA_EC_PARAMS, &value) != CKR_OK || !np_bytes_equal(value, object_p256)) {
        return CKR_CURVE_NOT_SUPPORTED;
    }
    return session_object_point(key, point) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV check_private(const module_call *call, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    const CK_ATTRIBUTE *attribute = given(template, count, CKA_PRIVATE);
    bool is_private = attribute != NULL && *(const CK_BBOOL *)attribute->pValue != CK_FALSE;
    return is_private && !may_see_private(call->slot) ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
}

CK_RV session_object_create(module_call *call, const CK_ATTRIBUTE *template, CK_ULONG count,
                            CK_OBJECT_HANDLE *ret)
{
    CK_OBJECT_CLASS class;
    if (!given_number(template, count, CKA_CLASS, &class)) {
        return given(template, count, CKA_CLASS) == NULL ? CKR_TEMPLATE_INCOMPLETE
                                                         : CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if (class != CKO_DATA && class != CKO_PUBLIC_KEY) {
        return CKR_TEMPLATE_INCONSISTENT; /* the chip keeps keys and certificates of its own */
    }
    unsigned bit = class == CKO_DATA ? DATA : PUBLIC;
    CK_RV rv = check_template(template, count, bit);
    rv = rv == CKR_OK ? check_private(call, template, count) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    NP_CLEANUP(free_object) session_object *made = allocate(class);
    if (made == NULL) {
        return CKR_HOST_MEMORY;
    }
    rv = fill(&made->object, template, count, bit);
    if (rv == CKR_OK && class == CKO_PUBLIC_KEY) {
        rv = check_public_key(&made->object);
    }
    if (rv == CKR_OK) {
        rv = keep(call, made, ret);
        made = NULL;
    }
    return rv;
}

static unsigned bit_of(const session_object *of)
{
    return of->object.class == CKO_DATA         ? DATA
           : of->object.class == CKO_PUBLIC_KEY ? PUBLIC
                                                : SECRET;
}

static object_attribute *own(object *of, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < of->attribute_count; i++) {
        if (of->attributes[i].type == type) {
            return &of->attributes[i];
        }
    }
    return NULL;
}

static CK_RV check_change(const session_object *of, const CK_ATTRIBUTE *template, CK_ULONG index,
                          bool is_copy)
{
    const CK_ATTRIBUTE *attribute = &template[index];
    const template_row *row = row_of(attribute->type, bit_of(of));
    if (row == NULL) {
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    bool is_chosen_anew = attribute->type == CKA_PRIVATE || attribute->type == CKA_MODIFIABLE ||
                          attribute->type == CKA_TOKEN || attribute->type == CKA_DESTROYABLE;
    if (!row->can_change && !(is_copy && is_chosen_anew)) {
        return CKR_ATTRIBUTE_READ_ONLY;
    }
    return check_attribute(template, index, bit_of(of));
}

static CK_RV check_changes(const session_object *of, const CK_ATTRIBUTE *template, CK_ULONG count,
                           bool is_copy)
{
    CK_RV rv = CKR_OK;
    for (CK_ULONG i = 0; i < count && rv == CKR_OK; i++) {
        rv = check_change(of, template, i, is_copy);
    }
    return rv;
}

/* The new values first, so that a lack of memory changes nothing. */
static CK_RV change(object *of, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    object fresh = {.attributes = calloc(count + 1, sizeof(object_attribute))};
    CK_RV rv = fresh.attributes == NULL ? CKR_HOST_MEMORY : CKR_OK;
    for (CK_ULONG i = 0; i < count && rv == CKR_OK; i++) {
        rv = put(&fresh, template[i].type, np_bytes_of(template[i].pValue, template[i].ulValueLen));
    }
    for (size_t i = 0; i < fresh.attribute_count; i++) {
        object_attribute *mine = own(of, fresh.attributes[i].type);
        void *old = NULL;
        if (rv == CKR_OK && mine != NULL) {
            np_bytes value = mine->value;
            mine->value = fresh.attributes[i].value;
            fresh.attributes[i].value = value;
        }
        memcpy(&old, &fresh.attributes[i].value.data, sizeof(old));
        free(old);
    }
    free(fresh.attributes);
    return rv;
}

CK_RV session_object_set(session_object *of, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (!object_is(&of->object, CKA_MODIFIABLE)) {
        return CKR_ACTION_PROHIBITED;
    }
    CK_RV rv = check_changes(of, template, count, false);
    return rv == CKR_OK ? change(&of->object, template, count) : rv;
}

CK_RV session_object_copy(module_call *call, const session_object *from,
                          const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
    if (!object_is(&from->object, CKA_COPYABLE)) {
        return CKR_ACTION_PROHIBITED;
    }
    CK_RV rv = check_changes(from, template, count, true);
    rv = rv == CKR_OK ? check_private(call, template, count) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    NP_CLEANUP(free_object) session_object *made = allocate(from->object.class);
    if (made == NULL) {
        return CKR_HOST_MEMORY;
    }
    for (size_t i = 0; i < from->object.attribute_count && rv == CKR_OK; i++) {
        rv = put(&made->object, from->object.attributes[i].type, from->object.attributes[i].value);
    }
    rv = rv == CKR_OK ? change(&made->object, template, count) : rv;
    if (rv == CKR_OK) {
        rv = keep(call, made, ret);
        made = NULL;
    }
    return rv;
}

/*
 * 2.40 2.3.8: the leading bytes go when a shorter key is wanted. Only keys whose bytes can be
 * anything are made.
 */
static CK_RV cut_secret(np_bytes *secret, CK_ULONG key_type, const CK_ATTRIBUTE *length)
{
    CK_ULONG wanted = secret->len;
    if (length != NULL) {
        memcpy(&wanted, length->pValue, sizeof(wanted));
    }
    bool is_aes = key_type == CKK_AES;
    bool is_good = is_aes ? wanted == 16 || wanted == 24 || wanted == 32 : wanted > 0;
    if (key_type != CKK_GENERIC_SECRET && !is_aes) {
        return CKR_TEMPLATE_INCONSISTENT;
    }
    if (!is_good || wanted > secret->len) {
        return CKR_KEY_SIZE_RANGE;
    }
    *secret = np_bytes_of(secret->data + secret->len - wanted, wanted);
    return CKR_OK;
}

enum { DERIVED_TEMPLATE_MAX = 40 /* more attributes than a secret key has */ };

/* The template without CKA_VALUE_LEN, with class and type filled in. */
typedef struct derived_template {
    CK_ATTRIBUTE rows[DERIVED_TEMPLATE_MAX];
    CK_ULONG count;
    CK_OBJECT_CLASS class;
    CK_KEY_TYPE type;
    const CK_ATTRIBUTE *length;
} derived_template;

static CK_RV complete(derived_template *ret, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    *ret = (derived_template){.class = CKO_SECRET_KEY, .type = CKK_GENERIC_SECRET};
    if (count > DERIVED_TEMPLATE_MAX - 2) {
        return CKR_TEMPLATE_INCONSISTENT;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type == CKA_VALUE_LEN) {
            ret->length = &template[i];
        } else {
            ret->rows[ret->count++] = template[i];
        }
    }
    if (ret->length != NULL && !has_form(ret->length, VALUE_ULONG)) {
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if (given(ret->rows, ret->count, CKA_CLASS) == NULL) {
        ret->rows[ret->count++] = (CK_ATTRIBUTE){CKA_CLASS, &ret->class, sizeof(ret->class)};
    }
    if (given(ret->rows, ret->count, CKA_KEY_TYPE) == NULL) {
        ret->rows[ret->count++] = (CK_ATTRIBUTE){CKA_KEY_TYPE, &ret->type, sizeof(ret->type)};
    }
    return CKR_OK;
}

static CK_RV check_derived(derived_template *all, np_bytes *secret)
{
    CK_RV rv = check_template(all->rows, all->count, SECRET);
    if (rv != CKR_OK) {
        return rv;
    }
    (void)given_number(all->rows, all->count, CKA_CLASS, &all->class);
    (void)given_number(all->rows, all->count, CKA_KEY_TYPE, &all->type);
    return all->class == CKO_SECRET_KEY ? cut_secret(secret, all->type, all->length)
                                        : CKR_TEMPLATE_INCONSISTENT;
}

CK_RV session_object_derive(module_call *call, np_bytes secret, const CK_ATTRIBUTE *template,
                            CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
    derived_template all;
    CK_RV rv = complete(&all, template, count);
    rv = rv == CKR_OK ? check_derived(&all, &secret) : rv;
    rv = rv == CKR_OK ? check_private(call, all.rows, all.count) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    NP_CLEANUP(free_object) session_object *made = allocate(CKO_SECRET_KEY);
    if (made == NULL) {
        return CKR_HOST_MEMORY;
    }
    CK_ULONG len = secret.len;
    rv = fill(&made->object, all.rows, all.count, SECRET);
    rv = rv == CKR_OK ? put(&made->object, CKA_VALUE, secret) : rv;
    rv = rv == CKR_OK ? put(&made->object, CKA_VALUE_LEN, np_bytes_of(&len, sizeof(len))) : rv;
    if (rv == CKR_OK) {
        rv = keep(call, made, ret);
        made = NULL;
    }
    return rv;
}

session_object *session_object_find(const module_slot *slot, CK_OBJECT_HANDLE handle)
{
    session_object *one = slot->session_objects;
    while (one != NULL && one->object.handle != handle) {
        one = one->next;
    }
    return one;
}

void session_object_destroy(module_slot *slot, session_object *old)
{
    session_object **at = &slot->session_objects;
    while (*at != NULL && *at != old) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = old->next;
        session_object_free(old);
    }
}
