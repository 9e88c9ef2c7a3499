/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test executive in C that drives one bay: each serial of the command line is a unit. Events go
 * to the standard error as they come, verdicts to the standard output. The executive's own loop
 * waits for the bay as for anything else.
 *
 *     cc drive_bay.c $(pkg-config --cflags --libs nameplate-station) -o drive_bay
 *     ./drive_bay station.conf T2-000017
 */
#include <nameplate/station.h>
#include <poll.h>
#include <stdio.h>

static int complain(const np_error *err)
{
    fprintf(stderr, "drive_bay: %s\n", err->message);
    if (err->hint[0] != '\0') {
        fprintf(stderr, "drive_bay: hint: %s\n", err->hint);
    }
    return (int)np_error_class(err->code);
}

/* Until the unit has its result; a loop with more to do watches more. */
static void watch(np_station *station)
{
    char json[NP_STATION_JSON_SIZE];
    while (!np_station_is_done(station)) {
        struct pollfd bay = {.fd = np_station_fd(station), .events = POLLIN};
        if (poll(&bay, 1, -1) < 0) {
            continue; /* a signal came */
        }
        while (np_station_next(station, json, sizeof(json))) {
            fprintf(stderr, "%s\n", json);
        }
    }
}

/* The status of the unit, as `nameplate station run --once` has it. */
static int make_unit(np_station *station, const char *serial)
{
    np_error err;
    np_station_result result = {.size = sizeof(result)};
    if (np_station_begin(station, serial, &err) != NP_OK) {
        return complain(&err);
    }
    watch(station);
    if (np_station_end(station, &result, &err) != NP_OK) {
        return complain(&err);
    }
    printf("%s %s %s %s\n", np_station_verdict_name(result.verdict), result.serial,
           result.verdict == NP_STATION_VERDICT_PASS ? result.action : result.code_name,
           result.verdict == NP_STATION_VERDICT_PASS ? result.fingerprint : result.message);
    return result.status;
}

int main(int argc, char **argv)
{
    np_error err;
    np_station *station = NULL;
    int status = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: drive_bay STATION.CONF SERIAL...\n");
        return 2;
    }
    np_station_options options = {.size = sizeof(options), .config = argv[1]};
    if (np_station_open(&options, &station, &err) != NP_OK) {
        return complain(&err);
    }
    for (int i = 2; i < argc && status == 0; i++) {
        status = make_unit(station, argv[i]);
    }
    if (np_station_close(station, &err) != NP_OK) {
        return complain(&err);
    }
    return status;
}
