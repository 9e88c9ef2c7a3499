/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of a cloud from strangers: every reader ends with an error or with something whole. The
 * first byte is a number of rows.
 */
#include "base/wipe.h"
#include "cloud/nrf_answers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_refusals(np_bytes body, size_t rows)
{
    size_t count = 0;
    NP_CLEANUP(np_nrf_refusals_clear) np_nrf_refusals refusals = {0};
    if (np_nrf_refusals_read(body, rows, &refusals, NULL) != NP_OK) {
        return;
    }
    require(refusals.rows == rows);
    for (size_t i = 0; i < rows; i++) {
        require(refusals.reasons[i] == NULL || refusals.reasons[i][0] != '\0');
        count += refusals.reasons[i] != NULL ? 1 : 0;
    }
    require(count == refusals.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[NP_NRF_MESSAGE_SIZE];
    NP_CLEANUP(np_nrf_operation_clear) np_nrf_operation operation = {0};
    if (size == 0) {
        return 0;
    }
    np_bytes body = np_bytes_of(data + 1, size - 1);
    np_nrf_message(body, message);
    require(strlen(message) < sizeof(message) && strpbrk(message, "\r\n\x1b") == NULL);
    if (np_nrf_operation_read(body, &operation, NULL) == NP_OK) {
        require(operation.document != NULL);
    }
    read_refusals(body, data[0]);
    return 0;
}
