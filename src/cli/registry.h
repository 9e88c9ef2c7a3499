/* SPDX-License-Identifier: Apache-2.0 */
/* The registry that a command line names. */
#pragma once

#include "cli/options.h"
#include "registry/store.h"

/*
 * That of --registry, else of $NAMEPLATE_REGISTRY, else nameplate/registry.db in the user's data
 * folder (XDG: $XDG_DATA_HOME, ~/.local/share), which is made where it is missing. Errors are those
 * of np_store_open, and NP_EUSAGE when nothing tells where that folder is.
 */
NP_MUST_USE np_code cli_registry_open(const cli_arguments *arguments, np_store **ret,
                                      np_error *err);
