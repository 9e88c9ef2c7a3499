/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/conformance.h"

#include "conformance/probe.h"

enum {
    /* The span that the data sheet gives a short watchdog (specs of the chip 1.2); ours is typical.
     */
    WATCHDOG_LEAST_MS = 700,
    WATCHDOG_MOST_MS = 1700,
    ASKINGS_MAX = 4,   /* one fault on the bus spoils one of them; not tuned */
    DIFFERENCE_AT = 2, /* answered so often, it is a difference */
};

const char *np_agreement_name(np_agreement agreement)
{
    static const char *const names[] = {"agreed", "differs", "not-asked"};
    return names[agreement];
}

const char *np_lock_stage_name(np_lock_stage stage)
{
    static const char *const names[] = {"open", "configuration-locked", "data-locked"};
    return names[stage];
}

size_t np_conformance_count(const np_conformance *run, np_agreement agreement)
{
    size_t count = 0;
    for (size_t i = 0; i < READING_COUNT; i++) {
        count += run->rows[i].agreement == agreement;
    }
    return count;
}

const probe_row *probe_find(np_reading_id id)
{
    static const probe_table *const tables[] = {&probe_bus_table,   &probe_keys_table,
                                                &probe_slots_table, &probe_608_table,
                                                &probe_x509_table,  &probe_silent_table};
    for (size_t i = 0; i < NP_COUNT_OF(tables); i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            if (tables[i]->rows[j].id == id) {
                return &tables[i]->rows[j];
            }
        }
    }
    return NULL;
}

static const char *find_wrong_stage(unsigned stages)
{
    switch (stages) {
    case PROBE_OPEN:
        return "the configuration must be open";
    case PROBE_CONFIGURED:
        return "the configuration must be locked and the data zone open";
    case PROBE_LOCKED:
        return "the data zone must be locked";
    default:
        return "the configuration must be locked";
    }
}

/* NULL when the question can be put to this chip now. */
static const char *find_obstacle(const probe_row *row, const probe_host *probe)
{
    bool is_608 = probe->model != NP_ATECC508A;
    if (row->ask == NULL) {
        return row->why_not;
    }
    if (row->who != PROBE_ANY && (row->who == PROBE_608) != is_608) {
        return "a question for the other family";
    }
    if (row->cost == PROBE_SPENDS && !probe->is_spare) {
        return "needs the test configuration, which uses a chip up";
    }
    if ((row->stages >> probe->stage & 1) == 0) {
        return find_wrong_stage(row->stages);
    }
    bool is_free = row->cost != PROBE_SENDS_LOCK || probe->may_lock;
    return is_free ? NULL : "it sends a Lock command: needs consent";
}

static bool is_watchdog(np_reading_id id)
{
    return id == READING_WATCHDOG_MS || id == READING_LONG_WATCHDOG_508A_MS ||
           id == READING_LONG_WATCHDOG_608_MS;
}

/* A long watchdog may stray from its typical time as far as a short one does. */
static bool agrees(np_reading_id id, const np_reading *reading, unsigned answer)
{
    if (!is_watchdog(id)) {
        return answer == reading->answer;
    }
    uint64_t typical_ms = np_readings(&(size_t){0})[READING_WATCHDOG_MS].answer;
    uint64_t scaled = answer * typical_ms;
    return scaled >= (uint64_t)WATCHDOG_LEAST_MS * reading->answer &&
           scaled <= (uint64_t)WATCHDOG_MOST_MS * reading->answer;
}

static np_code ask_until_sure(probe_host *probe, const probe_row *question, np_conformance_row *row)
{
    unsigned differences = 0;
    for (unsigned i = 0; i < ASKINGS_MAX && differences < DIFFERENCE_AT; i++) {
        unsigned answer = 0;
        bool is_answered = question->ask(probe, &answer);
        probe_sleep(probe);
        NP_TRY(probe->trouble);
        if (!is_answered) {
            continue;
        }
        row->answer = answer;
        if (agrees(question->id, row->reading, answer)) {
            row->agreement = NP_AGREED;
            return NP_OK;
        }
        differences++;
    }
    row->agreement = differences == DIFFERENCE_AT ? NP_DIFFERS : NP_NOT_ASKED;
    return NP_OK;
}

static np_code ask_one(probe_host *probe, const probe_row *question, np_conformance_row *row)
{
    const char *obstacle = find_obstacle(question, probe);
    if (obstacle != NULL) {
        row->why_not = row->was_tried ? row->why_not : obstacle;
        return NP_OK;
    }
    NP_TRY(probe_announce(probe, row->reading->question));
    row->was_tried = true;
    row->stage = probe->stage;
    row->why_not =
        question->why_not != NULL ? question->why_not : "the chip did not come to the point of it";
    NP_TRY(ask_until_sure(probe, question, row));
    row->why_not = row->agreement == NP_NOT_ASKED ? row->why_not : NULL;
    return NP_OK;
}

np_code probe_announce(const probe_host *probe, const char *words)
{
    const np_conformance_watch *watch = probe->watch;
    return watch == NULL || watch->before == NULL ? NP_OK
                                                  : watch->before(watch->self, words, probe->err);
}

np_code probe_ask_all(probe_host *probe, np_conformance *ret)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        np_conformance_row *row = &ret->rows[i];
        if (row->agreement == NP_NOT_ASKED) {
            NP_TRY(ask_one(probe, probe_find((np_reading_id)i), row));
        }
    }
    return NP_OK;
}

np_code probe_look(probe_host *probe)
{
    uint8_t *config = probe->config;
    NP_TRY(np_atecc_read_config(probe->chip, 0, NP_ATECC_CONFIG_SIZE, config, probe->err));
    NP_TRY(np_atecc_sleep(probe->chip, probe->err));
    if (!np_atecc_model_by_revision(config + NP_CONFIG_REVISION, &probe->model)) {
        return np_error_set(probe->err, NP_ECONFLICT_FOREIGN,
                            "the part is no ATECC508A, 608A or 608B");
    }
    bool is_open = np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_OPEN;
    bool is_data_open = np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_OPEN;
    probe->stage = is_open ? NP_ALL_OPEN : is_data_open ? NP_CONFIG_LOCKED : NP_DATA_LOCKED;
    return NP_OK;
}

np_code probe_begin(probe_host *probe, np_conformance *ret)
{
    size_t count = 0;
    const np_reading *readings = np_readings(&count);
    *ret = (np_conformance){.model = NP_ATECC508A};
    for (size_t i = 0; i < count; i++) {
        ret->rows[i] = (np_conformance_row){.reading = &readings[i],
                                            .agreement = NP_NOT_ASKED,
                                            .changes = probe_find((np_reading_id)i)->changes,
                                            .why_not = "the run ended before it"};
    }
    NP_TRY(probe_look(probe));
    memcpy(ret->config, probe->config, sizeof(ret->config));
    ret->model = probe->model;
    return NP_OK;
}

np_code np_conformance_run(np_atecc *chip, bool may_lock, const np_conformance_watch *watch,
                           np_conformance *ret, np_error *err)
{
    probe_host probe = {.chip = chip, .may_lock = may_lock, .watch = watch, .err = err};
    NP_TRY(probe_begin(&probe, ret));
    return probe_ask_all(&probe, ret);
}
