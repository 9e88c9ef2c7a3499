/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/authorization.h"

#include "base/utf8.h"
#include "cli/record.h"
#include "cli/recording.h"
#include "cli/registry.h"
#include "files/signer_config.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/public_key.h"
#include <stdlib.h>
#include <time.h>

void cli_issue_authorization_close(cli_issue_authorization *authorization)
{
    np_store_free(authorization->store);
    np_authorization_file_clear(&authorization->file);
    free(authorization->units);
}

static int64_t now(void)
{
    return (int64_t)time(NULL);
}

/* Opening */

static np_code check_usage(const cli_arguments *arguments, const np_signer_config *config,
                           np_error *err)
{
    bool is_given = arguments->authorization != NULL;
    if (!is_given && config->authority[0] != '\0') {
        np_error_set(err, NP_EPOLICY, "%s: this signer issues what is authorized and nothing else",
                     config->path);
        return np_error_hint(err, NP_EPOLICY, "--authorization FILE names what allows it");
    }
    if (!is_given && (arguments->authority != NULL || arguments->registry != NULL)) {
        return np_error_set(err, NP_EUSAGE, "--authority and --registry are of an --authorization");
    }
    if (is_given && arguments->station_key == NULL) {
        return np_error_set(err, NP_EUSAGE,
                            "--authorization needs --station-key: it names the stations");
    }
    return NP_OK;
}

/* A key that comes with the authorization proves nothing: it is pinned, or named by the caller. */
static np_code find_authority(const cli_arguments *arguments, const np_signer_config *config,
                              const char **ret, np_error *err)
{
    uint8_t pinned[NP_P256_POINT_SIZE];
    uint8_t given[NP_P256_POINT_SIZE];
    *ret = config->authority[0] != '\0' ? config->authority : arguments->authority;
    if (*ret == NULL) {
        np_error_set(err, NP_EUSAGE, "nothing says whose authorizations count");
        return np_error_hint(err, NP_EUSAGE, "pin the authority in %s, or name it by --authority",
                             config->path);
    }
    if (arguments->authority == NULL || *ret == arguments->authority) {
        return NP_OK;
    }
    NP_TRY(np_key_file_load_public(*ret, pinned, err));
    NP_TRY(np_key_file_load_public(arguments->authority, given, err));
    return memcmp(pinned, given, sizeof(pinned)) == 0
               ? NP_OK
               : np_error_set(err, NP_EPOLICY, "%s pins another authority than %s", config->path,
                              arguments->authority);
}

static np_code identify_station(const cli_arguments *arguments, uint8_t ret[static 32],
                                np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    uint8_t point[NP_P256_POINT_SIZE];
    NP_TRY(np_key_file_load(arguments->station_key, &key, err));
    np_p256_public(key, point);
    np_public_key_digest(point, ret);
    return NP_OK;
}

/* "none" is no registry: a file of that name is ./none. */
static np_code open_registry(const cli_arguments *arguments, const np_signer_config *config,
                             cli_issue_authorization *ret, np_error *err)
{
    cli_arguments chosen = *arguments;
    if (config->registry[0] != '\0') {
        if (arguments->registry != NULL && strcmp(arguments->registry, config->registry) != 0) {
            return np_error_set(err, NP_EPOLICY, "%s pins another registry than %s", config->path,
                                arguments->registry);
        }
        chosen.registry = config->registry;
    }
    if (chosen.registry != NULL && strcmp(chosen.registry, "none") == 0) {
        return NP_OK;
    }
    NP_TRY(cli_registry_open(&chosen, &ret->store, err));
    const np_issuance_terms terms = np_authorization_file_issuance(&ret->file, ret->station);
    NP_TRY(np_issuance_find(ret->store, &terms, &ret->found, err));
    memcpy(ret->head.bytes, ret->found.head, sizeof(ret->head.bytes));
    return NP_OK;
}

