/* SPDX-License-Identifier: Apache-2.0 */
#include "files/secret.h"

#include "base/wipe.h"
#include "files/load.h"
#include <string.h>
#include <sys/stat.h>

void np_secret_clear(np_secret *secret)
{
    np_wipe(secret, sizeof(*secret));
}

static np_code take_line(np_bytes text, const char *path, np_secret *ret, np_error *err)
{
    const uint8_t *end = text.len == 0 ? NULL : memchr(text.data, '\n', text.len);
    size_t len = end == NULL ? text.len : (size_t)(end - text.data);
    if (len > 0 && text.data[len - 1] == '\r') {
        len--;
    }
    if (len == 0 || len >= sizeof(ret->text) || memchr(text.data, '\0', len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "%s: its first line must have 1 to %zu characters", path,
                            sizeof(ret->text) - 1);
    }
    memcpy(ret->text, text.data, len);
    ret->text[len] = '\0';
    return NP_OK;
}

np_code np_secret_load(const char *path, np_secret *ret, np_error *err)
{
    struct stat status;
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_TRY(np_file_load(path, &file, err));
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        np_error_set(err, NP_EINPUT_RANGE, "%s: a secret that others can read or change", path);
        return np_error_hint(err, NP_EINPUT_RANGE, "chmod 600 %s", path);
    }
    return take_line(np_file_bytes(&file), path, ret, err);
}

static np_code ask_nobody(const char *prompt, const char *otherwise, np_secret *ret, np_error *err)
{
    (void)ret;
    np_error_set(err, NP_EUSAGE, "nobody can be asked for the %s", prompt);
    return np_error_hint(err, NP_EUSAGE, "%s", otherwise);
}

const np_secret_asking np_secret_nobody = {
    .ask = ask_nobody, .passphrase_hint = "signer.passphrase_file names a file with it"};
