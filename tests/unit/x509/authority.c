/* SPDX-License-Identifier: Apache-2.0 */
/* CA certificates by profile: against those of Nordic's tools, byte for byte up to the signature.
 */
#include "x509/authority.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/der.h"
#include "x509/pem.h"

typedef struct nordic_row {
    const char *profile, *certificate, *subject;
    np_validity validity; /* as `openssl x509 -text` shows it */
} nordic_row;

static const nordic_row nordic_rows[] = {
    {"nrf-2022",
     "nrf/certs/ca_2022-04_script.pem",
     "emailAddress=a@nordicsemi.com,C=GE,L=Berlin,ST=BE,O=Nordic Semiconductor,OU=Sales,"
     "CN=nordicsemi.com",
     {{2026, 11, 20, 9, 16, 43}, {2036, 11, 17, 9, 16, 43}}},
    {"nrf-2026",
     "nrf/certs/ca_2026-07_script.pem",
     NULL, /* the tool's defaults are the profile's */
     {{2026, 11, 20, 9, 16, 41}, {2036, 11, 17, 9, 16, 41}}},
};

static np_bytes signed_part(np_bytes der)
{
    np_der whole, tbs;
    np_reader reader = np_reader_of(der);
    assert_true(np_der_take(&reader, NP_DER_SEQUENCE, &whole));
    reader = np_reader_of(whole.content);
    assert_true(np_der_take(&reader, NP_DER_SEQUENCE, &tbs));
    return tbs.whole;
}

static void nordics_authorities_come_out_byte_for_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(nordic_rows); i++) {
        const nordic_row *row = &nordic_rows[i];
        uint8_t der[1024], name[NP_LEAF_NAME_MAX], tbs[NP_LEAF_MAX];
        size_t len = 0;
        np_error err;
        np_certificate certificate;
        uint8_t *text = vector_load(row->certificate, &len);
        np_writer der_writer = np_writer_of(der, sizeof(der));
        np_writer name_writer = np_writer_of(name, sizeof(name));
        np_writer writer = np_writer_of(tbs, sizeof(tbs));
        assert_ok(np_pem_decode(np_bytes_of(text, len), "CERTIFICATE", &der_writer, &err), &err);
        free(text);
        np_bytes wanted = signed_part(np_writer_bytes(&der_writer));
        assert_ok(np_certificate_parse(np_writer_bytes(&der_writer), &certificate, &err), &err);
        const np_authority_profile *profile = np_authority_profile_find(row->profile);
        assert_ok(np_authority_write_name(profile, row->subject, &name_writer, &err), &err);
        assert_true(np_bytes_equal(np_writer_bytes(&name_writer), certificate.subject));
        np_authority_values values = {.serial = certificate.serial,
                                      .name = np_writer_bytes(&name_writer),
                                      .validity = row->validity,
                                      .public_key = certificate.point.data};
        np_authority_write_tbs(profile, &values, &writer);
        assert_int_equal(writer.len, wanted.len);
        assert_memory_equal(tbs, wanted.data, wanted.len);
    }
}

static void names_that_a_profile_does_not_take_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *text;
        np_code code;
    } rows[] = {
        {"device", "", NP_EINPUT_MISSING},
        {"device", "serialNumber=1,CN=a", NP_OK},
        {"nrf-2026", "serialNumber=1,CN=a", NP_EINPUT_MISSING},
        {"nrf-2022", "CN=a,O=b,CN=c", NP_EINPUT_FORMAT},
        {"nrf-2022", "C=DEU", NP_EINPUT_RANGE},
        {"nrf-2022", "CN", NP_EINPUT_FORMAT},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t name[NP_LEAF_NAME_MAX];
        np_writer writer = np_writer_of(name, sizeof(name));
        np_code code = np_authority_write_name(np_authority_profile_find(rows[i].profile),
                                               rows[i].text, &writer, NULL);
        if (code != rows[i].code) {
            fail_msg("%s '%s': %s", rows[i].profile, rows[i].text, np_code_name(code));
        }
    }
}

static void every_profile_of_devices_has_an_authority(void **state)
{
    (void)state;
    for (size_t i = 0; np_leaf_profile_at(i) != NULL; i++) {
        const np_leaf_profile *profile = np_leaf_profile_at(i);
        assert_true((np_authority_profile_find(profile->name) != NULL) ==
                    (profile->stored_as == NULL)); /* those have NervesKey's signers */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nordics_authorities_come_out_byte_for_byte),
        cmocka_unit_test(names_that_a_profile_does_not_take_are_refused),
        cmocka_unit_test(every_profile_of_devices_has_an_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
