/* SPDX-License-Identifier: Apache-2.0 */
#include "files/roots.h"

#include "base/wipe.h"
#include "files/load.h"
#include "nordic/roots.h"
#include "x509/certificate.h"
#include "x509/pem.h"

np_code np_roots_load(const char *root_path, bool coap, char *ret, np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    np_bytes root = {NULL, 0};
    np_writer writer = np_writer_of((uint8_t *)ret, NP_ROOTS_MAX);
    if (root_path != NULL) {
        uint8_t der[NP_CERTIFICATE_MAX];
        np_writer first = np_writer_of(der, sizeof(der));
        NP_TRY(np_file_load(root_path, &file, err));
        root = np_file_bytes(&file);
        np_code code = np_pem_decode(root, "CERTIFICATE", &first, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "%s", root_path);
        }
    }
    np_nordic_write_roots(root, coap, &writer);
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "roots of more than %d bytes in all",
                            NP_ROOTS_MAX);
    }
    ret[writer.len] = '\0';
    return NP_OK;
}
