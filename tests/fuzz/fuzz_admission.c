/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers send before anybody knows them: the headers of a shared secret (four lines), or a
 * chain of certificates (each with two bytes of length before it). Whatever it is, nobody comes in
 * who is not in the registry, which is empty but for one CA.
 */
#include "registry/admission.h"
#include "registry/nh1.h"
#include "x509/verify.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static np_bytes take_line(np_bytes *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->data[len] != '\n') {
        len++;
    }
    np_bytes line = np_bytes_of(rest->data, len);
    size_t step = len < rest->len ? len + 1 : len;
    *rest = np_bytes_of(rest->data + step, rest->len - step);
    return line;
}

static void judge_secret(np_bytes input)
{
    np_nh1 request;
    np_reason reason = NP_REASON_COUNT;
    np_nh1_identifier identifier;
    np_nh1_policy policy = np_nh1_policy_default;
    np_nh1_headers headers = {.alg = take_line(&input), .key = take_line(&input)};
    headers.time = take_line(&input);
    headers.signature = input;
    policy.is_enabled = true;
    policy.iterations_min = 1;
    policy.iterations_max = 100; /* so that the fuzzer is quick */
    if (np_nh1_read(&headers, &policy, &request, &reason)) {
        require(request.key_len <= NP_NH1_KEY_MAX);
        require(!np_nh1_check(&request, &policy, np_bytes_text("unknown"), 1700000000, &identifier,
                              &reason));
    }
    require(!np_reason_at(reason)->is_admitted);
}

static np_code find_nothing(void *self, const uint8_t sha256[static 32], np_known_credential *ret,
                            bool *ret_is_found, np_error *err)
{
    (void)self;
    (void)sha256;
    (void)ret;
    (void)err;
    *ret_is_found = false;
    return NP_OK;
}

static np_code find_no_device(void *self, int64_t org, np_bytes identifier, np_known_device *ret,
                              bool *ret_is_found, np_error *err)
{
    (void)self;
    (void)org;
    (void)ret;
    (void)err;
    require(identifier.len > 0 && identifier.len <= NP_IDENTIFIER_MAX);
    *ret_is_found = false;
    return NP_OK;
}

/* Every CA of the chain itself is registered, so that paths are walked to their end. */
static np_code visit_presented(void *self, np_bytes subject,
                               void (*visit)(void *context, const np_known_authority *authority),
                               void *context, np_error *err)
{
    const np_admission_request *request = self;
    (void)err;
    np_certificate certificate;
    for (size_t i = 1; i < request->chain_len; i++) {
        np_known_authority authority = {.id = 1, .org = 1, .der = request->chain[i]};
        if (np_certificate_parse(authority.der, &certificate, NULL) == NP_OK &&
            np_bytes_equal(certificate.subject, subject)) {
            visit(context, &authority);
        }
    }
    return NP_OK;
}

static void judge_chain(np_bytes input)
{
    np_bytes chain[NP_ADMISSION_CHAIN_MAX];
    np_admission admission;
    np_admission_store store = {.find_certificate = find_nothing,
                                .find_key = find_nothing,
                                .find_device = find_no_device,
                                .visit_authorities = visit_presented};
    np_admission_request request = {
        .chain = chain, .store = &store, .judge = np_judge_libcrypto(), .now = 1796000000};
    np_reader reader = np_reader_of(input);
    store.self = &request;
    while (request.chain_len < NP_ADMISSION_CHAIN_MAX && reader.rest.len > 2) {
        size_t len = np_read_u16_be(&reader);
        chain[request.chain_len++] =
            np_read_bytes(&reader, len < reader.rest.len ? len : reader.rest.len);
    }
    require(np_admission_decide(&request, &admission, NULL) == NP_OK);
    require(!np_reason_at(admission.reason)->is_admitted); /* no CA may create devices */
    require(admission.identifier_len <= NP_IDENTIFIER_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes input = np_bytes_of(data, size);
    judge_secret(input);
    judge_chain(input);
    return 0;
}
