/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip and its identity: what it says about itself, the plan of its provisioning, provisioning
 * with consent to just that plan, its certificates, signatures by its key, and the check that it
 * proves what it carries; a second pair of certificates, settings, random numbers. Times are handed
 * in as seconds since 1970. Rule for callers: one thread at a time for one chip, and close what you
 * opened; a chip sleeps between two calls.
 *
 * Besides what each function names, all functions that ask the chip can return
 *   NP_ESTATION_NACK, NP_ESTATION_TIMEOUT, NP_ESTATION_IO   it does not answer
 *   NP_EDEVICE_ANSWER, NP_EDEVICE_STATUS                    it answers wrongly, or refuses
 */
#pragma once

#include <nameplate/nerveskey.h>
#include <nameplate/signer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct np_chip np_chip;

/*
 * Opens a chip by its URI, as on the command line:
 *   i2c:NODE       a chip on a real bus, /dev/i2c-N
 *   virtual:FILE   a virtual chip whose memory is FILE, in this process
 *   unix:PATH      a virtual chip that "nameplate virtual serve" serves
 * Behind a "?", with "&" between them: addr=0x35, and for i2c: also khz= and wake=. Waits at most
 * wait_ms for another process that has it open. *ret is the caller's, to be closed; NULL after an
 * error: NP_EUSAGE          no URI of a chip, or a kind that is not built in NP_EINPUT_MISSING
 * there is no such file NP_EINPUT_FORMAT   the file is no chip's; it is left as it is
 *   NP_ESTATION_BUSY   another process has it open; the message says which
 *   NP_ESTATION_IO, NP_ESTATION_MEMORY
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_open(const char *uri, unsigned wait_ms, np_chip **ret,
                                           np_error *err);

/*
 * Closes and releases, whatever it returns; accepts NULL. NP_ESTATION_IO when a virtual chip's last
 * state could not be stored.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_close(np_chip *chip, np_error *err);

/* The same after an error, when nobody asks any more how closing went; accepts NULL. */
NP_PUBLIC void np_chip_abandon(np_chip *chip);

/*
 * Trusts this root of Trust&GO parts and no other, from now on: its certificate in PEM or DER.
 * Empty: those that are known again. It decides what facts and certificates say, and the check of
 * the signer; NervesKeys have no root. NP_EINPUT_FORMAT, NP_EINPUT_MISSING, NP_EINPUT_RANGE: no
 * certificate; NP_EINPUT_KEY: its key is not an uncompressed one of P-256.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_trust_root(np_chip *chip, np_bytes certificate,
                                                 np_error *err);

/*
 * From now on np_chip_sign and np_chip_verify authorise a chip of the layout NP_LAYOUT_VOLATILE
 * with this key, NP_VOLATILE_KEY_SIZE bytes, and leave the chip as they found it, in one hold of
 * the bus. NULL: no more. The key is copied, and wiped when the chip is closed. Those functions
 * then return NP_ECONFLICT_FOREIGN   the chip has another layout NP_ECONFLICT_OTHER     it has
 * another activation key
 */
NP_PUBLIC void np_chip_use_activation_key(np_chip *chip, const uint8_t *key);

/*
 * Lets the key of such a chip work until its power fails, for everybody who reaches the bus; a
 * "virtual:" chip has power while it is open. Errors as above.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_authorize(
    np_chip *chip, const uint8_t key[NP_AT_LEAST(NP_VOLATILE_KEY_SIZE)], np_error *err);

/*
 * What a chip says about itself. From serial to signer_fingerprint, and kind to eui48, it is empty
 * unless has_identity.
 */
typedef struct np_chip_facts {
    const char *model; /* "atecc608b"; constant */
    np_stage stage;
    uint8_t chip_serial[NP_CHIP_SERIAL_SIZE];
    bool is_provisioned;              /* locked in every part, with an identity that can be read */
    bool has_identity;                /* that can be read; only after the data zone is locked */
    np_error identity_error;          /* why a locked chip has none; code NP_OK otherwise */
    char serial[NP_SERIAL_TEXT_SIZE]; /* the manufacturer serial; UTF-8 */
    char board[NP_BOARD_TEXT_SIZE];
    uint8_t user_data[NP_USER_DATA_SIZE];
    uint8_t device_fingerprint[NP_FINGERPRINT_SIZE];
    uint8_t signer_fingerprint[NP_FINGERPRINT_SIZE];
    /* NervesKey's word: "unprovisioned", "regular", "volatile", "unrecognized"; constant */
    const char *mode;
    np_identity_kind kind;
    np_root root;                       /* of a Trust&GO part */
    char eui48[NP_EUI48_TEXT_SIZE + 1]; /* the same; empty on parts without */
} np_chip_facts;

/* NP_ECONFLICT_FOREIGN when the part is none that Nameplate knows. */
NP_PUBLIC NP_MUST_USE np_code np_chip_read_facts(np_chip *chip, np_chip_facts *ret, np_error *err);

