/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "firmware/judge.h"

np_code np_firmware_check(int fd, const np_firmware_policy *policy, np_firmware_verdict *ret,
                          np_error *err)
{
    np_firmware_source source;
    NP_TRY(np_firmware_source_of_fd(&fd, &source, err));
    NP_CLEANUP(np_firmware_facts_free_at) np_firmware_facts *facts = np_firmware_facts_create();
    if (facts == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the archive");
    }
    const np_firmware_verification what = {.source = &source, .policy = policy};
    return np_firmware_verify(&what, facts, ret, err);
}
