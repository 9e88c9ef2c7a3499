/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/apply.h"

#include "x509/pem.h"
#include "x509/public_key.h"

enum { PEM_MAX = 2 * NP_LEAF_MAX };

typedef struct application {
    np_nordic_plan *plan;
    np_modem *modem;
    const np_nordic_tools *tools;
    np_nordic_result *result;
    bool is_radio_off; /* by us */
} application;

static np_code save(application *app, np_error *err)
{
    return app->tools->save(app->tools->self, &app->plan->journal, err);
}

static np_code radio_off(application *app, np_error *err)
{
    app->is_radio_off = true;
    return np_modem_set_mode(app->modem, NP_CFUN_FLIGHT, err);
}

static np_code delete_place(application *app, unsigned type, np_error *err)
{
    bool was_there;
    return np_modem_delete(app->modem, app->plan->snapshot.tag, type, &was_there, err);
}

static np_code delete_certificate(application *app, np_error *err)
{
    return delete_place(app, NP_CREDENTIAL_CERTIFICATE, err);
}

static np_code delete_key(application *app, np_error *err)
{
    return delete_place(app, NP_CREDENTIAL_KEY, err);
}

static np_code delete_root(application *app, np_error *err)
{
    return delete_place(app, NP_CREDENTIAL_ROOT_CA, err);
}

/* The modem lists a key that it has made by a digest of its own: by that it is known again. */
static np_code remember_key(application *app, np_error *err)
{
    np_nordic_journal *journal = &app->plan->journal;
    np_credential key;
    bool is_there = false;
    NP_TRY(np_modem_find(app->modem, app->plan->snapshot.tag, NP_CREDENTIAL_KEY, &is_there, &key,
                         err));
    if (!is_there) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the modem does not hold the key");
    }
    journal->has_key_digest = key.has_digest;
    memcpy(journal->key_digest, key.digest, sizeof(journal->key_digest));
    return save(app, err);
}

static np_code report_key_there(np_error *err)
{
    np_error_set(err, NP_ECONFLICT_OTHER, "there is a key now that was not there before");
    return np_error_hint(err, NP_ECONFLICT_OTHER,
                         "does another program use the modem? run the same command again");
}

static np_code make_local_key(application *app, np_error *err)
{
    np_nordic_journal *journal = &app->plan->journal;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_writer writer = np_writer_of(journal->key_pem, sizeof(journal->key_pem));
    NP_TRY(np_p256_generate(&key, err));
    np_p256_write_pem(key, &writer);
    journal->key_pem_len = np_writer_bytes(&writer).len;
    return save(app, err);
}

/* The reply is saved before any other command goes out. */
static np_code make_key(application *app, np_error *err)
{
    np_nordic_journal *journal = &app->plan->journal;
    char attributes[NP_NORDIC_ID_MAX + sizeof("CN=")];
    bool exists = false;
    app->result->made_key = true;
    if (journal->is_local) {
        return make_local_key(app, err);
    }
    memcpy(attributes, "CN=", sizeof("CN="));
    memcpy(attributes + strlen("CN="), journal->id, strlen(journal->id) + 1);
    const np_keygen keygen = {.tag = app->plan->snapshot.tag,
                              .content = NP_KEYGEN_CSR,
                              .attributes = journal->id[0] == '\0' ? NULL : attributes};
    NP_TRY(np_modem_keygen(app->modem, &keygen, &exists, &journal->reply, err));
    if (exists) {
        return report_key_there(err);
    }
    NP_TRY(save(app, err));
    return remember_key(app, err);
}

/* The id and the key that the certificate is for. */
typedef struct holder {
    np_nordic_reply reply; /* of a key in the modem */
    const np_csr *csr;     /* NULL: a local key */
    uint8_t point[NP_P256_POINT_SIZE];
} holder;

static np_code read_local(const np_nordic_plan *plan, holder *ret, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_bytes pem = np_bytes_of(plan->journal.key_pem, plan->journal.key_pem_len);
    NP_TRY(np_p256_parse_pem(pem, &key, err));
    np_p256_public(key, ret->point);
    return NP_OK;
}

