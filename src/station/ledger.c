/* SPDX-License-Identifier: Apache-2.0 */
#include "station/ledger.h"

#include "base/format.h"
#include "base/text.h"
#include "base/wipe.h"
#include "station/ledger_internal.h"
#include "x509/certificate.h"
#include <stdlib.h>

void np_ledger_free(np_ledger *ledger)
{
    if (ledger != NULL) {
        np_record_free(ledger->record);
        station_intents_close(&ledger->intents);
        np_index_free(ledger->index);
    }
    free(ledger);
}

const np_record_chain *np_ledger_position(const np_ledger *ledger)
{
    return np_record_position(ledger->record);
}

uint64_t np_ledger_unsigned(const np_ledger *ledger)
{
    return ledger->unsigned_;
}

/* Writing lines */

enum { ATTRIBUTES_MAX = 4 };

/* What a line is made of besides the caller's facts. */
typedef struct line_draft {
    np_record_unit unit;
    np_record_facts facts;
    np_record_pair attributes[ATTRIBUTES_MAX];
    char started[NP_TIME_TEXT_SIZE];
    char finished[NP_TIME_TEXT_SIZE];
    char attempt[24];
} line_draft;

static void add_attribute(line_draft *draft, const char *name, np_bytes value)
{
    if (value.len > 0) {
        draft->attributes[draft->unit.attribute_count++] =
            (np_record_pair){np_bytes_text(name), value};
        draft->unit.attributes = draft->attributes;
    }
}

/* What all lines have. */
static void fill_draft(const np_ledger *ledger, const slot *at, line_draft *draft)
{
    np_record_unit *unit = &draft->unit;
    const np_ledger_options *options = &ledger->options;
    np_format(draft->attempt, sizeof(draft->attempt), "%u", at->view.attempt);
    unit->serial = np_bytes_text(at->serial);
    unit->device_id = unit->device_id.len > 0 ? unit->device_id : unit->serial;
    unit->uid = at->is_claimed ? np_bytes_text(at->uid) : (np_bytes){NULL, 0};
    unit->issuer_id = NP_BYTES(ledger->issuer_id);
    unit->batch = options->batch;
    unit->authorization_id =
        np_bytes_text(at->is_claimed ? at->authorization : ledger->authorization);
    unit->station = options->station_name;
    unit->attempt = np_bytes_text(draft->attempt);
    unit->tool_version = options->tool_version;
}

static np_code add_certificate(const np_ledger *ledger, line_draft *draft, np_bytes der,
                               np_error *err)
{
    if (der.len == 0) {
        draft->unit.issuer_id = (np_bytes){NULL, 0};
        return NP_OK;
    }
    if (!ledger->knows_issuer) {
        draft->unit.chain[0] = ledger->options.issuer;
    }
    return np_record_unit_take_certificate(&draft->unit, der, &draft->facts, err);
}

static np_code append(np_ledger *ledger, const line_draft *draft, np_error *err)
{
    const np_record_unit *unit = &draft->unit;
    uint64_t offset = np_record_bytes(ledger->record);
    line_facts facts = {.serial = unit->serial, .uid = unit->uid};
    facts.has_key = unit->spki_sha256.len == sizeof(facts.key);
    if (facts.has_key) {
        memcpy(facts.key, unit->spki_sha256.data, sizeof(facts.key));
    }
    facts.is_authorized = ledger_is_authorized(ledger, unit->authorization_id, unit->cert.len > 0);
    NP_TRY(np_record_append(ledger->record, unit, err));
    ledger->unsigned_++;
    return ledger_remember(ledger, &facts, offset, err);
}

/* What a crash has left in work. */

/* Units of a file of intents; the slots serve for them until the bays need them. */
static slot *slot_of_uid(np_ledger *ledger, np_bytes uid)
{
    for (unsigned i = 0; i < NP_STATION_BAYS_MAX; i++) {
        if (ledger->slots[i].is_claimed &&
            np_bytes_equal(np_bytes_text(ledger->slots[i].uid), uid)) {
            return &ledger->slots[i];
        }
    }
    return NULL;
}