np_code cli_issue_authorization_open(const cli_arguments *arguments, cli_issue_authorization *ret,
                                     np_error *err)
{
    np_signer_config config;
    const char *authority;
    NP_TRY(np_signer_config_load(arguments->signer_cert, &config, err));
    NP_TRY(check_usage(arguments, &config, err));
    ret->is_given = arguments->authorization != NULL;
    ret->has_record = arguments->record != NULL;
    ret->profile = arguments->profile;
    if (!ret->is_given) {
        return NP_OK;
    }
    NP_TRY(find_authority(arguments, &config, &authority, err));
    NP_TRY(np_authorization_file_load(arguments->authorization, &ret->file, err));
    NP_TRY(np_authorization_file_verify(&ret->file, arguments->authorization, authority, err));
    NP_TRY(identify_station(arguments, ret->station, err));
    NP_TRY(np_authorization_allows(&ret->file.terms, ret->station, ret->profile, now(), err));
    ret->units = calloc(NP_ISSUE_GROUP_MAX, sizeof(*ret->units));
    if (ret->units == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a group of units");
    }
    return open_registry(arguments, &config, ret, err);
}

/* Beginning */

static void tell_what_nobody_knows(const cli_issue_authorization *on)
{
    if (on->has_record) {
        cli_note("without a registry nobody knows whether the record was rolled back, and what "
                 "other stations issue: the count is that of this record alone");
    } else {
        cli_note("without a registry and a record nobody knows what was issued before: the count "
                 "is that of this run alone");
    }
}

static np_code refuse_rolled_back(const cli_issue_authorization *on, const char *record,
                                  uint64_t units, np_error *err)
{
    if (record == NULL) {
        return np_error_set(err, NP_EPOLICY,
                            "%s knows a record of this station with %zu units: give it by --record",
                            np_store_name(on->store), (size_t)on->found.recorded);
    }
    np_error_set(err, NP_EPOLICY,
                 "%s was rolled back: it has %zu units, and lacks the line that %s knows as its "
                 "last one when it had %zu",
                 record, (size_t)units, np_store_name(on->store), (size_t)on->found.recorded);
    return np_error_hint(err, NP_EPOLICY, "bring the newest copy of the record back");
}

/* Units are counted before they are recorded: a registry never knows fewer. */
static np_code refuse_other_registry(const cli_issue_authorization *on, const char *record,
                                     uint64_t authorized, np_error *err)
{
    np_error_set(err, NP_EPOLICY,
                 "%s has %zu units of this authorization, and %s has counted %zu in all: it was "
                 "rolled back, or is another registry",
                 record, (size_t)authorized, np_store_name(on->store), (size_t)on->found.counted);
    return np_error_hint(err, NP_EPOLICY, "name the registry that has counted them");
}

np_code cli_issue_authorization_begin(cli_issue_authorization *authorization,
                                      const cli_arguments *arguments, const np_journal *journal,
                                      np_error *err)
{
    np_journal_state state = np_journal_look(journal);
    authorization->journal = journal;
    if (!authorization->is_given) {
        return NP_OK;
    }
    authorization->counted = state.authorized;
    if (authorization->store == NULL) {
        tell_what_nobody_knows(authorization);
        return NP_OK;
    }
    if (authorization->found.has_head && !state.has_head) {
        return refuse_rolled_back(authorization, arguments->record, state.units, err);
    }
    if (state.authorized > authorization->found.counted) {
        return refuse_other_registry(authorization, arguments->record, state.authorized, err);
    }
    const np_issuance_terms terms =
        np_authorization_file_issuance(&authorization->file, authorization->station);
    return np_issuance_open(authorization->store, &terms, now(), &authorization->issuance,
                            &authorization->found, err);
}

/* A group */

static void refuse_outside(const cli_issue_authorization *on, np_issue_unit *unit)
{
    const np_authorization *terms = &on->file.terms;
    if (!np_authorization_covers(terms, np_bytes_of(unit->serial, unit->serial_len))) {
        np_issue_refuse(unit, "not authorized: the serials are %.*s to %.*s", (int)terms->first.len,
                        (const char *)terms->first.data, (int)terms->last.len,
                        (const char *)terms->last.data);
    }
}

