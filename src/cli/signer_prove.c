/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that proves to a registry who holds the CA's key: it carries a challenge. */
#include "base/format.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/signer_key.h"
#include "signer/issue.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/pem.h"
#include <time.h>

enum { PROOF_DAYS = 1, SECONDS_PER_DAY = 86400, PEM_MAX = 2 * NP_LEAF_MAX, PROOF_MODE = 0644 };

/* One unit, and what became of it. */
typedef struct proving {
    const char *challenge;
    uint8_t public_key[NP_P256_POINT_SIZE];
    bool is_given;
    np_issue_unit *ret;
} proving;

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    proving *prove = self;
    char uri[NP_LEAF_ALT_NAMES_MAX];
    *ret_is_end = prove->is_given;
    if (prove->is_given) {
        return NP_OK;
    }
    prove->is_given = true;
    np_writer subject = np_writer_of(ret->subject, sizeof(ret->subject));
    np_writer names = np_writer_of(ret->alt_names, sizeof(ret->alt_names));
    np_format(uri, sizeof(uri), "urn:nameplate:verify:%s", prove->challenge);
    size_t mark = np_der_open(&subject, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(&subject, np_bytes_text("CN"),
                                   np_bytes_text("proof of ownership"), err));
    np_der_close(&subject, mark);
    NP_TRY(np_leaf_write_uri(&names, np_bytes_text(uri), err));
    ret->subject_len = subject.len;
    ret->alt_names_len = names.len;
    memcpy(ret->public_key, prove->public_key, sizeof(ret->public_key));
    ret->serial_len = 1;
    ret->serial[0] = '1';
    return NP_OK;
}

static np_code take_group(void *self, const np_issue_group *group, np_error *err)
{
    proving *prove = self;
    const np_issue_unit *unit = &group->units[0];
    if (unit->is_refused) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s", unit->reason);
    }
    *prove->ret = *unit;
    return NP_OK;
}

static np_code issue_proof(np_signer *signer, const char *challenge, np_issue_unit *ret,
                           np_error *err)
{
    int64_t now = (int64_t)time(NULL);
    np_leaf_template template;
    proving prove = {.challenge = challenge, .ret = ret};
    const np_certificate *authority = np_signer_certificate(signer);
    const np_validity validity = {.not_before = np_civil_from_seconds(now),
                                  .not_after =
                                      np_civil_from_seconds(now + PROOF_DAYS * SECONDS_PER_DAY)};
    /* the proof's own key plays no part, so it has the CA's */
    memcpy(prove.public_key, authority->point.data, sizeof(prove.public_key));
    NP_TRY(np_leaf_prepare(np_leaf_profile_find("device"), authority, &validity, &template, err));
    const np_issue issue = {.template = &template,
                            .signing = np_signer_signing(signer),
                            .workers = 1,
                            .random = np_random_system(),
                            .source = give_unit,
                            .self = &prove,
                            .group = 1,
                            .parts = {{.confirm = take_group, .self = &prove}},
                            .part_count = 1};
    np_issue_counts counts;
    return np_issue_run(&issue, &counts, err);
}

np_code cli_signer_prove(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    static np_issue_unit unit; /* several kilobytes */
    uint8_t pem[PEM_MAX];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(cli_file_check_free(arguments->out, err));
    NP_TRY(cli_signer_open_authority(arguments, &signer, err));
    NP_TRY(issue_proof(signer, arguments->target, &unit, err));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(unit.der, unit.der_len));
    NP_TRY(np_file_create(arguments->out, PROOF_MODE, np_writer_bytes(&writer), err));
    cli_put_text(output, "proof", "proof", arguments->out);
    return NP_OK;
}
