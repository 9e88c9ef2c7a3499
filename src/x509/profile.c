/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/profile.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/oids.h"
#include "x509/profile_internal.h"

enum { FIRST_GENERALIZED_YEAR = 2050 /* RFC 5280 4.1.2.5 */ };

enum { POINT_AT = sizeof(x509_p256_spki) - 1 /* the 04 before X and Y */ };

void np_profile_key_id(const np_profile *profile, const uint8_t public_key[static 64],
                       uint8_t ret[static NP_KEY_ID_SIZE])
{
    uint8_t spki[sizeof(x509_p256_spki) + 64];
    memcpy(spki, x509_p256_spki, sizeof(x509_p256_spki));
    memcpy(spki + sizeof(x509_p256_spki), public_key, 64);
    size_t start = profile->key_id == NP_KEY_ID_OF_POINT ? POINT_AT : 0;
    np_sha1(np_bytes_of(spki + start, sizeof(spki) - start), ret);
}

static void write_text(np_writer *writer, const char *text)
{
    if (text != NULL) {
        np_write_text(writer, text);
    }
}

static void write_hole(np_writer *writer, np_name_hole hole, const np_profile_values *values)
{
    char id[8];
    if (hole == NP_HOLE_SUBJECT) {
        np_write_bytes(writer, values->subject);
    } else if (hole == NP_HOLE_SIGNER_ID) {
        np_format(id, sizeof(id), values->pads_signer_id ? "%04X" : "%X",
                  (unsigned)values->signer_id);
        np_write_text(writer, id);
    }
}

static size_t open_attribute(np_writer *writer, np_bytes oid, size_t marks[static 2])
{
    marks[0] = np_der_open(writer, NP_DER_SET);
    marks[1] = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_OID, oid);
    return np_der_open(writer, NP_DER_UTF8_STRING);
}

static void close_attribute(np_writer *writer, size_t text, const size_t marks[static 2])
{
    np_der_close(writer, text);
    np_der_close(writer, marks[1]);
    np_der_close(writer, marks[0]);
}

void np_profile_write_name(np_writer *writer, const np_profile_name *name,
                           const np_profile_values *values)
{
    size_t marks[2];
    size_t whole = np_der_open(writer, NP_DER_SEQUENCE);
    if (name->organization != NULL) {
        size_t text = open_attribute(writer, NP_BYTES(x509_organization), marks);
        np_write_text(writer, name->organization);
        close_attribute(writer, text, marks);
    }
    size_t text = open_attribute(writer, NP_BYTES(x509_common_name), marks);
    write_text(writer, name->before);
    write_hole(writer, name->hole, values);
    write_text(writer, name->after);
    close_attribute(writer, text, marks);
    np_der_close(writer, whole);
}

static void write_time(np_writer *writer, const np_civil *time, bool is_always_long)
{
    char text[32];
    bool is_short = time->year < FIRST_GENERALIZED_YEAR && !is_always_long;
    np_format(text, sizeof(text), "%04d%02d%02d%02d%02d%02dZ", time->year, time->month, time->day,
              time->hour, time->minute, time->second);
    np_der_write(writer, is_short ? NP_DER_UTC_TIME : NP_DER_GENERALIZED_TIME,
                 np_bytes_text(is_short ? text + 2 : text));
}

void x509_write_validity(np_writer *writer, const np_validity *validity,
                         bool ends_in_generalized_time)
{
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    write_time(writer, &validity->not_before, false);
    write_time(writer, &validity->not_after, ends_in_generalized_time);
    np_der_close(writer, mark);
}

static const uint8_t *authority_of(const np_profile *profile, const np_profile_values *values)
{
    return profile->is_self_signed ? values->public_key : values->authority_key;
}

static void write_extension(np_writer *writer, const np_profile *profile,
                            const np_profile_extension *extension, const np_profile_values *values)
{
    uint8_t id[NP_KEY_ID_SIZE];
    np_write_bytes(writer, extension->der);
    switch (extension->kind) {
    case NP_EXTENSION_LITERAL:
        return;
    case NP_EXTENSION_EUI48:
        np_write_bytes(writer, values->eui48);
        return;
    case NP_EXTENSION_SUBJECT_KEY_ID:
        np_profile_key_id(profile, values->public_key, id);
        break;
    case NP_EXTENSION_AUTHORITY_KEY_ID:
        np_profile_key_id(profile, authority_of(profile, values), id);
        break;
    }
    np_write_bytes(writer, NP_BYTES(id));
}

static void write_extensions(np_writer *writer, const np_profile *profile,
                             const np_profile_values *values)
{
    size_t mark = np_der_open(writer, X509_TAG_EXTENSIONS);
    size_t list = np_der_open(writer, NP_DER_SEQUENCE);
    for (size_t i = 0; i < profile->extension_count; i++) {
        write_extension(writer, profile, &profile->extensions[i], values);
    }
    np_der_close(writer, list);
    np_der_close(writer, mark);
}

np_serial_source x509_profile_source(const np_profile *profile, const np_profile_values *values)
{
    return profile->serial_source == NP_SERIAL_BY_NIBBLE ? values->serial_source
                                                         : profile->serial_source;
}

