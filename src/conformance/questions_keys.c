/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about TempKey, KeyIDs and the running hash. */
#include "conformance/probe.h"
#include "conformance/spare.h"

enum {
    NONCE_ILLEGAL = 0x02,
    NONCE_OF_TEMP_KEY = 0x8000, /* P2 */
    NONCE_INPUT = 20,
    VERIFY_EXTERNAL_BUFFER = 0x22,
    TEMP_KEY_ID = 0xffff,
    GENKEY_DIGEST = 0x08,
    DIG_CONFIG = 0,
    DIG_SLOT = 2,
    DIG_SHARED = 3,
    FIRST_KEY_ID_TOO_HIGH = 16,
    FIRST_TRANSPORT_KEY = 0x8000,
    SHA_START = 0,
    SHA_UPDATE = 1,
    SHA_END = 2,
    SHA_HMAC_START = 4,
};

static bool key_id_16(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_GENKEY, 0, FIRST_KEY_ID_TOO_HIGH, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

static bool key_id_is_masked(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_MAC, 0, FIRST_KEY_ID_TOO_HIGH + SPARE_SECRET, probe_first(32));
    return probe_give_success(&reply, ret_answer);
}

static bool transport_key(probe_host *probe, unsigned *ret_answer)
{
    if (!probe_draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply =
        probe_call(probe, NP_ATECC_GENDIG, DIG_SLOT, FIRST_TRANSPORT_KEY, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

static bool failed_nonce(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_valid = 0;
    if (!probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply reply =
        probe_call(probe, NP_ATECC_NONCE, NONCE_ILLEGAL, 0, probe_first(NONCE_INPUT));
    unsigned is_refused = 0;
    bool is_read = probe_give_refusal(&reply, &is_refused) && is_refused != 0 &&
                   probe_read_state(probe, 1, PROBE_STATE_VALID, &is_valid);
    *ret_answer = !is_valid;
    return is_read;
}

static bool load_digest_buffer(probe_host *probe)
{
    probe_reply reply = probe_call(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_TO_DIGEST_BUFFER, 0,
                                   probe_first(NP_ATECC_BLOCK_SIZE));
    return probe_succeeded(&reply);
}

static bool other_buffer(probe_host *probe, unsigned *ret_answer)
{
    return probe_load_temp_key(probe) && load_digest_buffer(probe) &&
           probe_read_state(probe, 1, PROBE_STATE_VALID, ret_answer);
}

static bool info_and_buffer(probe_host *probe, unsigned *ret_answer)
{
    if (!load_digest_buffer(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_INFO, 0, 0, probe_first(0));
    return probe_succeeded(&reply) && probe_has_message(probe, VERIFY_EXTERNAL_BUFFER, ret_answer);
}

static bool computed_nonce(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_input = 0;
    if (!probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_RANDOM, NONCE_OF_TEMP_KEY,
                                   probe_first(NONCE_INPUT));
    bool is_read = probe_succeeded(&reply) && probe_read_source(probe, &is_input);
    *ret_answer = !is_input;
    return is_read;
}

static bool ephemeral_source(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_GENKEY, NP_ATECC_GENKEY_CREATE, TEMP_KEY_ID, probe_first(0));
    return probe_succeeded(&reply) && probe_read_source(probe, ret_answer);
}

static bool sha_start(probe_host *probe)
{
    probe_reply reply = probe_call(probe, NP_ATECC_SHA, SHA_START, 0, probe_first(0));
    return probe_succeeded(&reply);
}

static probe_reply sha_end(probe_host *probe)
{
    return probe_call(probe, NP_ATECC_SHA, SHA_END, 3, probe_first(3));
}

static bool sha_source(probe_host *probe, unsigned *ret_answer)
{
    if (!sha_start(probe)) {
        return false;
    }
    probe_reply reply = sha_end(probe);
    return probe_succeeded(&reply) && probe_read_source(probe, ret_answer);
}

static bool info_in_sha(probe_host *probe, unsigned *ret_answer)
{
    if (!sha_start(probe)) {
        return false;
    }
    probe_reply info = probe_call(probe, NP_ATECC_INFO, 0, 0, probe_first(0));
    probe_reply reply = sha_end(probe);
    return probe_succeeded(&info) && probe_give_refusal(&reply, ret_answer);
}

static bool failure_in_sha(probe_host *probe, unsigned *ret_answer)
{
    const uint16_t not_the_length = 5;
    unsigned is_refused = 0;
    if (!sha_start(probe)) {
        return false;
    }
    probe_reply wrong = probe_call(probe, NP_ATECC_SHA, SHA_UPDATE, not_the_length, probe_first(4));
    probe_reply reply = sha_end(probe);
    return probe_give_refusal(&wrong, &is_refused) && is_refused != 0 &&
           probe_give_success(&reply, ret_answer);
}

static bool hmac_before_lock(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_SHA, SHA_HMAC_START, SPARE_SECRET, probe_first(0));
    return probe_give_success(&reply, ret_answer);
}

static bool shared_nonce(probe_host *probe, unsigned *ret_answer)
{
    if (!probe_draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply =
        probe_call(probe, NP_ATECC_GENDIG, DIG_SHARED, 0, probe_first(NP_ATECC_BLOCK_SIZE));
    return probe_succeeded(&reply) && probe_read_state(probe, 0, PROBE_STATE_GENDIG, ret_answer);
}

static bool genkey_flag(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_genkey = 0;
    if (!probe_draw_temp_key(probe)) {
        return false;
    }
    probe_reply key = probe_call(probe, NP_ATECC_GENKEY, GENKEY_DIGEST, 0, probe_first(0));
    if (!probe_succeeded(&key) || !probe_read_state(probe, 0, PROBE_STATE_GENKEY, &is_genkey) ||
        is_genkey == 0) {
        return false;
    }
    probe_reply dig = probe_call(probe, NP_ATECC_GENDIG, DIG_CONFIG, 0, probe_first(0));
    return probe_succeeded(&dig) && probe_read_state(probe, 0, PROBE_STATE_GENKEY, ret_answer);
}

static bool gendig_open(probe_host *probe, unsigned *ret_answer)
{
    if (!probe_draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_GENDIG, DIG_CONFIG, 0, probe_first(0));
    return probe_give_success(&reply, ret_answer);
}

#define NO_KEY "slot 0 must hold a key whose public half may be computed"

static const probe_row rows[] = {
    {READING_KEY_ID_ABOVE_15, PROBE_ANY, PROBE_CLOSED, PROBE_HARMLESS, key_id_16, NULL, NULL},
    {READING_KEY_ID_HASHED_IS_MASKED, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, key_id_is_masked, NULL,
     NULL},
    {READING_TRANSPORT_KEY, PROBE_ANY, PROBE_CLOSED, PROBE_HARMLESS, transport_key, NULL, NULL},
    {READING_FAILURE_CLEARS_TEMP_KEY_608, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, failed_nonce,
     NULL, NULL},
    {READING_INFO_KEEPS_DIGEST_BUFFER, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, info_and_buffer,
     NULL, NULL},
    {READING_NONCE_BUFFERS_KEEP_TEMP_KEY, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, other_buffer,
     NULL, NULL},
    {READING_COMPUTED_NONCE_IS_RANDOM_508A, PROBE_508A, PROBE_ALWAYS, PROBE_HARMLESS,
     computed_nonce, NULL, NULL},
    {READING_COMPUTED_NONCE_IS_RANDOM_608, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, computed_nonce,
     NULL, NULL},
    {READING_EPHEMERAL_KEY_SOURCE, PROBE_608, PROBE_CLOSED, PROBE_HARMLESS, ephemeral_source, NULL,
     NULL},
    {READING_SHA_DIGEST_SOURCE, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, sha_source, NULL, NULL},
    {READING_SHA_HMAC_BEFORE_DATA_LOCK, PROBE_ANY, PROBE_CONFIGURED, PROBE_SPENDS, hmac_before_lock,
     NULL, NULL},
    {READING_SHA_FAILURE_KEEPS_CONTEXT_608, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, failure_in_sha,
     NULL, NULL},
    {READING_INFO_ENDS_SHA_508A, PROBE_508A, PROBE_ALWAYS, PROBE_HARMLESS, info_in_sha, NULL, NULL},
    {READING_SHARED_NONCE_IS_GENDIG, PROBE_ANY, PROBE_CLOSED, PROBE_HARMLESS, shared_nonce, NULL,
     NULL},
    {READING_GENDIG_KEEPS_GENKEY_FLAG, PROBE_ANY, PROBE_LOCKED, PROBE_HARMLESS, genkey_flag, NO_KEY,
     NULL},
    {READING_GENDIG_CONFIG_BEFORE_LOCK, PROBE_ANY, PROBE_OPEN, PROBE_HARMLESS, gendig_open, NULL,
     NULL},
};

const probe_table probe_keys_table = {rows, NP_COUNT_OF(rows)};
