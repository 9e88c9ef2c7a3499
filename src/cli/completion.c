/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for shells, written from the table of commands. One walk finds what can follow which
 * words, and each shell says it in its own way.
 */
#include "base/text.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What can follow some words: one of few, and nothing else; or options and names of files. */
typedef struct completion {
    const char *before;
    const char *after;
    void (*begin)(FILE *stream, const char *words, bool is_options);
    void (*offer)(FILE *stream, const char *words, bool is_options, const char *word,
                  const char *what);
    void (*end)(FILE *stream);
} completion;

enum { WORDS_SIZE = 128 };

/* In single quotes for a shell, whose quotes end before one that is meant. */
static void write_inside_quotes(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stream);
        } else {
            putc(*text, stream);
        }
    }
}

/* bash: a list of words, without what they mean */

static void begin_bash(FILE *stream, const char *words, bool is_options)
{
    fprintf(stream, "        '%s '%s) %swords='", words, is_options ? "*" : "",
            is_options ? "" : "files='' ");
}

static void offer_bash(FILE *stream, const char *words, bool is_options, const char *word,
                       const char *what)
{
    (void)words;
    (void)is_options;
    (void)what;
    fprintf(stream, "%s ", word);
}

static void end_bash(FILE *stream)
{
    fputs("' ;;\n", stream);
}

static const completion bash = {
    .before = "# bash completion for nameplate\n"
              "_nameplate()\n"
              "{\n"
              "    local word=${COMP_WORDS[COMP_CWORD]} words='' files=yes\n"
              "    COMPREPLY=()\n"
              "    case \"${COMP_WORDS[*]:1:COMP_CWORD-1} \" in\n",
    .after = "    esac\n"
             "    if [[ $files && $word != -* ]]; then\n"
             "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
             "    else\n"
             "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
             "    fi\n"
             "}\n"
             "complete -o filenames -F _nameplate nameplate\n",
    .begin = begin_bash,
    .offer = offer_bash,
    .end = end_bash,
};

/* zsh: an array of 'word:what it means' */

static void begin_zsh(FILE *stream, const char *words, bool is_options)
{
    fprintf(stream, "        ('%s '%s) %soffers=(\n", words, is_options ? "*" : "",
            is_options ? "" : "files='' ");
}

static void offer_zsh(FILE *stream, const char *words, bool is_options, const char *word,
                      const char *what)
{
    (void)words;
    (void)is_options;
    fprintf(stream, "            '%s:", word);
    write_inside_quotes(stream, what);
    fputs("'\n", stream);
}

static void end_zsh(FILE *stream)
{
    fputs("        ) ;;\n", stream);
}

static const completion zsh = {
    .before = "#compdef nameplate\n"
              "# zsh completion for nameplate\n"
              "_nameplate()\n"
              "{\n"
              "    local -a offers\n"
              "    local files=yes\n"
              "    case \"${(j: :)words[2,CURRENT-1]} \" in\n",
    .after = "    esac\n"
             "    if [[ -n $files && $words[CURRENT] != -* ]]; then\n"
             "        _files\n"
             "    else\n"
             "        _describe nameplate offers\n"
             "    fi\n"
             "}\n"
             "if [[ $funcstack[1] == _nameplate ]]; then _nameplate \"$@\"\n"
             "else compdef _nameplate nameplate\n"
             "fi\n",
    .begin = begin_zsh,
    .offer = offer_zsh,
    .end = end_zsh,
};

/* fish: a line for each word, with the condition under which it is offered */

static void begin_fish(FILE *stream, const char *words, bool is_options)
{
    if (!is_options) {
        fprintf(stream, "complete -c nameplate -f -n '__nameplate_is %s'\n", words);
    }
}

static void offer_fish(FILE *stream, const char *words, bool is_options, const char *word,
                       const char *what)
{
    bool is_long = strncmp(word, "--", 2) == 0;
    fprintf(stream, "complete -c nameplate -n '__nameplate_%s %s' %s %s -d '",
            is_options ? "begins" : "is", words, is_long ? "-l" : "-a", word + (is_long ? 2 : 0));
    write_inside_quotes(stream, what);
    fputs("'\n", stream);
}

static void end_fish(FILE *stream)
{
    (void)stream;
}