static slot *free_slot(np_ledger *ledger)
{
    for (unsigned i = 0; i < NP_STATION_BAYS_MAX; i++) {
        if (!ledger->slots[i].is_claimed) {
            return &ledger->slots[i];
        }
    }
    return NULL;
}

/* The bay is kept where an offered serial would be. */
static void take_begin(slot *at, const station_intent *intent)
{
    *at = (slot){.is_claimed = true};
    at->view.attempt = (unsigned)intent->attempt;
    ledger_format(at->serial, sizeof(at->serial), intent->serial);
    ledger_format(at->uid, sizeof(at->uid), intent->uid);
    ledger_format(at->offered, sizeof(at->offered), intent->bay);
    ledger_format(at->authorization, sizeof(at->authorization), intent->authorization);
    char started[NP_TIME_TEXT_SIZE];
    ledger_format(started, sizeof(started), intent->started);
    if (np_parse_time(started, &at->started, NULL) != NP_OK) {
        at->started = 0;
    }
}

static np_code visit_intent(void *self, const station_intent *intent, np_error *err)
{
    np_ledger *ledger = self;
    slot *at = slot_of_uid(ledger, intent->uid);
    if (intent->kind == STATION_INTENT_BEGIN) {
        at = at == NULL ? free_slot(ledger) : at;
        if (at == NULL) {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "more units in work than a station has bays");
        }
        take_begin(at, intent);
    } else if (at != NULL && intent->kind == STATION_INTENT_ISSUE &&
               intent->certificate.len <= sizeof(at->certificate)) {
        at->certificate_len = intent->certificate.len;
        memcpy(at->certificate, intent->certificate.data, intent->certificate.len);
    } else if (at != NULL && intent->kind == STATION_INTENT_LABEL) {
        ledger_format(at->label, sizeof(at->label), intent->label);
    } else if (at != NULL && intent->kind == STATION_INTENT_END) {
        *at = (slot){.is_claimed = false};
    }
    return NP_OK;
}

/* Of two tries in one second, or of a clock that went back, the certificate tells which it is. */
static bool has_certificate_of(const last_line *line, const slot *at)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(np_bytes_of(at->certificate, at->certificate_len), digest);
    return at->certificate_len == 0 ||
           (line->has_certificate && memcmp(line->cert_sha256, digest, sizeof(digest)) == 0);
}

/* The line may be there already: of this run's end, or of an opening that was cut as well. */
static np_code has_line(np_ledger *ledger, const slot *at, bool *ret, np_error *err)
{
    last_line line;
    char started[NP_TIME_TEXT_SIZE];
    NP_TRY(ledger_find_line(ledger, KIND_UID, np_bytes_text(at->uid), &line, err));
    np_format_time(at->started, started);
    *ret = line.is_found && strcmp(line.serial, at->serial) == 0 &&
           strcmp(line.started, started) == 0 && line.attempt == at->view.attempt &&
           has_certificate_of(&line, at);
    return NP_OK;
}

static np_code write_interrupted(np_ledger *ledger, const slot *at, int64_t now,
                                 uint64_t *ret_count, np_error *err)
{
    bool is_there = false;
    line_draft draft = {.attempt = ""};
    NP_TRY(has_line(ledger, at, &is_there, err));
    if (is_there) {
        return NP_OK;
    }
    ++*ret_count;
    fill_draft(ledger, at, &draft);
    np_format_time(at->started, draft.started);
    np_format_time(now, draft.finished);
    draft.unit.started = np_bytes_text(draft.started);
    draft.unit.finished = np_bytes_text(draft.finished);
    draft.unit.bay = np_bytes_text(at->offered);
    draft.unit.result = np_bytes_text("interrupted");
    draft.unit.failure = np_bytes_text(np_code_name(NP_EINTERRUPTED));
    add_attribute(&draft, "label", np_bytes_text(at->label));
    NP_TRY(add_certificate(ledger, &draft, np_bytes_of(at->certificate, at->certificate_len), err));
    return append(ledger, &draft, err);
}

