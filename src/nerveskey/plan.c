/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/plan.h"

#include "atecc/packet.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "nerveskey/factory.h"
#include "nerveskey/layout.h"

typedef struct step_row {
    const char *name;
    bool is_irreversible;
} step_row;

static const step_row step_rows[NP_STEP_KIND_COUNT] = {
    [NP_STEP_WRITE_CONFIG] = {"write-config", false},
    [NP_STEP_LOCK_CONFIG] = {"lock-config", true},
    [NP_STEP_CHECK_RANDOM] = {"check-random", false},
    [NP_STEP_WRITE_OTP] = {"write-otp", false},
    [NP_STEP_MAKE_KEY] = {"make-key", false},
    [NP_STEP_ISSUE] = {"issue", false},
    [NP_STEP_WRITE_SLOT] = {"write-slot", false},
    [NP_STEP_LOCK_DATA] = {"lock-data", true},
    [NP_STEP_CHECK_KEY] = {"check-key", false},
    [NP_STEP_LOCK_KEY] = {"lock-key", true},
    [NP_STEP_VERIFY] = {"verify", false},
};

const char *np_step_name(np_step_kind kind)
{
    return (unsigned)kind < NP_STEP_KIND_COUNT ? step_rows[kind].name : "unknown";
}

bool np_step_is_irreversible(np_step_kind kind)
{
    return (unsigned)kind < NP_STEP_KIND_COUNT && step_rows[kind].is_irreversible;
}

bool np_plan_has(const np_plan *plan, np_step_kind kind)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].kind == kind) {
            return true;
        }
    }
    return false;
}

bool np_plan_is_done(const np_plan *plan)
{
    return plan->step_count == 1 && plan->steps[0].kind == NP_STEP_VERIFY;
}

uint16_t np_plan_config_crc(const np_plan *plan)
{
    return np_crc16(NP_BYTES(plan->config));
}

uint16_t np_plan_data_crc(const np_plan *plan)
{
    uint16_t crc = 0;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        if (!np_layout_slot_is_private(plan->layout, slot)) {
            const uint8_t *at = plan->data + np_atecc_slot_offset(slot);
            crc = np_crc16_update(crc, np_bytes_of(at, np_atecc_slot_size(slot)));
        }
    }
    return np_crc16_update(crc, NP_BYTES(plan->otp_bytes));
}

static void add(np_plan *plan, np_step_kind kind)
{
    plan->steps[plan->step_count++] = (np_step){.kind = kind};
}

static void add_write(np_plan *plan, np_step_kind kind, unsigned slot, size_t offset, size_t len)
{
    plan->steps[plan->step_count++] = (np_step){
        .kind = kind, .slot = (uint8_t)slot, .offset = (uint16_t)offset, .len = (uint16_t)len};
}

/* NervesKey's writes in NervesKey's order; what the chip has already is left out. */
static void add_config_writes(np_plan *plan, const uint8_t *current)
{
    static const struct {
        uint8_t offset, len;
    } writes[] = {{16, 4}, {20, 4}, {24, 4}, {28, 4}, {32, 32}, {64, 4},
                  {68, 4}, {72, 4}, {76, 4}, {80, 4}, {92, 4},  {96, 32}};
    for (size_t i = 0; i < NP_COUNT_OF(writes); i++) {
        size_t offset = writes[i].offset;
        if (memcmp(current + offset, plan->config + offset, writes[i].len) != 0) {
            add_write(plan, NP_STEP_WRITE_CONFIG, 0, offset, writes[i].len);
        }
    }
}

/* Slots that are locked in this configuration are left out; NULL: none is. */
static void add_slot_locks(np_plan *plan, const uint8_t *config)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        bool is_wanted = (plan->layout->locked_slots >> slot & 1) != 0;
        if (is_wanted && (config == NULL || !np_config_slot_is_locked(config, slot))) {
            add_write(plan, NP_STEP_LOCK_KEY, slot, 0, 0);
        }
    }
}

static void add_slot_writes(np_plan *plan, unsigned slot)
{
    size_t size = np_layout_slot_is_private(plan->layout, slot) ? 0 : np_atecc_slot_size(slot);
    for (size_t offset = 0; offset < size; offset += NP_ATECC_BLOCK_SIZE) {
        add_write(plan, NP_STEP_WRITE_SLOT, slot, offset, NP_ATECC_BLOCK_SIZE);
    }
}

