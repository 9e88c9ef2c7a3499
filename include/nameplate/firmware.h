/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this firmware be installed? One judge for servers and devices: an fwup archive, the public
 * keys that are trusted, and a policy give a verdict with a stable reason. Nothing is installed,
 * unpacked or written here, no key comes from the archive, and no variable of the environment is
 * looked at. Memory is constant, whatever the size of the archive.
 *
 * Rule for callers: install from the same open file that was judged, and only when the reason is
 * NP_FIRMWARE_ACCEPTED. A refusal is an outcome, not an error.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NP_FIRMWARE_KEY_SIZE = 32,    /* an Ed25519 public key */
    NP_FIRMWARE_TEXT_SIZE = 128,  /* product, platform, version, with the NUL; longer is cut off */
    NP_FIRMWARE_UUID_SIZE = 37,   /* with the NUL */
    NP_FIRMWARE_DETAIL_SIZE = 200 /* with the NUL */
};

/* Why not. The names (np_firmware_reason_name) never change; doc/firmware.md explains each. */
typedef enum np_firmware_reason {
    NP_FIRMWARE_ACCEPTED,
    /* the container */
    NP_FIRMWARE_NOT_ZIP,
    NP_FIRMWARE_LEADING_BYTES,
    NP_FIRMWARE_TRAILING_BYTES,
    NP_FIRMWARE_TRUNCATED,
    NP_FIRMWARE_ZIP64,
    NP_FIRMWARE_ENCRYPTED,
    NP_FIRMWARE_METHOD,
    NP_FIRMWARE_ENTRY_NAME,
    NP_FIRMWARE_ENTRY_TYPE,
    NP_FIRMWARE_HEADERS,
    NP_FIRMWARE_DIRECTORY,
    NP_FIRMWARE_DESCRIPTOR,
    NP_FIRMWARE_DEFLATE,
    NP_FIRMWARE_SIZE,
    NP_FIRMWARE_CRC,
    /* signature and meta.conf */
    NP_FIRMWARE_SIGNATURE_PLACE,
    NP_FIRMWARE_SIGNATURE_SIZE,
    NP_FIRMWARE_META_MISSING,
    NP_FIRMWARE_META_PLACE,
    NP_FIRMWARE_META_TWICE,
    NP_FIRMWARE_META_SIZE,
    NP_FIRMWARE_META_NUL,
    NP_FIRMWARE_META_EXPANSION,
    NP_FIRMWARE_META_SYNTAX,
    NP_FIRMWARE_META_DUPLICATE,
    NP_FIRMWARE_META_VALUE,
    NP_FIRMWARE_FWUP_VERSION,
    /* resources */
    NP_FIRMWARE_RESOURCE_UNDECLARED,
    NP_FIRMWARE_RESOURCE_TWICE,
    NP_FIRMWARE_RESOURCE_MISSING,
    NP_FIRMWARE_RESOURCE_LENGTH,
    NP_FIRMWARE_RESOURCE_HASH,
    NP_FIRMWARE_DELTA_FORMAT,
    NP_FIRMWARE_DELTA_CONTENT,
    /* whom to believe */
    NP_FIRMWARE_UNSIGNED,
    NP_FIRMWARE_NO_KEYS,
    NP_FIRMWARE_UNKNOWN_KEY,
    NP_FIRMWARE_REVOKED_KEY,
    /* policy */
    NP_FIRMWARE_WRONG_PRODUCT,
    NP_FIRMWARE_WRONG_PLATFORM,
    NP_FIRMWARE_BAD_VERSION,
    NP_FIRMWARE_BELOW_MINIMUM,
    NP_FIRMWARE_DOWNGRADE,
    NP_FIRMWARE_REASON_COUNT
} np_firmware_reason;

/* What a server tells an uploader: every reason belongs to one of these. */
typedef enum np_firmware_kind {
    NP_FIRMWARE_KIND_ACCEPTED,
    NP_FIRMWARE_KIND_UNSIGNED,
    NP_FIRMWARE_KIND_UNKNOWN_KEY,
    NP_FIRMWARE_KIND_CORRUPT,
    NP_FIRMWARE_KIND_WRONG_PRODUCT,
    NP_FIRMWARE_KIND_DOWNGRADE,
    NP_FIRMWARE_KIND_COUNT
} np_firmware_kind;

/* "resource-hash", "unknown-key" ...; "unknown" for a value that is none. */
NP_PUBLIC const char *np_firmware_reason_name(np_firmware_reason reason);

/* CORRUPT for a value that is none. */
NP_PUBLIC np_firmware_kind np_firmware_reason_kind(np_firmware_reason reason);

/* "accepted", "unsigned", "unknown-key", "corrupt", "wrong-product", "downgrade". */
NP_PUBLIC const char *np_firmware_kind_name(np_firmware_kind kind);

typedef enum np_firmware_key_state {
    NP_FIRMWARE_KEY_ACTIVE,
    NP_FIRMWARE_KEY_RETIRING, /* verifies still, signs nothing new */
    NP_FIRMWARE_KEY_REVOKED,
    NP_FIRMWARE_KEY_STATE_COUNT
} np_firmware_key_state;

typedef struct np_firmware_key {
    uint8_t bytes[NP_FIRMWARE_KEY_SIZE];
    np_firmware_key_state state;
} np_firmware_key;

/*
 * A public key as fwup has it in files: 32 bytes, or their Base64 with or without padding; white
 * space may follow. NP_EINPUT_FORMAT for anything else, NP_EINPUT_KEY for points that no honest key
 * has (small order, off the curve). The state becomes active.
 */
NP_PUBLIC NP_MUST_USE np_code np_firmware_key_decode(np_bytes text, np_firmware_key *ret,
                                                     np_error *err);

/* NULL asks nothing. Versions are semantic versions; what stands behind a + does not count. */
typedef struct np_firmware_policy {
    const np_firmware_key *keys; /* those that are trusted, and revoked ones to be told apart */
    size_t key_count;            /* 0 refuses everything */
    const char *product;
    const char *platform;
    const char *minimum_version;
    const char *highest_accepted; /* of this product and platform; older is a downgrade */
} np_firmware_policy;

typedef struct np_firmware_verdict {
    np_firmware_reason reason;
    bool has_key; /* did one of the keys sign it? then this one: */
    size_t key;
    char detail[NP_FIRMWARE_DETAIL_SIZE]; /* a sentence that names the thing; empty if accepted */
    /* of meta.conf; empty unless the signature is one of a key's */
    char product[NP_FIRMWARE_TEXT_SIZE];
    char platform[NP_FIRMWARE_TEXT_SIZE];
    char version[NP_FIRMWARE_TEXT_SIZE];
    char uuid[NP_FIRMWARE_UUID_SIZE];
} np_firmware_verdict;

/*
 * Judges the archive behind an open descriptor, by pread: its offset stays where it is. The whole
 * archive is read, unless it is refused before. Errors are NP_ESTATION_IO, NP_ESTATION_MEMORY, and
 * NP_EUSAGE when a version in the policy is none or the descriptor is no regular file.
 */
NP_PUBLIC NP_MUST_USE np_code np_firmware_check(int fd, const np_firmware_policy *policy,
                                                np_firmware_verdict *ret, np_error *err);

#ifdef __cplusplus
}
#endif
