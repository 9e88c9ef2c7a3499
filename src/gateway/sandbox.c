/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sandbox.h"

#include "base/bytes.h"
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#ifdef NP_HAS_SECCOMP
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#endif

/* A sanitizer that looks for leaks when a process ends reads it as a debugger does. */
#if defined(__SANITIZE_ADDRESS__)
enum { IS_CHECKED = true };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { IS_CHECKED = true };
#else
enum { IS_CHECKED = false };
#endif
#else
enum { IS_CHECKED = false };
#endif

static np_code refuse(np_error *err, const char *what, int number)
{
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: %s", what, strerror(number));
}

#ifdef NP_HAS_SECCOMP

typedef struct call_row {
    int number;
    bool is_of_checkers; /* what a sanitizer needs */
} call_row;

/* By purpose; names that an architecture lacks have negative numbers, which libseccomp knows. */
static const call_row forbidden[] = {
    /* other programs */
    {SCMP_SYS(execve), false},
    {SCMP_SYS(execveat), false},
    {SCMP_SYS(fork), false},
    {SCMP_SYS(vfork), false},
    {SCMP_SYS(ptrace), true},
    {SCMP_SYS(process_vm_readv), false},
    {SCMP_SYS(process_vm_writev), false},
    {SCMP_SYS(pidfd_getfd), false},
    {SCMP_SYS(kcmp), false},
    {SCMP_SYS(setns), false},
    {SCMP_SYS(unshare), false},
    /* whose it is */
    {SCMP_SYS(setuid), false},
    {SCMP_SYS(setgid), false},
    {SCMP_SYS(setreuid), false},
    {SCMP_SYS(setregid), false},
    {SCMP_SYS(setresuid), false},
    {SCMP_SYS(setresgid), false},
    {SCMP_SYS(setgroups), false},
    {SCMP_SYS(capset), false},
    /* the system */
    {SCMP_SYS(mount), false},
    {SCMP_SYS(umount2), false},
    {SCMP_SYS(move_mount), false},
    {SCMP_SYS(open_tree), false},
    {SCMP_SYS(fsopen), false},
    {SCMP_SYS(pivot_root), false},
    {SCMP_SYS(chroot), false},
    {SCMP_SYS(reboot), false},
    {SCMP_SYS(swapon), false},
    {SCMP_SYS(swapoff), false},
    {SCMP_SYS(init_module), false},
    {SCMP_SYS(finit_module), false},
    {SCMP_SYS(delete_module), false},
    {SCMP_SYS(kexec_load), false},
    {SCMP_SYS(kexec_file_load), false},
    {SCMP_SYS(settimeofday), false},
    {SCMP_SYS(clock_settime), false},
    {SCMP_SYS(clock_adjtime), false},
    {SCMP_SYS(adjtimex), false},
    {SCMP_SYS(sethostname), false},
    {SCMP_SYS(setdomainname), false},
    {SCMP_SYS(acct), false},
    {SCMP_SYS(quotactl), false},
    {SCMP_SYS(syslog), false},
    {SCMP_SYS(iopl), false},
    {SCMP_SYS(ioperm), false},
    /* doors of the kernel that have often stood open */
    {SCMP_SYS(bpf), false},
    {SCMP_SYS(perf_event_open), false},
    {SCMP_SYS(userfaultfd), false},
    {SCMP_SYS(io_uring_setup), false},
    {SCMP_SYS(add_key), false},
    {SCMP_SYS(request_key), false},
    {SCMP_SYS(keyctl), false},
    {SCMP_SYS(name_to_handle_at), false},
    {SCMP_SYS(open_by_handle_at), false},
    {SCMP_SYS(fanotify_init), false},
    {SCMP_SYS(lookup_dcookie), false},
    {SCMP_SYS(personality), true}, /* some start without address randomisation */
};

/* Sockets of other kinds than TCP, its resolver's and the database's. */
static int forbid_sockets(scmp_filter_ctx filter)
{
    /* all families above the greatest of the three that are used, and those between them */
    int result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
    for (int family = AF_INET + 1; family < AF_NETLINK && result == 0; family++) {
        result = family == AF_INET6
                     ? 0
                     : seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
                                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
    }
    return result;
}

/* Threads, and no processes. The flags of clone3 cannot be looked at: glibc takes clone instead. */
static int forbid_processes(scmp_filter_ctx filter)
{
    int result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return result != 0 || IS_CHECKED
               ? result
               : seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

static int fill(scmp_filter_ctx filter)
{
    int result = forbid_sockets(filter);
    result = result == 0 ? forbid_processes(filter) : result;
    for (size_t i = 0; i < NP_COUNT_OF(forbidden) && result == 0; i++) {
        if (!IS_CHECKED || !forbidden[i].is_of_checkers) {
            result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, forbidden[i].number, 0);
        }
    }
    return result;
}

static np_code filter_calls(np_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int result = filter == NULL ? -ENOMEM : fill(filter);
    result = result == 0 ? seccomp_load(filter) : result;
    if (filter != NULL) {
        seccomp_release(filter);
    }
    return result == 0 ? NP_OK : refuse(err, "system calls cannot be filtered", -result);
}

bool gateway_sandbox_filters(void)
{
    return true;
}

#else

static np_code filter_calls(np_error *err)
{
    (void)err;
    return NP_OK;
}

bool gateway_sandbox_filters(void)
{
    return false;
}

#endif

np_code gateway_sandbox_enter(np_error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return refuse(err, "new privileges cannot be given up", errno);
    }
    if (!IS_CHECKED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return refuse(err, "core dumps cannot be given up", errno);
    }
    return filter_calls(err);
}
