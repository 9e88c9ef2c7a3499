/* SPDX-License-Identifier: Apache-2.0 */
/* The two files of a server while it ends, met by another server at every moment. */
#include "link/server_socket.h"

#include "support/program.h"
#include "support/test.h"
#include <unistd.h>

static void (*behind_unlink)(void); /* NULL: nobody looks */

int __wrap_unlink(const char *path);
int __real_unlink(const char *path);

int __wrap_unlink(const char *path)
{
    int result = __real_unlink(path);
    if (behind_unlink != NULL) {
        behind_unlink();
    }
    return result;
}

static char path[128];
static server_socket next;

static void begin(const program_room *room)
{
    snprintf(path, sizeof(path), "%s/socket", room->path);
    next = (server_socket){.fd = -1};
}

static bool is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

/* As soon as the name is free; until then it is refused. */
static void open_next(void)
{
    np_error err;
    if (next.fd >= 0) {
        return;
    }
    np_code code = server_socket_open(path, &next, &err);
    assert_true(code == NP_OK || code == NP_ESTATION_BUSY);
}

static void the_files_of_the_next_server_are_left_alone(void **state)
{
    server_socket first = {.fd = -1};
    np_error err;
    begin(*state);
    assert_ok(server_socket_open(path, &first, &err), &err);
    behind_unlink = open_next;
    server_socket_close(&first);
    behind_unlink = NULL;
    open_next();
    assert_true(next.fd >= 0);
    assert_true(is_there(next.path) && is_there(next.lock));
    server_socket_close(&next);
    assert_false(is_there(next.path) || is_there(next.lock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_of_the_next_server_are_left_alone),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
