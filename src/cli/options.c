/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/bytes.h"
#include "base/civil.h"
#include "cli/command.h"
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTIONS_MAX = 32, /* as many as any command has, with room */
    NUMBER_MAX = 1000000,
    /* As long as people wait before they look what is wrong; longer than provisioning takes. */
    WAIT_SECONDS = 10,
    POLL_SECONDS = 5, /* as Nordic's tools ask nRF Cloud */
    TIMEOUT_SECONDS = 600,
    TOKEN_DAYS = 30,
    REKEY_HOURS = 24,
};

/* Counts the index down over one group; NULL when it lies behind. */
static const cli_option *option_in(cli_group group, size_t *index)
{
    const cli_option *option;
    for (size_t i = 0; (option = cli_group_option_at(group, i)) != NULL; i++) {
        if ((*index)-- == 0) {
            return option;
        }
    }
    return NULL;
}

/* Is the target at the end of a wire, chip or modem? */
static bool takes_wire(const cli_command *command)
{
    return command->target_from_chip || command->target_from_modem;
}

const cli_option *cli_option_at(const cli_command *command, size_t index)
{
    static const cli_group of_wires[] = {CLI_GROUP_WAIT, CLI_GROUP_TRACE};
    const cli_option *option = NULL;
    for (size_t i = 0; i < CLI_COMMAND_GROUPS && option == NULL; i++) {
        option = option_in(command->groups[i], &index);
    }
    for (size_t i = 0; i < NP_COUNT_OF(of_wires) && option == NULL; i++) {
        option = takes_wire(command) ? option_in(of_wires[i], &index) : NULL;
    }
    return option != NULL ? option : option_in(CLI_GROUP_COMMON, &index);
}

static np_code usage_error(const cli_command *command, np_error *err)
{
    return np_error_hint(err, NP_EUSAGE, "see nameplate %s%s%s --help", command->noun,
                         command->verb[0] == '\0' ? "" : " ", command->verb);
}

static np_code set_flag(const cli_option *option, const char *text, void *ret, np_error *err)
{
    (void)option;
    (void)text;
    (void)err;
    *(bool *)ret = true;
    return NP_OK;
}

static np_code set_text(const cli_option *option, const char *text, void *ret, np_error *err)
{
    (void)option;
    (void)err;
    *(const char **)ret = text;
    return NP_OK;
}

static np_code set_number(const cli_option *option, const char *text, void *ret, np_error *err)
{
    unsigned value = 0;
    bool is_number = *text != '\0';
    for (const char *at = text; *at != '\0' && is_number; at++) {
        is_number = *at >= '0' && *at <= '9' && value < NUMBER_MAX;
        value = value * 10 + (unsigned)(*at - '0');
    }
    if (!is_number) {
        return np_error_set(err, NP_EUSAGE, "--%s takes a number, not '%s'", option->name, text);
    }
    *(unsigned *)ret = value;
    return NP_OK;
}

static np_code set_time(const cli_option *option, const char *text, void *ret, np_error *err)
{
    cli_time *time = ret;
    time->is_given = true;
    if (np_parse_time(text, &time->seconds, NULL) != NP_OK) {
        return np_error_set(err, NP_EUSAGE,
                            "--%s takes a time such as 2026-11-20T09:00:00Z, "
                            "not '%s'",
                            option->name, text);
    }
    return NP_OK;
}

static np_code set_list(const cli_option *option, const char *text, void *ret, np_error *err)
{
    cli_list *list = ret;
    if (list->count == CLI_LIST_MAX) {
        return np_error_set(err, NP_EUSAGE, "--%s is given more than %d times", option->name,
                            CLI_LIST_MAX);
    }
    list->items[list->count++] = text;
    return NP_OK;
}

typedef np_code (*option_setter)(const cli_option *option, const char *text, void *ret,
                                 np_error *err);

static const option_setter setters[CLI_OPTION_KIND_COUNT] = {
    [CLI_FLAG] = set_flag, [CLI_TEXT] = set_text, [CLI_NUMBER] = set_number,
    [CLI_TIME] = set_time, [CLI_LIST] = set_list,
};

typedef struct option_parse {
    const cli_command *command;
    char **argv;
    struct option table[OPTIONS_MAX + 1];
    uint32_t seen; /* by index */
} option_parse;

static void fill_table(option_parse *parse)
{
    const cli_option *option;
    for (size_t i = 0; i < OPTIONS_MAX && (option = cli_option_at(parse->command, i)) != NULL;
         i++) {
        parse->table[i] = (struct option){
            .name = option->name,
            .has_arg = option->argument == NULL ? no_argument : required_argument,
        };
    }
}

/* getopt_long takes "--ser" for "--serial"; what is typed today must not mean more tomorrow. */
static bool is_spelled_out(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, length) == 0 &&
           (word[2 + length] == '\0' || word[2 + length] == '=');
}

