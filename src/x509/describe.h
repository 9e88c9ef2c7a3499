/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of foreign certificates in words, for findings. Text out is printable ASCII whatever the
 * certificate holds (UTF-8 where that is said), and cut off at its size.
 */
#pragma once

#include "x509/certificate.h"

/* "CN=Acme CA, O=Acme"; a string that is not UTF-8 by type says so. */
void x509_describe_name(np_bytes name, char *ret_text, size_t size);

/*
 * The same for people: "CN=Gerät 7, O=Acme" in UTF-8, cut between characters. What is neither UTF-8
 * nor a visible character is "?".
 */
void x509_name_words(np_bytes name, char *ret_text, size_t size);

/* "RSA", "P-384", "1.2.3.4" */
void x509_describe_key(np_bytes spki, char *ret_text, size_t size);

/* "sha256WithRSAEncryption", or the object identifier. */
void x509_describe_algorithm(np_bytes algorithm, char *ret_text, size_t size);

/* "subjectAltName", or the object identifier. */
void x509_describe_extension_name(np_bytes oid, char *ret_text, size_t size);

/* "critical, CA true", or the value in hex. */
void x509_describe_extension(const np_extension *extension, char *ret_text, size_t size);

/* Hex of at most 24 bytes, dots behind when there are more. */
void x509_describe_hex(np_bytes bytes, char *ret_text, size_t size);
