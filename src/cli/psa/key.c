/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/psa/key.h"

#include "base/text.h"
#include "crypto/p256.h"
#include "crypto/random.h"
#include "x509/pem.h"
#include "x509/public_key.h"

static np_code report_difference(const psa_task *task, const psa_key *there, np_error *err)
{
    const np_psa_request *wanted = &task->wish.request;
    const np_psa_request *found = &there->attributes;
    if (task->wish.has_slot && task->wish.slot != there->slot) {
        return np_error_set(err, NP_ECONFLICT_OTHER, "key %u is in slot %u, not in slot %u",
                            (unsigned)wanted->key_id, (unsigned)there->slot,
                            (unsigned)task->wish.slot);
    }
    bool is_same = wanted->lifetime == found->lifetime && wanted->type == found->type &&
                   wanted->bits == found->bits && wanted->usage == found->usage &&
                   wanted->algorithm == found->algorithm && found->algorithm_2 == 0;
    return is_same ? NP_OK
                   : np_error_set(err, NP_ECONFLICT_OTHER,
                                  "key %u exists with another type, use, algorithm or lifetime "
                                  "than asked for",
                                  (unsigned)wanted->key_id);
}

static np_code compare_existing(const psa_session *session, psa_task *task, const psa_key *there,
                                bool is_here, np_error *err)
{
    (void)session;
    if (!is_here) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "key %u exists, and it is no key of the secure element",
                            (unsigned)task->wish.request.key_id);
    }
    NP_TRY(report_difference(task, there, err));
    task->exists = true;
    task->slot = there->slot;
    return NP_OK;
}

/* The slot's key is in nobody's books: to be overwritten with consent, when a new one is wanted. */
static np_psa_status is_nobodys(psa_session *session, const psa_task *task, bool *ret)
{
    bool is_taken = false;
    np_psa_status status =
        psa_slot_is_taken(&session->chip, &session->state, (unsigned)task->slot, &is_taken);
    *ret = task->wish.request.method == NP_PSA_GENERATE && !is_taken;
    return status;
}

static np_code judge(psa_session *session, psa_task *task, np_error *err)
{
    np_psa_reason reason = NP_PSA_YES;
    task->slot = task->wish.slot;
    np_psa_status status = task->wish.has_slot
                               ? psa_judge_slot(&session->chip, &session->state,
                                                &task->wish.request, task->slot, &reason)
                               : psa_find_slot(&session->chip, &session->state, &task->wish.request,
                                               &task->slot, &reason);
    if (status == NP_PSA_SUCCESS && reason == NP_PSA_OCCUPIED) {
        status = is_nobodys(session, task, &task->replaces_key);
    }
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "asking the chip for its slots", err);
    }
    bool is_possible = reason == NP_PSA_YES || task->replaces_key;
    return is_possible ? NP_OK : psa_report_reason(reason, &task->wish, task->slot, err);
}

np_code psa_task_prepare(psa_session *session, psa_task *task, np_error *err)
{
    psa_key there;
    bool exists = false;
    bool is_here = false;
    np_psa_status status =
        psa_storage_find_key(&session->table, task->wish.request.key_id, &there, &exists, &is_here);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "reading the key", err);
    }
    NP_TRY(exists ? compare_existing(session, task, &there, is_here, err)
                  : judge(session, task, err));
    if (!exists) {
        /* two keys of one command do not get the same slot */
        session->chip.promised_slots |= (uint16_t)(1U << task->slot);
    }
    return NP_OK;
}

static np_psa_status store_state(psa_session *session, const psa_task *task)
{
    psa_state_take(&session->state, &session->chip, &task->wish.request, (unsigned)task->slot);
    return psa_state_store(&session->table, &session->state);
}

static np_psa_status store_key(const psa_session *session, const psa_task *task)
{
    uint8_t bytes[PSA_KEY_SIZE];
    psa_key key = {task->wish.request, task->slot};
    psa_key_encode(&key, bytes);
    return session->table.set(session->table.self, task->wish.request.key_id, bytes, sizeof(bytes));
}

/* As the core does it, with the same records in the same order: either can end it. */
static np_psa_status generate(psa_session *session, psa_task *task)
{
    const np_psa_storage *table = &session->table;
    uint8_t bytes[PSA_TRANSACTION_SIZE];
    psa_transaction transaction = {PSA_TRANSACTION_CREATE, task->wish.request.lifetime, task->slot,
                                   task->wish.request.key_id};
    psa_transaction_encode(&transaction, bytes);
    PSA_TRY(table->set(table->self, PSA_UID_TRANSACTION, bytes, sizeof(bytes)));
    PSA_TRY(psa_make_key(&session->chip, &task->wish.request, (unsigned)task->slot, task->point));
    PSA_TRY(store_key(session, task));
    PSA_TRY(store_state(session, task));
    return table->remove(table->self, PSA_UID_TRANSACTION);
}

static np_psa_status enroll(psa_session *session, psa_task *task)
{
    PSA_TRY(store_key(session, task));
    return store_state(session, task);
}

