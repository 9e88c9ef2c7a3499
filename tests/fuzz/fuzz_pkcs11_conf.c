/* SPDX-License-Identifier: Apache-2.0 */
/* The module's configuration file: every text is taken or refused, and what is taken has its form.
 */
#include "pkcs11/config.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    config settings;
    np_error err;
    config_init(&settings);
    np_code code = config_parse(np_bytes_of(data, size), &settings, &err);
    bool is_good = settings.chip_count <= CONFIG_CHIPS_MAX &&
                   settings.lock_wait_ms <= CONFIG_LOCK_WAIT_MAX &&
                   memchr(settings.log, '\0', sizeof(settings.log)) != NULL;
    for (size_t i = 0; i < settings.chip_count && code == NP_OK; i++) {
        is_good = is_good && settings.chips[i].uri[0] != '\0';
    }
    if (!is_good) {
        abort();
    }
    config_clear(&settings);
    return 0;
}
