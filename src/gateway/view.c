/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/view.h"

#include "base/civil.h"
#include "base/text.h"
#include "firmware/key.h"
#include "gateway/refusal_view.h"

json_t *np_text_view(np_bytes text)
{
    json_t *view = json_stringn(text.len == 0 ? "" : (const char *)text.data, text.len);
    return view == NULL ? json_null() : view;
}

json_t *np_time_view(int64_t seconds)
{
    char text[NP_TIME_TEXT_SIZE];
    if (seconds == 0) {
        return json_null();
    }
    np_format_time(seconds, text);
    return json_string(text);
}

json_t *np_digest_view(const uint8_t sha256[static NP_FINGERPRINT_BYTES])
{
    char text[2 * NP_FINGERPRINT_BYTES + 1];
    np_format_hex(np_bytes_of(sha256, NP_FINGERPRINT_BYTES), text);
    return json_string(text);
}

/* Tags are stored as they are shown. */
static json_t *tags_view(np_bytes tags)
{
    json_t *view = json_loadb((const char *)tags.data, tags.len, 0, NULL);
    return view == NULL ? json_array() : view;
}

static json_t *text_or_null(np_bytes text)
{
    return text.len == 0 ? json_null() : np_text_view(text);
}

json_t *np_authority_view(const np_authority *authority)
{
    json_t *view = np_certificate_view(authority->der);
    json_t *more = json_pack(
        "{s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "org",
        np_text_view(authority->org), "identifier", np_identifier_source_name(authority->source),
        "pin", authority->pin == NP_PIN_ISSUER ? "issuer" : "leaf", "checks_expiry",
        (int)authority->checks_expiry, "product", np_text_view(authority->product), "tags",
        tags_view(authority->tags), "description", np_text_view(authority->description),
        "create_limit", (json_int_t)authority->create_limit, "created",
        (json_int_t)authority->created, "last_used", np_time_view(authority->last_used), "added_at",
        np_time_view(authority->added_at));
    (void)json_object_update(view, more);
    json_decref(more);
    return view;
}

json_t *np_device_view(const np_device *device)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:o, s:o}", "identifier",
        np_text_view(device->identifier), "org", np_text_view(device->org), "product",
        np_text_view(device->product), "tags", tags_view(device->tags), "description",
        np_text_view(device->description), "state", np_device_state_name(device->state),
        "certificates", (json_int_t)device->certificates, "rekey_until",
        np_time_view(device->rekey_until), "first_seen", np_time_view(device->first_seen),
        "last_seen", np_time_view(device->last_seen));
}

json_t *np_credential_view(const np_credential *credential)
{
    json_t *view = np_certificate_view(credential->der);
    json_t *more =
        json_pack("{s:o, s:s, s:b, s:b, s:o}", "key", np_digest_view(credential->key_sha256), "pin",
                  credential->pin == NP_PIN_ISSUER ? "issuer" : "leaf", "is_blocked",
                  (int)credential->is_blocked, "is_key_blocked", (int)credential->is_key_blocked,
                  "added_at", np_time_view(credential->added_at));
    (void)json_object_update(view, more);
    json_decref(more);
    return view;
}

json_t *np_trusted_key_view(const np_trusted_key *key)
{
    uint8_t fingerprint[NP_FIRMWARE_FINGERPRINT_SIZE];
    np_firmware_key_fingerprint(key->key, fingerprint);
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:I}", "name", np_text_view(key->name), "org",
                     np_text_view(key->org), "product", np_text_view(key->product), "fingerprint",
                     np_digest_view(fingerprint), "state", np_trusted_key_state_name(key->state),
                     "firmware", (json_int_t)key->firmware);
}

json_t *np_accepted_firmware_view(const np_accepted_firmware *firmware)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "org",
                     np_text_view(firmware->org), "product", np_text_view(firmware->product),
                     "platform", np_text_view(firmware->platform), "architecture",
                     np_text_view(firmware->architecture), "version",
                     np_text_view(firmware->version), "uuid", np_text_view(firmware->uuid),
                     "sha256", np_digest_view(firmware->sha256), "size", (json_int_t)firmware->size,
                     "accepted_at", np_time_view(firmware->accepted_at));
}

json_t *np_secret_view(const np_shared_secret *secret)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "key",
                     np_text_view(secret->key_id), "org", np_text_view(secret->org), "product",
                     np_text_view(secret->product), "device", np_text_view(secret->identifier),
                     "create_limit", (json_int_t)secret->create_limit, "created",
                     (json_int_t)secret->created, "last_used", np_time_view(secret->last_used),
                     "added_at", np_time_view(secret->added_at));
}

json_t *np_token_view(const np_token *token)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "name", np_text_view(token->name), "role",
                     np_token_role_name(token->role), "org", text_or_null(token->org), "expires_at",
                     np_time_view(token->expires_at), "last_used", np_time_view(token->last_used),
                     "added_at", np_time_view(token->added_at));
}

json_t *np_change_view(const np_change *change)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "seq", (json_int_t)change->seq, "changed_at",
                     np_time_view(change->changed_at), "who", np_text_view(change->who), "what",
                     np_text_view(change->what), "org", np_text_view(change->org), "subject",
                     np_text_view(change->subject));
}
