/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest.h"

#include "base/format.h"
#include "base/text.h"
#include "cloud/manifest_payload.h"
#include "x509/constraints.h"

np_code np_manifest_signer_read(np_bytes certificate, np_manifest_signer *ret, np_error *err)
{
    np_certificate parsed;
    np_constraints constraints;
    uint8_t point[1 + NP_P256_POINT_SIZE] = {0x04};
    NP_TRY(np_certificate_parse(certificate, &parsed, err));
    if (parsed.point.len != NP_P256_POINT_SIZE) {
        return np_error_set(err, NP_EINPUT_KEY, "its key is not of P-256, and ES256 needs one");
    }
    memcpy(ret->key, parsed.point.data, sizeof(ret->key));
    np_sha256(certificate, ret->thumbprint);
    memcpy(point + 1, ret->key, sizeof(ret->key));
    np_sha1(NP_BYTES(point), ret->key_id);
    NP_TRY(np_constraints_read(&parsed, &constraints, err));
    if (constraints.subject_key_id.len == sizeof(ret->key_id)) {
        memcpy(ret->key_id, constraints.subject_key_id.data, sizeof(ret->key_id));
    }
    return NP_OK;
}

/* The four members of an element. */
typedef struct jws {
    np_bytes payload; /* Base64url, as it is signed */
    np_bytes protected;
    np_bytes signature;
    np_bytes unique_id; /* of the header that is not signed */
} jws;

static bool split(manifest_reading *on, np_bytes element, jws *ret)
{
    cloud_members members, header;
    const char *wrong = cloud_slices_check(element, NP_MANIFEST_DEPTH_MAX);
    if (wrong != NULL) {
        return manifest_refuse(on, "%s", wrong);
    }
    if (!cloud_slices_members(element, &members)) {
        return manifest_refuse(on, "it is no object");
    }
    bool has_all = manifest_text(on, &members, "payload", &ret->payload) &&
                   manifest_text(on, &members, "protected", &ret->protected) &&
                   manifest_text(on, &members, "signature", &ret->signature);
    if (!has_all) {
        return false;
    }
    if (!cloud_slices_members(cloud_slices_find(&members, "header"), &header)) {
        return manifest_refuse(on, "it has no header");
    }
    if (members.count != 4 || header.count != 1) {
        return manifest_refuse(on, "it has members that a manifest does not have");
    }
    return manifest_text(on, &header, "uniqueId", &ret->unique_id);
}

static bool decode(manifest_reading *on, np_bytes text, const char *what, np_bytes *ret)
{
    np_writer writer = np_writer_of(on->room.data + on->room.len, on->room.size - on->room.len);
    if (!np_writer_has_room(&on->room) || np_parse_base64url(text, &writer, NULL) != NP_OK) {
        return manifest_refuse(on, "its %s is no Base64url", what);
    }
    *ret = np_writer_bytes(&writer);
    on->room.len += writer.len;
    return true;
}

static bool check_algorithm(manifest_reading *on, const cloud_members *header)
{
    np_bytes name;
    if (!manifest_text(on, header, "alg", &name)) {
        return false;
    }
    if (np_bytes_equal(name, np_bytes_text("ES256"))) {
        return true;
    }
    return manifest_refuse(on, "its alg is '%.*s': only ES256 is accepted",
                           name.len < 16 ? (int)name.len : 16, (const char *)name.data);
}

/* False when the header has the member in another form. */
static bool decode_name(manifest_reading *on, const cloud_members *header, const char *name,
                        np_bytes *ret)
{
    np_bytes text;
    *ret = (np_bytes){NULL, 0};
    if (cloud_slices_find(header, name).len == 0) {
        return true;
    }
    return manifest_text(on, header, name, &text) && decode(on, text, name, ret);
}

