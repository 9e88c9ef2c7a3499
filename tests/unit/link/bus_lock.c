/* SPDX-License-Identifier: Apache-2.0 */
/* A bus is given to one at a time, and who waits for it has it next. */
#include "link/bus_lock.h"

#include "support/test.h"
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000 };

typedef struct place {
    char path[64];
    bus_lock lock;
} place;

static void open_place(place *of)
{
    of->lock = (bus_lock){.fd = open(of->path, O_RDWR | O_CLOEXEC),
                          .wait_ms = PATIENCE_MS,
                          .names_holder = true,
                          .place = of->path};
    assert_true(of->lock.fd >= 0);
}

static void make_place(place *of)
{
    snprintf(of->path, sizeof(of->path), "/tmp/np-lock.XXXXXX");
    close(mkstemp(of->path));
    open_place(of);
}

static void remove_place(place *of)
{
    close(of->lock.fd);
    unlink(of->path);
}

/* The same place for somebody else, who waits for nothing. */
static place make_other(const place *of)
{
    place other = *of;
    open_place(&other);
    other.lock.wait_ms = 0;
    return other;
}

/* Waits for the bus, says that it is his, and keeps it until he is told to go. */
static pid_t start_waiter(const place *of, int *ret_says, int *ret_tell)
{
    int says[2];
    int tell[2];
    assert_int_equal(pipe(says) | pipe(tell), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte = 0;
        np_error err;
        place mine = *of;
        close(tell[1]);
        open_place(&mine);
        bool is_good = bus_lock_take(&mine.lock, &err) == NP_OK && write(says[1], "", 1) == 1 &&
                       read(tell[0], &byte, 1) == 0;
        bus_lock_give(&mine.lock);
        _exit(is_good ? 0 : 1);
    }
    close(says[1]);
    close(tell[0]);
    *ret_says = says[0];
    *ret_tell = tell[1];
    return child;
}

/* Until somebody else has a record lock of the file, which is the turn. */
static void await_turn_taken(const place *of)
{
    struct flock found = {.l_type = F_UNLCK};
    while (found.l_type == F_UNLCK) {
        found = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
        assert_int_equal(fcntl(of->lock.fd, F_OFD_GETLK, &found), 0);
        sched_yield();
    }
}

static void who_waits_has_it_before_who_had_it(void **state)
{
    place of;
    np_error err;
    char byte;
    int says;
    int tell;
    int status;
    (void)state;
    make_place(&of);
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    pid_t child = start_waiter(&of, &says, &tell);
    await_turn_taken(&of);
    bus_lock_give(&of.lock);
    of.lock.wait_ms = 0;
    assert_code(bus_lock_take(&of.lock, &err), NP_ESTATION_BUSY);
    assert_int_equal(read(says, &byte, 1), 1); /* he has it */
    assert_code(bus_lock_take(&of.lock, &err), NP_ESTATION_BUSY);
    close(tell);
    of.lock.wait_ms = PATIENCE_MS;
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    bus_lock_give(&of.lock);
    close(says);
    remove_place(&of);
}

static void who_gives_up_leaves_the_turn_to_others(void **state)
{
    place of;
    np_error err;
    (void)state;
    make_place(&of);
    place other = make_other(&of);
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    assert_code(bus_lock_take(&other.lock, &err), NP_ESTATION_BUSY);
    bus_lock_give(&of.lock);
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    bus_lock_give(&of.lock);
    assert_ok(bus_lock_take(&other.lock, &err), &err);
    bus_lock_give(&other.lock);
    close(other.lock.fd);
    remove_place(&of);
}

static void it_is_free_when_it_was_given_back_as_often(void **state)
{
    place of;
    np_error err;
    (void)state;
    make_place(&of);
    place other = make_other(&of);
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    assert_ok(bus_lock_take(&of.lock, &err), &err);
    bus_lock_give(&of.lock);
    assert_code(bus_lock_take(&other.lock, &err), NP_ESTATION_BUSY);
    bus_lock_give(&of.lock);
    assert_ok(bus_lock_take(&other.lock, &err), &err);
    bus_lock_give(&other.lock);
    close(other.lock.fd);
    remove_place(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_has_it_before_who_had_it),
        cmocka_unit_test(who_gives_up_leaves_the_turn_to_others),
        cmocka_unit_test(it_is_free_when_it_was_given_back_as_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
