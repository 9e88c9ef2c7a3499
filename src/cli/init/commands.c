/* SPDX-License-Identifier: Apache-2.0 */
/* What begins a line, as it is typed. */
#include "base/civil.h"
#include "base/format.h"
#include "cli/init/init.h"

typedef struct command_row {
    const char *why;
    void (*write)(const init_line *line, int64_t now, char *ret);
} command_row;

static void change_folder(const init_line *line, int64_t now, char *ret)
{
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE, "cd '%s'", line->folder);
}

static void create_signer(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE, "nameplate signer create " INIT_SIGNER " --years 31");
}

static void create_station(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE, "nameplate station key create " INIT_STATION);
}

static void create_authority(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE, "nameplate station key create " INIT_AUTHORITY);
}

static void authorize(const init_line *line, int64_t now, char *ret)
{
    char first[NP_UNIT_SERIAL_SIZE];
    char last[NP_UNIT_SERIAL_SIZE];
    char until[NP_TIME_TEXT_SIZE];
    uint64_t end = np_serials_end(&line->serials);
    uint64_t units = end > INIT_UNITS ? INIT_UNITS : end - 1;
    (void)!np_serials_format(&line->serials, 1, first);
    (void)!np_serials_format(&line->serials, units, last);
    np_format_time(now + (int64_t)INIT_DAYS * 24 * 60 * 60, until);
    until[strlen("2026-11-20")] = '\0';
    np_format(ret, INIT_COMMAND_SIZE,
              "nameplate authorization create --batch first --count %u --serials '%s..%s' "
              "--until %s --station " INIT_STATION ".pub --out " INIT_AUTHORIZATION,
              (unsigned)units, first, last, until);
}

static void sign_authorization(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE,
              "nameplate authorization sign " INIT_AUTHORIZATION " --key " INIT_AUTHORITY ".key");
}

static void create_chips(const init_line *line, int64_t now, char *ret)
{
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE,
              line->is_virtual ? "for bay in $(seq %u); do nameplate virtual create bay$bay.chip "
                                 "--model atecc608b; done"
                               : "for bay in $(seq %u); do nameplate chip info "
                                 "i2c:/dev/i2c-$bay; done",
              line->bays);
}

static void run(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE, "nameplate station run --config " INIT_CONFIG " --once");
}

static void label(const init_line *line, int64_t now, char *ret)
{
    char first[NP_UNIT_SERIAL_SIZE];
    (void)now;
    (void)!np_serials_format(&line->serials, 1, first);
    np_format(ret, INIT_COMMAND_SIZE,
              "nameplate station label '%s' --record " INIT_RECORD " --template " INIT_LABEL
              " --key " INIT_STATION ".pub --out first.svg",
              first);
}

static void verify(const init_line *line, int64_t now, char *ret)
{
    (void)line;
    (void)now;
    np_format(ret, INIT_COMMAND_SIZE,
              "nameplate record verify " INIT_RECORD " --key " INIT_STATION ".pub");
}

static const command_row rows[] = {
    {"everything is in one folder", change_folder},
    {"the Device CA: keep signer.key where nobody gets at it, or in an HSM", create_signer},
    {"the station, which signs the record of what it made", create_station},
    {"whoever allows the line to issue: at home, not in the factory", create_authority},
    {"how many units, which serials, until when: change it to what you make", authorize},
    {"nothing is allowed before this", sign_authorization},
    {"the chips: are they there?", create_chips},
    {"a unit in each bay; without --once until it is told to end", run},
    {"a unit's label, for a look", label},
    {"what was made, proven", verify},
};

bool init_command_at(const init_line *line, int64_t now, size_t index, init_command *ret)
{
    if (index >= NP_COUNT_OF(rows)) {
        return false;
    }
    ret->why = rows[index].why;
    rows[index].write(line, now, ret->text);
    return true;
}
