/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/admission.h"

#include "base/format.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "registry/decision.h"
#include "registry/leaf.h"
#include "x509/describe.h"
#include "x509/name.h"

static const char *const source_names[NP_IDENTIFIER_SOURCE_COUNT] = {
    [NP_IDENTIFIER_COMMON_NAME] = "cn",
    [NP_IDENTIFIER_SERIAL_NUMBER] = "serial-number",
    [NP_IDENTIFIER_DNS] = "dns",
    [NP_IDENTIFIER_URI] = "uri",
};

static const char *const pin_names[NP_PIN_COUNT] = {
    [NP_PIN_LEAF] = "leaf",
    [NP_PIN_ISSUER] = "issuer",
};

const char *np_pin_name(np_pin pin)
{
    return (unsigned)pin < NP_COUNT_OF(pin_names) ? pin_names[pin] : NULL;
}

const char *np_identifier_source_name(np_identifier_source source)
{
    return (unsigned)source < NP_COUNT_OF(source_names) ? source_names[source] : NULL;
}

bool np_identifier_source_parse(np_bytes text, np_identifier_source *ret)
{
    for (np_identifier_source source = 0; source < NP_IDENTIFIER_SOURCE_COUNT; source++) {
        if (np_bytes_equal(text, np_bytes_text(source_names[source]))) {
            *ret = source;
            return true;
        }
    }
    return false;
}

static np_code decide(admission_decision *self, np_reason reason)
{
    self->ret->reason = reason;
    self->is_decided = true;
    return NP_OK;
}

static void take_device(admission_decision *self, const np_known_device *device)
{
    np_admission *ret = self->ret;
    self->device = *device;
    self->has_device = true;
    ret->org = device->org;
    ret->device = device->id;
    ret->identifier_len = device->identifier_len;
    memcpy(ret->identifier, device->identifier, device->identifier_len);
}

static int64_t seconds_of(const np_civil *time)
{
    return np_civil_to_seconds(time);
}

static np_reason judge_dates(const admission_decision *self, const np_certificate *certificate)
{
    int64_t now = self->request->now;
    int64_t skew = self->request->policy.skew_s;
    if (seconds_of(&certificate->validity.not_before) > now + skew) {
        return NP_REASON_CERT_NOT_YET_VALID;
    }
    return seconds_of(&certificate->validity.not_after) < now - skew ? NP_REASON_CERT_EXPIRED
                                                                     : NP_REASON_KNOWN;
}

/* A certificate that is on record needs no CA any more. */
static np_code decide_known(admission_decision *self, const np_known_credential *known)
{
    np_reason dates = judge_dates(self, self->leaf);
    take_device(self, &known->device);
    if (known->device.is_deleted) {
        return decide(self, NP_REASON_DEVICE_DELETED);
    }
    if (known->is_blocked || known->device.is_blocked) {
        return decide(self, NP_REASON_BLOCKED);
    }
    if (self->request->policy.refuses_expired_known && dates != NP_REASON_KNOWN) {
        return decide(self, dates);
    }
    self->ret->effects = NP_EFFECT_TOUCH;
    return decide(self, NP_REASON_KNOWN);
}

static np_code find_known(const admission_decision *self,
                          const uint8_t sha256[static NP_SHA256_SIZE], np_pin pin,
                          np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    const np_admission_store *store = self->request->store;
    NP_TRY(store->find_certificate(store->self, sha256, ret, ret_is_found, err));
    *ret_is_found = *ret_is_found && ret->pin == pin;
    return NP_OK;
}

static np_code check_known_leaf(admission_decision *self, np_error *err)
{
    bool is_found;
    np_known_credential known = {0};
    NP_TRY(find_known(self, self->ret->leaf_sha256, NP_PIN_LEAF, &known, &is_found, err));
    self->ret->pinned = self->leaf->der;
    return is_found ? decide_known(self, &known) : NP_OK;
}

static np_code check_leaf(admission_decision *self, np_error *err)
{
    (void)err;
    np_reason reason = np_leaf_judge(self->leaf, &self->path.constraints[0], self->ret->detail);
    if (reason != NP_REASON_KNOWN) {
        return decide(self, reason);
    }
    np_reason dates = judge_dates(self, self->leaf);
    return dates == NP_REASON_KNOWN ? NP_OK : decide(self, dates);
}

