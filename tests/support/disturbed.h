/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A factory line that faults meet: one at a transaction, or one upon another, and what must be true
 * when the same command has run again without any. Expectations that fail end the test.
 */
#pragma once

#include "support/factory.h"

enum { DISTURBED_TRANSACTIONS_MAX = 400 };

/* Who opens a line (heap), and who judges a chip that is provisioned. */
typedef struct disturbed_course {
    factory *(*open)(np_atecc_model model);
    void (*check_finished)(const factory *line);
} disturbed_course;

/* Closes what the course opened. */
void disturbed_close(factory *line);

/* By the seed: late; later than a typical maximum; than patience; than the watchdog. */
uint64_t disturbed_delay_ns(uint64_t seed);

/* Counts transactions from 0 again; the seed chooses the delay of a late answer too. */
void disturbed_set_fault(factory *line, np_fault_kind kind, uint64_t transaction, uint64_t seed);

/* A lock byte is neither open nor locked. */
bool disturbed_is_lost(const factory *line);

/* The certificate is the signer's, and of the key that is in slot 0. */
void disturbed_check_key(const factory *line);

/* Without faults from here on: the same command must finish the chip, or call it lost. */
void disturbed_check_convergence(const disturbed_course *course, factory *line);

/* How many transactions an undisturbed provisioning has. */
uint64_t disturbed_count(const disturbed_course *course, np_atecc_model model);

/* Fault upon fault, run after run, until one run without. */
void disturbed_run_chain(const disturbed_course *course, factory *line, unsigned length,
                         uint64_t *random);

/* Where chains begin: xorshift64 takes any seed but 0. */
#define DISTURBED_SEED UINT64_C(88172645463325252)
