/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must outlive a crash while a modem is provisioned: the modem gives the reply to KEYGEN once
 * and never again, and without it its key is worthless. A journal is text, a word and a value a
 * line, for one modem and one security tag; where it lies is the caller's business. It may hold a
 * private key: keep it from others, and wipe it.
 */
#pragma once

#include "base/wipe.h"
#include "modem/modem.h"
#include "x509/leaf.h"

enum {
    NP_NORDIC_ID_MAX = 64, /* a common name (X.520) */
    NP_NORDIC_KEY_PEM_MAX = 512,
    NP_NORDIC_JOURNAL_MAX = 16 * 1024, /* all members at their longest */
};

typedef struct np_nordic_journal {
    char modem[NP_NORDIC_ID_MAX + 1]; /* IMEI, or the device id where the host tells none */
    np_sec_tag tag;
    char id[NP_NORDIC_ID_MAX + 1]; /* the device id that was asked for; empty: the modem's UUID */
    bool is_local;                 /* the key is made here */
    bool has_mode;
    unsigned mode;    /* +CFUN before anything was done; to be restored */
    unsigned touched; /* bit n: credential of type n is being made, written or deleted by us */
    np_modem_token reply;
    bool has_key_digest;
    uint8_t key_digest[NP_MODEM_DIGEST_SIZE]; /* as the modem lists it */
    size_t key_pem_len;
    uint8_t key_pem[NP_NORDIC_KEY_PEM_MAX]; /* secret; of a local key, until all is done */
    size_t certificate_len;
    uint8_t certificate[NP_LEAF_MAX]; /* DER */
    bool is_done;
} np_nordic_journal;

/* For NP_CLEANUP. */
static inline void np_nordic_journal_clear(np_nordic_journal *journal)
{
    np_wipe(journal, sizeof(*journal));
}

void np_nordic_journal_write(const np_nordic_journal *journal, np_writer *writer);

/* NP_EINPUT_FORMAT unless it is whole, as np_nordic_journal_write made it. */
NP_MUST_USE np_code np_nordic_journal_read(np_bytes text, np_nordic_journal *ret, np_error *err);