static np_code take_option(option_parse *parse, int index, const char *word, cli_arguments *ret,
                           np_error *err)
{
    const cli_option *option = cli_option_at(parse->command, (size_t)index);
    if (!is_spelled_out(word, option->name)) {
        return np_error_set(err, NP_EUSAGE, "unknown option '%s'", word);
    }
    if ((parse->seen >> index & 1) != 0 && option->kind != CLI_LIST) {
        return np_error_set(err, NP_EUSAGE, "--%s is given twice", option->name);
    }
    parse->seen |= UINT32_C(1) << index;
    return setters[option->kind](option, optarg, (char *)ret + option->offset, err);
}

/* The word of argv that getopt has just looked at. */
static const char *word_of(const option_parse *parse, int index)
{
    bool has_own_word = index >= 0 && parse->table[index].has_arg == required_argument &&
                        optarg == parse->argv[optind - 1];
    return parse->argv[optind - (has_own_word ? 2 : 1)];
}

static np_code take_options(option_parse *parse, int argc, cli_arguments *ret, np_error *err)
{
    for (;;) {
        int index = -1;
        int found = getopt_long(argc, parse->argv, ":", parse->table, &index);
        if (found == -1) {
            return NP_OK;
        }
        if (found == '?' && optopt != 0) {
            return np_error_set(err, NP_EUSAGE, "unknown option '-%c'", optopt);
        }
        const char *word = word_of(parse, index);
        if (found == ':') {
            return np_error_set(err, NP_EUSAGE, "option '%s' needs a value", word);
        }
        if (found == '?') {
            return np_error_set(err, NP_EUSAGE, "unknown option '%s'", word);
        }
        NP_TRY(take_option(parse, index, word, ret, err));
    }
}

/* Targets of chips begin with a scheme; a file of such a name is "./virtual:x". */
static bool is_uri(const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length > 0 && word[length] == ':';
}

static np_code take_operand(const cli_command *command, const char *word, cli_arguments *ret,
                            np_error *err)
{
    ret->operand = word;
    if (ret->help || word != NULL || command->operand[0] == '[') {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "%s is missing", command->operand);
}

static np_code take_target(const cli_command *command, const char *word, cli_arguments *ret,
                           np_error *err)
{
    ret->target = word;
    const char *variable = command->target_from_modem ? "NAMEPLATE_MODEM" : "NAMEPLATE_CHIP";
    if (ret->target == NULL && takes_wire(command)) {
        ret->target = getenv(variable);
    }
    if (ret->help || (ret->target != NULL && ret->target[0] != '\0')) {
        return NP_OK;
    }
    if (!takes_wire(command)) {
        return np_error_set(err, NP_EUSAGE, "%s is missing", command->target);
    }
    return np_error_set(err, NP_EUSAGE, "%s is missing, and $%s is not set", command->target,
                        variable);
}

/*
 * Target and operand, each where the command has one. The target may be left out where a variable
 * names it: one word alone is then the operand. (Paths are modems as well; theirs are not
 * optional.)
 */
static np_code take_words(const cli_command *command, int count, char **words, cli_arguments *ret,
                          np_error *err)
{
    int wanted = (command->target != NULL) + (command->operand != NULL);
    if (count > wanted) {
        return np_error_set(err, NP_EUSAGE, "unexpected argument '%s'", words[wanted]);
    }
    bool is_left_out = wanted == 2 && count == 1 && takes_wire(command) &&
                       (command->target_from_modem || !is_uri(words[0]));
    int used = command->target != NULL && !is_left_out && count > 0 ? 1 : 0;
    if (command->target != NULL) {
        NP_TRY(take_target(command, used > 0 ? words[0] : NULL, ret, err));
    }
    return command->operand == NULL
               ? NP_OK
               : take_operand(command, count > used ? words[used] : NULL, ret, err);
}

static np_code check_required(const option_parse *parse, const cli_arguments *arguments,
                              np_error *err)
{
    const cli_option *option;
    for (size_t i = 0; !arguments->help && (option = cli_option_at(parse->command, i)) != NULL;
         i++) {
        if (option->is_required && (parse->seen >> i & 1) == 0) {
            return np_error_set(err, NP_EUSAGE, "--%s %s is missing", option->name,
                                option->argument);
        }
    }
    return NP_OK;
}

static np_code parse_words(option_parse *parse, int argc, cli_arguments *ret, np_error *err)
{
    fill_table(parse);
    opterr = 0;
    optind = 1;
    NP_TRY(take_options(parse, argc, ret, err));
    NP_TRY(take_words(parse->command, argc - optind, parse->argv + optind, ret, err));
    return check_required(parse, ret, err);
}

np_code cli_options_parse(const cli_command *command, int argc, char **argv, cli_arguments *ret,
                          np_error *err)
{
    option_parse parse = {.command = command, .argv = argv};
    *ret = (cli_arguments){.bus_khz = 100,
                           .bytes = 32,
                           .days_valid = TOKEN_DAYS,
                           .hours = REKEY_HOURS,
                           .poll = POLL_SECONDS,
                           .timeout = TIMEOUT_SECONDS,
                           .wait = WAIT_SECONDS,
                           .years = 1};
    return parse_words(&parse, argc, ret, err) == NP_OK ? NP_OK : usage_error(command, err);
}
