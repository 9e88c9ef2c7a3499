/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/limiter.h"

#include "base/bytes.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage ret = {0};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(&ret, &four, sizeof(four));
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
        memcpy(&ret, &six, sizeof(six));
    }
    return ret;
}

static np_limiter *make(const np_limiter_policy *policy)
{
    np_limiter *limiter = np_limiter_create(policy);
    assert_non_null(limiter);
    return limiter;
}

static void the_door_is_full_and_has_room_again(void **state)
{
    (void)state;
    np_limiter *limiter = make(&(np_limiter_policy){.connections = 2});
    const struct sockaddr_storage peer = address("192.0.2.1");
    assert_int_equal(np_limiter_come(limiter, &peer, 0), NP_LIMITER_WELCOME);
    assert_int_equal(np_limiter_come(limiter, &peer, 0), NP_LIMITER_WELCOME);
    assert_int_equal(np_limiter_come(limiter, &peer, 0), NP_LIMITER_FULL);
    assert_int_equal(np_limiter_count(limiter), 2);
    np_limiter_leave(limiter, &peer);
    assert_int_equal(np_limiter_come(limiter, &peer, 0), NP_LIMITER_WELCOME);
    np_limiter_free(limiter);
}

/* 100 a second is one each 10 ms, and 200 after a pause. */
static void a_rate_is_kept_and_a_burst_is_bounded(void **state)
{
    (void)state;
    np_limiter *limiter = make(&(np_limiter_policy){.per_second = 100});
    const struct sockaddr_storage peer = address("192.0.2.1");
    uint64_t now_ms = 1000000;
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(np_limiter_come(limiter, &peer, now_ms), NP_LIMITER_WELCOME);
    }
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms), NP_LIMITER_TOO_FAST);
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms + 9), NP_LIMITER_TOO_FAST);
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms + 10), NP_LIMITER_WELCOME);
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms + 10), NP_LIMITER_TOO_FAST);
    now_ms += UINT64_C(365) * 86400 * 1000; /* a year brings no more than two seconds */
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(np_limiter_come(limiter, &peer, now_ms), NP_LIMITER_WELCOME);
    }
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms), NP_LIMITER_TOO_FAST);
    assert_int_equal(np_limiter_come(limiter, &peer, now_ms - 5000), NP_LIMITER_TOO_FAST);
    np_limiter_free(limiter);
}

static void one_customer_does_not_fill_the_door(void **state)
{
    (void)state;
    np_limiter *limiter = make(&(np_limiter_policy){.per_address = 2});
    const struct sockaddr_storage one = address("2001:db8::1");
    const struct sockaddr_storage same = address("2001:db8::ffff:2");
    static const char *const others[] = {"2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"};
    const struct sockaddr_storage none = {.ss_family = AF_UNIX};
    assert_int_equal(np_limiter_come(limiter, &one, 0), NP_LIMITER_WELCOME);
    assert_int_equal(np_limiter_come(limiter, &same, 0), NP_LIMITER_WELCOME);
    assert_int_equal(np_limiter_come(limiter, &one, 0), NP_LIMITER_TOO_MANY_OF_ONE);
    np_limiter_leave(limiter, &same);
    assert_int_equal(np_limiter_come(limiter, &one, 0), NP_LIMITER_WELCOME);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(np_limiter_come(limiter, &none, 0), NP_LIMITER_WELCOME);
    }
    /* Counts are kept by hash, 65536 of them: three others do not all meet the first. */
    unsigned welcome = 0;
    for (size_t i = 0; i < NP_COUNT_OF(others); i++) {
        const struct sockaddr_storage other = address(others[i]);
        welcome += np_limiter_come(limiter, &other, 0) == NP_LIMITER_WELCOME;
    }
    assert_true(welcome > 0);
    np_limiter_free(limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_is_full_and_has_room_again),
        cmocka_unit_test(a_rate_is_kept_and_a_burst_is_bounded),
        cmocka_unit_test(one_customer_does_not_fill_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