/* The two certificates that a chip stores, in DER. */
typedef struct np_chip_certificates {
    np_identity_der device;
    np_identity_der signer;
} np_chip_certificates;

/*
 * NP_ECONFLICT_OTHER when the chip has no certificates yet, NP_ECONFLICT_FOREIGN when what it
 * stores is neither NervesKey's nor of a Trust&GO part. The signer's certificate of such a part
 * names the key of its root: with another one (np_chip_trust_root, facts.root) it does not verify.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_read_certificates(np_chip *chip, np_chip_certificates *ret,
                                                        np_error *err);

/*
 * Called before each step of a provisioning: step number index, from 0, of count. False stops
 * before this step, with NP_EINTERRUPTED.
 */
typedef bool (*np_chip_progress)(void *self, np_step_kind kind, size_t index, size_t count);

/* What a chip shall become. All slices and pointers are borrowed for the call. */
typedef struct np_chip_order {
    np_signer *signer; /* with its key when a certificate must be issued */
    int64_t now;
    np_bytes serial;    /* manufacturer serial, 1 to 32 bytes of UTF-8; {0}: from the chip serial */
    np_bytes board;     /* 1 to 10 bytes; {0}: "NervesKey" */
    np_bytes user_data; /* at most 32 bytes, none when the serial is longer than 16 */
    np_chip_progress progress; /* may be NULL */
    void *progress_self;
    np_layout_kind layout;
    np_bytes activation_key; /* NP_VOLATILE_KEY_SIZE bytes each, for NP_LAYOUT_VOLATILE alone */
    np_bytes encryption_key;
} np_chip_order;

/* The steps that are still needed, and the hash of what they lead to. */
typedef struct np_chip_plan np_chip_plan;

/*
 * Reads the chip and computes the plan; writes nothing. *ret is the caller's, to be freed; NULL
 * after an error:
 *   NP_EUSAGE                           keys without their layout, or that layout without them
 *   NP_EINPUT_RANGE, NP_EINPUT_FORMAT   serial, board, user data or keys
 *   NP_EINPUT_TIME                      the signer has expired or is not yet valid, and a
 *                                       certificate must be issued
 *   NP_EDEVICE_LOST                     a lock is torn: the chip can never be provisioned
 *   NP_ECONFLICT_FOREIGN                configured for something else; or a 508A for that layout
 *   NP_ECONFLICT_OTHER                  provisioned with another serial, board, data, signer,
 * layout or key NP_ESTATION_MEMORY
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_plan_make(np_chip *chip, const np_chip_order *order,
                                                np_chip_plan **ret, np_error *err);

/* Accepts NULL. */
NP_PUBLIC void np_chip_plan_free(np_chip_plan *plan);

/*
 * The hash to consent to: over chip serial, model, configuration, OTP and signer, not over the time
 * or the steps that remain, so that it stays the same after an interruption.
 */
NP_PUBLIC void np_chip_plan_hash(const np_chip_plan *plan,
                                 uint8_t ret[NP_AT_LEAST(NP_PLAN_HASH_SIZE)]);

/* True when the chip is provisioned as ordered: nothing will be written. */
NP_PUBLIC bool np_chip_plan_is_done(const np_chip_plan *plan);

/* The plan in words, line by line from index 0; false when there is no such line. */
NP_PUBLIC bool np_chip_plan_line(const np_chip_plan *plan, size_t index, np_plan_line *ret);

/* How a provisioning ended. */
typedef struct np_chip_outcome {
    bool was_done;  /* provisioned as ordered before; nothing was written */
    bool is_issued; /* a certificate was signed; false after an interruption behind that step */
    np_chip_certificates certificates; /* as read back from the chip */
} np_chip_outcome;

