/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong on demand, for the tests' own programs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The chip answers each Sign with this status; 0: what it would say itself. */
void bench_chip_says(uint8_t status);

/* Called once in the middle of the next signature; NULL: nothing. */
void bench_while_signing(void (*call)(void));

/* The operating system's source of random numbers fails. */
void bench_has_no_entropy(bool none);
