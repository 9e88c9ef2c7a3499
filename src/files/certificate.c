/* SPDX-License-Identifier: Apache-2.0 */
#include "files/certificate.h"

#include "base/wipe.h"
#include "files/load.h"
#include "x509/pem.h"

enum { DER_SEQUENCE = 0x30 };

/* A certificate in DER begins with a SEQUENCE; no PEM text begins with that character ('0'). */
static bool is_der(np_bytes bytes)
{
    return bytes.len > 1 && bytes.data[0] == DER_SEQUENCE && bytes.data[1] >= 0x80;
}

static np_code decode_file(np_bytes bytes, np_certificate_file *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->der, sizeof(ret->der));
    if (!is_der(bytes)) {
        NP_TRY(np_pem_decode(bytes, "CERTIFICATE", &writer, err));
    } else {
        np_write_bytes(&writer, bytes);
    }
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the certificate is larger than %d bytes",
                            NP_CERTIFICATE_MAX);
    }
    ret->len = writer.len;
    return np_certificate_parse(np_certificate_file_der(ret), &ret->parsed, err);
}

np_code np_certificate_file_load(const char *path, np_certificate_file *ret, np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_TRY(np_file_load(path, &file, err));
    np_code code = decode_file(np_file_bytes(&file), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}
