/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that stand in for Nordic's scripts: the same executable under another name (argv[0]),
 * with the scripts' options, file names and exit statuses: 0, 1 for what went wrong, 2 for usage.
 * Both spellings are taken, those of the scripts until 2025 (-ca_key) and today's (--ca-key); the
 * spelling says which generation's certificates are made (specs of nrfcloud 1).
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { DROPIN_FAILED = 1, DROPIN_USAGE = 2 };

/* Texts point into argv; NULL: not given. */
typedef struct dropin_arguments {
    bool is_of_2022; /* an old spelling was used */
    bool is_of_2026; /* one of today's was used */
    bool help;
    const char *api_key;
    const char *attest;
    const char *baud;
    const char *ca;
    const char *ca_key;
    const char *command_type;
    const char *common_name;
    const char *country;
    const char *csr;
    const char *csv;
    const char *days;
    const char *devinfo;
    const char *email;
    const char *firmware_types;
    const char *id; /* of a device */
    const char *keygen;
    const char *locality;
    const char *log_level;
    const char *name_prefix;
    const char *organization;
    const char *path;
    const char *port;
    const char *prefix;
    const char *results;
    const char *sectag;
    const char *stage;
    const char *state;
    const char *sub_type;
    const char *tags;
    const char *team;
    const char *terminator;
    const char *unit;
    bool coap;
    bool deletes;
    bool embed_save;
    bool id_imei;
    bool ignored_flag; /* taken, and of no effect */
    bool is_checked;
    bool is_local;
    bool is_named;
    bool is_without_flow;
    bool keep;
    bool plain;
    bool replace;
    bool save;
    bool xonxoff;
} dropin_arguments;

typedef struct dropin_option {
    const char *old;     /* "-ca_key"; NULL: today's scripts alone have it */
    const char *current; /* "--ca-key"; the same as old where it never changed */
    const char *alias;   /* a second spelling that never changed; NULL: none */
    bool is_flag;
    size_t offset;
} dropin_option;

/* A subject of the two generations; whoever takes one names these rows. */
#define DROPIN_MEMBER(name) offsetof(dropin_arguments, name)
#define DROPIN_SUBJECT_OPTIONS                                                                     \
    {"-c", "-c", NULL, false, DROPIN_MEMBER(country)},                                             \
        {"-st", "--st", NULL, false, DROPIN_MEMBER(state)},                                        \
        {"-l", "-l", NULL, false, DROPIN_MEMBER(locality)},                                        \
        {"-o", "-o", NULL, false, DROPIN_MEMBER(organization)},                                    \
        {"-ou", "--ou", NULL, false, DROPIN_MEMBER(unit)},                                         \
        {"-cn", "--cn", NULL, false, DROPIN_MEMBER(common_name)},                                  \
        {"-e", "-e", "--email", false, DROPIN_MEMBER(email)},                                      \
        {"-dv", "--dv", NULL, false, DROPIN_MEMBER(days)},                                         \
        {"-p", "-p", "--path", false, DROPIN_MEMBER(path)},                                        \
    {                                                                                              \
        "-f", "-f", "--fileprefix", false, DROPIN_MEMBER(prefix)                                   \
    }

typedef struct dropin_program {
    const char *name;
    const char *purpose;
    const dropin_option *options;
    size_t option_count;
    bool has_statuses; /* the sub-code of an error is the exit status, but for usage */
    np_code (*run)(const dropin_arguments *arguments, np_error *err);
} dropin_program;

extern const dropin_program dropin_claim_devices;
extern const dropin_program dropin_create_ca_cert;
extern const dropin_program dropin_create_device_credentials;
extern const dropin_program dropin_create_proxy_jwt;
extern const dropin_program dropin_gather_attestation_tokens;
extern const dropin_program dropin_installer;
extern const dropin_program dropin_modem_credentials_parser;
extern const dropin_program dropin_nrf_cloud_onboard;
extern const dropin_program dropin_nrf_cloud_provision;

/* The program of this name, a path perhaps and with .py perhaps; NULL: none. */
const dropin_program *dropin_find(const char *name);

/* Parses, runs, says what went wrong on stderr; returns the exit status. */
int dropin_main(const dropin_program *program, int argc, char **argv);

/* ---- what they share ---- */

enum { DROPIN_SUBJECT_MAX = 2048 };

/*
 * The subject's options as "C=..,ST=.." with everything escaped that needs it. NP_EUSAGE for a
 * country that has not two characters.
 */
NP_MUST_USE np_code dropin_write_subject(const dropin_arguments *arguments,
                                         char ret_text[static DROPIN_SUBJECT_MAX], np_error *err);

/* Days of validity; default 3650. NP_EUSAGE. */
NP_MUST_USE np_code dropin_get_days(const dropin_arguments *arguments, unsigned *ret,
                                    np_error *err);

/*
 * Stores a file of --path and --fileprefix, over one of that name, and prints "File created: " with
 * its absolute path. The folder is made when it is missing. Keys get mode 0600.
 */
NP_MUST_USE np_code dropin_store(const dropin_arguments *arguments, const char *name,
                                 np_bytes content, bool is_secret, np_error *err);