static np_code settle_interrupted(np_ledger *ledger, int64_t now, uint64_t *ret_count,
                                  np_error *err)
{
    for (unsigned i = 0; i < NP_STATION_BAYS_MAX; i++) {
        slot *at = &ledger->slots[i];
        if (at->is_claimed) {
            NP_TRY(write_interrupted(ledger, at, now, ret_count, err));
        }
    }
    NP_TRY(np_ledger_commit(ledger, err));
    memset(ledger->slots, 0, sizeof(ledger->slots));
    return station_intents_clear(&ledger->intents, err);
}

/* Opening */

static np_code open_record(np_ledger *ledger, int64_t now, np_ledger_found *ret, np_error *err)
{
    const np_ledger_options *options = &ledger->options;
    np_record_options record = {
        .storage = options->record,
        .station = options->station,
        .header = {.station = options->station_name, .issuers = {options->issuer}, .created = now},
        .visit = ledger_visit,
        .self = ledger,
    };
    NP_TRY(np_record_open(&record, &ledger->record, &ret->record, err));
    ledger->knows_issuer = ledger->knows_issuer || ret->record.is_new;
    ledger->durable = np_record_bytes(ledger->record);
    return NP_OK;
}

np_code np_ledger_open(const np_ledger_options *options, int64_t now, np_ledger **ret,
                       np_ledger_found *ret_found, np_error *err)
{
    NP_CLEANUP(np_ledger_free_at) np_ledger *ledger = calloc(1, sizeof(*ledger));
    *ret = NULL;
    *ret_found = (np_ledger_found){.interrupted = 0};
    if (ledger == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for what is known of units");
    }
    ledger->options = *options;
    ledger->next = options->first;
    if (options->authorization != NULL) {
        np_format_hex(NP_BYTES(options->authorization->id), ledger->authorization);
    }
    np_sha256(options->issuer, ledger->issuer_id);
    NP_TRY(np_index_create(&np_index_usual, NULL, &ledger->index, err));
    NP_TRY(open_record(ledger, now, ret_found, err));
    NP_TRY(station_intents_open(options->intents, visit_intent, ledger, &ledger->intents, err));
    NP_TRY(settle_interrupted(ledger, now, &ret_found->interrupted, err));
    ret_found->authorized = ledger->authorized;
    ret_found->has_head = ledger->has_head;
    *ret = ledger;
    ledger = NULL;
    return NP_OK;
}

/* Looking */

/* The other bay that has it in work. */
static const slot *other_slot(const np_ledger *ledger, unsigned bay, const char *serial,
                              const char *uid)
{
    for (unsigned i = 0; i < NP_STATION_BAYS_MAX; i++) {
        const slot *at = &ledger->slots[i];
        if (i != bay && at->is_claimed &&
            (strcmp(at->serial, serial) == 0 || strcmp(at->uid, uid) == 0)) {
            return at;
        }
    }
    return NULL;
}

static np_code offer(np_ledger *ledger, slot *at, np_error *err)
{
    const np_serials *serials = ledger->options.serials;
    if (serials->is_scanned) {
        return np_error_set(err, NP_EPOLICY, "no serial was scanned for this unit");
    }
    if (at->offered[0] == '\0' && !np_serials_format(serials, ledger->next++, at->offered)) {
        return np_error_set(err, NP_EPOLICY, "the pattern %s{%u}%s has no serials left",
                            serials->before, serials->digits, serials->after);
    }
    memcpy(at->serial, at->offered, sizeof(at->serial));
    return NP_OK;
}

/* The line that binds a serial to a part: once there was a certificate, for ever. */
static np_code find_owner(np_ledger *ledger, np_bytes serial, last_line *ret, np_error *err)
{
    NP_TRY(ledger_find_line(ledger, KIND_SERIAL_CERTIFIED, serial, ret, err));
    if (ret->is_found) {
        return NP_OK;
    }
    NP_TRY(ledger_find_line(ledger, KIND_SERIAL, serial, ret, err));
    bool is_refused = strcmp(ret->result, np_result_word(NP_RESULT_POLICY)) == 0;
    ret->is_found = ret->is_found && !is_refused;
    return NP_OK;
}

