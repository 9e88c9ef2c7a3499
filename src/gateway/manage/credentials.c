/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/devices/{org}/{identifier}/certificates and keys: one of a device's credentials is kept out.
 */
#include "registry/credentials.h"
#include "gateway/manage/input.h"
#include "gateway/manage/routes.h"

/* The answer is the device with all of its credentials, as they are now. */
static np_code set_blocked(manage_call *call, np_credential_kind kind, bool is_blocked,
                           np_error *err)
{
    np_credential_name name = {.org = call->parts[0], .identifier = call->parts[1], .kind = kind};
    NP_TRY(manage_read(call, NULL, 0, NULL, err));
    if (!manage_parse_fingerprint(call->parts[2], name.sha256)) {
        return np_error_set(err, NP_EINPUT_MISSING, "the fingerprint is not %d digits of hex",
                            2 * NP_FINGERPRINT_BYTES);
    }
    NP_TRY(np_credential_set_blocked(call->store, &name, is_blocked, &call->actor, err));
    return manage_get_device(call, err);
}

np_code manage_block_certificate(manage_call *call, np_error *err)
{
    return set_blocked(call, NP_CREDENTIAL_CERTIFICATE, true, err);
}

np_code manage_unblock_certificate(manage_call *call, np_error *err)
{
    return set_blocked(call, NP_CREDENTIAL_CERTIFICATE, false, err);
}

np_code manage_block_key(manage_call *call, np_error *err)
{
    return set_blocked(call, NP_CREDENTIAL_KEY, true, err);
}

np_code manage_unblock_key(manage_call *call, np_error *err)
{
    return set_blocked(call, NP_CREDENTIAL_KEY, false, err);
}