static bool is_database_text(np_bytes text)
{
    return np_is_utf8(text) && (text.len == 0 || memchr(text.data, '\0', text.len) == NULL);
}

/* False, and refused, when a registry cannot keep it. */
static bool fill_unit(np_issue_unit *unit, np_issuance_unit *ret)
{
    *ret = (np_issuance_unit){.serial = np_bytes_of(unit->serial, unit->serial_len),
                              .is_recorded = unit->is_recorded};
    np_public_key_digest(unit->public_key, ret->key_sha256);
    bool has_name =
        np_name_find(np_bytes_of(unit->subject, unit->subject_len), "CN", &ret->common_name);
    if (!has_name) {
        ret->common_name = (np_bytes){NULL, 0};
    }
    if (!is_database_text(ret->serial) || !is_database_text(ret->common_name)) {
        np_issue_refuse(unit, "serial or common name is no UTF-8 text");
        return false;
    }
    return true;
}

static np_code count_by_registry(cli_issue_authorization *on, np_issue_group *group, np_error *err)
{
    size_t places[NP_ISSUE_GROUP_MAX];
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++) {
        if (!group->units[i].is_refused && fill_unit(&group->units[i], &on->units[count])) {
            places[count++] = i;
        }
    }
    NP_TRY(np_issuance_reserve(&on->issuance, on->units, count, now(), err));
    for (size_t i = 0; i < count; i++) {
        if (on->units[i].is_refused) {
            np_issue_refuse(&group->units[places[i]], "%s", on->units[i].reason);
        }
    }
    return NP_OK;
}

static void count_by_record(cli_issue_authorization *on, np_issue_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        np_issue_unit *unit = &group->units[i];
        if (unit->is_refused || unit->is_recorded) {
            continue;
        }
        if (on->counted < on->file.terms.count) {
            on->counted++;
        } else {
            np_issue_refuse(unit, "limit: the authorization is for %zu units, and all are counted",
                            (size_t)on->file.terms.count);
        }
    }
}

static np_code reserve(void *self, np_issue_group *group, np_error *err)
{
    cli_issue_authorization *on = self;
    if (!on->is_given) {
        return NP_OK;
    }
    /* time passes while a run lasts */
    NP_TRY(np_authorization_allows(&on->file.terms, on->station, on->profile, now(), err));
    for (size_t i = 0; i < group->count; i++) {
        if (!group->units[i].is_refused) {
            refuse_outside(on, &group->units[i]);
        }
    }
    if (on->store != NULL) {
        return count_by_registry(on, group, err);
    }
    count_by_record(on, group);
    return NP_OK;
}

static np_code fill_confirmed(const np_issue_unit *unit, np_issuance_unit *ret, np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(np_bytes_of(unit->der, unit->der_len), &certificate, err));
    *ret = (np_issuance_unit){.serial = np_bytes_of(unit->serial, unit->serial_len),
                              .certificate_serial = certificate.serial};
    return NP_OK;
}

static np_code confirm(void *self, const np_issue_group *group, np_error *err)
{
    cli_issue_authorization *on = self;
    size_t count = 0;
    if (!on->is_given || on->store == NULL) {
        return NP_OK;
    }
    for (size_t i = 0; i < group->count; i++) {
        if (!group->units[i].is_refused) {
            NP_TRY(fill_confirmed(&group->units[i], &on->units[count], err));
            count++;
        }
    }
    np_journal_state state = np_journal_look(on->journal);
    np_issuance_record record = {.units = state.units, .has_head = on->has_record};
    memcpy(record.head, state.head.bytes, sizeof(record.head));
    return np_issuance_confirm(&on->issuance, on->units, count, &record, now(), err);
}

np_issue_part cli_issue_authorization_part(cli_issue_authorization *authorization)
{
    return (np_issue_part){.reserve = reserve, .confirm = confirm, .self = authorization};
}
