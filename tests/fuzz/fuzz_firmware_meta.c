/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.conf from a stranger. What the strict reading takes, the lenient one takes as well, with the
 * same fields: two readers never see two firmwares.
 */
#include "firmware/meta.h"
#include "firmware/version.h"

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
    static np_meta strict;
    static np_meta lenient;
    np_error err;
    np_bytes text = np_bytes_of(data, size);
    np_code code = np_meta_parse(text, false, &strict, &err);
    np_code lenient_code = np_meta_parse(text, true, &lenient, &err);
    if (code != NP_OK) {
        return 0;
    }
    require(lenient_code == NP_OK && strict.resource_count == lenient.resource_count);
    for (unsigned i = 0; i < NP_META_FIELD_COUNT; i++) {
        require(np_bytes_equal(strict.fields[i], lenient.fields[i]));
        if (np_version_is_valid(strict.fields[i])) {
            require(np_version_compare(strict.fields[i], lenient.fields[i]) == 0);
        }
    }
    for (size_t i = 0; i < strict.resource_count; i++) {
        const np_meta_resource *resource = &strict.resources[i];
        require(np_bytes_equal(resource->name, lenient.resources[i].name));
        require(resource->length == lenient.resources[i].length && resource->has_hash);
    }
    return 0;
}
