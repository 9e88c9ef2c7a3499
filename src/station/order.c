/* SPDX-License-Identifier: Apache-2.0 */
#include "station/order.h"

typedef struct order_row {
    const char *word;
    bool has_bay;
    bool has_serial;
} order_row;

static const order_row rows[NP_ORDER_COUNT] = {
    [NP_ORDER_SCAN] = {"scan", true, true},
    [NP_ORDER_AGAIN] = {"again", true, false},
    [NP_ORDER_RESUME] = {"resume", false, false},
    [NP_ORDER_STOP] = {"stop", false, false},
};

/* Up to the next space, which is taken too. */
static np_bytes take_word(np_bytes *rest)
{
    const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->data, ' ', rest->len);
    size_t len = space == NULL ? rest->len : (size_t)(space - rest->data);
    np_bytes word = np_bytes_of(rest->data, len);
    size_t taken = space == NULL ? len : len + 1;
    *rest = np_bytes_of(rest->len == 0 ? NULL : rest->data + taken, rest->len - taken);
    return word;
}

static bool find_kind(np_bytes word, np_order_kind *ret)
{
    for (unsigned i = 0; i < NP_ORDER_COUNT; i++) {
        if (np_bytes_equal(word, np_bytes_text(rows[i].word))) {
            *ret = (np_order_kind)i;
            return true;
        }
    }
    return false;
}

static bool find_bay(np_bytes name, const np_station_config *config, int *ret)
{
    for (size_t i = 0; i < config->bay_count; i++) {
        if (np_bytes_equal(name, np_bytes_text(config->bays[i].name))) {
            *ret = (int)i;
            return true;
        }
    }
    return false;
}

np_code np_order_parse(np_bytes line, const np_station_config *config, np_order *ret, np_error *err)
{
    np_bytes rest = line;
    *ret = (np_order){.bay = -1};
    if (!find_kind(take_word(&rest), &ret->kind)) {
        np_error_set(err, NP_EUSAGE, "this is no order");
        return np_error_hint(err, NP_EUSAGE, "scan BAY SERIAL, again BAY, resume or stop");
    }
    const order_row *row = &rows[ret->kind];
    if (row->has_bay) {
        np_bytes name = take_word(&rest);
        bool is_any = row->has_serial && np_bytes_equal(name, np_bytes_text("-"));
        if (!is_any && !find_bay(name, config, &ret->bay)) {
            return np_error_set(err, NP_EUSAGE, "%s: there is no such bay", row->word);
        }
    }
    ret->serial = row->has_serial ? rest : (np_bytes){NULL, 0};
    if (row->has_serial ? rest.len == 0 : rest.len > 0) {
        return np_error_set(err, NP_EUSAGE, "%s: %s", row->word,
                            row->has_serial ? "the serial is missing" : "there is too much");
    }
    return NP_OK;
}
