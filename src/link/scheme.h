/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: how the schemes of a chip's URI become links. The schemes that processes share
 * (i2c:, unix:) need no virtual chip and so no libcrypto; link_virtual.c adds virtual: to them.
 */
#pragma once

#include "link/link.h"
#include "link/target.h"
#include "link/trace.h"

struct np_link {
    np_bus bus;
    void *self; /* what close takes */
    np_code (*close)(void *self, np_error *err);
    uint8_t address;
    bool is_virtual;
    trace trace; /* around the bus, when somebody asked for it */
};

typedef struct link_scheme {
    const char *prefix;
    bool finds_address; /* where nothing tells it but the bus */
    bool has_speed;     /* khz= and wake= mean something */
    np_code (*open)(const link_target *target, const np_link_options *options, np_link *link,
                    np_error *err);
} link_scheme;

typedef struct link_schemes {
    const link_scheme *const *rows;
    size_t count;
    const char *whose; /* completes "is no URI of a chip" */
    const char *hint;
} link_schemes;

extern const link_scheme link_scheme_i2c;
extern const link_scheme link_scheme_socket;

/* Errors as np_link_open. */
NP_MUST_USE np_code link_open(const link_schemes *schemes, const char *uri,
                              const np_link_options *options, np_link **ret, np_error *err);
