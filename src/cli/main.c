/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: `nameplate NOUN VERB [TARGET] [OPTIONS]`. The only room that prints and reads
 * files; everything that it knows about its commands is in the tables of commands.c.
 */
#include "cli/command.h"
#include "cli/dropin/dropin.h"
#include "cli/help.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A file that is opened must never become stdin, stdout or stderr because one of them was closed.
 * Writing to what is put there fails, as it should.
 */
static bool open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) {
            return false;
        }
    }
    return true;
}

/* Errors of parsing honour --json too. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static void print_version(void)
{
    printf("nameplate %s\n", NP_VERSION);
}

typedef struct program_option {
    const char *name;
    void (*print)(void);
} program_option;

static const program_option program_options[] = {
    {"--help", cli_help_program},
    {"--version", print_version},
    {"--dump-commands", cli_dump_commands},
    {"--dump-keys", cli_dump_keys},
};

/* Whether the only word is an option of the program itself; then it has been obeyed. */
static bool obey_program_option(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < NP_COUNT_OF(program_options); i++) {
        if (strcmp(argv[1], program_options[i].name) == 0) {
            program_options[i].print();
            return true;
        }
    }
    return false;
}

static np_code refuse(int argc, char **argv, np_error *err)
{
    if (argc < 2) {
        np_error_set(err, NP_EUSAGE, "a noun and a verb are missing");
        return np_error_hint(err, NP_EUSAGE, "see nameplate --help");
    }
    if (cli_noun_purpose(argv[1]) == NULL) {
        np_error_set(err, NP_EUSAGE, "unknown noun '%s'", argv[1]);
        return np_error_hint(err, NP_EUSAGE, "see nameplate --help");
    }
    bool is_group = argc > 2 && cli_is_verb_group(argv[1], argv[2]);
    if (argc < 3) {
        np_error_set(err, NP_EUSAGE, "a verb is missing after '%s'", argv[1]);
    } else if (is_group && argc < 4) {
        np_error_set(err, NP_EUSAGE, "a verb is missing after '%s %s'", argv[1], argv[2]);
    } else if (is_group) {
        np_error_set(err, NP_EUSAGE, "'%s %s' has no verb '%s'", argv[1], argv[2], argv[3]);
    } else {
        np_error_set(err, NP_EUSAGE, "'%s' has no verb '%s'", argv[1], argv[2]);
    }
    return np_error_hint(err, NP_EUSAGE, "see nameplate %s --help", argv[1]);
}

static np_code run_command(const cli_command *command, int argc, char **argv, cli_output *output,
                           np_error *err)
{
    cli_arguments arguments;
    NP_TRY(cli_options_parse(command, argc, argv, &arguments, err));
    if (arguments.help) {
        output->is_json = false;
        cli_help_command(command);
        return NP_OK;
    }
    return command->run(&arguments, output, err);
}

static np_code run(int argc, char **argv, cli_output *output, np_error *err)
{
    if (obey_program_option(argc, argv)) {
        output->is_json = false;
        return NP_OK;
    }
    bool is_group = argc == 4 && cli_is_verb_group(argv[1], argv[2]);
    if ((argc == 3 || is_group) && strcmp(argv[argc - 1], "--help") == 0 &&
        cli_noun_purpose(argv[1]) != NULL && !cli_is_whole(argv[1])) {
        cli_help_noun(argv[1]);
        return NP_OK;
    }
    int used = 0;
    const cli_command *command = cli_command_find(argc - 1, argv + 1, &used);
    if (command == NULL) {
        return refuse(argc, argv, err);
    }
    return run_command(command, argc - used, argv + used, output, err);
}

int main(int argc, char **argv)
{
    if (!open_standard_streams()) {
        return NP_CLASS_STATION;
    }
    const dropin_program *dropin = argc > 0 ? dropin_find(argv[0]) : NULL;
    if (dropin != NULL) {
        return dropin_main(dropin, argc, argv);
    }
    np_error err = {0};
    cli_output output = {.is_json = wants_json(argc, argv)};
    np_code code = run(argc, argv, &output, &err);
    return cli_output_finish(&output, code, &err);
}
