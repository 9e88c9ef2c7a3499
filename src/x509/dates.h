/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a validity does not fit the three date bytes, cause by cause: encoding stops at the first,
 * the storable check lists them all.
 */
#pragma once

#include "x509/compressed.h"

enum { X509_DATES_TEXT_SIZE = 160 };

/* Is this the "no well-defined expiration date" of RFC 5280: 9999-12-31 23:59:59? */
bool x509_is_without_expiry(const np_civil *not_after);

/* Writes cause number index (0, 1, ...) as a sentence; false when there are no more. */
bool x509_dates_cause(const np_validity *validity, size_t index, char *ret_text, size_t size);
