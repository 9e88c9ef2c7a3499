/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session.h"

#include "base/wipe.h"
#include "pkcs11/module.h"
#include <stdlib.h>

enum {
    SESSION_FIRST_SIZE = 16, /* not tuned; doubles */
    SESSION_PLACE_BITS = 16, /* of a handle; the rest counts */
    SESSION_PLACES_MAX = 1 << SESSION_PLACE_BITS,
};

static bool find_place(session_table *table, size_t *ret)
{
    for (size_t i = 0; i < table->size; i++) {
        if (table->places[i] == NULL) {
            *ret = i;
            return true;
        }
    }
    size_t size = table->size == 0 ? SESSION_FIRST_SIZE : table->size * 2;
    session **places =
        size > SESSION_PLACES_MAX ? NULL : realloc(table->places, size * sizeof(session *));
    if (places == NULL) {
        return false;
    }
    memset(places + table->size, 0, (size - table->size) * sizeof(session *));
    *ret = table->size;
    table->places = places;
    table->size = size;
    return true;
}

CK_RV session_open(session_table *table, struct module_slot *slot, CK_FLAGS flags, session **ret)
{
    size_t place = 0;
    if (!find_place(table, &place)) {
        return table->size == SESSION_PLACES_MAX ? CKR_SESSION_COUNT : CKR_HOST_MEMORY;
    }
    session *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return CKR_HOST_MEMORY;
    }
    table->opened++;
    made->handle = table->opened << SESSION_PLACE_BITS | place;
    made->slot = slot;
    made->generation = slot->chip->generation;
    made->flags = flags;
    table->places[place] = made;
    *ret = made;
    return CKR_OK;
}

session *session_find(const session_table *table, CK_SESSION_HANDLE handle)
{
    size_t place = handle & (SESSION_PLACES_MAX - 1);
    session *found = place < table->size ? table->places[place] : NULL;
    return found != NULL && found->handle == handle ? found : NULL;
}

void session_end_search(session *in)
{
    free(in->search.found);
    in->search = (session_search){0};
}

void session_end_operation(session_operation *operation)
{
    np_wipe(operation, sizeof(*operation));
}

void session_object_free(session_object *old)
{
    for (size_t i = 0; i < old->object.attribute_count; i++) {
        void *value = NULL;
        memcpy(&value, &old->object.attributes[i].value.data, sizeof(value)); /* owned: not const */
        if (value != NULL) {
            np_wipe(value, old->object.attributes[i].value.len);
        }
        free(value);
    }
    free(old->object.attributes);
    free(old);
}

static void drop_objects(module_slot *slot, CK_SESSION_HANDLE owner)
{
    session_object **at = &slot->session_objects;
    while (*at != NULL) {
        session_object *one = *at;
        if (one->owner == owner) {
            *at = one->next;
            session_object_free(one);
        } else {
            at = &one->next;
        }
    }
}

void session_close(session_table *table, session *old)
{
    drop_objects(old->slot, old->handle);
    table->places[old->handle & (SESSION_PLACES_MAX - 1)] = NULL;
    session_end_search(old);
    np_wipe(old, sizeof(*old));
    free(old);
}

session_counts session_count(const session_table *table, const struct module_slot *slot)
{
    session_counts counts = {0};
    for (size_t i = 0; i < table->size; i++) {
        const session *one = table->places[i];
        if (one != NULL && one->slot == slot) {
            counts.all++;
            counts.read_write += (one->flags & CKF_RW_SESSION) != 0;
        }
    }
    return counts;
}

session *session_any(const session_table *table, const struct module_slot *slot, bool is_busy)
{
    for (size_t i = 0; i < table->size; i++) {
        session *one = table->places[i];
        bool is_meant = one != NULL && (slot == NULL || one->slot == slot);
        if (is_meant && (!is_busy || one->is_busy)) {
            return one;
        }
    }
    return NULL;
}

void session_table_clear(session_table *table)
{
    free(table->places);
    *table = (session_table){.opened = table->opened, .last_object = table->last_object};
}
