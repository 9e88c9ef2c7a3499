/* SPDX-License-Identifier: Apache-2.0 */
/* `registry ca`: the CAs whose devices come in. */
#include "base/format.h"
#include "base/text.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "crypto/hash.h"
#include "gateway/view.h"
#include "registry/enrolment.h"
#include <stdlib.h>
#include <time.h>

enum { JITP_TEXT_MAX = 512 };

np_code cli_registry_ca_challenge(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char until[NP_TIME_TEXT_SIZE];
    np_challenge challenge;
    cli_certificate authority;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_certificate_load(arguments->target, &authority, err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    const np_challenge_request request = {.org = np_bytes_text(arguments->org),
                                          .authority = cli_certificate_der(&authority),
                                          .random = np_random_system(),
                                          .now = (int64_t)time(NULL)};
    NP_TRY(np_challenge_give(store, &request, &challenge, err));
    np_format_time(challenge.expires_at, until);
    cli_put_line(output, "challenge", challenge.token);
    cli_put_json(output, "expires_at", cli_json_text(until));
    if (!output->is_json) {
        cli_note("good once, until %s: nameplate signer prove CHALLENGE makes the proof", until);
    }
    return NP_OK;
}

/* Texts of --jitp, taken apart in a copy. */
typedef struct jitp_texts {
    char text[JITP_TEXT_MAX];
    const char *product;
    const char *description;
    char tags[JITP_TEXT_MAX]; /* JSON */
    uint64_t limit;
} jitp_texts;

static np_code take_tags(char *value, jitp_texts *ret, np_error *err)
{
    char *at = NULL;
    json_t *list = json_array();
    for (char *tag = strtok_r(value, "+", &at); tag != NULL; tag = strtok_r(NULL, "+", &at)) {
        (void)json_array_append_new(list, json_string(tag));
    }
    size_t len = json_dumpb(list, ret->tags, sizeof(ret->tags) - 1, JSON_COMPACT);
    json_decref(list);
    if (len >= sizeof(ret->tags)) {
        return np_error_set(err, NP_EINPUT_RANGE, "--jitp: the tags are too long");
    }
    ret->tags[len] = '\0';
    return NP_OK;
}

static np_code take_limit(const char *value, jitp_texts *ret, np_error *err)
{
    char *end = NULL;
    ret->limit = strtoull(value, &end, 10);
    return *value >= '0' && *value <= '9' && *end == '\0' && ret->limit > 0 &&
                   ret->limit <= INT64_MAX
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "--jitp: limit is a number of devices");
}

static np_code take_member(char *member, jitp_texts *ret, np_error *err)
{
    char *value = strchr(member, '=');
    if (value != NULL) {
        *value++ = '\0';
        if (strcmp(member, "product") == 0) {
            ret->product = value;
            return NP_OK;
        }
        if (strcmp(member, "description") == 0) {
            ret->description = value;
            return NP_OK;
        }
        if (strcmp(member, "tags") == 0) {
            return take_tags(value, ret, err);
        }
        if (strcmp(member, "limit") == 0) {
            return take_limit(value, ret, err);
        }
    }
    np_error_set(err, NP_EUSAGE, "--jitp has no part '%s'", member);
    return np_error_hint(err, NP_EUSAGE, "product=NAME,tags=A+B,description=TEXT,limit=N");
}

static np_code parse_jitp(const char *text, jitp_texts *ret, np_error *err)
{
    char *at = NULL;
    if (strlen(text) >= sizeof(ret->text)) {
        return np_error_set(err, NP_EINPUT_RANGE, "--jitp is too long");
    }
    np_format(ret->text, sizeof(ret->text), "%s", text);
    for (char *part = strtok_r(ret->text, ",", &at); part != NULL;
         part = strtok_r(NULL, ",", &at)) {
        NP_TRY(take_member(part, ret, err));
    }
    return ret->product != NULL && ret->product[0] != '\0'
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "--jitp needs product=NAME");
}

static np_code parse_source(const char *text, np_identifier_source *ret, np_error *err)
{
    *ret = NP_IDENTIFIER_COMMON_NAME;
    return text == NULL || np_identifier_source_parse(np_bytes_text(text), ret)
               ? NP_OK
               : np_error_set(err, NP_EUSAGE,
                              "--identifier is cn, serial-number, dns or uri, not '%s'", text);
}

static np_code parse_pin(const char *text, np_pin *ret, np_error *err)
{
    *ret = text != NULL && strcmp(text, "issuer") == 0 ? NP_PIN_ISSUER : NP_PIN_LEAF;
    return text == NULL || *ret == NP_PIN_ISSUER || strcmp(text, "leaf") == 0
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "--pin is leaf or issuer, not '%s'", text);
}

static np_code check_vouching(const cli_arguments *arguments, np_error *err)
{
    if ((arguments->proof == NULL) == arguments->trusted) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "give --proof FILE, or --trusted");
    return np_error_hint(err, NP_EUSAGE,
                         "--trusted: you vouch yourself that the CA is this organisation's");
}