/* Does the part's serial still belong to it, or has the serial moved to another part since? */
static np_code owns_serial(np_ledger *ledger, const last_line *part, bool *ret, np_error *err)
{
    last_line owner;
    NP_TRY(find_owner(ledger, np_bytes_text(part->serial), &owner, err));
    *ret = part->is_found && owner.is_found && strcmp(owner.uid, part->uid) == 0;
    return NP_OK;
}

/*
 * And a part to a serial: the last one, and what is known of its certificate from an earlier one.
 * What the rules have refused before there was a certificate binds nothing, nor does a serial that
 * was begun with and has moved on: then the part is known by its certificate's line.
 */
static np_code find_part(np_ledger *ledger, np_bytes uid, last_line *ret, np_error *err)
{
    last_line certified;
    bool is_own = false;
    NP_TRY(ledger_find_line(ledger, KIND_UID, uid, ret, err));
    NP_TRY(ledger_find_line(ledger, KIND_UID_CERTIFIED, uid, &certified, err));
    bool is_refused = strcmp(ret->result, np_result_word(NP_RESULT_POLICY)) == 0;
    if (ret->has_certificate || !certified.is_found) {
        ret->is_found = ret->is_found && (ret->has_certificate || !is_refused);
        return NP_OK;
    }
    NP_TRY(owns_serial(ledger, ret, &is_own, err));
    if (is_refused || !is_own) {
        *ret = certified;
    } else if (strcmp(certified.serial, ret->serial) == 0) {
        ret->has_certificate = true;
        memcpy(ret->cert_sha256, certified.cert_sha256, sizeof(ret->cert_sha256));
    }
    return NP_OK;
}

static np_code choose_serial(np_ledger *ledger, slot *at, np_bytes scanned, const last_line *part,
                             np_error *err)
{
    bool is_own = false;
    bool keeps = scanned.len == 0 || ledger->options.on_conflict == NP_CONFLICT_KEEP;
    NP_TRY(owns_serial(ledger, part, &is_own, err));
    if (keeps && is_own) {
        memcpy(at->serial, part->serial, sizeof(at->serial));
        return NP_OK;
    }
    if (scanned.len == 0) {
        return offer(ledger, at, err);
    }
    NP_TRY(np_serial_check(scanned, err));
    ledger_format(at->serial, sizeof(at->serial), scanned);
    return NP_OK;
}

static np_unit_memory memory_of(const slot *at, const last_line *part, bool part_owns,
                                const last_line *serial)
{
    bool is_same = part->is_found && strcmp(part->serial, at->serial) == 0;
    bool is_of_other = serial->is_found && strcmp(serial->uid, at->uid) != 0;
    if (ledger_has_passed(part) && part_owns) {
        return is_same ? NP_MEMORY_PASSED : NP_MEMORY_PART_PASSED;
    }
    if (is_of_other) {
        /* a certificate with this serial may have gone out with the other part */
        bool is_taken = ledger_has_passed(serial) || serial->has_certificate;
        return is_taken ? NP_MEMORY_SERIAL_PASSED : NP_MEMORY_SERIAL_BEGUN;
    }
    if (!part->is_found || !part_owns) {
        return NP_MEMORY_NEW;
    }
    return is_same ? NP_MEMORY_BEGUN : NP_MEMORY_PART_BEGUN;
}

static void fill_view(const slot *at, const last_line *part, np_ledger_view *ret)
{
    bool has_failed = part->is_found && strcmp(part->result, "fail") == 0;
    ret->attempt = part->is_found ? (unsigned)part->attempt + (has_failed ? 1 : 0) : 1;
    memcpy(ret->serial, at->serial, sizeof(ret->serial));
    ret->has_certificate = part->has_certificate && strcmp(part->serial, at->serial) == 0;
    memcpy(ret->cert_sha256, part->cert_sha256, sizeof(ret->cert_sha256));
    memcpy(ret->label, part->label, sizeof(ret->label));
}

