/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A production line for tests and benchmarks: bays with virtual chips and modems in memory, a
 * signer, a station key, a disk that may fail. A part is put into a bay and taken out again as an
 * operator would do it.
 */
#pragma once

#include "signer/signer.h"
#include "station/line.h"
#include "support/disk.h"
#include "virtual/bus.h"
#include "virtual/modem_line.h"
#include <pthread.h>

enum { SCENE_NOW = 1795165200 /* 2026-11-20T09:00:00Z */, SCENE_EVENTS_MAX = 8192 };

struct station_scene;

/* One bay; under its mutex, for the operator's hand and the bay's thread meet here. */
typedef struct scene_bay {
    struct station_scene *scene;
    pthread_mutex_t mutex;
    np_virtual_chip *chip; /* NULL: the bay is empty */
    np_virtual_bus bus;
    np_random_seeded seeded;
    bool is_open;
    np_code trouble;       /* what opening says; NP_OK: none */
    np_fault fault;        /* of the next session */
    np_modem_state *modem; /* borrowed; NULL: there is none */
    np_random modem_random;
    np_virtual_line line; /* while it is open */
    bool is_modem_open;
    np_fault_words modem_faults; /* of the next session */
    unsigned opened;
    unsigned long put; /* chips so far */
} scene_bay;

typedef struct station_scene {
    np_signer *signer;
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t signer_fingerprint[32];
    np_p256_key *key;
    np_signing station;
    unsure_disk record_disk;
    unsure_disk intents_disk;
    np_record_storage record;
    np_record_storage intents;
    np_station_config config;
    np_ledger_options ledger_options;
    np_ledger *ledger;
    np_ledger_found found;
    np_station_chip_product product;
    np_leaf_template leaf;
    np_station_modem_product modem;
    np_station_parts parts;
    np_station_hooks hooks;
    np_line_options options;
    np_line *line;
    scene_bay bays[NP_STATION_BAYS_MAX];
    np_station_event *events; /* heap: all of this line */
    size_t event_count;
    np_error err;
} station_scene;

/* So many bays, "1" and on, whose serials follow the pattern. Nothing is in them, and no line runs.
 */
void scene_open(station_scene *scene, unsigned bays, const char *serials);
void scene_close(station_scene *scene);

enum { SCENE_TAG = 16842753 };

/* Bays hold modems as well, or modems alone; before a line starts. Who calls has the hooks for
 * journals. */
void scene_add_modems(station_scene *scene, bool has_chips);

/* Into a bay without one; the state stays the caller's, and is what has survived whenever the modem
 * is not spoken with. Its keys are drawn from random. */
void scene_put_modem(station_scene *scene, unsigned bay, np_modem_state *modem, np_random random);

/* As scene_take. */
np_modem_state *scene_take_modem(station_scene *scene, unsigned bay);

/* A fresh chip, whose serial has this number, into an empty bay. */
void scene_put(station_scene *scene, unsigned bay, unsigned number);

/* The chip in the bay is taken out; waits until nobody speaks with it. NULL: the bay was empty. */
np_virtual_chip *scene_take(station_scene *scene, unsigned bay);

/* This one is put in. */
void scene_put_back(station_scene *scene, unsigned bay, np_virtual_chip *chip);

/* The ledger from the disks, and the line. */
void scene_start(station_scene *scene);

/* Waits for the next event, of whatever kind; NULL: none came in a minute. */
const np_station_event *scene_next(station_scene *scene);

/* Takes events until there is one of this kind, of any bay; it is the last of events. */
const np_station_event *scene_await(station_scene *scene, np_station_event_kind kind);

/* Ends the line and the ledger; what the recorder says. */
np_code scene_stop(station_scene *scene);

/* The program was killed at this moment: nothing more is written. */
void scene_kill(station_scene *scene);

typedef struct scene_tally {
    unsigned results[NP_RESULT_COUNT];
    unsigned interrupted;
    unsigned serials; /* different ones that have passed */
    unsigned twice;   /* passes of a serial or a part that had passed before */
} scene_tally;

/* Reads the record by itself, with the station's key: what it says. Fails the test when it does
 * not verify. */
scene_tally scene_count(station_scene *scene);
