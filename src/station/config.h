/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a station: station.conf, of which one table (np_station_keys) has all
 * keys and what they mean. No file that it names is looked at.
 */
#pragma once

#include "config/config.h"
#include "station/serials.h"
#include "station/shift.h"
#include "station/unit.h"

enum {
    NP_STATION_BAYS_MAX = 64,
    NP_STATION_TEXT_SIZE = 512,
    NP_STATION_NAME_SIZE = 64,
    NP_STATION_CHECKS_MAX = 8, /* of NP_CHECK_COUNT */
    NP_STATION_TAGS_MAX = 16,
};

typedef struct np_station_bay {
    char name[NP_STATION_NAME_SIZE];
    char chip[NP_STATION_TEXT_SIZE];  /* URI; empty: no chip in this bay */
    char modem[NP_STATION_TEXT_SIZE]; /* URI; empty: no modem */
} np_station_bay;

/* Texts that are not given are empty. */
typedef struct np_station_config {
    char name[NP_STATION_NAME_SIZE];
    char key[NP_STATION_TEXT_SIZE];
    char record[NP_STATION_TEXT_SIZE];
    char listen[NP_STATION_TEXT_SIZE]; /* of the operator's screen */
    char events[NP_STATION_TEXT_SIZE]; /* a socket */
    char shift_texts[NP_SHIFTS_MAX][NP_SHIFT_TEXT_SIZE];
    size_t shift_text_count;
    np_shifts shifts; /* the same, parsed; without any a day is one */
    struct {
        char certificate[NP_STATION_TEXT_SIZE];
        char key[NP_STATION_TEXT_SIZE];
        char passphrase_file[NP_STATION_TEXT_SIZE];
    } signer;
    struct {
        char file[NP_STATION_TEXT_SIZE];
        char authority[NP_STATION_TEXT_SIZE];
        char registry[NP_STATION_TEXT_SIZE];
    } authorization;
    struct {
        char name[NP_STATION_TEXT_SIZE];
        char serial[NP_STATION_TEXT_SIZE];
        np_serials serials; /* the same, parsed */
        unsigned first;
        char batch[NP_STATION_TEXT_SIZE];
        char tags[NP_STATION_TAGS_MAX][NP_STATION_NAME_SIZE];
        size_t tag_count;
        char label[NP_STATION_TEXT_SIZE];
        char label_output[NP_STATION_TEXT_SIZE];
        char label_format[NP_STATION_NAME_SIZE];
        bool label_scan_back;
    } product;
    bool has_chip; /* a bay has one */
    struct {
        char layout[NP_STATION_NAME_SIZE];
        char board[NP_STATION_NAME_SIZE];
        char user_data[NP_STATION_TEXT_SIZE];
        char verify[NP_STATION_CHECKS_MAX][NP_STATION_NAME_SIZE];
        size_t verify_count;
    } chip;
    bool has_modem;
    struct {
        unsigned sectag;
        char root[NP_STATION_TEXT_SIZE];
        bool coap;
        char profile[NP_STATION_NAME_SIZE];
        unsigned days;
        bool is_local;
        char journals[NP_STATION_TEXT_SIZE];
        char pins[NP_STATION_TEXT_SIZE];
        bool only_pinned;
    } modem;
    struct {
        char gateway[NP_STATION_TEXT_SIZE];
        char ca[NP_STATION_TEXT_SIZE];
        unsigned timeout_s;
    } test;
    struct {
        np_on_conflict on_conflict;
        unsigned retries;
        unsigned rescans;    /* of a label that was wrong */
        unsigned stop_after; /* 0: never */
        unsigned poll_ms;
    } policy;
    struct {
        char to[NP_STATION_TEXT_SIZE];
        char organisation[NP_STATION_NAME_SIZE];
        unsigned every_s; /* 0: by command alone */
        unsigned timeout_s;
    } sync;
    np_station_bay bays[NP_STATION_BAYS_MAX];
    size_t bay_count;
} np_station_config;

/* name is that of the file, for messages. NP_EINPUT_FORMAT, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_station_config_parse(np_bytes text, const char *name, np_station_config *ret,
                                            np_error *err);

/* All keys, for who writes about them. */
extern const np_config_schema np_station_keys;
