/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/judging.h"

#include "base/wipe.h"
#include "crypto/hash.h"
#include "registry/decision.h"
#include "registry/questions.h"
#include <stdlib.h>

enum { SIGNATURES = NP_ADMISSION_CHAIN_MAX };

/* Signatures of a chain that were verified, by the hash of key, digest and signature. */
struct judging_memory {
    size_t count;
    struct {
        uint8_t asked[NP_SHA256_SIZE];
        bool is_good;
    } signatures[SIGNATURES];
};

np_code judging_begin(const np_gate_options *options, const np_gate_request *requests, size_t count,
                      np_admission *ret, judging_group *ret_group, np_error *err)
{
    for (size_t i = 0; i < count; i++) {
        ret[i] = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    *ret_group = (judging_group){.options = options, .requests = requests, .ret = ret};
    if (count > NP_GATE_GROUP_MAX) {
        return np_error_set(err, NP_EUSAGE, "a group has at most %d", NP_GATE_GROUP_MAX);
    }
    ret_group->memory = calloc(count + 1, sizeof(*ret_group->memory));
    return ret_group->memory == NULL
               ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for a group of %zu", count)
               : NP_OK;
}

void judging_end(judging_group *group)
{
    free(group->memory);
    group->memory = NULL;
}

bool judging_wants_record(const np_admission *admission)
{
    return (admission->effects & NP_EFFECT_ADD_CERTIFICATE) != 0;
}

void judging_take_back(const judging_group *group, const size_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        group->ret[places[i]] = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
}

/* Signatures */

typedef struct recalling {
    np_judge judge;
    judging_memory *memory;
} recalling;

static void hash_question(const uint8_t *public_key, const uint8_t *digest,
                          const uint8_t *signature, uint8_t ret[static NP_SHA256_SIZE])
{
    uint8_t all[64 + 32 + 64];
    np_writer writer = np_writer_of(all, sizeof(all));
    np_write_bytes(&writer, np_bytes_of(public_key, 64));
    np_write_bytes(&writer, np_bytes_of(digest, 32));
    np_write_bytes(&writer, np_bytes_of(signature, 64));
    np_sha256(np_writer_bytes(&writer), ret);
}

static np_code recall(void *self, const uint8_t public_key[static 64],
                      const uint8_t digest[static 32], const uint8_t signature[static 64],
                      bool *ret_is_good, np_error *err)
{
    const recalling *on = self;
    judging_memory *memory = on->memory;
    uint8_t asked[NP_SHA256_SIZE];
    hash_question(public_key, digest, signature, asked);
    for (size_t i = 0; i < memory->count && i < SIGNATURES; i++) {
        if (memcmp(memory->signatures[i].asked, asked, sizeof(asked)) == 0) {
            *ret_is_good = memory->signatures[i].is_good;
            return NP_OK;
        }
    }
    NP_TRY(on->judge.verify(on->judge.self, public_key, digest, signature, ret_is_good, err));
    size_t place = memory->count++ % SIGNATURES;
    memcpy(memory->signatures[place].asked, asked, sizeof(asked));
    memory->signatures[place].is_good = *ret_is_good;
    return NP_OK;
}

/* Judging */

/* One who is judged. */
typedef struct case_of {
    recalling judge;
    np_admission_request request;
    admission_decision decision;
} case_of;

static void begin_case(const judging_group *group, const np_admission_store *table, size_t place,
                       case_of *ret)
{
    const np_gate_options *options = group->options;
    ret->judge = (recalling){options->judge, &group->memory[place]};
    ret->request = (np_admission_request){.chain = group->requests[place].chain,
                                          .chain_len = group->requests[place].chain_len,
                                          .store = table,
                                          .policy = options->policy,
                                          .judge = {.verify = recall, .self = &ret->judge},
                                          .now = options->now};
    admission_begin(&ret->request, &group->ret[place], &ret->decision);
}

/* What a leaf that is not on record is going to be asked about, mostly. */
static np_code expect_rest(questions *asked, const case_of *one, np_error *err)
{
    uint8_t sha256[NP_SHA256_SIZE];
    const np_certificate *leaf = one->decision.leaf;
    if (one->request.chain_len > 1) {
        np_sha256(one->request.chain[1], sha256);
        NP_TRY(questions_expect_certificate(asked, sha256, err));
    }
    np_sha256(leaf->spki, sha256);
    NP_TRY(questions_expect_key(asked, sha256, err));
    return questions_expect_authorities(asked, leaf->issuer, err);
}

/* Takes each as far as there are answers; *count of waiting are those that wait for more then. */
static np_code go_on(case_of *cases, size_t *waiting, size_t *count, np_error *err)
{
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        np_code code = admission_go_on(&cases[waiting[i]].decision, err);
        if (code != NP_OK && code != (np_code)QUESTIONS_OPEN) {
            return code;
        }
        if (code != NP_OK) {
            waiting[left++] = waiting[i];
        }
    }
    *count = left;
    return NP_OK;
}

/* The first question is that for the leaf, and the only one when it is on record. */
static np_code decide_all(case_of *cases, size_t count, questions *asked, np_error *err)
{
    size_t waiting[NP_GATE_GROUP_MAX];
    for (size_t i = 0; i < count; i++) {
        waiting[i] = i;
    }
    for (unsigned round = 0; count > 0; round++) {
        NP_TRY(go_on(cases, waiting, &count, err));
        for (size_t i = 0; i < count && round == 1; i++) {
            NP_TRY(expect_rest(asked, &cases[waiting[i]], err));
        }
        NP_TRY(questions_answer(asked, err));
    }
    return NP_OK;
}

static np_code judge_once(np_store *store, const judging_group *group, const size_t *places,
                          size_t count, np_error *err)
{
    NP_CLEANUP(questions_free_at) questions *asked = NULL;
    NP_TRY(questions_create(store, &asked, err));
    const np_admission_store table = questions_table(asked);
    case_of *cases = malloc((count + 1) * sizeof(*cases));
    if (cases == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a group of %zu", count);
    }
    for (size_t i = 0; i < count; i++) {
        begin_case(group, &table, places[i], &cases[i]);
    }
    np_code code = decide_all(cases, count, asked, err);
    free(cases);
    return code;
}

/*
 * A device that another gate records between the question for its key and that for itself looks
 * like one with another key: those are asked about once more.
 */
np_code judging_judge(np_store *store, const judging_group *group, const size_t *places,
                      size_t count, np_error *err)
{
    size_t again[NP_GATE_GROUP_MAX];
    size_t again_count = 0;
    judging_take_back(group, places, count);
    NP_TRY(judge_once(store, group, places, count, err));
    for (size_t i = 0; i < count; i++) {
        if (group->ret[places[i]].reason == NP_REASON_UNEXPECTED_PUBKEY) {
            again[again_count++] = places[i];
        }
    }
    return judge_once(store, group, again, again_count, err);
}
