/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as it holds for this process: file, environment, and what is there without. */
#pragma once

#include "pkcs11/config.h"

/*
 * The file is $NAMEPLATE_PKCS11_CONF or /etc/nameplate/pkcs11.conf, which need not be there. When
 * it names no chip: the one of $NAMEPLATE_CHIP; else /dev/i2c-1 if that node exists.
 * $NAMEPLATE_PKCS11_LOG wins over the file's log. A program with more rights than its user
 * (AT_SECURE) has no such variables. Errors as config_parse, with the file's name, and
 * NP_ESTATION_IO; there are no chips then.
 */
NP_MUST_USE np_code config_load(config *ret, np_error *err);
