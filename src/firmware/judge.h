/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one judge, for servers and devices alike: a pure function of an archive's facts, the keys
 * that count with their states, and the policy. It may be asked after the front was read, to learn
 * whether a key signed it before anything in it is believed, and again when everything was read.
 */
#pragma once

#include "firmware/archive.h"

/*
 * ACCEPTED after the front alone means: a good key signed it, go on reading. Defects of the
 * container come first, then the keys, then defects of what the key signed, then the policy, whose
 * versions must be valid. Of facts that were read leniently nothing is asked when there are no
 * keys: so fwup answers.
 */
void np_firmware_judge(const np_firmware_facts *facts, const np_firmware_policy *policy,
                       np_firmware_verdict *ret);

/* NP_EUSAGE when a version in the policy is none. */
NP_MUST_USE np_code np_firmware_check_policy(const np_firmware_policy *policy, np_error *err);

/*
 * Front, judge, meta.conf and resources, judge: what both sides do. The facts are for showing
 * them. The outcome is the verdict; errors are those of reading, and of the policy.
 */
typedef struct np_firmware_verification {
    const np_firmware_source *source;
    const np_firmware_source *delta_source; /* or NULL */
    const np_firmware_policy *policy;
    bool is_lenient;
} np_firmware_verification;

NP_MUST_USE np_code np_firmware_verify(const np_firmware_verification *what,
                                       np_firmware_facts *facts, np_firmware_verdict *ret,
                                       np_error *err);
