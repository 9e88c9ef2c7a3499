/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shifts of a factory whose stations end again and again at any moment (support/plant.h). At the
 * end all units have to be finished, and all that was ever promised has to be true: no certificate
 * is lost, no serial or key is on two parts, no more is made than is authorized, the record
 * verifies. NP_SEED chooses the faults; threads are scheduled as they are, so that a seed gives the
 * same faults and not the same shift.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "nerveskey/verify.h"
#include "support/effort.h"
#include "support/plant.h"
#include "support/stores.h"
#include "support/test.h"
#include "x509/pem.h"
#include "x509/public_key.h"

enum { LINES = 4096, LATER_S = 401 * PLANT_DAY_S /* a clock that is ahead dates ahead */ };

static const plant_kind kinds[] = {
    {.name = "chips", .has_chips = true},
    {.name = "chips that get a label", .has_chips = true, .has_labels = true},
    {.name = "modems", .has_modems = true},
    {.name = "chips with modems", .has_chips = true, .has_modems = true, .has_labels = true},
    {.name = "chips, scanned", .has_chips = true, .is_scanned = true},
    {.name = "modems, scanned and kept",
     .has_modems = true,
     .is_scanned = true,
     .on_conflict = NP_CONFLICT_KEEP},
    {.name = "chips, scanned and replaced",
     .has_chips = true,
     .is_scanned = true,
     .has_labels = true,
     .on_conflict = NP_CONFLICT_REPLACE},
    {.name = "chips at two stations", .has_chips = true, .has_registry = true},
    {.name = "chips, scanned at two stations",
     .has_chips = true,
     .is_scanned = true,
     .has_registry = true,
     .has_labels = true,
     .on_conflict = NP_CONFLICT_KEEP},
    {.name = "modems at two stations", .has_modems = true, .has_registry = true},
    {.name = "modems, scanned and replaced",
     .has_modems = true,
     .is_scanned = true,
     .on_conflict = NP_CONFLICT_REPLACE},
};

/* A unit's line, as the checks need it. */
typedef struct line_seen {
    unsigned site;
    char serial[NP_UNIT_SERIAL_SIZE];
    char uid[NP_LEDGER_UID_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1]; /* empty: no certificate */
    char key[2 * NP_SHA256_SIZE + 1];
    char authorization[2 * NP_AUTHORIZATION_ID_SIZE + 1];
    char finished[NP_TIME_TEXT_SIZE];
    bool has_passed;
} line_seen;

typedef struct shift {
    plant plant;
    uint64_t seed;
    bool is_good;
    unsigned site; /* whose record is read */
    line_seen lines[LINES];
    unsigned line_count;
} shift;

/* Reading */

static void copy_text(const np_record_line *line, const char *name, char *ret, size_t size)
{
    np_bytes text = np_record_line_text(line, name);
    assert_true(text.len < size);
    memcpy(ret, text.data == NULL ? (const uint8_t *)"" : text.data, text.len);
    ret[text.len] = '\0';
}

static np_code see_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    shift *on = self;
    line_seen *seen = &on->lines[on->line_count];
    (void)trailer;
    (void)err;
    if (line->kind != NP_RECORD_UNIT) {
        return NP_OK;
    }
    assert_true(++on->line_count < LINES);
    seen->site = on->site;
    copy_text(line, "serial", seen->serial, sizeof(seen->serial));
    copy_text(line, "uid", seen->uid, sizeof(seen->uid));
    copy_text(line, "cert_sha256", seen->fingerprint, sizeof(seen->fingerprint));
    copy_text(line, "spki_sha256", seen->key, sizeof(seen->key));
    copy_text(line, "authorization_id", seen->authorization, sizeof(seen->authorization));
    copy_text(line, "finished", seen->finished, sizeof(seen->finished));
    seen->has_passed = np_record_line_says(line, "result", np_bytes_text("pass"));
    return NP_OK;
}

