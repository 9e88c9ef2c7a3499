/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pem_text.h"

#include "base/wipe.h"

np_code pem_text_end(const np_writer *writer, char *text, size_t size, np_error *err)
{
    if (writer->len >= size) {
        np_wipe(text, size);
        return np_error_set(err, NP_EINPUT_RANGE, "a PEM text of %zu bytes has no room in %zu",
                            writer->len + 1, size);
    }
    text[writer->len] = '\0';
    return NP_OK;
}
