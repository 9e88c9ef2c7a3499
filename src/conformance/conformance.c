/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/conformance.h"

#include "conformance/probe.h"

/* The span that the data sheet gives a short watchdog (specs of the chip 1.2). */
enum { WATCHDOG_LEAST_MS = 700, WATCHDOG_MOST_MS = 1700 };

const char *np_agreement_name(np_agreement agreement)
{
    static const char *const names[] = {"agreed", "differs", "not-asked"};
    return names[agreement];
}

static const probe_row *find_probe(const char *id)
{
    for (size_t i = 0; i < probe_row_count; i++) {
        if (strcmp(probe_rows[i].id, id) == 0) {
            return &probe_rows[i];
        }
    }
    return NULL;
}

/* NULL when the question can be put to this chip. */
static const char *find_obstacle(const probe_row *row, const probe_host *probe, bool may_lock)
{
    bool is_open = np_lock_state_of(probe->config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_OPEN;
    bool data_is_open = np_lock_state_of(probe->config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_OPEN;
    bool is_608 = probe->model != NP_ATECC508A;
    if (row == NULL) {
        return "no harmless way to ask is known yet";
    }
    if (row->who != PROBE_ANY && (row->who == PROBE_608) != is_608) {
        return "a question for the other family";
    }
    switch (row->when) {
    case PROBE_BLANK:
        return is_open ? NULL : "the configuration must be open";
    case PROBE_CONFIGURED:
        return is_open ? "the configuration must be locked" : NULL;
    case PROBE_DATA_LOCKED:
        return data_is_open ? "the data zone must be locked" : NULL;
    case PROBE_WITH_CONSENT:
        if (!is_open) {
            return "the configuration must be open";
        }
        return may_lock ? NULL : "it sends a Lock command: needs consent";
    default:
        return NULL;
    }
}

static bool agrees(const np_reading *reading, unsigned answer)
{
    if (strcmp(reading->id, "WATCHDOG_MS") == 0) {
        return answer >= WATCHDOG_LEAST_MS && answer <= WATCHDOG_MOST_MS;
    }
    return answer == reading->answer;
}

static np_code ask_one(probe_host *probe, bool may_lock, np_conformance_row *row)
{
    const probe_row *question = find_probe(row->reading->id);
    row->agreement = NP_NOT_ASKED;
    row->why_not = find_obstacle(question, probe, may_lock);
    if (row->why_not != NULL) {
        return NP_OK;
    }
    bool is_asked = question->ask(probe, &row->answer);
    probe_sleep(probe);
    if (is_asked) {
        row->agreement = agrees(row->reading, row->answer) ? NP_AGREED : NP_DIFFERS;
    } else {
        row->why_not = question->why_not[0] != '\0' ? question->why_not
                                                    : "the chip did not come to the point of it";
    }
    return probe->trouble;
}

np_code np_conformance_run(np_atecc *chip, bool may_lock, np_conformance *ret, np_error *err)
{
    probe_host probe = {.chip = chip, .err = err};
    size_t count = 0;
    const np_reading *readings = np_readings(&count);
    *ret = (np_conformance){.count = count};
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(probe.config), probe.config, err));
    NP_TRY(np_atecc_sleep(chip, err));
    if (!np_atecc_model_by_revision(probe.config + NP_CONFIG_REVISION, &probe.model)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN, "the part is no ATECC508A, 608A or 608B");
    }
    memcpy(ret->config, probe.config, sizeof(ret->config));
    ret->model = probe.model;
    for (size_t i = 0; i < count && i < NP_CONFORMANCE_ROWS_MAX; i++) {
        ret->rows[i].reading = &readings[i];
        NP_TRY(ask_one(&probe, may_lock, &ret->rows[i]));
    }
    return NP_OK;
}
