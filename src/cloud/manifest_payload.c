/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest_payload.h"

#include "base/format.h"
#include "base/text.h"
#include "base/utf8.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/public_key.h"

enum { VERSION_LAST = 3, COORDINATE_SIZE = 32, ID_DIGITS = NP_MANIFEST_ID_SIZE - 1 };

typedef struct jwk {
    np_bytes kid;
    uint8_t point[NP_P256_POINT_SIZE];
    np_bytes chain[NP_MANIFEST_CHAIN_MAX]; /* DER */
    size_t chain_count;
    np_bytes common_name; /* of the first certificate; empty: none */
} jwk;

/* What the line is made of. */
typedef struct chip {
    np_bytes model;
    np_bytes part_number;
    np_bytes group;
    np_bytes timestamp;
    jwk keys[NP_MANIFEST_KEYS_MAX];
    size_t key_count;
    size_t main_key; /* the device's own */
} chip;

bool manifest_refuse(manifest_reading *on, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!on->entry->is_refused) {
        np_format_list(on->entry->reason, sizeof(on->entry->reason), format, list);
    }
    va_end(list);
    on->entry->is_refused = true;
    on->entry->line_len = 0;
    return false;
}

bool manifest_text(manifest_reading *on, const cloud_members *members, const char *name,
                   np_bytes *ret)
{
    if (cloud_slices_text(cloud_slices_find(members, name), &on->room, ret) && ret->len > 0) {
        return true;
    }
    return manifest_refuse(on, "it has no text %s", name);
}

bool manifest_take_id(manifest_reading *on, np_bytes text)
{
    char *id = on->entry->unique_id;
    uint8_t serial[ID_DIGITS / 2];
    if (text.len == ID_DIGITS) {
        memcpy(id, text.data, ID_DIGITS);
        id[ID_DIGITS] = '\0';
    }
    if (text.len != ID_DIGITS || np_parse_hex(id, serial, sizeof(serial), NULL) != NP_OK) {
        id[0] = '\0';
        return manifest_refuse(on, "its uniqueId is not 18 hex digits");
    }
    np_format_hex(NP_BYTES(serial), id);
    return true;
}

/* An optional text: empty when it is not there. */
static bool optional_text(manifest_reading *on, const cloud_members *members, const char *name,
                          np_bytes *ret)
{
    *ret = (np_bytes){NULL, 0};
    return cloud_slices_find(members, name).len == 0 || manifest_text(on, members, name, ret);
}

static bool read_coordinate(manifest_reading *on, const cloud_members *members, const char *name,
                            uint8_t *ret)
{
    np_bytes text;
    np_writer writer = np_writer_of(ret, COORDINATE_SIZE);
    if (!manifest_text(on, members, name, &text)) {
        return false;
    }
    bool is_good =
        np_parse_base64url(text, &writer, NULL) == NP_OK && writer.len == COORDINATE_SIZE;
    return is_good ? true : manifest_refuse(on, "%s of a key is not 32 bytes in Base64url", name);
}

/* Standard Base64 of exactly its bytes: the parser would accept white space between them. */
static bool decode_certificate(manifest_reading *on, np_bytes item, np_bytes *ret)
{
    np_bytes text;
    if (!cloud_slices_text(item, &on->room, &text) || !np_writer_has_room(&on->room)) {
        return false;
    }
    np_writer writer = np_writer_of(on->room.data + on->room.len, on->room.size - on->room.len);
    if (np_parse_base64(text, &writer, NULL) != NP_OK || (writer.len + 2) / 3 * 4 != text.len) {
        return false;
    }
    *ret = np_writer_bytes(&writer);
    on->room.len += writer.len;
    return true;
}

/* Empty unless it can stand in JSON. */
static np_bytes name_of(const np_certificate *certificate)
{
    np_bytes name;
    bool is_text = np_name_find_only(certificate->subject, "CN", &name) && np_is_utf8(name);
    return is_text ? name : (np_bytes){NULL, 0};
}

static bool read_chain(manifest_reading *on, np_bytes value, jwk *key)
{
    cloud_items items;
    np_certificate parsed;
    if (!cloud_slices_items(value, &items) || items.count == 0 ||
        items.count > NP_MANIFEST_CHAIN_MAX) {
        return manifest_refuse(on, "x5c of a key is not 1 to %d certificates",
                               NP_MANIFEST_CHAIN_MAX);
    }
    for (size_t i = 0; i < items.count; i++) {
        np_bytes *der = &key->chain[i];
        if (!decode_certificate(on, items.at[i], der) ||
            np_certificate_parse(*der, &parsed, NULL) != NP_OK) {
            return manifest_refuse(on, "entry %zu of x5c is no certificate in Base64", i + 1);
        }
        if (i == 0 && !np_bytes_equal(parsed.point, NP_BYTES(key->point))) {
            return manifest_refuse(on, "the certificate of a key has another key");
        }
        if (i == 0) {
            key->common_name = name_of(&parsed);
        }
    }
    key->chain_count = items.count;
    return true;
}

