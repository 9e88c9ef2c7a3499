/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a store, and with a chip, whether it is still true. */
#include "cli/psa/key.h"

static const char *algorithm_name(uint32_t algorithm)
{
    switch (algorithm) {
    case NP_PSA_ALG_ECDSA_SHA_256:
        return "ecdsa-sha256";
    case NP_PSA_ALG_ECDSA_ANY:
        return "ecdsa-any";
    case NP_PSA_ALG_ECDH:
        return "ecdh";
    default:
        return "other";
    }
}

/* "unknown" without a chip; otherwise the key must sign, or be there if it is a public one. */
static const char *look_at(psa_session *session, psa_task *task)
{
    bool has_key = false;
    np_error ignored;
    if (!session->has_chip) {
        return "not asked";
    }
    if (task->wish.request.type == NP_PSA_TYPE_P256_PAIR) {
        return psa_task_prove(session, task, &ignored) == NP_OK ? "proven" : "missing";
    }
    np_psa_status status =
        psa_chip_read_stored(&session->chip, (unsigned)task->slot, &has_key, task->point);
    return status == NP_PSA_SUCCESS && has_key ? "there" : "missing";
}

static np_code show_key(psa_session *session, uint32_t id, json_t *list, cli_output *output,
                        np_error *err)
{
    psa_key key;
    bool exists = false;
    bool is_here = false;
    json_t *object = json_object();
    json_array_append_new(list, object);
    np_psa_status status = psa_storage_find_key(&session->table, id, &key, &exists, &is_here);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "reading a key", err);
    }
    json_object_set_new(object, "id", json_integer(id));
    if (!is_here) {
        json_object_set_new(object, "state", json_string("not in the secure element"));
        cli_print(output, "key %u: not in the secure element", (unsigned)id);
        return NP_OK;
    }
    psa_task task = {.wish.request = key.attributes, .slot = key.slot};
    const char *state = look_at(session, &task);
    const char *type =
        key.attributes.type == NP_PSA_TYPE_P256_PAIR ? "P-256 key pair" : "P-256 public key";
    const char *algorithm = algorithm_name(key.attributes.algorithm);
    json_object_set_new(object, "slot", json_integer((json_int_t)key.slot));
    json_object_set_new(object, "type", json_string(type));
    json_object_set_new(object, "algorithm", json_string(algorithm));
    json_object_set_new(object, "usage", json_integer(key.attributes.usage));
    json_object_set_new(object, "lifetime", json_integer(key.attributes.lifetime));
    json_object_set_new(object, "state", json_string(state));
    cli_print(output, "key %u: slot %u, %s, %s, %s", (unsigned)id, (unsigned)key.slot, type,
              algorithm, state);
    return NP_OK;
}

np_code cli_psa_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(psa_session_clear) psa_session session = {.store.lock = -1};
    uint32_t ids[NP_PSA_STORE_KEYS];
    size_t count = 0;
    json_t *list = json_array();
    cli_put_json(output, "keys", list);
    NP_TRY(psa_session_names_chip(arguments)
               ? psa_session_open(arguments, false, &session, err)
               : psa_session_open_store(arguments, false, &session, err));
    NP_TRY(np_psa_store_keys(&session.store, ids, &count, err));
    for (size_t i = 0; i < count; i++) {
        NP_TRY(show_key(&session, ids[i], list, output, err));
    }
    return psa_session_close(&session, err);
}