/* A leaf that changes with each firmware, below a certificate that is on record. */
static np_code check_known_issuer(admission_decision *self, np_error *err)
{
    bool is_found = false;
    uint8_t digest[NP_SHA256_SIZE];
    np_certificate issuer;
    np_constraints constraints;
    np_known_credential known = {0};
    const np_admission_request *request = self->request;
    if (request->chain_len < 2 ||
        !admission_parse(request->chain[1], &issuer, &constraints, NULL)) {
        return NP_OK;
    }
    np_sha256(issuer.der, digest);
    NP_TRY(find_known(self, digest, NP_PIN_ISSUER, &known, &is_found, err));
    if (is_found) {
        NP_TRY(admission_is_signed(self->leaf, &issuer, request->judge, &is_found, err));
    }
    if (is_found) {
        self->ret->pinned = request->chain[1];
        return decide_known(self, &known);
    }
    return NP_OK;
}

static np_code check_path(admission_decision *self, np_error *err)
{
    np_reason reason;
    admission_path *path = &self->path;
    NP_TRY(admission_path_find(self->request, path, &reason, err));
    if (reason != NP_REASON_REGISTERED) {
        x509_describe_name(path->certificates[path->count - 1].issuer, self->ret->detail,
                           sizeof(self->ret->detail));
        return decide(self, reason);
    }
    self->ret->org = path->authority.org;
    self->ret->authority = path->authority.id;
    self->pinned = path->authority.pin == NP_PIN_ISSUER ? 1 : 0;
    if (self->pinned >= path->count) {
        np_format(self->ret->detail, sizeof(self->ret->detail),
                  "the leaf's own issuer, which is to be pinned, was not presented");
        return decide(self, NP_REASON_UNKNOWN_CA);
    }
    self->ret->pinned = path->certificates[self->pinned].der;
    return NP_OK;
}

static bool find_identifier(const admission_decision *self, np_bytes *ret)
{
    const np_certificate *certificate = &self->path.certificates[self->pinned];
    const np_constraints *constraints = &self->path.constraints[self->pinned];
    switch (self->path.authority.source) {
    case NP_IDENTIFIER_SERIAL_NUMBER:
        return np_name_find(certificate->subject, "serialNumber", ret);
    case NP_IDENTIFIER_DNS:
        return np_constraints_find_alt_name(constraints, NP_ALT_NAME_DNS, "", ret);
    case NP_IDENTIFIER_URI:
        return np_constraints_find_alt_name(constraints, NP_ALT_NAME_URI, "", ret);
    case NP_IDENTIFIER_COMMON_NAME:
    case NP_IDENTIFIER_SOURCE_COUNT:
        break;
    }
    return np_name_find(certificate->subject, "CN", ret);
}

bool np_identifier_is_good(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.len > 0 && text.len <= NP_IDENTIFIER_MAX && np_is_utf8(text);
}

static np_code check_identifier(admission_decision *self, np_error *err)
{
    (void)err;
    np_bytes text;
    if (!find_identifier(self, &text) || !np_identifier_is_good(text)) {
        np_format(self->ret->detail, sizeof(self->ret->detail), "its source is %s",
                  np_identifier_source_name(self->path.authority.source));
        return decide(self, NP_REASON_MISSING_IDENTIFIER);
    }
    self->ret->identifier_len = text.len;
    memcpy(self->ret->identifier, text.data, text.len);
    return NP_OK;
}

static bool has_identifier(const admission_decision *self, const np_known_device *device)
{
    return np_bytes_equal(np_bytes_of(device->identifier, device->identifier_len),
                          np_bytes_of(self->ret->identifier, self->ret->identifier_len));
}

static np_code admit(admission_decision *self, np_reason reason, unsigned effects)
{
    unsigned limit = self->request->policy.certificates_per_device;
    if (limit > 0 && self->has_device && self->device.certificates >= limit) {
        return decide(self, NP_REASON_LIMIT);
    }
    self->ret->effects = NP_EFFECT_TOUCH | NP_EFFECT_ADD_CERTIFICATE | effects;
    return decide(self, reason);
}

