/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization files: what is accepted is written again byte for byte, and its ends are covered.
 */
#include "base/bytes.h"
#include "signer/authorization.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t text[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_authorization authorization;
    np_error err;
    np_bytes file = np_bytes_of(data, size);
    if (np_authorization_parse(file, &authorization, &err) != NP_OK) {
        return 0;
    }
    np_authorization_write(&authorization, &writer);
    if (!np_bytes_equal(np_writer_bytes(&writer), file) ||
        !np_authorization_covers(&authorization, authorization.first) ||
        !np_authorization_covers(&authorization, authorization.last)) {
        abort();
    }
    return 0;
}
