/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: their table, what each is in the middle of, and objects that live with them. */
#pragma once

#include "crypto/digest.h"
#include "pkcs11/object.h"

struct module_slot;

typedef struct session_search {
    bool is_active;
    CK_OBJECT_HANDLE *found; /* heap */
    size_t count;
    size_t next;
} session_search;

/*
 * A digest, or the message of a signature. Without a hash the message is the digest itself: its
 * left-most 32 bytes count.
 */
typedef struct session_operation {
    bool is_active;
    bool has_hash;
    bool has_begun; /* a part was taken: only the final call may end it */
    np_digest_stream stream;
    uint8_t raw[32];
    size_t raw_len;
    uint8_t public_key[64]; /* verifying */
} session_operation;

typedef struct session {
    CK_SESSION_HANDLE handle;
    struct module_slot *slot;
    unsigned generation; /* of the chip when it was opened */
    CK_FLAGS flags;
    bool is_busy;
    CK_ULONG device_error;
    session_search search;
    session_operation digest;
    session_operation sign;
    session_operation verify;
} session;

typedef struct session_object {
    object object;
    CK_SESSION_HANDLE owner;
    struct session_object *next;
} session_object;

/* Handles have the place in the table, and a count so that none is used twice. */
typedef struct session_table {
    session **places;
    size_t size;
    CK_ULONG opened;
    CK_OBJECT_HANDLE last_object; /* of session objects */
} session_table;

/* CKR_OK or CKR_HOST_MEMORY. */
CK_RV session_open(session_table *table, struct module_slot *slot, CK_FLAGS flags, session **ret);

/* NULL when there is none. */
session *session_find(const session_table *table, CK_SESSION_HANDLE handle);

/* With its objects. */
void session_close(session_table *table, session *old);

/* Ends operations and wipes what they held. */
void session_end_search(session *in);
void session_end_operation(session_operation *operation);

typedef struct session_counts {
    CK_ULONG all;
    CK_ULONG read_write;
} session_counts;

session_counts session_count(const session_table *table, const struct module_slot *slot);

/* Some session of the slot that is busy, or any; NULL: none. */
session *session_any(const session_table *table, const struct module_slot *slot, bool is_busy);

/* Frees the table; sessions must be closed before. */
void session_table_clear(session_table *table);

/* Wipes and frees. */
void session_object_free(session_object *old);
