/* SPDX-License-Identifier: Apache-2.0 */
/* What a target refuses, known before it is asked. */
#pragma once

#include "cloud/identity.h"

/* In the order in which they are asked: a device is refused by the first that it breaks. */
typedef enum cloud_rule {
    CLOUD_RULE_NONE, /* not refused */
    CLOUD_RULE_NOT_PASSED,
    CLOUD_RULE_CONTROL_CHARACTER,
    CLOUD_RULE_NO_CERTIFICATE,
    CLOUD_RULE_BAD_CERTIFICATE,
    CLOUD_RULE_CN_NOT_ID,
    CLOUD_RULE_O_NOT_PROJECT,
    CLOUD_RULE_NO_KEY,
    CLOUD_RULE_NO_ISSUER,
    CLOUD_RULE_BAD_UID,
    CLOUD_RULE_NO_MODEL,
    CLOUD_RULE_NO_IDENTITY,
    CLOUD_RULE_TOO_LONG,
    CLOUD_RULE_BAD_CHARACTER,
    CLOUD_RULE_BAD_END,
    CLOUD_RULE_BAD_SERIAL,
    CLOUD_RULE_BAD_TAG,
    CLOUD_RULE_DUPLICATE,
    CLOUD_RULE_COUNT
} cloud_rule;

/* What a target allows. NULL and 0: it does not mind. */
typedef struct cloud_limits {
    bool needs_certificate; /* one that can be read, its CN being the device's name */
    bool needs_key;         /* of P-256 */
    bool needs_issuer;      /* the certificate of who issued it is in the record */
    bool needs_chip;        /* uid is the serial of a chip, which tells the devices apart */
    bool is_case_blind;     /* names that differ in case only are one name */
    bool has_plain_ends;    /* a name begins and ends with a letter or a digit */
    size_t id_max;          /* bytes */
    const char *id_marks;   /* characters besides letters and digits */
    size_t serial_max;
    const char *serial_marks;
    const char *tag_marks;
    const char *organization;       /* of the certificate's subject */
    const cloud_identity *identity; /* what tells the devices apart instead of the name */
} cloud_limits;

/* All but CLOUD_RULE_DUPLICATE, which needs the other devices. */
cloud_rule cloud_check_device(const cloud_limits *limits, const cloud_device *device);

/* Letters and digits of ASCII, and these marks. */
bool cloud_has_only(np_bytes text, const char *marks);

/* Its stable name, e.g. "cn-not-id", and a sentence about it. */
const char *cloud_rule_name(cloud_rule rule);
const char *cloud_rule_text(cloud_rule rule);
