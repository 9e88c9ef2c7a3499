/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "base/text.h"
#include "cli/dropin/dropin.h"
#include "signer/authority.h"
#include "x509/public_key.h"
#include <stdio.h>
#include <time.h>

enum { PEM_SIZE = NP_LEAF_MAX * 3 / 2, SECONDS_PER_DAY = 24 * 60 * 60 };

static const dropin_option options[] = {DROPIN_SUBJECT_OPTIONS};

/* "0x" and the serial number in hex without leading zeros, as Python writes numbers. */
static void name_by_serial(const np_certificate *certificate, const char *kind, char *ret,
                           size_t size)
{
    char hex[2 * NP_LEAF_SERIAL_MAX + 3];
    np_format_hex(certificate->serial, hex);
    np_format(ret, size, "0x%s_%s.pem", hex + (hex[0] == '0' ? 1 : 0), kind);
}

static np_code prepare(const dropin_arguments *arguments, char *subject, np_authority_request *ret,
                       np_error *err)
{
    unsigned days = 0;
    int64_t now = (int64_t)time(NULL);
    if (arguments->is_of_2022 && arguments->country == NULL) {
        return np_error_set(err, NP_EUSAGE, "the following arguments are required: -c");
    }
    NP_TRY(dropin_write_subject(arguments, subject, err));
    NP_TRY(dropin_get_days(arguments, &days, err));
    *ret = (np_authority_request){
        .profile = np_authority_profile_find(arguments->is_of_2022 ? "nrf-2022" : "nrf-2026"),
        .subject = subject,
        .validity = {np_civil_from_seconds(now),
                     np_civil_from_seconds(now + (int64_t)days * SECONDS_PER_DAY)}};
    return NP_OK;
}

static np_code store(const dropin_arguments *arguments, const np_signer *signer,
                     const np_p256_key *key, np_error *err)
{
    enum { CERTIFICATE, PRIVATE, PUBLIC, KINDS };
    static const char *const kinds[KINDS] = {"ca", "prv", "pub"};
    const np_certificate *certificate = np_signer_certificate(signer);
    for (int i = 0; i < KINDS; i++) {
        char name[64];
        uint8_t pem[PEM_SIZE];
        np_writer writer = np_writer_of(pem, sizeof(pem));
        name_by_serial(certificate, kinds[i], name, sizeof(name));
        if (i == CERTIFICATE) {
            np_signer_write_certificate_pem(signer, &writer);
        } else if (i == PRIVATE) {
            np_p256_write_pkcs8_pem(key, &writer);
        } else {
            np_public_key_write_pem(certificate->point.data, &writer);
        }
        np_code code = dropin_store(arguments, name, np_writer_bytes(&writer), i == PRIVATE, err);
        np_wipe(pem, sizeof(pem));
        NP_TRY(code);
    }
    return NP_OK;
}

/* Today's defaults are C=NO and CN=example.com; those of 2022 left out what was not given. */
static np_code run(const dropin_arguments *arguments, np_error *err)
{
    char subject[DROPIN_SUBJECT_MAX];
    dropin_arguments filled = *arguments;
    np_authority_request request;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    if (!arguments->is_of_2022) {
        filled.country = filled.country == NULL ? "NO" : filled.country;
        filled.common_name = filled.common_name == NULL ? "example.com" : filled.common_name;
    }
    NP_TRY(prepare(&filled, subject, &request, err));
    NP_TRY(np_p256_generate(&key, err));
    np_signing signing = np_signing_by_key(key);
    NP_TRY(np_authority_create_with(&request, &signing, np_random_system(), &signer, err));
    return store(&filled, signer, key, err);
}

const dropin_program dropin_create_ca_cert = {
    .name = "create_ca_cert",
    .purpose = "Creates a self-signed CA certificate as Nordic's script of this name.",
    .options = options,
    .option_count = NP_COUNT_OF(options),
    .run = run,
};
