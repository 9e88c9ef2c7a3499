/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

#include "base/wipe.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* A byte at a time: what is typed behind the line is not ours. */
static bool read_line(int fd, np_secret *ret)
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

static bool ask_once(int fd, const char *prompt, np_secret *ret)
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

np_code cli_secret_ask(const char *prompt, bool is_new, const char *otherwise, np_secret *ret,
                       np_error *err)
{
    NP_CLEANUP(np_secret_clear) np_secret again = {{0}};
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

static np_code ask_terminal(const char *prompt, const char *otherwise, np_secret *ret,
                            np_error *err)
{
    return cli_secret_ask(prompt, false, otherwise, ret, err);
}

const np_secret_asking cli_secret_terminal = {
    .ask = ask_terminal, .passphrase_hint = "--key-passphrase-file names a file with it"};
