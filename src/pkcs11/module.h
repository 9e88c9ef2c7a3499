/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nameplate-pkcs11.so: a chip for programs that speak PKCS #11. It puts sessions, objects and
 * operations on top of a token (token/token.h), and brings neither libcrypto nor threads nor
 * signal handlers into its host. Its one global is the root below.
 *
 * Threads: a call holds the root's lock from entering to leaving, except while it waits for a chip;
 * its session is busy then, and other calls of that session wait. When the application gives mutex
 * functions without allowing those of the system, the lock is held throughout.
 *
 * Forks: the root knows its process. In a child it counts as not initialised; C_Initialize begins
 * anew there, keeps what was read from the chips, and touches nothing of the parent's.
 *
 * Rule inside the room: every C_ function enters by one of the three ways below, and leaves by
 * module_leave whatever came of it.
 */
#pragma once

#include "pkcs11/config.h"
#include "pkcs11/log.h"
#include "pkcs11/session.h"
#include "pkcs11/view.h"

typedef enum chip_presence { CHIP_UNKNOWN, CHIP_PRESENT, CHIP_ABSENT } chip_presence;

/* A chip of the configuration; the slots that show it share it. */
typedef struct module_chip {
    np_token *token;
    const config_chip *settings;
    unsigned generation; /* counts chips that were there one after the other */
    bool is_other;       /* another chip than before answers */
    bool is_busy;        /* somebody reads it; others wait */
    chip_presence presence;
    np_code told; /* the trouble that was told last: the same is not told again */
} module_chip;

typedef struct module_slot {
    CK_SLOT_ID id;
    module_chip *chip;
    bool is_auxiliary;
    bool was_present; /* as C_WaitForSlotEvent told last */
    view *view;       /* NULL: not read yet, or of a former generation */
    unsigned view_generation;
    CK_STATE login; /* 0, or 1 + CKU_SO or CKU_USER */
    session_object *session_objects;
} module_slot;

typedef struct module_call {
    const char *name;
    bool is_locked;
    module_slot *slot; /* of the call, or of its session; NULL: neither */
    session *session;  /* NULL: none */
    uint64_t begin_ns; /* when there is a log */
    uint32_t commands_before;
} module_call;

enum { LOGIN_NONE, LOGIN_SO, LOGIN_USER };

/* Locked and initialised, or why not. Every name is that of the C_ function. */
CK_RV module_enter(module_call *call, const char *name);
CK_RV module_enter_slot(module_call *call, const char *name, CK_SLOT_ID id);
CK_RV module_enter_session(module_call *call, const char *name, CK_SESSION_HANDLE handle);

/* Unlocks, logs, and returns rv. */
CK_RV module_leave(module_call *call, CK_RV rv);

/* Around everything that waits for a chip: other calls go on meanwhile. */
void module_begin_chip(module_call *call);
void module_end_chip(module_call *call);

/* For those who wait until something busy no longer is; with the session of the call, or NULL. */
void module_wait(session *waiting);

/* C_Initialize and C_Finalize: they lock by themselves. */
CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *arguments);
CK_RV module_finalize(void);

/* Everything below is called between entering and leaving. */
size_t module_slot_count(void);
module_slot *module_slot_at(size_t index);
session_table *module_sessions(void);
const module_log *module_log_of(void);
