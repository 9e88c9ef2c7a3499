/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a serving process cannot do any more, tried in processes of its own, each of which ends with
 * SIGSYS; and what it still can.
 */
#include "gateway/sandbox.h"

#include "base/bytes.h"
#include "registry/store.h"
#include "support/test.h"
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SANDBOX_FAILED = 9 };

/* How a process ends that enters the sandbox and does this. */
static int end_of(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (gateway_sandbox_enter(NULL) != NP_OK) {
            _exit(SANDBOX_FAILED);
        }
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void start_a_program(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
}

static void become_another_user(void)
{
    (void)!setuid(getuid());
}

static void leave_the_namespace(void)
{
    (void)syscall(SYS_unshare, 0);
}

static void read_another_process(void)
{
    (void)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void load_a_program_into_the_kernel(void)
{
    (void)syscall(SYS_bpf, 0, NULL, 0);
}

static void change_the_root(void)
{
    (void)!chroot("/");
}

static void look_for_keys(void)
{
    (void)syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static void listen_to_all_packets(void)
{
    (void)socket(AF_PACKET, SOCK_RAW, 0);
}

static void use_another_network(void)
{
    (void)socket(AF_X25, SOCK_SEQPACKET, 0);
}

static void what_a_front_door_never_does_ends_it(void **state)
{
    static void (*const acts[])(void) = {
        start_a_program,      become_another_user,   leave_the_namespace,
        read_another_process, change_the_root,       load_a_program_into_the_kernel,
        look_for_keys,        listen_to_all_packets, use_another_network,
    };
    (void)state;
    if (!gateway_sandbox_filters()) {
        skip();
    }
    for (size_t i = 0; i < NP_COUNT_OF(acts); i++) {
        int status = end_of(acts[i]);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
            fail_msg("act %zu: status %d", i, status);
        }
    }
}

static void *run_thread(void *unused)
{
    return unused;
}

static void need(bool is_good)
{
    if (!is_good) {
        _exit(1);
    }
}

static void serve(void)
{
    char path[] = "/tmp/sandboxXXXXXX";
    char uri[64];
    pthread_t thread;
    struct addrinfo *found = NULL;
    np_store *store = NULL;
    int fd = mkstemp(path);
    need(fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && unlink(path) == 0);
    need(pthread_create(&thread, NULL, run_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
    need(getaddrinfo("localhost", "443", NULL, &found) == 0);
    freeaddrinfo(found);
    for (int family = 0; family < 3; family++) {
        static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
        int at = socket(families[family], SOCK_STREAM | SOCK_CLOEXEC, 0);
        need(at >= 0 || families[family] == AF_INET6); /* a host may have none of these */
        close(at);
    }
    (void)snprintf(uri, sizeof(uri), "sqlite:%s", path);
    need(np_store_open(uri, 1, &store, NULL) == NP_OK);
    np_store_free(store);
    need(unlink(path) == 0);
}

static void what_it_does_it_still_can(void **state)
{
    (void)state;
    assert_int_equal(end_of(serve), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_front_door_never_does_ends_it),
        cmocka_unit_test(what_it_does_it_still_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
