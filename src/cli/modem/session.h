/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands on a modem share: open it, name a place in it, turn its radio off, let it go.
 */
#pragma once

#include "cli/record.h"
#include "link/modem_link.h"

typedef struct cli_modem {
    np_modem_link *link;
    np_modem modem;
    bool has_mode; /* the radio was on: mode is to be restored */
    unsigned mode;
} cli_modem;

/* Opens the target and finds the other end. */
NP_MUST_USE np_code cli_modem_open(const cli_arguments *arguments, cli_modem *ret, np_error *err);

/* For NP_CLEANUP, after errors: restores and closes without asking how it went. */
void cli_modem_abandon(cli_modem *modem);

/* Restores the mode of the radio, closes. */
NP_MUST_USE np_code cli_modem_close(cli_modem *modem, np_error *err);

/* Credentials can be changed while the radio is off alone: it is turned off, and people are told.
 */
NP_MUST_USE np_code cli_modem_radio_off(cli_modem *modem, np_error *err);

typedef struct cli_modem_place {
    np_sec_tag tag;
    unsigned type;
} cli_modem_place;

/* --sectag, nRF Cloud's where it is not given; NP_EUSAGE. */
NP_MUST_USE np_code cli_modem_tag(const cli_arguments *arguments, np_sec_tag *ret, np_error *err);

/* --sectag and --type. */
NP_MUST_USE np_code cli_modem_place_of(const cli_arguments *arguments, cli_modem_place *ret,
                                       np_error *err);
void cli_put_modem_place(cli_output *output, const cli_modem_place *place);

/* "client-cert", or the number of a type without a name. */
enum { CLI_MODEM_TYPE_SIZE = 24 };
void cli_modem_type_text(unsigned type, char ret[static CLI_MODEM_TYPE_SIZE]);
