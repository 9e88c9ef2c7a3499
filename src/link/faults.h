/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand for a served chip: "nack@20,bad-crc@31,slow@40:300,power-cut@55". The
 * number counts the chip's bus transactions from 0 since it is served; a fault strikes the first
 * one from there on that it can strike. Pure.
 */
#pragma once

#include "virtual/fault_words.h"

typedef enum server_fault_kind {
    SERVER_FAULT_NACK,      /* a transaction that the chip does not hear */
    SERVER_FAULT_BAD_CRC,   /* bits of an answer flip */
    SERVER_FAULT_SLOW,      /* a command takes so many milliseconds longer; 100 if none are given */
    SERVER_FAULT_POWER_CUT, /* power fails for a moment before the transaction */
    SERVER_FAULT_KIND_COUNT
} server_fault_kind;

/* The second number of a word is the delay of SERVER_FAULT_SLOW, in milliseconds. */
extern const np_fault_table server_fault_table;
