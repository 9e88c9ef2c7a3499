/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A factory whose stations end again and again at any moment: the power fails, the process is
 * killed, disks are full or forget, a bus or a serial line is disturbed, a key, the printer or the
 * registry is gone, the clock jumps. One station, or two that share a registry, each with bays for
 * chips, modems or both; an operator who puts units in, takes them out, scans the wrong label
 * sometimes and carries a unit to the other station. In the end everything is well, and every unit
 * is shown until it is finished.
 *
 * The seed chooses faults and hands; threads are scheduled as they are.
 */
#pragma once

#include "station/registrar.h"
#include "support/station_scene.h"
#include <stdatomic.h>

enum {
    PLANT_SITES = 2,
    PLANT_BAYS = 3,
    PLANT_LIVES = 6,   /* of each station, as many as the disk has room for */
    PLANT_RESULTS = 4, /* of a station in a life, at most */
    PLANT_UNITS = PLANT_SITES * (PLANT_BAYS + PLANT_LIVES * PLANT_RESULTS),
    PLANT_TOLD = 2 * PLANT_UNITS,
    PLANT_LABELS = 1024,
    PLANT_DIGESTS = 16,   /* more than bays can be signing at the same time */
    PLANT_SERIALS = 12,   /* that a unit was seen with */
    PLANT_AUTHORIZED = 8, /* fewer than some shifts want */
    PLANT_DAY_S = 86400,
    PLANT_FINISHED = SCENE_NOW + PLANT_DAY_S, /* when all is well again */
};

/* What a shift is of. */
typedef struct plant_kind {
    const char *name;
    bool has_chips;
    bool has_modems;
    bool is_scanned; /* serials are; otherwise they are counted */
    bool has_labels;
    bool has_registry; /* and two stations */
    np_on_conflict on_conflict;
} plant_kind;

typedef struct plant_unit {
    char uid[NP_LEDGER_UID_SIZE];
    unsigned number;
    bool is_clone; /* its key may be another's: it need not pass */
    np_random_seeded seeded;
    np_virtual_chip *chip; /* NULL: the unit has none */
    np_modem_state *modem;
    char serials[PLANT_SERIALS][NP_UNIT_SERIAL_SIZE];
    unsigned serial_count;
    unsigned home; /* the station that it was last put in at */
    unsigned tries;
    bool is_in_bay;
    bool has_passed;
} plant_unit;

/* A key that is gone after so many signatures; 0: it stays. */
typedef struct plant_key {
    np_signing inner;
    unsigned left;
    bool is_gone;
    unsigned signed_;                               /* different texts since the life began */
    uint8_t digests[PLANT_DIGESTS][NP_SHA256_SIZE]; /* the last ones */
} plant_key;

/* A thing that fails after so many uses, until the next life; 0: it does not. */
typedef struct plant_tool {
    unsigned left;
    bool is_gone;
} plant_tool;

/* What somebody was told, or reads from a label: it must be in a record for ever. */
typedef struct plant_told {
    char serial[NP_UNIT_SERIAL_SIZE];
    char uid[NP_LEDGER_UID_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1];
} plant_told;

typedef struct plant_site {
    struct plant *plant;
    unsigned index;
    station_scene scene;
    plant_unit *in_bay[PLANT_BAYS];
    bool is_alive;
    plant_key signer;
    np_signing signing;
    plant_key station;
    np_signing station_signing;
    uint8_t digest[NP_SHA256_SIZE];
    np_issuance_terms issuance;
    np_registrar *registrar;
    plant_tool registry;
    plant_tool printer;
    plant_told labels[PLANT_LABELS];
    unsigned label_count;
    pthread_mutex_t mutex;       /* of the journals */
    np_nordic_journal *journals; /* heap: by the units' numbers; all zero: none */
    plant_tool journal_disk;
    np_random_seeded journal_lot;
    atomic_uint clock_calls;
    unsigned jump_at; /* calls; 0: the clock does not jump */
    int64_t jump_ms;
    int64_t now_ms;
} plant_site;

typedef struct plant {
    const plant_kind *kind;
    uint64_t random;
    np_authorization terms;
    bool is_authorized;
    char terms_id[2 * NP_AUTHORIZATION_ID_SIZE + 1];
    char registry[512]; /* URI; empty: none */
    plant_site sites[PLANT_SITES];
    unsigned site_count;
    plant_unit units[PLANT_UNITS];
    unsigned unit_count;
    plant_told told[PLANT_TOLD];
    unsigned told_count;
    unsigned finishing_signatures; /* made when all was well again */
    unsigned refused_clones;       /* then: the key is looked for when a certificate is noted */
    unsigned fresh;                /* serials given out for units that could keep none */
} plant;

/* By this plant's lot, a number below the limit. */
unsigned plant_lot(plant *on, unsigned limit);

/* Everything new; zeroed memory. registry: URI of one that does not exist yet, if the kind has one.
 */
void plant_begin(plant *on, const plant_kind *kind, uint64_t seed, const char *registry);
void plant_end(plant *on);

/* All stations work side by side under faults by lot, and all end in the middle of it. */
void plant_live(plant *on);

/* Without faults, and with an authorization that has room, every unit is finished; fails the test
 * with the last message for one that is stuck. */
void plant_finish(plant *on);

/* A cut has torn a lock: no chip can be told from a broken one then, and it is scrap. */
bool plant_is_lost(const plant_unit *unit);

/* The other half (plant_faults.c): the hooks of a site, and what goes wrong with it. */
void plant_site_open(plant_site *site);
void plant_site_heal(plant_site *site);
void plant_site_hurt(plant_site *site);
int64_t plant_now_ms(void *self);
