/* SPDX-License-Identifier: Apache-2.0 */
#include "station/links.h"

#include "link/link.h"
#include "link/modem_link.h"

enum { LOCK_WAIT_MS = 2000 /* another program may be looking at the bus. Not tuned */ };

static np_code open_chip(void *self, const np_station_bay *bay, np_station_chip *ret, np_error *err)
{
    (void)self;
    const np_link_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    np_link *link = NULL;
    NP_TRY(np_link_open(bay->chip, &options, &link, err));
    *ret = (np_station_chip){.bus = np_link_bus(link),
                             .address = np_link_address(link),
                             .is_virtual = np_link_is_virtual(link),
                             .handle = link};
    return NP_OK;
}

static np_code close_chip(void *self, np_station_chip *chip, np_error *err)
{
    (void)self;
    return np_link_close(chip->handle, err);
}

static np_code open_modem(void *self, const np_station_bay *bay, np_station_modem *ret,
                          np_error *err)
{
    (void)self;
    const np_modem_link_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    np_modem_link *link = NULL;
    NP_TRY(np_modem_link_open(bay->modem, &options, &link, err));
    *ret = (np_station_modem){.port = np_modem_link_port(link),
                              .other_end = np_modem_link_other_end(link),
                              .handle = link};
    return NP_OK;
}

static np_code close_modem(void *self, np_station_modem *modem, np_error *err)
{
    (void)self;
    return np_modem_link_close(modem->handle, err);
}

const np_station_parts np_station_links = {.open_chip = open_chip,
                                           .close_chip = close_chip,
                                           .open_modem = open_modem,
                                           .close_modem = close_modem};
