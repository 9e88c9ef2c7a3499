/* SPDX-License-Identifier: Apache-2.0 */
/* Slots and tokens: 2.40 5.5. A slot is a chip of the configuration, whether it answers or not. */
#include "base/format.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/text.h"

enum {
    NERVESKEY_BUS_MAX = 15,             /* its labels are those of /dev/i2c-0 to 15 */
    NERVESKEY_TRUST_AND_GO_OFFSET = 16, /* and chips at 0x35 follow */
    TRUST_AND_GO_ADDRESS = 0x35,
    PIN_LEN_MAX = CONFIG_PIN_SIZE - 1,
};

/* Lists take a count of places, and return how many are needed. */
static CK_RV check_list(const void *list, CK_ULONG *count, CK_ULONG needed)
{
    CK_ULONG places = *count;
    *count = needed;
    return list != NULL && places < needed ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

/* A chip that is looked at may be waited for; the list is complete before it is counted. */
static CK_RV list_slots(module_call *call, bool only_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_SLOT_ID ids[2 * CONFIG_CHIPS_MAX];
    CK_ULONG needed = 0;
    for (size_t i = 0; i < module_slot_count(); i++) {
        call->slot = module_slot_at(i);
        if (!only_present || slot_is_present(call)) {
            ids[needed++] = call->slot->id;
        }
    }
    call->slot = NULL;
    CK_RV rv = check_list(list, count, needed);
    if (rv == CKR_OK && list != NULL) {
        memcpy(list, ids, needed * sizeof(*ids));
    }
    return rv;
}

CK_RV C_GetSlotList(CK_BBOOL only_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    module_call call;
    CK_RV rv = module_enter(&call, "C_GetSlotList");
    if (rv == CKR_OK) {
        rv = count == NULL ? CKR_ARGUMENTS_BAD
                           : list_slots(&call, only_present != CK_FALSE, list, count);
    }
    return module_leave(&call, rv);
}

static CK_RV get_slot_info(module_call *call, CK_SLOT_INFO *info)
{
    char text[sizeof(info->slotDescription) + 1];
    *info = (CK_SLOT_INFO){.flags = CKF_HW_SLOT};
    np_format(text, sizeof(text), "%s%s", call->slot->chip->settings->uri,
              call->slot->is_auxiliary ? " (auxiliary)" : "");
    text_pad(info->slotDescription, sizeof(info->slotDescription), text);
    text_pad(info->manufacturerID, sizeof(info->manufacturerID), "Nameplate");
    if (slot_is_present(call)) {
        info->flags |= CKF_TOKEN_PRESENT;
    }
    return CKR_OK;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
    module_call call;
    CK_RV rv = module_enter_slot(&call, "C_GetSlotInfo", id);
    if (rv == CKR_OK) {
        rv = info == NULL ? CKR_ARGUMENTS_BAD : get_slot_info(&call, info);
    }
    return module_leave(&call, rv);
}

/* "i2c:/dev/i2c-N", with or without a query: N. */
static bool read_bus(const char *uri, unsigned *ret)
{
    static const char prefix[] = "i2c:/dev/i2c-";
    const char *digit = uri + sizeof(prefix) - 1;
    unsigned bus = 0;
    if (strncmp(uri, prefix, sizeof(prefix) - 1) != 0 || *digit == '\0' || *digit == '?') {
        return false;
    }
    for (; *digit >= '0' && *digit <= '9' && bus <= NERVESKEY_BUS_MAX; digit++) {
        bus = bus * 10 + (unsigned)(*digit - '0');
    }
    *ret = bus;
    return bus <= NERVESKEY_BUS_MAX && (*digit == '\0' || *digit == '?');
}

/*
 * As the configuration says; else NervesKey's: the number of the bus, with 16 added for a chip at
 * 0x35; else made from the chip serial.
 */
static void make_label(const module_slot *slot, const np_token_facts *facts, char *ret, size_t size)
{
    const config_chip *settings = slot->chip->settings;
    const char *end = slot->is_auxiliary ? CONFIG_AUXILIARY_END : "";
    const uint8_t *serial = facts->chip_serial.bytes;
    unsigned address = facts->config[NP_CONFIG_I2C_ADDRESS] >> 1;
    unsigned bus = 0;
    bool is_trust_and_go = address == TRUST_AND_GO_ADDRESS;
    if (settings->label[0] != '\0') {
        np_format(ret, size, "%s%s", settings->label, end);
    } else if (read_bus(settings->uri, &bus) &&
               (is_trust_and_go || address == NP_ATECC_DEFAULT_ADDRESS)) {
        bus += is_trust_and_go ? NERVESKEY_TRUST_AND_GO_OFFSET : 0;
        np_format(ret, size, "%u%s", bus, end);
    } else {
        np_format(ret, size, "nameplate-%02x%02x%02x%02x%s", serial[5], serial[6], serial[7],
                  serial[8], end);
    }
}

/* Sixteen places for nine bytes: the first one is 01 on all parts, and left out. */
static void make_serial(const np_token_facts *facts, unsigned char ret[16])
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < 8; i++) {
        ret[2 * i] = (unsigned char)digits[facts->chip_serial.bytes[i + 1] >> 4];
        ret[2 * i + 1] = (unsigned char)digits[facts->chip_serial.bytes[i + 1] & 15];
    }
}

