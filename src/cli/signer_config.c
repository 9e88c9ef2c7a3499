/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signer_config.h"

#include "base/format.h"
#include "base/wipe.h"
#include <confuse.h>
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

/* What is wrong is said in our words, with the line's number. */
static void __attribute__((format(printf, 2, 0)))
ignore_message(cfg_t *cfg, const char *format, va_list list)
{
    (void)cfg;
    (void)format;
    (void)list;
}

static void free_cfg(cfg_t **cfg)
{
    cfg_free(*cfg);
}

/* A path in the file is seen from the file. */
static void take_path(const char *path, const char *value, char ret[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL || value[0] == '/' ? 0 : (int)(slash - path) + 1;
    np_format(ret, PATH_MAX, "%.*s%s", folder, path, value);
}

static np_code take_values(cfg_t *cfg, cli_signer_config *ret, np_error *err)
{
    const char *authority = cfg_getstr(cfg, "authority");
    const char *registry = cfg_getstr(cfg, "registry");
    if (authority == NULL || authority[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s names no authority", ret->path);
    }
    take_path(ret->path, authority, ret->authority);
    np_format(ret->registry, sizeof(ret->registry), "%s", registry == NULL ? "" : registry);
    return NP_OK;
}

np_code cli_signer_config_load(const char *certificate_path, cli_signer_config *ret, np_error *err)
{
    cfg_opt_t options[] = {CFG_STR("authority", NULL, CFGF_NONE),
                           CFG_STR("registry", NULL, CFGF_NONE), CFG_END()};
    *ret = (cli_signer_config){.path = ""};
    name_file(certificate_path, ret->path);
    if (access(ret->path, F_OK) != 0 && errno == ENOENT) {
        return NP_OK;
    }
    NP_CLEANUP(free_cfg) cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (cfg == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", ret->path);
    }
    cfg_set_error_function(cfg, ignore_message);
    int result = cfg_parse(cfg, ret->path);
    if (result == CFG_FILE_ERROR) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be read: %s", ret->path,
                                strerror(errno));
    }
    if (result != CFG_SUCCESS) {
        np_error_set(err, NP_EINPUT_FORMAT, "%s: line %d is no setting of a signer", ret->path,
                     cfg->line);
        return np_error_hint(err, NP_EINPUT_FORMAT, "authority = \"FILE\", registry = \"URI\"");
    }
    return take_values(cfg, ret, err);
}