static void write_serial(np_writer *writer, const np_profile *profile,
                         const np_profile_values *values, const uint8_t *dates)
{
    uint8_t serial[NP_CERTIFICATE_SERIAL_SIZE];
    bool is_by_key = x509_profile_source(profile, values) == NP_SERIAL_FROM_PUBLIC_KEY;
    np_certificate_serial(is_by_key ? np_bytes_of(values->public_key, 64) : values->chip_serial,
                          dates, serial);
    np_der_write_unsigned(writer, NP_BYTES(serial));
}

static void write_spki(np_writer *writer, const uint8_t *public_key)
{
    np_write_bytes(writer, NP_BYTES(x509_p256_spki));
    np_write_bytes(writer, np_bytes_of(public_key, 64));
}

static size_t length_of(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static bool has_eui48(const np_profile *profile)
{
    for (size_t i = 0; i < profile->extension_count; i++) {
        if (profile->extensions[i].kind == NP_EXTENSION_EUI48) {
            return true;
        }
    }
    return false;
}

/* Only the subject's hole and the EUI-48 can have a length that does not fit. */
static np_code check_values(const np_profile *profile, const np_profile_values *values,
                            np_error *err)
{
    const np_profile_name *subject = &profile->subject;
    size_t hole = subject->hole == NP_HOLE_SUBJECT ? values->subject.len : 0;
    size_t length = length_of(subject->before) + hole + length_of(subject->after);
    if (length > NP_COMMON_NAME_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the subject has %zu bytes; a common name has at most %d", length,
                            NP_COMMON_NAME_MAX);
    }
    if (has_eui48(profile) && values->eui48.len != NP_EUI48_TEXT_SIZE) {
        return np_error_set(err, NP_EINPUT_RANGE, "an EUI-48 has %d hex digits, this has %zu",
                            NP_EUI48_TEXT_SIZE, values->eui48.len);
    }
    return NP_OK;
}

np_code np_profile_write_tbs(const np_profile *profile, const np_profile_values *values,
                             const uint8_t dates[static NP_DATES_SIZE], np_writer *writer,
                             np_error *err)
{
    static const uint8_t version_3[] = {X509_TAG_VERSION, 0x03, 0x02, 0x01, 0x02};
    np_validity validity;
    NP_TRY(np_dates_decode(dates, &validity, err));
    NP_TRY(check_values(profile, values, err));
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, NP_BYTES(version_3));
    write_serial(writer, profile, values, dates);
    np_write_bytes(writer, NP_BYTES(x509_ecdsa_with_sha256));
    np_profile_write_name(writer, &profile->issuer, values);
    x509_write_validity(writer, &validity, profile->ends_in_generalized_time);
    np_profile_write_name(writer, &profile->subject, values);
    write_spki(writer, values->public_key);
    write_extensions(writer, profile, values);
    np_der_close(writer, mark);
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a certificate of %zu bytes has no room",
                            writer->len);
    }
    return NP_OK;
}

static void write_signature(np_writer *writer, const uint8_t *signature)
{
    size_t mark = np_der_open(writer, NP_DER_BIT_STRING);
    np_write_u8(writer, 0); /* no unused bits */
    np_der_write_signature(writer, signature);
    np_der_close(writer, mark);
}

void np_profile_assemble(np_bytes tbs, const uint8_t signature[static 64], np_writer *writer)
{
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, tbs);
    np_write_bytes(writer, NP_BYTES(x509_ecdsa_with_sha256));
    write_signature(writer, signature);
    np_der_close(writer, mark);
}

static np_code check_field(const np_profile *profile, const char *field, unsigned found,
                           unsigned wanted, np_error *err)
{
    if (found == wanted) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_FORMAT,
                        "the stored certificate is no %s: its %s is 0x%x, must be 0x%x",
                        profile->name, field, found, wanted);
}

static np_code check_profile(const np_profile *profile, const np_compressed *stored, np_error *err)
{
    NP_TRY(check_field(profile, "template id", stored->template_id, profile->template_id, err));
    NP_TRY(check_field(profile, "chain id", stored->chain_id, profile->chain_id, err));
    if (!profile->has_signer_id) {
        NP_TRY(check_field(profile, "signer id", stored->signer_id, 0, err));
    }
    bool is_computed = stored->serial_source == NP_SERIAL_FROM_PUBLIC_KEY ||
                       stored->serial_source == NP_SERIAL_FROM_CHIP_SERIAL;
    if (profile->serial_source == NP_SERIAL_BY_NIBBLE && is_computed) {
        return NP_OK;
    }
    return check_field(profile, "serial number source", stored->serial_source,
                       profile->serial_source == NP_SERIAL_BY_NIBBLE ? NP_SERIAL_FROM_PUBLIC_KEY
                                                                     : profile->serial_source,
                       err);
}

np_code np_profile_rebuild(const np_profile *profile, const np_profile_values *values,
                           const uint8_t bytes[static NP_COMPRESSED_SIZE], np_writer *writer,
                           np_error *err)
{
    np_compressed stored;
    uint8_t tbs[1024]; /* the longest: 64 bytes of subject and all extensions, well below */
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    NP_TRY(np_compressed_decode(bytes, &stored, err));
    NP_TRY(check_profile(profile, &stored, err));
    np_profile_values filled = *values;
    filled.signer_id = stored.signer_id;
    filled.serial_source = (np_serial_source)stored.serial_source;
    NP_TRY(np_profile_write_tbs(profile, &filled, stored.dates, &tbs_writer, err));
    np_profile_assemble(np_writer_bytes(&tbs_writer), stored.signature, writer);
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a certificate of %zu bytes has no room",
                            writer->len);
    }
    return NP_OK;
}
