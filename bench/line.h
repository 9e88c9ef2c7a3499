/* SPDX-License-Identifier: Apache-2.0 */
/* What both benchmarks measure on: a virtual chip on a virtual bus, the driver, a signer. */
#pragma once

#include "nerveskey/apply.h"
#include "signer/signer.h"
#include "virtual/bus.h"

typedef struct bench_line {
    np_virtual_chip_options options;
    uint32_t clock_hz;
    np_signer *signer;
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_atecc device;
    np_random_seeded seeded;
    np_plan_request request;
    np_plan plan;
    np_apply_result result;
} bench_line;

/* Ends the program with the error; a benchmark has no use for one. */
void bench_check(np_code code, const np_error *err);

/* Fixed time of issue, so that runs are alike. */
enum { BENCH_NOW = 1795165200 /* 2026-11-20T09:00:00Z */ };

void bench_line_open(bench_line *line, np_atecc_model model, np_chip_pace pace, uint32_t clock_hz);
void bench_line_close(bench_line *line);

/* Another factory-fresh chip in the socket. */
void bench_line_next_chip(bench_line *line);

typedef np_code bench_before_step(void *self, const np_plan *plan, size_t step_index,
                                  np_error *err);

/* Snapshot, plan, apply. before_step may be NULL; it gets the line as self. */
void bench_line_provision(bench_line *line, bench_before_step *before_step);
