/* SPDX-License-Identifier: Apache-2.0 */
/* provision, register and generate: keys of a list, all looked at before the first is made. */
#include "base/text.h"
#include "cli/psa/key.h"
#include "x509/public_key.h"

enum { TASKS_MAX = 2 * CLI_LIST_MAX };

typedef struct work {
    psa_session session;
    psa_task tasks[TASKS_MAX];
    size_t count;
    bool shows_requests; /* a CSR for each key */
} work;

static void clear_work(work *it)
{
    psa_session_clear(&it->session);
}

static np_code add_all(const cli_list *list, np_psa_method method, work *it, np_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        psa_task *task = &it->tasks[it->count++];
        NP_TRY(psa_wish_parse(list->items[i], method, &task->wish, err));
        for (size_t other = 0; other + 1 < it->count; other++) {
            if (it->tasks[other].wish.request.key_id == task->wish.request.key_id) {
                return np_error_set(err, NP_EUSAGE, "the id %u is given twice",
                                    (unsigned)task->wish.request.key_id);
            }
        }
    }
    return NP_OK;
}

static np_code prepare_all(work *it, np_error *err)
{
    for (size_t i = 0; i < it->count; i++) {
        NP_TRY(psa_task_prepare(&it->session, &it->tasks[i], err));
    }
    return NP_OK;
}

/* Only what cannot be brought back asks: a key of somebody else's that would be overwritten. */
static np_code get_consent(work *it, np_error *err)
{
    uint16_t slots = 0;
    for (size_t i = 0; i < it->count; i++) {
        const psa_task *task = &it->tasks[i];
        if (!task->exists && task->replaces_key) {
            slots |= (uint16_t)(1U << task->slot);
            cli_note("slot %u has a key that this store does not know; a new key overwrites it for "
                     "ever",
                     (unsigned)task->slot);
        }
    }
    return psa_session_consent(&it->session, slots, err);
}

static void print_key(const psa_task *task, np_bytes csr, cli_output *output)
{
    char fingerprint[2 * NP_FINGERPRINT_SIZE + 1];
    uint8_t digest[NP_FINGERPRINT_SIZE];
    uint8_t spki[NP_SPKI_SIZE];
    np_public_key_digest(task->point, digest);
    np_public_key_encode(task->point, spki);
    np_format_hex(NP_BYTES(digest), fingerprint);
    cli_print(output, "key %u: slot %u, %s, %s", (unsigned)task->wish.request.key_id,
              (unsigned)task->slot, task->outcome == PSA_OUTCOME_MADE ? "made" : "unchanged",
              fingerprint);
    cli_put_pem_block(output, "public_key", "PUBLIC KEY", NP_BYTES(spki));
    if (csr.len > 0) {
        cli_put_pem_block(output, "csr", "CERTIFICATE REQUEST", csr);
    }
}

static np_code show(work *it, psa_task *task, json_t *list, cli_output *output, np_error *err)
{
    uint8_t der[PSA_CSR_MAX];
    np_writer csr = np_writer_of(der, sizeof(der));
    if (it->shows_requests) {
        NP_TRY(psa_make_csr(&it->session, task, it->session.arguments->subject, &csr, err));
    }
    if (output->is_json) {
        json_array_append_new(list, psa_task_json(task, np_writer_bytes(&csr)));
    } else {
        print_key(task, np_writer_bytes(&csr), output);
    }
    return NP_OK;
}

static np_code run_all(const cli_arguments *arguments, work *it, cli_output *output, np_error *err)
{
    json_t *list = json_array();
    cli_put_json(output, "keys", list);
    for (size_t i = 0; i < it->count; i++) {
        psa_task *task = &it->tasks[i];
        if (!arguments->dry_run) {
            NP_TRY(psa_task_run(&it->session, task, err));
            NP_TRY(psa_task_prove(&it->session, task, err));
            NP_TRY(show(it, task, list, output, err));
        } else {
            cli_note("key %u: slot %u, %s", (unsigned)task->wish.request.key_id,
                     (unsigned)task->slot, task->exists ? "there already" : "to be made");
        }
    }
    return NP_OK;
}

static np_code do_work(const cli_arguments *arguments, work *it, cli_output *output, np_error *err)
{
    NP_TRY(psa_session_open(arguments, true, &it->session, err));
    NP_TRY(prepare_all(it, err));
    if (!arguments->dry_run) {
        NP_TRY(get_consent(it, err));
    }
    NP_TRY(run_all(arguments, it, output, err));
    return psa_session_close(&it->session, err);
}

np_code cli_psa_provision(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(clear_work) work it = {.session.store.lock = -1, .shows_requests = true};
    NP_TRY(add_all(&arguments->register_keys, NP_PSA_REGISTER, &it, err));
    NP_TRY(add_all(&arguments->generate_keys, NP_PSA_GENERATE, &it, err));
    if (it.count == 0) {
        np_error_set(err, NP_EUSAGE, "no key is asked for");
        return np_error_hint(err, NP_EUSAGE, "--register id=16,slot=0 or --generate id=18");
    }
    return do_work(arguments, &it, output, err);
}

static np_code run_one(const cli_arguments *arguments, np_psa_method method, cli_output *output,
                       np_error *err)
{
    NP_CLEANUP(clear_work) work it = {.session.store.lock = -1};
    cli_list one = {.items = {arguments->target}, .count = 1};
    NP_TRY(add_all(&one, method, &it, err));
    return do_work(arguments, &it, output, err);
}

np_code cli_psa_register(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return run_one(arguments, NP_PSA_REGISTER, output, err);
}

np_code cli_psa_generate(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return run_one(arguments, NP_PSA_GENERATE, output, err);
}