np_code cli_registry_ca_add(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    jitp_texts jitp = {.tags = "[]"};
    bool is_expired = false;
    cli_certificate certificate;
    cli_certificate proof = {0};
    cli_actor actor;
    np_authority authority = {.org = np_bytes_text(arguments->org),
                              .checks_expiry = arguments->check_expiry};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(check_vouching(arguments, err));
    NP_TRY(cli_certificate_load(arguments->target, &certificate, err));
    authority.der = cli_certificate_der(&certificate);
    NP_TRY(parse_source(arguments->identifier, &authority.source, err));
    NP_TRY(parse_pin(arguments->pin, &authority.pin, err));
    if (arguments->jitp != NULL) {
        NP_TRY(parse_jitp(arguments->jitp, &jitp, err));
        authority.product = np_bytes_text(jitp.product);
        authority.tags = np_bytes_text(jitp.tags);
        authority.create_limit = jitp.limit;
    }
    authority.description = np_bytes_text(jitp.description == NULL ? "" : jitp.description);
    if (arguments->proof != NULL) {
        NP_TRY(cli_certificate_load(arguments->proof, &proof, err));
    }
    NP_TRY(cli_registry_open(arguments, &store, err));
    cli_actor_init(&actor);
    const np_shown_proof shown = {cli_certificate_der(&proof), arguments->proof};
    np_code code = np_authority_check(authority.der, actor.actor.now, &is_expired, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->target);
    }
    NP_TRY(np_authority_register(store, &authority, &shown, &actor.actor, &is_expired, err));
    cli_put_text(output, "org", "organisation", arguments->org);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", authority.der);
    if (is_expired) {
        cli_note(authority.checks_expiry ? "this CA has expired, so that nobody new comes in by it"
                                         : "this CA has expired; its devices come in all the same");
    }
    return NP_OK;
}

/* All of them, or the one whose fingerprint begins so. */
typedef struct listing {
    cli_output *output;
    const char *prefix; /* lower-case hex; empty: all */
    bool is_whole;      /* show everything about it */
    size_t count;
    uint8_t sha256[NP_SHA256_SIZE]; /* of the last one */
    json_t *list;
} listing;

static np_code list_one(void *self, const np_authority *authority, np_error *err)
{
    listing *list = self;
    np_certificate certificate;
    np_bytes name;
    char hex[2 * NP_SHA256_SIZE + 1];
    char not_after[CLI_CIVIL_SIZE];
    np_format_hex(NP_BYTES(authority->sha256), hex);
    if (strncmp(hex, list->prefix, strlen(list->prefix)) != 0) {
        return NP_OK;
    }
    list->count++;
    memcpy(list->sha256, authority->sha256, sizeof(list->sha256));
    NP_TRY(np_certificate_parse(authority->der, &certificate, err));
    if (list->list != NULL) {
        json_t *one = np_authority_view(authority);
        return json_array_append_new(list->list, one) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_format_civil(&certificate.validity.not_after, not_after);
    name = (np_bytes){NULL, 0};
    (void)np_certificate_common_name(certificate.subject, &name);
    cli_print(list->output, "%s  %.*s  until %s  %.*s%s%.*s", hex, (int)authority->org.len,
              (const char *)authority->org.data, not_after, (int)name.len, (const char *)name.data,
              authority->product.len > 0 ? "  creates " : "", (int)authority->product.len,
              (const char *)authority->product.data);
    return NP_OK;
}

static np_code list_all(const cli_arguments *arguments, np_store *store, listing *list,
                        np_error *err)
{
    np_bytes org = np_bytes_text(arguments->org == NULL ? "" : arguments->org);
    return np_authority_each(store, org, list_one, list, err);
}

np_code cli_registry_ca_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output, .prefix = ""};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = list_all(arguments, store, &list, err);
    cli_put_json(output, "authorities", list.list);
    return code;
}

/* Lower case, so that what other programs print can be pasted. Colons are left out. */
static np_code normalize(const char *text, char *ret, size_t size, np_error *err)
{
    enum { PREFIX_MIN = 8 };
    size_t len = 0;
    for (; *text != '\0' && len + 1 < size; text++) {
        if (*text != ':') {
            ret[len++] = (char)(*text >= 'A' && *text <= 'F' ? *text - 'A' + 'a' : *text);
        }
    }
    ret[len] = '\0';
    bool is_hex = *text == '\0' && len >= PREFIX_MIN && strspn(ret, "0123456789abcdef") == len;
    return is_hex ? NP_OK
                  : np_error_set(err, NP_EUSAGE,
                                 "name the CA by its fingerprint: %d hex digits or more of its "
                                 "SHA-256",
                                 PREFIX_MIN);
}

/* Exactly one has this fingerprint. */
static np_code find_one(const cli_arguments *arguments, np_store *store, listing *list,
                        np_error *err)
{
    NP_TRY(list_all(arguments, store, list, err));
    if (list->count == 1) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_MISSING,
                 list->count == 0 ? "no CA has this fingerprint"
                                  : "several CAs have a fingerprint that begins so");
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry ca list shows them");
}

np_code cli_registry_ca_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char prefix[2 * NP_SHA256_SIZE + 1];
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output, .prefix = prefix};
    NP_TRY(normalize(arguments->target, prefix, sizeof(prefix), err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = json_array();
    np_code code = find_one(arguments, store, &list, err);
    if (code == NP_OK) {
        cli_put_data(output, "authority", json_incref(json_array_get(list.list, 0)));
    }
    json_decref(list.list);
    return code;
}

np_code cli_registry_ca_remove(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char prefix[2 * NP_SHA256_SIZE + 1];
    cli_actor actor;
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output, .prefix = prefix};
    NP_TRY(normalize(arguments->target, prefix, sizeof(prefix), err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = json_array();
    np_code code = find_one(arguments, store, &list, err);
    json_decref(list.list);
    NP_TRY(code);
    cli_actor_init(&actor);
    NP_TRY(
        np_authority_remove(store, np_bytes_text(arguments->org), list.sha256, &actor.actor, err));
    cli_put_hex(output, "removed", "removed", NP_BYTES(list.sha256));
    return NP_OK;
}
