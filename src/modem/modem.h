/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A modem at the end of a port, as its manuals describe it: typed commands over the dialogue
 * (modem/dialogue.h), the same for an AT host, an AT shell and a TLS credential shell. It is not
 * the plan of what is written where. Rule for callers: open first; what a command changes is
 * changed when its function returns NP_OK, and unknown after NP_EINTERRUPTED and
 * NP_ESTATION_TIMEOUT: look again (np_modem_find) before doing it once more.
 *
 * Errors of all commands: NP_EDEVICE_STATUS, the sub-code is the CME number (0: the modem gave
 * none), the message names it; NP_EDEVICE_ANSWER for an answer that does not follow the grammar;
 * NP_ESTATION_TIMEOUT when no answer came, although the modem answers AT since then;
 * NP_ESTATION_NACK when it does not; NP_EINTERRUPTED when the modem has restarted;
 * NP_EINPUT_FORMAT and NP_EINPUT_RANGE for what cannot be sent; NP_EUSAGE for a command that this
 * kind of host does not have; and the port's.
 */
#pragma once

#include "modem/dialogue.h"
#include "modem/port.h"

typedef uint32_t np_sec_tag;

/* Tags from here on are not the user's (specs of the modem 2.3). */
#define NP_SEC_TAG_USER_MAX UINT32_C(2147483647)
#define NP_SEC_TAG_CLOUD    UINT32_C(16842753) /* where nRF Cloud's samples look */

enum {
    NP_IMEI_SIZE = 16,         /* 15 digits and NUL */
    NP_UUID_TEXT_SIZE = 37,    /* and NUL */
    NP_MODEM_TEXT_SIZE = 64,   /* names and versions, and NUL */
    NP_MODEM_TOKEN_MAX = 4096, /* characters of a KEYGEN reply or an attestation token */
    NP_CREDENTIAL_MAX = 4096,  /* bytes of a credential that default buffers take */
    NP_MODEM_DIGEST_SIZE = 32,
    NP_CHALLENGE_SIZE = 16,
};

/* +CFUN (specs of the modem 2.2). Others are numbers too. */
enum { NP_CFUN_OFF = 0, NP_CFUN_FULL = 1, NP_CFUN_FLIGHT = 4 };

typedef struct np_modem {
    np_port port;
    np_dialogue dialogue;
    bool has_numbers; /* errors come with numbers: +CMEE=1 was taken */
    bool is_set_up;   /* since it started */
    uint8_t command[NP_COMMAND_MAX];
} np_modem;

typedef struct np_modem_options {
    np_modem_host host;   /* NP_MODEM_HOST_AUTO: find out */
    np_line_end line_end; /* tried first when it is to be found out */
} np_modem_options;

/*
 * Finds the other end and asks it for errors with numbers; writes nothing else. NP_ESTATION_NACK
 * when nothing answers, NP_EDEVICE_ANSWER when what answers knows neither AT nor at nor cred. A
 * named host is not believed either: it must answer.
 */
NP_MUST_USE np_code np_modem_open(np_modem *modem, np_port port, const np_modem_options *options,
                                  np_error *err);

static inline np_modem_host np_modem_host_of(const np_modem *modem)
{
    return modem->dialogue.host;
}

/* Has this host AT commands? A TLS credential shell has only credentials. */
static inline bool np_modem_has_at(const np_modem *modem)
{
    return modem->dialogue.host != NP_MODEM_HOST_TLS_SHELL;
}

/* ---- identity and mode; need AT ---- */

/* Empty texts: the modem does not tell. */
typedef struct np_modem_identity {
    char imei[NP_IMEI_SIZE];
    char firmware[NP_MODEM_TEXT_SIZE]; /* "mfw_nrf9160_1.3.2" */
    char model[NP_MODEM_TEXT_SIZE];    /* "nRF9160-SICA" */
    char maker[NP_MODEM_TEXT_SIZE];
    char hardware[NP_MODEM_TEXT_SIZE];
    char device_uuid[NP_UUID_TEXT_SIZE];   /* newer firmware only */
    char firmware_uuid[NP_UUID_TEXT_SIZE]; /* of the firmware's build, not of the device */
} np_modem_identity;

/* IMEI, firmware and model must be there; the rest is asked for and may be missing. */
NP_MUST_USE np_code np_modem_identify(np_modem *modem, np_modem_identity *ret, np_error *err);

NP_MUST_USE np_code np_modem_read_imei(np_modem *modem, char ret[static NP_IMEI_SIZE],
                                       np_error *err);
NP_MUST_USE np_code np_modem_read_firmware(np_modem *modem, char ret[static NP_MODEM_TEXT_SIZE],
                                           np_error *err);

/*
 * A firmware's numbers from the one "n.n.n" in its name. False when there is none, or when the name
 * contains "ntn": such a firmware is exempt from checks of its version (specs of the modem 1.5).
 */
typedef struct np_modem_version {
    unsigned major;
    unsigned minor;
    unsigned patch;
} np_modem_version;
bool np_modem_parse_version(const char *firmware, np_modem_version *ret);

/* Is the version at least this one? */
bool np_modem_is_at_least(const np_modem_version *version, unsigned major, unsigned minor,
                          unsigned patch);

