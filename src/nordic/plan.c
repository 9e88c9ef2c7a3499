/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/plan.h"

#include "crypto/hash.h"
#include "x509/pem.h"

enum { HASH_PARTS = 10 };

static const char *const step_names[NP_NORDIC_STEP_COUNT] = {
    [NP_NORDIC_RADIO_OFF] = "radio-off",
    [NP_NORDIC_DELETE_CERTIFICATE] = "delete-certificate",
    [NP_NORDIC_DELETE_KEY] = "delete-key",
    [NP_NORDIC_DELETE_ROOT] = "delete-root",
    [NP_NORDIC_MAKE_KEY] = "make-key",
    [NP_NORDIC_ISSUE] = "issue",
    [NP_NORDIC_WRITE_ROOT] = "write-root",
    [NP_NORDIC_WRITE_CERTIFICATE] = "write-certificate",
    [NP_NORDIC_WRITE_KEY] = "write-key",
    [NP_NORDIC_VERIFY] = "verify",
    [NP_NORDIC_RESTORE_MODE] = "restore-mode",
};

const char *np_nordic_step_name(np_nordic_step step)
{
    return step_names[step];
}

const char *np_nordic_modem_name(const np_nordic_snapshot *snapshot, const char *id)
{
    return snapshot->has_at ? snapshot->identity.imei : id;
}

np_code np_nordic_write_text(np_bytes text, bool keeps_lf, np_writer *writer, np_error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\r') {
            continue;
        }
        if (text.data[i] == '\n' && !keeps_lf) {
            np_write_u8(writer, '\r');
        }
        np_write_u8(writer, text.data[i]);
    }
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "a credential of more than %d bytes",
                              (int)NP_CREDENTIAL_MAX);
}

/* Does the modem hold this text, whatever its line ends? */
static bool holds(const np_nordic_snapshot *snapshot, unsigned type, np_bytes text)
{
    const np_nordic_place *place = &snapshot->places[type];
    return place->is_there && place->has_digest && text.len > 0 &&
           np_credential_form(text, place->digest, !snapshot->has_at) != NP_TEXT_NO_FORM;
}

static bool holds_certificate(const np_nordic_snapshot *snapshot, const np_nordic_journal *journal)
{
    uint8_t pem[2 * NP_LEAF_MAX];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    if (journal->certificate_len == 0) {
        return false;
    }
    np_pem_encode(&writer, "CERTIFICATE",
                  np_bytes_of(journal->certificate, journal->certificate_len));
    return holds(snapshot, NP_NORDIC_CERTIFICATE, np_writer_bytes(&writer));
}

/* Is the key in the modem the one that the journal speaks of? A digest that was not read yet says
 * nothing against it. */
static bool holds_key(const np_nordic_snapshot *snapshot, const np_nordic_journal *journal)
{
    const np_nordic_place *place = &snapshot->places[NP_NORDIC_KEY];
    if (!place->is_there) {
        return false;
    }
    if (journal->key_pem_len > 0) {
        return holds(snapshot, NP_NORDIC_KEY, np_bytes_of(journal->key_pem, journal->key_pem_len));
    }
    if (journal->has_key_digest && place->has_digest) {
        return memcmp(journal->key_digest, place->digest, sizeof(place->digest)) == 0;
    }
    return journal->reply.len > 0;
}

static np_code check_firmware(const np_nordic_snapshot *snapshot, const np_nordic_request *request,
                              np_error *err)
{
    np_modem_version version;
    if (request->is_local) {
        return NP_OK;
    }
    if (!snapshot->has_at) {
        np_error_set(err, NP_EUSAGE, "a TLS credential shell makes no keys");
        return np_error_hint(err, NP_EUSAGE, "add --local-key: the key is made here and written");
    }
    if (np_modem_parse_version(snapshot->identity.firmware, &version) &&
        !np_modem_is_at_least(&version, 1, 3, 0)) {
        np_error_set(err, NP_EINPUT_RANGE, "firmware %s makes no keys: that begins with 1.3.0",
                     snapshot->identity.firmware);
        return np_error_hint(err, NP_EINPUT_RANGE,
                             "update the modem, or add --local-key: the key is made here and "
                             "written");
    }
    return NP_OK;
}

