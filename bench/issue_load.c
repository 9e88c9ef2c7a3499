/* SPDX-License-Identifier: Apache-2.0 */
#include "issue_load.h"

#include "x509/der.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 256 /* as the program's */ };

struct bench_load {
    np_leaf_template template;
    unsigned units;
    unsigned next;
    uint64_t bytes; /* of certificates that were taken */
    uint8_t points[][NP_P256_POINT_SIZE];
};

/* "T2-000017", without the formatter of the C library: who names units is not what is measured. */
static void name_unit(unsigned number, np_issue_unit *ret)
{
    static const char name[] = "T2-000000";
    ret->serial_len = sizeof(name) - 1;
    memcpy(ret->serial, name, ret->serial_len);
    for (size_t at = ret->serial_len - 1; number > 0; at--, number /= 10) {
        ret->serial[at] = (uint8_t)('0' + number % 10);
    }
}

static np_code give_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    bench_load *load = self;
    *ret_is_end = load->next == load->units;
    if (*ret_is_end) {
        return NP_OK;
    }
    name_unit(load->next, ret);
    memcpy(ret->public_key, load->points[load->next++], NP_P256_POINT_SIZE);
    np_bytes serial = np_bytes_of(ret->serial, ret->serial_len);
    np_writer writer = np_writer_of(ret->subject, sizeof(ret->subject));
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(&writer, np_bytes_text("serialNumber"), serial, err));
    NP_TRY(np_name_write_attribute(&writer, np_bytes_text("CN"), serial, err));
    np_der_close(&writer, mark);
    ret->subject_len = writer.len;
    return NP_OK;
}

static np_code take_group(void *self, const np_issue_group *group, np_error *err)
{
    (void)err;
    for (size_t i = 0; i < group->count; i++) {
        ((bench_load *)self)->bytes += group->units[i].der_len;
    }
    return NP_OK;
}

static bool fill(bench_load *load, const np_signer *signer)
{
    np_validity validity = {{2026, 1, 1, 0, 0, 0}, np_leaf_no_expiry()};
    for (unsigned i = 0; i < load->units; i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        if (np_p256_generate(&key, NULL) != NP_OK) {
            return false;
        }
        np_p256_public(key, load->points[i]);
    }
    return np_leaf_prepare(np_leaf_profile_find("device"), np_signer_certificate(signer), &validity,
                           &load->template, NULL) == NP_OK;
}

bench_load *bench_load_create(const np_signer *signer, unsigned units)
{
    bench_load *load = calloc(1, sizeof(*load) + (size_t)units * NP_P256_POINT_SIZE);
    if (load == NULL) {
        return NULL;
    }
    load->units = units;
    if (!fill(load, signer)) {
        free(load);
        return NULL;
    }
    return load;
}

void bench_load_free(bench_load *load)
{
    free(load);
}

bool bench_issue(bench_load *load, const np_signing *signing, unsigned workers)
{
    np_issue_counts counts;
    np_issue issue = {.template = &load->template,
                      .signing = signing,
                      .workers = workers,
                      .group = GROUP,
                      .random = np_random_system(),
                      .source = give_unit,
                      .self = load,
                      .parts = {{.confirm = take_group, .self = load}},
                      .part_count = 1};
    load->next = 0;
    return np_issue_run(&issue, &counts, NULL) == NP_OK && counts.issued == load->units;
}
