/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bay of a production line, driven by a test executive: libnameplate-station. It is the engine
 * of `nameplate station run` in the caller's process: the same configuration, record,
 * authorization, policy, labels and test, and the same locks, so that a record is written by one
 * process at a time. What was begun and not finished, by a killed process as well, is resumed when
 * the unit is there again.
 *
 * A unit that fails is no error: np_station_end and np_station_run return NP_OK, and the result
 * says whose trouble it is. An error means that the call itself did nothing.
 *
 * Rules for callers: one thread at a time uses a station, but for np_station_cancel. The library
 * prints nothing, asks nobody (passphrases and PINs are in files that the configuration names),
 * sets no signal handler, and starts threads of its own while a unit is in work, which take no
 * signals. A process that has a station open does not fork without exec.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct np_station np_station;

/*
 * Structures may grow at their end. size is what the caller's is, sizeof(np_station_options): the
 * library neither reads nor writes behind it.
 */
typedef struct np_station_options {
    size_t size;
    /* The configuration: a file (station.conf), or its text; one of the two. Paths in it are seen
     * from the working directory. */
    const char *config;
    const char *config_text;
    const char *bay;           /* NULL: the only one that is configured */
    const char *operator_name; /* for the record; NULL: nobody's */
} np_station_options;

/*
 * Opens keys, signer, authorization, registry and record; nothing is touched before all is known to
 * be good. Units that a crash left in work get their line in the record. Everything is copied. *ret
 * is the caller's, for np_station_close; NULL after an error:
 *   NP_EUSAGE            no such bay, or it is not said which; a secret that no file has
 *   NP_EINPUT_...        file and line of the configuration; a file that it names
 *   NP_EPOLICY           the authorization does not allow this station, or not now
 *   NP_ESTATION_BUSY     another process, or another handle of this one, has the record
 *   NP_ESTATION_...      registry, HSM, disk
 */
NP_PUBLIC NP_MUST_USE np_code np_station_open(const np_station_options *options, np_station **ret,
                                              np_error *err);

/*
 * Finishes a unit in work as np_station_end would, signs the record, and releases. Accepts NULL. An
 * error is told after everything is released: what could not be written.
 */
NP_PUBLIC NP_MUST_USE np_code np_station_close(np_station *station, np_error *err);

/* Whose trouble it is. */
typedef enum np_station_verdict {
    NP_STATION_VERDICT_NONE = 0, /* no unit was begun */
    NP_STATION_VERDICT_PASS = 1,
    NP_STATION_VERDICT_FAIL = 2,    /* the unit is bad */
    NP_STATION_VERDICT_STATION = 3, /* the station is; the unit may be good */
    NP_STATION_VERDICT_POLICY = 4,  /* the rules say no */
} np_station_verdict;

/* "PASS", "FAIL", "STATION", "POLICY"; "" for any other. Constant. */
NP_PUBLIC const char *np_station_verdict_name(int verdict);

enum {
    NP_STATION_SERIAL_SIZE = 65, /* texts, with their NUL */
    NP_STATION_UID_SIZE = 64,
    NP_STATION_WORD_SIZE = 32,
    NP_STATION_CERTIFICATE_MAX = 2048,
};

/* How a unit ended. Texts that are not known are empty. */
typedef struct np_station_result {
    size_t size;                          /* the caller's, before the call */
    int verdict;                          /* np_station_verdict */
    int code;                             /* np_code behind a verdict that is no PASS; NP_OK */
    int status;                           /* what `station run --once` would exit with: 0 to 6 */
    unsigned attempt;                     /* from 1 on */
    uint64_t duration_ms;                 /* of the unit */
    char code_name[NP_STATION_WORD_SIZE]; /* stable, for logs: "input-storable" */
    char action[NP_STATION_WORD_SIZE];    /* make, resume, record, confirm, refuse */
    char step[NP_STATION_WORD_SIZE];      /* at which it failed: look, claim, apply ... */
    char serial[NP_STATION_SERIAL_SIZE];
    char uid[NP_STATION_UID_SIZE]; /* of the chip, or IMEI of the modem */
    char message[NP_ERROR_MESSAGE_SIZE];
    char hint[NP_ERROR_HINT_SIZE];                   /* the next step */
    char fingerprint[65];                            /* SHA-256 of the certificate, in hex */
    size_t certificate_len;                          /* 0: none */
    uint8_t certificate[NP_STATION_CERTIFICATE_MAX]; /* DER */
} np_station_result;

/*
 * Called for each event, on the thread that waits: one JSON object in UTF-8 (doc/station.md), as on
 * the socket of `station run`; valid during the call.
 */
typedef void np_station_listen(void *self, const char *json);

/*
 * A unit from its beginning to its result. serial: what was scanned; NULL with a configuration
 * whose product.serial is a pattern, which gives the next one, or the one that the part has
 * already. listen may be NULL. Errors as np_station_begin and np_station_end.
 */
NP_PUBLIC NP_MUST_USE np_code np_station_run(np_station *station, const char *serial,
                                             np_station_listen *listen, void *self,
                                             np_station_result *ret, np_error *err);

/*
 * The same without waiting: begin, then np_station_next whenever np_station_fd is readable, until
 * np_station_is_done; then end. Returns at once.
 *   NP_EUSAGE    a unit is in work; or no serial, and product.serial = scan
 *   NP_EPOLICY   it can be no serial; or policy.stop_after station faults came in a row: somebody
 *                has to look, and to call np_station_resume
 *   NP_ESTATION_MEMORY, NP_ESTATION_IO
 */
NP_PUBLIC NP_MUST_USE np_code np_station_begin(np_station *station, const char *serial,
                                               np_error *err);

/* Readable (POLLIN) when there are events. Not for reading; valid until end. -1: no unit. */
NP_PUBLIC int np_station_fd(const np_station *station);

enum { NP_STATION_JSON_SIZE = 4608 };

/*
 * The next event as JSON with a NUL; NP_STATION_JSON_SIZE is enough, and what has no room is lost.
 * False: there is none now.
 */
NP_PUBLIC bool np_station_next(np_station *station, char *ret_json, size_t size);

/* Has the unit its result, and were all its events taken? True without a unit. */
NP_PUBLIC bool np_station_is_done(const np_station *station);

/*
 * Waits until the unit has its result, has the station sign for it, and tells. NP_EUSAGE without a
 * unit; NP_EINTERRUPTED when it was cancelled before it began (verdict NONE); NP_ESTATION_... when
 * the record could not be written: the station is to be closed then, and opening tells what there
 * is.
 */
NP_PUBLIC NP_MUST_USE np_code np_station_end(np_station *station, np_station_result *ret,
                                             np_error *err);

/*
 * No unit begins any more until the next np_station_begin. One in work is finished: there are steps
 * that must not be left half done. From any thread; not from a signal handler.
 */
NP_PUBLIC void np_station_cancel(np_station *station);

/* After station faults in a row: units begin again. */
NP_PUBLIC void np_station_resume(np_station *station);

#ifdef __cplusplus
}
#endif
