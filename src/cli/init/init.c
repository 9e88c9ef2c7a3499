/* SPDX-License-Identifier: Apache-2.0 */
/* `init`: the files of a first line, and the commands that begin it. */
#include "cli/init/init.h"

#include "base/format.h"
#include "base/wipe.h"
#include "cli/file.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { FILE_MODE = 0644, FOLDER_MODE = 0755, FILE_SIZE = 32768, PATH_SIZE = 512 };

static const struct {
    const char *name;
    void (*write)(const init_line *line, np_writer *writer);
} files[] = {{INIT_CONFIG, init_write_config}, {INIT_LABEL, init_write_label}};

static bool can_be_quoted(const char *text)
{
    return text[0] != '\0' && strpbrk(text, "'\"\\\n{}$") == NULL;
}

static np_code read_line(const cli_arguments *arguments, init_line *ret, np_error *err)
{
    *ret = (init_line){.folder = arguments->target,
                       .product = arguments->product == NULL ? "product" : arguments->product,
                       .serial = arguments->serial == NULL ? "SN-{6}" : arguments->serial,
                       .bays = arguments->bays == 0 ? 1 : arguments->bays,
                       .is_virtual = arguments->is_virtual};
    if (ret->bays > NP_STATION_BAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--bays takes 1 to %d", NP_STATION_BAYS_MAX);
    }
    if (!can_be_quoted(ret->product) || strlen(ret->product) >= NP_STATION_NAME_SIZE) {
        return np_error_set(err, NP_EUSAGE,
                            "--product takes up to %d bytes without quotes, braces "
                            "and $",
                            NP_STATION_NAME_SIZE - 1);
    }
    if (!can_be_quoted(ret->folder) || strlen(ret->folder) > PATH_SIZE / 2) {
        return np_error_set(err, NP_EUSAGE, "the folder's name takes no quotes, braces and $");
    }
    NP_TRY(np_serials_parse(ret->serial, &ret->serials, err));
    if (ret->serials.is_scanned) {
        return np_error_set(err, NP_EUSAGE,
                            "--serial takes a pattern with its digits in braces, "
                            "as 'T2-{6}'");
    }
    return NP_OK;
}

static np_code make_folder(const char *path, np_error *err)
{
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be made: %s", path,
                                strerror(errno));
    }
    return NP_OK;
}

/* Nothing is written when anything is there already. */
static np_code check_free(const init_line *line, np_error *err)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < NP_COUNT_OF(files); i++) {
        np_format(path, sizeof(path), "%s/%s", line->folder, files[i].name);
        NP_TRY(cli_file_check_free(path, err));
    }
    return NP_OK;
}

/* The configuration is read as the station reads it, before anybody else does. */
static np_code check_config(np_bytes text, np_error *err)
{
    np_station_config *config = calloc(1, sizeof(*config));
    if (config == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    np_code code = np_station_config_parse(text, INIT_CONFIG, config, err);
    free(config);
    return code;
}

static np_code write_files(const init_line *line, cli_output *output, np_error *err)
{
    static uint8_t text[FILE_SIZE];
    char path[PATH_SIZE];
    json_t *paths = json_array();
    np_code code = NP_OK;
    for (size_t i = 0; i < NP_COUNT_OF(files) && code == NP_OK; i++) {
        np_writer writer = np_writer_of(text, sizeof(text));
        files[i].write(line, &writer);
        np_format(path, sizeof(path), "%s/%s", line->folder, files[i].name);
        code = i == 0 ? check_config(np_writer_bytes(&writer), err) : NP_OK;
        if (code == NP_OK) {
            code = np_file_create(path, FILE_MODE, np_writer_bytes(&writer), err);
        }
        output->has_failed |= json_array_append_new(paths, cli_json_text(path)) != 0;
        cli_print(output, "# wrote %s", path);
    }
    cli_put_json(output, "files", paths);
    return code;
}

static void put_commands(const init_line *line, cli_output *output)
{
    json_t *commands = json_array();
    init_command command;
    for (size_t i = 0; init_command_at(line, time(NULL), i, &command); i++) {
        json_t *row = json_pack("{s:s, s:s}", "why", command.why, "command", command.text);
        output->has_failed |= json_array_append_new(commands, row) != 0;
        cli_print(output, "# %s", command.why);
        cli_print(output, "%s", command.text);
    }
    cli_put_json(output, "commands", commands);
}

np_code cli_init(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    init_line line;
    char labels[PATH_SIZE];
    NP_TRY(read_line(arguments, &line, err));
    NP_TRY(make_folder(line.folder, err));
    NP_TRY(check_free(&line, err));
    np_format(labels, sizeof(labels), "%s/" INIT_LABELS, line.folder);
    NP_TRY(make_folder(labels, err));
    cli_put_json(output, "folder", cli_json_text(line.folder));
    NP_TRY(write_files(&line, output, err));
    put_commands(&line, output);
    return NP_OK;
}
