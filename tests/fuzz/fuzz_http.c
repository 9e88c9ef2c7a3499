/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request: slices lie within it, a longer input changes nothing of what was read, and
 * a shorter one is incomplete or refused.
 */
#include "gateway/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_http_request request;
    np_http_request again;
    np_http_verdict verdict = np_http_read(np_bytes_of(data, size), &request);
    if (verdict == NP_HTTP_BAD) {
        require(request.status >= 400);
    }
    if (verdict == NP_HTTP_REQUEST) {
        require(request.len <= size && request.len <= NP_HTTP_HEAD_MAX);
        require(request.method.len > 0 && request.path.len > 0);
        require(request.path.data + request.path.len <= data + request.len);
        require(np_http_read(np_bytes_of(data, request.len), &again) == NP_HTTP_REQUEST);
        require(np_http_read(np_bytes_of(data, request.len - 1), &again) == NP_HTTP_INCOMPLETE);
    }
    return 0;
}
