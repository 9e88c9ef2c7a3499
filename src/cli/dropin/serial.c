/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dropin/serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct word_row {
    const char *word; /* of the option */
    const char *query;
} word_row;

static const word_row command_types[] = {{"auto", "auto"},
                                         {"at", "at"},
                                         {"at_shell", "at-shell"},
                                         {"tls_cred_shell", "tls-shell"},
                                         {NULL, NULL}};
static const word_row terminators[] = {
    {"NULL", "null"}, {"CR", "cr"}, {"LF", "lf"}, {"CRLF", "crlf"}, {NULL, NULL}};

/* The query's word for an option's; the first one for none. NULL: it is not known. */
static const char *query_of(const word_row *rows, const char *word)
{
    for (; word != NULL && rows->word != NULL; rows++) {
        if (strcasecmp(rows->word, word) == 0) {
            return rows->query;
        }
    }
    return word == NULL ? "" : NULL;
}

static int add_query(char *target, int used, const char *name, const char *value)
{
    if (value[0] == '\0' || used >= PATH_MAX) {
        return used;
    }
    const char *mark = strchr(target, '?') == NULL ? "?" : "&";
    return used + snprintf(target + used, (size_t)(PATH_MAX - used), "%s%s=%s", mark, name, value);
}

np_code dropin_target(const dropin_arguments *arguments, char ret_target[static PATH_MAX],
                      np_error *err)
{
    const char *shell = query_of(command_types, arguments->command_type);
    const char *end = query_of(terminators, arguments->terminator);
    const char *place = arguments->port != NULL ? arguments->port : getenv("NAMEPLATE_MODEM");
    const char *flow = arguments->xonxoff ? "xonxoff" : arguments->is_without_flow ? "none" : "";
    if (shell == NULL || end == NULL) {
        return np_error_set(err, NP_EUSAGE, "'%s' is not known here",
                            shell == NULL ? arguments->command_type : arguments->terminator);
    }
    if (place == NULL || place[0] == '\0') {
        np_error_set(err, NP_EUSAGE, "no port is named");
        return np_error_hint(err, NP_EUSAGE, "add --port /dev/ttyACM0, or set $NAMEPLATE_MODEM");
    }
    bool is_path = strchr(place, ':') == NULL;
    int used = snprintf(ret_target, PATH_MAX, "%s%s", is_path ? "serial:" : "", place);
    used = add_query(ret_target, used, "baud", arguments->baud != NULL ? arguments->baud : "");
    used = add_query(ret_target, used, "flow", flow);
    used = add_query(ret_target, used, "shell", shell);
    used = add_query(ret_target, used, "line-end", end);
    return used < PATH_MAX ? NP_OK : np_error_set(err, NP_EUSAGE, "the port's name is too long");
}
