/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip is used for besides its identity: keys to be authorised, settings, auxiliary
 * certificates, random numbers, Trust&GO parts. openssl and Erlang's bytes say what is right.
 */
#include "bench.h"

static const uint8_t activation_key[NP_VOLATILE_KEY_SIZE] = "correcthorsenai";
static const uint8_t encryption_key[NP_VOLATILE_KEY_SIZE] = "nailhorsecorrec";
static const uint8_t wrong_key[NP_VOLATILE_KEY_SIZE] = {1};

static np_bytes text_of(const char *text)
{
    return (np_bytes){(const uint8_t *)text, strlen(text)};
}

static np_signer *make_signer(void)
{
    np_error err;
    np_signer *signer = NULL;
    assert_ok(np_signer_create(SOME_TIME, 10, &signer, &err), &err);
    return signer;
}

static np_code provision(np_chip *chip, const np_chip_order *order, np_error *err)
{
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_chip_outcome outcome;
    np_chip_plan *plan = NULL;
    np_code code = np_chip_plan_make(chip, order, &plan, err);
    if (code != NP_OK) {
        return code;
    }
    np_chip_plan_hash(plan, consent);
    np_chip_plan_free(plan);
    return np_chip_provision(chip, order, consent, &outcome, err);
}

static np_chip_order volatile_order(np_signer *signer)
{
    return (np_chip_order){
        .signer = signer,
        .now = SOME_TIME,
        .layout = NP_LAYOUT_VOLATILE,
        .activation_key = {activation_key, sizeof(activation_key)},
        .encryption_key = {encryption_key, sizeof(encryption_key)},
    };
}

static np_chip *open_provisioned(const bench *on, np_signer *signer)
{
    np_error err;
    np_chip *chip = open_chip(on);
    np_chip_order order = {.signer = signer, .now = SOME_TIME};
    assert_ok(provision(chip, &order, &err), &err);
    return chip;
}

static np_chip *open_volatile(const bench *on, np_signer *signer)
{
    np_error err;
    np_chip *chip = open_chip(on);
    np_chip_order order = volatile_order(signer);
    assert_ok(provision(chip, &order, &err), &err);
    return chip;
}

static void assert_openssl_takes(const bench *on, const np_identity_der *device,
                                 const uint8_t signature[NP_SIGNATURE_SIZE])
{
    uint8_t der[NP_SIGNATURE_DER_SIZE];
    size_t len = np_signature_to_der(signature, der);
    program_store(&on->room, "sig", (np_bytes){der, len});
    program_store(&on->room, "device.der", (np_bytes){device->bytes, device->len});
    assert_int_equal(program_run(&on->room,
                                 "openssl x509 -inform DER -in device.der -pubkey -noout >pub &&"
                                 " head -c 32 /dev/zero >digest && openssl pkeyutl -verify -pubin"
                                 " -inkey pub -in digest -sigfile sig"),
                     0);
}

static void an_activation_key_authorises_for_one_use(void **state)
{
    const bench *on = *state;
    static const uint8_t digest[NP_DIGEST_SIZE];
    uint8_t signature[NP_SIGNATURE_SIZE];
    np_error err;
    np_chip_facts facts;
    np_chip_certificates certificates;
    np_chip_verdicts seen;
    np_signer *signer = make_signer();
    np_chip *chip = open_volatile(on, signer);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    assert_string_equal(facts.mode, "volatile");
    assert_code(np_chip_sign(chip, digest, signature, &err), NP_EDEVICE_STATUS);
    np_chip_use_activation_key(chip, activation_key);
    assert_ok(np_chip_sign(chip, digest, signature, &err), &err);
    assert_ok(np_chip_read_certificates(chip, &certificates, &err), &err);
    assert_openssl_takes(on, &certificates.device, signature);
    assert_ok(np_chip_verify(chip, signer, SOME_TIME, &seen, &err), &err);
    assert_true(seen.is_good);
    np_chip_use_activation_key(chip, wrong_key);
    assert_code(np_chip_sign(chip, digest, signature, &err), NP_ECONFLICT_OTHER);
    np_chip_use_activation_key(chip, NULL);
    assert_code(np_chip_sign(chip, digest, signature, &err), NP_EDEVICE_STATUS);
    assert_code(np_chip_authorize(chip, wrong_key, &err), NP_ECONFLICT_OTHER);
    assert_ok(np_chip_authorize(chip, activation_key, &err), &err);
    assert_ok(np_chip_sign(chip, digest, signature, &err), &err);
    close_chip(chip);
    np_signer_free(signer);
}

