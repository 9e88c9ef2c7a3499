/* SPDX-License-Identifier: Apache-2.0 */
#include "support/trust_and_go.h"

#include "support/test.h"

typedef struct kit_row {
    const char *name;
    uint8_t *ret;
    size_t size;
} kit_row;

static bool take_row(const kit_row *rows, size_t count, const vector_csv *words)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, words->fields[0]) == 0) {
            vector_hex(words->fields[1], rows[i].ret, rows[i].size);
            return true;
        }
    }
    return false;
}

void kit_load(kit *ret)
{
    const kit_row rows[] = {
        {"serial_number", ret->chip_serial, sizeof(ret->chip_serial)},
        {"slot0_public_key", ret->public_key, sizeof(ret->public_key)},
        {"slot5_first12_mac", ret->eui48, sizeof(ret->eui48)},
        {"slot10_device_cert", ret->device_compressed, sizeof(ret->device_compressed)},
        {"slot11_signer_pubkey_padded", ret->stored_signer_key, sizeof(ret->stored_signer_key)},
        {"slot12_signer_cert", ret->signer_compressed, sizeof(ret->signer_compressed)},
        {"root_ca_002_public_key", ret->root_key, sizeof(ret->root_key)},
    };
    vector_csv words;
    size_t found = 0;
    vector_words_open(&words, "nerveskey/upstream/tng_slots.txt");
    while (vector_words_next(&words)) {
        found += take_row(rows, NP_COUNT_OF(rows), &words);
    }
    vector_csv_close(&words);
    if (found != NP_COUNT_OF(rows)) {
        fprintf(stderr, "tng_slots.txt: %zu of %zu rows\n", found, NP_COUNT_OF(rows));
        exit(1);
    }
    memcpy(ret->signer_key, ret->stored_signer_key + 4, 32);
    memcpy(ret->signer_key + 32, ret->stored_signer_key + 40, 32);
}
