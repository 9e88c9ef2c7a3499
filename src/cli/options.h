/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as tables (cli/option_groups.c): a row gives the parsing, the help, the completion and
 * the check of the manual. All commands fill the same structure; a command's groups say which
 * members are its own.
 */
#pragma once

#include "base/error.h"
#include <stdint.h>

typedef struct cli_time {
    bool is_given;
    int64_t seconds;
} cli_time;

/* What may be given several times; as many as anybody needs. */
enum { CLI_LIST_MAX = 32 };

typedef struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
} cli_list;

/* Texts point into argv. NULL or false: not given. */
typedef struct cli_arguments {
    const char *target;
    const char *activation_key_file;
    const char *encryption_key_file;
    const char *key;
    const char *key_passphrase_file;
    const char *key_usage;
    const char *layout;
    const char *operand;
    const char *api_key_file;
    const char *atoms;
    const char *authority;
    const char *authorization;
    const char *batch;
    const char *bay;
    const char *board;
    const char *ca_file;
    const char *cert;
    const char *check;
    const char *chip;
    const char *chip_serial;
    const char *claims;
    const char *config;
    const char *delta_source;
    const char *csv;
    const char *device_id;
    const char *devinfo;
    const char *digest;
    const char *fault;
    const char *fingerprint;
    const char *format;
    const char *firmware;
    const char *firmware_types;
    const char *head;
    const char *header;
    const char *identifier;
    const char *identity_key;
    const char *id;
    const char *image;
    const char *journal;
    const char *jitp;
    const char *imei;
    const char *minimum_version;
    const char *on_conflict;
    const char *operator_name;
    const char *line_end;
    const char *model;
    const char *name;
    const char *name_prefix;
    const char *org;
    const char *out;
    const char *out_format;
    const char *pin;
    const char *pins;
    const char *plan;
    const char *pty;
    const char *platform;
    const char *product;
    const char *profile;
    const char *proof;
    const char *provisioning_url;
    const char *raw_file;
    const char *rejects;
    const char *record;
    const char *results;
    const char *registry;
    const char *role;
    const char *root;
    const char *root_out;
    const char *secret_file;
    const char *sectag;
    const char *serial;
    const char *serials;
    const char *shell;
    const char *shift;
    const char *signer_cert;
    const char *signer_key;
    const char *socket;
    const char *sub_type;
    const char *subject;
    const char *station;
    const char *station_key;
    const char *store;
    const char *tags;
    const char *team_id;
    const char *template;
    const char *time;
    const char *to;
    const char *type;
    const char *token_form;
    const char *until;
    const char *url;
    const char *user_data;
    cli_list generate_keys;
    cli_list keys;
    cli_list register_keys;
    cli_list trusted_certs;
    const char *check_result;
    const char *identity;
    const char *manifest_cert;
    const char *manifest_key;
    const char *part;
    const char *project;
    unsigned manifest_version; /* 0: not given */
    bool all;
    bool is_virtual;
    cli_list stations;
    cli_time from;
    cli_time now;
    cli_time to_time;
    unsigned bays; /* 0: not given */
    unsigned bus_khz;
    unsigned bytes;
    unsigned chunk; /* 0: not given */
    unsigned count;
    unsigned days;
    unsigned days_valid;
    unsigned hours;
    unsigned poll; /* seconds */
    unsigned slot;
    unsigned timeout; /* seconds */
    unsigned units;
    unsigned wait; /* seconds */
    unsigned workers;
    unsigned years;
    bool aux;
    bool chain;
    bool coap;
    bool check_expiry;
    bool confirm;
    bool dry_run;
    bool encrypt;
    bool force;
    bool fwup_compatible;
    bool generate;
    bool help;
    bool id_imei;
    bool json;
    bool keeps_lf; /* of the drop-in installer alone */
    bool local_key;
    bool may_lock;
    bool public_key;
    bool new_key;
    bool once;
    bool operation;
    bool quiet;
    bool raw;
    bool save;
    bool replace;
    bool signer;
    bool skip_existing;
    bool spend;
    bool strict;
    bool trace;
    bool trusted;
    bool with_secrets;
    bool yes;
} cli_arguments;

typedef enum cli_option_kind {
    CLI_FLAG,   /* bool */
    CLI_TEXT,   /* const char * */
    CLI_NUMBER, /* unsigned */
    CLI_TIME,   /* cli_time */
    CLI_LIST,   /* cli_list: the option may be repeated */
    CLI_OPTION_KIND_COUNT
} cli_option_kind;

typedef struct cli_option {
    const char *name;     /* without the dashes */
    const char *argument; /* placeholder; NULL for a flag */
    const char *help;
    cli_option_kind kind;
    size_t offset; /* in cli_arguments */
    bool is_required;
} cli_option;

struct cli_command;

/*
 * The options of a command one after the other, then those of all commands on a chip when it is
 * one, the common ones last; NULL at the end.
 */
const cli_option *cli_option_at(const struct cli_command *command, size_t index);

/*
 * argv[0] is ignored. NP_EUSAGE with a sentence that names the argument. Required options and the
 * target are not asked for when --help is given.
 */
NP_MUST_USE np_code cli_options_parse(const struct cli_command *command, int argc, char **argv,
                                      cli_arguments *ret, np_error *err);
