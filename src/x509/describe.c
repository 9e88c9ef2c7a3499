/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/describe.h"

#include "base/text.h"
#include "base/utf8.h"
#include "x509/der.h"
#include "x509/oids.h"

typedef struct oid_row {
    const char *name;
    const char *oid; /* content */
    size_t len;
} oid_row;

#define OID(content) content, sizeof(content) - 1

static const oid_row attributes[] = {
    {"CN", OID("\x55\x04\x03")}, {"serialNumber", OID("\x55\x04\x05")},
    {"C", OID("\x55\x04\x06")},  {"L", OID("\x55\x04\x07")},
    {"ST", OID("\x55\x04\x08")}, {"O", OID("\x55\x04\x0a")},
    {"OU", OID("\x55\x04\x0b")}, {"emailAddress", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")},
};

static const oid_row algorithms[] = {
    {"RSA", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")},
    {"sha1WithRSAEncryption", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05")},
    {"RSASSA-PSS", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")},
    {"sha256WithRSAEncryption", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")},
    {"sha384WithRSAEncryption", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c")},
    {"sha512WithRSAEncryption", OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d")},
    {"ecdsa-with-SHA1", OID("\x2a\x86\x48\xce\x3d\x04\x01")},
    {"ecdsa-with-SHA256", OID("\x2a\x86\x48\xce\x3d\x04\x03\x02")},
    {"ecdsa-with-SHA384", OID("\x2a\x86\x48\xce\x3d\x04\x03\x03")},
    {"ecdsa-with-SHA512", OID("\x2a\x86\x48\xce\x3d\x04\x03\x04")},
    {"Ed25519", OID("\x2b\x65\x70")},
    {"Ed448", OID("\x2b\x65\x71")},
    {"P-256 (compressed point)", OID("\x2a\x86\x48\xce\x3d\x03\x01\x07")},
    {"P-384", OID("\x2b\x81\x04\x00\x22")},
    {"P-521", OID("\x2b\x81\x04\x00\x23")},
    {"secp256k1", OID("\x2b\x81\x04\x00\x0a")},
};

static const oid_row extension_names[] = {
    {"subjectKeyIdentifier", OID("\x55\x1d\x0e")},
    {"keyUsage", OID("\x55\x1d\x0f")},
    {"subjectAltName", OID("\x55\x1d\x11")},
    {"issuerAltName", OID("\x55\x1d\x12")},
    {"basicConstraints", OID("\x55\x1d\x13")},
    {"nameConstraints", OID("\x55\x1d\x1e")},
    {"cRLDistributionPoints", OID("\x55\x1d\x1f")},
    {"certificatePolicies", OID("\x55\x1d\x20")},
    {"authorityKeyIdentifier", OID("\x55\x1d\x23")},
    {"extKeyUsage", OID("\x55\x1d\x25")},
    {"authorityInfoAccess", OID("\x2b\x06\x01\x05\x05\x07\x01\x01")},
    {"netscapeComment", OID("\x60\x86\x48\x01\x86\xf8\x42\x01\x0d")},
};

static const oid_row purposes[] = {
    {"serverAuth", OID("\x2b\x06\x01\x05\x05\x07\x03\x01")},
    {"clientAuth", OID("\x2b\x06\x01\x05\x05\x07\x03\x02")},
    {"codeSigning", OID("\x2b\x06\x01\x05\x05\x07\x03\x03")},
    {"emailProtection", OID("\x2b\x06\x01\x05\x05\x07\x03\x04")},
    {"timeStamping", OID("\x2b\x06\x01\x05\x05\x07\x03\x08")},
};

/* RFC 5280 4.2.1.3, from the first bit on. */
static const char *const key_usages[] = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly",
};

static void put(np_writer *out, const char *text)
{
    np_write_text(out, text);
}

static void put_number(np_writer *out, uint64_t number)
{
    if (number >= 10) {
        put_number(out, number / 10);
    }
    np_write_u8(out, (uint8_t)('0' + number % 10));
}

/* A writer drops what does not fit as a whole, so bytes go in one by one. */
static void put_printable(np_writer *out, np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_printable = text.data[i] >= 0x20 && text.data[i] < 0x7f;
        np_write_u8(out, is_printable ? text.data[i] : '?');
    }
}

static void put_dotted(np_writer *out, np_bytes oid)
{
    uint64_t arc = 0;
    bool is_first = true;
    for (size_t i = 0; i < oid.len; i++) {
        arc = arc << 7 | (oid.data[i] & 0x7fU);
        if ((oid.data[i] & 0x80) != 0) {
            continue;
        }
        if (is_first) {
            uint64_t root = arc < 80 ? arc / 40 : 2;
            put_number(out, root);
            arc -= 40 * root;
        }
        put(out, ".");
        put_number(out, arc);
        is_first = false;
        arc = 0;
    }
}

static void put_oid(np_writer *out, np_bytes oid, const oid_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (np_bytes_equal(oid, np_bytes_of(rows[i].oid, rows[i].len))) {
            put(out, rows[i].name);
            return;
        }
    }
    put_dotted(out, oid);
}

/* Ends the text in place; what did not fit is lost. */
static void finish(np_writer *out, char *text, size_t size)
{
    text[out->len < size ? out->len : size - 1] = '\0';
}

static np_writer begin(char *text, size_t size)
{
    memset(text, 0, size);
    return np_writer_of((uint8_t *)text, size - 1);
}

static const char *string_type(uint8_t tag)
{
    switch (tag) {
    case NP_DER_PRINTABLE_STRING:
        return " (PrintableString)";
    case X509_TAG_IA5_STRING:
        return " (IA5String)";
    case X509_TAG_TELETEX_STRING:
        return " (TeletexString)";
    default:
        return tag == NP_DER_UTF8_STRING ? "" : " (another string type)";
    }
}

/* Bytes of the character that the text begins with; 0: it is no UTF-8, or cannot be seen. */
static size_t visible_character(np_bytes text)
{
    enum { LONGEST = 4 };
    size_t len = 1;
    while (len < text.len && len < LONGEST && !np_is_utf8(np_bytes_of(text.data, len))) {
        len++;
    }
    bool is_control = text.data[0] < 0x20 || text.data[0] == 0x7f ||
                      (text.data[0] == 0xc2 && len == 2 && text.data[1] < 0xa0);
    return !is_control && np_is_utf8(np_bytes_of(text.data, len)) ? len : 0;
}

static void put_utf8(np_writer *out, np_bytes text)
{
    while (text.len > 0) {
        size_t len = visible_character(text);
        np_write_bytes(out, len == 0 ? np_bytes_text("?") : np_bytes_of(text.data, len));
        len = len == 0 ? 1 : len;
        text = np_bytes_of(text.data + len, text.len - len);
    }
}

/* A value in words, and what is said of its type. */
typedef void (*put_value)(np_writer *out, const np_der *value);

static void put_finding(np_writer *out, const np_der *value)
{
    put_printable(out, value->content);
    put(out, string_type(value->tag));
}

static void put_words(np_writer *out, const np_der *value)
{
    put_utf8(out, value->content);
}

static void put_attribute(np_writer *out, np_bytes attribute, put_value put_it)
{
    np_der oid;
    np_der value;
    np_reader reader = np_reader_of(attribute);
    if (!np_der_take(&reader, NP_DER_OID, &oid) || !np_der_next(&reader, &value)) {
        put(out, "?");
        return;
    }
    put_oid(out, oid.content, attributes, NP_COUNT_OF(attributes));
    put(out, "=");
    put_it(out, &value);
}

static void put_name(np_writer *out, np_bytes name, put_value put_it)
{
    np_der sequence;
    np_der set;
    np_der attribute;
    np_reader outer = np_reader_of(name);
    (void)np_der_next(&outer, &sequence);
    np_reader sets = np_reader_of(sequence.content);
    while (sets.rest.len > 0 && np_der_take(&sets, NP_DER_SET, &set)) {
        np_reader inner = np_reader_of(set.content);
        while (inner.rest.len > 0 && np_der_take(&inner, NP_DER_SEQUENCE, &attribute)) {
            put(out, out->len > 0 ? ", " : "");
            put_attribute(out, attribute.content, put_it);
        }
    }
    if (out->len == 0) {
        put(out, "empty");
    }
}

void x509_describe_name(np_bytes name, char *ret_text, size_t size)
{
    np_writer out = begin(ret_text, size);
    put_name(&out, name, put_finding);
    finish(&out, ret_text, size);
}

void x509_name_words(np_bytes name, char *ret_text, size_t size)
{
    np_writer out = begin(ret_text, size);
    put_name(&out, name, put_words);
    finish(&out, ret_text, size);
}

/* The object identifier of an AlgorithmIdentifier, and what stands behind it. */
static np_bytes algorithm_oid(np_bytes algorithm, np_bytes *ret_parameters)
{
    np_der sequence;
    np_der oid;
    np_reader outer = np_reader_of(algorithm);
    (void)np_der_next(&outer, &sequence);
    np_reader inner = np_reader_of(sequence.content);
    (void)np_der_next(&inner, &oid);
    *ret_parameters = inner.rest;
    return oid.content;
}

void x509_describe_algorithm(np_bytes algorithm, char *ret_text, size_t size)
{
    np_bytes parameters;
    np_writer out = begin(ret_text, size);
    put_oid(&out, algorithm_oid(algorithm, &parameters), algorithms, NP_COUNT_OF(algorithms));
    put(&out, parameters.len > 0 ? " with parameters" : "");
    finish(&out, ret_text, size);
}

void x509_describe_key(np_bytes spki, char *ret_text, size_t size)
{
    static const uint8_t ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    np_der sequence;
    np_der algorithm;
    np_der curve;
    np_bytes parameters;
    np_writer out = begin(ret_text, size);
    np_reader outer = np_reader_of(spki);
    (void)np_der_next(&outer, &sequence);
    np_reader inner = np_reader_of(sequence.content);
    (void)np_der_next(&inner, &algorithm);
    np_bytes oid = algorithm_oid(algorithm.whole, &parameters);
    if (np_bytes_equal(oid, NP_BYTES(ec_public_key))) {
        np_reader rest = np_reader_of(parameters);
        bool is_named = np_der_take(&rest, NP_DER_OID, &curve);
        oid = is_named ? curve.content : oid;
    }
    put_oid(&out, oid, algorithms, NP_COUNT_OF(algorithms));
    finish(&out, ret_text, size);
}

void x509_describe_extension_name(np_bytes oid, char *ret_text, size_t size)
{
    np_writer out = begin(ret_text, size);
    put_oid(&out, oid, extension_names, NP_COUNT_OF(extension_names));
    finish(&out, ret_text, size);
}

static void put_hex(np_writer *out, np_bytes bytes)
{
    enum { SHOWN = 24 };
    char text[2 * SHOWN + 1];
    size_t shown = bytes.len < SHOWN ? bytes.len : SHOWN;
    np_format_hex(np_bytes_of(bytes.data, shown), text);
    put(out, text);
    put(out, shown < bytes.len ? "..." : "");
}

void x509_describe_hex(np_bytes bytes, char *ret_text, size_t size)
{
    np_writer out = begin(ret_text, size);
    put_hex(&out, bytes);
    finish(&out, ret_text, size);
}

static bool put_basic_constraints(np_writer *out, np_bytes value)
{
    np_der sequence;
    np_der flag;
    np_bytes length;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &sequence)) {
        return false;
    }
    np_reader inner = np_reader_of(sequence.content);
    bool is_authority = np_der_is_next(&inner, NP_DER_BOOLEAN) && np_der_next(&inner, &flag);
    put(out, is_authority ? "CA true" : "CA false");
    if (np_der_take_unsigned(&inner, &length) && length.len == 1) {
        put(out, ", path length ");
        put_number(out, length.data[0]);
    }
    return true;
}

static bool put_key_usage(np_writer *out, np_bytes value)
{
    np_der bits;
    np_reader reader = np_reader_of(value);
    if (!np_der_take(&reader, NP_DER_BIT_STRING, &bits) || bits.content.len < 2) {
        return false;
    }
    const char *between = "";
    for (size_t i = 0; i < NP_COUNT_OF(key_usages) && i / 8 + 1 < bits.content.len; i++) {
        if ((bits.content.data[i / 8 + 1] & (0x80 >> i % 8)) != 0) {
            put(out, between);
            put(out, key_usages[i]);
            between = ", ";
        }
    }
    return true;
}

static bool put_ext_key_usage(np_writer *out, np_bytes value)
{
    np_der sequence;
    np_der purpose;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &sequence)) {
        return false;
    }
    const char *between = "";
    np_reader inner = np_reader_of(sequence.content);
    while (inner.rest.len > 0 && np_der_take(&inner, NP_DER_OID, &purpose)) {
        put(out, between);
        put_oid(out, purpose.content, purposes, NP_COUNT_OF(purposes));
        between = ", ";
    }
    return true;
}

void x509_describe_extension(const np_extension *extension, char *ret_text, size_t size)
{
    static const struct {
        const char *oid;
        bool (*put)(np_writer *out, np_bytes value);
    } readers[] = {{"\x55\x1d\x13", put_basic_constraints},
                   {"\x55\x1d\x0f", put_key_usage},
                   {"\x55\x1d\x25", put_ext_key_usage}};
    np_writer out = begin(ret_text, size);
    put(&out, extension->is_critical ? "critical, " : "not critical, ");
    bool is_told = false;
    for (size_t i = 0; i < NP_COUNT_OF(readers) && !is_told; i++) {
        is_told = np_bytes_equal(extension->oid, np_bytes_text(readers[i].oid)) &&
                  readers[i].put(&out, extension->value);
    }
    if (!is_told) {
        put_hex(&out, extension->value);
    }
    finish(&out, ret_text, size);
}
