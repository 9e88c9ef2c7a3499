/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware archives of fwup: keys, a strict reading, one judge, and signing. An archive is a ZIP
 * file with the signature, meta.conf, and the resources that meta.conf declares (specs of fwup
 * 3.1). This room installs nothing, has no registry and no network; files are opened by its
 * callers.
 *
 * Reading gives facts, the judge (firmware/judge.h) makes a verdict of them. Rule for callers:
 * believe nothing of an archive's facts before the judge has accepted them.
 */
#pragma once

#include "crypto/ed25519.h"
#include "firmware/meta.h"
#include "firmware/zip.h"

typedef struct np_firmware_facts {
    bool is_lenient; /* read as fwup reads */
    bool is_whole;   /* everything was read, not the front alone */
    /* What is wrong with it, ACCEPTED if nothing so far; found in front: before any key counts. */
    np_firmware_reason defect;
    bool is_defect_in_front;
    char detail[NP_FIRMWARE_DETAIL_SIZE];
    bool has_signature;
    uint8_t signature[NP_ED25519_SIGNATURE_SIZE];
    uint8_t text[NP_META_SIZE_MAX + 1]; /* meta.conf as it is signed */
    size_t text_len;
    int64_t created; /* of meta.conf's entry; no signature covers it */
    char uuid[NP_META_UUID_TEXT_SIZE];
    bool is_parsed; /* then: */
    np_meta meta;
    size_t delta_count; /* resources that are deltas */
    /* where reading goes on */
    np_zip zip;
    bool is_seen[NP_META_RESOURCES_MAX];
} np_firmware_facts;

/* All of it, 150 KB; NULL: no memory. */
np_firmware_facts *np_firmware_facts_create(void);
void np_firmware_facts_free_at(np_firmware_facts **facts);

static inline np_bytes np_firmware_text(const np_firmware_facts *facts)
{
    return np_bytes_of(facts->text, facts->text_len);
}

/*
 * Every header, the signature and the text of meta.conf, which is not looked into. A defect is a
 * fact, not an error: those are NP_ESTATION_IO and NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_firmware_read_front(np_firmware_facts *facts,
                                           const np_firmware_source *source, bool is_lenient,
                                           np_error *err);

/* The meaning of meta.conf, which a key should have signed by now. */
NP_MUST_USE np_code np_firmware_read_meta(np_firmware_facts *facts, np_error *err);

/*
 * After these: every resource. delta_source is what deltas were made from, to check what they give;
 * NULL: their instructions alone are checked.
 */
NP_MUST_USE np_code np_firmware_read_resources(np_firmware_facts *facts,
                                               const np_firmware_source *delta_source,
                                               np_error *err);
