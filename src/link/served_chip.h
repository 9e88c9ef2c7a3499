/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server does with a request: one virtual chip, its clock, its faults. All clients share the
 * chip's whole state, as they share silicon; only the bus lock keeps their sessions apart. Nothing
 * here blocks: where real time has to pass, the caller is told until when.
 */
#pragma once

#include "link/faults.h"
#include "link/socket_message.h"
#include "link/virtual_file.h"

typedef struct served_chip {
    virtual_file *file; /* borrowed */
    np_bus bus;
    socket_time time;
    uint64_t used_ns; /* the wall's clock at the last step */
    np_fault_words faults;
    bool has_struck[NP_FAULT_WORDS_MAX];
} served_chip;

void served_chip_init(served_chip *chip, virtual_file *file, socket_time time,
                      const np_fault_words *faults);

socket_greeting served_chip_greeting(const served_chip *chip);

/* One request on its way; as many at a time as there are clients. */
typedef struct served_exchange {
    np_reader steps; /* points into the request, which must stay */
    uint64_t until_ns;
    size_t reply_len;
    uint8_t reply[SOCKET_BODY_MAX];
} served_exchange;

/*
 * Begins with a request. False: it is not well formed, nothing was done, and the reply says so; the
 * caller closes the connection behind it.
 */
bool served_chip_begin(const served_chip *chip, np_bytes request, served_exchange *ret);

/*
 * Goes on. True: the reply is complete. False: call again when the wall's clock has come to
 * exchange->until_ns.
 */
bool served_chip_continue(served_chip *chip, served_exchange *exchange);
