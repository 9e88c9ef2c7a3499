/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in an ATECC508A, 608A or 608B for applications that speak PSA Crypto: libnameplate-psa. This
 * header needs nothing of Mbed TLS; what an application's own Mbed TLS calls is made of it by
 * <nameplate/psa_se_driver.h> (2.28 and 3.6 with MBEDTLS_PSA_CRYPTO_SE_C) or
 * <nameplate/psa_opaque_driver.h> (3.6 without it, from a driver description).
 *
 * No heap, no files, no clock, no printing: bus, time and storage are handed in. One chip is used
 * by one thread at a time; the port may bring a lock. Statuses are psa_status_t's numbers.
 *
 * Rule for callers: np_psa_attach, then np_psa_recover, then psa_register_se_driver, then
 * psa_crypto_init (doc/psa.md tells why).
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t np_psa_status;

enum {
    NP_PSA_SUCCESS = 0,
    NP_PSA_ERROR_GENERIC_ERROR = -132,
    NP_PSA_ERROR_NOT_PERMITTED = -133,
    NP_PSA_ERROR_NOT_SUPPORTED = -134,
    NP_PSA_ERROR_INVALID_ARGUMENT = -135,
    NP_PSA_ERROR_BAD_STATE = -137,
    NP_PSA_ERROR_BUFFER_TOO_SMALL = -138,
    NP_PSA_ERROR_ALREADY_EXISTS = -139,
    NP_PSA_ERROR_DOES_NOT_EXIST = -140,
    NP_PSA_ERROR_INSUFFICIENT_MEMORY = -141,
    NP_PSA_ERROR_INSUFFICIENT_STORAGE = -142,
    NP_PSA_ERROR_COMMUNICATION_FAILURE = -145,
    NP_PSA_ERROR_STORAGE_FAILURE = -146,
    NP_PSA_ERROR_HARDWARE_FAILURE = -147,
    NP_PSA_ERROR_INSUFFICIENT_ENTROPY = -148,
    NP_PSA_ERROR_INVALID_SIGNATURE = -149,
    NP_PSA_ERROR_DATA_CORRUPT = -152,
    NP_PSA_ERROR_DATA_INVALID = -153,
};

/*
 * Where the keys are: location 1, the primary secure element, and so the lifetime 0x101. A lifetime
 * like 0xf0, which an older driver had, is of location 0 by today's encoding: no driver is asked,
 * and the core makes a software key whose private part lies in a file. NP_PSA_ASSERT_LIFETIME
 * refuses that when the application is compiled.
 */
#define NP_PSA_LOCATION          0x000001
#define NP_PSA_LIFETIME          0x00000101
#define NP_PSA_LIFETIME_VOLATILE 0x00000100
#define NP_PSA_HAL_VERSION       0x00000005

#ifdef __cplusplus
#define NP_PSA_ASSERT_LIFETIME(lifetime)                                                           \
    static_assert(((lifetime) >> 8) == NP_PSA_LOCATION, "not a lifetime of the secure element")
#else
#define NP_PSA_ASSERT_LIFETIME(lifetime)                                                           \
    _Static_assert(((lifetime) >> 8) == NP_PSA_LOCATION, "not a lifetime of the secure element")
#endif

enum {
    NP_PSA_LOCATION_SHIFT = 8,
    NP_PSA_PERSISTENCE_MASK = 0xff,
    NP_PSA_READ_ONLY = 0xff, /* the persistence of keys that nobody makes or destroys */
    NP_PSA_TYPE_P256_PAIR = 0x7112,
    NP_PSA_TYPE_P256_PUBLIC = 0x4112,
    NP_PSA_P256_BITS = 256,
    NP_PSA_ALG_ECDSA_ANY = 0x06000600,
    NP_PSA_ALG_ECDSA_SHA_256 = 0x06000609,
    NP_PSA_ALG_ECDH = 0x09020000,
    NP_PSA_USAGE_EXPORT = 0x0001,
    NP_PSA_USAGE_COPY = 0x0002,
    NP_PSA_USAGE_SIGN = 0x1400,   /* hashes, and so messages */
    NP_PSA_USAGE_VERIFY = 0x2800, /* hashes, and so messages */
    NP_PSA_USAGE_DERIVE = 0x4000,
    NP_PSA_PUBLIC_KEY_SIZE = 65, /* 04, X, Y */
    NP_PSA_HASH_SIZE = 32,
    NP_PSA_SIGNATURE_SIZE = 64,
    NP_PSA_STATE_SIZE = 96, /* what the driver keeps through the core; it never grows */
};

