/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error of Nameplate. A fallible function returns an np_code that must be used and fills
 * the caller's np_error. Outcomes that a caller expects (already provisioned, not found) are
 * documented values of that function, never errors. Nothing here allocates, prints or uses stdio.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NP_MUST_USE __attribute__((warn_unused_result))
#define NP_PUBLIC   __attribute__((visibility("default")))
#define NP_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))

/* Whose trouble it is. The values are the exit statuses of the command line. */
typedef enum np_class {
    NP_CLASS_OK = 0,
    NP_CLASS_DEVICE = 1,
    NP_CLASS_USAGE = 2,
    NP_CLASS_INPUT = 3,
    NP_CLASS_CONFLICT = 4,
    NP_CLASS_POLICY = 5,
    NP_CLASS_STATION = 6,
    NP_CLASS_INTERRUPTED = 7,
    NP_CLASS_REJECTS = 8,
} np_class;

typedef enum np_code {
    NP_OK = 0,
    /* NP_CLASS_DEVICE */
    NP_EDEVICE_STATUS, /* the chip answered an error; the sub-code is its status byte */
    NP_EDEVICE_ANSWER, /* the answer has the wrong length, CRC or content */
    NP_EDEVICE_LOCK,   /* the chip refused a lock CRC, or did not lock */
    NP_EDEVICE_LOST,   /* the chip can never become what was asked for */
    NP_EDEVICE_VERIFY, /* the device does not prove the identity that it carries */
    /* NP_CLASS_USAGE */
    NP_EUSAGE,   /* the call itself is wrong */
    NP_ECONSENT, /* an irreversible step without consent */
    /* NP_CLASS_INPUT */
    NP_EINPUT_MISSING,  /* a file or value is not there */
    NP_EINPUT_FORMAT,   /* bytes or text that do not follow their format */
    NP_EINPUT_RANGE,    /* well formed, but too long, too large or otherwise out of range */
    NP_EINPUT_EXISTS,   /* a file would be overwritten */
    NP_EINPUT_STORABLE, /* a certificate that a chip cannot store */
    NP_EINPUT_KEY,      /* a key that does not match its certificate */
    NP_EINPUT_TIME,     /* expired, not yet valid, or a date that cannot be stored */
    /* NP_CLASS_CONFLICT */
    NP_ECONFLICT_FOREIGN, /* the chip carries another configuration than the factory's or ours */
    NP_ECONFLICT_OTHER,   /* provisioned, but not with what was asked for */
    NP_ECONFLICT_DONE,    /* already done, where the caller asked to be told (--strict) */
    /* NP_CLASS_POLICY */
    NP_EPOLICY,
    /* NP_CLASS_STATION */
    NP_ESTATION_NACK,    /* nothing answers at the address */
    NP_ESTATION_TIMEOUT, /* something stopped answering */
    NP_ESTATION_IO,      /* the operating system refused; the sub-code is errno */
    NP_ESTATION_BUSY,    /* somebody else holds it */
    NP_ESTATION_MEMORY,
    NP_ESTATION_CRYPTO,   /* the cryptographic library failed */
    NP_ESTATION_HSM,      /* the HSM refused or is gone; the sub-code is its CKR value */
    NP_ESTATION_DATABASE, /* the registry's database refused or is gone */
    /* NP_CLASS_INTERRUPTED */
    NP_EINTERRUPTED,      /* run again to resume */
    NP_EINTERRUPTED_WORD, /* the word of consent was typed wrongly; nothing was written */
    /* NP_CLASS_REJECTS */
    NP_EREJECTS, /* a bulk run has finished, and some of its units were refused */
    NP_CODE_COUNT
} np_code;

enum { NP_ERROR_MESSAGE_SIZE = 320, NP_ERROR_HINT_SIZE = 240 };

/*
 * Owned by the caller; may be NULL wherever one is taken. Valid only after a function returned
 * something other than NP_OK. Texts are NUL-terminated, lower case, without a final stop, and cut
 * off (never overrun) at their size.
 */
typedef struct np_error {
    np_code code;
    int sub; /* chip status byte, errno or CKR value, by code; 0 where there is none */
    char message[NP_ERROR_MESSAGE_SIZE];
    char hint[NP_ERROR_HINT_SIZE]; /* the next step, or empty */
} np_error;

/* The class of a code; NP_CLASS_STATION for a value that is no code. */
NP_PUBLIC np_class np_error_class(np_code code);

/* Stable lower-case name for JSON and logs, e.g. "input-storable". Never NULL. */
NP_PUBLIC const char *np_code_name(np_code code);

#ifdef __cplusplus
}
#endif
