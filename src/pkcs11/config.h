/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's configuration: which chips, and how they present themselves. A small strict format
 * (nameplate-pkcs11.conf(5)): comments, `key = value`, and a section [chip] for each chip. Reading
 * the text is pure; config_load.h knows files and the environment.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/wipe.h"

enum {
    CONFIG_CHIPS_MAX = 16,       /* not tuned: boards have one or two */
    CONFIG_TEXT_MAX = 65536,     /* of the whole file, bytes; not tuned */
    CONFIG_VALUE_SIZE = 256,     /* longest value with its NUL: paths; not tuned */
    CONFIG_LABEL_SIZE = 33,      /* CK_TOKEN_INFO.label has 32 bytes */
    CONFIG_PIN_SIZE = 65,        /* at most 64 characters */
    CONFIG_LOCK_WAIT_MS = 5000,  /* for another process on the bus, unless the file says else */
    CONFIG_LOCK_WAIT_MAX = 60000 /* nobody waits longer than a minute for a signature */
};

/* The label of an auxiliary slot is that of the chip with this behind it. */
#define CONFIG_AUXILIARY_END "-aux"

typedef struct config_chip {
    char uri[CONFIG_VALUE_SIZE];
    char label[CONFIG_LABEL_SIZE]; /* empty: made from bus or serial */
    char pin[CONFIG_PIN_SIZE];     /* empty: none is asked for */
    bool has_auxiliary;            /* a slot of its own for the auxiliary certificates */
    unsigned line;                 /* where its section begins, for messages */
} config_chip;

typedef struct config {
    config_chip chips[CONFIG_CHIPS_MAX];
    size_t chip_count;
    char log[CONFIG_VALUE_SIZE];   /* a file, "stderr", or empty */
    char cache[CONFIG_VALUE_SIZE]; /* a folder, "none", or empty: the default */
    unsigned lock_wait_ms;
    bool is_strict; /* an error here fails C_Initialize instead of leaving no slots */
} config;

/* What holds without a file. */
void config_init(config *ret);

/* Wipes it: it has PINs. */
void config_clear(config *settings);

/*
 * Adds what the text says to what holds. NP_EINPUT_FORMAT or NP_EINPUT_RANGE, the message naming
 * the line; what stood before it has been taken over then (so that is_strict is known).
 */
NP_MUST_USE np_code config_parse(np_bytes text, config *settings, np_error *err);