static void read_record(shift *on, unsigned site)
{
    station_scene *scene = &on->plant.sites[site].scene;
    np_record_report report = {.recovered = 0};
    bool exists;
    assert_ok(scene->record.open(scene->record.self, &exists, &scene->err), &scene->err);
    const np_record_reading reading = {.storage = &scene->record,
                                       .station_key = scene->station.public_key,
                                       .visit = see_line,
                                       .self = on};
    on->site = site;
    assert_ok(np_record_read(&reading, &report, &scene->err), &scene->err);
}

/* Lines against lines: on->lines is of all stations. */

/* A line without a part is of one that was looked at, and binds nothing. */
static bool is_certified(const line_seen *line)
{
    return line->fingerprint[0] != '\0' && line->uid[0] != '\0';
}

/*
 * A serial belongs to one part once it has a certificate; a key to one part, and has one
 * certificate. A registry gives a key free again that was never locked in and was made anew.
 */
static void check_pair(const line_seen *a, const line_seen *b)
{
    if (a->site != b->site && !(a->has_passed && b->has_passed)) {
        return;
    }
    bool is_one_part = strcmp(a->uid, b->uid) == 0;
    bool is_one_certificate = strcmp(a->fingerprint, b->fingerprint) == 0;
    if (strcmp(a->serial, b->serial) == 0 && !is_one_part) {
        fail_msg("%s has certificates on two parts", a->serial);
    }
    if (strcmp(a->key, b->key) == 0 && !is_one_part) {
        fail_msg("%s has the key of %s", a->uid, b->uid);
    }
    if (strcmp(a->key, b->key) == 0 && !is_one_certificate) {
        fail_msg("%s has two certificates for one key", a->uid);
    }
    if (a->has_passed && b->has_passed && is_one_part &&
        (a->site == b->site || !is_one_certificate)) {
        fail_msg("%s has passed twice", a->serial);
    }
}

static void check_lines(const shift *on)
{
    for (unsigned i = 0; i < on->line_count; i++) {
        for (unsigned k = 0; k < i && is_certified(&on->lines[i]); k++) {
            if (is_certified(&on->lines[k])) {
                check_pair(&on->lines[i], &on->lines[k]);
            }
        }
    }
}

static void check_is_recorded(const shift *on, const char *serial, const char *fingerprint)
{
    for (unsigned i = 0; i < on->line_count; i++) {
        const line_seen *line = &on->lines[i];
        if (line->has_passed && (serial == NULL || strcmp(line->serial, serial) == 0) &&
            strcmp(line->fingerprint, fingerprint) == 0) {
            return;
        }
    }
    fail_msg("the certificate %s of %s is lost", fingerprint, serial == NULL ? "a modem" : serial);
}

