/* SPDX-License-Identifier: Apache-2.0 */
#include "support/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static _Noreturn void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "program: %s: %s\n", what, detail);
    abort();
}

void program_room_open(program_room *room)
{
    snprintf(room->path, sizeof(room->path), "/tmp/nameplate-test-XXXXXX");
    if (mkdtemp(room->path) == NULL) {
        give_up("cannot make a directory", room->path);
    }
}

void program_room_close(program_room *room)
{
    char command[PROGRAM_PATH_SIZE + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", room->path);
    if (system(command) != 0) {
        give_up("cannot remove", room->path);
    }
}

static __attribute__((format(printf, 3, 0))) FILE *
start(const program_room *room, const char *redirect, const char *format, va_list list)
{
    char command[2048];
    char full[2048 + PROGRAM_PATH_SIZE + 64];
    int length = vsnprintf(command, sizeof(command), format, list);
    if (length < 0 || (size_t)length >= sizeof(command)) {
        give_up("command too long", format);
    }
    snprintf(full, sizeof(full), "cd '%s' && { %s\n} %s", room->path, command, redirect);
    FILE *pipe = popen(full, "r");
    if (pipe == NULL) {
        give_up("cannot start", full);
    }
    return pipe;
}

static int finish(FILE *pipe)
{
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_run(const program_room *room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    FILE *pipe = start(room, "</dev/null >/dev/null 2>&1", format, list);
    va_end(list);
    return finish(pipe);
}

static uint8_t *read_all(FILE *file, size_t *ret_len)
{
    enum { LARGEST = 1 << 20 };
    uint8_t *bytes = malloc(LARGEST + 1);
    if (bytes == NULL) {
        give_up("no memory", "reading");
    }
    *ret_len = fread(bytes, 1, LARGEST, file);
    bytes[*ret_len] = '\0';
    return bytes;
}

char *program_output(const program_room *room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    FILE *pipe = start(room, "</dev/null", format, list);
    va_end(list);
    size_t len = 0;
    char *text = (char *)read_all(pipe, &len);
    if (finish(pipe) != 0) {
        give_up("a program refused", format);
    }
    return text;
}

static FILE *open_in(const program_room *room, const char *name, const char *mode)
{
    char full[PROGRAM_PATH_SIZE + 128];
    snprintf(full, sizeof(full), "%s/%s", room->path, name);
    FILE *file = fopen(full, mode);
    if (file == NULL) {
        give_up("cannot open", full);
    }
    return file;
}

void program_store(const program_room *room, const char *name, np_bytes bytes)
{
    FILE *file = open_in(room, name, "wb");
    if (fwrite(bytes.data, 1, bytes.len, file) != bytes.len || fclose(file) != 0) {
        give_up("cannot write", name);
    }
}

uint8_t *program_load(const program_room *room, const char *name, size_t *ret_len)
{
    FILE *file = open_in(room, name, "rb");
    uint8_t *bytes = read_all(file, ret_len);
    fclose(file);
    return bytes;
}

int program_room_set_up(void **state)
{
    static program_room room;
    program_room_open(&room);
    *state = &room;
    return 0;
}

int program_room_tear_down(void **state)
{
    program_room_close(*state);
    return 0;
}