static void keys_and_layout_belong_together(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_plan *plan = NULL;
    np_signer *signer = make_signer();
    np_chip *chip = open_chip(on);
    np_chip_order order = volatile_order(signer);
    order.encryption_key = (np_bytes){0};
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EUSAGE);
    order = volatile_order(signer);
    order.layout = NP_LAYOUT_NERVESKEY;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EUSAGE);
    order.layout = NP_LAYOUT_COUNT;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EUSAGE);
    order = volatile_order(signer);
    order.activation_key.len--;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EINPUT_RANGE);
    close_chip(chip);
    chip = open_volatile(on, signer);
    order = volatile_order(signer);
    order.encryption_key.data = wrong_key;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_ECONFLICT_OTHER);
    assert_non_null(strstr(err.message, "encryption key"));
    assert_null(plan);
    close_chip(chip);
    np_signer_free(signer);
}

static void a_chip_without_that_layout_has_no_activation_key(void **state)
{
    const bench *on = *state;
    static const uint8_t digest[NP_DIGEST_SIZE];
    uint8_t signature[NP_SIGNATURE_SIZE];
    np_error err;
    np_signer *signer = make_signer();
    np_chip *chip = open_provisioned(on, signer);
    np_chip_use_activation_key(chip, activation_key);
    assert_code(np_chip_sign(chip, digest, signature, &err), NP_ECONFLICT_FOREIGN);
    assert_code(np_chip_authorize(chip, activation_key, &err), NP_ECONFLICT_FOREIGN);
    np_chip_use_activation_key(chip, NULL);
    assert_ok(np_chip_sign(chip, digest, signature, &err), &err);
    close_chip(chip);
    np_signer_free(signer);
}

static void settings_come_back_as_they_went_in(void **state)
{
    const bench *on = *state;
    /* what Erlang writes for #{<<"a">> => 1} */
    static const uint8_t term[] = {0x83, 0x74, 0, 0, 0, 1, 0x6d, 0, 0, 0, 1, 'a', 0x61, 1};
    np_error err;
    char text[NP_SETTINGS_TEXT_SIZE];
    np_settings settings;
    np_signer *signer = make_signer();
    np_chip *chip = open_provisioned(on, signer);
    assert_ok(np_chip_settings_get(chip, text, sizeof(text), &err), &err);
    assert_string_equal(text, "{}");
    assert_ok(np_chip_settings_put(chip, text_of("{\"a\": 1}"), &err), &err);
    assert_ok(np_chip_settings_get(chip, text, sizeof(text), &err), &err);
    assert_string_equal(text, "{\"a\":1}");
    assert_ok(np_chip_settings_read(chip, &settings, &err), &err);
    assert_int_equal(settings.capacity, NP_SETTINGS_SIZE);
    assert_memory_equal(settings.bytes, term, sizeof(term));
    assert_int_equal(settings.bytes[sizeof(term)], 0);
    assert_ok(np_chip_settings_get(chip, text, 8, &err), &err);
    assert_code(np_chip_settings_get(chip, text, 7, &err), NP_EINPUT_RANGE);
    assert_ok(np_chip_settings_write(chip, text_of("what it means, nobody knows"), &err), &err);
    assert_code(np_chip_settings_get(chip, text, sizeof(text), &err), NP_EINPUT_FORMAT);
    close_chip(chip);
    np_signer_free(signer);
}