/* *ret_is_ours: of P-256. Other curves are of version 3 and of other chips. */
static bool read_key_type(manifest_reading *on, const cloud_members *members, bool *ret_is_ours)
{
    np_bytes type, curve;
    if (cloud_slices_find(members, "d").len > 0 || cloud_slices_find(members, "k").len > 0) {
        return manifest_refuse(on, "it gives a private key away");
    }
    if (!manifest_text(on, members, "kty", &type)) {
        return false;
    }
    if (!np_bytes_equal(type, np_bytes_text("EC"))) {
        return manifest_refuse(on, "one of its keys is not of an elliptic curve");
    }
    if (!manifest_text(on, members, "crv", &curve)) {
        return false;
    }
    *ret_is_ours = np_bytes_equal(curve, np_bytes_text("P-256"));
    return true;
}

static bool read_key(manifest_reading *on, np_bytes value, chip *ret)
{
    cloud_members members;
    jwk *key = &ret->keys[ret->key_count];
    bool is_ours = false;
    if (!cloud_slices_members(value, &members)) {
        return manifest_refuse(on, "one of its keys is no object");
    }
    if (!read_key_type(on, &members, &is_ours)) {
        return false;
    }
    if (!is_ours) {
        return true;
    }
    key->chain_count = 0;
    key->common_name = (np_bytes){NULL, 0};
    if (!manifest_text(on, &members, "kid", &key->kid) ||
        !read_coordinate(on, &members, "x", key->point) ||
        !read_coordinate(on, &members, "y", key->point + COORDINATE_SIZE)) {
        return false;
    }
    if (!np_p256_verifier_accepts(on->verifier, key->point)) {
        return manifest_refuse(on, "x and y of a key are not on the curve");
    }
    np_bytes chain = cloud_slices_find(&members, "x5c");
    ret->key_count++;
    return chain.len == 0 || read_chain(on, chain, key);
}

/* The first with a certificate, else that of slot 0, else the first. */
static size_t choose_key(const chip *of)
{
    for (size_t i = 0; i < of->key_count; i++) {
        if (of->keys[i].chain_count > 0) {
            return i;
        }
    }
    for (size_t i = 0; i < of->key_count; i++) {
        if (np_bytes_equal(of->keys[i].kid, np_bytes_text("0"))) {
            return i;
        }
    }
    return 0;
}

static bool read_keys(manifest_reading *on, const cloud_members *payload, chip *ret)
{
    cloud_members set;
    cloud_items items;
    np_bytes value = cloud_slices_find(payload, "publicKeySet");
    ret->key_count = 0;
    if (value.len == 0) {
        return true;
    }
    if (!cloud_slices_members(value, &set) ||
        !cloud_slices_items(cloud_slices_find(&set, "keys"), &items)) {
        return manifest_refuse(on, "its publicKeySet has no keys");
    }
    if (items.count > NP_MANIFEST_KEYS_MAX) {
        return manifest_refuse(on, "it has more than %d keys", NP_MANIFEST_KEYS_MAX);
    }
    for (size_t i = 0; i < items.count; i++) {
        if (!read_key(on, items.at[i], ret)) {
            return false;
        }
    }
    ret->main_key = choose_key(ret);
    return true;
}

static bool check_version(manifest_reading *on, const cloud_members *payload)
{
    np_bytes version = cloud_slices_find(payload, "version");
    bool is_known =
        version.len == 1 && version.data[0] >= '1' && version.data[0] <= '0' + VERSION_LAST;
    return is_known ? true : manifest_refuse(on, "its version is not 1, 2 or 3");
}

/* Who made, provisioned and sold it; version 1's description spells the last with an e. */
static bool check_names(manifest_reading *on, const cloud_members *payload)
{
    static const char *const names[] = {"manufacturer", "provisioner", "distributor",
                                        "distributer"};
    cloud_members name;
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        np_bytes value = cloud_slices_find(payload, names[i]);
        if (value.len > 0 && (!cloud_slices_members(value, &name) || name.count == 0)) {
            return manifest_refuse(on, "its %s has no names", names[i]);
        }
    }
    return true;
}

static bool read_texts(manifest_reading *on, const cloud_members *payload, chip *ret)
{
    return manifest_text(on, payload, "model", &ret->model) &&
           optional_text(on, payload, "partNumber", &ret->part_number) &&
           optional_text(on, payload, "groupId", &ret->group) &&
           optional_text(on, payload, "provisioningTimestamp", &ret->timestamp);
}

