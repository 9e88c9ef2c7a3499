/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of clouds, as strangers could have written them: the first byte chooses the target, the
 * rest is the file, for a part of twelve rows. A refused row has a reason, and no other row has.
 */
#include "cloud/answer_forms.h"
#include "signer/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 12 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const targets[] = {"nrfcloud",    "aws",     "aws-calls", "azure",
                                          "azure-group", "golioth", "mender",    "nerveshub"};
    static const char sent[] = "{\"identity_data\":{\"sn\":\"T1\"},\"pubkey\":\"k\"}\n";
    answer_row at[ROWS] = {{0}};
    answer_rows rows = {.at = at, .count = ROWS, .size = ROWS};
    if (size == 0) {
        return 0;
    }
    const char *target = targets[data[0] % (sizeof(targets) / sizeof(targets[0]))];
    rows.sent = answer_needs_part(target) ? np_bytes_text(sent) : (np_bytes){NULL, 0};
    for (unsigned i = 0; i < ROWS; i++) {
        char name[8];
        snprintf(name, sizeof(name), "T%u", i + 1);
        at[i].mark = np_seen_mark(0, np_bytes_text(name));
    }
    np_code code = answer_form_of(target)(np_bytes_of(data + 1, size - 1), &rows, NULL);
    require(code == NP_OK || code == NP_EINPUT_FORMAT);
    for (unsigned i = 0; i < ROWS; i++) {
        require((at[i].outcome == NP_CLOUD_FAILED) == (at[i].text != NULL));
        free(at[i].text);
    }
    return 0;
}
