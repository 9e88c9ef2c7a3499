/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with the headers that it wants before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Fails with the message of the error when the call does not return NP_OK. */
#define assert_ok(expression, err)                                                                 \
    do {                                                                                           \
        np_code assert_ok_code = (expression);                                                     \
        if (assert_ok_code != NP_OK) {                                                             \
            fail_msg("%s: %s: %s", #expression, np_code_name(assert_ok_code), (err)->message);     \
        }                                                                                          \
    } while (0)

/* Fails unless the call returns just this code. */
#define assert_code(expression, code)                                                              \
    do {                                                                                           \
        np_code assert_code_code = (expression);                                                   \
        if (assert_code_code != (code)) {                                                          \
            fail_msg("%s: %s instead of %s", #expression, np_code_name(assert_code_code),          \
                     np_code_name(code));                                                          \
        }                                                                                          \
    } while (0)
