/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that end early, and what was handed out until then. The command's tests have the rest. */
#include "signer/issue.h"
#include "signer/signer.h"
#include "support/test.h"
#include "x509/der.h"
#include "x509/name.h"

#include <pthread.h>

enum { UNITS = 700, KEYS = UNITS, WORKERS_MAX = 4, GROUP = 64 };

typedef struct scene {
    np_signer *signer;
    np_leaf_template template;
    np_p256_key *keys[WORKERS_MAX];
    np_signing signing[WORKERS_MAX];
    uint8_t points[KEYS][64];
    /* the source */
    unsigned next;
    unsigned source_fails_at; /* UNITS: never */
    /* the part */
    unsigned reserved;
    unsigned reserve_fails_at;
    unsigned confirmed;
    unsigned confirm_fails_at;
    unsigned second_confirmed; /* by the part behind it */
    bool refuses_odd;
} scene;

static int set_up(void **state)
{
    scene *made = calloc(1, sizeof(*made));
    np_error err;
    np_validity validity = {{2026, 1, 1, 0, 0, 0}, {2030, 1, 1, 0, 0, 0}};
    assert_non_null(made);
    assert_ok(np_signer_create(1795165200, 31, &made->signer, &err), &err);
    assert_ok(np_leaf_prepare(np_leaf_profile_find("device"), np_signer_certificate(made->signer),
                              &validity, &made->template, &err),
              &err);
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        assert_ok(np_signer_copy_key(made->signer, &made->keys[i], &err), &err);
        made->signing[i] = np_signing_by_key(made->keys[i]);
    }
    for (size_t i = 0; i < KEYS; i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        assert_ok(np_p256_generate(&key, &err), &err);
        np_p256_public(key, made->points[i]);
    }
    *state = made;
    return 0;
}

static int tear_down(void **state)
{
    scene *made = *state;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        np_p256_free(made->keys[i]);
    }
    np_signer_free(made->signer);
    free(made);
    return 0;
}

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    scene *from = self;
    if (from->next == from->source_fails_at) {
        return np_error_set(err, NP_ESTATION_IO, "the source fails");
    }
    *ret_is_end = from->next == UNITS;
    if (*ret_is_end) {
        return NP_OK;
    }
    ret->line = from->next;
    ret->serial_len =
        (size_t)snprintf((char *)ret->serial, sizeof(ret->serial), "T-%u", from->next);
    memcpy(ret->public_key, from->points[from->next], 64);
    np_writer writer = np_writer_of(ret->subject, sizeof(ret->subject));
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(&writer, np_bytes_text("CN"),
                                   np_bytes_of(ret->serial, ret->serial_len), err));
    np_der_close(&writer, mark);
    ret->subject_len = writer.len;
    from->next++;
    return NP_OK;
}

/* Keys are checked, nothing is signed yet. */
static np_code reserve(void *self, np_issue_group *group, np_error *err)
{
    scene *from = self;
    for (size_t i = 0; i < group->count; i++) {
        np_issue_unit *unit = &group->units[i];
        if (from->reserved == from->reserve_fails_at) {
            return np_error_set(err, NP_EPOLICY, "the part reserves no more");
        }
        assert_int_equal(unit->line, from->reserved++);
        assert_int_equal(unit->der_len, 0);
        if (from->refuses_odd && unit->line % 2 == 1) {
            np_issue_refuse(unit, "odd");
        }
    }
    return NP_OK;
}

static void check_unit(const scene *from, const np_issue_unit *unit)
{
    np_certificate certificate;
    np_error err;
    assert_ok(np_certificate_parse(np_bytes_of(unit->der, unit->der_len), &certificate, &err),
              &err);
    assert_memory_equal(certificate.point.data, from->points[unit->line], 64);
}

/* In order, none left out. */
static np_code confirm(void *self, const np_issue_group *group, np_error *err)
{
    scene *from = self;
    assert_true(group->count > 0 && group->count <= GROUP);
    assert_true(from->second_confirmed == from->confirmed);
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        if (from->confirmed + i == from->confirm_fails_at) {
            return np_error_set(err, NP_ESTATION_IO, "the part fails");
        }
        assert_int_equal(unit->line, from->confirmed + i);
        assert_int_equal(unit->is_refused, from->refuses_odd && unit->line % 2 == 1);
        if (unit->is_refused) {
            assert_string_equal(unit->reason, "odd");
            assert_int_equal(unit->der_len, 0);
        } else {
            check_unit(from, unit);
        }
    }
    from->confirmed += (unsigned)group->count;
    return NP_OK;
}

static np_code confirm_after(void *self, const np_issue_group *group, np_error *err)
{
    scene *from = self;
    (void)err;
    from->second_confirmed += (unsigned)group->count;
    assert_int_equal(from->second_confirmed, from->confirmed);
    return NP_OK;
}

static np_code run(scene *on, unsigned workers, np_issue_counts *ret_counts, np_error *err)
{
    np_issue issue = {.template = &on->template,
                      .signing = on->signing,
                      .workers = workers,
                      .group = GROUP,
                      .random = np_random_system(),
                      .source = give_unit,
                      .self = on,
                      .parts = {{reserve, confirm, on}, {NULL, confirm_after, on}},
                      .part_count = 2};
    on->next = 0;
    on->reserved = 0;
    on->confirmed = 0;
    on->second_confirmed = 0;
    return np_issue_run(&issue, ret_counts, err);
}

