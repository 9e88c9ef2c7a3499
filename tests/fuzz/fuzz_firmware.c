/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive from a stranger, read strictly and as fwup does. Strictly it is never accepted: the
 * one key is ours. What can be signed with it verifies afterwards.
 */
#include "base/wipe.h"
#include "firmware/judge.h"
#include "firmware/key.h"
#include "firmware/sign.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 20 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* A throw-away test key: the seed is 32 times the letter f. */
static np_firmware_private_key test_key(void)
{
    uint8_t seed[NP_ED25519_SEED_SIZE];
    np_firmware_private_key key;
    memset(seed, 'f', sizeof(seed));
    np_firmware_private_key_make(seed, &key);
    return key;
}

typedef struct memory {
    uint8_t *bytes; /* heap */
    size_t len;
} memory;

static void memory_free(memory *made)
{
    free(made->bytes);
}

static np_code write_memory(void *self, np_bytes bytes, np_error *err)
{
    memory *to = self;
    (void)err;
    require(bytes.len <= ROOM - to->len);
    memcpy(to->bytes + to->len, bytes.data, bytes.len);
    to->len += bytes.len;
    return NP_OK;
}

static np_firmware_reason verify(np_bytes bytes, np_firmware_facts *facts, bool is_lenient)
{
    np_firmware_key key = {0};
    np_firmware_verdict verdict;
    np_error err;
    np_firmware_private_key pair = test_key();
    memcpy(key.bytes, pair.point, sizeof(key.bytes));
    np_firmware_source source = np_firmware_source_of_bytes(&bytes);
    const np_firmware_policy policy = {.keys = &key,
                                       .key_count = is_lenient ? 0 : 1,
                                       .minimum_version = is_lenient ? NULL : "0.0.0-0"};
    const np_firmware_verification what = {
        .source = &source, .delta_source = &source, .policy = &policy, .is_lenient = is_lenient};
    np_code code = np_firmware_verify(&what, facts, &verdict, &err);
    require(code == NP_OK || code == NP_ESTATION_MEMORY);
    return code == NP_OK ? verdict.reason : NP_FIRMWARE_NO_KEYS;
}

static void sign(np_bytes bytes, np_firmware_facts *facts)
{
    np_error err;
    np_firmware_private_key key = test_key();
    np_firmware_source source = np_firmware_source_of_bytes(&bytes);
    const np_firmware_signing signing = {.source = &source, .key = &key};
    NP_CLEANUP(memory_free) memory made = {.bytes = malloc(ROOM)};
    const np_firmware_sink sink = {.write = write_memory, .self = &made};
    require(made.bytes != NULL);
    if (np_firmware_check_signable(&signing, facts, &err) != NP_OK) {
        return;
    }
    require(np_firmware_write_signed(&signing, facts, &sink, &err) == NP_OK);
    np_firmware_reason reason = verify(np_bytes_of(made.bytes, made.len), facts, false);
    /* its version may be none, and its deltas not be of these bytes */
    require(reason == NP_FIRMWARE_ACCEPTED || reason == NP_FIRMWARE_DELTA_CONTENT ||
            np_firmware_reason_kind(reason) == NP_FIRMWARE_KIND_DOWNGRADE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > ROOM / 2) {
        return 0;
    }
    np_bytes bytes = np_bytes_of(data, size);
    NP_CLEANUP(np_firmware_facts_free_at) np_firmware_facts *facts = np_firmware_facts_create();
    require(facts != NULL);
    verify(bytes, facts, false);
    verify(bytes, facts, true);
    sign(bytes, facts);
    return 0;
}
