/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as settings: what is one whole term can be read head by head to its end, and up to 524
 * bytes its JSON gives the same bytes again.
 */
#include "nerveskey/settings.h"
#include "nerveskey/settings_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a program needs to hold the text of any settings. */
enum { TEXT_MAX = 16384 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_heads(np_bytes term)
{
    np_reader reader = np_reader_of(term);
    uint64_t left = 1;
    while (left > 0) {
        np_etf_term head;
        require(np_etf_read(&reader, &head, NULL) == NP_OK);
        left += np_etf_children(&head) - 1;
    }
    require(np_reader_is_done(&reader));
}

static void go_round(np_bytes term)
{
    json_t *value = NULL;
    size_t len = 0;
    np_etf_atoms atoms;
    uint8_t again[NP_SETTINGS_SIZE];
    np_writer writer = np_writer_of(again, sizeof(again));
    require(np_settings_to_json(term, &value, &len, &atoms, NULL) == NP_OK);
    require(np_settings_from_json(value, atoms, &writer, NULL) == NP_OK);
    require(np_bytes_equal(np_writer_bytes(&writer), term));
    require(json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) <= TEXT_MAX);
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = 0;
    if (np_etf_check(np_bytes_of(data, size), &len, NULL) != NP_OK) {
        return 0;
    }
    require(len <= size);
    read_heads(np_bytes_of(data + 1, len - 1));
    if (len <= NP_SETTINGS_SIZE) {
        go_round(np_bytes_of(data, len));
    }
    return 0;
}
