/* SPDX-License-Identifier: Apache-2.0 */
#include "files/signer_config.h"

#include "base/format.h"
#include "base/wipe.h"
#include "config/config.h"
#include "files/load.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The certificate's name with .conf instead of its last suffix. */
static void name_file(const char *certificate, char ret[static PATH_MAX])
{
    const char *slash = strrchr(certificate, '/');
    const char *base = slash == NULL ? certificate : slash + 1;
    const char *dot = strrchr(base, '.');
    size_t len = dot == NULL || dot == base ? strlen(certificate) : (size_t)(dot - certificate);
    np_format(ret, PATH_MAX, "%.*s.conf", (int)len, certificate);
}

/* A path in the file is seen from the file. */
static void take_path(const char *path, const char *value, char ret[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL || value[0] == '/' ? 0 : (int)(slash - path) + 1;
    np_format(ret, PATH_MAX, "%.*s%s", folder, path, value);
}

#define PLACE(name)                                                                                \
    .offset = offsetof(np_signer_config, name), .size = sizeof(((np_signer_config *)0)->name)

static const np_config_key rows[] = {
    {"", "authority", "\"authority.pub\"", "public key of who authorizes units, PEM", true,
     PLACE(authority)},
    {"", "registry", "\"postgresql://db/line\"", "registry that counts them", false,
     PLACE(registry)},
};

static const np_config_schema settings = {
    .rows = rows, .count = NP_COUNT_OF(rows), .size = sizeof(np_signer_config)};

np_code np_signer_config_load(const char *certificate_path, np_signer_config *ret, np_error *err)
{
    char path[PATH_MAX];
    char authority[PATH_MAX];
    NP_CLEANUP(np_file_clear) np_file file = {0};
    name_file(certificate_path, path);
    *ret = (np_signer_config){.path = ""};
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        NP_TRY(np_file_load(path, &file, err));
        if (np_config_read(&settings, np_file_bytes(&file), path, ret, err) != NP_OK) {
            return np_error_hint(err, err->code, "authority = \"FILE\", registry = \"URI\"");
        }
        np_format(authority, sizeof(authority), "%s", ret->authority);
        take_path(path, authority, ret->authority);
    }
    np_format(ret->path, sizeof(ret->path), "%s", path);
    return NP_OK;
}
