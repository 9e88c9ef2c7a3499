/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/notes.h"

#include "registry/gate.h"
#include <stdlib.h>

enum { SEEN_MAX = 4096 /* a second; more are not noted. Not tuned */ };

struct manage_notes {
    gateway_lately lately;
    gateway_news *news; /* NULL: none since */
    int64_t seen[SEEN_MAX];
    size_t seen_count;
};

manage_notes *manage_notes_create(void)
{
    return calloc(1, sizeof(manage_notes));
}

void manage_notes_free(manage_notes *notes)
{
    if (notes != NULL) {
        gateway_news_free(notes->news);
        free(notes);
    }
}

static bool has_news(manage_notes *notes)
{
    notes->news = notes->news == NULL ? gateway_news_create() : notes->news;
    return notes->news != NULL;
}

static void take_refused(manage_notes *notes, const gateway_newcomer *newcomer, int64_t now)
{
    if (has_news(notes)) {
        gateway_news_add_refused(notes->news, newcomer, now);
    }
    if (newcomer->leaf != NULL) {
        gateway_lately_add(&notes->lately, newcomer->leaf);
    }
}

/* A front door asks for each request: a device is noted once. */
static void take_seen(manage_notes *notes, int64_t device)
{
    size_t at = 0;
    while (at < notes->seen_count && notes->seen[at] != device) {
        at++;
    }
    if (at == notes->seen_count && at < SEEN_MAX) {
        notes->seen[notes->seen_count++] = device;
    }
}

void manage_notes_take(manage_notes *notes, const gateway_newcomer *newcomer, int64_t now)
{
    const np_admission *admission = newcomer->admission;
    bool is_admitted = np_reason_at(admission->reason)->is_admitted;
    if (notes == NULL) {
        return;
    }
    if (!is_admitted) {
        take_refused(notes, newcomer, now);
        return;
    }
    bool was_refused = gateway_lately_take(&notes->lately, newcomer->leaf);
    bool is_new = (admission->effects & NP_EFFECT_ADD_CERTIFICATE) != 0;
    if ((is_new || was_refused) && has_news(notes)) {
        gateway_news_add_arrived(notes->news, newcomer, now);
    }
    if ((admission->effects & NP_EFFECT_TOUCH) != 0 && admission->device != 0) {
        take_seen(notes, admission->device);
    }
}

np_code manage_notes_store(manage_notes *notes, np_store *store, int64_t now, np_error *err)
{
    gateway_news *news = notes->news;
    size_t count = notes->seen_count;
    notes->news = NULL;
    notes->seen_count = 0;
    np_code code = news == NULL ? NP_OK : gateway_news_store(news, store, err);
    gateway_news_free(news);
    return code != NP_OK || count == 0 ? code
                                       : np_gate_note_seen(store, notes->seen, count, now, err);
}
