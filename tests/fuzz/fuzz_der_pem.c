/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates from strangers, as DER or in PEM: reading stays inside its input, every slice of a
 * certificate lies in its bytes, PEM comes back, and what the storable check lets pass is rebuilt
 * byte for byte from the 72 bytes that it gives.
 */
#include "x509/constraints.h"
#include "x509/der.h"
#include "x509/pem.h"
#include "x509/storable.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_within(np_bytes part, np_bytes whole)
{
    require(part.len == 0 ||
            (part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

static void require_slices(const np_certificate *parsed)
{
    const np_bytes parts[] = {parsed->tbs,      parsed->serial,  parsed->signature_algorithm,
                              parsed->issuer,   parsed->subject, parsed->tbs_algorithm,
                              parsed->spki,     parsed->point,   parsed->extensions,
                              parsed->signature};
    for (size_t i = 0; i < NP_COUNT_OF(parts); i++) {
        require_within(parts[i], parsed->der);
    }
    require(parsed->point.len == 0 || parsed->point.len == 64);
}

static void require_rebuilt(const np_certificate *parsed, const np_storable_report *report)
{
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_profile_values values = {.public_key = parsed->point.data};
    require(np_profile_rebuild(&np_profile_nerveskey_signer, &values, report->compressed, &writer,
                               NULL) == NP_OK);
    require(np_bytes_equal(np_writer_bytes(&writer), parsed->der));
}

static void read_as_certificate(np_bytes der)
{
    np_certificate parsed;
    np_storable_report report;
    np_constraints constraints;
    np_bytes name;
    if (np_certificate_parse(der, &parsed, NULL) != NP_OK) {
        return;
    }
    require_slices(&parsed);
    (void)np_certificate_common_name(parsed.issuer, &name);
    require_within(name, parsed.issuer);
    if (np_constraints_read(&parsed, &constraints, NULL) == NP_OK) {
        require_within(constraints.subject_key_id, parsed.extensions);
        require_within(constraints.authority_key_id, parsed.extensions);
        require_within(constraints.alt_names, parsed.extensions);
    }
    require(np_storable_check(&np_profile_nerveskey_signer, &parsed, &report, NULL) == NP_OK);
    for (size_t i = 0; i < report.count; i++) {
        require(strlen(report.findings[i].text) > 0);
    }
    if (report.count == 0) {
        require_rebuilt(&parsed, &report);
    }
}

static void read_as_pem(np_bytes text)
{
    uint8_t der[NP_CERTIFICATE_MAX];
    uint8_t again[2 * NP_CERTIFICATE_MAX];
    uint8_t back[NP_CERTIFICATE_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    if (np_pem_decode(text, "CERTIFICATE", &writer, NULL) != NP_OK) {
        return;
    }
    np_writer pem = np_writer_of(again, sizeof(again));
    np_writer second = np_writer_of(back, sizeof(back));
    np_pem_encode(&pem, "CERTIFICATE", np_writer_bytes(&writer));
    require(np_pem_decode(np_writer_bytes(&pem), "CERTIFICATE", &second, NULL) == NP_OK);
    require(np_bytes_equal(np_writer_bytes(&writer), np_writer_bytes(&second)));
    read_as_certificate(np_writer_bytes(&writer));
}

static void read_as_elements(np_bytes der)
{
    np_der element;
    np_reader reader = np_reader_of(der);
    while (np_der_next(&reader, &element)) {
        require_within(element.whole, der);
        require_within(element.content, element.whole);
    }
}

static void read_as_signature(np_bytes der)
{
    uint8_t raw[64];
    uint8_t again[80];
    np_writer writer = np_writer_of(again, sizeof(again));
    if (np_der_parse_signature(der, raw)) {
        np_der_write_signature(&writer, raw);
        require(np_bytes_equal(np_writer_bytes(&writer), der));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes input = np_bytes_of(data, size);
    read_as_elements(input);
    read_as_signature(input);
    read_as_certificate(input);
    read_as_pem(input);
    return 0;
}
