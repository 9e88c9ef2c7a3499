/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand for a served chip, from text: "nack@20,bad-crc@31,slow@40:300,power-cut@55". The
 * number counts the chip's bus transactions from 0 since it is served; a fault strikes the first
 * one from there on that it can strike. Pure.
 */
#pragma once

#include "base/error.h"
#include <stdint.h>

typedef enum server_fault_kind {
    SERVER_FAULT_NACK,      /* a transaction that the chip does not hear */
    SERVER_FAULT_BAD_CRC,   /* bits of an answer flip */
    SERVER_FAULT_SLOW,      /* a command takes so many milliseconds longer; 100 if none are given */
    SERVER_FAULT_POWER_CUT, /* power fails for a moment before the transaction */
    SERVER_FAULT_KIND_COUNT
} server_fault_kind;

typedef struct server_fault {
    server_fault_kind kind;
    uint64_t transaction;
    unsigned delay_ms;
} server_fault;

enum { SERVER_FAULTS_MAX = 32 };

typedef struct server_faults {
    size_t count;
    server_fault list[SERVER_FAULTS_MAX];
} server_faults;

/* NP_EUSAGE names the word that is none; also for more than SERVER_FAULTS_MAX. */
NP_MUST_USE np_code server_faults_parse(const char *text, server_faults *ret, np_error *err);
