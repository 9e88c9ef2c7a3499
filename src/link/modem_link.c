/* SPDX-License-Identifier: Apache-2.0 */
#include "link/modem_link.h"

#include "base/wipe.h"
#include "link/modem_file.h"
#include "link/modem_trace.h"
#include "link/serial_port.h"
#include <stdlib.h>

struct np_modem_link {
    modem_target target;
    serial_port *serial;
    modem_file *file;
    np_port port;
    modem_trace trace; /* around the port, when somebody asked for it */
};

static np_code open_virtual(np_modem_link *link, const np_modem_link_options *options,
                            np_error *err)
{
    const modem_file_options file = {.lock_wait_ms = options->lock_wait_ms};
    NP_TRY(modem_file_open(link->target.place, &file, &link->file, err));
    link->port = modem_file_port(link->file);
    return NP_OK;
}

static np_code open_serial(np_modem_link *link, const np_modem_link_options *options, np_error *err)
{
    NP_TRY(serial_port_open(&link->target, options->lock_wait_ms, &link->serial, err));
    link->port = serial_port_table(link->serial);
    return NP_OK;
}

static np_code open_link(const char *uri, const np_modem_link_options *options, np_modem_link *link,
                         np_error *err)
{
    NP_TRY(modem_target_parse(uri, &link->target, err));
    NP_TRY(link->target.is_virtual ? open_virtual(link, options, err)
                                   : open_serial(link, options, err));
    if (options->trace != NULL) {
        link->port =
            modem_trace_begin(&link->trace, link->port, options->trace, options->trace_self);
    }
    return NP_OK;
}

np_code np_modem_link_open(const char *uri, const np_modem_link_options *options,
                           np_modem_link **ret, np_error *err)
{
    np_modem_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    np_code code = open_link(uri, options, link, err);
    if (code != NP_OK) {
        np_error ignored;
        (void)!np_modem_link_close(link, &ignored);
        return code;
    }
    *ret = link;
    return NP_OK;
}

np_code np_modem_link_close(np_modem_link *link, np_error *err)
{
    if (link == NULL) {
        return NP_OK;
    }
    if (link->trace.sink != NULL) {
        modem_trace_end(&link->trace);
    }
    serial_port_close(link->serial);
    np_code code = modem_file_close(link->file, err);
    modem_target_clear(&link->target);
    free(link);
    return code;
}

np_port np_modem_link_port(np_modem_link *link)
{
    return link->port;
}

np_modem_options np_modem_link_other_end(const np_modem_link *link)
{
    return (np_modem_options){.host = link->target.host, .line_end = link->target.line_end};
}

bool np_modem_link_is_virtual(const np_modem_link *link)
{
    return link->target.is_virtual;
}
