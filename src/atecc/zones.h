/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three zones: sizes, addresses, and what the configuration bytes mean (specs of the chip 3).
 * Pure.
 */
#pragma once

#include "atecc/model.h"

enum {
    NP_ATECC_BLOCK_SIZE = 32,
    NP_ATECC_WORD_SIZE = 4,
    NP_ATECC_OTP_SIZE = 64,
    NP_ATECC_SLOT_COUNT = 16,
    NP_ATECC_DATA_SIZE = 1208, /* 8 * 36 + 416 + 7 * 72 */
    NP_ATECC_SLOT_MAX = 416,
    NP_ATECC_KEY_SIZE = 36,
};

/* Offsets in the configuration zone (specs of the chip 3.2). */
enum {
    NP_CONFIG_REVISION = 4,
    NP_CONFIG_AES_ENABLE = 13,
    NP_CONFIG_I2C_ADDRESS = 16,
    NP_CONFIG_RESERVED17 = 17,
    NP_CONFIG_OTP_MODE = 18,
    NP_CONFIG_CHIP_MODE = 19,
    NP_CONFIG_SLOT_CONFIG = 20,
    NP_CONFIG_COUNTERS = 52,
    NP_CONFIG_LAST_KEY_USE = 68,        /* 508A */
    NP_CONFIG_VOLATILE_PERMISSION = 69, /* 608, and so the next four */
    NP_CONFIG_SECURE_BOOT = 70,
    NP_CONFIG_KDF_IV_AT = 72,
    NP_CONFIG_KDF_IV = 73,
    NP_CONFIG_USER_EXTRA = 84,
    NP_CONFIG_SELECTOR = 85,
    NP_CONFIG_LOCK_VALUE = 86,
    NP_CONFIG_LOCK_CONFIG = 87,
    NP_CONFIG_SLOT_LOCKED = 88,
    NP_CONFIG_CHIP_OPTIONS = 90,
    NP_CONFIG_X509_FORMAT = 92,
    NP_CONFIG_KEY_CONFIG = 96,
};

enum {
    NP_ATECC_UNLOCKED = 0x55,
    NP_ATECC_LOCKED = 0x00,
    NP_ATECC_ERASED = 0xff, /* [inf] what a torn EEPROM write may leave besides old and new */
    NP_ATECC_DEFAULT_ADDRESS = 0x60, /* 7 bits; configuration byte 16 = 0xc0 */
};

/* Bytes of a slot; 0 for a slot above 15. */
size_t np_atecc_slot_size(unsigned slot);

/* Where the slot begins in the data zone when all slots lie one behind the other. */
size_t np_atecc_slot_offset(unsigned slot);

/* P2 of Read and Write: configuration and OTP by byte offset (a multiple of 4). */
uint16_t np_atecc_zone_address(size_t offset);

/* P2 of Read and Write: data, by slot and byte offset in it (a multiple of 4). */
uint16_t np_atecc_slot_address(unsigned slot, size_t offset);

/* SlotConfig and KeyConfig words, bit fields as in specs of the chip 3.4. */
uint16_t np_config_slot_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot);
uint16_t np_config_key_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot);

enum {
    NP_SLOT_READ_KEY_MASK = 0x000f,
    NP_SLOT_EXTERNAL_SIGN = 0x0001, /* ReadKey bit 0 of a private key */
    NP_SLOT_NO_MAC = 0x0010,
    NP_SLOT_LIMITED_USE = 0x0020,
    NP_SLOT_ENCRYPT_READ = 0x0040,
    NP_SLOT_IS_SECRET = 0x0080,
    NP_SLOT_WRITE_KEY_SHIFT = 8,
    NP_SLOT_WRITE_CONFIG_SHIFT = 12,
    NP_SLOT_FROM_PARENT = 0x1000,     /* WriteConfig bit 12: DeriveKey creates, else it rolls */
    NP_SLOT_GENKEY_ALLOWED = 0x2000,  /* WriteConfig bit 13: GenKey, and DeriveKey of secrets */
    NP_SLOT_WRITE_ENCRYPTED = 0x4000, /* WriteConfig bit 14 */
    NP_SLOT_DERIVE_MAC = 0x8000,      /* WriteConfig bit 15: DeriveKey wants a MAC */
    NP_KEY_PRIVATE = 0x0001,
    NP_KEY_PUB_INFO = 0x0002,
    NP_KEY_TYPE_MASK = 0x001c,
    NP_KEY_TYPE_P256 = 0x0010,
    NP_KEY_TYPE_AES = 0x0018, /* 608 */
    NP_KEY_LOCKABLE = 0x0020,
    NP_KEY_REQ_RANDOM = 0x0040,
    NP_KEY_REQ_AUTH = 0x0080,
};

np_chip_serial np_config_serial(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/* True when the slot's bit in SlotLocked is 0. */
bool np_config_slot_is_locked(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot);

/*
 * With the data zone locked: can nothing replace the private key of the slot any more? Its lock bit
 * is 0, or its WriteConfig allows neither GenKey nor PrivWrite.
 */
bool np_config_key_is_fixed(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot);

/* A lock byte as it is read. TORN: neither value; nothing brings such a chip back. */
typedef enum np_lock_state { NP_LOCK_OPEN, NP_LOCK_CLOSED, NP_LOCK_TORN } np_lock_state;

np_lock_state np_lock_state_of(uint8_t lock_byte);
