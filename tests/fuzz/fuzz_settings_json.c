/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as settings in JSON: what is accepted is one whole term, is as long as was measured, and
 * once it has been through a term, its form does not change any more.
 */
#include "nerveskey/settings.h"
#include "nerveskey/settings_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void go_round(const json_t *value, np_etf_atoms atoms)
{
    uint8_t first[NP_SETTINGS_SIZE];
    uint8_t second[NP_SETTINGS_SIZE];
    np_writer measure = np_writer_of(NULL, 0);
    np_writer writer = np_writer_of(first, sizeof(first));
    np_writer again = np_writer_of(second, sizeof(second));
    json_t *back = NULL;
    size_t len = 0;
    if (np_settings_from_json(value, atoms, &measure, NULL) != NP_OK ||
        measure.len > sizeof(first) ||
        np_settings_from_json(value, atoms, &writer, NULL) != NP_OK) {
        return;
    }
    require(writer.len == measure.len);
    require(np_settings_to_json(np_writer_bytes(&writer), &back, &len, &atoms, NULL) == NP_OK);
    require(len == writer.len);
    require(np_settings_from_json(back, atoms, &again, NULL) == NP_OK);
    require(np_bytes_equal(np_writer_bytes(&again), np_writer_bytes(&writer)));
    json_decref(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (value != NULL) {
        go_round(value, NP_ETF_ATOMS_UTF8);
        go_round(value, NP_ETF_ATOMS_LATIN1);
    }
    json_decref(value);
    return 0;
}
