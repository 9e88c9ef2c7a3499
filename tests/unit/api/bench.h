/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with one virtual chip in it, and its file as bytes. */
#pragma once

#include "support/program.h"
#include "support/test.h"
#include <nameplate/nameplate.h>

/* 2026-11-20T09:12:33Z */
enum { SOME_TIME = 1795165953 };

static const uint8_t some_serial[NP_CHIP_SERIAL_SIZE] = {0x01, 0x23, 1, 2, 3, 4, 5, 6, 0xee};

typedef struct bench {
    program_room room;
    char path[PROGRAM_PATH_SIZE + 16];
    char uri[PROGRAM_PATH_SIZE + 32];
} bench;

static inline int open_bench(void **state)
{
    static bench made;
    np_error err;
    program_room_open(&made.room);
    snprintf(made.path, sizeof(made.path), "%s/chip.np", made.room.path);
    snprintf(made.uri, sizeof(made.uri), "virtual:%s", made.path);
    *state = &made;
    return np_virtual_create(made.path, "atecc608b", some_serial, &err) == NP_OK ? 0 : -1;
}

static inline int close_bench(void **state)
{
    bench *made = *state;
    program_room_close(&made->room);
    return 0;
}

/* One test with a bench of its own. */
#define ON_BENCH(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

static inline np_chip *open_chip(const bench *on)
{
    np_error err;
    np_chip *chip = NULL;
    assert_ok(np_chip_open(on->uri, 0, &chip, &err), &err);
    return chip;
}

static inline void close_chip(np_chip *chip)
{
    np_error err;
    assert_ok(np_chip_close(chip, &err), &err);
}

/* Keeps a copy of the chip's file beside it, to compare with later. */
static inline void remember_file(const bench *on)
{
    assert_int_equal(program_run(&on->room, "cp chip.np before.np"), 0);
}

static inline void assert_file_unchanged(const bench *on)
{
    assert_int_equal(program_run(&on->room, "cmp chip.np before.np"), 0);
}
