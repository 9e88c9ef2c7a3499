/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no data sheet settles. Each row is one question that could be put to a real chip, our answer
 * to it, and the section where the sources disagree or say nothing (specs of the chip, as listed in
 * doc/references.md). The chip's code asks for READING_<id>, nothing else; doc/silicon.md says
 * where each answer comes from. A reading that hardware contradicts is corrected here, in one
 * place.
 */
#pragma once

#include "atecc/packet.h"
#include "atecc/zones.h"

typedef enum np_reading_kind {
    NP_READING_YES_NO, /* 1 is yes */
    NP_READING_STATUS, /* a status byte */
    NP_READING_NUMBER,
} np_reading_kind;

/* READING(id, kind, answer, section, question) */
/* clang-format off */
#define NP_READINGS(READING) \
    READING(PARTIAL_READ_ACKED, YES_NO, 0, "1.6", "Is a read acknowledged while a group is incomplete?") \
    READING(EXTRA_BYTES_ACKED, YES_NO, 0, "1.6", "Are bytes beyond the count of a group acknowledged?") \
    READING(GROUP_MAX, NUMBER, NP_ATECC_GROUP_MAX, "1.6", "How many bytes has the longest group that is taken?") \
    READING(RESERVED_WORD_ADDRESS_ACKED, YES_NO, 1, "1.3", "Is a write to a word address from 04 to FF acknowledged to its end?") \
    READING(WRONG_COUNT_STATUS, STATUS, NP_ATECC_CRC_ERROR, "1.4", "What answers a group whose count is below 4 or above the longest?") \
    READING(UNKNOWN_OPCODE, STATUS, NP_ATECC_PARSE_ERROR, "10", "What answers an opcode that the part does not have?") \
    READING(WATCHDOG_MS, NUMBER, 1300, "1.2", "After how many milliseconds does the short watchdog force sleep?") \
    READING(LONG_WATCHDOG_508A_MS, NUMBER, 10000, "1.2", "After how many milliseconds does the long watchdog of a 508A force sleep?") \
    READING(LONG_WATCHDOG_608_MS, NUMBER, 13000, "1.2", "After how many milliseconds does the long watchdog of a 608 force sleep?") \
    READING(WATCHDOG_REFUSES_BY_MAXIMUM, YES_NO, 1, "1.7", "Is a command refused with EE when less than its longest time is left, rather than its typical one?") \
    READING(WATCHDOG_TEARS, YES_NO, 1, "1.7", "Does a command that the watchdog stops leave what a power cut leaves?") \
    READING(TORN_BYTE, NUMBER, NP_ATECC_ERASED, "6", "What may a byte of EEPROM be after a cut, besides old and new?") \
    READING(REFUSAL_TYPICAL_US, NUMBER, 100, "5", "How many microseconds does a refusal take, typically?") \
    READING(REFUSAL_MAX_US, NUMBER, 1000, "5", "How many microseconds does a refusal take at most?") \
    READING(MODE_AT_NEXT_WAKE, YES_NO, 1, "10", "Do a new address and a new chip mode wait for the next wake?") \
    READING(LOCK_WRONG_SUMMARY, STATUS, NP_ATECC_EXECUTION_ERROR, "2.12", "What answers a Lock with a wrong summary?") \
    READING(KEY_ID_ABOVE_15, STATUS, NP_ATECC_PARSE_ERROR, "2.2", "What do GenKey, Sign, Verify and PrivWrite answer to a KeyID from 16 to 7FFF?") \
    READING(KEY_ID_HASHED_IS_MASKED, YES_NO, 1, "2.2", "Do the commands that hash the KeyID choose the slot by its low four bits alone?") \
    READING(TRANSPORT_KEY, STATUS, NP_ATECC_EXECUTION_ERROR, "2.2", "What answers a KeyID of 8000 and above?") \
    READING(FAILURE_CLEARS_TEMP_KEY_608, YES_NO, 1, "2.2", "Does a failed Nonce, GenKey or GenDig clear TempKey on a 608?") \
    READING(INFO_KEEPS_DIGEST_BUFFER, YES_NO, 1, "2.2", "Does Info leave the message digest buffer alone?") \
    READING(REQ_RANDOM_BEFORE_DATA_LOCK, YES_NO, 0, "2.2", "Does ReqRandom count before the data zone is locked?") \
    READING(REQ_RANDOM_WITHOUT_TEMP_KEY, YES_NO, 0, "2.2", "May a key with ReqRandom be used in a mode that uses no TempKey?") \
    READING(RANDOM_FAILURE_608, STATUS, NP_ATECC_HEALTH_TEST_ERROR, "1.5", "What does a 608 answer when its random numbers fail?") \
    READING(RANDOM_FAILURE_508A, STATUS, NP_ATECC_ECC_FAULT, "1.5", "What does a 508A answer when its random numbers fail?") \
    READING(HEALTH_FAILURE_ENDS_BY_SELF_TEST, YES_NO, 1, "1.5", "Do random numbers come again when SelfTest has passed their test?") \
    READING(HEALTH_FAILURE_OUTLASTS_SLEEP, YES_NO, 0, "1.5", "Does the state of failed random numbers outlast sleep?") \
    READING(SPARE_ADDRESS_BITS, STATUS, NP_ATECC_PARSE_ERROR, "3.3", "What answers an address with a bit set that means nothing, or beyond the zone?") \
    READING(TAIL_FILL, NUMBER, 0, "2.17", "What fills a block that is read past the end of its slot?") \
    READING(OTP_WORDS_READABLE, YES_NO, 1, "2.17", "Are OTP words 0 and 1 readable whatever OTPmode says?") \
    READING(CLEAR_READ_OF_ENCRYPT_ONLY, YES_NO, 0, "2.17", "Can a slot with EncryptRead but without IsSecret be read in the clear?") \
    READING(WRONG_INPUT_MAC, STATUS, NP_ATECC_EXECUTION_ERROR, "2.6", "What answers a wrong input MAC of Write, PrivWrite or DeriveKey?") \
    READING(OPEN_WRITE_NEEDS_GENDIG, YES_NO, 1, "2.18", "Must TempKey come from GenDig for an encrypted Write before the data lock?") \
    READING(PRIV_WRITE_SCALAR_OUT_OF_RANGE, STATUS, NP_ATECC_EXECUTION_ERROR, "2.16", "What answers a PrivWrite of 0 or of a number not below the group order?") \
    READING(NONCE_BUFFERS_KEEP_TEMP_KEY, YES_NO, 1, "2.14", "Does a Nonce for another buffer leave TempKey as it is?") \
    READING(COMPUTED_NONCE_IS_RANDOM_508A, YES_NO, 0, "2.14", "Does a computed Nonce set SourceFlag to random on a 508A?") \
    READING(COMPUTED_NONCE_IS_RANDOM_608, YES_NO, 1, "2.14", "Does a computed Nonce set SourceFlag to random on a 608?") \
    READING(EPHEMERAL_KEY_SOURCE, NUMBER, 0, "2.9", "Which SourceFlag has TempKey after GenKey with KeyID FFFF?") \
    READING(CHECK_MAC_COPY_SOURCE, NUMBER, 1, "2.4", "Which SourceFlag has a slot that CheckMac copied to TempKey?") \
    READING(CHECK_MAC_AUTHORISES_WITHOUT_NONCE, YES_NO, 0, "2.4", "Does a CheckMac of mode 0, without TempKey, authorise?") \
    READING(SHA_DIGEST_SOURCE, NUMBER, 1, "2.21", "Which SourceFlag has TempKey after SHA?") \
    READING(SHA_HMAC_BEFORE_DATA_LOCK, YES_NO, 1, "10", "Does HMAC of the SHA command work with a slot before the data lock?") \
    READING(SHA_FAILURE_KEEPS_CONTEXT_608, YES_NO, 1, "2.21", "Does a 608 keep its SHA context when an SHA command is refused?") \
    READING(INFO_ENDS_SHA_508A, YES_NO, 1, "2.21", "Does Info, too, end the SHA context of a 508A?") \
    READING(SHARED_NONCE_IS_GENDIG, YES_NO, 0, "2.8", "Does GenDig with a shared nonce set GenDigData?") \
    READING(GENDIG_KEEPS_GENKEY_FLAG, YES_NO, 0, "2.8", "Does GenDig leave GenKeyData as it is?") \
    READING(GENDIG_CONFIG_BEFORE_LOCK, YES_NO, 1, "2.8", "Does GenDig of a configuration block work before the configuration lock?") \
    READING(DERIVE_FROM_NO_MAC, YES_NO, 0, "2.6", "Does DeriveKey take a TempKey with NoMacFlag?") \
    READING(COUNT_MATCH_COPIES_DIFFER, YES_NO, 0, "2.2", "May a limited key be used while the two copies of the CountMatch limit differ?") \
    READING(ECDH_POINT_OFF_CURVE, STATUS, NP_ATECC_EXECUTION_ERROR, "2.7", "What answers an ECDH with a point off the curve?") \
    READING(ECDH_SECRET_SOURCE, NUMBER, 1, "2.7", "Which SourceFlag has TempKey after ECDH?") \
    READING(ECDH_OUTPUT_OVERRIDES_SLOT, YES_NO, 0, "2.7", "May P1 ask for the secret of a key whose slot wants it stored?") \
    READING(ECDH_PROTECTION_2_3, STATUS, NP_ATECC_EXECUTION_ERROR, "2.7", "What answers an ECDH for the output when ECDHProt is 2 or 3?") \
    READING(KDF_RESULT_SOURCE, NUMBER, 1, "2.11", "Which SourceFlag has TempKey after KDF?") \
    READING(KDF_IV_MISMATCH, STATUS, NP_ATECC_EXECUTION_ERROR, "2.11", "What answers an HKDF whose message lacks the configured bytes?") \
    READING(KDF_AES_OPTION_OFF, STATUS, NP_ATECC_EXECUTION_ERROR, "2.11", "What answers KDF with AES while ChipOptions bit 2 is 0?") \
    READING(KDF_PROTECTED_CLEAR_OUTPUT, STATUS, NP_ATECC_EXECUTION_ERROR, "2.11", "What answers a KDF for the clear output when KDFProt is not 0?") \
    READING(KDF_TARGET_IGNORES_WRITE_CONFIG, YES_NO, 0, "2.11", "Does KDF store into a slot that Write may not change?") \
    READING(HKDF_LENGTH_LOWEST_BIT, NUMBER, 24, "2.11", "Which is the lowest bit of HKDF's message length in Details?") \
    READING(HKDF_KEY_AS_MESSAGE, YES_NO, 0, "2.11", "May TempKey be key and message of one HKDF?") \
    READING(AES_WITHOUT_UPPER_HALF, STATUS, NP_ATECC_EXECUTION_ERROR, "2.3", "What answers AES with key position 2 or 3 in a TempKey of 32 bytes?") \
    READING(AES_KEY_TAKES_AUTHORISATION, YES_NO, 1, "2.3", "Does AES work with a ReqAuth slot after a good CheckMac?") \
    READING(SELF_TEST_MASK, NUMBER, 0x3f, "2.20", "Which bits of P1 does SelfTest take?") \
    READING(IDLE_KEEPS_TEST_FAILURES, YES_NO, 0, "1.8", "Does the failure register outlast idle?") \
    READING(SECURE_BOOT_FULL_IN_SIGNATURE_MODE, YES_NO, 0, "2.19", "Does SecureBoot Full work when the configuration says FullSig?") \
    READING(SECURE_BOOT_NONCE_WITHOUT_MAC, YES_NO, 1, "2.19", "Does the random-nonce bit ask for a nonce even without a MAC?") \
    READING(LATCH_CLEAR_IS_FREE, YES_NO, 1, "2.10", "May anybody clear the persistent latch?") \
    READING(LATCH_SET_REFUSED, STATUS, NP_ATECC_EXECUTION_ERROR, "2.10", "What answers setting the latch without the CheckMac before it?") \
    READING(VERIFY_EXTERNAL_BEFORE_LOCK, YES_NO, 1, "2.24", "Does Verify external work before the configuration lock?") \
    READING(VALIDATE_EXTERNAL_SIZE, NUMBER, 64, "2.24", "How many bytes of data does Verify ValidateExternal take?") \
    READING(X509_POSITION_OF_FIRST, NUMBER, 0, "2.24", "Which PublicPosition is the first block of a certificate?") \
    READING(X509_LENGTH_COUNTS_END, YES_NO, 0, "2.24", "Does TemplateLength count the part block that SHA End takes?") \
    READING(SELECTOR_FREE_VALUE, NUMBER, 0, "2.23", "Which value of byte 84 or 85 may still be changed when it is one-time?")
/* clang-format on */

#define NP_READING_NAME(id, kind, answer, section, question) READING_##id,
typedef enum np_reading_id { NP_READINGS(NP_READING_NAME) READING_COUNT } np_reading_id;
#undef NP_READING_NAME

typedef struct np_reading {
    const char *id; /* "PARTIAL_READ_ACKED" */
    np_reading_kind kind;
    unsigned answer;
    const char *section;
    const char *question;
} np_reading;

/* All of them in the order above: a reading's place is its np_reading_id. */
const np_reading *np_readings(size_t *ret_count);