/*
 * Provisions the chip, or goes on where an interruption ended it, reads everything back and has a
 * challenge signed. Irreversible. consent is the hash of the plan that somebody agreed to; the plan
 * is computed anew, and when its hash is another, nothing is written: NP_ECONSENT. Errors besides
 * those of np_chip_plan_make; after each of them the same call can be made again:
 *   NP_EINPUT_MISSING    a certificate must be issued, and the signer was opened without its key
 *   NP_EDEVICE_LOCK      the chip refuses to lock what it contains
 *   NP_EDEVICE_LOST      a lock byte is torn
 *   NP_EDEVICE_VERIFY    what is read back, or the challenge, is wrong
 *   NP_EINTERRUPTED      order->progress said so
 *   NP_ESTATION_CRYPTO
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_provision(
    np_chip *chip, const np_chip_order *order,
    const uint8_t consent[NP_AT_LEAST(NP_PLAN_HASH_SIZE)], np_chip_outcome *ret, np_error *err);

/*
 * Signs a digest with the key in slot 0, the device's own. The signature is r|s; other software
 * wants np_signature_to_der. NP_EDEVICE_STATUS when there is no key yet, or when it is
 * not authorised (np_chip_use_activation_key).
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_sign(np_chip *chip,
                                           const uint8_t digest[NP_AT_LEAST(NP_DIGEST_SIZE)],
                                           uint8_t ret_signature[NP_AT_LEAST(NP_SIGNATURE_SIZE)],
                                           np_error *err);

/*
 * Bytes of the chip's own generator, 32 at a time. NP_EDEVICE_ANSWER when the chip still gives the
 * factory's pattern, as before its configuration is locked; all of ret is wiped after an error.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_random(np_chip *chip, uint8_t *ret, size_t len,
                                             np_error *err);

/* What the checks said, one by one. */
typedef struct np_chip_verdicts {
    np_verdict verdicts[NP_CHECK_COUNT];
    char notes[NP_CHECK_COUNT][NP_CHECK_NOTE_SIZE]; /* why it failed, or empty */
    bool is_good;                                   /* every check passed */
    bool signer_is_trusted; /* false: only the signer that the chip stores was at hand */
    bool signer_is_expired; /* reported, not fatal */
} np_chip_verdicts;

/*
 * Does the device prove its identity now? Layout, locks, chain, validity, and a fresh challenge.
 * trusted is the signer to believe in, with or without its key; NULL: the one that the chip stores.
 * The verdicts are the outcome, bad ones too; an error only when the chip cannot be asked.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_verify(np_chip *chip, const np_signer *trusted, int64_t now,
                                             np_chip_verdicts *ret, np_error *err);

/*
 * The auxiliary pair: a second certificate for the same key, by any signer that a chip can store,
 * in slots that stay writable. Nothing here is irreversible.
 */
typedef struct np_chip_aux {
    np_aux_state state;
    bool is_good;                      /* PRESENT, and the signer signed itself and this key */
    np_chip_certificates certificates; /* when PRESENT */
    np_error error;                    /* why it is BROKEN; code NP_OK otherwise */
} np_chip_aux;

/* Is there a pair? Reads no certificate: a pair that is PRESENT here may turn out to be BROKEN. */
NP_PUBLIC NP_MUST_USE np_code np_chip_aux_look(np_chip *chip, np_aux_state *ret, np_error *err);

/* NP_ECONFLICT_FOREIGN when the chip is no NervesKey. What is damaged is a finding, not an error.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_aux_read(np_chip *chip, np_chip_aux *ret, np_error *err);

/*
 * Issues a certificate and writes the pair, unless a good one of this signer is there: then
 * *ret_was_done is true and nothing is written. It is read back and checked; after an interruption
 * the same call mends it.
 *   NP_EINPUT_MISSING      the signer was opened without its key
 *   NP_EINPUT_TIME         it has expired or is not yet valid, or the date cannot be stored
 *   NP_ECONFLICT_OTHER     the chip is not provisioned
 *   NP_ECONFLICT_FOREIGN   it is no NervesKey
 *   NP_EDEVICE_VERIFY      what is read back differs
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_aux_provision(np_chip *chip, np_signer *signer, int64_t now,
                                                    bool *ret_was_done, np_error *err);

/* Zeros in the place of the pair; errors as of np_chip_aux_provision, so far as they can happen. */
NP_PUBLIC NP_MUST_USE np_code np_chip_aux_clear(np_chip *chip, np_error *err);

/*
 * Settings: bytes that anybody may read and write, an Erlang term as NervesKey stores them. As JSON
 * text, in the form that doc/using-a-chip.md describes:
 *   NP_EINPUT_FORMAT       what the chip stores is no term, or the text no JSON of a map
 *   NP_EINPUT_RANGE        the text has no room in size bytes (NP_SETTINGS_TEXT_SIZE always will
 *                          do), or the settings none on the chip; then nothing was written
 *   NP_ECONFLICT_OTHER     the chip is not provisioned
 *   NP_ECONFLICT_FOREIGN   it is neither NervesKey nor Trust&GO part
 *   NP_EDEVICE_VERIFY      what is read back differs
 * A chip without settings gives "{}". Writing is not atomic: after an interruption write again.
 */
NP_PUBLIC NP_MUST_USE np_code np_chip_settings_get(np_chip *chip, char *ret_text, size_t size,
                                                   np_error *err);
NP_PUBLIC NP_MUST_USE np_code np_chip_settings_put(np_chip *chip, np_bytes json, np_error *err);

/* The same as the bytes themselves, whatever they mean; zeros are written behind them. */
NP_PUBLIC NP_MUST_USE np_code np_chip_settings_read(np_chip *chip, np_settings *ret, np_error *err);
NP_PUBLIC NP_MUST_USE np_code np_chip_settings_write(np_chip *chip, np_bytes bytes, np_error *err);

#ifdef __cplusplus
}
#endif
