/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/authorization/file.h"

#include "base/civil.h"
#include "base/text.h"
#include "cli/record.h"

/* Texts of an authorization are short; see NP_AUTHORIZATION_TEXT_MAX. */
static void put_text(cli_output *output, const char *key, const char *label, np_bytes text)
{
    char copy[NP_AUTHORIZATION_TEXT_MAX + 1] = {0};
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
        cli_put_text(output, key, label, copy);
    }
}

static void put_time(cli_output *output, const char *key, const char *label, int64_t seconds)
{
    char text[NP_TIME_TEXT_SIZE];
    np_format_time(seconds, text);
    cli_put_text(output, key, label, text);
}

static void put_stations(const np_authorization *terms, cli_output *output)
{
    json_t *stations = json_array();
    for (size_t i = 0; i < terms->station_count; i++) {
        const np_authorization_station *station = &terms->stations[i];
        char name[NP_AUTHORIZATION_TEXT_MAX + 1] = {0};
        char key[2 * sizeof(station->key) + 1];
        memcpy(name, station->name.data, station->name.len);
        np_format_hex(NP_BYTES(station->key), key);
        cli_print(output, "station: %s %s", key, name);
        json_array_append_new(stations,
                              json_pack("{s:o,s:s}", "name", cli_json_text(name), "key", key));
    }
    cli_put_json(output, "stations", stations);
}

void cli_authorization_put(const np_authorization_file *authorization, cli_output *output)
{
    const np_authorization *terms = &authorization->terms;
    put_text(output, "batch", "batch", terms->batch);
    cli_put_text(output, "id", "id", authorization->id);
    cli_put_count(output, "count", "units at most", terms->count);
    put_text(output, "first", "first serial", terms->first);
    put_text(output, "last", "last serial", terms->last);
    put_text(output, "product", "product", terms->product);
    put_text(output, "profile", "profile", terms->profile);
    put_stations(terms, output);
    put_time(output, "created", "created", terms->created);
    put_time(output, "until", "until", terms->until);
}
