/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `--dump-keys`: every key of the configurations, for tests of the manual. A line each: key, file,
 * section and name, default ("-": nothing; or "required"), what it takes; with tabs between.
 */
#include "cli/help.h"
#include "gateway/config.h"
#include "station/config.h"

#include <stdio.h>

static void print_default(const np_config_key *key)
{
    if (key->is_required) {
        printf("required");
    } else if (key->kind == NP_CONFIG_NUMBER) {
        printf("%ld", key->preset);
    } else if (key->kind == NP_CONFIG_FLAG) {
        printf("%s", key->preset != 0 ? "true" : "false");
    } else {
        printf("%s", key->preset_text == NULL ? "-" : key->preset_text);
    }
}

static void print_takes(const np_config_key *key)
{
    const char *takes = key->takes == NULL ? "" : key->takes;
    if (key->kind == NP_CONFIG_NUMBER) {
        printf("%ld to %ld", key->min, key->max);
    } else if (key->kind == NP_CONFIG_FLAG) {
        printf("true or false");
    } else if (key->kind == NP_CONFIG_LIST) {
        printf("a list of at most %zu%s%s", key->list_max, takes[0] == '\0' ? "" : ": ", takes);
    } else if (takes[0] != '\0') {
        printf("%s", takes);
    } else {
        printf("1 to %zu bytes", key->size - 1);
    }
}

static void dump(const char *file, const np_config_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        const np_config_key *key = &schema->rows[i];
        printf("key\t%s\t%s%s%s\t", file, key->section, key->section[0] == '\0' ? "" : ".",
               key->name);
        print_default(key);
        putchar('\t');
        print_takes(key);
        putchar('\n');
    }
}

void cli_dump_keys(void)
{
    dump("gateway.conf", &np_gateway_keys);
    dump("station.conf", &np_station_keys);
}
