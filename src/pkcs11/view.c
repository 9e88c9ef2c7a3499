/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/view.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/oids.h"

#include <stdlib.h>

/* Handles: the class, and a number in it, so that none is 0. */
#define HANDLE(class, number) (((class) << 8) | (number))

static np_bytes label_of(view_role role, bool is_auxiliary)
{
    static const char *const labels[2][VIEW_ROLE_COUNT] = {{"device", "signer"},
                                                           {"aux-device", "aux-signer"}};
    return np_bytes_text(labels[is_auxiliary][role]);
}

static void make_key_parts(view *made)
{
    const uint8_t *key = made->facts.identity.public_key;
    np_writer spki = np_writer_of(made->spki, sizeof(made->spki));
    np_write_bytes(&spki, NP_BYTES(x509_p256_spki));
    np_write_bytes(&spki, np_bytes_of(key, NP_PUBLIC_KEY_SIZE));
    np_writer point = np_writer_of(made->point, sizeof(made->point));
    size_t mark = np_der_open(&point, NP_DER_OCTET_STRING);
    np_write_u8(&point, 0x04); /* uncompressed (SEC 1 2.3.3) */
    np_write_bytes(&point, np_bytes_of(key, NP_PUBLIC_KEY_SIZE));
    np_der_close(&point, mark);
}

/* The rule by which the certificates of each kind name keys. */
static const np_profile *profile_of(np_identity_kind kind)
{
    return kind == NP_IDENTITY_TRUST_AND_GO ? &np_profile_trust_and_go_device
                                            : &np_profile_nerveskey_device;
}

static object *add(view *made, unsigned kind, CK_OBJECT_CLASS class, unsigned number)
{
    object *added = &made->objects[made->object_count++];
    *added = (object){.handle = HANDLE(class, number), .kind = kind, .class = class};
    return added;
}

static void add_key(view *made, unsigned kind, CK_OBJECT_CLASS class, np_bytes label)
{
    object *key = add(made, kind, class, 1);
    key->label = label;
    key->id = NP_BYTES(made->id);
    key->spki = NP_BYTES(made->spki);
    key->point = NP_BYTES(made->point);
    key->derives = made->facts.can_agree ? CK_TRUE : CK_FALSE;
}

/* id-ce-subjectKeyIdentifier, id-ce-authorityKeyIdentifier; contents. */
static const uint8_t subject_key_id_oid[] = {0x55, 0x1d, 0x0e};

/* The identifier that the certificate says it has, when it has the usual length. */
static bool find_subject_key_id(const np_certificate *certificate, uint8_t ret[VIEW_ID_SIZE])
{
    np_reader extensions = np_reader_of(certificate->extensions);
    np_extension extension;
    while (np_extension_next(&extensions, &extension)) {
        np_reader value = np_reader_of(extension.value);
        np_der id;
        if (np_bytes_equal(extension.oid, NP_BYTES(subject_key_id_oid)) &&
            np_der_take(&value, NP_DER_OCTET_STRING, &id) && id.content.len == VIEW_ID_SIZE) {
            memcpy(ret, id.content.data, VIEW_ID_SIZE);
            return true;
        }
    }
    return false;
}

/* CK_DATE has digits without a NUL. */
static CK_DATE date_of(const np_civil *time)
{
    char text[16];
    CK_DATE date;
    np_format(text, sizeof(text), "%04u%02u%02u", (unsigned)time->year % 10000,
              (unsigned)time->month % 100, (unsigned)time->day % 100);
    memcpy(&date, text, sizeof(date));
    return date;
}

static np_bytes make_serial(view_certificate *parts, np_bytes content)
{
    np_writer writer = np_writer_of(parts->serial, sizeof(parts->serial));
    np_der_write_unsigned(&writer, content);
    return np_writer_bytes(&writer);
}

/* CKA_HASH_OF_..._PUBLIC_KEY: SHA-1 of the key's bits, whatever the certificates do (2.40 4.6.3).
 */
static void hash_key(const uint8_t key[static NP_PUBLIC_KEY_SIZE], uint8_t ret[VIEW_ID_SIZE])
{
    np_profile_key_id(&np_profile_trust_and_go_device, key, ret);
}

typedef struct certificate_source {
    view_role role;
    np_bytes der;
    const uint8_t *issuer_key; /* NULL: not known */
    np_bytes label;
} certificate_source;

static void fill_dates(object *made, view_certificate *parts, const np_validity *validity)
{
    parts->start = date_of(&validity->not_before);
    parts->end = date_of(&validity->not_after);
    made->start_date = np_bytes_of(&parts->start, sizeof(parts->start));
    made->end_date = np_bytes_of(&parts->end, sizeof(parts->end));
}

static void fill_hashes(object *made, view_certificate *parts, const np_certificate *certificate,
                        const certificate_source *source)
{
    uint8_t digest[NP_SHA1_SIZE];
    np_sha1(certificate->der, digest);
    memcpy(parts->check_value, digest, VIEW_CHECK_SIZE);
    made->check_value = NP_BYTES(parts->check_value);
    if (certificate->point.len == NP_PUBLIC_KEY_SIZE) {
        hash_key(certificate->point.data, parts->subject_key_hash);
        made->subject_key_hash = NP_BYTES(parts->subject_key_hash);
    }
    if (source->issuer_key != NULL) {
        hash_key(source->issuer_key, parts->issuer_key_hash);
        made->issuer_key_hash = NP_BYTES(parts->issuer_key_hash);
    }
}

