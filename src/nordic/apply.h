/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies a plan that was consented to, step by step, and proves the result. Whatever cannot be had
 * again is saved before the next command goes out; every failure leaves a modem for which the same
 * command can be run again, and the mode of its radio is restored as far as it answers.
 */
#pragma once

#include "nordic/certify.h"
#include "nordic/plan.h"

typedef struct np_nordic_tools {
    np_nordic_issuer issuer;
    /* The journal must be durable when it returns NP_OK. */
    NP_MUST_USE np_code (*save)(void *self, const np_nordic_journal *journal, np_error *err);
    /* The id is known, the certificate is not made yet: may this device have one? May be NULL. */
    NP_MUST_USE np_code (*may_issue)(void *self, const char *id,
                                     const uint8_t point[static NP_P256_POINT_SIZE], np_error *err);
    /* Called before each step; may be NULL. Any code but NP_OK stops before that step. */
    NP_MUST_USE np_code (*before_step)(void *self, const np_nordic_plan *plan, size_t step_index,
                                       np_error *err);
    void *self;
} np_nordic_tools;

typedef struct np_nordic_result {
    char id[NP_NORDIC_ID_MAX + 1];
    bool made_key;
    bool issued;
    bool has_failed;
    np_nordic_step failed_step;           /* when has_failed */
    np_text_form forms[NP_NORDIC_PLACES]; /* of root and certificate, as the modem keeps them */
    np_nordic_place places[NP_NORDIC_PLACES];
} np_nordic_result;

/*
 * The plan's journal is brought up to date; its certificate is the device's after NP_OK. Errors:
 * those of the modem with the step before them, of the tools, NP_EDEVICE_VERIFY when the modem's
 * reply does not fit together or it holds something else in the end.
 */
NP_MUST_USE np_code np_nordic_plan_apply(np_nordic_plan *plan, np_modem *modem,
                                         const np_nordic_tools *tools, np_nordic_result *ret,
                                         np_error *err);
