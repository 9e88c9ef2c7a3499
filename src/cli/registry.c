/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry.h"

#include "base/format.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Makes every folder of the path that is missing, for the user alone. */
static np_code make_folders(char *path, np_error *err)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        bool is_there = mkdir(path, 0700) == 0 || errno == EEXIST;
        if (!is_there) {
            return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be made: %s", path,
                                    strerror(errno));
        }
        *at = '/';
    }
    return NP_OK;
}

static bool is_set(const char *text)
{
    return text != NULL && *text != '\0';
}

static np_code name_own_file(char ret[static PATH_MAX], np_error *err)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (!is_set(data) && !is_set(home)) {
        np_error_set(err, NP_EUSAGE, "neither $XDG_DATA_HOME nor $HOME says where data is kept");
        return np_error_hint(err, NP_EUSAGE, "name the registry: --registry URI");
    }
    if (is_set(data)) {
        np_format(ret, PATH_MAX, "%s/nameplate/registry.db", data);
    } else {
        np_format(ret, PATH_MAX, "%s/.local/share/nameplate/registry.db", home);
    }
    return make_folders(ret, err);
}

np_code cli_registry_open(const cli_arguments *arguments, np_store **ret, np_error *err)
{
    char own[PATH_MAX];
    const char *uri = arguments->registry;
    *ret = NULL;
    uri = uri == NULL ? getenv("NAMEPLATE_REGISTRY") : uri;
    if (!is_set(uri)) {
        NP_TRY(name_own_file(own, err));
        uri = own;
    }
    return np_store_open(uri, NP_STORE_WAIT_MS, ret, err);
}