static np_code remember(np_ledger *ledger, const slot *at, const last_line *part,
                        np_unit_memory *ret, np_error *err)
{
    last_line owner;
    bool part_owns = false;
    NP_TRY(find_owner(ledger, np_bytes_text(at->serial), &owner, err));
    NP_TRY(owns_serial(ledger, part, &part_owns, err));
    *ret = memory_of(at, part, part_owns, &owner);
    return NP_OK;
}

static np_code look_anew(np_ledger *ledger, slot *at, np_bytes serial, np_bytes uid, np_error *err)
{
    last_line part;
    ledger_format(at->uid, sizeof(at->uid), uid);
    NP_TRY(find_part(ledger, uid, &part, err));
    NP_TRY(choose_serial(ledger, at, serial, &part, err));
    NP_TRY(remember(ledger, at, &part, &at->view.memory, err));
    fill_view(at, &part, &at->view);
    at->is_seen = true;
    return NP_OK;
}

np_code np_ledger_look(np_ledger *ledger, unsigned bay, np_bytes serial, np_bytes uid,
                       np_ledger_view *ret, np_error *err)
{
    slot *at = &ledger->slots[bay];
    if (uid.len == 0 || uid.len >= sizeof(at->uid)) {
        return np_error_set(err, NP_EDEVICE_ANSWER, "the part has no name of its own");
    }
    if (at->is_claimed && np_bytes_equal(np_bytes_text(at->uid), uid)) {
        at->view.memory = NP_MEMORY_BEGUN; /* the same unit, once more */
        at->view.has_certificate = at->view.has_certificate || at->certificate_len > 0;
    } else {
        np_ledger_leave(ledger, bay);
        NP_TRY(look_anew(ledger, at, serial, uid, err));
    }
    *ret = at->view;
    const slot *other = other_slot(ledger, bay, at->serial, at->uid);
    bool is_for_ever = ret->memory == NP_MEMORY_SERIAL_PASSED ||
                       ret->memory == NP_MEMORY_PART_PASSED; /* whoever has it in work now */
    if (other != NULL && !is_for_ever) {
        ret->memory =
            strcmp(other->uid, at->uid) == 0 ? NP_MEMORY_PART_BEGUN : NP_MEMORY_SERIAL_BEGUN;
    }
    return NP_OK;
}

/* Claiming */

/* What has its certificate was allowed when it got it, and is to be finished. */
static np_code check_terms(const np_ledger *ledger, const slot *at, int64_t now, np_error *err)
{
    const np_ledger_options *options = &ledger->options;
    const np_authorization *terms = options->authorization;
    if (terms == NULL || at->view.has_certificate) {
        return NP_OK;
    }
    NP_TRY(np_authorization_allows(terms, options->station_digest, options->profile, now, err));
    return np_authorization_covers(terms, np_bytes_text(at->serial))
               ? NP_OK
               : np_error_set(err, NP_EPOLICY, "%s is not authorized: the serials are %.*s to %.*s",
                              at->serial, (int)terms->first.len, (const char *)terms->first.data,
                              (int)terms->last.len, (const char *)terms->last.data);
}

static np_code check_limit(np_ledger *ledger, slot *at, np_error *err)
{
    uint64_t value = 0;
    const np_ledger_options *options = &ledger->options;
    NP_TRY(ledger_find(ledger, KIND_UID, np_bytes_text(at->uid), &value, err));
    if (options->authorization == NULL || !options->counts || (value & IS_COUNTED) != 0) {
        return NP_OK;
    }
    if (ledger->authorized + ledger->claimed >= options->authorization->count) {
        np_error_set(err, NP_EPOLICY,
                     "limit: the authorization is for %zu units, and all are counted",
                     (size_t)options->authorization->count);
        return np_error_hint(err, NP_EPOLICY, "another authorization is for more");
    }
    at->counts = true;
    ledger->claimed++;
    return NP_OK;
}