static void settings_that_are_none_change_nothing(void **state)
{
    const bench *on = *state;
    static const uint8_t large[NP_SETTINGS_SIZE + 1];
    np_error err;
    char json[NP_SETTINGS_SIZE + 16];
    np_signer *signer = make_signer();
    np_chip *chip = open_chip(on);
    np_settings settings;
    assert_code(np_chip_settings_put(chip, text_of("{}"), &err), NP_ECONFLICT_OTHER);
    assert_code(np_chip_settings_read(chip, &settings, &err), NP_ECONFLICT_OTHER);
    close_chip(chip);
    chip = open_provisioned(on, signer);
    remember_file(on);
    assert_code(np_chip_settings_put(chip, text_of("[1]"), &err), NP_EINPUT_FORMAT);
    assert_code(np_chip_settings_put(chip, text_of("{\"a\": 1,}"), &err), NP_EINPUT_FORMAT);
    assert_code(np_chip_settings_put(chip, (np_bytes){0}, &err), NP_EINPUT_FORMAT);
    snprintf(json, sizeof(json), "{\"a\": \"%0520d\"}", 0);
    assert_code(np_chip_settings_put(chip, text_of(json), &err), NP_EINPUT_RANGE);
    assert_code(np_chip_settings_write(chip, (np_bytes){large, sizeof(large)}, &err),
                NP_EINPUT_RANGE);
    close_chip(chip);
    np_signer_free(signer);
    assert_file_unchanged(on);
}

static void an_auxiliary_pair_is_written_read_and_cleared(void **state)
{
    const bench *on = *state;
    np_error err;
    np_aux_state look = NP_AUX_PRESENT;
    np_chip_aux aux;
    bool was_done = true;
    np_signer *signer = make_signer();
    np_signer *field = make_signer();
    np_chip *chip = open_provisioned(on, signer);
    assert_ok(np_chip_aux_look(chip, &look, &err), &err);
    assert_int_equal(look, NP_AUX_ABSENT);
    assert_ok(np_chip_aux_provision(chip, field, SOME_TIME, &was_done, &err), &err);
    assert_false(was_done);
    assert_ok(np_chip_aux_provision(chip, field, SOME_TIME, &was_done, &err), &err);
    assert_true(was_done);
    assert_ok(np_chip_aux_read(chip, &aux, &err), &err);
    assert_string_equal(np_aux_state_name(aux.state), "present");
    assert_true(aux.is_good);
    program_store(&on->room, "d.der",
                  (np_bytes){aux.certificates.device.bytes, aux.certificates.device.len});
    program_store(&on->room, "s.der", np_signer_certificate_der(field));
    assert_int_equal(program_run(&on->room, "openssl x509 -inform DER -in d.der -out d.pem &&"
                                            " openssl x509 -inform DER -in s.der -out s.pem &&"
                                            " openssl verify -CAfile s.pem d.pem"),
                     0);
    assert_ok(np_chip_aux_clear(chip, &err), &err);
    assert_ok(np_chip_aux_read(chip, &aux, &err), &err);
    assert_int_equal(aux.state, NP_AUX_ABSENT);
    assert_false(aux.is_good);
    close_chip(chip);
    np_signer_free(field);
    np_signer_free(signer);
}

static void an_auxiliary_pair_needs_a_provisioned_chip_and_a_signers_key(void **state)
{
    const bench *on = *state;
    np_error err;
    char pem[NP_PEM_SIZE];
    np_aux_state look = NP_AUX_PRESENT;
    bool was_done = true;
    np_signer *shown = NULL;
    np_signer *signer = make_signer();
    np_chip *chip = open_chip(on);
    assert_ok(np_chip_aux_look(chip, &look, &err), &err);
    assert_int_equal(look, NP_AUX_UNREADABLE);
    assert_code(np_chip_aux_provision(chip, signer, SOME_TIME, &was_done, &err),
                NP_ECONFLICT_OTHER);
    assert_false(was_done);
    assert_code(np_chip_aux_clear(chip, &err), NP_ECONFLICT_OTHER);
    close_chip(chip);
    chip = open_provisioned(on, signer);
    remember_file(on);
    assert_ok(np_signer_certificate_to_pem(signer, pem, sizeof(pem), &err), &err);
    assert_ok(np_signer_open_certificate(text_of(pem), &shown, &err), &err);
    assert_code(np_chip_aux_provision(chip, shown, SOME_TIME, &was_done, &err), NP_EINPUT_MISSING);
    assert_code(np_chip_aux_provision(chip, signer, SOME_TIME - 86400, &was_done, &err),
                NP_EINPUT_TIME);
    close_chip(chip);
    np_signer_free(shown);
    np_signer_free(signer);
    assert_file_unchanged(on);
}

