/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known, as the rule of admission asks for it: a query for each kind of question, and what
 * its rows mean. Asked one by one by np_gate_ask, many at a time by registry/questions.h. Inside
 * the room.
 */
#pragma once

#include "registry/admission.h"
#include "registry/engine.h"

/* $1: SHA-256 of the certificate, of the key's SubjectPublicKeyInfo; rows are credentials. */
extern const store_query known_certificate;
extern const store_query known_key;
/* $1: organisation, $2: identifier; rows are devices. */
extern const store_query known_device;
/* $1: SHA-256 of the subject; rows are authorities. */
extern const store_query known_authorities;

/* NP_ESTATION_DATABASE for a row that cannot be. */
NP_MUST_USE np_code known_take_credential(const store_value *columns, np_known_credential *ret,
                                          np_error *err);
NP_MUST_USE np_code known_take_device(const store_value *columns, np_known_device *ret,
                                      np_error *err);
/* The certificate's bytes stay the row's. */
np_known_authority known_take_authority(const store_value *columns);
