/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_COLUMN = 22, COMMAND_COLUMN = 18 };

static const char *const status_texts[CLI_STATUS_COUNT] = {
    [NP_CLASS_OK] = "done, or already done and consistent",
    [NP_CLASS_DEVICE] = "the device is bad: wrong answers, or it does not prove its identity",
    [NP_CLASS_USAGE] = "wrong usage, or consent is missing",
    [NP_CLASS_INPUT] = "input refused: missing, damaged, expired, would be overwritten",
    [NP_CLASS_CONFLICT] = "already done but with something else, or foreign",
    [NP_CLASS_POLICY] = "refused by policy",
    [NP_CLASS_STATION] = "station trouble: bus, permission, disk, held by another process",
    [NP_CLASS_INTERRUPTED] = "interrupted, run again to resume; or consent typed wrongly",
    [NP_CLASS_REJECTS] = "bulk finished with rejects",
};

/* What can happen to every command. */
enum {
    STATUSES_EVERYWHERE = 1U << NP_CLASS_OK | 1U << NP_CLASS_USAGE | 1U << NP_CLASS_STATION,
};

/* Between noun and verb. */
static const char *gap(const cli_command *command)
{
    return command->verb[0] == '\0' ? "" : " ";
}

static void print_verbs(const char *noun)
{
    const cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, noun) == 0) {
            char name[64];
            snprintf(name, sizeof(name), "%s%s%s", noun, gap(command), command->verb);
            printf("  %-*s %s\n", COMMAND_COLUMN, name, command->purpose);
        }
    }
}

void cli_help_program(void)
{
    const char *noun;
    printf("nameplate - give devices an identity that they can prove\n\n"
           "usage: nameplate NOUN VERB [TARGET] [OPTIONS]\n"
           "       nameplate --help | --version\n");
    for (size_t i = 0; (noun = cli_noun_at(i)) != NULL; i++) {
        printf("\n%s: %s\n", noun, cli_noun_purpose(noun));
        print_verbs(noun);
    }
    printf("\nEach command explains itself: nameplate NOUN VERB --help; manual: man nameplate\n");
}

void cli_help_noun(const char *noun)
{
    printf("nameplate %s - %s\n\n", noun, cli_noun_purpose(noun));
    print_verbs(noun);
    printf("\nEach command explains itself: nameplate %s VERB --help; manual: man nameplate-%s\n",
           noun, noun);
}

static void print_synopsis(const cli_command *command)
{
    printf("usage: nameplate %s%s%s", command->noun, gap(command), command->verb);
    if (command->target != NULL) {
        bool is_optional = command->target_from_chip || command->target_from_modem;
        printf(is_optional ? " [%s]" : " %s", command->target);
    }
    if (command->operand != NULL) {
        printf(" %s", command->operand);
    }
    const cli_option *option;
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        if (option->is_required) {
            printf(" --%s %s", option->name, option->argument);
        }
    }
    printf(" [OPTIONS]\n");
}

static void print_options(const cli_command *command)
{
    const cli_option *option;
    printf("\noptions:\n");
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-*s %s\n", OPTION_COLUMN, left, option->help);
    }
}

static void print_statuses(const cli_command *command)
{
    printf("\nexit status:\n");
    for (unsigned i = 0; i < CLI_STATUS_COUNT; i++) {
        if (((command->statuses | STATUSES_EVERYWHERE) >> i & 1) != 0) {
            printf("  %u  %s\n", i, status_texts[i]);
        }
    }
}

void cli_help_command(const cli_command *command)
{
    printf("nameplate %s%s%s - %s\n\n", command->noun, gap(command), command->verb,
           command->purpose);
    print_synopsis(command);
    if (command->target_from_chip) {
        printf("\nWithout %s, the chip is the one that $NAMEPLATE_CHIP names.\n", command->target);
    }
    if (command->target_from_modem) {
        printf("\nWithout %s, the modem is the one that $NAMEPLATE_MODEM names.\n",
               command->target);
    }
    print_options(command);
    print_statuses(command);
    printf("\nexamples:\n");
    for (size_t i = 0; i < CLI_EXAMPLES; i++) {
        printf("  # %s\n  %s\n", command->examples[i].what, command->examples[i].line);
    }
}

void cli_dump_commands(void)
{
    const cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        const cli_option *option;
        printf("command\t%s%s%s\n", command->noun, gap(command), command->verb);
        for (size_t j = 0; (option = cli_option_at(command, j)) != NULL; j++) {
            printf("option\t%s%s%s\t--%s\n", command->noun, gap(command), command->verb,
                   option->name);
        }
    }
}
