/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tells the three models apart, and what no document tells about any: each such figure is a
 * named constant here, to be corrected in this one place.
 */
#pragma once

#include "virtual/modem.h"

typedef struct vmodem_model_row {
    const char *name;
    const char *model;    /* +CGMM */
    const char *hardware; /* %HWVERSION */
    const char *firmware; /* +CGMR of a new one */
    uint8_t device_type;  /* in attestation tokens (specs of the modem 3.4) */
    np_token_form form;   /* which firmware changed from A to B is not known */
    bool has_device_uuid; /* %DEVICEUUID: newer firmware only */
} vmodem_model_row;

const vmodem_model_row *vmodem_model(np_modem_model model);

/* From when on a firmware has or does what the oldest did not (specs of the modem 2.3, 1.5). */
bool vmodem_has_keygen(const char *firmware);     /* 1.3.0 */
bool vmodem_checks_content(const char *firmware); /* 2.0.2 */

/*
 * Times in microseconds. Of these only KEYGEN's range is public (1 to 3 s); the rest are guesses
 * of the right order: nothing must depend on them but waiting long enough.
 */
enum {
    VMODEM_QUICK_US = 3000,
    VMODEM_LIST_US = 5000,
    VMODEM_STATE_US = 60000, /* +CFUN */
    VMODEM_STORE_US = 80000, /* a credential written or deleted */
    VMODEM_KEYGEN_US = 1500000,
    VMODEM_TOKEN_US = 250000,
    VMODEM_SHELL_US = 1000, /* a shell's own commands that store nothing */
    VMODEM_BOOT_US = 1200000,
};

/* Reading types 1 to 3: the number depends on the firmware (specs of the modem 2.3). */
enum { VMODEM_READ_SECRET_CME = NP_CME_NO_ACCESS };

/* At hosts drop what is too long; the text that they say is not known. */
#define VMODEM_OVERFLOW_TEXT "ERROR\r\n"

/* Buffers: AT_HOST_CMD_MAX_LEN, SHELL_CMD_BUFF_SIZE, a shell's receive ring. */
enum { VMODEM_COMMAND_MAX = 4096, VMODEM_SHELL_COMMAND_MAX = 2560, VMODEM_SHELL_RING = 64 };

/* The rows that every modem lists of its own (specs of the modem 2.3). */
#define VMODEM_IDENTITY_TAG    UINT32_C(4294967294)
#define VMODEM_NORDIC_ROOT_TAG UINT32_C(4294967293)
#define VMODEM_NORDIC_KEY_TAG  UINT32_C(4294967292)
