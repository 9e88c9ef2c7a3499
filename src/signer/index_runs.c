/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/index_internal.h"

#include <stdlib.h>

void index_runs_clear(index_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        free(runs->runs[i].fences);
    }
    runs->count = 0;
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory to merge what was seen");
}

static np_code read_entries(const index_runs *runs, uint64_t first, index_entry *ret, size_t count,
                            np_error *err)
{
    size_t len = 0;
    size_t wanted = count * sizeof(*ret);
    NP_TRY(runs->storage->read(runs->storage->self, first * sizeof(*ret), (uint8_t *)ret, wanted,
                               &len, err));
    return len == wanted ? NP_OK
                         : np_error_set(err, NP_ESTATION_IO,
                                        "the temporary file of what was seen is too short");
}

static np_code write_entries(const index_runs *runs, uint64_t first, const index_entry *entries,
                             size_t count, np_error *err)
{
    return runs->storage->write(runs->storage->self, first * sizeof(*entries),
                                np_bytes_of(entries, count * sizeof(*entries)), err);
}

/* The last of sorted marks that is not above; 0 also when the first is. */
static size_t last_not_above(const uint64_t *marks, size_t step, size_t count, uint64_t mark)
{
    size_t low = 0;
    size_t high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (marks[middle * step] <= mark) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static np_code find_in(const index_runs *runs, const index_run *run, uint64_t mark,
                       uint64_t *ret_value, np_error *err)
{
    enum { STEP = sizeof(index_entry) / sizeof(uint64_t) };
    index_entry page[INDEX_PAGE];
    size_t pages = (size_t)((run->count + INDEX_PAGE - 1) / INDEX_PAGE);
    uint64_t first = INDEX_PAGE * last_not_above(run->fences, 1, pages, mark);
    size_t count = run->count - first < INDEX_PAGE ? (size_t)(run->count - first) : INDEX_PAGE;
    NP_TRY(read_entries(runs, run->first + first, page, count, err));
    size_t at = last_not_above(&page[0].mark, STEP, count, mark);
    *ret_value = page[at].mark == mark ? page[at].value : 0;
    return NP_OK;
}

np_code index_runs_find(const index_runs *runs, uint64_t mark, uint64_t *ret_value, np_error *err)
{
    *ret_value = 0;
    for (size_t i = runs->count; i > 0 && *ret_value == 0; i--) {
        NP_TRY(find_in(runs, &runs->runs[i - 1], mark, ret_value, err));
    }
    return NP_OK;
}

/* One of two runs while they are merged. */
typedef struct merge_side {
    const index_runs *runs;
    uint64_t next; /* entry in the file */
    uint64_t left; /* not yet read */
    index_entry *entries;
    size_t at;
    size_t count;
} merge_side;

static np_code refill(merge_side *side, np_error *err)
{
    if (side->at < side->count || side->left == 0) {
        return NP_OK;
    }
    side->at = 0;
    side->count = side->left < INDEX_CHUNK ? (size_t)side->left : INDEX_CHUNK;
    NP_TRY(read_entries(side->runs, side->next, side->entries, side->count, err));
    side->next += side->count;
    side->left -= side->count;
    return NP_OK;
}

static bool is_empty(const merge_side *side)
{
    return side->at == side->count;
}

/* The smaller one; of two of one mark the newer, and the older is dropped. */
static index_entry take_smaller(merge_side *older, merge_side *newer)
{
    if (is_empty(newer) ||
        (!is_empty(older) && older->entries[older->at].mark < newer->entries[newer->at].mark)) {
        return older->entries[older->at++];
    }
    if (!is_empty(older) && older->entries[older->at].mark == newer->entries[newer->at].mark) {
        older->at++;
    }
    return newer->entries[newer->at++];
}

/* Merges behind the end of the file. */
static np_code merge(const index_runs *runs, merge_side *older, merge_side *newer,
                     index_entry *output, index_run *into, np_error *err)
{
    uint64_t end = into->first;
    NP_TRY(refill(older, err));
    NP_TRY(refill(newer, err));
    for (into->count = 0; !is_empty(older) || !is_empty(newer);) {
        size_t at = (size_t)(into->count % INDEX_CHUNK);
        output[at] = take_smaller(older, newer);
        if (into->count % INDEX_PAGE == 0) {
            into->fences[into->count / INDEX_PAGE] = output[at].mark;
        }
        into->count++;
        if (at + 1 == INDEX_CHUNK) {
            NP_TRY(write_entries(runs, end + into->count - INDEX_CHUNK, output, INDEX_CHUNK, err));
        }
        NP_TRY(refill(older, err));
        NP_TRY(refill(newer, err));
    }
    size_t rest = (size_t)(into->count % INDEX_CHUNK);
    return write_entries(runs, end + into->count - rest, output, rest, err);
}

/* Forwards, so that the two places may overlap. */
static np_code move_down(const index_runs *runs, index_run *run, uint64_t to, index_entry *buffer,
                         np_error *err)
{
    for (uint64_t done = 0; done < run->count;) {
        uint64_t left = run->count - done;
        size_t count = left < INDEX_CHUNK ? (size_t)left : INDEX_CHUNK;
        NP_TRY(read_entries(runs, run->first + done, buffer, count, err));
        NP_TRY(write_entries(runs, to + done, buffer, count, err));
        done += count;
    }
    run->first = to;
    return NP_OK;
}

static np_code merge_with(index_runs *runs, index_entry *buffers, index_run *into, np_error *err)
{
    const index_run *older = &runs->runs[runs->count - 2];
    const index_run *newer = &runs->runs[runs->count - 1];
    merge_side sides[2] = {
        {.runs = runs, .next = older->first, .left = older->count, .entries = buffers},
        {.runs = runs,
         .next = newer->first,
         .left = newer->count,
         .entries = buffers + INDEX_CHUNK}};
    into->first = newer->first + newer->count;
    NP_TRY(merge(runs, &sides[0], &sides[1], buffers + (size_t)2 * INDEX_CHUNK, into, err));
    return move_down(runs, into, older->first, buffers, err);
}

static np_code merge_last_two(index_runs *runs, np_error *err)
{
    index_run *older = &runs->runs[runs->count - 2];
    index_run *newer = &runs->runs[runs->count - 1];
    index_run into = {.fences = calloc((size_t)((older->count + newer->count) / INDEX_PAGE + 1),
                                       sizeof(uint64_t))};
    index_entry *buffers = calloc((size_t)3 * INDEX_CHUNK, sizeof(*buffers));
    np_code code = into.fences == NULL || buffers == NULL ? no_memory(err)
                                                          : merge_with(runs, buffers, &into, err);
    free(buffers);
    if (code != NP_OK) {
        free(into.fences);
        return code;
    }
    free(older->fences);
    free(newer->fences);
    *older = into;
    runs->count--;
    return NP_OK;
}

np_code index_runs_add(index_runs *runs, const index_entry *entries, size_t count, np_error *err)
{
    const index_run *last = runs->count == 0 ? NULL : &runs->runs[runs->count - 1];
    index_run added = {.first = last == NULL ? 0 : last->first + last->count, .count = count};
    added.fences = calloc(count / INDEX_PAGE + 1, sizeof(*added.fences));
    if (added.fences == NULL || runs->count == INDEX_RUNS_MAX) {
        free(added.fences);
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i += INDEX_PAGE) {
        added.fences[i / INDEX_PAGE] = entries[i].mark;
    }
    runs->runs[runs->count++] = added;
    NP_TRY(write_entries(runs, added.first, entries, count, err));
    while (runs->count > 1 &&
           runs->runs[runs->count - 2].count < 2 * runs->runs[runs->count - 1].count) {
        NP_TRY(merge_last_two(runs, err));
    }
    return NP_OK;
}
