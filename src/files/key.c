/* SPDX-License-Identifier: Apache-2.0 */
#include "files/key.h"

#include "base/wipe.h"
#include "files/load.h"
#include "x509/public_key.h"
#include <string.h>

np_bytes np_key_file_name(const char *key_path)
{
    const char *slash = strrchr(key_path, '/');
    const char *base = slash == NULL ? key_path : slash + 1;
    const char *dot = strrchr(base, '.');
    bool has_suffix = dot != NULL && dot != base && strcmp(dot, ".key") == 0;
    return np_bytes_of(base, has_suffix ? (size_t)(dot - base) : strlen(base));
}

np_code np_key_file_load(const char *path, np_p256_key **ret, np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_TRY(np_file_load(path, &file, err));
    np_code code = np_p256_parse_pem(np_file_bytes(&file), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

np_code np_key_file_load_public(const char *path, uint8_t ret_key[static NP_P256_POINT_SIZE],
                                np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_TRY(np_file_load(path, &file, err));
    np_code code = np_public_key_parse_pem(np_file_bytes(&file), ret_key, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}