static bool is_clone(const plant *on, const char *uid)
{
    for (unsigned i = 0; i < on->unit_count; i++) {
        if (on->units[i].is_clone && strcmp(on->units[i].uid, uid) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Who can read a serial from a label has a part with a certificate, and it is the only one. The key
 * of a modem beside a chip is looked for when the unit is recorded, behind the label.
 */
static void check_labels(const shift *on, const plant_site *site)
{
    for (unsigned i = 0; i < site->label_count; i++) {
        const plant_told *label = &site->labels[i];
        bool is_known = is_clone(&on->plant, label->uid);
        for (unsigned k = 0; k < on->line_count; k++) {
            const line_seen *line = &on->lines[k];
            is_known = is_known || (strcmp(line->serial, label->serial) == 0 &&
                                    strcmp(line->uid, label->uid) == 0 &&
                                    strcmp(line->fingerprint, label->fingerprint) == 0);
        }
        if (!is_known) {
            fail_msg("the label %s is on a part that no record has", label->serial);
        }
    }
}

/* Counting */

static bool is_counted(const line_seen *line)
{
    return strncmp(line->authorization, "42", 2) == 0 && is_certified(line);
}

/* Parts that have a certificate under the first authorization. */
static unsigned count_parts(const shift *on)
{
    unsigned parts = 0;
    for (unsigned i = 0; i < on->line_count; i++) {
        bool is_new = is_counted(&on->lines[i]);
        for (unsigned k = 0; k < i; k++) {
            is_new = is_new && (strcmp(on->lines[k].uid, on->lines[i].uid) != 0 ||
                                !is_counted(&on->lines[k]));
        }
        parts += is_new ? 1 : 0;
    }
    return parts;
}

static unsigned ask_registry(shift *on)
{
    plant_site *site = &on->plant.sites[0];
    np_issuance_found found;
    np_issuance_terms terms = {.id = np_bytes_text("42000000000000000000000000000000")};
    np_store *store = store_open(on->plant.registry);
    assert_ok(np_issuance_find(store, &terms, &found, &site->scene.err), &site->scene.err);
    np_store_free(store);
    return (unsigned)found.counted;
}

static void check_recorded_count(shift *on)
{
    unsigned parts = count_parts(on);
    assert_in_range(parts, 0, PLANT_AUTHORIZED);
    if (on->plant.kind->has_registry) {
        unsigned counted = ask_registry(on);
        assert_in_range(counted, parts, PLANT_AUTHORIZED);
    }
}

static bool is_locked(const np_virtual_chip *chip)
{
    const uint8_t *config = np_virtual_chip_eeprom(chip) + NP_EEPROM_CONFIG;
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_CLOSED;
}

/* By the parts, before more is authorized: what anybody can read a certificate from. */
static void check_count(const plant *on)
{
    unsigned made = 0;
    for (unsigned i = 0; i < on->unit_count; i++) {
        const plant_unit *unit = &on->units[i];
        made += unit->chip != NULL ? is_locked(unit->chip) : unit->has_passed;
    }
    if (on->is_authorized) {
        assert_in_range(made, 0, PLANT_AUTHORIZED);
    }
}

/* When all is well nothing is signed that does not come into the record, and nothing twice. */
static void check_signatures(const shift *on)
{
    unsigned made = 0;
    char since[NP_TIME_TEXT_SIZE];
    np_format_time(PLANT_FINISHED, since);
    for (unsigned i = 0; i < on->line_count; i++) {
        const line_seen *line = &on->lines[i];
        bool is_new = is_certified(line) && strcmp(line->finished, since) == 0;
        for (unsigned k = 0; k < i; k++) {
            is_new = is_new && strcmp(on->lines[k].fingerprint, line->fingerprint) != 0;
        }
        made += is_new ? 1 : 0;
    }
    unsigned parts = on->plant.kind->has_chips && on->plant.kind->has_modems ? 2 : 1;
    assert_in_range(on->plant.finishing_signatures, 0, made + parts * on->plant.refused_clones);
}

/* What the world sees on a part is good, and is what a record has. */

static void check_fingerprint(const shift *on, const char *serial, np_bytes der)
{
    uint8_t digest[NP_SHA256_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1];
    np_sha256(der, digest);
    np_format_hex(NP_BYTES(digest), fingerprint);
    check_is_recorded(on, serial, fingerprint);
}

static bool verify_chip(const plant_site *site, np_virtual_chip *chip, np_verification *ret)
{
    np_virtual_bus bus;
    np_atecc device;
    np_error err;
    np_virtual_bus_init(&bus, 100000, chip);
    np_atecc_init(&device, np_virtual_bus_table(&bus), NP_ATECC_DEFAULT_ADDRESS);
    const np_trust trust = {.signer = np_signer_certificate(site->scene.signer)->der};
    assert_ok(
        np_identity_verify(&device, &trust, SCENE_NOW + LATER_S, np_random_system(), ret, &err),
        &err);
    return ret->is_good && ret->signer_is_trusted;
}

static void check_chip(const shift *on, np_virtual_chip *chip)
{
    np_verification found;
    bool is_good = false;
    for (unsigned i = 0; i < on->plant.site_count && !is_good; i++) {
        is_good = verify_chip(&on->plant.sites[i], chip, &found);
    }
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        if (!is_good && found.verdicts[i] == NP_VERDICT_FAILED) {
            fail_msg("%s: %s", np_check_name((np_check)i), found.notes[i]);
        }
    }
    assert_true(is_good);
    check_fingerprint(on, found.identity.otp.serial.text,
                      np_bytes_of(found.identity.device.bytes, found.identity.device.len));
}

static const np_modem_credential *credential_of(const np_modem_state *modem, unsigned type)
{
    for (size_t i = 0; i < modem->credential_count; i++) {
        const np_modem_credential *one = &modem->credentials[i];
        if (one->tag == SCENE_TAG && one->type == type) {
            return one;
        }
    }
    fail_msg("a modem that has passed lacks a credential of type %u", type);
    return NULL;
}

/* The key that the modem made, and the certificate beside it, are of each other. */
static void check_modem(const shift *on, const np_modem_state *modem)
{
    uint8_t der[NP_LEAF_MAX];
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t certified[NP_P256_POINT_SIZE];
    np_p256_key *key = NULL;
    np_certificate certificate;
    np_error err;
    np_writer writer = np_writer_of(der, sizeof(der));
    const np_modem_credential *written = credential_of(modem, NP_CREDENTIAL_CERTIFICATE);
    (void)credential_of(modem, NP_CREDENTIAL_ROOT_CA);
    assert_ok(
        np_pem_decode(np_bytes_of(written->content, written->len), "CERTIFICATE", &writer, &err),
        &err);
    assert_ok(np_certificate_parse(np_writer_bytes(&writer), &certificate, &err), &err);
    assert_ok(np_p256_from_scalar(credential_of(modem, NP_CREDENTIAL_KEY)->content, &key, &err),
              &err);
    np_p256_public(key, point);
    np_p256_free(key);
    assert_true(np_public_key_decode(certificate.spki, certified));
    assert_memory_equal(certified, point, sizeof(point));
    check_fingerprint(on, NULL, np_writer_bytes(&writer));
}

static void check_unit(const shift *on, const plant_unit *unit)
{
    if (!unit->has_passed) {
        return; /* scrap, or a clone */
    }
    if (unit->chip != NULL) {
        check_chip(on, unit->chip);
    }
    if (unit->modem != NULL) {
        check_modem(on, unit->modem);
    }
}

static void check_all(shift *on)
{
    for (unsigned i = 0; i < on->plant.site_count; i++) {
        read_record(on, i);
    }
    check_lines(on);
    check_recorded_count(on);
    check_signatures(on);
    for (unsigned i = 0; i < on->plant.told_count; i++) {
        check_is_recorded(on, on->plant.told[i].serial, on->plant.told[i].fingerprint);
    }
    for (unsigned i = 0; i < on->plant.unit_count; i++) {
        check_unit(on, &on->plant.units[i]);
    }
    for (unsigned i = 0; i < on->plant.site_count; i++) {
        check_labels(on, &on->plant.sites[i]);
    }
}

/* Shifts */

static void work(shift *on, const plant_kind *kind, uint64_t seed)
{
    char registry[STORE_URI_SIZE] = "";
    on->seed = seed;
    if (kind->has_registry) {
        store_new_uri(registry);
    }
    plant_begin(&on->plant, kind, seed, registry);
    for (unsigned life = 0; life < PLANT_LIVES; life++) {
        plant_live(&on->plant);
    }
    check_count(&on->plant);
    plant_finish(&on->plant);
    check_all(on);
    on->is_good = true;
}

static void end(shift *on)
{
    if (!on->is_good) {
        print_message("# a shift of %s, seed %llu\n", on->plant.kind->name,
                      (unsigned long long)on->seed);
    }
    plant_end(&on->plant);
    free(on);
}

static uint64_t first_seed(void)
{
    const char *text = getenv("NP_SEED");
    return text == NULL ? UINT64_C(88172645463325252) : strtoull(text, NULL, 10);
}

static void a_shift_that_is_cut_again_and_again_is_whole(void **state)
{
    unsigned shifts = effort(110, 10000 / PLANT_LIVES + 1);
    uint64_t seed = first_seed();
    print_message("# %u cuts, NP_SEED=%llu\n", shifts * PLANT_LIVES, (unsigned long long)seed);
    for (unsigned i = 0; i < shifts; i++) {
        shift *on = calloc(1, sizeof(*on));
        assert_non_null(on);
        *state = on;
        work(on, &kinds[i % NP_COUNT_OF(kinds)], seed + i);
        end(on);
        *state = NULL;
    }
}

static int tear_down(void **state)
{
    if (*state != NULL) {
        end(*state);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_shift_that_is_cut_again_and_again_is_whole, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