NP_MUST_USE np_code np_modem_get_mode(np_modem *modem, unsigned *ret_cfun, np_error *err);
NP_MUST_USE np_code np_modem_set_mode(np_modem *modem, unsigned cfun, np_error *err);

/* Can credentials be written, deleted and made in this mode? 0 and 4 and 44. */
bool np_modem_mode_is_writable(unsigned cfun);

/* ---- credentials ---- */

/* How the text that a digest is of ends its lines. */
typedef enum np_text_form {
    NP_TEXT_NO_FORM, /* the digest is of none of the forms: another text */
    NP_TEXT_AS_GIVEN,
    NP_TEXT_LF,
    NP_TEXT_CRLF,
    NP_TEXT_LF_NO_LAST, /* without the final line end: nrfcredstore writes so */
    NP_TEXT_CRLF_NO_LAST,
    NP_TEXT_FORM_COUNT
} np_text_form;

/* "as given", "LF", "CRLF", "LF without the last", ...; "other text" for NP_TEXT_NO_FORM. */
const char *np_text_form_name(np_text_form form);

/* A row of the list. */
typedef struct np_credential {
    np_sec_tag tag;
    unsigned type;   /* np_credential_type, or one without a name */
    bool has_digest; /* a TLS shell's backend may have none */
    uint8_t digest[NP_MODEM_DIGEST_SIZE];
} np_credential;

/*
 * Of which form of the text is the digest? A TLS shell's is over a NUL behind it as well
 * (has_nul).
 */
np_text_form np_credential_form(np_bytes text, const uint8_t digest[static NP_MODEM_DIGEST_SIZE],
                                bool has_nul);

/* Which rows; a tag without a type is all of its types. */
typedef struct np_credential_filter {
    bool has_tag;
    bool has_type;
    np_sec_tag tag;
    unsigned type;
} np_credential_filter;

/* Another return than NP_OK ends the list with it. */
typedef np_code (*np_credential_sink)(void *self, const np_credential *credential, np_error *err);

/* Each row in the modem's order, its own reserved ones among them; NULL: all. */
NP_MUST_USE np_code np_modem_list(np_modem *modem, const np_credential_filter *filter,
                                  np_credential_sink sink, void *self, np_error *err);

/* *ret_is_there is false when there is none; ret is then untouched. */
NP_MUST_USE np_code np_modem_find(np_modem *modem, np_sec_tag tag, unsigned type,
                                  bool *ret_is_there, np_credential *ret, np_error *err);

/*
 * Writes a credential and compares its digest: *ret_form tells with which line ends the modem keeps
 * the text. An AT host keeps the bytes as they are given; an AT shell and a TLS shell are sent CRLF
 * whatever is given. Root CA and certificate are overwritten; whether that is wanted is the
 * caller's business. NP_EDEVICE_VERIFY when the modem keeps another text. NP_EINPUT_FORMAT for a
 * text with quotes, or with characters that a shell cannot take.
 */
NP_MUST_USE np_code np_modem_write(np_modem *modem, np_sec_tag tag, unsigned type, np_bytes text,
                                   np_text_form *ret_form, np_error *err);

/*
 * What a modem lets anybody read; not types 1 to 3 on an AT host. *ret_is_there as np_modem_find.
 * NP_EDEVICE_ANSWER when text and digest do not match, NP_EINPUT_RANGE when the writer is too
 * small.
 */
NP_MUST_USE np_code np_modem_read(np_modem *modem, np_sec_tag tag, unsigned type, np_writer *writer,
                                  bool *ret_is_there, np_error *err);

/* *ret_was_there is false when there was none: nothing to delete is no failure. */
NP_MUST_USE np_code np_modem_delete(np_modem *modem, np_sec_tag tag, unsigned type,
                                    bool *ret_was_there, np_error *err);

/* ---- keys and tokens; need AT ---- */

typedef enum np_keygen_content {
    NP_KEYGEN_CSR = 0,
    NP_KEYGEN_PUBLIC_KEY = 1,
} np_keygen_content;

typedef struct np_keygen {
    np_sec_tag tag;
    np_keygen_content content;
    const char *attributes; /* "CN=...,O=..."; NULL: the modem's own subject, CN=<device UUID> */
    const char *key_usage;  /* a string of 0 and 1; NULL: the modem's own, 11101 */
} np_keygen;

/* NUL-terminated, without the quotes: body, a dot, COSE. */
typedef struct np_modem_token {
    size_t len;
    char text[NP_MODEM_TOKEN_MAX + 1];
} np_modem_token;

/*
 * Makes a key in the modem. Its reply comes once and never again: store it before anything else.
 * *ret_exists is true when a key is there already (519): nothing was made, ret is untouched. After
 * NP_EINTERRUPTED and NP_ESTATION_TIMEOUT a key may have been made whose reply is lost: delete it
 * and begin again. A modem that gives no numbers (has_numbers) cannot tell an existing key from
 * other errors.
 */
NP_MUST_USE np_code np_modem_keygen(np_modem *modem, const np_keygen *keygen, bool *ret_exists,
                                    np_modem_token *ret, np_error *err);

/* challenge is NP_CHALLENGE_SIZE bytes, or NULL: the modem draws one. */
NP_MUST_USE np_code np_modem_attest(np_modem *modem, const uint8_t *challenge, np_modem_token *ret,
                                    np_error *err);