static void write_text(np_writer *writer, const char *name, np_bytes text)
{
    if (text.len > 0) {
        record_json_write_name(writer, name);
        record_json_write_text(writer, text);
    }
}

static void write_spki(np_writer *writer, const jwk *key)
{
    uint8_t spki[NP_SPKI_SIZE];
    np_public_key_encode(key->point, spki);
    record_json_write_name(writer, "public_key");
    record_json_write_base64(writer, NP_BYTES(spki));
}

static void write_certificates(np_writer *writer, const jwk *key)
{
    uint8_t digest[NP_SHA256_SIZE];
    if (key->chain_count == 0) {
        return;
    }
    np_sha256(key->chain[0], digest);
    record_json_write_name(writer, "cert");
    record_json_write_base64(writer, key->chain[0]);
    record_json_write_name(writer, "cert_sha256");
    record_json_write_hex(writer, NP_BYTES(digest));
    if (key->chain_count == 1) {
        return;
    }
    record_json_write_name(writer, "chain");
    for (size_t i = 1; i < key->chain_count; i++) {
        np_write_u8(writer, i == 1 ? '[' : ',');
        record_json_write_base64(writer, key->chain[i]);
    }
    np_write_u8(writer, ']');
}

static void write_attributes(np_writer *writer, const chip *of)
{
    if (of->group.len + of->part_number.len == 0) {
        return;
    }
    record_json_write_name(writer, "attributes");
    np_write_u8(writer, '{');
    write_text(writer, "group_id", of->group);
    write_text(writer, "part_number", of->part_number);
    np_write_u8(writer, '}');
}

/* The keys of the chip's other slots. */
static void write_further_keys(np_writer *writer, const chip *of)
{
    bool is_first = true;
    for (size_t i = 0; i < of->key_count; i++) {
        if (i == of->main_key) {
            continue;
        }
        if (is_first) {
            record_json_write_name(writer, "keys");
        }
        np_write_text(writer, is_first ? "[{" : ",{");
        write_text(writer, "kid", of->keys[i].kid);
        write_spki(writer, &of->keys[i]);
        np_write_u8(writer, '}');
        is_first = false;
    }
    np_write_text(writer, is_first ? "" : "]");
}

/* Parts are named in capitals there and in small letters here. */
static void write_model(np_writer *writer, np_bytes model)
{
    uint8_t text[32];
    size_t len = model.len < sizeof(text) ? model.len : sizeof(text);
    for (size_t i = 0; i < len; i++) {
        uint8_t letter = model.data[i];
        text[i] = letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter | 0x20) : letter;
    }
    write_text(writer, "model", np_bytes_of(text, len));
}

/* Members in the order of their names, as a record has them. */
static void write_line(np_writer *writer, const chip *of, np_bytes uid)
{
    const jwk *key = of->key_count > 0 ? &of->keys[of->main_key] : NULL;
    np_bytes name = key == NULL ? (np_bytes){NULL, 0} : key->common_name;
    np_write_u8(writer, '{');
    write_attributes(writer, of);
    if (key != NULL) {
        write_certificates(writer, key);
    }
    write_text(writer, "finished", of->timestamp);
    write_further_keys(writer, of);
    write_model(writer, of->model);
    if (key != NULL) {
        write_spki(writer, key);
    }
    write_text(writer, "serial", name.len > 0 ? name : uid);
    write_text(writer, "uid", uid);
    np_write_u8(writer, '}');
}

static bool read_chip(manifest_reading *on, np_bytes json, np_bytes unique_id, chip *ret)
{
    cloud_members payload;
    np_bytes id;
    const char *wrong = cloud_slices_check(json, NP_MANIFEST_DEPTH_MAX);
    if (wrong != NULL || !cloud_slices_members(json, &payload)) {
        return manifest_refuse(on, "its payload: %s", wrong != NULL ? wrong : "it is no object");
    }
    if (!manifest_text(on, &payload, "uniqueId", &id)) {
        return false;
    }
    if (!np_bytes_equal(id, unique_id)) {
        return manifest_refuse(on, "the uniqueId of its payload is not that of its header");
    }
    return check_version(on, &payload) && check_names(on, &payload) &&
           read_texts(on, &payload, ret) && read_keys(on, &payload, ret);
}

void manifest_read_payload(manifest_reading *on, np_bytes json, np_bytes unique_id)
{
    chip found;
    np_manifest_entry *entry = on->entry;
    np_writer writer = np_writer_of(entry->line, sizeof(entry->line) - 1);
    if (!read_chip(on, json, unique_id, &found)) {
        return;
    }
    write_line(&writer, &found, np_bytes_text(entry->unique_id));
    if (!np_writer_has_room(&writer)) {
        (void)manifest_refuse(on, "its line would be longer than a record's may be");
        return;
    }
    entry->line_len = writer.len;
}