static void a_damaged_auxiliary_pair_is_a_finding(void **state)
{
    const bench *on = *state;
    enum { SLOT_9_AT = 1448 - 32 - 1208 + 8 * 36 + 416 }; /* digest behind, data before it */
    np_error err;
    np_chip_aux aux;
    bool was_done = true;
    np_signer *signer = make_signer();
    np_chip *chip = open_provisioned(on, signer);
    assert_ok(np_chip_aux_provision(chip, signer, SOME_TIME, &was_done, &err), &err);
    close_chip(chip);
    assert_int_equal(
        program_run(&on->room,
                    "printf '\\377' | dd of=chip.np bs=1 seek=%d conv=notrunc status=none &&"
                    " head -c 1416 chip.np | openssl dgst -sha256 -binary |"
                    " dd of=chip.np bs=1 seek=1416 conv=notrunc status=none",
                    SLOT_9_AT + 71),
        0);
    chip = open_chip(on);
    assert_ok(np_chip_aux_read(chip, &aux, &err), &err);
    assert_int_equal(aux.state, NP_AUX_BROKEN);
    assert_false(aux.is_good);
    assert_non_null(strstr(aux.error.message, "slot 9"));
    assert_ok(np_chip_aux_provision(chip, signer, SOME_TIME, &was_done, &err), &err);
    assert_false(was_done);
    assert_ok(np_chip_aux_read(chip, &aux, &err), &err);
    assert_true(aux.is_good);
    close_chip(chip);
    np_signer_free(signer);
}

static void random_bytes_differ_and_the_factorys_pattern_is_refused(void **state)
{
    const bench *on = *state;
    static const uint8_t zeros[100];
    np_error err;
    uint8_t drawn[2][100] = {{1}, {1}};
    np_signer *signer = make_signer();
    np_chip *chip = open_chip(on);
    assert_code(np_chip_random(chip, drawn[0], sizeof(drawn[0]), &err), NP_EDEVICE_ANSWER);
    assert_memory_equal(drawn[0], zeros, sizeof(zeros));
    close_chip(chip);
    chip = open_provisioned(on, signer);
    assert_ok(np_chip_random(chip, drawn[0], sizeof(drawn[0]), &err), &err);
    assert_ok(np_chip_random(chip, drawn[1], sizeof(drawn[1]), &err), &err);
    assert_memory_not_equal(drawn[0], drawn[1], sizeof(drawn[0]));
    assert_memory_not_equal(drawn[0] + 96, zeros, 4);
    assert_ok(np_chip_random(chip, NULL, 0, &err), &err);
    close_chip(chip);
    np_signer_free(signer);
}

static np_chip *open_part(const bench *on)
{
    np_error err;
    bench other = *on;
    snprintf(other.path, sizeof(other.path), "%s/tng.np", on->room.path);
    snprintf(other.uri, sizeof(other.uri), "virtual:%s", other.path);
    assert_ok(np_virtual_create(other.path, "tngtls", NULL, &err), &err);
    return open_chip(&other);
}

