/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that serves strangers gives up before it does: new privileges, core dumps with
 * keys in them, and the system calls that a front door never makes (a table in sandbox.c). Whoever
 * takes a worker over then can neither start a program nor look into another one. Inside the room.
 */
#pragma once

#include "base/error.h"

/*
 * For a process that has no threads yet, for good. A forbidden call ends it with SIGSYS, which its
 * parent tells. NP_ESTATION_IO when the kernel refuses; where the build has no libseccomp, calls
 * are not filtered (gateway_sandbox_filters).
 */
NP_MUST_USE np_code gateway_sandbox_enter(np_error *err);

bool gateway_sandbox_filters(void);
