/* SPDX-License-Identifier: Apache-2.0 */
/* An order to a line: refused with words, or about a bay that is there. */
#include "station/order.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const np_station_config config = {.bays = {{.name = "1"}, {.name = "2"}},
                                             .bay_count = 2};
    np_order order;
    np_error err = {0};
    if (np_order_parse(np_bytes_of(data, size), &config, &order, &err) != NP_OK) {
        if (err.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    bool is_inside = order.serial.len <= size && order.bay >= -1 && order.bay < 2;
    bool has_bay = order.kind == NP_ORDER_SCAN || order.kind == NP_ORDER_AGAIN;
    if (!is_inside || (order.kind == NP_ORDER_AGAIN && order.bay < 0) ||
        (!has_bay && order.bay >= 0)) {
        abort();
    }
    return 0;
}