static void add_personalisation(np_plan *plan)
{
    add(plan, NP_STEP_CHECK_RANDOM);
    for (size_t offset = 0; offset < NP_ATECC_OTP_SIZE; offset += NP_ATECC_BLOCK_SIZE) {
        add_write(plan, NP_STEP_WRITE_OTP, 0, offset, NP_ATECC_BLOCK_SIZE);
    }
    add(plan, NP_STEP_MAKE_KEY);
    add(plan, NP_STEP_ISSUE);
    /* every slot, so that the lock's CRC is known: also those with nothing in them */
    for (unsigned slot = 1; slot < NP_ATECC_SLOT_COUNT; slot++) {
        add_slot_writes(plan, slot);
    }
    add(plan, NP_STEP_LOCK_DATA);
    add_slot_locks(plan, NULL);
    add(plan, NP_STEP_VERIFY);
}

static np_code check_issue_time(np_plan *plan, const np_plan_request *request, np_error *err)
{
    NP_TRY(np_validity_check_signer(&request->signer.certificate->validity, request->now, err));
    np_validity device;
    NP_TRY(np_validity_at(request->now, NP_DEVICE_CERTIFICATE_YEARS, &device, err));
    return np_dates_encode(&device, plan->dates, err);
}

static void put_keys(const np_plan_request *request, np_plan *plan)
{
    if (plan->layout->needs_608) {
        memcpy(plan->data + np_atecc_slot_offset(NP_VOLATILE_ACTIVATION_SLOT),
               request->activation_key.data, NP_VOLATILE_KEY_SIZE);
        memcpy(plan->data + np_atecc_slot_offset(NP_VOLATILE_ENCRYPTION_SLOT),
               request->encryption_key.data, NP_VOLATILE_KEY_SIZE);
    }
}

static np_code plan_to_issue(const np_snapshot *snapshot, const np_plan_request *request,
                             np_plan *plan, np_error *err)
{
    NP_TRY(check_issue_time(plan, request, err));
    uint8_t *signer_key = plan->data + np_atecc_slot_offset(NP_NERVESKEY_SIGNER_KEY_SLOT);
    uint8_t *signer = plan->data + np_atecc_slot_offset(NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT);
    memcpy(signer_key, request->signer.public_key, 64);
    memcpy(signer, request->signer.compressed, NP_COMPRESSED_SIZE);
    put_keys(request, plan);
    if (snapshot->stage == NP_STAGE_BLANK) {
        add_config_writes(plan, snapshot->config);
        add(plan, NP_STEP_LOCK_CONFIG);
    }
    add_personalisation(plan);
    return NP_OK;
}

static np_code plan_blank(const np_snapshot *snapshot, const np_plan_request *request,
                          np_plan *plan, np_error *err)
{
    NP_TRY(factory_check(snapshot->config, plan->config, plan->model, plan->layout, err));
    return plan_to_issue(snapshot, request, plan, err);
}

static np_code plan_configured(const np_snapshot *snapshot, const np_plan_request *request,
                               np_plan *plan, np_error *err)
{
    if (memcmp(snapshot->config, plan->config, NP_ATECC_CONFIG_SIZE) != 0 ||
        !np_layout_is_compatible(plan->layout, snapshot->config)) {
        np_code code = np_error_set(err, NP_ECONFLICT_FOREIGN,
                                    "the configuration is locked, and it is not NervesKey's");
        return np_error_hint(err, code,
                             "a locked configuration cannot be changed; take a fresh chip");
    }
    if (np_config_slot_is_locked(snapshot->config, NP_NERVESKEY_KEY_SLOT)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "slot 0 is locked before the data zone: its key was made elsewhere");
    }
    return plan_to_issue(snapshot, request, plan, err);
}

static np_code report_other(const char *what, np_bytes there, np_bytes asked, np_error *err)
{
    return np_error_set(
        err, NP_ECONFLICT_OTHER, "the chip is provisioned with %s '%.*s', not with '%.*s'", what,
        (int)there.len, (const char *)there.data, (int)asked.len, (const char *)asked.data);
}

