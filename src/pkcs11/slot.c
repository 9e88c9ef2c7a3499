/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/slot.h"

/* What an error means to who has a session, and to who asks for the token. */
typedef struct trouble_row {
    np_code code;
    CK_RV of_session;
    CK_RV of_slot;
    bool is_absence;
} trouble_row;

static const trouble_row rows[] = {
    {NP_ESTATION_NACK, CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, true},
    {NP_ESTATION_TIMEOUT, CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, true},
    {NP_EINPUT_MISSING, CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, true},
    {NP_EUSAGE, CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, true},
    {NP_ESTATION_IO, CKR_DEVICE_ERROR, CKR_TOKEN_NOT_PRESENT, true},
    {NP_ECONFLICT_OTHER, CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED, false},
    {NP_ECONFLICT_FOREIGN, CKR_DEVICE_ERROR, CKR_TOKEN_NOT_RECOGNIZED, false},
    {NP_ESTATION_MEMORY, CKR_HOST_MEMORY, CKR_HOST_MEMORY, false},
};

/* Busy, damaged answers, what the chip refused: no client knows more than this. */
static const trouble_row other_trouble = {NP_OK, CKR_DEVICE_ERROR, CKR_DEVICE_ERROR, false};

static const trouble_row *row_of(np_code code)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return &other_trouble;
}

CK_RV slot_trouble(module_call *call, const np_error *trouble)
{
    module_chip *chip = call->slot->chip;
    const trouble_row *row = row_of(trouble->code);
    if (chip->told != trouble->code) {
        log_trouble(module_log_of(), chip->settings->uri, trouble);
        chip->told = trouble->code;
    }
    chip->is_other = chip->is_other || trouble->code == NP_ECONFLICT_OTHER;
    if (row->is_absence) {
        chip->presence = CHIP_ABSENT;
    }
    if (call->session == NULL) {
        return row->of_slot;
    }
    call->session->device_error = (CK_ULONG)trouble->sub;
    return row->of_session;
}

CK_RV slot_success(module_call *call)
{
    call->slot->chip->presence = CHIP_PRESENT;
    call->slot->chip->told = NP_OK;
    return CKR_OK;
}

bool slot_needs_login(const module_slot *slot)
{
    return slot->chip->settings->pin[0] != '\0';
}

void slot_accept_chip(module_slot *slot)
{
    module_chip *chip = slot->chip;
    while (chip->is_busy) {
        module_wait(NULL);
    }
    if (chip->is_other) {
        np_token_forget(chip->token);
        chip->is_other = false;
        chip->generation++;
    }
}

/* Another call may read the chip for the other slot at this moment, and forget it meanwhile. */
static CK_RV read_view(module_call *call, view **ret)
{
    module_slot *slot = call->slot;
    np_error err = {0};
    const np_token_facts *facts = NULL;
    slot->chip->is_busy = true;
    module_begin_chip(call);
    np_code code = np_token_read(slot->chip->token, &facts, &err);
    *ret = code == NP_OK ? view_new(facts, slot->is_auxiliary, slot_needs_login(slot)) : NULL;
    module_end_chip(call);
    slot->chip->is_busy = false;
    if (code != NP_OK) {
        return slot_trouble(call, &err);
    }
    return *ret == NULL ? CKR_HOST_MEMORY : slot_success(call);
}

static void keep_view(module_slot *slot, view *fresh)
{
    fresh->former = slot->view;
    slot->view = fresh;
    slot->view_generation = slot->chip->generation;
}

static bool has_view(const module_slot *slot)
{
    return slot->view != NULL && slot->view_generation == slot->chip->generation;
}

CK_RV slot_view(module_call *call, const view **ret)
{
    module_slot *slot = call->slot;
    if (call->session == NULL) {
        slot_accept_chip(slot);
    }
    while (slot->chip->is_busy && !has_view(slot)) {
        module_wait(call->session);
    }
    if (call->session != NULL && call->session->generation != slot->chip->generation) {
        return CKR_DEVICE_REMOVED;
    }
    if (!has_view(slot)) {
        view *fresh = NULL;
        CK_RV rv = read_view(call, &fresh);
        if (rv != CKR_OK) {
            return rv;
        }
        keep_view(slot, fresh);
    }
    *ret = slot->view;
    return CKR_OK;
}

bool slot_probe(module_call *call)
{
    np_error err = {0};
    bool is_there = false;
    module_chip *chip = call->slot->chip;
    module_begin_chip(call);
    np_code code = np_token_probe(chip->token, &is_there, &err);
    module_end_chip(call);
    if (code != NP_OK) {
        (void)slot_trouble(call, &err);
    } else if (is_there) {
        (void)slot_success(call);
    } else {
        chip->presence = CHIP_ABSENT;
    }
    return chip->presence == CHIP_PRESENT;
}

bool slot_is_present(module_call *call)
{
    module_chip *chip = call->slot->chip;
    const view *unused;
    if (chip->presence == CHIP_ABSENT) {
        return slot_probe(call);
    }
    if (chip->presence == CHIP_UNKNOWN && slot_view(call, &unused) != CKR_OK) {
        /* busy, or otherwise in trouble, is there all the same */
        return chip->presence != CHIP_ABSENT;
    }
    return true;
}