static np_code check_request(const np_nordic_snapshot *snapshot, const np_nordic_request *request,
                             const char *id, np_error *err)
{
    if (snapshot->tag > NP_SEC_TAG_USER_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "security tags are 0 to %u", NP_SEC_TAG_USER_MAX);
    }
    if (strlen(request->id) > NP_NORDIC_ID_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the device id has %zu characters; a common name has at most %d",
                            strlen(request->id), (int)NP_NORDIC_ID_MAX);
    }
    if (request->is_local && id[0] == '\0') {
        np_error_set(err, NP_EUSAGE, "the modem does not tell its UUID, so that its id is unknown");
        return np_error_hint(err, NP_EUSAGE, "add --id, with --id-imei or without");
    }
    return check_firmware(snapshot, request, err);
}

/* What an earlier run has left is of use when it was about the same device and kind of key. */
static np_code take_journal(const np_nordic_journal *journal, np_nordic_plan *plan, np_error *err)
{
    np_nordic_journal *to = &plan->journal;
    const char *modem = np_nordic_modem_name(&plan->snapshot, plan->id);
    if (journal->modem[0] == '\0') {
        memcpy(to->modem, modem, strlen(modem) + 1);
        to->tag = plan->snapshot.tag;
        memcpy(to->id, plan->request->id, strlen(plan->request->id) + 1);
        to->is_local = plan->request->is_local;
        return NP_OK;
    }
    if (strcmp(journal->modem, modem) != 0 || journal->tag != plan->snapshot.tag) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "the journal is of modem %s and tag %u, not of %s and %u",
                            journal->modem, journal->tag, modem, plan->snapshot.tag);
    }
    *to = *journal;
    return NP_OK;
}

/* The key, its request and its certificate are of no use any more. */
static void forget_key(np_nordic_plan *plan)
{
    np_nordic_journal *journal = &plan->journal;
    bool has_mode = journal->has_mode;
    unsigned mode = journal->mode;
    np_nordic_journal fresh = {
        .tag = journal->tag, .has_mode = has_mode, .mode = mode, .touched = plan->touched_before};
    memcpy(fresh.modem, journal->modem, sizeof(fresh.modem));
    memcpy(fresh.id, plan->request->id, strlen(plan->request->id) + 1);
    fresh.is_local = plan->request->is_local;
    *journal = fresh;
    np_nordic_journal_clear(&fresh);
}

static bool is_same_request(const np_nordic_plan *plan)
{
    return strcmp(plan->journal.id, plan->request->id) == 0 &&
           plan->journal.is_local == plan->request->is_local;
}

/* Can what was saved be gone on with? */
static bool is_reply_good(const np_nordic_plan *plan)
{
    static const np_nordic_reply none;
    np_nordic_reply reply = none;
    const np_nordic_journal *journal = &plan->journal;
    if (journal->is_local) {
        return journal->key_pem_len > 0 ||
               (journal->has_key_digest && journal->certificate_len > 0);
    }
    return journal->reply.len > 0 &&
           np_nordic_reply_check(&journal->reply, journal->tag, journal->id, &reply, NULL) == NP_OK;
}

static void add(np_nordic_plan *plan, np_nordic_step step)
{
    plan->steps[plan->step_count++] = step;
}

/* Did an interrupted run of ours, which had consent, leave what is there? A key that the modem has
 * made is known by its digest, as soon as its reply was saved. */
static bool is_ours(const np_nordic_plan *plan, unsigned type)
{
    const np_nordic_journal *journal = &plan->journal;
    bool is_other_key =
        type == NP_NORDIC_KEY && journal->reply.len > 0 && !holds_key(&plan->snapshot, journal);
    return is_same_request(plan) && !journal->is_done && (journal->touched >> type & 1) != 0 &&
           !is_other_key;
}

