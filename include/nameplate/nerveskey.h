/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a NervesKey's life, as the library and the command line share them: the stages of a
 * chip, the steps of provisioning, the checks of its identity. Values and names are stable.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How far a chip has come. */
typedef enum np_stage {
    NP_STAGE_BLANK,       /* configuration open */
    NP_STAGE_CONFIGURED,  /* configuration locked, data open: nothing can be read */
    NP_STAGE_DATA_LOCKED, /* data locked, the key could still be replaced */
    NP_STAGE_KEY_LOCKED,  /* everything locked: nothing can replace the key */
    NP_STAGE_LOST,        /* a lock byte is neither value */
    NP_STAGE_COUNT
} np_stage;

/* "blank", "configured", "data-locked", "key-locked", "lost"; "unknown" for a value that is none.
 */
NP_PUBLIC const char *np_stage_name(np_stage stage);

/* What a chip is made into. */
typedef enum np_layout_kind {
    NP_LAYOUT_NERVESKEY,
    NP_LAYOUT_VOLATILE, /* "nerveskey-volatile": the key works after an authorisation; 608 alone */
    NP_LAYOUT_APPLICATION, /* "application": NervesKey's, with room for three more private keys */
    NP_LAYOUT_COUNT
} np_layout_kind;

/* Whose certificates it carries. */
typedef enum np_identity_kind {
    NP_IDENTITY_NERVESKEY,
    NP_IDENTITY_TRUST_AND_GO,
    NP_IDENTITY_KIND_COUNT
} np_identity_kind;

/* "nerveskey", "trust-and-go"; "unknown" for a value that is none. */
NP_PUBLIC const char *np_identity_kind_name(np_identity_kind kind);

/* Which root signed the signer of a Trust&GO part. */
typedef enum np_root {
    NP_ROOT_NONE, /* none that was tried, or nobody has looked; NervesKey's signers have none */
    NP_ROOT_MICROCHIP,
    NP_ROOT_VIRTUAL, /* the throw-away root of virtual parts: everybody has its key */
    NP_ROOT_GIVEN,
} np_root;

/* Has it a second, replaceable pair of certificates? */
typedef enum np_aux_state {
    NP_AUX_UNREADABLE, /* the data zone is not locked: nothing can be read */
    NP_AUX_ABSENT,     /* slot 9 is all zero */
    NP_AUX_PRESENT,
    NP_AUX_BROKEN, /* there is something, and no certificates rebuild from it */
    NP_AUX_STATE_COUNT
} np_aux_state;

/* "unreadable", "absent", "present", "broken"; "unknown" for a value that is none. */
NP_PUBLIC const char *np_aux_state_name(np_aux_state state);

/* All bytes of a settings area; those behind capacity are zero. */
typedef struct np_settings {
    size_t capacity; /* 524, or 416 of a Trust&GO part */
    uint8_t bytes[NP_SETTINGS_SIZE];
} np_settings;

/* What provisioning does, in this order. */
typedef enum np_step_kind {
    NP_STEP_WRITE_CONFIG,
    NP_STEP_LOCK_CONFIG, /* irreversible */
    NP_STEP_CHECK_RANDOM,
    NP_STEP_WRITE_OTP,
    NP_STEP_MAKE_KEY,
    NP_STEP_ISSUE,
    NP_STEP_WRITE_SLOT,
    NP_STEP_LOCK_DATA, /* irreversible */
    NP_STEP_CHECK_KEY, /* the key in slot 0 is the one of the certificate in slot 10 */
    NP_STEP_LOCK_KEY,  /* irreversible */
    NP_STEP_VERIFY,    /* everything read back, and a fresh challenge signed */
    NP_STEP_KIND_COUNT
} np_step_kind;

/* "lock-config"; "unknown" for a value that is none. */
NP_PUBLIC const char *np_step_name(np_step_kind kind);

/* False for a value that is none. */
NP_PUBLIC bool np_step_is_irreversible(np_step_kind kind);

enum { NP_PLAN_WORDS_SIZE = 160 };

/* Steps of one kind that follow each other, as one line for people. */
typedef struct np_plan_line {
    np_step_kind kind;
    bool is_irreversible;
    size_t count;                   /* how many steps */
    char words[NP_PLAN_WORDS_SIZE]; /* "lock the configuration (irreversible)" */
} np_plan_line;

/* What a chip has to prove. */
typedef enum np_check {
    NP_CHECK_LAYOUT,    /* configuration is NervesKey's, or Microchip's for Trust&GO */
    NP_CHECK_LOCKS,     /* configuration, data and slot 0 are locked */
    NP_CHECK_OTP,       /* magic, serial */
    NP_CHECK_SIGNER,    /* the signer on the chip is the one trusted, and signed itself; that of
                           Trust&GO is signed by the root */
    NP_CHECK_DEVICE,    /* the device certificate is signed by it and names the key in slot 0 */
    NP_CHECK_TIME,      /* device certificate valid now */
    NP_CHECK_CHALLENGE, /* slot 0 signed 32 random bytes */
    NP_CHECK_COUNT
} np_check;

/* "layout"; "unknown" for a value that is none. */
NP_PUBLIC const char *np_check_name(np_check check);

typedef enum np_verdict { NP_VERDICT_PASSED, NP_VERDICT_FAILED, NP_VERDICT_SKIPPED } np_verdict;

/* Why a check failed, with its NUL. */
enum { NP_CHECK_NOTE_SIZE = 160 };

#ifdef __cplusplus
}
#endif