static const completion fish = {
    .before = "# fish completion for nameplate\n"
              "function __nameplate_words\n"
              "    set -l words (commandline -opc)\n"
              "    set -e words[1]\n"
              "    echo \"$words\"\n"
              "end\n"
              "function __nameplate_is\n"
              "    test (__nameplate_words) = \"$argv\"\n"
              "end\n"
              "function __nameplate_begins\n"
              "    string match -q -- \"$argv *\" (__nameplate_words)' '\n"
              "end\n",
    .after = "",
    .begin = begin_fish,
    .offer = offer_fish,
    .end = end_fish,
};

/* The walk */

static void offer(FILE *stream, const completion *shell, const char *words, const char *word,
                  const char *what)
{
    shell->offer(stream, words, false, word, what);
}

static void write_nouns(FILE *stream, const completion *shell)
{
    const char *noun;
    shell->begin(stream, "", false);
    for (size_t i = 0; (noun = cli_noun_at(i)) != NULL; i++) {
        offer(stream, shell, "", noun, cli_noun_purpose(noun));
    }
    offer(stream, shell, "", "--help", "show what there is");
    offer(stream, shell, "", "--version", "show the version");
    shell->end(stream);
}

/* Has an earlier command the same first words? */
static bool is_repeated(const cli_command *command, size_t verb_len)
{
    const cli_command *earlier;
    for (size_t i = 0; (earlier = cli_command_at(i)) != command; i++) {
        if (strcmp(earlier->noun, command->noun) == 0 && strcspn(earlier->verb, " ") == verb_len &&
            strncmp(earlier->verb, command->verb, verb_len) == 0) {
            return true;
        }
    }
    return false;
}

static void write_verbs(FILE *stream, const completion *shell, const char *noun)
{
    const cli_command *command;
    shell->begin(stream, noun, false);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        char verb[WORDS_SIZE];
        size_t len = strcspn(command->verb, " ");
        if (strcmp(command->noun, noun) == 0 && !is_repeated(command, len)) {
            snprintf(verb, sizeof(verb), "%.*s", (int)len, command->verb);
            offer(stream, shell, noun, verb,
                  command->verb[len] == '\0' ? command->purpose : "more words follow");
        }
    }
    offer(stream, shell, noun, "--help", "show what there is");
    shell->end(stream);
}

/* The second words of verbs that begin with this one. */
static void write_group(FILE *stream, const completion *shell, const cli_command *first)
{
    char words[WORDS_SIZE];
    const cli_command *command;
    size_t len = strcspn(first->verb, " ");
    snprintf(words, sizeof(words), "%s %.*s", first->noun, (int)len, first->verb);
    shell->begin(stream, words, false);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, first->noun) == 0 &&
            strncmp(command->verb, first->verb, len + 1) == 0) {
            offer(stream, shell, words, command->verb + len + 1, command->purpose);
        }
    }
    offer(stream, shell, words, "--help", "show what there is");
    shell->end(stream);
}

static void write_options(FILE *stream, const completion *shell, const cli_command *command)
{
    char words[WORDS_SIZE];
    char name[WORDS_SIZE];
    const cli_option *option;
    snprintf(words, sizeof(words), "%s%s%s", command->noun, command->verb[0] == '\0' ? "" : " ",
             command->verb);
    shell->begin(stream, words, true);
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        snprintf(name, sizeof(name), "--%s", option->name);
        shell->offer(stream, words, true, name, option->help);
    }
    shell->end(stream);
}

static void write_script(FILE *stream, const completion *shell)
{
    const char *noun;
    const cli_command *command;
    fputs(shell->before, stream);
    write_nouns(stream, shell);
    for (size_t i = 0; (noun = cli_noun_at(i)) != NULL; i++) {
        if (!cli_is_whole(noun)) {
            write_verbs(stream, shell, noun);
        }
    }
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        size_t len = strcspn(command->verb, " ");
        if (command->verb[len] == ' ' && !is_repeated(command, len)) {
            write_group(stream, shell, command);
        }
        write_options(stream, shell, command);
    }
    fputs(shell->after, stream);
}

static np_code put_script(const completion *shell, cli_output *output, np_error *err)
{
    if (!output->is_json) {
        write_script(stdout, shell);
        return NP_OK;
    }
    char *script = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&script, &size);
    if (stream == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the script");
    }
    write_script(stream, shell);
    fclose(stream);
    cli_put_json(output, "script", json_stringn(script, size));
    free(script);
    return NP_OK;
}

np_code cli_completion_bash(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    (void)arguments;
    return put_script(&bash, output, err);
}

np_code cli_completion_fish(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    (void)arguments;
    return put_script(&fish, output, err);
}

np_code cli_completion_zsh(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    (void)arguments;
    return put_script(&zsh, output, err);
}
