/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/module.h"

#include "pkcs11/config_load.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Each chip may show a second slot. */
enum { SLOTS_MAX = 2 * CONFIG_CHIPS_MAX };

/* The application's own lock, where it does not want the system's. */
typedef struct application_lock {
    CK_C_INITIALIZE_ARGS functions;
    void *mutex;
    bool is_used;
} application_lock;

/*
 * The one global of the room: PKCS #11 has no handle for a whole module. `process` is its owner: 0
 * before the first C_Initialize, negative while a forked child makes the locks new.
 */
static struct {
    pid_t process;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* something busy no longer is */
    bool is_held;           /* the mutex: in a child, the rest may be torn then */
    bool is_initialized;
    application_lock application;
    config settings;
    module_log log;
    module_chip chips[CONFIG_CHIPS_MAX];
    size_t chip_count;
    module_slot slots[SLOTS_MAX];
    size_t slot_count;
    session_table sessions;
} root = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .log = {-1, 0}};

static void lock(void)
{
    if (root.application.is_used) {
        root.application.functions.LockMutex(root.application.mutex);
    }
    pthread_mutex_lock(&root.mutex);
    root.is_held = true;
}

static void unlock(void)
{
    root.is_held = false;
    pthread_mutex_unlock(&root.mutex);
    if (root.application.is_used) {
        root.application.functions.UnlockMutex(root.application.mutex);
    }
}

/* With the application's lock nothing is ever busy for others. */
void module_wait(session *waiting)
{
    if (waiting != NULL) {
        waiting->is_busy = true; /* so that nobody closes it meanwhile */
    }
    root.is_held = false;
    pthread_cond_wait(&root.changed, &root.mutex);
    root.is_held = true;
    if (waiting != NULL) {
        waiting->is_busy = false;
        pthread_cond_broadcast(&root.changed);
    }
}

static bool is_ours(void)
{
    return __atomic_load_n(&root.process, __ATOMIC_ACQUIRE) == getpid();
}

/* What stays of a parent: the chips and what was read of them. Nothing of its sessions. */
static void begin_in_child(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
    bool is_torn = root.is_held;
    root.mutex = mutex;
    root.changed = changed;
    root.is_held = false;
    root.is_initialized = false;
    root.application = (application_lock){0};
    if (is_torn) {
        root.sessions = (session_table){0}; /* lost with the thread that was changing it */
    }
    for (session *old; (old = session_any(&root.sessions, NULL, false)) != NULL;) {
        session_close(&root.sessions, old);
    }
    for (size_t i = 0; i < root.slot_count; i++) {
        root.slots[i].login = LOGIN_NONE;
        root.slots[i].session_objects = NULL;
    }
    for (size_t i = 0; i < root.chip_count; i++) {
        root.chips[i].is_busy = false;
        np_token_after_fork(root.chips[i].token);
    }
}

