/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash, written from the table of commands. */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Has an earlier command of this noun the same first word of its verb? */
static bool is_repeated(const cli_command *command)
{
    const cli_command *earlier;
    size_t length = strcspn(command->verb, " ");
    for (size_t i = 0; (earlier = cli_command_at(i)) != command; i++) {
        if (strcmp(earlier->noun, command->noun) == 0 && strcspn(earlier->verb, " ") == length &&
            strncmp(earlier->verb, command->verb, length) == 0) {
            return true;
        }
    }
    return false;
}

static void write_words(FILE *stream, const char *noun)
{
    const cli_command *command;
    const char *separator = "";
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, noun) == 0 && !is_repeated(command)) {
            fprintf(stream, "%s%.*s", separator, (int)strcspn(command->verb, " "), command->verb);
            separator = " ";
        }
    }
}

static void write_nouns(FILE *stream)
{
    const char *noun;
    fputs("        1) words='", stream);
    for (size_t i = 0; (noun = cli_noun_at(i)) != NULL; i++) {
        fprintf(stream, "%s ", noun);
    }
    fputs("--help --version' ;;\n", stream);
}

static void write_verbs(FILE *stream)
{
    const char *noun;
    fputs("        2) case ${COMP_WORDS[1]} in\n", stream);
    for (size_t i = 0; (noun = cli_noun_at(i)) != NULL; i++) {
        fprintf(stream, "            %s) words='", noun);
        write_words(stream, noun);
        fputs(" --help' ;;\n", stream);
    }
    fputs("        esac ;;\n", stream);
}

/* The second words of verbs that begin with this one. */
static void write_group(FILE *stream, const cli_command *first)
{
    const cli_command *command;
    size_t length = strcspn(first->verb, " ");
    fprintf(stream, "            '%s %.*s '*) files='' words='", first->noun, (int)length,
            first->verb);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, first->noun) == 0 &&
            strncmp(command->verb, first->verb, length + 1) == 0) {
            fprintf(stream, "%s ", command->verb + length + 1);
        }
    }
    fputs("--help' ;;\n", stream);
}

static void write_options(FILE *stream)
{
    const cli_command *command;
    fputs("        *) case \"${COMP_WORDS[*]:1:3} \" in\n", stream);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        const cli_option *option;
        fprintf(stream, "            '%s %s%s'*) words='", command->noun, command->verb,
                command->verb[0] == '\0' ? "" : " ");
        for (size_t j = 0; (option = cli_option_at(command, j)) != NULL; j++) {
            fprintf(stream, "%s--%s", j == 0 ? "" : " ", option->name);
        }
        fputs("' ;;\n", stream);
    }
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strchr(command->verb, ' ') != NULL && !is_repeated(command)) {
            write_group(stream, command);
        }
    }
    fputs("        esac ;;\n", stream);
}

static void write_script(FILE *stream)
{
    fputs("# bash completion for nameplate\n"
          "_nameplate()\n"
          "{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} words='' files=yes\n"
          "    COMPREPLY=()\n"
          "    case $COMP_CWORD in\n",
          stream);
    write_nouns(stream);
    write_verbs(stream);
    write_options(stream);
    fputs("    esac\n"
          "    if [[ $COMP_CWORD -gt 2 && $files && $word != -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "    else\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _nameplate nameplate\n",
          stream);
}

np_code cli_completion_bash(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    (void)arguments;
    if (!output->is_json) {
        write_script(stdout);
        return NP_OK;
    }
    char *script = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&script, &size);
    if (stream == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the script");
    }
    write_script(stream);
    fclose(stream);
    cli_put_json(output, "script", json_stringn(script, size));
    free(script);
    return NP_OK;
}
