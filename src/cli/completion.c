/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash, written from the table of commands. */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_words(FILE *stream, const char *noun)
{
    size_t count;
    const cli_command *commands = cli_commands(&count);
    const char *separator = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].noun, noun) == 0) {
            fprintf(stream, "%s%s", separator, commands[i].verb);
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

static void write_options(FILE *stream)
{
    size_t count;
    const cli_command *commands = cli_commands(&count);
    fputs("        *) case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n", stream);
    for (size_t i = 0; i < count; i++) {
        const cli_option *option;
        fprintf(stream, "            '%s %s') words='", commands[i].noun, commands[i].verb);
        for (size_t j = 0; (option = cli_option_at(&commands[i], j)) != NULL; j++) {
            fprintf(stream, "%s--%s", j == 0 ? "" : " ", option->name);
        }
        fputs("' ;;\n", stream);
    }
    fputs("        esac ;;\n", stream);
}

static void write_script(FILE *stream)
{
    fputs("# bash completion for nameplate\n"
          "_nameplate()\n"
          "{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} words=''\n"
          "    COMPREPLY=()\n"
          "    case $COMP_CWORD in\n",
          stream);
    write_nouns(stream);
    write_verbs(stream);
    write_options(stream);
    fputs("    esac\n"
          "    if [[ $COMP_CWORD -gt 2 && $word != -* ]]; then\n"
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