/* psa_key_creation_method_t's numbers. */
typedef enum np_psa_method {
    NP_PSA_IMPORT,
    NP_PSA_GENERATE,
    NP_PSA_DERIVE,
    NP_PSA_COPY,
    NP_PSA_REGISTER,
} np_psa_method;

/* A key as its attributes say. */
typedef struct np_psa_request {
    np_psa_method method;
    uint32_t key_id; /* 0: none, of a volatile key */
    uint32_t lifetime;
    uint16_t type;
    uint16_t bits;
    uint32_t usage;
    uint32_t algorithm;
    uint32_t algorithm_2; /* 0: none */
} np_psa_request;

/* Why a slot cannot be what was asked for. Values may be added before the end. */
typedef enum np_psa_reason {
    NP_PSA_YES,
    NP_PSA_NO_SUCH_SLOT,
    /* the chip's configuration and locks */
    NP_PSA_CONFIG_OPEN,
    NP_PSA_DATA_OPEN,
    NP_PSA_NOT_PRIVATE,
    NP_PSA_IS_PRIVATE,
    NP_PSA_TOO_SMALL,
    NP_PSA_NOT_P256,
    NP_PSA_NOT_SECRET,
    NP_PSA_IS_SECRET,
    NP_PSA_SLOT_LOCKED,
    NP_PSA_GENKEY_FORBIDDEN,
    NP_PSA_PUBLIC_HIDDEN,
    NP_PSA_SIGN_FORBIDDEN,
    NP_PSA_AGREE_FORBIDDEN,
    NP_PSA_AGREE_HIDDEN,
    NP_PSA_DISABLED,
    NP_PSA_NEEDS_AUTHORISATION,
    NP_PSA_LIMITED,
    NP_PSA_WRITE_FORBIDDEN,
    /* the request */
    NP_PSA_OTHER_LIFETIME,
    NP_PSA_TYPE_UNKNOWN,
    NP_PSA_METHOD_UNKNOWN,
    NP_PSA_USAGE_UNKNOWN,
    NP_PSA_NEVER_LEAVES,
    NP_PSA_ALGORITHM_UNKNOWN,
    /* what is there already */
    NP_PSA_NO_KEY,
    NP_PSA_OCCUPIED,
    NP_PSA_ID_EXISTS,
    NP_PSA_FULL,
    NP_PSA_OTHER_CHIP,
    NP_PSA_REASON_COUNT
} np_psa_reason;

/* The status that an application gets for it, and a sentence without a stop. */
np_psa_status np_psa_reason_status(np_psa_reason reason);
const char *np_psa_reason_words(np_psa_reason reason);

typedef enum np_psa_io { NP_PSA_ACKED, NP_PSA_NACKED, NP_PSA_IO_FAILED } np_psa_io;

/* The bus and the time, by the application. One call is one I2C transaction, START to STOP. */
typedef struct np_psa_port {
    void *self;
    uint32_t clock_hz; /* of the bus; above 133000 zeros_through must be there */
    np_psa_io (*write)(void *self, uint8_t address, const uint8_t *data, size_t size);
    np_psa_io (*read)(void *self, uint8_t address, uint8_t *ret, size_t size);
    /* Optional: zero bytes to an address that nobody acknowledges, all of them (the wake token). */
    np_psa_io (*zeros_through)(void *self, uint8_t address, size_t size);
    uint64_t (*now_us)(void *self); /* monotonic */
    void (*wait_until_us)(void *self, uint64_t deadline_us);
    /* Optional, both or none: the bus for this caller alone, from wake to sleep. False: busy. */
    bool (*lock)(void *self);
    void (*unlock)(void *self);
} np_psa_port;

/*
 * PSA's Internal Trusted Storage, as the application's Mbed TLS has it. get gives the stored bytes,
 * at most size of them, and NP_PSA_ERROR_DOES_NOT_EXIST when there are none.
 */
typedef struct np_psa_storage {
    void *self;
    np_psa_status (*get)(void *self, uint64_t uid, uint8_t *ret, size_t size, size_t *ret_len);
    np_psa_status (*set)(void *self, uint64_t uid, const uint8_t *data, size_t len);
    np_psa_status (*remove)(void *self, uint64_t uid);
} np_psa_storage;

/* A chip in use. The room is the caller's; what is in it is the library's. */
typedef struct np_psa_chip {
    uint64_t room[160];
} np_psa_chip;