/* Whatever is there will be lost; and from the first step on what is there is ours. */
static void touch(np_nordic_plan *plan, unsigned type, bool is_known)
{
    plan->destroys[type] =
        plan->destroys[type] || (plan->snapshot.places[type].is_there && !is_known &&
                                 (plan->touched_before >> type & 1) == 0);
    plan->journal.touched |= 1U << type;
}

static void add_delete(np_nordic_plan *plan, unsigned type, np_nordic_step step)
{
    if (plan->snapshot.places[type].is_there) {
        add(plan, step);
    }
}

/* A new key, before which everything that belongs to the old one goes. */
static void plan_new_key(np_nordic_plan *plan)
{
    bool is_known = holds_certificate(&plan->snapshot, &plan->journal);
    forget_key(plan);
    touch(plan, NP_NORDIC_CERTIFICATE, is_known);
    touch(plan, NP_NORDIC_KEY, false);
    add_delete(plan, NP_NORDIC_CERTIFICATE, NP_NORDIC_DELETE_CERTIFICATE);
    add_delete(plan, NP_NORDIC_KEY, NP_NORDIC_DELETE_KEY);
    add(plan, NP_NORDIC_MAKE_KEY);
}

/* A local key is made and saved here, and can be written again as long as it is saved. */
static bool needs_new_key(const np_nordic_plan *plan)
{
    bool is_renewed = plan->request->renews && plan->journal.is_done;
    if (is_renewed || !is_same_request(plan) || !is_reply_good(plan)) {
        return true;
    }
    bool can_be_written = plan->journal.is_local && plan->journal.key_pem_len > 0;
    return !can_be_written && !holds_key(&plan->snapshot, &plan->journal);
}

static void plan_root(np_nordic_plan *plan)
{
    if (holds(&plan->snapshot, NP_NORDIC_ROOT, plan->request->roots)) {
        return;
    }
    touch(plan, NP_NORDIC_ROOT, false);
    if (!plan->snapshot.has_at) {
        add_delete(plan, NP_NORDIC_ROOT, NP_NORDIC_DELETE_ROOT);
    }
    add(plan, NP_NORDIC_WRITE_ROOT);
}

static void plan_certificate(np_nordic_plan *plan, bool is_new)
{
    if (!is_new && holds_certificate(&plan->snapshot, &plan->journal)) {
        return;
    }
    if (!is_new) {
        touch(plan, NP_NORDIC_CERTIFICATE, false);
    }
    if (!is_new && !plan->snapshot.has_at) {
        add_delete(plan, NP_NORDIC_CERTIFICATE, NP_NORDIC_DELETE_CERTIFICATE);
    }
    add(plan, NP_NORDIC_WRITE_CERTIFICATE);
}

static void plan_local_key(np_nordic_plan *plan, bool is_new)
{
    if (!plan->request->is_local || (!is_new && holds_key(&plan->snapshot, &plan->journal))) {
        return;
    }
    if (!is_new) {
        touch(plan, NP_NORDIC_KEY, false);
        add_delete(plan, NP_NORDIC_KEY, NP_NORDIC_DELETE_KEY);
    }
    add(plan, NP_NORDIC_WRITE_KEY);
}

static void plan_credentials(np_nordic_plan *plan)
{
    for (unsigned type = 0; type < NP_NORDIC_PLACES; type++) {
        plan->touched_before |= is_ours(plan, type) ? 1U << type : 0;
    }
    bool is_new = needs_new_key(plan);
    if (is_new) {
        plan_new_key(plan);
    }
    if (is_new || plan->journal.certificate_len == 0) {
        add(plan, NP_NORDIC_ISSUE);
    }
    plan_root(plan);
    plan_certificate(plan, is_new);
    plan_local_key(plan, is_new);
}

