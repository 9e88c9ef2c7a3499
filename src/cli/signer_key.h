/* SPDX-License-Identifier: Apache-2.0 */
/* The signer that a command line names: its key in a PEM file, encrypted or not, or in an HSM. */
#pragma once

#include "cli/certificate.h"
#include "cli/options.h"
#include "cli/secret.h"
#include "files/signer_key.h"

/*
 * --signer-cert with --signer-key, a PEM file or a pkcs11: URI; without a key when that is not
 * given. Asks for a passphrase or PIN where one is needed and no file has it. Errors name the file.
 */
NP_MUST_USE np_code cli_signer_open(const cli_arguments *arguments, np_signer **ret, np_error *err);

/*
 * The same although the signer's owner wants each unit counted: for a caller that counts them by an
 * authorization.
 */
NP_MUST_USE np_code cli_signer_open_counted(const cli_arguments *arguments, np_signer **ret,
                                            np_error *err);

/* The same for any CA, whose certificates no chip has to store; the key must be there. */
NP_MUST_USE np_code cli_signer_open_authority(const cli_arguments *arguments, np_signer **ret,
                                              np_error *err);

/* A new signer whose key is at the URI of --key; with --generate it is made there first. */
NP_MUST_USE np_code cli_signer_create_at(const cli_arguments *arguments, np_signer **ret,
                                         np_error *err);