static np_code compare_identity(const np_identity *there, const np_plan *plan,
                                const np_plan_request *request, np_error *err)
{
    np_bytes serial = np_bytes_of(there->otp.serial.text, there->otp.serial.len);
    np_bytes asked_serial = np_bytes_of(plan->otp.serial.text, plan->otp.serial.len);
    if (!np_bytes_equal(serial, asked_serial)) {
        return report_other("serial", serial, asked_serial, err);
    }
    np_bytes board = np_bytes_text(there->otp.board);
    if (!np_bytes_equal(board, np_bytes_text(plan->otp.board))) {
        return report_other("board", board, np_bytes_text(plan->otp.board), err);
    }
    if (memcmp(there->otp_bytes, plan->otp_bytes, sizeof(there->otp_bytes)) != 0) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "the chip is provisioned with other user data than asked for");
    }
    np_bytes signer = np_bytes_of(there->signer.bytes, there->signer.len);
    if (!np_bytes_equal(signer, request->signer.certificate->der)) {
        uint8_t digest[NP_SHA256_SIZE];
        char fingerprints[2][2 * NP_SHA256_SIZE + 1];
        np_sha256(signer, digest);
        np_format_hex(NP_BYTES(digest), fingerprints[0]);
        np_format_hex(np_bytes_of(request->signer.fingerprint, NP_SHA256_SIZE), fingerprints[1]);
        return report_other("signer", np_bytes_text(fingerprints[0]),
                            np_bytes_text(fingerprints[1]), err);
    }
    return NP_OK;
}

static np_code plan_locked(const np_snapshot *snapshot, const np_plan_request *request,
                           np_plan *plan, np_error *err)
{
    if (snapshot->identity.kind == NP_IDENTITY_TRUST_AND_GO) {
        np_code code = np_error_set(err, NP_ECONFLICT_FOREIGN,
                                    "this is a Trust&GO part: key, certificates and locks are "
                                    "Microchip's and cannot be changed");
        return np_error_hint(err, code,
                             "use it as it is, see nameplate chip cert; or take a fresh chip");
    }
    const np_layout *there_layout = np_layout_of(snapshot->config);
    if (there_layout != NULL && there_layout != plan->layout) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "the chip is provisioned with the layout %s, not with %s",
                            there_layout->name, plan->layout->name);
    }
    if (there_layout == NULL) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the chip is locked with a configuration that is not NervesKey's");
    }
    if (!snapshot->has_identity) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the chip is locked, but not as a NervesKey: %s",
                            snapshot->identity_error.message);
    }
    NP_TRY(compare_identity(&snapshot->identity, plan, request, err));
    const np_identity *there = &snapshot->identity;
    memcpy(plan->data + np_atecc_slot_offset(NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT),
           there->device_compressed, NP_COMPRESSED_SIZE);
    memcpy(plan->data + np_atecc_slot_offset(NP_NERVESKEY_SIGNER_KEY_SLOT), there->signer_key,
           sizeof(there->signer_key));
    memcpy(plan->data + np_atecc_slot_offset(NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT),
           there->signer_compressed, NP_COMPRESSED_SIZE);
    if (snapshot->stage == NP_STAGE_DATA_LOCKED) {
        add(plan, NP_STEP_CHECK_KEY);
    }
    put_keys(request, plan);
    add_slot_locks(plan, snapshot->config);
    add(plan, NP_STEP_VERIFY);
    return NP_OK;
}

