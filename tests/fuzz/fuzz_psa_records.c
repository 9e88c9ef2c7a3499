/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what stands in PSA's storage: what is read as a key, a transaction, driver data or a
 * journal is written again as the same bytes, where all of them mean something.
 */
#include "psa/records.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_key(np_bytes bytes)
{
    psa_key key;
    bool is_here = false;
    uint8_t again[PSA_KEY_SIZE];
    if (psa_key_decode(bytes, &key, &is_here, NULL) == NP_OK && is_here) {
        psa_key_encode(&key, again);
        require(np_bytes_equal(bytes, NP_BYTES(again)));
    }
}

static void read_transaction(np_bytes bytes)
{
    psa_transaction transaction;
    psa_transaction same;
    uint8_t again[PSA_TRANSACTION_SIZE];
    if (psa_transaction_decode(bytes, &transaction)) {
        psa_transaction_encode(&transaction, again);
        require(psa_transaction_decode(NP_BYTES(again), &same));
        require(same.slot == transaction.slot && same.key_id == transaction.key_id &&
                same.kind == transaction.kind && same.lifetime == transaction.lifetime);
    }
}

static void read_state(np_bytes bytes)
{
    psa_state state;
    uint8_t again[NP_PSA_STATE_SIZE];
    if (bytes.len == sizeof(again) && !np_bytes_are_all(bytes, 0) &&
        psa_state_decode(bytes.data, &state)) {
        psa_state_encode(&state, again);
        require(np_bytes_equal(bytes, NP_BYTES(again)));
    }
}

static void read_journal(np_bytes bytes)
{
    psa_journal journal;
    uint8_t again[PSA_JOURNAL_SIZE];
    if (psa_journal_decode(bytes, &journal)) {
        psa_journal_encode(&journal, again);
        require(np_bytes_equal(bytes, NP_BYTES(again)));
    }
}

static void read_all(np_bytes bytes)
{
    read_key(bytes);
    read_transaction(bytes);
    read_state(bytes);
    read_journal(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes contents;
    np_bytes bytes = np_bytes_of(data, size);
    if (psa_its_decode(bytes, &contents, NULL) == NP_OK) {
        read_all(contents);
    }
    read_all(bytes);
    return 0;
}
