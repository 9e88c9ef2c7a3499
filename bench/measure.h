/* SPDX-License-Identifier: Apache-2.0 */
/* What all benchmarks do alike: two clocks, and the median of some runs. */
#pragma once

#include <stddef.h>

/* Of all threads of this process. */
double bench_cpu_seconds(void);

/* Monotonic; where it starts means nothing. */
double bench_wall_seconds(void);

/* Sorts the samples; count is odd. */
double bench_median(double *samples, size_t count);
