/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The production line: bays, a thread each, that work side by side on what is put into them; one
 * recorder for all; and a stream of events. A bay waits for its own part alone, and whatever is
 * shared (signer, label printer, registry) is queued. It opens no files and asks nobody: parts,
 * ledger, signer, clock and what is done at the end of the line are tables that are handed in.
 *
 * Rule for callers: one thread takes events and gives orders (np_line_next, np_line_scan ...); it
 * is never held up, and sleeps on np_line_fd. np_line_finish whatever happened.
 */
#pragma once

#include "modem/modem.h"
#include "modem/token.h"
#include "nerveskey/apply.h"
#include "nordic/apply.h"
#include "station/event.h"

/* How bays reach their parts; called by the bays' threads, at the same time for several bays. */
typedef struct np_station_chip {
    np_bus bus;
    uint8_t address;
    bool is_virtual;
    void *handle; /* the opener's */
} np_station_chip;

typedef struct np_station_modem {
    np_port port;
    np_modem_options other_end;
    void *handle;
} np_station_modem;

typedef struct np_station_parts {
    /*
     * NP_EINPUT_MISSING and NP_ESTATION_NACK say that nothing is there; so does NP_ESTATION_IO with
     * ENOENT, ENODEV or ENXIO. Anything else is trouble.
     */
    NP_MUST_USE np_code (*open_chip)(void *self, const np_station_bay *bay, np_station_chip *ret,
                                     np_error *err);
    NP_MUST_USE np_code (*close_chip)(void *self, np_station_chip *chip, np_error *err);
    NP_MUST_USE np_code (*open_modem)(void *self, const np_station_bay *bay, np_station_modem *ret,
                                      np_error *err);
    NP_MUST_USE np_code (*close_modem)(void *self, np_station_modem *modem, np_error *err);
    void *self;
} np_station_parts;

/* A unit that is made, as those at the end of the line need it. */
typedef struct np_station_made {
    const np_station_bay *bay;
    const char *serial;
    const char *uid;
    np_bytes certificate; /* DER */
    np_bytes issuer;
} np_station_made;

/* What stands beside the bays. Functions but the first may be NULL. */
typedef struct np_station_hooks {
    /* Milliseconds since 1970. */
    int64_t (*now_ms)(void *self);
    /* The test at the end of the line; the bay's parts are free for it. Several at the same time.
     */
    NP_MUST_USE np_code (*test)(void *self, const np_station_made *made, np_error *err);
    /* Prints the label, and says what a scanner is to read on it. One at a time. */
    NP_MUST_USE np_code (*label)(void *self, const np_station_made *made,
                                 char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err);
    /*
     * Counts the unit in a registry before its certificate is signed, and confirms it when its line
     * is durable, behind so many units and with this head of the record. One at a time.
     */
    NP_MUST_USE np_code (*reserve)(void *self, const char *serial, const char *common_name,
                                   const uint8_t key_sha256[32], np_error *err);
    NP_MUST_USE np_code (*confirm)(void *self, const char *serial, np_bytes certificate,
                                   uint64_t units, const np_record_hash *head, np_error *err);
    /*
     * Is a modem's token signed with its identity key? ret_is_decided: another token is not needed.
     * NP_ECONFLICT_FOREIGN for a modem that is not known, NP_EDEVICE_VERIFY for a key that is not
     * its own. Several at the same time. NULL: no modem is asked to attest.
     */
    NP_MUST_USE np_code (*judge_token)(void *self, const np_token *token, bool *ret_is_decided,
                                       np_error *err);
    /* Of modems: the journal of a modem and its tag, all zero when there is none; durable. Several
     * at the same time. */
    NP_MUST_USE np_code (*load_journal)(void *self, const char *imei, np_sec_tag tag,
                                        np_nordic_journal *ret, np_error *err);
    NP_MUST_USE np_code (*save_journal)(void *self, const char *imei, np_sec_tag tag,
                                        const np_nordic_journal *journal, np_error *err);
    /* A unit whose certificate is known has its result, whichever; before the event that tells it.
     */
    void (*certified)(void *self, const np_station_made *made);
    void *self;
} np_station_hooks;

/* What chips are made into; everything is borrowed. */
typedef struct np_station_chip_product {
    const np_layout *layout;
    np_bytes board; /* empty: NervesKey's default */
    np_bytes user_data;
    np_plan_signer signer;
} np_station_chip_product;

/* And modems. */
typedef struct np_station_modem_product {
    np_sec_tag tag;
    np_bytes roots; /* PEM with LF */
    bool is_local;  /* keys are made here */
    const np_leaf_template *template;
    const uint8_t *signer_fingerprint; /* 32 bytes */
} np_station_modem_product;

typedef struct np_line_options {
    const np_station_config *config; /* these are borrowed */
    np_ledger *ledger;
    const np_station_parts *parts;
    const np_station_hooks *hooks;
    const np_station_chip_product *chip;   /* NULL: no chips */
    const np_station_modem_product *modem; /* NULL: no modems */
    np_bytes issuer;                       /* the signer's certificate, DER */
    const np_signing *signing;             /* the signer's */
    bool signs_in_parallel;                /* it may be used by several threads at once */
    np_random random;                      /* by several threads at once */
    np_bytes operator_name;
    np_bytes label_pattern; /* of the label's code: what is wrong with a scan is told by it */
    uint64_t units;         /* the line ends after so many; 0: it does not */
    unsigned per_bay;       /* a bay ends after so many; 0: it does not */
    bool needs_parts;       /* a bay without a part is a station fault, not something to wait for */
    np_bytes serial; /* of the first unit of the first bay, as np_line_scan; empty: not known yet */
} np_line_options;

typedef struct np_line np_line;

/* Starts the threads. NP_EPOLICY for a serial that can be none, NP_ESTATION_MEMORY, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_line_start(const np_line_options *options, np_line **ret, np_error *err);

/* Readable (POLLIN) when there are events. */
int np_line_fd(const np_line *line);

/* The next event; false: there is none now. */
bool np_line_next(np_line *line, np_station_event *ret);

/*
 * Something was scanned or typed, for this bay, or with NP_STATION_NO_BAY for that which waits for
 * just this label, else the first one that waits for a label if it looks like one, for a serial, or
 * for a label. False: no such bay waits. NP_EPOLICY when it can be no serial, and no label is
 * waited for.
 */
NP_MUST_USE np_code np_line_scan(np_line *line, int bay, np_bytes text, bool *ret_is_taken,
                                 np_error *err);

/* The unit in the bay is begun anew, although it has its result; a scan does the same. Where a
 * label is to be scanned it is printed once more. */
void np_line_again(np_line *line, unsigned bay);

/* After a halt: units begin again. */
void np_line_resume(np_line *line);

/* No unit begins any more; those in work are finished, but for labels that nobody has scanned: they
 * are asked for when the unit is put in again. */
void np_line_stop(np_line *line);

/* Have all bays ended? The last event is NP_STATION_STOPPED. */
bool np_line_is_done(np_line *line);

typedef struct np_line_counts {
    uint64_t results[NP_RESULT_COUNT];
    unsigned faults_in_a_row; /* of the station */
    bool is_halted;
    np_code last_code; /* of the last unit */
} np_line_counts;

np_line_counts np_line_count(np_line *line);

/* Stops, waits for the bays, has the station sign, releases everything but the ledger. Accepts
 * NULL. */
NP_MUST_USE np_code np_line_finish(np_line *line, np_error *err);