/* What was decided was decided by what was known then: has another bay had one of them since? */
static np_code check_memory(np_ledger *ledger, const slot *at, np_error *err)
{
    last_line part;
    np_unit_memory now;
    NP_TRY(find_part(ledger, np_bytes_text(at->uid), &part, err));
    NP_TRY(remember(ledger, at, &part, &now, err));
    if (at->is_claimed || now == at->view.memory) {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY, "another bay has had this serial or this part meanwhile");
    return np_error_hint(err, NP_EPOLICY, "put the unit in once more");
}

static np_code check_others(const np_ledger *ledger, unsigned bay, np_error *err)
{
    const slot *at = &ledger->slots[bay];
    const slot *other = other_slot(ledger, bay, at->serial, at->uid);
    return other == NULL
               ? NP_OK
               : np_error_set(err, NP_EPOLICY, "another bay has %s in work",
                              strcmp(other->serial, at->serial) == 0 ? "this serial" : "this part");
}

np_code np_ledger_claim(np_ledger *ledger, unsigned bay, np_bytes bay_name, int64_t now,
                        np_error *err)
{
    slot *at = &ledger->slots[bay];
    char started[NP_TIME_TEXT_SIZE];
    if (!at->is_seen) {
        return np_error_set(err, NP_EUSAGE, "nothing was looked at in this bay");
    }
    NP_TRY(check_others(ledger, bay, err));
    NP_TRY(check_memory(ledger, at, err));
    NP_TRY(check_terms(ledger, at, now, err));
    NP_TRY(check_limit(ledger, at, err));
    at->started = now;
    np_format_time(now, started);
    const station_intent intent = {.kind = STATION_INTENT_BEGIN,
                                   .uid = np_bytes_text(at->uid),
                                   .serial = np_bytes_text(at->serial),
                                   .bay = bay_name,
                                   .started = np_bytes_text(started),
                                   .authorization = np_bytes_text(ledger->authorization),
                                   .attempt = at->view.attempt};
    at->is_claimed = true;
    memcpy(at->authorization, ledger->authorization, sizeof(at->authorization));
    if (strcmp(at->serial, at->offered) == 0) {
        at->offered[0] = '\0';
    }
    ledger->is_ended = false;
    return station_intents_add(&ledger->intents, &intent, err);
}

static np_code key_digest(np_bytes der, uint8_t ret[static NP_SHA256_SIZE], np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(der, &certificate, err));
    np_sha256(certificate.spki, ret);
    return NP_OK;
}

static np_code refuse_key(const char *serial, np_error *err)
{
    return np_error_set(err, NP_EPOLICY, "the unit %s has this public key already", serial);
}

/* Units in other bays that have their certificate, and no line yet. */
static np_code check_key_in_work(const np_ledger *ledger, const slot *at,
                                 const uint8_t key[static NP_SHA256_SIZE], np_error *err)
{
    for (unsigned i = 0; i < NP_STATION_BAYS_MAX; i++) {
        const slot *other = &ledger->slots[i];
        if (other != at && other->certificate_len > 0 &&
            memcmp(other->key, key, sizeof(other->key)) == 0) {
            return refuse_key(other->serial, err);
        }
    }
    return NP_OK;
}

/* Whose key is it? A part that has made a new one after a cut has two, and both are its own. */
static np_code check_key(np_ledger *ledger, const slot *at, np_bytes uid, np_bytes der,
                         uint8_t ret_key[static NP_SHA256_SIZE], np_error *err)
{
    last_line line;
    uint64_t value = 0;
    NP_TRY(key_digest(der, ret_key, err));
    NP_TRY(check_key_in_work(ledger, at, ret_key, err));
    NP_TRY(ledger_find(ledger, KIND_KEY, np_bytes_of(ret_key, NP_SHA256_SIZE), &value, err));
    if (value == 0) {
        return NP_OK;
    }
    NP_TRY(ledger_load_line(ledger, value, &line, err));
    return np_bytes_equal(np_bytes_text(line.uid), uid) ? NP_OK : refuse_key(line.serial, err);
}

