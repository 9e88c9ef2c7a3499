/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/explain.h"
#include "base/wipe.h"
#include "cli/chip.h"
#include "nerveskey/layout.h"

/* What the slot is for, when the layout is one that we know. */
static const char *purpose_of(const np_snapshot *snapshot, unsigned slot)
{
    const np_layout *layout = np_layout_of(snapshot->config);
    return layout != NULL ? layout->slots[slot].purpose : NULL;
}

static const char *lock_words(const np_slot_words *words)
{
    if (words->is_locked) {
        return "locked";
    }
    return words->is_lockable ? "not locked, lockable" : "not locked";
}

static void print_slot(const cli_output *output, unsigned slot, const char *purpose,
                       const np_slot_words *words)
{
    cli_print(output, "slot %u: %s, %zu bytes, %s", slot, words->type, np_atecc_slot_size(slot),
              lock_words(words));
    if (purpose != NULL) {
        cli_print(output, "  purpose: %s", purpose);
    }
    cli_print(output, "  read: %s", words->read);
    cli_print(output, "  write: %s", words->write);
    cli_print(output, "  use: %s", words->use);
}

static json_t *slot_document(unsigned slot, const char *purpose, const np_slot_words *words)
{
    json_t *row = json_object();
    json_object_set_new(row, "slot", json_integer(slot));
    json_object_set_new(row, "size", json_integer((json_int_t)np_atecc_slot_size(slot)));
    json_object_set_new(row, "purpose", purpose != NULL ? cli_json_text(purpose) : json_null());
    json_object_set_new(row, "type", cli_json_text(words->type));
    json_object_set_new(row, "is_locked", json_boolean(words->is_locked));
    json_object_set_new(row, "is_lockable", json_boolean(words->is_lockable));
    json_object_set_new(row, "read", cli_json_text(words->read));
    json_object_set_new(row, "write", cli_json_text(words->write));
    json_object_set_new(row, "use", cli_json_text(words->use));
    return row;
}

static void put_slots(const np_snapshot *snapshot, cli_output *output)
{
    json_t *slots = json_array();
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        np_slot_words words;
        const char *purpose = purpose_of(snapshot, slot);
        np_slot_explain(snapshot->config, snapshot->model, slot, &words);
        print_slot(output, slot, purpose, &words);
        json_array_append_new(slots, slot_document(slot, purpose, &words));
    }
    cli_put_json(output, "slots", slots);
}

static void put_facts(const np_snapshot *snapshot, cli_output *output)
{
    np_config_fact facts[NP_CONFIG_FACTS_MAX];
    size_t count = np_config_explain(snapshot->config, snapshot->model, facts);
    for (size_t i = 0; i < count; i++) {
        cli_put_text(output, facts[i].key, facts[i].label, facts[i].words);
    }
}

np_code cli_chip_explain(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_snapshot snapshot;
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_snapshot_take(&chip.device, &snapshot, err));
    NP_TRY(cli_chip_close(&chip, err));
    cli_put_text(output, "model", "model", np_atecc_model_name(snapshot.model));
    cli_put_chip_state(output, snapshot.config);
    cli_put_flag(output, "is_nerveskey", "layout of NervesKey",
                 np_layout_of(snapshot.config) != NULL);
    put_facts(&snapshot, output);
    put_slots(&snapshot, output);
    return NP_OK;
}
