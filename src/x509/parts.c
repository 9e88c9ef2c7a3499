/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/parts.h"

#include "x509/der.h"
#include "x509/oids.h"

bool x509_take_sequence(np_reader *reader, np_bytes *ret_whole)
{
    np_der sequence;
    bool is_good = np_der_take(reader, NP_DER_SEQUENCE, &sequence);
    *ret_whole = sequence.whole;
    return is_good;
}

bool x509_take_bit_string(np_reader *reader, np_bytes *ret)
{
    np_der bits;
    if (!np_der_take(reader, NP_DER_BIT_STRING, &bits) || bits.content.len == 0 ||
        bits.content.data[0] != 0) {
        return false;
    }
    *ret = np_bytes_of(bits.content.data + 1, bits.content.len - 1);
    return true;
}

bool x509_take_key(np_reader *reader, np_bytes *ret_spki, np_bytes *ret_point)
{
    np_der spki;
    np_bytes algorithm;
    np_bytes key;
    if (!np_der_take(reader, NP_DER_SEQUENCE, &spki)) {
        return false;
    }
    np_reader inner = np_reader_of(spki.content);
    if (!x509_take_sequence(&inner, &algorithm) || !x509_take_bit_string(&inner, &key) ||
        !np_reader_is_done(&inner)) {
        return false;
    }
    size_t prefix = sizeof(x509_p256_spki);
    bool is_p256 =
        spki.whole.len == prefix + 64 && memcmp(spki.whole.data, x509_p256_spki, prefix) == 0;
    *ret_spki = spki.whole;
    *ret_point = is_p256 ? np_bytes_of(spki.whole.data + prefix, 64) : (np_bytes){NULL, 0};
    return true;
}