/* The signer is trusted: GnuTLS takes issuers from a token only if they are. */
static void add_certificate(view *made, const certificate_source *source)
{
    np_certificate certificate;
    view_certificate *parts = &made->certificates[source->role];
    if (np_certificate_parse(source->der, &certificate, NULL) != NP_OK) {
        return;
    }
    object *added = add(made, OBJECT_CERTIFICATE, CKO_CERTIFICATE, source->role + 1U);
    bool is_signer = source->role == VIEW_SIGNER;
    memcpy(parts->id, made->id, sizeof(parts->id));
    if (is_signer && !find_subject_key_id(&certificate, parts->id)) {
        np_sha1(certificate.spki, parts->id);
    }
    added->label = source->label;
    added->id = NP_BYTES(parts->id);
    added->value = source->der;
    added->subject = certificate.subject;
    added->issuer = certificate.issuer;
    added->serial = make_serial(parts, certificate.serial);
    added->spki = certificate.spki;
    added->is_trusted = is_signer ? CK_TRUE : CK_FALSE;
    added->category =
        is_signer ? CK_CERTIFICATE_CATEGORY_AUTHORITY : CK_CERTIFICATE_CATEGORY_TOKEN_USER;
    fill_dates(added, parts, &certificate.validity);
    fill_hashes(added, parts, &certificate, source);
}

/* Keys carry the subject of their certificate. */
static void copy_subject(view *made)
{
    np_bytes subject = {0};
    for (size_t i = 0; i < made->object_count; i++) {
        if (made->objects[i].handle == HANDLE(CKO_CERTIFICATE, VIEW_DEVICE + 1)) {
            subject = made->objects[i].subject;
        }
    }
    for (size_t i = 0; i < made->object_count; i++) {
        if ((made->objects[i].kind & (OBJECT_PRIVATE_KEY | OBJECT_PUBLIC_KEY)) != 0) {
            made->objects[i].subject = subject;
        }
    }
}

static void add_certificates(view *made, bool is_auxiliary)
{
    const np_token_facts *facts = &made->facts;
    const np_identity *identity = is_auxiliary ? &facts->aux.identity : &facts->identity;
    bool is_trust_and_go = identity->kind == NP_IDENTITY_TRUST_AND_GO;
    if (!(is_auxiliary ? facts->has_aux : facts->has_identity)) {
        return;
    }
    const certificate_source sources[] = {
        {VIEW_DEVICE, np_bytes_of(identity->device.bytes, identity->device.len),
         identity->signer_key, label_of(VIEW_DEVICE, is_auxiliary)},
        {VIEW_SIGNER, np_bytes_of(identity->signer.bytes, identity->signer.len),
         is_trust_and_go ? identity->root_key : identity->signer_key,
         label_of(VIEW_SIGNER, is_auxiliary)},
    };
    for (size_t i = 0; i < NP_COUNT_OF(sources); i++) {
        add_certificate(made, &sources[i]);
    }
    copy_subject(made);
}

/* What the module promises to all (OASIS PKCS #11 Profiles 3.0). */
static void add_profiles(view *made)
{
    static const struct {
        CK_ULONG id;
        const char *label;
    } profiles[] = {
        {CKP_BASELINE_PROVIDER, "baseline provider"},
        {CKP_EXTENDED_PROVIDER, "extended provider"},
        {CKP_AUTHENTICATION_TOKEN, "authentication token"},
        {CKP_PUBLIC_CERTIFICATES, "public certificates token"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(profiles); i++) {
        object *profile = add(made, OBJECT_PROFILE, CKO_PROFILE, (unsigned)i + 1);
        profile->profile = profiles[i].id;
        profile->label = np_bytes_text(profiles[i].label);
    }
}

view *view_new(const np_token_facts *facts, bool is_auxiliary, bool needs_login)
{
    view *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    made->facts = *facts;
    if (facts->has_key) {
        np_bytes label = label_of(VIEW_DEVICE, is_auxiliary);
        make_key_parts(made);
        np_profile_key_id(profile_of(facts->identity.kind), facts->identity.public_key, made->id);
        add_key(made, OBJECT_PRIVATE_KEY, CKO_PRIVATE_KEY, label);
        made->objects[0].is_private = needs_login ? CK_TRUE : CK_FALSE;
        add_key(made, OBJECT_PUBLIC_KEY, CKO_PUBLIC_KEY, label);
        add_certificates(made, is_auxiliary);
    }
    add_profiles(made);
    return made;
}

void view_free(view *old)
{
    while (old != NULL) {
        view *former = old->former;
        free(old);
        old = former;
    }
}

const object *view_find(const view *in, CK_OBJECT_HANDLE handle)
{
    for (size_t i = 0; i < in->object_count; i++) {
        if (in->objects[i].handle == handle) {
            return &in->objects[i];
        }
    }
    return NULL;
}
