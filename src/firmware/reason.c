/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/reason.h"

#include "base/bytes.h"
#include "base/format.h"

typedef struct reason_row {
    const char *name;
    np_firmware_kind kind;
} reason_row;

#define CORRUPT NP_FIRMWARE_KIND_CORRUPT

static const reason_row reasons[NP_FIRMWARE_REASON_COUNT] = {
    [NP_FIRMWARE_ACCEPTED] = {"accepted", NP_FIRMWARE_KIND_ACCEPTED},
    [NP_FIRMWARE_NOT_ZIP] = {"not-zip", CORRUPT},
    [NP_FIRMWARE_LEADING_BYTES] = {"leading-bytes", CORRUPT},
    [NP_FIRMWARE_TRAILING_BYTES] = {"trailing-bytes", CORRUPT},
    [NP_FIRMWARE_TRUNCATED] = {"truncated", CORRUPT},
    [NP_FIRMWARE_ZIP64] = {"zip64", CORRUPT},
    [NP_FIRMWARE_ENCRYPTED] = {"encrypted", CORRUPT},
    [NP_FIRMWARE_METHOD] = {"method", CORRUPT},
    [NP_FIRMWARE_ENTRY_NAME] = {"entry-name", CORRUPT},
    [NP_FIRMWARE_ENTRY_TYPE] = {"entry-type", CORRUPT},
    [NP_FIRMWARE_HEADERS] = {"headers", CORRUPT},
    [NP_FIRMWARE_DIRECTORY] = {"directory", CORRUPT},
    [NP_FIRMWARE_DESCRIPTOR] = {"descriptor", CORRUPT},
    [NP_FIRMWARE_DEFLATE] = {"deflate", CORRUPT},
    [NP_FIRMWARE_SIZE] = {"size", CORRUPT},
    [NP_FIRMWARE_CRC] = {"crc", CORRUPT},
    [NP_FIRMWARE_SIGNATURE_PLACE] = {"signature-place", CORRUPT},
    [NP_FIRMWARE_SIGNATURE_SIZE] = {"signature-size", CORRUPT},
    [NP_FIRMWARE_META_MISSING] = {"meta-missing", CORRUPT},
    [NP_FIRMWARE_META_PLACE] = {"meta-place", CORRUPT},
    [NP_FIRMWARE_META_TWICE] = {"meta-twice", CORRUPT},
    [NP_FIRMWARE_META_SIZE] = {"meta-size", CORRUPT},
    [NP_FIRMWARE_META_NUL] = {"meta-nul", CORRUPT},
    [NP_FIRMWARE_META_EXPANSION] = {"meta-expansion", CORRUPT},
    [NP_FIRMWARE_META_SYNTAX] = {"meta-syntax", CORRUPT},
    [NP_FIRMWARE_META_DUPLICATE] = {"meta-duplicate", CORRUPT},
    [NP_FIRMWARE_META_VALUE] = {"meta-value", CORRUPT},
    [NP_FIRMWARE_FWUP_VERSION] = {"fwup-version", CORRUPT},
    [NP_FIRMWARE_RESOURCE_UNDECLARED] = {"resource-undeclared", CORRUPT},
    [NP_FIRMWARE_RESOURCE_TWICE] = {"resource-twice", CORRUPT},
    [NP_FIRMWARE_RESOURCE_MISSING] = {"resource-missing", CORRUPT},
    [NP_FIRMWARE_RESOURCE_LENGTH] = {"resource-length", CORRUPT},
    [NP_FIRMWARE_RESOURCE_HASH] = {"resource-hash", CORRUPT},
    [NP_FIRMWARE_DELTA_FORMAT] = {"delta-format", CORRUPT},
    [NP_FIRMWARE_DELTA_CONTENT] = {"delta-content", CORRUPT},
    [NP_FIRMWARE_UNSIGNED] = {"unsigned", NP_FIRMWARE_KIND_UNSIGNED},
    [NP_FIRMWARE_NO_KEYS] = {"no-keys", NP_FIRMWARE_KIND_UNKNOWN_KEY},
    [NP_FIRMWARE_UNKNOWN_KEY] = {"unknown-key", NP_FIRMWARE_KIND_UNKNOWN_KEY},
    [NP_FIRMWARE_REVOKED_KEY] = {"revoked-key", NP_FIRMWARE_KIND_UNKNOWN_KEY},
    [NP_FIRMWARE_WRONG_PRODUCT] = {"wrong-product", NP_FIRMWARE_KIND_WRONG_PRODUCT},
    [NP_FIRMWARE_WRONG_PLATFORM] = {"wrong-platform", NP_FIRMWARE_KIND_WRONG_PRODUCT},
    [NP_FIRMWARE_BAD_VERSION] = {"bad-version", NP_FIRMWARE_KIND_DOWNGRADE},
    [NP_FIRMWARE_BELOW_MINIMUM] = {"below-minimum", NP_FIRMWARE_KIND_DOWNGRADE},
    [NP_FIRMWARE_DOWNGRADE] = {"downgrade", NP_FIRMWARE_KIND_DOWNGRADE},
};

static const char *const kinds[NP_FIRMWARE_KIND_COUNT] = {
    [NP_FIRMWARE_KIND_ACCEPTED] = "accepted",           [NP_FIRMWARE_KIND_UNSIGNED] = "unsigned",
    [NP_FIRMWARE_KIND_UNKNOWN_KEY] = "unknown-key",     [NP_FIRMWARE_KIND_CORRUPT] = "corrupt",
    [NP_FIRMWARE_KIND_WRONG_PRODUCT] = "wrong-product", [NP_FIRMWARE_KIND_DOWNGRADE] = "downgrade",
};

const char *np_firmware_reason_name(np_firmware_reason reason)
{
    return (unsigned)reason < NP_FIRMWARE_REASON_COUNT ? reasons[reason].name : "unknown";
}

np_firmware_kind np_firmware_reason_kind(np_firmware_reason reason)
{
    return (unsigned)reason < NP_FIRMWARE_REASON_COUNT ? reasons[reason].kind : CORRUPT;
}

const char *np_firmware_kind_name(np_firmware_kind kind)
{
    return (unsigned)kind < NP_FIRMWARE_KIND_COUNT ? kinds[kind] : "unknown";
}

np_code firmware_refuse(np_error *err, np_firmware_reason reason, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    *err = (np_error){.code = NP_EINPUT_FORMAT, .sub = (int)reason};
    np_format_list(err->message, sizeof(err->message), format, list);
    va_end(list);
    return NP_EINPUT_FORMAT;
}
