/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/nh1.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include "crypto/pbkdf2.h"
#include <stdlib.h>

enum {
    SALT_MAX = 256,
    PAYLOAD_MAX = 4 + 5 + NP_IDENTIFIER_MAX + 16,
    TOKEN_MAX = 8 + (4 * PAYLOAD_MAX) / 3 + 64,
    TIME_DIGITS_MAX = 12,
    /* Erlang's external term format */
    ETF_VERSION = 131,
    ETF_SMALL_TUPLE = 104,
    ETF_BINARY = 109,
    ETF_SMALL_BIG = 110,
    ETF_INTEGER = 98,
    MAX_AGE_S = 86400, /* the third member of what is signed; a server asks for less */
};

/* Base64url of "SHA256": by what the token is signed. */
static const char token_start[] = "SFMyNTY.";

const np_nh1_policy np_nh1_policy_default = {
    .is_enabled = false,
    .iterations_min = 1000,
    .iterations_max = 10000,
    .key_min = 16,
    .key_max = NP_NH1_KEY_MAX,
    .window_s = 90,
    .skew_s = 0,
};

typedef struct digest_row {
    const char *name;
    np_digest_kind kind;
} digest_row;

static const digest_row digests[] = {
    {"sha256", NP_DIGEST_SHA256}, {"sha384", NP_DIGEST_SHA384}, {"sha512", NP_DIGEST_SHA512}};

static bool refuse(np_reason *ret_reason, np_reason reason)
{
    *ret_reason = reason;
    return false;
}

/* Takes what stands before the mark, or the rest for 0. */
static np_bytes take_until(np_bytes *rest, uint8_t mark)
{
    size_t len = 0;
    while (len < rest->len && (mark == 0 || rest->data[len] != mark)) {
        len++;
    }
    np_bytes part = np_bytes_of(rest->data, len);
    size_t step = len < rest->len ? len + 1 : len;
    *rest = np_bytes_of(rest->data + step, rest->len - step);
    return part;
}

