/* SPDX-License-Identifier: Apache-2.0 */
#include "link/modem_target.h"

#include "base/error.h"
#include <stdlib.h>

/* What UARTs of boards run at, and USB ports take. */
enum { BAUD_MIN = 1200, BAUD_MAX = 4000000 };

static np_code take_baud(const char *text, modem_target *ret, np_error *err)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < BAUD_MIN || value > BAUD_MAX) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no speed from %d to %d baud", text,
                            (int)BAUD_MIN, (int)BAUD_MAX);
    }
    ret->baud = (unsigned)value;
    return NP_OK;
}

static np_code take_flow(const char *text, modem_target *ret, np_error *err)
{
    static const char *const names[MODEM_FLOW_COUNT] = {[MODEM_FLOW_RTSCTS] = "rtscts",
                                                        [MODEM_FLOW_XONXOFF] = "xonxoff",
                                                        [MODEM_FLOW_NONE] = "none"};
    for (unsigned i = 0; i < MODEM_FLOW_COUNT; i++) {
        if (strcmp(text, names[i]) == 0) {
            ret->flow = (modem_flow)i;
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EUSAGE, "'%s' is no flow control: rtscts, xonxoff or none", text);
}

static np_code take_shell(const char *text, modem_target *ret, np_error *err)
{
    if (np_modem_host_by_name(text, &ret->host)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "'%s' is no shell: auto, at, at-shell or tls-shell", text);
}

static np_code take_line_end(const char *text, modem_target *ret, np_error *err)
{
    if (np_line_end_by_name(text, &ret->line_end)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "'%s' is no line end: crlf, cr, lf or null", text);
}

typedef struct query_row {
    const char *begin;
    np_code (*take)(const char *text, modem_target *ret, np_error *err);
} query_row;

static const query_row query_rows[] = {
    {"baud=", take_baud},
    {"flow=", take_flow},
    {"shell=", take_shell},
    {"line-end=", take_line_end},
};

static np_code take_word(const char *word, modem_target *ret, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(query_rows); i++) {
        size_t length = strlen(query_rows[i].begin);
        if (strncmp(word, query_rows[i].begin, length) == 0) {
            return query_rows[i].take(word + length, ret, err);
        }
    }
    return np_error_set(err, NP_EUSAGE, "the modem's URI does not know '%s'", word);
}

static np_code take_query(char *query, modem_target *ret, np_error *err)
{
    char *rest = query;
    for (char *word; (word = strsep(&rest, "&")) != NULL;) {
        NP_TRY(take_word(word, ret, err));
    }
    return NP_OK;
}

/* Behind its scheme; a plain path has none. */
static const char *skip_scheme(const char *uri, modem_target *ret)
{
    static const char serial[] = "serial:";
    static const char virtual[] = "virtual:";
    if (strncmp(uri, virtual, sizeof(virtual) - 1) == 0) {
        ret->is_virtual = true;
        return uri + sizeof(virtual) - 1;
    }
    if (strncmp(uri, serial, sizeof(serial) - 1) == 0) {
        return uri + sizeof(serial) - 1;
    }
    size_t length = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length > 0 && uri[length] == ':' ? NULL : uri;
}

np_code modem_target_parse(const char *uri, modem_target *ret, np_error *err)
{
    *ret = (modem_target){.baud = MODEM_BAUD};
    const char *place = skip_scheme(uri, ret);
    if (place == NULL) {
        np_error_set(err, NP_EUSAGE, "'%s' is no URI of a modem", uri);
        return np_error_hint(err, NP_EUSAGE,
                             "use serial:/dev/ttyACM0, the path of a tty, or virtual:FILE");
    }
    ret->place = strdup(place);
    if (ret->place == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    char *query = strchr(ret->place, '?');
    if (query != NULL) {
        *query = '\0';
        NP_TRY(take_query(query + 1, ret, err));
    }
    return ret->place[0] != '\0' ? NP_OK
                                 : np_error_set(err, NP_EUSAGE, "the modem's URI names no file");
}

void modem_target_clear(modem_target *target)
{
    free(target->place);
    target->place = NULL;
}