static np_code read_reply(np_nordic_plan *plan, holder *ret, np_error *err)
{
    const np_nordic_journal *journal = &plan->journal;
    NP_TRY(np_nordic_reply_check(&journal->reply, journal->tag, journal->id, &ret->reply, err));
    if (ret->reply.csr.point.len != sizeof(ret->point)) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the modem's key is not one of P-256");
    }
    np_bytes name = ret->reply.common_name;
    if (name.len > NP_NORDIC_ID_MAX || memchr(name.data, 0, name.len) != NULL) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the common name is longer than any");
    }
    memcpy(ret->point, ret->reply.csr.point.data, sizeof(ret->point));
    memcpy(plan->id, name.data, name.len);
    plan->id[name.len] = '\0';
    ret->csr = &ret->reply.csr;
    return NP_OK;
}

static np_code issue(application *app, np_error *err)
{
    np_nordic_plan *plan = app->plan;
    np_nordic_journal *journal = &plan->journal;
    holder to = {.csr = NULL};
    np_writer writer = np_writer_of(journal->certificate, sizeof(journal->certificate));
    NP_TRY(journal->is_local ? read_local(plan, &to, err) : read_reply(plan, &to, err));
    if (app->tools->may_issue != NULL) {
        NP_TRY(app->tools->may_issue(app->tools->self, plan->id, to.point, err));
    }
    NP_TRY(np_nordic_certify(&app->tools->issuer, to.csr, np_bytes_text(plan->id), to.point,
                             &writer, err));
    journal->certificate_len = writer.len;
    app->result->issued = true;
    return save(app, err);
}

static np_code write_place(application *app, unsigned type, np_bytes text, np_error *err)
{
    uint8_t bytes[NP_CREDENTIAL_MAX];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_text_form form = NP_TEXT_NO_FORM;
    np_code code = np_nordic_write_text(text, app->plan->request->keeps_lf, &writer, err);
    if (code == NP_OK) {
        code = np_modem_write(app->modem, app->plan->snapshot.tag, type, np_writer_bytes(&writer),
                              &form, err);
    }
    np_wipe(bytes, sizeof(bytes)); /* it may have been a key */
    return code;
}

static np_code write_root(application *app, np_error *err)
{
    return write_place(app, NP_CREDENTIAL_ROOT_CA, app->plan->request->roots, err);
}

static np_bytes certificate_pem(const np_nordic_journal *journal, uint8_t ret[static PEM_MAX])
{
    np_writer writer = np_writer_of(ret, PEM_MAX);
    np_pem_encode(&writer, "CERTIFICATE",
                  np_bytes_of(journal->certificate, journal->certificate_len));
    return np_writer_bytes(&writer);
}

static np_code write_certificate(application *app, np_error *err)
{
    uint8_t pem[PEM_MAX];
    return write_place(app, NP_CREDENTIAL_CERTIFICATE, certificate_pem(&app->plan->journal, pem),
                       err);
}

static np_code write_key(application *app, np_error *err)
{
    const np_nordic_journal *journal = &app->plan->journal;
    NP_TRY(write_place(app, NP_CREDENTIAL_KEY, np_bytes_of(journal->key_pem, journal->key_pem_len),
                       err));
    return remember_key(app, err);
}

/* Which form of the text the modem holds. */
static np_code check_text(application *app, unsigned type, const char *what, np_bytes text,
                          np_error *err)
{
    const np_nordic_place *place = &app->result->places[type];
    np_text_form form = NP_TEXT_NO_FORM;
    if (place->is_there && place->has_digest) {
        form = np_credential_form(text, place->digest, !app->plan->snapshot.has_at);
    }
    app->result->forms[type] = form;
    if (form != NP_TEXT_NO_FORM) {
        return NP_OK;
    }
    np_error_set(err, NP_EDEVICE_VERIFY, "tag %u does not hold the %s: %s", app->plan->snapshot.tag,
                 what,
                 !place->is_there     ? "there is none"
                 : !place->has_digest ? "the host tells no digest"
                                      : "its digest is of another text");
    return np_error_hint(err, NP_EDEVICE_VERIFY, "run the same command again");
}

static np_code check_key(application *app, np_error *err)
{
    const np_nordic_journal *journal = &app->plan->journal;
    const np_nordic_place *place = &app->result->places[NP_NORDIC_KEY];
    bool is_good =
        place->is_there && (!journal->has_key_digest || !place->has_digest ||
                            memcmp(place->digest, journal->key_digest, sizeof(place->digest)) == 0);
    return is_good ? NP_OK
                   : np_error_set(err, NP_EDEVICE_VERIFY, "tag %u does not hold the key",
                                  app->plan->snapshot.tag);
}

