/* SPDX-License-Identifier: Apache-2.0 */
/* A line of what is in work, as a crash may have left it: what is read is written the same again.
 */
#include "station/intents.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t der[STATION_INTENT_MAX];
    uint8_t text[2 * STATION_INTENT_MAX];
    station_intent intent;
    np_writer writer = np_writer_of(text, sizeof(text));
    if (size > STATION_INTENT_MAX || !station_intent_read(np_bytes_of(data, size), der, &intent)) {
        return 0;
    }
    if (intent.kind >= STATION_INTENT_COUNT || intent.uid.len == 0) {
        abort();
    }
    station_intent_write(&intent, &writer);
    if (!np_writer_has_room(&writer)) {
        abort();
    }
    return 0;
}