/* Nothing fails until it is told to. */
static void let_all_be_well(scene *on)
{
    on->source_fails_at = on->reserve_fails_at = on->confirm_fails_at = UNITS + 1;
}

static void all_units_are_handed_out_in_order(void **state)
{
    scene *on = *state;
    np_issue_counts counts;
    np_error err;
    let_all_be_well(on);
    for (unsigned workers = 1; workers <= WORKERS_MAX; workers++) {
        assert_ok(run(on, workers, &counts, &err), &err);
        assert_int_equal(counts.issued, UNITS);
        assert_int_equal(counts.refused, 0);
    }
}

static void what_a_part_refuses_is_not_signed(void **state)
{
    scene *on = *state;
    np_issue_counts counts;
    np_error err;
    let_all_be_well(on);
    on->refuses_odd = true;
    for (unsigned workers = 1; workers <= WORKERS_MAX; workers++) {
        assert_ok(run(on, workers, &counts, &err), &err);
        assert_int_equal(counts.issued, UNITS / 2);
        assert_int_equal(counts.refused, UNITS / 2);
    }
    on->refuses_odd = false;
}

/* What was reserved before goes its way; only after an error of confirm nothing does. */
static void whoever_fails_ends_the_run(void **state)
{
    scene *on = *state;
    static const unsigned at[] = {0, 1, 63, 64, 65, 300, UNITS - 1};
    for (size_t i = 0; i < NP_COUNT_OF(at) * WORKERS_MAX; i++) {
        np_issue_counts counts;
        np_error err = {0};
        unsigned workers = 1 + (unsigned)(i % WORKERS_MAX);
        unsigned fails_at = at[i / WORKERS_MAX];
        let_all_be_well(on);
        on->source_fails_at = fails_at;
        assert_code(run(on, workers, &counts, &err), NP_ESTATION_IO);
        assert_string_equal(err.message, "the source fails");
        assert_true(counts.issued == on->reserved && on->reserved <= fails_at);
        let_all_be_well(on);
        on->reserve_fails_at = fails_at;
        assert_code(run(on, workers, &counts, &err), NP_EPOLICY);
        assert_string_equal(err.message, "the part reserves no more");
        assert_int_equal(counts.issued, fails_at / GROUP * GROUP);
        let_all_be_well(on);
        on->confirm_fails_at = fails_at;
        assert_code(run(on, workers, &counts, &err), NP_ESTATION_IO);
        assert_string_equal(err.message, "the part fails");
        assert_int_equal(counts.issued, fails_at / GROUP * GROUP);
    }
}

/* The caller's, and those of the other workers, who sign when it has failed: so that it does. */
typedef struct failing_signer {
    np_signing inner;
    unsigned left;
    bool has_failed;
    pthread_mutex_t lock;
    pthread_cond_t fails;
} failing_signer;

static np_code sign_or_fail(void *self, const uint8_t digest[static 32],
                            uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    failing_signer *signer = self;
    if (signer->left > 0) {
        signer->left--;
        return signer->inner.sign(signer->inner.self, digest, ret_signature, err);
    }
    pthread_mutex_lock(&signer->lock);
    signer->has_failed = true;
    pthread_cond_broadcast(&signer->fails);
    pthread_mutex_unlock(&signer->lock);
    return np_error_set(err, NP_ESTATION_HSM, "the token is gone");
}

static np_code sign_afterwards(void *self, const uint8_t digest[static 32],
                               uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    failing_signer *first = self;
    pthread_mutex_lock(&first->lock);
    while (!first->has_failed) {
        pthread_cond_wait(&first->fails, &first->lock);
    }
    np_code code = first->inner.sign(first->inner.self, digest, ret_signature, err);
    pthread_mutex_unlock(&first->lock);
    return code;
}

static void a_signer_that_fails_ends_the_run_with_its_message(void **state)
{
    scene *on = *state;
    let_all_be_well(on);
    for (unsigned workers = 1; workers <= WORKERS_MAX; workers++) {
        /* alone in the second group; else in the first one, of which each other has one slice */
        failing_signer failing = {.inner = np_signing_by_key(on->keys[0]),
                                  .left = workers == 1 ? GROUP + 36 : GROUP / 4,
                                  .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .fails = PTHREAD_COND_INITIALIZER};
        np_issue_counts counts;
        np_error err = {0};
        for (unsigned i = 0; i < workers; i++) {
            on->signing[i] =
                (np_signing){.sign = i == 0 ? sign_or_fail : sign_afterwards, .self = &failing};
        }
        np_code code = run(on, workers, &counts, &err);
        for (unsigned i = 0; i < workers; i++) {
            on->signing[i] = np_signing_by_key(on->keys[i]);
        }
        assert_code(code, NP_ESTATION_HSM);
        assert_string_equal(err.message, "the token is gone");
        assert_int_equal(counts.issued, workers == 1 ? GROUP : 0);
        assert_int_equal(counts.issued, on->confirmed);
    }
}

static void no_workers_and_too_many_are_refused(void **state)
{
    np_issue_counts counts;
    np_error err;
    assert_code(run(*state, 0, &counts, &err), NP_EUSAGE);
    assert_code(run(*state, NP_ISSUE_WORKERS_MAX + 1, &counts, &err), NP_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_units_are_handed_out_in_order),
        cmocka_unit_test(what_a_part_refuses_is_not_signed),
        cmocka_unit_test(whoever_fails_ends_the_run),
        cmocka_unit_test(a_signer_that_fails_ends_the_run_with_its_message),
        cmocka_unit_test(no_workers_and_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
