/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/config_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef NP_PKCS11_CONF
#define NP_PKCS11_CONF "/etc/nameplate/pkcs11.conf"
#endif

/* NervesKey's boards have the chip there. */
static const char default_node[] = "/dev/i2c-1";

static void free_text(uint8_t **text)
{
    if (*text != NULL) {
        np_wipe(*text, CONFIG_TEXT_MAX + 1);
    }
    free(*text);
}

static void close_file(const int *file)
{
    if (*file >= 0) {
        close(*file);
    }
}

static np_code refuse_file(const char *path, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be read: %s", path,
                            strerror(errno));
}

/* One byte more than allowed is read, so that a longer file is noticed. */
static np_code read_file(int file, const char *path, uint8_t *text, size_t *ret_len, np_error *err)
{
    size_t len = 0;
    ssize_t count = 1;
    while (count > 0 && len <= CONFIG_TEXT_MAX) {
        count = read(file, text + len, CONFIG_TEXT_MAX + 1 - len);
        if (count < 0 && errno == EINTR) {
            count = 1;
            continue;
        }
        len += count > 0 ? (size_t)count : 0;
    }
    *ret_len = len;
    return count < 0 ? refuse_file(path, err) : NP_OK;
}

static np_code parse_file(const char *path, bool must_exist, config *ret, np_error *err)
{
    size_t len = 0;
    NP_CLEANUP(free_text) uint8_t *text = NULL;
    NP_CLEANUP(close_file) int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT && !must_exist ? NP_OK : refuse_file(path, err);
    }
    text = malloc(CONFIG_TEXT_MAX + 1);
    if (text == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the configuration");
    }
    NP_TRY(read_file(file, path, text, &len, err));
    np_code code = config_parse(np_bytes_of(text, len), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

static np_code add_chip(const char *uri, config *ret, np_error *err)
{
    if (strlen(uri) >= sizeof(ret->chips[0].uri)) {
        return np_error_set(err, NP_EINPUT_RANGE, "NAMEPLATE_CHIP is longer than %zu bytes",
                            sizeof(ret->chips[0].uri) - 1);
    }
    ret->chip_count = 1;
    ret->chips[0] = (config_chip){0};
    memcpy(ret->chips[0].uri, uri, strlen(uri));
    return NP_OK;
}

static np_code add_usual_chip(config *ret, np_error *err)
{
    const char *uri = secure_getenv("NAMEPLATE_CHIP");
    char node_uri[sizeof(default_node) + 4];
    if (uri != NULL && uri[0] != '\0') {
        return add_chip(uri, ret, err);
    }
    if (access(default_node, F_OK) != 0) {
        return NP_OK;
    }
    snprintf(node_uri, sizeof(node_uri), "i2c:%s", default_node);
    return add_chip(node_uri, ret, err);
}

np_code config_load(config *ret, np_error *err)
{
    const char *path = secure_getenv("NAMEPLATE_PKCS11_CONF");
    const char *log = secure_getenv("NAMEPLATE_PKCS11_LOG");
    config_init(ret);
    np_code code = parse_file(path == NULL ? NP_PKCS11_CONF : path, path != NULL, ret, err);
    if (log != NULL && strlen(log) < sizeof(ret->log)) {
        memcpy(ret->log, log, strlen(log) + 1);
    }
    if (code == NP_OK && ret->chip_count == 0) {
        code = add_usual_chip(ret, err);
    }
    if (code != NP_OK) {
        ret->chip_count = 0;
    }
    return code;
}
