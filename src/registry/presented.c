/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/presented.h"

#include "x509/pem.h"

static const char end_line[] = "-----END CERTIFICATE-----";

/* Up to the end of its last line; the whole rest when there is no such line. */
static bool take_block(np_bytes *rest, np_bytes *ret)
{
    const uint8_t *end =
        rest->len == 0 ? NULL : memmem(rest->data, rest->len, end_line, sizeof(end_line) - 1);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data) + sizeof(end_line) - 1;
    *ret = np_bytes_of(rest->data, len);
    *rest = np_bytes_of(rest->data + len, rest->len - len);
    return end != NULL;
}

np_code np_presented_read(np_bytes text, np_presented *ret, np_error *err)
{
    np_bytes block;
    ret->count = 0;
    while (take_block(&text, &block) || ret->count == 0) {
        if (ret->count == NP_ADMISSION_CHAIN_MAX) {
            return np_error_set(err, NP_EINPUT_RANGE, "more than %d certificates",
                                NP_ADMISSION_CHAIN_MAX);
        }
        uint8_t *der = ret->ders[ret->count];
        np_writer writer = np_writer_of(der, NP_CERTIFICATE_MAX);
        NP_TRY(np_pem_decode(block, "CERTIFICATE", &writer, err));
        ret->chain[ret->count++] = np_bytes_of(der, writer.len);
    }
    return NP_OK;
}
