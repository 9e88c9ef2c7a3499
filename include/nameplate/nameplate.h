/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnameplate, all of it: device identities for other programs. The library prints nothing, never
 * ends the process and has no global state; it reads no clock but in np_now and opens no file but a
 * virtual chip's. What can fail returns an np_code and fills the caller's np_error.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/certificate.h>
#include <nameplate/chip.h>
#include <nameplate/error.h>
#include <nameplate/firmware.h>
#include <nameplate/nerveskey.h>
#include <nameplate/signer.h>
#include <nameplate/virtual.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers; while the first number is 0, the second may change the interface.
 */
#define NP_VERSION_MAJOR  0
#define NP_VERSION_MINOR  1
#define NP_VERSION_PATCH  0
#define NP_VERSION_STRING "0.1.0"

/* The version of the library that is loaded, "0.1.0". Constant. */
NP_PUBLIC const char *np_version(void);

/* The computer's clock, in seconds since 1970, for the functions that take a time. */
NP_PUBLIC int64_t np_now(void);

#ifdef __cplusplus
}
#endif
