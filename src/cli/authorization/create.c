/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/authorization/file.h"
#include "cli/file.h"
#include "cli/record.h"
#include "crypto/random.h"
#include "x509/leaf.h"
#include "x509/public_key.h"
#include <time.h>

enum { FILE_MODE = 0644, DAY_LENGTH = 10 /* "2026-12-31" */, LAST_SECOND = 86399 };

static np_bytes bytes_of(const char *text)
{
    return text == NULL ? (np_bytes){NULL, 0} : np_bytes_text(text);
}

/* FIRST..LAST, or one serial alone. */
static void take_serials(const char *text, np_authorization *ret)
{
    const char *dots = strstr(text, "..");
    ret->first = np_bytes_of(text, dots == NULL ? strlen(text) : (size_t)(dots - text));
    ret->last = dots == NULL ? ret->first : np_bytes_text(dots + 2);
}

/* A day counts to its end. */
static np_code take_until(const char *text, np_authorization *ret, np_error *err)
{
    if (np_parse_time(text, &ret->until, NULL) != NP_OK) {
        return np_error_set(err, NP_EUSAGE,
                            "--until takes a day such as 2026-12-31, or a time, not '%s'", text);
    }
    ret->until += strlen(text) == DAY_LENGTH ? LAST_SECOND : 0;
    return NP_OK;
}

/* The file's name without folder and ".pub": the name that station key create was given. */
static np_bytes name_station(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    bool has_suffix = dot != NULL && dot != base && strcmp(dot, ".pub") == 0;
    return np_bytes_of(base, has_suffix ? (size_t)(dot - base) : strlen(base));
}

static np_code take_stations(const cli_list *paths, np_authorization *ret, np_error *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        uint8_t point[NP_P256_POINT_SIZE];
        np_authorization_station station = {.name = name_station(paths->items[i])};
        NP_TRY(np_key_file_load_public(paths->items[i], point, err));
        np_public_key_digest(point, station.key);
        NP_TRY(np_authorization_add_station(ret, &station, err));
    }
    return NP_OK;
}

static np_code check_profile(const char *name, np_error *err)
{
    return name == NULL || np_leaf_profile_find(name) != NULL
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "there is no profile '%s'", name);
}

static np_code fill_terms(const cli_arguments *arguments, np_authorization *ret, np_error *err)
{
    const np_random random = np_random_system();
    *ret = (np_authorization){.batch = np_bytes_text(arguments->batch),
                              .count = arguments->count,
                              .product = bytes_of(arguments->product),
                              .profile = bytes_of(arguments->profile),
                              .created = (int64_t)time(NULL)};
    NP_TRY(check_profile(arguments->profile, err));
    NP_TRY(take_until(arguments->until, ret, err));
    take_serials(arguments->serials, ret);
    NP_TRY(take_stations(&arguments->stations, ret, err));
    NP_TRY(random.fill(random.self, ret->id, sizeof(ret->id), err));
    return np_authorization_check(ret, err);
}

np_code cli_authorization_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    np_authorization terms;
    uint8_t text[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    NP_CLEANUP(np_authorization_file_clear) np_authorization_file read = {.id = ""};
    NP_TRY(fill_terms(arguments, &terms, err));
    np_authorization_write(&terms, &writer);
    NP_TRY(np_file_create(arguments->out, FILE_MODE, np_writer_bytes(&writer), err));
    NP_TRY(np_authorization_file_load(arguments->out, &read, err));
    cli_put_text(output, "out", "authorization", arguments->out);
    cli_authorization_put(&read, output);
    cli_note("%s is not signed: it allows nothing yet", arguments->out);
    return NP_OK;
}
