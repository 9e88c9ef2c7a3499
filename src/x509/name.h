/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinguished names: from words to DER, one attribute an RDN, with the string types that
 * everybody expects: country and serialNumber are PrintableString, emailAddress is IA5String, all
 * others UTF8String (RFC 5280 4.1.2.4 and appendix A). No heap.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/*
 * Writes the RDN. The type is "CN", "O" ... (RFC 4514), "serialNumber" or "emailAddress", in any
 * case. NP_EINPUT_MISSING for another type, NP_EINPUT_RANGE when the text is empty or longer than
 * X.520 allows, NP_EINPUT_FORMAT when its characters are not those of the string type.
 */
NP_MUST_USE np_code np_name_write_attribute(np_writer *writer, np_bytes type, np_bytes text,
                                            np_error *err);

/* Is this a type that np_name_write_attribute knows? */
bool np_name_has_type(np_bytes type);

/*
 * The RDNs of a text like "C=DE,O=Acme\, Inc.", in the order in which they stand there (RFC 4514
 * itself would turn it round); escapes as there. NP_EINPUT_FORMAT, and what
 * np_name_write_attribute says.
 */
NP_MUST_USE np_code np_name_write_text(np_writer *writer, const char *text, np_error *err);

/* Which attributes a name has, and in which order. */
typedef struct np_name_order {
    const char *const *types;
    size_t count;
    bool writes_missing; /* with an empty text, which X.520 forbids and Nordic's tools do */
} np_name_order;

/*
 * The same text with its RDNs in this order, each type at most once and no others
 * (NP_EINPUT_FORMAT, NP_EINPUT_MISSING).
 */
NP_MUST_USE np_code np_name_write_in_order(np_writer *writer, const char *text,
                                           const np_name_order *order, np_error *err);

/*
 * The value of the first attribute of a Name of this type, in whatever string type; false when
 * there is none or the Name is malformed.
 */
bool np_name_find(np_bytes name, const char *type, np_bytes *ret_text);

/* The same when there is just one; false, also when there are more. */
bool np_name_find_only(np_bytes name, const char *type, np_bytes *ret_text);