/* By the thumbprint, else by the identifier of the key; what is there must fit. */
static const np_manifest_signer *find_signer(const np_manifest_signers *signers,
                                             np_bytes thumbprint, np_bytes key_id)
{
    for (size_t i = 0; i < signers->count; i++) {
        const np_manifest_signer *signer = &signers->at[i];
        bool fits_thumbprint =
            thumbprint.len == 0 || np_bytes_equal(thumbprint, NP_BYTES(signer->thumbprint));
        bool fits_key_id = key_id.len == 0 || np_bytes_equal(key_id, NP_BYTES(signer->key_id));
        if (fits_thumbprint && fits_key_id && thumbprint.len + key_id.len > 0) {
            return signer;
        }
    }
    return NULL;
}

static bool read_protected(manifest_reading *on, const np_manifest_signers *signers, np_bytes text,
                           const np_manifest_signer **ret)
{
    cloud_members header;
    np_bytes json, thumbprint, key_id;
    if (!decode(on, text, "protected header", &json)) {
        return false;
    }
    const char *wrong = cloud_slices_check(json, NP_MANIFEST_DEPTH_MAX);
    if (wrong != NULL || !cloud_slices_members(json, &header)) {
        return manifest_refuse(on, "its protected header: %s",
                               wrong != NULL ? wrong : "it is no object");
    }
    if (cloud_slices_find(&header, "crit").len > 0) {
        return manifest_refuse(on, "its protected header asks for extensions (crit)");
    }
    if (!check_algorithm(on, &header) || !decode_name(on, &header, "x5t#S256", &thumbprint) ||
        !decode_name(on, &header, "kid", &key_id)) {
        return false;
    }
    *ret = find_signer(signers, thumbprint, key_id);
    return *ret != NULL
               ? true
               : manifest_refuse(on, "it is signed by none of the signers that were given");
}

static np_code verify(manifest_reading *on, const jws *parts, const np_manifest_signer *signer,
                      bool *ret_is_good, np_error *err)
{
    const np_bytes signed_parts[] = {parts->protected, np_bytes_text("."), parts->payload};
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes signature;
    *ret_is_good = false;
    if (!decode(on, parts->signature, "signature", &signature)) {
        return NP_OK;
    }
    if (signature.len != NP_P256_SIGNATURE_SIZE) {
        (void)manifest_refuse(on, "its signature has %zu bytes instead of 64", signature.len);
        return NP_OK;
    }
    np_sha256_parts(signed_parts, NP_COUNT_OF(signed_parts), digest);
    NP_TRY(np_p256_verifier_check(on->verifier, signer->key, digest, signature.data, ret_is_good,
                                  err));
    if (!*ret_is_good) {
        (void)manifest_refuse(on, "its signature is not the signer's");
    }
    return NP_OK;
}

np_code np_manifest_read(const np_manifest_signers *signers, np_p256_verifier *verifier,
                         np_bytes element, np_manifest_entry *ret, np_error *err)
{
    /* Everything that is decoded: less than the element has in all, and texts without escapes. */
    uint8_t room[2 * NP_MANIFEST_ELEMENT_MAX];
    manifest_reading on = {
        .verifier = verifier, .room = np_writer_of(room, sizeof(room)), .entry = ret};
    const np_manifest_signer *signer = NULL;
    jws parts;
    np_bytes json;
    bool is_good = false;
    ret->is_refused = false;
    ret->unique_id[0] = ret->reason[0] = '\0';
    ret->line_len = 0;
    if (element.len > NP_MANIFEST_ELEMENT_MAX) {
        (void)manifest_refuse(&on, "it is larger than %d bytes", NP_MANIFEST_ELEMENT_MAX);
        return NP_OK;
    }
    if (!split(&on, element, &parts) || !manifest_take_id(&on, parts.unique_id) ||
        !read_protected(&on, signers, parts.protected, &signer)) {
        return NP_OK;
    }
    NP_TRY(verify(&on, &parts, signer, &is_good, err));
    if (is_good && decode(&on, parts.payload, "payload", &json)) {
        manifest_read_payload(&on, json, parts.unique_id);
    }
    return NP_OK;
}