/* A new certificate for a key that is on record: renewed, as often as one likes. */
static np_code check_key(admission_decision *self, np_error *err)
{
    bool is_found;
    uint8_t digest[NP_SHA256_SIZE];
    np_known_credential known = {0};
    const np_admission_store *store = self->request->store;
    np_sha256(self->path.certificates[self->pinned].spki, digest);
    NP_TRY(store->find_key(store->self, digest, &known, &is_found, err));
    if (!is_found) {
        return NP_OK;
    }
    bool is_same = has_identifier(self, &known.device);
    int64_t org = self->ret->org;
    take_device(self, &known.device);
    if (known.device.is_deleted) {
        return decide(self, NP_REASON_DEVICE_DELETED);
    }
    if (known.is_blocked || known.device.is_blocked) {
        return decide(self, NP_REASON_BLOCKED);
    }
    if (known.device.org != org) {
        return decide(self, NP_REASON_MISMATCHED_ORG);
    }
    return is_same ? admit(self, NP_REASON_RENEWED, 0) : decide(self, NP_REASON_MISMATCHED_CN);
}

static np_code create_device(admission_decision *self)
{
    if (!self->path.authority.may_create) {
        return decide(self, NP_REASON_DEVICE_NOT_REGISTERED);
    }
    self->ret->may_create_more = self->path.authority.may_create_more;
    return self->ret->may_create_more == 0
               ? decide(self, NP_REASON_LIMIT)
               : admit(self, NP_REASON_JITP_CREATED, NP_EFFECT_CREATE_DEVICE);
}

/* A key that was never seen. */
static np_code check_device(admission_decision *self, np_error *err)
{
    bool is_found;
    np_known_device device = {0};
    const np_admission_store *store = self->request->store;
    np_bytes identifier = np_bytes_of(self->ret->identifier, self->ret->identifier_len);
    NP_TRY(store->find_device(store->self, self->ret->org, identifier, &device, &is_found, err));
    if (!is_found) {
        return create_device(self);
    }
    take_device(self, &device);
    if (device.is_deleted) {
        return decide(self, NP_REASON_DEVICE_DELETED);
    }
    if (device.is_blocked) {
        return decide(self, NP_REASON_BLOCKED);
    }
    if (device.certificates == 0) {
        return admit(self, NP_REASON_REGISTERED, 0);
    }
    return self->request->now < device.rekey_until
               ? admit(self, NP_REASON_REKEYED, NP_EFFECT_CLOSE_REKEY)
               : decide(self, NP_REASON_UNEXPECTED_PUBKEY);
}

static np_code check_presented(admission_decision *self, np_error *err)
{
    (void)err;
    np_error why = {0};
    const np_admission_request *request = self->request;
    if (request->chain_len == 0) {
        return decide(self, NP_REASON_NO_CERTIFICATE);
    }
    np_sha256(request->chain[0], self->ret->leaf_sha256);
    if (!admission_parse(request->chain[0], &self->path.certificates[0], &self->path.constraints[0],
                         &why)) {
        np_format(self->ret->detail, sizeof(self->ret->detail), "%s", why.message);
        return decide(self, NP_REASON_MALFORMED);
    }
    self->path.count = 1;
    self->leaf = &self->path.certificates[0];
    return NP_OK;
}

typedef np_code (*decision_step)(admission_decision *self, np_error *err);

/* In this order; the first that decides ends it. */
static const decision_step steps[] = {
    check_presented, check_known_leaf, check_leaf, check_known_issuer,
    check_path,      check_identifier, check_key,  check_device,
};

/* The path's certificates have no value until they are parsed: there is room for many of them. */
void admission_begin(const np_admission_request *request, np_admission *ret,
                     admission_decision *ret_self)
{
    admission_path *path = &ret_self->path;
    *ret = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    ret_self->request = request;
    ret_self->ret = ret;
    ret_self->step = 0;
    ret_self->leaf = NULL;
    ret_self->pinned = 0;
    ret_self->has_device = false;
    ret_self->is_decided = false;
    path->count = 0;
    path->is_expired = path->has_candidate = path->has_signer = false;
    path->is_ambiguous = path->is_no_ca = false;
}

np_code admission_go_on(admission_decision *self, np_error *err)
{
    for (; self->step < NP_COUNT_OF(steps) && !self->is_decided; self->step++) {
        NP_TRY(steps[self->step](self, err));
    }
    return NP_OK;
}

static np_code judge_once(const np_admission_request *request, np_admission *ret, np_error *err)
{
    admission_decision self;
    admission_begin(request, ret, &self);
    return admission_go_on(&self, err);
}

/*
 * Questions are asked one after the other. A device that another gate records between that for its
 * key and that for itself would look like one with another key.
 */
np_code np_admission_decide(const np_admission_request *request, np_admission *ret, np_error *err)
{
    NP_TRY(judge_once(request, ret, err));
    return ret->reason == NP_REASON_UNEXPECTED_PUBKEY ? judge_once(request, ret, err) : NP_OK;
}
