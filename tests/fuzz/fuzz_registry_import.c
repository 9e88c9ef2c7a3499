/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people import into a registry: the first byte chooses CSV, lines of units, or lines of an
 * export, and whether an empty registry is loaded; the rest is the file. Every row is stored or
 * refused with a reason. The same file once more stores nothing, but for what stands in front of
 * what it needs: a device's secret in front of the device. So it comes to rest.
 */
#include "base/wipe.h"
#include "cli/registry/fleet_json.h"
#include "cli/registry/source.h"
#include <stdlib.h>

enum { NOW = 1800000000, LOADS = 4, FORMS = 3, TIMES_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

typedef struct reading {
    np_import *import;
    cli_lot lot;
    np_transfer_item item;
    uint64_t added;
    const uint64_t *again; /* NULL: all rows are wanted */
    size_t again_count;
} reading;

static bool is_wanted(const reading *on, uint64_t number)
{
    bool is_there = on->again == NULL;
    for (size_t i = 0; i < on->again_count; i++) {
        is_there = is_there || on->again[i] == number;
    }
    return is_there;
}

static void count_outcome(reading *on, np_import_outcome outcome, const char *reason)
{
    require((unsigned)outcome < NP_IMPORT_OUTCOME_COUNT);
    require(outcome != NP_IMPORT_REFUSED || reason[0] != '\0');
    on->added += outcome == NP_IMPORT_ADDED ? 1 : 0;
}

static np_code store_row(reading *on)
{
    require(np_import_devices(on->import, on->lot.rows, on->lot.count, NULL) == NP_OK);
    for (size_t i = 0; i < on->lot.count; i++) {
        count_outcome(on, on->lot.rows[i].outcome, on->lot.rows[i].reason);
    }
    cli_lot_empty(&on->lot);
    return NP_OK;
}

static np_code take_unit(void *self, const cli_unit *unit, np_error *err)
{
    reading *on = self;
    if (!is_wanted(on, unit->number)) {
        return NP_OK;
    }
    require(cli_lot_add_unit(&on->lot, unit, "acme", err) == NP_OK);
    return store_row(on);
}

static np_code take_thing(reading *on, uint64_t number, const json_t *line)
{
    size_t kind;
    if (cli_fleet_kind_of(line, &kind)) {
        on->item = (np_transfer_item){.number = number};
        cli_fleet_read_thing(line, kind, &on->lot, &on->item);
        require(np_transfer_put(on->import, kind, &on->item, 1, NULL) == NP_OK);
        count_outcome(on, on->item.outcome, on->item.reason);
        cli_lot_empty(&on->lot);
    }
    return NP_OK;
}

static np_code take_line(void *self, uint64_t number, const json_t *line, np_error *err)
{
    reading *on = self;
    const char *kind = json_string_value(json_object_get(line, "kind"));
    if (!is_wanted(on, number)) {
        return NP_OK;
    }
    if (kind != NULL && strcmp(kind, "device") == 0) {
        require(cli_fleet_read_device(line, number, &on->lot, err) == NP_OK);
        return store_row(on);
    }
    return take_thing(on, number, line);
}

static np_code take_fault(void *self, uint64_t number, const char *reason, np_error *err)
{
    (void)self;
    (void)number;
    (void)err;
    require(reason[0] != '\0');
    return NP_OK;
}

static void read_file(reading *on, np_bytes text, cli_source_form form)
{
    const cli_source_taker taker = {take_unit, take_line, take_fault, on};
    NP_CLEANUP(cli_source_close) cli_source source = {.path = "file", .form = form};
    source.file = fmemopen((void *)(uintptr_t)text.data, text.len, "r");
    if (source.file == NULL) {
        return;
    }
    /* what ends the reading is an error of the whole file */
    np_code code = form == CLI_SOURCE_CSV ? cli_source_read_csv(&source, &taker, NULL)
                                          : cli_source_read_lines(&source, &taker, NULL);
    require(code == NP_OK || code == NP_EINPUT_FORMAT);
}

/* All of the file in one import; how much it has added. */
static uint64_t import_file(np_store *store, np_bytes text, cli_source_form form, bool may_load)
{
    const np_actor actor = {.name = "fuzz", .now = NOW};
    const np_import_options options = {.store = store,
                                       .actor = &actor,
                                       .source = "file",
                                       .policy = NP_IMPORT_KEEP,
                                       .may_load = may_load,
                                       .is_whole = form == CLI_SOURCE_EXPORT};
    reading *on = calloc(1, sizeof(*on));
    require(on != NULL && np_import_begin(&options, &on->import, NULL) == NP_OK);
    read_file(on, text, form);
    require(np_import_end_load(on->import, &on->again, &on->again_count, NULL) == NP_OK);
    if (on->again_count > 0) {
        read_file(on, text, form);
    }
    require(np_import_finish(on->import, NULL) == NP_OK);
    uint64_t added = on->added;
    np_import_free(on->import);
    cli_lot_clear(&on->lot);
    free(on);
    return added;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cli_source_form forms[FORMS] = {CLI_SOURCE_CSV, CLI_SOURCE_NDJSON,
                                                 CLI_SOURCE_EXPORT};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    if (size < 2) {
        return 0;
    }
    np_bytes text = np_bytes_of(data + 1, size - 1);
    cli_source_form form = forms[(data[0] & 3) % FORMS];
    require(np_store_open("sqlite::memory:", 1000, &store, NULL) == NP_OK);
    uint64_t added = import_file(store, text, form, (data[0] & LOADS) != 0);
    for (unsigned times = 1; added > 0; times++) {
        require(times < (form == CLI_SOURCE_EXPORT ? TIMES_MAX : 2));
        added = import_file(store, text, form, false);
    }
    return 0;
}
