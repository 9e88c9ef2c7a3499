/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about Verify. A 508A can check the signature of a certificate that it has hashed
 * itself, one stored key in it; what it takes for such a certificate answers three questions at
 * once: the one that is accepted tells.
 */
#include "conformance/probe.h"
#include "conformance/spare.h"
#include "crypto/hash.h"
#include "crypto/p256.h"

enum {
    SHA_START = 0,
    SHA_UPDATE = 1,
    SHA_END = 2,
    SHA_PUBLIC = 3,
    VERIFY_VALIDATE_EXTERNAL = 1,
    TAIL = 10, /* bytes of the part block */
    VERIFY_DATA_MAX = 128,
};

static bool verify_open(probe_host *probe, unsigned *ret_answer)
{
    return probe_load_temp_key(probe) &&
           probe_has_message(probe, NP_ATECC_VERIFY_EXTERNAL, ret_answer);
}

/* A certificate: whole blocks, the child's key among them, and the tail. */
typedef struct x509_trial {
    unsigned before; /* blocks before the key */
    unsigned blocks; /* whole ones in all */
    size_t size;     /* of the data of Verify */
} x509_trial;

static bool sha_step(probe_host *probe, uint8_t mode, uint16_t p2, size_t len)
{
    probe_reply reply = probe_call(probe, NP_ATECC_SHA, mode, p2, probe_first(len));
    return probe_succeeded(&reply);
}

static bool add_blocks(probe_host *probe, unsigned count, np_sha256_stream *copy)
{
    for (unsigned i = 0; i < count; i++) {
        np_sha256_add(copy, NP_BYTES(probe_block));
        if (!sha_step(probe, SHA_UPDATE, sizeof(probe_block), sizeof(probe_block))) {
            return false;
        }
    }
    return true;
}

/* The chip hashes, and so does the host. */
static bool hash_trial(probe_host *probe, const x509_trial *trial, uint8_t *ret_digest)
{
    np_sha256_stream copy;
    np_sha256_begin(&copy);
    if (!sha_step(probe, SHA_START, 0, 0) || !add_blocks(probe, trial->before, &copy) ||
        !sha_step(probe, SHA_PUBLIC, SPARE_CHILD, 0)) {
        return false;
    }
    np_sha256_add(&copy, NP_BYTES(spare_child_key));
    if (!add_blocks(probe, trial->blocks - trial->before - 1, &copy) ||
        !sha_step(probe, SHA_END, TAIL, TAIL)) {
        return false;
    }
    np_sha256_add(&copy, probe_first(TAIL));
    np_sha256_end(&copy, ret_digest);
    return true;
}

static bool try_certificate(probe_host *probe, const x509_trial *trial, bool *ret_accepted)
{
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t data[VERIFY_DATA_MAX] = {0};
    NP_CLEANUP(np_p256_free_at) np_p256_key *parent = NULL;
    if (!hash_trial(probe, trial, digest) ||
        !probe_note(probe, np_p256_from_scalar(spare_parent_scalar, &parent, probe->err)) ||
        !probe_note(probe, np_p256_sign(parent, digest, data, probe->err))) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_VERIFY, VERIFY_VALIDATE_EXTERNAL, SPARE_CHILD,
                                   np_bytes_of(data, trial->size));
    probe_sleep(probe);
    *ret_accepted = probe_succeeded(&reply);
    return reply.is_answered;
}

/* Position and length in the configuration stand; blocks are counted one way or another. */
static bool find_certificate(probe_host *probe, x509_trial *ret)
{
    static const size_t sizes[] = {64, 83, 128}; /* those that Verify takes in any mode */
    for (unsigned i = 0; i < 4 * NP_COUNT_OF(sizes); i++) {
        bool is_accepted = false;
        *ret = (x509_trial){.before = SPARE_X509_POSITION - (i & 1),
                            .blocks = SPARE_X509_LENGTH - (i >> 1 & 1),
                            .size = sizes[i / 4]};
        if (!try_certificate(probe, ret, &is_accepted)) {
            return false;
        }
        if (is_accepted) {
            return true;
        }
    }
    return false;
}

static bool external_size(probe_host *probe, unsigned *ret_answer)
{
    x509_trial trial;
    bool is_found = find_certificate(probe, &trial);
    *ret_answer = (unsigned)trial.size;
    return is_found;
}

static bool first_position(probe_host *probe, unsigned *ret_answer)
{
    x509_trial trial;
    bool is_found = find_certificate(probe, &trial);
    *ret_answer = SPARE_X509_POSITION - trial.before;
    return is_found;
}

static bool counts_end(probe_host *probe, unsigned *ret_answer)
{
    x509_trial trial;
    bool is_found = find_certificate(probe, &trial);
    *ret_answer = SPARE_X509_LENGTH - trial.blocks;
    return is_found;
}

#define NO_FORM "the chip accepts no form of certificate that we know"
#define CHILD   "the validity of the key in slot 14"

static const probe_row rows[] = {
    {READING_VERIFY_EXTERNAL_BEFORE_LOCK, PROBE_ANY, PROBE_OPEN, PROBE_HARMLESS, verify_open, NULL,
     NULL},
    {READING_VALIDATE_EXTERNAL_SIZE, PROBE_508A, PROBE_LOCKED, PROBE_SPENDS, external_size, NO_FORM,
     CHILD},
    {READING_X509_POSITION_OF_FIRST, PROBE_508A, PROBE_LOCKED, PROBE_SPENDS, first_position,
     NO_FORM, CHILD},
    {READING_X509_LENGTH_COUNTS_END, PROBE_508A, PROBE_LOCKED, PROBE_SPENDS, counts_end, NO_FORM,
     CHILD},
};

const probe_table probe_x509_table = {rows, NP_COUNT_OF(rows)};