np_code np_ledger_issue(np_ledger *ledger, unsigned bay, np_bytes der, np_error *err)
{
    slot *at = &ledger->slots[bay];
    if (!at->is_claimed || der.len == 0 || der.len > sizeof(at->certificate)) {
        return np_error_set(err, NP_EUSAGE, "no unit is in work that this certificate could be of");
    }
    uint8_t key[NP_SHA256_SIZE];
    NP_TRY(check_key(ledger, at, np_bytes_text(at->uid), der, key, err));
    memcpy(at->key, key, sizeof(at->key));
    memcpy(at->certificate, der.data, der.len);
    at->certificate_len = der.len;
    const station_intent intent = {
        .kind = STATION_INTENT_ISSUE, .uid = np_bytes_text(at->uid), .certificate = der};
    ledger->is_ended = false;
    return station_intents_add(&ledger->intents, &intent, err);
}

np_code np_ledger_label(np_ledger *ledger, unsigned bay, np_bytes label, np_error *err)
{
    slot *at = &ledger->slots[bay];
    if (!at->is_claimed || label.len == 0 || label.len >= sizeof(at->label)) {
        return np_error_set(err, NP_EUSAGE, "no unit is in work that this label could be of");
    }
    ledger_format(at->label, sizeof(at->label), label);
    const station_intent intent = {
        .kind = STATION_INTENT_LABEL, .uid = np_bytes_text(at->uid), .label = label};
    ledger->is_ended = false;
    return station_intents_add(&ledger->intents, &intent, err);
}

/* Ending */

void np_ledger_leave(np_ledger *ledger, unsigned bay)
{
    slot *at = &ledger->slots[bay];
    ledger->claimed -= at->counts ? 1 : 0;
    slot left = {.is_seen = false};
    memcpy(left.offered, at->offered, sizeof(left.offered));
    *at = left;
}

/* A certificate that is on the part and was neither made now nor known before is somebody else's.
 */
static np_code check_certificate(const slot *at, np_bytes der, np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes issued = np_bytes_of(at->certificate, at->certificate_len);
    np_sha256(der, digest);
    bool is_known = at->certificate_len > 0
                        ? np_bytes_equal(issued, der)
                        : !at->view.has_certificate ||
                              memcmp(digest, at->view.cert_sha256, sizeof(digest)) == 0;
    return is_known ? NP_OK
                    : np_error_set(err, NP_ECONFLICT_OTHER,
                                   "the part holds another certificate than the one it was given");
}

/* A label that was wrong or is read need not be known any more. */
static void put_end(const np_ledger_end_of *end, const slot *at, line_draft *draft)
{
    np_record_unit *unit = &draft->unit;
    bool has_passed = end->result == NP_RESULT_PASS;
    bool is_at_scan = !has_passed && end->result != NP_RESULT_FAIL;
    np_format_time(at->is_claimed ? at->started : end->started, draft->started);
    np_format_time(end->finished, draft->finished);
    unit->started = np_bytes_text(draft->started);
    unit->finished = np_bytes_text(draft->finished);
    unit->bay = end->bay;
    unit->result = np_bytes_text(np_result_word(end->result));
    unit->failure = has_passed ? (np_bytes){NULL, 0} : np_bytes_text(np_code_name(end->code));
    add_attribute(draft, "board", end->board);
    add_attribute(draft, "label", is_at_scan ? np_bytes_text(at->label) : (np_bytes){NULL, 0});
    add_attribute(draft, "message", has_passed ? (np_bytes){NULL, 0} : end->message);
    add_attribute(draft, "part", at->is_claimed ? (np_bytes){NULL, 0} : np_bytes_text(at->uid));
}

static np_code add_end_intent(np_ledger *ledger, const slot *at, np_error *err)
{
    const station_intent intent = {.kind = STATION_INTENT_END, .uid = np_bytes_text(at->uid)};
    ledger->is_ended = ledger->intents.len == 0 || ledger->is_ended;
    return station_intents_add(&ledger->intents, &intent, err);
}

