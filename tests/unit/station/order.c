/* SPDX-License-Identifier: Apache-2.0 */
#include "station/order.h"

#include "support/test.h"

static np_station_config config = {
    .bays = {{.name = "1", .chip = "x"}, {.name = "left", .chip = "y"}}, .bay_count = 2};

typedef struct order_row {
    const char *line;
    np_order_kind kind;
    int bay;
    const char *serial;
} order_row;

static void orders_are_understood(void **state)
{
    static const order_row rows[] = {
        {"scan 1 A-1", NP_ORDER_SCAN, 0, "A-1"},
        {"scan left A 1 b", NP_ORDER_SCAN, 1, "A 1 b"}, /* serials may have spaces */
        {"scan - A-1", NP_ORDER_SCAN, -1, "A-1"},
        {"again left", NP_ORDER_AGAIN, 1, ""},
        {"resume", NP_ORDER_RESUME, -1, ""},
        {"stop", NP_ORDER_STOP, -1, ""},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_order order;
        np_error err = {0};
        assert_ok(np_order_parse(np_bytes_text(rows[i].line), &config, &order, &err), &err);
        assert_int_equal(order.kind, rows[i].kind);
        assert_int_equal(order.bay, rows[i].bay);
        assert_true(np_bytes_equal(order.serial, np_bytes_text(rows[i].serial)));
    }
}

static void what_is_no_order_is_refused(void **state)
{
    static const char *const lines[] = {"",        "dance",      "Scan 1 A", "scan",    "scan 1",
                                        "scan 1 ", "scan 3 A",   "again",    "again -", "again 3",
                                        "stop it", "resume now", " stop"};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(lines); i++) {
        np_order order;
        np_error err = {0};
        np_code code = np_order_parse(np_bytes_text(lines[i]), &config, &order, &err);
        if (code != NP_EUSAGE || err.message[0] == '\0') {
            fail_msg("'%s': %s, %s", lines[i], np_code_name(code), err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_understood),
        cmocka_unit_test(what_is_no_order_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