static np_code report_lost(const np_snapshot *snapshot, np_error *err)
{
    size_t at = np_lock_state_of(snapshot->config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_TORN
                    ? NP_CONFIG_LOCK_CONFIG
                    : NP_CONFIG_LOCK_VALUE;
    np_code code = np_error_set(
        err, NP_EDEVICE_LOST,
        "this chip is lost: lock byte %zu (%s) is %02x, neither 55 (open) nor 00 (locked)", at,
        at == NP_CONFIG_LOCK_CONFIG ? "LockConfig" : "LockValue", (unsigned)snapshot->config[at]);
    return np_error_hint(err, code, "power failed while it was being locked; replace the chip");
}

static np_code make_otp(const np_plan_request *request, np_plan *plan, np_error *err)
{
    np_manufacturer_serial serial = np_manufacturer_serial_default(&plan->chip_serial);
    if (request->serial.data != NULL) {
        NP_TRY(np_manufacturer_serial_parse(request->serial, &serial, err));
    }
    np_bytes board = request->board.data != NULL ? request->board : np_bytes_text(NP_BOARD_DEFAULT);
    NP_TRY(np_nerveskey_otp_make(board, &serial, request->user_data, &plan->otp, err));
    np_nerveskey_otp_encode(&plan->otp, plan->otp_bytes);
    return NP_OK;
}

static void hash_plan(np_plan *plan, const np_plan_request *request)
{
    /* as before any lock, so that an interrupted run keeps its hash */
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    static const uint8_t open_locks[] = {NP_ATECC_UNLOCKED, NP_ATECC_UNLOCKED, 0xff, 0xff};
    memcpy(config, plan->config, sizeof(config));
    memcpy(config + NP_CONFIG_LOCK_VALUE, open_locks, sizeof(open_locks));
    const np_bytes parts[] = {
        np_bytes_text("nameplate plan 1, layout "),
        np_bytes_text(plan->layout->name),
        np_bytes_text(", "),
        np_bytes_text(np_atecc_model_name(plan->model)),
        NP_BYTES(plan->chip_serial.bytes),
        NP_BYTES(config),
        NP_BYTES(plan->otp_bytes),
        np_bytes_of(request->signer.fingerprint, NP_SHA256_SIZE),
    };
    np_sha256_parts(parts, NP_COUNT_OF(parts), plan->hash);
}

static np_code check_layout(const np_plan *plan, const np_plan_request *request, np_error *err)
{
    const np_layout *layout = plan->layout;
    bool has_keys = request->activation_key.data != NULL && request->encryption_key.data != NULL;
    bool has_any = request->activation_key.data != NULL || request->encryption_key.data != NULL;
    if (layout->needs_608 ? !has_keys : has_any) {
        return np_error_set(err, NP_EUSAGE, "the layout %s takes %s", layout->name,
                            layout->needs_608 ? "an activation key and an encryption key"
                                              : "neither activation key nor encryption key");
    }
    if (!layout->needs_608) {
        return NP_OK;
    }
    if (plan->model == NP_ATECC508A) {
        np_code code = np_error_set(err, NP_ECONFLICT_FOREIGN,
                                    "the layout %s needs an ATECC608A or 608B; this is a 508A, "
                                    "which has no latch",
                                    layout->name);
        return np_error_hint(err, code, "take another chip, or the layout nerveskey");
    }
    if (request->activation_key.len != NP_VOLATILE_KEY_SIZE ||
        request->encryption_key.len != NP_VOLATILE_KEY_SIZE) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "activation key and encryption key have %d bytes each",
                            NP_VOLATILE_KEY_SIZE);
    }
    return NP_OK;
}

np_code np_plan_compute(const np_snapshot *snapshot, const np_plan_request *request, np_plan *ret,
                        np_error *err)
{
    if (snapshot->stage == NP_STAGE_LOST) {
        return report_lost(snapshot, err);
    }
    *ret = (np_plan){
        .stage = snapshot->stage,
        .model = snapshot->model,
        .chip_serial = np_config_serial(snapshot->config),
        .address = request->address,
        .layout = request->layout != NULL ? request->layout : &np_layouts[NP_LAYOUT_NERVESKEY],
    };
    NP_TRY(check_layout(ret, request, err));
    memcpy(ret->signer_key, request->signer.public_key, sizeof(ret->signer_key));
    np_layout_target_config(ret->layout, snapshot->config, snapshot->model, request->address,
                            ret->config);
    NP_TRY(make_otp(request, ret, err));
    hash_plan(ret, request);
    switch (snapshot->stage) {
    case NP_STAGE_BLANK:
        return plan_blank(snapshot, request, ret, err);
    case NP_STAGE_CONFIGURED:
        return plan_configured(snapshot, request, ret, err);
    default:
        return plan_locked(snapshot, request, ret, err);
    }
}