/*
 * Touches no bus. address: 7 bits, 0 for the usual 0x60. The port and the storage must outlive the
 * chip; storage may be NULL: then key ids that exist already are not noticed here, and a power
 * failure during a generation leaves its key without a name.
 */
void np_psa_chip_init(np_psa_chip *chip, const np_psa_port *port, uint8_t address,
                      const np_psa_storage *storage);

/*
 * The chip that the driver of Mbed TLS uses, which has nothing to remember it by: the one piece of
 * global state. NULL: none; then every call of the driver says COMMUNICATION_FAILURE.
 */
void np_psa_attach(np_psa_chip *chip);
np_psa_chip *np_psa_attached(void);

/*
 * Ends what a power failure interrupted, following the chip: a key that was made gets its name, one
 * that was not leaves nothing, a destruction is finished. Before psa_crypto_init, which in 2.28
 * fails for ever otherwise. *ret_was_needed (may be NULL): there was something to end.
 * NP_PSA_ERROR_COMMUNICATION_FAILURE: the chip must be asked and does not answer; nothing was
 * changed.
 */
np_psa_status np_psa_recover(np_psa_chip *chip, bool *ret_was_needed);

/*
 * What stands against this key in this slot, its contents and its id included. Asks the chip.
 * *ret is a value; the status tells whether the chip could be asked.
 */
np_psa_status np_psa_judge(np_psa_chip *chip, const uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                           const np_psa_request *request, uint64_t slot, np_psa_reason *ret);

/*
 * The calls behind the driver's methods. state is the driver's persistent data, zero to begin with.
 */
np_psa_status np_psa_allocate(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                              const np_psa_request *request, uint64_t *ret_slot);
np_psa_status np_psa_validate(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                              const np_psa_request *request, uint64_t slot);

/* Makes the key. The slot was given by one of the two above, in the same session. */
np_psa_status np_psa_generate(np_psa_chip *chip, const np_psa_request *request, uint64_t slot);

/*
 * The two of them at once, for a core that keeps no data for the driver: they are in the chip's
 * storage, as the other cores have them. There is no transaction; a power failure here leaves a
 * slot that "nameplate psa gc" frees.
 */
np_psa_status np_psa_allocate_and_generate(np_psa_chip *chip, const np_psa_request *request,
                                           uint64_t *ret_slot);

/* Stores a public key of NP_PSA_PUBLIC_KEY_SIZE bytes, 04 first; its bits are NP_PSA_P256_BITS. */
np_psa_status np_psa_import(np_psa_chip *chip, const np_psa_request *request, uint64_t slot,
                            np_bytes data);

/*
 * What is written has always the same size, and nothing is written unless all of it has room:
 * NP_PSA_PUBLIC_KEY_SIZE bytes of a pair, or of a public key that is stored;
 * NP_PSA_SIGNATURE_SIZE, r|s, of a hash of NP_PSA_HASH_SIZE;
 * NP_PSA_HASH_SIZE, the X coordinate of an ECDH with a peer's NP_PSA_PUBLIC_KEY_SIZE bytes.
 */
np_psa_status np_psa_export_public(np_psa_chip *chip, uint64_t slot, uint8_t *ret, size_t size);
np_psa_status np_psa_sign(np_psa_chip *chip, uint64_t slot, uint32_t algorithm, np_bytes hash,
                          uint8_t *ret, size_t size);
np_psa_status np_psa_agree(np_psa_chip *chip, uint64_t slot, np_bytes peer, uint8_t *ret,
                           size_t size);

/* NP_PSA_ERROR_INVALID_SIGNATURE is the chip's verdict. */
np_psa_status np_psa_verify(np_psa_chip *chip, uint64_t slot, uint32_t algorithm, np_bytes hash,
                            np_bytes signature);

/*
 * A generated key is overwritten by another one, which nobody gets to use. A registered key is
 * never touched: the chip keeps it, the application forgets it. NP_PSA_ERROR_NOT_PERMITTED when
 * the slot was locked since; ask np_psa_can_destroy before psa_destroy_key, because the core
 * forgets the key even then.
 */
np_psa_status np_psa_destroy(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                             uint64_t slot);
np_psa_status np_psa_can_destroy(np_psa_chip *chip,
                                 const uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                                 uint64_t slot);

/* Lets the chip sleep; every call above ends with it. */
np_psa_status np_psa_rest(np_psa_chip *chip);

#ifdef __cplusplus
}
#endif