static const char *model_name(np_atecc_model model)
{
    static const char *const names[NP_ATECC_MODEL_COUNT] = {"ATECC508A", "ATECC608A", "ATECC608B"};
    return names[model];
}

static void fill_limits(const module_slot *slot, CK_TOKEN_INFO *info)
{
    session_counts counts = session_count(module_sessions(), slot);
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulSessionCount = counts.all;
    info->ulRwSessionCount = counts.read_write;
    info->ulMaxPinLen = PIN_LEN_MAX;
    info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    memset(info->utcTime, ' ', sizeof(info->utcTime));
}

/* A chip without a key is there, but no token yet. */
static CK_RV get_token_info(module_call *call, CK_TOKEN_INFO *info)
{
    char label[sizeof(info->label) + 1];
    const view *in = NULL;
    CK_RV rv = slot_view(call, &in);
    if (rv != CKR_OK) {
        return rv;
    }
    const np_token_facts *facts = &in->facts;
    *info = (CK_TOKEN_INFO){.flags = CKF_RNG | CKF_USER_PIN_INITIALIZED};
    info->flags |= facts->has_key ? CKF_TOKEN_INITIALIZED : 0;
    info->flags |= slot_needs_login(call->slot) ? CKF_LOGIN_REQUIRED : 0;
    make_label(call->slot, facts, label, sizeof(label));
    text_pad(info->label, sizeof(info->label), label);
    text_pad(info->manufacturerID, sizeof(info->manufacturerID), "Microchip");
    text_pad(info->model, sizeof(info->model), model_name(facts->model));
    make_serial(facts, info->serialNumber);
    fill_limits(call->slot, info);
    info->hardwareVersion.major = facts->config[NP_CONFIG_REVISION + 2];
    info->hardwareVersion.minor = facts->config[NP_CONFIG_REVISION + 3];
    return CKR_OK;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
    module_call call;
    CK_RV rv = module_enter_slot(&call, "C_GetTokenInfo", id);
    if (rv == CKR_OK) {
        rv = info == NULL ? CKR_ARGUMENTS_BAD : get_token_info(&call, info);
    }
    return module_leave(&call, rv);
}

/* Waiting is not offered: a bus says nothing by itself. A look asks each chip. */
static CK_RV find_event(module_call *call, CK_SLOT_ID *ret)
{
    for (size_t i = 0; i < module_slot_count(); i++) {
        call->slot = module_slot_at(i);
        bool is_present = slot_probe(call);
        if (is_present != call->slot->was_present) {
            call->slot->was_present = is_present;
            *ret = call->slot->id;
            return CKR_OK;
        }
    }
    return CKR_NO_EVENT;
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    module_call call;
    CK_RV rv = module_enter(&call, "C_WaitForSlotEvent");
    if (rv == CKR_OK && (slot == NULL || reserved != NULL)) {
        rv = CKR_ARGUMENTS_BAD;
    } else if (rv == CKR_OK && (flags & CKF_DONT_BLOCK) == 0) {
        rv = CKR_FUNCTION_NOT_SUPPORTED;
    } else if (rv == CKR_OK) {
        rv = find_event(&call, slot);
    }
    return module_leave(&call, rv);
}

static CK_RV list_mechanisms(module_call *call, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    const view *in = NULL;
    CK_ULONG needed = 0;
    CK_RV rv = slot_view(call, &in);
    if (rv != CKR_OK) {
        return rv;
    }
    for (size_t i = 0; i < mechanism_count(); i++) {
        needed += mechanism_at(i, in) != NULL;
    }
    rv = check_list(list, count, needed);
    if (rv != CKR_OK || list == NULL) {
        return rv;
    }
    for (size_t i = 0; i < mechanism_count(); i++) {
        const mechanism *row = mechanism_at(i, in);
        if (row != NULL) {
            *list++ = row->type;
        }
    }
    return CKR_OK;
}

CK_RV C_GetMechanismList(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    module_call call;
    CK_RV rv = module_enter_slot(&call, "C_GetMechanismList", id);
    if (rv == CKR_OK) {
        rv = count == NULL ? CKR_ARGUMENTS_BAD : list_mechanisms(&call, list, count);
    }
    return module_leave(&call, rv);
}

static CK_RV get_mechanism_info(module_call *call, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    const view *in = NULL;
    CK_RV rv = slot_view(call, &in);
    if (rv != CKR_OK) {
        return rv;
    }
    const mechanism *row = mechanism_find(type, in);
    if (row == NULL) {
        return CKR_MECHANISM_INVALID;
    }
    *info = row->info;
    return CKR_OK;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    module_call call;
    CK_RV rv = module_enter_slot(&call, "C_GetMechanismInfo", id);
    if (rv == CKR_OK) {
        rv = info == NULL ? CKR_ARGUMENTS_BAD : get_mechanism_info(&call, type, info);
    }
    return module_leave(&call, rv);
}
