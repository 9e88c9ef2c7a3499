/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of modems from strangers: one that is taken is written again as it was. */
#include "nordic/journal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_nordic_journal journal;
    static np_nordic_journal again;
    static uint8_t text[NP_NORDIC_JOURNAL_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    if (np_nordic_journal_read(np_bytes_of(data, size), &journal, NULL) != NP_OK) {
        return 0;
    }
    np_nordic_journal_write(&journal, &writer);
    require(np_writer_has_room(&writer));
    require(np_nordic_journal_read(np_writer_bytes(&writer), &again, NULL) == NP_OK);
    require(memcmp(&journal, &again, sizeof(journal)) == 0);
    return 0;
}
