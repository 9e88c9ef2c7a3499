/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

#include "base/wipe.h"
#include "cli/file.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

void cli_secret_clear(cli_secret *secret)
{
    np_wipe(secret, sizeof(*secret));
}

static np_code take_line(np_bytes text, const char *path, cli_secret *ret, np_error *err)
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

np_code cli_secret_load(const char *path, cli_secret *ret, np_error *err)
{
    struct stat status;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load(path, &file, err));
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        np_error_set(err, NP_EINPUT_RANGE, "%s: a secret that others can read or change", path);
        return np_error_hint(err, NP_EINPUT_RANGE, "chmod 600 %s", path);
    }
    return take_line(cli_file_bytes(&file), path, ret, err);
}

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* A byte at a time: what is typed behind the line is not ours. */
static bool read_line(int fd, cli_secret *ret)
{
    size_t len = 0;
    char byte = '\0';
    while (read(fd, &byte, 1) == 1 && byte != '\n') {
        if (len + 1 < sizeof(ret->text)) {
            ret->text[len++] = byte;
        }
    }
    ret->text[len] = '\0';
    return byte == '\n' && len > 0;
}

static bool ask_once(int fd, const char *prompt, cli_secret *ret)
{
    struct termios shown;
    if (tcgetattr(fd, &shown) != 0) {
        return false;
    }
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    bool is_hidden = tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
    dprintf(fd, "%s: ", prompt);
    bool is_read = is_hidden && read_line(fd, ret);
    bool is_back = tcsetattr(fd, TCSAFLUSH, &shown) == 0;
    dprintf(fd, "\n");
    return is_read && is_back;
}

np_code cli_secret_ask(const char *prompt, bool is_new, const char *otherwise, cli_secret *ret,
                       np_error *err)
{
    NP_CLEANUP(cli_secret_clear) cli_secret again = {{0}};
    NP_CLEANUP(close_at) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        np_error_set(err, NP_EUSAGE, "there is no terminal to ask for the %s on", prompt);
        return np_error_hint(err, NP_EUSAGE, "%s", otherwise);
    }
    if (!ask_once(fd, prompt, ret)) {
        return np_error_set(err, NP_EINTERRUPTED_WORD, "no %s was typed", prompt);
    }
    if (is_new && (!ask_once(fd, "the same again", &again) || strcmp(again.text, ret->text) != 0)) {
        return np_error_set(err, NP_EINTERRUPTED_WORD, "the two differ; nothing was made");
    }
    return NP_OK;
}