/* Of a unit that was cut between its two lines the first is there. */
static np_code has_second(np_ledger *ledger, const np_ledger_second *second, bool *ret,
                          np_error *err)
{
    last_line line;
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(second->certificate, digest);
    NP_TRY(ledger_find_line(ledger, KIND_UID_CERTIFIED, second->uid, &line, err));
    *ret = ledger_has_passed(&line) && memcmp(line.cert_sha256, digest, sizeof(digest)) == 0;
    return NP_OK;
}

/* Before the line of the unit, which has passed for ever when that is there. */
static np_code append_second(np_ledger *ledger, const slot *at, const np_ledger_end_of *end,
                             np_error *err)
{
    const np_ledger_second *second = end->second;
    bool is_there = false;
    line_draft draft = {.unit = second->facts};
    NP_TRY(has_second(ledger, second, &is_there, err));
    if (is_there) {
        return NP_OK;
    }
    fill_draft(ledger, at, &draft);
    put_end(end, at, &draft);
    draft.unit.serial = second->facts.device_id;
    draft.unit.uid = second->uid;
    draft.unit.authorization_id = (np_bytes){NULL, 0}; /* one unit is counted once */
    add_attribute(&draft, "unit", np_bytes_text(at->serial));
    NP_TRY(add_certificate(ledger, &draft, second->certificate, err));
    return append(ledger, &draft, err);
}

/* A unit's parts have keys of their own. */
static np_code check_keys(np_ledger *ledger, const slot *at, np_bytes der,
                          const np_ledger_second *second, np_error *err)
{
    uint8_t key[NP_SHA256_SIZE];
    if (at->is_claimed && der.len > 0) {
        NP_TRY(check_key(ledger, at, np_bytes_text(at->uid), der, key, err));
    }
    return second == NULL ? NP_OK
                          : check_key(ledger, at, second->uid, second->certificate, key, err);
}

np_code np_ledger_end(np_ledger *ledger, unsigned bay, const np_ledger_end_of *end, np_error *err)
{
    slot *at = &ledger->slots[bay];
    line_draft draft = {.unit = end->facts};
    np_bytes der = end->certificate;
    if (!at->is_seen) {
        return np_error_set(err, NP_EUSAGE, "nothing was looked at in this bay");
    }
    if (der.len > 0) {
        NP_TRY(check_certificate(at, der, err));
    } else if (at->is_claimed) {
        der = np_bytes_of(at->certificate, at->certificate_len);
    }
    fill_draft(ledger, at, &draft);
    put_end(end, at, &draft);
    NP_TRY(add_certificate(ledger, &draft, der, err));
    NP_TRY(check_keys(ledger, at, der, end->second, err));
    if (end->second != NULL) {
        NP_TRY(append_second(ledger, at, end, err));
    }
    NP_TRY(append(ledger, &draft, err));
    if (at->is_claimed) {
        NP_TRY(add_end_intent(ledger, at, err));
    }
    np_ledger_leave(ledger, bay);
    return NP_OK;
}

/* Making durable */

/*
 * The record first: a unit has not ended before its line is there. An end alone is written when
 * something else is: should it be lost, the line tells.
 */
static np_code commit(np_ledger *ledger, np_error *err)
{
    NP_TRY(np_record_commit(ledger->record, err));
    ledger->durable = np_record_bytes(ledger->record);
    return ledger->is_ended ? NP_OK : station_intents_commit(&ledger->intents, err);
}

/* Who asks later is told as well: what was in memory with it is lost. */
np_code np_ledger_commit(np_ledger *ledger, np_error *err)
{
    if (ledger->broken.code == NP_OK && commit(ledger, &ledger->broken) == NP_OK) {
        return NP_OK;
    }
    if (err != NULL) {
        *err = ledger->broken;
    }
    return ledger->broken.code;
}

np_code np_ledger_seal(np_ledger *ledger, int64_t now, np_error *err)
{
    NP_TRY(np_ledger_commit(ledger, err));
    NP_TRY(np_record_seal(ledger->record, ledger->options.batch, now, err));
    ledger->durable = np_record_bytes(ledger->record);
    ledger->unsigned_ = 0;
    return NP_OK;
}
