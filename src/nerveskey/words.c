/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/words.h"

#include "base/format.h"

/* How a run of steps of one kind is said. */
typedef struct step_words {
    const char *what;
    const char *place; /* what "from ... to ..." are numbers of; NULL: says all by itself */
} step_words;

static const step_words words[NP_STEP_KIND_COUNT] = {
    [NP_STEP_WRITE_CONFIG] = {"write the configuration", "bytes"},
    [NP_STEP_LOCK_CONFIG] = {"lock the configuration", NULL},
    [NP_STEP_CHECK_RANDOM] = {"check that the chip makes random numbers", NULL},
    [NP_STEP_WRITE_OTP] = {"write board, serial and user data to OTP", "bytes"},
    [NP_STEP_MAKE_KEY] = {"make the private key in slot 0", NULL},
    [NP_STEP_ISSUE] = {"sign the device's certificate", NULL},
    [NP_STEP_WRITE_SLOT] = {"write certificates, signer key and zeros", "slots"},
    [NP_STEP_LOCK_DATA] = {"lock data and OTP", NULL},
    [NP_STEP_CHECK_KEY] = {"check that the key is the certificate's", NULL},
    [NP_STEP_LOCK_KEY] = {"lock the key in slot 0", NULL},
    [NP_STEP_VERIFY] = {"read everything back and have a challenge signed", NULL},
};

static size_t run_length(const np_plan *plan, size_t first)
{
    size_t end = first + 1;
    while (end < plan->step_count && plan->steps[end].kind == plan->steps[first].kind) {
        end++;
    }
    return end - first;
}

static void put_words(const np_plan *plan, size_t first, np_plan_line *line)
{
    const np_step *from = &plan->steps[first];
    const np_step *to = &plan->steps[first + line->count - 1];
    const step_words *how = &words[line->kind];
    if (line->kind == NP_STEP_LOCK_KEY && line->count > 1) {
        np_format(line->words, sizeof(line->words), "lock the keys in slots %u-%u (irreversible)",
                  (unsigned)from->slot, (unsigned)to->slot);
        return;
    }
    if (how->place == NULL) {
        np_format(line->words, sizeof(line->words), "%s%s", how->what,
                  line->is_irreversible ? " (irreversible)" : "");
        return;
    }
    bool is_slots = line->kind == NP_STEP_WRITE_SLOT;
    unsigned low = is_slots ? from->slot : from->offset;
    unsigned high = is_slots ? to->slot : (unsigned)to->offset + to->len - 1;
    np_format(line->words, sizeof(line->words), "%s: %zu writes to %s %u-%u", how->what,
              line->count, how->place, low, high);
}

bool np_plan_next_line(const np_plan *plan, size_t *at, np_plan_line *ret)
{
    if (*at >= plan->step_count) {
        return false;
    }
    np_step_kind kind = plan->steps[*at].kind;
    *ret = (np_plan_line){
        .kind = kind,
        .is_irreversible = np_step_is_irreversible(kind),
        .count = run_length(plan, *at),
    };
    put_words(plan, *at, ret);
    *at += ret->count;
    return true;
}