/* Decimal digits without a leading zero. */
static bool parse_number(np_bytes text, size_t digits_max, uint64_t *ret)
{
    *ret = 0;
    if (text.len == 0 || text.len > digits_max || (text.len > 1 && text.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        *ret = *ret * 10 + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

/* NH1-HMAC-<digest>-<iterations>-<bytes> */
static bool read_algorithm(np_bytes text, np_nh1 *ret)
{
    enum { DIGITS_MAX = 7 };
    uint64_t iterations;
    uint64_t key_len;
    np_bytes rest = text;
    bool is_ours = np_bytes_equal(take_until(&rest, '-'), np_bytes_text("NH1")) &&
                   np_bytes_equal(take_until(&rest, '-'), np_bytes_text("HMAC"));
    np_bytes name = take_until(&rest, '-');
    bool is_good = is_ours && parse_number(take_until(&rest, '-'), DIGITS_MAX, &iterations) &&
                   parse_number(rest, DIGITS_MAX, &key_len);
    for (size_t i = 0; is_good && i < NP_COUNT_OF(digests); i++) {
        if (np_bytes_equal(name, np_bytes_text(digests[i].name))) {
            ret->digest = digests[i].kind;
            ret->iterations = (unsigned)iterations;
            ret->key_len = (unsigned)key_len;
            return true;
        }
    }
    return false;
}

static bool read_key_id(np_bytes text, np_nh1 *ret)
{
    ret->is_product_key = text.len == NP_NH1_KEY_ID_SIZE && memcmp(text.data, "nhp_", 4) == 0;
    bool is_device_key = text.len == NP_NH1_KEY_ID_SIZE && memcmp(text.data, "nhd_", 4) == 0;
    for (size_t i = 4; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return ret->is_product_key || is_device_key;
}

bool np_nh1_read(const np_nh1_headers *headers, const np_nh1_policy *policy, np_nh1 *ret,
                 np_reason *ret_reason)
{
    uint64_t seconds;
    *ret = (np_nh1){.headers = *headers};
    if (!policy->is_enabled) {
        return refuse(ret_reason, NP_REASON_NH1_DISABLED);
    }
    if (!read_algorithm(headers->alg, ret) || !read_key_id(headers->key, ret) ||
        !parse_number(headers->time, TIME_DIGITS_MAX, &seconds) ||
        headers->signature.len > TOKEN_MAX) {
        return refuse(ret_reason, NP_REASON_NH1_MALFORMED);
    }
    if (ret->iterations < policy->iterations_min || ret->iterations > policy->iterations_max ||
        ret->key_len < policy->key_min || ret->key_len > policy->key_max ||
        ret->key_len > NP_NH1_KEY_MAX) {
        return refuse(ret_reason, NP_REASON_NH1_COST);
    }
    return true;
}

static void derive(const np_nh1 *request, np_bytes secret, uint8_t ret[static NP_NH1_KEY_MAX])
{
    uint8_t salt[SALT_MAX];
    const np_bytes lines[] = {np_bytes_text("x-nh-alg="),    request->headers.alg,
                              np_bytes_text("\nx-nh-key="),  request->headers.key,
                              np_bytes_text("\nx-nh-time="), request->headers.time};
    np_writer writer = np_writer_of(salt, sizeof(salt));
    np_write_text(&writer, "NH1:device-socket:shared-secret:connect\n\n");
    for (size_t i = 0; i < NP_COUNT_OF(lines); i++) {
        np_write_bytes(&writer, lines[i]);
    }
    np_write_text(&writer, "\n");
    np_pbkdf2(request->digest, secret, np_writer_bytes(&writer), request->iterations,
              request->key_len, ret);
}

/* A difference shows in no time that can be measured. */
static bool is_equal_in_constant_time(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference |= a[i] ^ b[i];
    }
    return difference == 0;
}

/* SFMyNTY.PAYLOAD.MAC */
static bool check_mac(const np_nh1 *request, np_bytes secret, np_writer *payload)
{
    uint8_t key[NP_NH1_KEY_MAX];
    uint8_t mac[NP_SHA256_SIZE];
    uint8_t sent[NP_SHA256_SIZE];
    np_bytes token = request->headers.signature;
    np_writer writer = np_writer_of(sent, sizeof(sent));
    size_t start = strlen(token_start);
    if (token.len < start || memcmp(token.data, token_start, start) != 0) {
        return false;
    }
    np_bytes rest = np_bytes_of(token.data + start, token.len - start);
    np_bytes body = take_until(&rest, '.');
    if (np_parse_base64url(body, payload, NULL) != NP_OK ||
        np_parse_base64url(rest, &writer, NULL) != NP_OK || writer.len != sizeof(sent)) {
        return false;
    }
    derive(request, secret, key);
    np_bytes signed_text = np_bytes_of(token.data, start + body.len);
    np_hmac_sha256(np_bytes_of(key, request->key_len), &signed_text, 1, mac);
    np_wipe(key, sizeof(key));
    return is_equal_in_constant_time(mac, sent, sizeof(mac));
}

typedef struct payload_facts {
    np_bytes identifier;
    uint64_t milliseconds;
} payload_facts;

/* {identifier, milliseconds, 86400} as Erlang writes it. */
static bool read_payload(np_bytes bytes, payload_facts *ret)
{
    np_reader reader = np_reader_of(bytes);
    bool is_tuple = np_read_u8(&reader) == ETF_VERSION && np_read_u8(&reader) == ETF_SMALL_TUPLE &&
                    np_read_u8(&reader) == 3 && np_read_u8(&reader) == ETF_BINARY;
    ret->identifier = np_read_bytes(&reader, np_read_u32_be(&reader));
    bool is_big = np_read_u8(&reader) == ETF_SMALL_BIG;
    uint8_t len = np_read_u8(&reader);
    bool is_positive = np_read_u8(&reader) == 0;
    np_bytes digits = np_read_bytes(&reader, len);
    ret->milliseconds = 0;
    for (size_t i = digits.len; i > 0 && digits.len <= 7; i--) {
        ret->milliseconds = ret->milliseconds << 8 | digits.data[i - 1];
    }
    return is_tuple && is_big && is_positive && len > 0 && len <= 7 &&
           np_read_u8(&reader) == ETF_INTEGER && np_read_u32_be(&reader) == MAX_AGE_S &&
           np_reader_is_done(&reader) && ret->identifier.len > 0 &&
           ret->identifier.len <= NP_IDENTIFIER_MAX && np_is_utf8(ret->identifier);
}

bool np_nh1_check(const np_nh1 *request, const np_nh1_policy *policy, np_bytes secret, int64_t now,
                  np_nh1_identifier *ret, np_reason *ret_reason)
{
    uint8_t payload[PAYLOAD_MAX];
    payload_facts facts;
    np_writer writer = np_writer_of(payload, sizeof(payload));
    ret->len = 0;
    if (!check_mac(request, secret, &writer)) {
        return refuse(ret_reason, NP_REASON_NH1_BAD_SIGNATURE);
    }
    if (!read_payload(np_writer_bytes(&writer), &facts)) {
        return refuse(ret_reason, NP_REASON_NH1_MALFORMED);
    }
    int64_t age_ms = now * 1000 - (int64_t)facts.milliseconds;
    if (age_ms > (int64_t)policy->window_s * 1000 || age_ms < -(int64_t)policy->skew_s * 1000) {
        return refuse(ret_reason, NP_REASON_NH1_TIME);
    }
    memcpy(ret->bytes, facts.identifier.data, facts.identifier.len);
    ret->len = facts.identifier.len;
    return true;
}

/* Two halves of a window each: what is older than both cannot come again. */
typedef struct seen_half {
    int64_t since;
    size_t count;
    uint8_t hashes[2 * NP_NH1_SEEN_MAX][8]; /* open addressing; all zero: free */
} seen_half;

struct np_nh1_memory {
    seen_half halves[2];
    unsigned now; /* the half that is being filled */
};

np_nh1_memory *np_nh1_memory_create(void)
{
    return calloc(1, sizeof(np_nh1_memory));
}

void np_nh1_memory_free(np_nh1_memory *memory)
{
    free(memory);
}

/* The place of the hash, or where it would go. */
static uint8_t *find_seen(seen_half *half, const uint8_t hash[static 8])
{
    static const uint8_t none[8] = {0};
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        at = at << 8 | hash[i];
    }
    for (;; at++) {
        uint8_t *place = half->hashes[at % NP_COUNT_OF(half->hashes)];
        if (memcmp(place, hash, sizeof(none)) == 0 || memcmp(place, none, sizeof(none)) == 0) {
            return place;
        }
    }
}

/* A half lasts as long as a request can be valid, so that two cover every one that still is. */
static void turn(np_nh1_memory *memory, const np_nh1_policy *policy, int64_t now)
{
    int64_t lasts = (int64_t)policy->window_s + policy->skew_s + 1;
    if (now - memory->halves[memory->now].since < lasts) {
        return;
    }
    memory->now ^= 1;
    memset(&memory->halves[memory->now], 0, sizeof(seen_half));
    memory->halves[memory->now].since = now;
}

bool np_nh1_seen(np_nh1_memory *memory, np_bytes signature, const np_nh1_policy *policy,
                 int64_t now)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(signature, digest);
    digest[7] |= 1; /* never all zero */
    turn(memory, policy, now);
    seen_half *half = &memory->halves[memory->now];
    bool is_in_old = memcmp(find_seen(&memory->halves[memory->now ^ 1], digest), digest, 8) == 0;
    uint8_t *place = find_seen(half, digest);
    if (is_in_old || memcmp(place, digest, 8) == 0 || half->count >= NP_NH1_SEEN_MAX) {
        return true;
    }
    memcpy(place, digest, 8);
    half->count++;
    return false;
}