static void add_first(np_nordic_plan *plan, np_nordic_step step)
{
    memmove(&plan->steps[1], &plan->steps[0], plan->step_count * sizeof(plan->steps[0]));
    plan->steps[0] = step;
    plan->step_count++;
}

/* The radio is off for all that changes something; what it was before comes back at the end. */
static void plan_steps(np_nordic_plan *plan)
{
    np_nordic_journal *journal = &plan->journal;
    plan_credentials(plan);
    if (plan->step_count > 0 && plan->snapshot.has_at) {
        journal->mode = journal->has_mode ? journal->mode : plan->snapshot.mode;
        journal->has_mode = true;
        if (!np_modem_mode_is_writable(plan->snapshot.mode)) {
            add_first(plan, NP_NORDIC_RADIO_OFF);
        }
    }
    journal->is_done = journal->is_done && plan->step_count == 0;
    add(plan, NP_NORDIC_VERIFY);
    if (journal->has_mode &&
        (plan->steps[0] == NP_NORDIC_RADIO_OFF || journal->mode != plan->snapshot.mode)) {
        add(plan, NP_NORDIC_RESTORE_MODE);
    }
}

static void compute_hash(np_nordic_plan *plan)
{
    uint8_t facts[2 + 4 + NP_NORDIC_PLACES] = {plan->request->is_local, plan->request->keeps_lf};
    uint8_t lost[NP_NORDIC_PLACES][NP_MODEM_DIGEST_SIZE] = {{0}};
    uint8_t roots[NP_SHA256_SIZE];
    for (size_t i = 0; i < 4; i++) {
        facts[2 + i] = (uint8_t)(plan->snapshot.tag >> (24 - 8 * i));
    }
    for (size_t i = 0; i < NP_NORDIC_PLACES; i++) {
        facts[6 + i] = plan->destroys[i];
        if (plan->destroys[i]) {
            memcpy(lost[i], plan->snapshot.places[i].digest, sizeof(lost[i]));
        }
    }
    np_sha256(plan->request->roots, roots);
    const np_bytes parts[HASH_PARTS] = {
        np_bytes_text("nameplate modem plan 1\n"),
        np_bytes_of(facts, sizeof(facts)),
        np_bytes_of(plan->journal.modem, strlen(plan->journal.modem) + 1),
        np_bytes_of(plan->request->id, strlen(plan->request->id) + 1),
        np_bytes_of(plan->request->profile->name, strlen(plan->request->profile->name) + 1),
        NP_BYTES(roots),
        np_bytes_of(plan->request->signer_fingerprint, NP_SHA256_SIZE),
        np_bytes_of(lost, sizeof(lost)),
    };
    np_sha256_parts(parts, HASH_PARTS, plan->hash);
}

np_code np_nordic_plan_compute(const np_nordic_snapshot *snapshot, const np_nordic_request *request,
                               const np_nordic_journal *journal, np_nordic_plan *ret, np_error *err)
{
    *ret = (np_nordic_plan){.request = request, .snapshot = *snapshot};
    const char *id = request->id[0] != '\0' ? request->id : snapshot->identity.device_uuid;
    NP_TRY(check_request(snapshot, request, id, err));
    memcpy(ret->id, id, strlen(id) + 1);
    NP_TRY(take_journal(journal, ret, err));
    plan_steps(ret);
    compute_hash(ret);
    return NP_OK;
}

bool np_nordic_plan_has(const np_nordic_plan *plan, np_nordic_step step)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i] == step) {
            return true;
        }
    }
    return false;
}

bool np_nordic_plan_destroys(const np_nordic_plan *plan)
{
    return plan->destroys[NP_NORDIC_ROOT] || plan->destroys[NP_NORDIC_CERTIFICATE] ||
           plan->destroys[NP_NORDIC_KEY];
}

bool np_nordic_plan_is_done(const np_nordic_plan *plan)
{
    return plan->step_count == 1 && plan->steps[0] == NP_NORDIC_VERIFY;
}
