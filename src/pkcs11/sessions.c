/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions and logins: 2.40 5.6. Opening one never asks the chip: a client whose first session
 * fails may wait for ever (libp11 0.4.12), so an absent chip is told by what is done in it.
 */
#include "base/wipe.h"
#include "pkcs11/slot.h"

/* Constant time in the PIN; the length of a wrong one tells nothing of use. */
static bool is_pin(const module_slot *slot, const CK_UTF8CHAR *pin, CK_ULONG len)
{
    const char *right = slot->chip->settings->pin;
    size_t right_len = strlen(right);
    unsigned difference = len == right_len ? 0 : 1;
    for (size_t i = 0; i < right_len && i < len; i++) {
        difference |= (unsigned)(unsigned char)right[i] ^ pin[i];
    }
    return difference == 0;
}

CK_RV C_OpenSession(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE *handle)
{
    module_call call;
    session *made = NULL;
    (void)application, (void)notify; /* nothing here takes so long that it would call back */
    CK_RV rv = module_enter_slot(&call, "C_OpenSession", id);
    if (rv == CKR_OK && handle == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    } else if (rv == CKR_OK && (flags & CKF_SERIAL_SESSION) == 0) {
        rv = CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    } else if (rv == CKR_OK && call.slot->login == LOGIN_SO && (flags & CKF_RW_SESSION) == 0) {
        rv = CKR_SESSION_READ_WRITE_SO_EXISTS;
    } else if (rv == CKR_OK) {
        slot_accept_chip(call.slot);
        rv = session_open(module_sessions(), call.slot, flags, &made);
    }
    if (rv == CKR_OK) {
        *handle = made->handle;
    }
    return module_leave(&call, rv);
}

/* The last session takes the login with it. */
static void close_one(module_slot *slot, session *old)
{
    session_close(module_sessions(), old);
    if (session_any(module_sessions(), slot, false) == NULL) {
        slot->login = LOGIN_NONE;
    }
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_CloseSession", handle);
    if (rv == CKR_OK) {
        close_one(call.slot, call.session);
        call.session = NULL;
    }
    return module_leave(&call, rv);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID id)
{
    module_call call;
    CK_RV rv = module_enter_slot(&call, "C_CloseAllSessions", id);
    if (rv == CKR_OK) {
        while (session_any(module_sessions(), call.slot, true) != NULL) {
            module_wait(NULL);
        }
        for (session *old; (old = session_any(module_sessions(), call.slot, false)) != NULL;) {
            close_one(call.slot, old);
        }
    }
    return module_leave(&call, rv);
}

static CK_STATE state_of(const session *in)
{
    bool is_writing = (in->flags & CKF_RW_SESSION) != 0;
    if (in->slot->login == LOGIN_SO) {
        return CKS_RW_SO_FUNCTIONS;
    }
    if (in->slot->login == LOGIN_USER) {
        return is_writing ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    }
    return is_writing ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_GetSessionInfo", handle);
    if (rv == CKR_OK && info == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    } else if (rv == CKR_OK) {
        *info =
            (CK_SESSION_INFO){.slotID = call.slot->id,
                              .state = state_of(call.session),
                              .flags = call.session->flags & (CKF_RW_SESSION | CKF_SERIAL_SESSION),
                              .ulDeviceError = call.session->device_error};
    }
    return module_leave(&call, rv);
}

/* Without a configured PIN every one is right: some clients log in whatever the flags say. */
static CK_RV check_pin(const module_slot *slot, const CK_UTF8CHAR *pin, CK_ULONG len)
{
    if (!slot_needs_login(slot)) {
        return CKR_OK;
    }
    if (pin == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    return is_pin(slot, pin, len) ? CKR_OK : CKR_PIN_INCORRECT;
}

static CK_RV check_user(const module_slot *slot, CK_USER_TYPE type)
{
    CK_STATE wanted = type == CKU_SO ? LOGIN_SO : LOGIN_USER;
    if (type == CKU_CONTEXT_SPECIFIC) {
        return CKR_OPERATION_NOT_INITIALIZED; /* no key here asks for a login of its own */
    }
    if (type != CKU_SO && type != CKU_USER) {
        return CKR_USER_TYPE_INVALID;
    }
    if (slot->login != LOGIN_NONE) {
        return slot->login == wanted ? CKR_USER_ALREADY_LOGGED_IN
                                     : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    }
    session_counts counts = session_count(module_sessions(), slot);
    bool has_read_only = counts.all > counts.read_write;
    return type == CKU_SO && has_read_only ? CKR_SESSION_READ_ONLY_EXISTS : CKR_OK;
}

static CK_RV login(const char *name, CK_SESSION_HANDLE handle, CK_USER_TYPE type,
                   const CK_UTF8CHAR *pin, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, name, handle);
    if (rv == CKR_OK) {
        rv = check_user(call.slot, type);
    }
    if (rv == CKR_OK) {
        rv = check_pin(call.slot, pin, len);
    }
    if (rv == CKR_OK) {
        call.slot->login = type == CKU_SO ? LOGIN_SO : LOGIN_USER;
    }
    return module_leave(&call, rv);
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG len)
{
    return login("C_Login", handle, type, pin, len);
}

/* A chip has one user, whatever the name. */
CK_RV C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG len,
                  CK_UTF8CHAR *user_name, CK_ULONG user_name_len)
{
    (void)user_name, (void)user_name_len;
    return login("C_LoginUser", handle, type, pin, len);
}

/* Private session objects end with the login, and so does what uses a private key (2.40 5.6). */
static void forget_private(module_slot *slot)
{
    session_object **at = &slot->session_objects;
    while (*at != NULL) {
        session_object *one = *at;
        if (one->object.is_private) {
            *at = one->next;
            session_object_free(one);
        } else {
            at = &one->next;
        }
    }
    session_table *table = module_sessions();
    for (size_t i = 0; i < table->size && slot_needs_login(slot); i++) {
        if (table->places[i] != NULL && table->places[i]->slot == slot) {
            session_end_operation(&table->places[i]->sign);
            session_end_search(table->places[i]);
        }
    }
}

CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_Logout", handle);
    if (rv == CKR_OK && call.slot->login == LOGIN_NONE) {
        rv = CKR_USER_NOT_LOGGED_IN;
    } else if (rv == CKR_OK) {
        call.slot->login = LOGIN_NONE;
        forget_private(call.slot);
    }
    return module_leave(&call, rv);
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_SessionCancel", handle);
    if (rv != CKR_OK) {
        return module_leave(&call, rv);
    }
    if (flags & CKF_FIND_OBJECTS) {
        session_end_search(call.session);
    }
    if (flags & CKF_DIGEST) {
        session_end_operation(&call.session->digest);
    }
    if (flags & CKF_SIGN) {
        session_end_operation(&call.session->sign);
    }
    if (flags & CKF_VERIFY) {
        session_end_operation(&call.session->verify);
    }
    return module_leave(&call, CKR_OK);
}
