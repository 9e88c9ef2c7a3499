/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wires to modems: from a target URI to a port. It knows no commands; it carries bytes. Rule for
 * callers: close what you opened, and check what closing says.
 *
 *   serial:/dev/ttyACM0   a serial line; so is the plain path of a tty
 *   virtual:FILE          a virtual modem whose state lives in FILE, in this process, on a virtual
 *                         clock
 *
 * Behind a "?", with "&" between them: baud=115200, flow=rtscts, xonxoff or none, shell=auto, at,
 * at-shell or tls-shell, line-end=crlf, cr, lf or null.
 */
#pragma once

#include "modem/modem.h"

typedef struct np_modem_link np_modem_link;

typedef struct np_modem_link_options {
    unsigned lock_wait_ms; /* how long to wait for another process */
    /* Gets a line of text for each line that passes (link/modem_trace.h); NULL: nobody asks. */
    void (*trace)(void *self, const char *text);
    void *trace_self;
} np_modem_link_options;

/*
 * NP_EUSAGE for a URI that is none, NP_EINPUT_MISSING and NP_EINPUT_FORMAT for a file that is not
 * there or something else, NP_ESTATION_BUSY with the process that holds it, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_modem_link_open(const char *uri, const np_modem_link_options *options,
                                       np_modem_link **ret, np_error *err);

/* Accepts NULL. */
NP_MUST_USE np_code np_modem_link_close(np_modem_link *link, np_error *err);

/* Valid until the link is closed. */
np_port np_modem_link_port(np_modem_link *link);

/* What the URI says of the other end, for np_modem_open. */
np_modem_options np_modem_link_other_end(const np_modem_link *link);
bool np_modem_link_is_virtual(const np_modem_link *link);
