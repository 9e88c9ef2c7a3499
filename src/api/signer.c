/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/signer.h"

#include "api/pem_text.h"

np_code np_signer_check_time(const np_signer *signer, int64_t now, np_error *err)
{
    return np_validity_check_signer(&np_signer_certificate(signer)->validity, now, err);
}

np_bytes np_signer_certificate_der(const np_signer *signer)
{
    return np_signer_certificate(signer)->der;
}

np_code np_signer_certificate_to_pem(const np_signer *signer, char *ret_text, size_t size,
                                     np_error *err)
{
    np_writer writer = np_writer_of((uint8_t *)ret_text, size);
    np_signer_write_certificate_pem(signer, &writer);
    return pem_text_end(&writer, ret_text, size, err);
}

np_code np_signer_key_to_pem(const np_signer *signer, char *ret_text, size_t size, np_error *err)
{
    np_writer writer = np_writer_of((uint8_t *)ret_text, size);
    if (!np_signer_has_key(signer)) {
        return np_error_set(err, NP_EINPUT_MISSING, "the signer was opened without its key");
    }
    np_signer_write_key_pem(signer, &writer);
    return pem_text_end(&writer, ret_text, size, err);
}