static np_code check_expected(psa_session *session, psa_task *task, np_error *err)
{
    bool has_key = false;
    uint8_t digest[32];
    np_psa_status status =
        psa_chip_probe(&session->chip, (unsigned)task->slot, &has_key, task->point);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "reading the public key", err);
    }
    if (!has_key) {
        np_error_set(err, NP_ECONFLICT_OTHER, "key %u has no key behind it: slot %u is empty",
                     (unsigned)task->wish.request.key_id, (unsigned)task->slot);
        return np_error_hint(err, NP_ECONFLICT_OTHER, "is it the right chip?");
    }
    np_public_key_digest(task->point, digest);
    bool is_expected =
        !task->wish.has_fingerprint || memcmp(digest, task->wish.fingerprint, sizeof(digest)) == 0;
    return is_expected ? NP_OK
                       : np_error_set(err, NP_ECONFLICT_OTHER,
                                      "the key in slot %u is not the one that is expected",
                                      (unsigned)task->slot);
}

np_code psa_task_run(psa_session *session, psa_task *task, np_error *err)
{
    if (task->exists) {
        return NP_OK;
    }
    bool is_registered = task->wish.request.method == NP_PSA_REGISTER;
    if (is_registered) {
        NP_TRY(check_expected(session, task, err));
    }
    np_psa_status status = is_registered ? enroll(session, task) : generate(session, task);
    task->outcome = PSA_OUTCOME_MADE;
    return status == NP_PSA_SUCCESS ? NP_OK
                                    : psa_session_report(session, status, "making the key", err);
}

np_code psa_task_prove(psa_session *session, psa_task *task, np_error *err)
{
    uint8_t digest[32];
    uint8_t signature[NP_SIGNATURE_SIZE];
    bool is_good = false;
    np_random random = np_random_system();
    NP_TRY(check_expected(session, task, err));
    NP_TRY(random.fill(random.self, digest, sizeof(digest), err));
    np_code code =
        np_atecc_sign(&session->chip.device, (unsigned)task->slot, digest, signature, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "key %u does not sign",
                               (unsigned)task->wish.request.key_id);
    }
    NP_TRY(np_p256_verify(task->point, digest, signature, &is_good, err));
    return is_good ? NP_OK
                   : np_error_set(err, NP_EDEVICE_VERIFY, "key %u gave a wrong signature",
                                  (unsigned)task->wish.request.key_id);
}

np_code psa_task_find(psa_session *session, const char *id, psa_task *ret, np_error *err)
{
    psa_key key;
    char words[32];
    bool exists = false;
    bool is_here = false;
    *ret = (psa_task){0};
    np_psa_status status = NP_PSA_SUCCESS;
    if (snprintf(words, sizeof(words), "%s%s", strncmp(id, "id=", 3) == 0 ? "" : "id=", id) >=
        (int)sizeof(words)) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no key id", id);
    }
    NP_TRY(psa_wish_parse(words, NP_PSA_GENERATE, &ret->wish, err));
    uint32_t key_id = ret->wish.request.key_id;
    status = psa_storage_find_key(&session->table, key_id, &key, &exists, &is_here);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "reading the key", err);
    }
    if (!is_here) {
        np_error_set(err, NP_EINPUT_MISSING, "there is no key %u of a secure element in %s",
                     (unsigned)key_id, session->store.folder);
        return np_error_hint(err, NP_EINPUT_MISSING, "nameplate psa list shows what there is");
    }
    ret->wish.request = key.attributes;
    ret->slot = key.slot;
    ret->exists = true;
    return NP_OK;
}

json_t *psa_task_json(const psa_task *task, np_bytes csr)
{
    uint8_t digest[32];
    char pem[PSA_CSR_MAX * 2];
    json_t *object = json_object();
    np_writer writer = np_writer_of((uint8_t *)pem, sizeof(pem) - 1);
    np_public_key_digest(task->point, digest);
    np_public_key_write_pem(task->point, &writer);
    pem[writer.len] = '\0';
    json_object_set_new(object, "id", json_integer(task->wish.request.key_id));
    json_object_set_new(object, "slot", json_integer((json_int_t)task->slot));
    json_object_set_new(
        object, "method",
        json_string(task->wish.request.method == NP_PSA_REGISTER ? "register" : "generate"));
    json_object_set_new(object, "outcome",
                        json_string(task->outcome == PSA_OUTCOME_MADE ? "made" : "unchanged"));
    json_object_set_new(object, "fingerprint", cli_json_hex(NP_BYTES(digest)));
    json_object_set_new(object, "public_key", json_string(pem));
    if (csr.len > 0) {
        writer = np_writer_of((uint8_t *)pem, sizeof(pem) - 1);
        np_pem_encode(&writer, "CERTIFICATE REQUEST", csr);
        pem[writer.len] = '\0';
        json_object_set_new(object, "csr", json_string(pem));
    }
    return object;
}
