/* SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include "atecc/device.h"
#include "base/wipe.h"
#include "link/i2c_dev.h"
#include "link/scheme.h"
#include "link/socket_link.h"
#include <errno.h>
#include <stdlib.h>

static void link_target_clear(link_target *target)
{
    free(target->place);
}

static np_code close_socket(void *self, np_error *err)
{
    (void)err;
    socket_link_close(self);
    return NP_OK;
}

static np_code open_socket(const link_target *target, const np_link_options *options, np_link *link,
                           np_error *err)
{
    socket_link *client = NULL;
    NP_TRY(socket_link_open(target->place, options, &client, err));
    link->bus = socket_link_bus(client);
    link->self = client;
    link->close = close_socket;
    link->is_virtual = true;
    return NP_OK;
}

static np_code close_i2c(void *self, np_error *err)
{
    (void)err;
    i2c_dev_close(self);
    return NP_OK;
}

static np_code open_i2c(const link_target *target, const np_link_options *options, np_link *link,
                        np_error *err)
{
    i2c_dev *bus = NULL;
    NP_TRY(i2c_dev_open(target, options, &bus, err));
    link->bus = i2c_dev_bus(bus);
    link->self = bus;
    link->close = close_i2c;
    return NP_OK;
}

const link_scheme link_scheme_i2c = {"i2c:", true, true, open_i2c};
const link_scheme link_scheme_socket = {"unix:", true, false, open_socket};

static const link_scheme *find_scheme(const link_schemes *schemes, const char *uri)
{
    for (size_t i = 0; i < schemes->count; i++) {
        const link_scheme *row = schemes->rows[i];
        if (strncmp(uri, row->prefix, strlen(row->prefix)) == 0) {
            return row;
        }
    }
    return NULL;
}

static np_code refuse_scheme(const link_schemes *schemes, const char *uri, np_error *err)
{
    np_error_set(err, NP_EUSAGE, "'%s' is no URI of a chip%s", uri, schemes->whose);
    return np_error_hint(err, NP_EUSAGE, "%s", schemes->hint);
}

/* Where parts of the family answer: blank ones and NervesKey's, Trust&GO, TrustFLEX (1.9). */
static const uint8_t usual_addresses[] = {NP_ATECC_DEFAULT_ADDRESS, 0x35, 0x36};

/* An address that a driver of the kernel has is not looked at, and not a reason to look no further.
 */
static bool is_held(np_code code, const np_error *err)
{
    return code == NP_ESTATION_BUSY && err->sub == EBUSY;
}

static np_code look_at(const np_link *link, uint8_t address, bool *ret_is_there, np_error *err)
{
    np_atecc chip;
    np_atecc_init(&chip, link->bus, address);
    NP_TRY(np_atecc_detect(&chip, ret_is_there, err));
    return np_atecc_sleep(&chip, err);
}

static np_code find_address(np_link *link, np_error *err)
{
    np_code held = NP_OK;
    np_error holder;
    for (size_t i = 0; i < sizeof(usual_addresses); i++) {
        bool is_there = false;
        np_code code = look_at(link, usual_addresses[i], &is_there, err);
        if (code != NP_OK && !is_held(code, err)) {
            return code;
        }
        if (is_there) {
            link->address = usual_addresses[i];
            return NP_OK;
        }
        if (code != NP_OK && held == NP_OK) {
            held = code;
            holder = *err;
        }
    }
    /* The caller's own attempt says why, and looks where an interrupted write may have left it. */
    link->address = NP_ATECC_DEFAULT_ADDRESS;
    if (held != NP_OK) {
        *err = holder;
    }
    return held;
}

static np_code open_target(const char *uri, const link_scheme *scheme,
                           const np_link_options *options, np_link *link, np_error *err)
{
    NP_CLEANUP(link_target_clear) link_target target = {0};
    NP_TRY(link_target_parse(uri + strlen(scheme->prefix), &target, err));
    link->address = NP_ATECC_DEFAULT_ADDRESS;
    if (!scheme->has_speed && (target.khz != 0 || target.wake != LINK_WAKE_AUTO)) {
        return np_error_set(err, NP_EUSAGE, "khz= and wake= are for i2c: alone");
    }
    NP_TRY(scheme->open(&target, options, link, err));
    if (options->trace != NULL) {
        link->bus = trace_begin(&link->trace, link->bus, options->trace, options->trace_self);
    }
    if (target.address != 0) {
        link->address = target.address;
    }
    return target.address == 0 && scheme->finds_address ? find_address(link, err) : NP_OK;
}

np_code link_open(const link_schemes *schemes, const char *uri, const np_link_options *options,
                  np_link **ret, np_error *err)
{
    const link_scheme *scheme = find_scheme(schemes, uri);
    if (scheme == NULL) {
        return refuse_scheme(schemes, uri, err);
    }
    np_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    np_code code = open_target(uri, scheme, options, link, err);
    if (code != NP_OK) {
        np_error ignored;
        np_code closed = np_link_close(link, &ignored);
        (void)closed; /* the first error is the one that counts */
        return code;
    }
    *ret = link;
    return NP_OK;
}

np_code np_link_open_shared(const char *uri, const np_link_options *options, np_link **ret,
                            np_error *err)
{
    static const link_scheme *const rows[] = {&link_scheme_i2c, &link_scheme_socket};
    static const link_schemes schemes = {
        .rows = rows,
        .count = NP_COUNT_OF(rows),
        .whose = " that several programs can share",
        .hint =
            "use i2c:/dev/i2c-N or unix:PATH; a virtual chip has to be served: nameplate virtual "
            "serve FILE --socket PATH",
    };
    return link_open(&schemes, uri, options, ret, err);
}

np_code np_link_close(np_link *link, np_error *err)
{
    if (link == NULL) {
        return NP_OK;
    }
    if (link->trace.sink != NULL) {
        trace_end(&link->trace);
    }
    np_code code = link->close == NULL ? NP_OK : link->close(link->self, err);
    free(link);
    return code;
}

np_bus np_link_bus(np_link *link)
{
    return link->bus;
}

uint8_t np_link_address(const np_link *link)
{
    return link->address;
}

bool np_link_is_virtual(const np_link *link)
{
    return link->is_virtual;
}