/* The first thread that comes here in a process makes the root its own, others wait for it. */
static void claim(void)
{
    pid_t me = getpid();
    pid_t owner = __atomic_load_n(&root.process, __ATOMIC_ACQUIRE);
    while (owner != me) {
        if (owner == -me) {
            sched_yield();
            owner = __atomic_load_n(&root.process, __ATOMIC_ACQUIRE);
        } else if (__atomic_compare_exchange_n(&root.process, &owner, -me, false, __ATOMIC_ACQ_REL,
                                               __ATOMIC_ACQUIRE)) {
            begin_in_child();
            __atomic_store_n(&root.process, me, __ATOMIC_RELEASE);
            owner = me;
        }
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

CK_RV module_enter(module_call *call, const char *name)
{
    *call = (module_call){.name = name};
    if (!is_ours()) {
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    lock();
    if (!root.is_initialized) {
        unlock();
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    call->is_locked = true;
    call->begin_ns = root.log.fd >= 0 ? now_ns() : 0;
    return CKR_OK;
}

static void set_slot(module_call *call, module_slot *slot)
{
    call->slot = slot;
    if (root.log.fd >= 0) {
        call->commands_before = np_token_count_commands(slot->chip->token);
    }
}

CK_RV module_enter_slot(module_call *call, const char *name, CK_SLOT_ID id)
{
    CK_RV rv = module_enter(call, name);
    if (rv != CKR_OK) {
        return rv;
    }
    if (id >= root.slot_count) {
        return CKR_SLOT_ID_INVALID;
    }
    set_slot(call, &root.slots[id]);
    return CKR_OK;
}

/* While a call waits for a busy session, that may be closed. */
CK_RV module_enter_session(module_call *call, const char *name, CK_SESSION_HANDLE handle)
{
    CK_RV rv = module_enter(call, name);
    if (rv != CKR_OK) {
        return rv;
    }
    session *found = session_find(&root.sessions, handle);
    while (found != NULL && found->is_busy) {
        module_wait(NULL);
        found = session_find(&root.sessions, handle);
    }
    if (found == NULL) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    call->session = found;
    set_slot(call, found->slot);
    return CKR_OK;
}

static void log_call(const module_call *call, CK_RV rv)
{
    uint64_t us = (now_ns() - call->begin_ns) / 1000;
    uint32_t commands = 0;
    if (call->slot != NULL) {
        commands = np_token_count_commands(call->slot->chip->token) - call->commands_before;
    }
    log_line(&root.log, "%s: %s, %llu us, %u commands", call->name, log_code_name(rv),
             (unsigned long long)us, commands);
}

CK_RV module_leave(module_call *call, CK_RV rv)
{
    if (!call->is_locked) {
        return rv;
    }
    if (root.log.fd >= 0) {
        log_call(call, rv);
    }
    unlock();
    return rv;
}

void module_begin_chip(module_call *call)
{
    if (call->session != NULL) {
        call->session->is_busy = true;
    }
    if (!root.application.is_used) {
        unlock();
    }
}

void module_end_chip(module_call *call)
{
    if (!root.application.is_used) {
        lock();
    }
    if (call->session != NULL) {
        call->session->is_busy = false;
    }
    pthread_cond_broadcast(&root.changed);
}

/* 2.40, C_Initialize: all four functions or none. */
static CK_RV read_arguments(const CK_C_INITIALIZE_ARGS *arguments, application_lock *ret)
{
    *ret = (application_lock){0};
    if (arguments == NULL) {
        return CKR_OK; /* one thread, they say; some have more all the same */
    }
    bool has_all = arguments->CreateMutex != NULL && arguments->DestroyMutex != NULL &&
                   arguments->LockMutex != NULL && arguments->UnlockMutex != NULL;
    bool has_none = arguments->CreateMutex == NULL && arguments->DestroyMutex == NULL &&
                    arguments->LockMutex == NULL && arguments->UnlockMutex == NULL;
    if (arguments->pReserved != NULL || (!has_all && !has_none)) {
        return CKR_ARGUMENTS_BAD;
    }
    ret->functions = *arguments;
    ret->is_used = has_all && (arguments->flags & CKF_OS_LOCKING_OK) == 0;
    return CKR_OK;
}

static np_code make_chip(module_chip *chip, const config_chip *settings, np_error *err)
{
    static const char none[] = "none";
    char usual[CONFIG_VALUE_SIZE];
    const char *folder = root.settings.cache;
    if (folder[0] == '\0') {
        folder = np_token_cache_folder(usual, sizeof(usual)) ? usual : none;
    }
    np_token_options options = {
        .open = np_link_open_shared,
        .lock_wait_ms = root.settings.lock_wait_ms,
        .cache_folder = strcmp(folder, none) == 0 ? NULL : folder,
        .reads_aux = settings->has_auxiliary,
    };
    *chip = (module_chip){.settings = settings};
    return np_token_new(settings->uri, &options, &chip->token, err);
}

static void add_slot(module_chip *chip, bool is_auxiliary)
{
    root.slots[root.slot_count] =
        (module_slot){.id = root.slot_count, .chip = chip, .is_auxiliary = is_auxiliary};
    root.slot_count++;
}

static np_code make_slots(np_error *err)
{
    for (size_t i = 0; i < root.settings.chip_count; i++) {
        const config_chip *settings = &root.settings.chips[i];
        NP_TRY(make_chip(&root.chips[i], settings, err));
        root.chip_count++;
        add_slot(&root.chips[i], false);
        if (settings->has_auxiliary) {
            add_slot(&root.chips[i], true);
        }
    }
    return NP_OK;
}

static void drop_slots(void)
{
    for (size_t i = 0; i < root.slot_count; i++) {
        view_free(root.slots[i].view);
    }
    for (size_t i = 0; i < root.chip_count; i++) {
        np_token_free(root.chips[i].token);
    }
    root.slot_count = root.chip_count = 0;
}

/* A C_Initialize that fails makes noise in every program that loads all modules. */
static CK_RV configure(void)
{
    np_error err = {0};
    np_code code = config_load(&root.settings, &err);
    log_close(&root.log);
    log_open(&root.log, root.settings.log);
    code = code == NP_OK ? make_slots(&err) : code;
    if (code == NP_OK) {
        return CKR_OK;
    }
    log_trouble(&root.log, "configuration", &err);
    drop_slots();
    return root.settings.is_strict ? CKR_GENERAL_ERROR : CKR_OK;
}

static CK_RV begin(const application_lock *application)
{
    void *mutex = NULL;
    if (root.is_initialized) {
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    if (application->is_used && application->functions.CreateMutex(&mutex) != CKR_OK) {
        return CKR_CANT_LOCK;
    }
    /* a child goes on with the chips of its parent */
    CK_RV rv = root.chip_count > 0 ? CKR_OK : configure();
    if (rv == CKR_OK) {
        root.is_initialized = true;
        root.application = *application;
        root.application.mutex = mutex;
    } else if (application->is_used) {
        (void)application->functions.DestroyMutex(mutex);
    }
    return rv;
}

CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *arguments)
{
    application_lock application;
    CK_RV rv = read_arguments(arguments, &application);
    if (rv != CKR_OK) {
        return rv;
    }
    claim();
    pthread_mutex_lock(&root.mutex);
    root.is_held = true;
    rv = begin(&application);
    log_line(&root.log, "C_Initialize: %s, %zu slots", log_code_name(rv), root.slot_count);
    root.is_held = false;
    pthread_mutex_unlock(&root.mutex);
    return rv;
}

static bool is_any_busy(void)
{
    bool is_busy = session_any(&root.sessions, NULL, true) != NULL;
    for (size_t i = 0; i < root.chip_count; i++) {
        is_busy = is_busy || root.chips[i].is_busy;
    }
    return is_busy;
}

/* Other calls at the same time are the application's mistake; those that wait are waited for. */
static void end(void)
{
    while (is_any_busy()) {
        module_wait(NULL);
    }
    for (session *old; (old = session_any(&root.sessions, NULL, false)) != NULL;) {
        session_close(&root.sessions, old);
    }
    session_table_clear(&root.sessions);
    drop_slots();
    log_line(&root.log, "C_Finalize: CKR_OK");
    log_close(&root.log);
    config_clear(&root.settings);
    root.is_initialized = false;
}

CK_RV module_finalize(void)
{
    module_call call;
    CK_RV rv = module_enter(&call, "C_Finalize");
    if (rv != CKR_OK) {
        return rv;
    }
    end();
    application_lock application = root.application;
    unlock();
    root.application = (application_lock){0};
    if (application.is_used) {
        (void)application.functions.DestroyMutex(application.mutex);
    }
    return CKR_OK;
}

size_t module_slot_count(void)
{
    return root.slot_count;
}

module_slot *module_slot_at(size_t index)
{
    return &root.slots[index];
}

session_table *module_sessions(void)
{
    return &root.sessions;
}

const module_log *module_log_of(void)
{
    return &root.log;
}
