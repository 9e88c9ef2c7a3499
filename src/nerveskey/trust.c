/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/trust.h"

#include "x509/verify.h"

np_code np_identity_settle(np_identity *identity, const uint8_t *root, np_error *err)
{
    return np_identity_settle_by(identity, root, np_judge_libcrypto(), err);
}