static void a_trust_and_go_part_tells_its_eui48_and_whose_root_it_has(void **state)
{
    const bench *on = *state;
    np_error err;
    char pem[NP_PEM_SIZE];
    np_chip_facts facts;
    np_chip_verdicts seen;
    np_signer *signer = make_signer();
    np_chip *chip = open_part(on);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    assert_string_equal(np_identity_kind_name(facts.kind), "trust-and-go");
    assert_int_equal(strspn(facts.eui48, "0123456789ABCDEF"), NP_EUI48_TEXT_SIZE);
    assert_int_equal(facts.root, NP_ROOT_VIRTUAL);
    assert_int_equal(facts.chip_serial[8], 0x01);
    assert_ok(np_virtual_root_to_pem(pem, sizeof(pem), &err), &err);
    assert_code(np_virtual_root_to_pem(pem, 10, &err), NP_EINPUT_RANGE);
    assert_ok(np_virtual_root_to_pem(pem, sizeof(pem), &err), &err);
    assert_ok(np_chip_trust_root(chip, text_of(pem), &err), &err);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    assert_int_equal(facts.root, NP_ROOT_GIVEN);
    assert_ok(np_chip_verify(chip, NULL, SOME_TIME, &seen, &err), &err);
    assert_int_equal(seen.verdicts[NP_CHECK_SIGNER], NP_VERDICT_PASSED);
    assert_true(seen.signer_is_trusted);
    assert_ok(np_chip_trust_root(chip, np_signer_certificate_der(signer), &err), &err);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    assert_int_equal(facts.root, NP_ROOT_NONE);
    assert_ok(np_chip_verify(chip, NULL, SOME_TIME, &seen, &err), &err);
    assert_int_equal(seen.verdicts[NP_CHECK_SIGNER], NP_VERDICT_FAILED);
    assert_ok(np_chip_trust_root(chip, (np_bytes){0}, &err), &err);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    assert_int_equal(facts.root, NP_ROOT_VIRTUAL);
    close_chip(chip);
    np_signer_free(signer);
}

static void what_is_no_root_is_refused(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip *chip = open_part(on);
    assert_code(np_chip_trust_root(chip, text_of("no root"), &err), NP_EINPUT_MISSING);
    assert_int_equal(program_run(&on->room, "openssl req -x509 -newkey rsa:2048 -nodes -subj"
                                            " /CN=Other -keyout k -out rsa.pem"),
                     0);
    size_t len = 0;
    uint8_t *pem = program_load(&on->room, "rsa.pem", &len);
    assert_code(np_chip_trust_root(chip, (np_bytes){pem, len}, &err), NP_EINPUT_KEY);
    free(pem);
    close_chip(chip);
}

static void a_trust_and_go_part_has_settings_and_no_auxiliary_pair(void **state)
{
    const bench *on = *state;
    np_error err;
    np_settings settings;
    np_chip_aux aux;
    char text[32];
    np_chip *chip = open_part(on);
    assert_ok(np_chip_settings_put(chip, text_of("{\"a\":[]}"), &err), &err);
    assert_ok(np_chip_settings_get(chip, text, sizeof(text), &err), &err);
    assert_string_equal(text, "{\"a\":[]}");
    assert_ok(np_chip_settings_read(chip, &settings, &err), &err);
    assert_int_equal(settings.capacity, 416);
    assert_code(np_chip_settings_write(chip, (np_bytes){settings.bytes, 417}, &err),
                NP_EINPUT_RANGE);
    assert_code(np_chip_aux_read(chip, &aux, &err), NP_ECONFLICT_FOREIGN);
    close_chip(chip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(an_activation_key_authorises_for_one_use),
        ON_BENCH(keys_and_layout_belong_together),
        ON_BENCH(a_chip_without_that_layout_has_no_activation_key),
        ON_BENCH(settings_come_back_as_they_went_in),
        ON_BENCH(settings_that_are_none_change_nothing),
        ON_BENCH(an_auxiliary_pair_is_written_read_and_cleared),
        ON_BENCH(an_auxiliary_pair_needs_a_provisioned_chip_and_a_signers_key),
        ON_BENCH(a_damaged_auxiliary_pair_is_a_finding),
        ON_BENCH(random_bytes_differ_and_the_factorys_pattern_is_refused),
        ON_BENCH(a_trust_and_go_part_tells_its_eui48_and_whose_root_it_has),
        ON_BENCH(what_is_no_root_is_refused),
        ON_BENCH(a_trust_and_go_part_has_settings_and_no_auxiliary_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