/* What the certificate says, for a run that had nothing to issue. */
static np_code take_id(application *app, np_error *err)
{
    np_nordic_plan *plan = app->plan;
    np_nordic_reply reply = {.der_len = 0};
    const np_nordic_journal *journal = &plan->journal;
    if (!journal->is_local) {
        NP_TRY(np_nordic_reply_check(&journal->reply, journal->tag, journal->id, &reply, err));
        memcpy(plan->id, reply.common_name.data, reply.common_name.len);
        plan->id[reply.common_name.len] = '\0';
    }
    memcpy(app->result->id, plan->id, sizeof(plan->id));
    return NP_OK;
}

static np_code verify(application *app, np_error *err)
{
    np_nordic_plan *plan = app->plan;
    uint8_t pem[PEM_MAX];
    NP_TRY(np_nordic_places_read(app->modem, plan->snapshot.tag, app->result->places, err));
    NP_TRY(check_text(app, NP_NORDIC_ROOT, "root", plan->request->roots, err));
    NP_TRY(check_text(app, NP_NORDIC_CERTIFICATE, "certificate",
                      certificate_pem(&plan->journal, pem), err));
    NP_TRY(check_key(app, err));
    return take_id(app, err);
}

static np_code restore_mode(application *app, np_error *err)
{
    app->is_radio_off = false;
    return np_modem_set_mode(app->modem, app->plan->journal.mode, err);
}

typedef np_code (*step_action)(application *app, np_error *err);

static const step_action actions[NP_NORDIC_STEP_COUNT] = {
    [NP_NORDIC_RADIO_OFF] = radio_off,       [NP_NORDIC_DELETE_CERTIFICATE] = delete_certificate,
    [NP_NORDIC_DELETE_KEY] = delete_key,     [NP_NORDIC_DELETE_ROOT] = delete_root,
    [NP_NORDIC_MAKE_KEY] = make_key,         [NP_NORDIC_ISSUE] = issue,
    [NP_NORDIC_WRITE_ROOT] = write_root,     [NP_NORDIC_WRITE_CERTIFICATE] = write_certificate,
    [NP_NORDIC_WRITE_KEY] = write_key,       [NP_NORDIC_VERIFY] = verify,
    [NP_NORDIC_RESTORE_MODE] = restore_mode,
};

static np_code apply_steps(application *app, np_error *err)
{
    const np_nordic_plan *plan = app->plan;
    for (size_t i = 0; i < plan->step_count; i++) {
        if (app->tools->before_step != NULL) {
            NP_TRY(app->tools->before_step(app->tools->self, plan, i, err));
        }
        np_code code = actions[plan->steps[i]](app, err);
        if (code != NP_OK) {
            app->result->has_failed = true;
            app->result->failed_step = plan->steps[i];
            return np_error_prefix(err, code, "%s", np_nordic_step_name(plan->steps[i]));
        }
    }
    return NP_OK;
}

/* As well as it goes: what failed is told, and not that this failed too. */
static void restore_after(application *app, np_code code)
{
    np_error ignored;
    bool can_answer = code != NP_ESTATION_NACK && code != NP_ESTATION_IO;
    if (app->is_radio_off && can_answer &&
        np_modem_set_mode(app->modem, app->plan->journal.mode, &ignored) != NP_OK) {
        return; /* the journal knows it, and the next run does it */
    }
}

/* What was needed to go on is needed no more; of a local key only its digest stays. */
static np_code finish(application *app, np_error *err)
{
    np_nordic_journal *journal = &app->plan->journal;
    np_wipe(journal->key_pem, sizeof(journal->key_pem));
    journal->key_pem_len = 0;
    journal->has_mode = false;
    journal->touched = 0;
    journal->is_done = true;
    return save(app, err);
}

np_code np_nordic_plan_apply(np_nordic_plan *plan, np_modem *modem, const np_nordic_tools *tools,
                             np_nordic_result *ret, np_error *err)
{
    application app = {.plan = plan, .modem = modem, .tools = tools, .result = ret};
    *ret = (np_nordic_result){.made_key = false};
    /* the mode, and what is ours from here on, outlive what comes next */
    if (!np_nordic_plan_is_done(plan)) {
        NP_TRY(save(&app, err));
    }
    np_code code = apply_steps(&app, err);
    if (code != NP_OK) {
        restore_after(&app, code);
        return code;
    }
    return plan->journal.is_done ? NP_OK : finish(&app, err);
}
