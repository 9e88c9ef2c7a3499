/* SPDX-License-Identifier: Apache-2.0 */
#include "files/modem_journal.h"

#include "base/wipe.h"
#include "files/load.h"
#include "link/whole_file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static np_code too_long(np_error *err)
{
    return np_error_set(err, NP_EINPUT_RANGE, "the path of the journal is too long");
}

/* Each folder of the path that is not there. */
static np_code make_folders(char *path, np_error *err)
{
    for (char *at = path + 1;; at++) {
        char end = *at;
        if (end != '/' && end != '\0') {
            continue;
        }
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be made: %s", path,
                                    strerror(errno));
        }
        *at = end;
        if (end == '\0') {
            return NP_OK;
        }
    }
}

/* Ids are plain but for these, which would lead elsewhere. */
static np_code name_file(const char *folder, const char *modem, np_sec_tag tag,
                         char ret[static PATH_MAX], np_error *err)
{
    if (modem[0] == '\0' || strchr(modem, '/') != NULL || modem[0] == '.') {
        return np_error_set(err, NP_EINPUT_FORMAT, "'%s' cannot name a file", modem);
    }
    int length = snprintf(ret, PATH_MAX, "%s/modem-%s-%u.journal", folder, modem, tag);
    return length < PATH_MAX ? NP_OK : too_long(err);
}

np_code np_modem_journal_open(const char *folder, const char *modem, np_sec_tag tag,
                              np_modem_journal *ret_file, np_nordic_journal *ret, np_error *err)
{
    char made[PATH_MAX];
    NP_CLEANUP(np_file_clear) np_file file = {0};
    *ret = (np_nordic_journal){0};
    if (snprintf(made, sizeof(made), "%s", folder) >= (int)sizeof(made)) {
        return too_long(err);
    }
    NP_TRY(make_folders(made, err));
    NP_TRY(name_file(folder, modem, tag, ret_file->path, err));
    np_code code = np_file_load(ret_file->path, &file, err);
    if (code == NP_EINPUT_MISSING) {
        return NP_OK;
    }
    NP_TRY(code);
    code = np_nordic_journal_read(np_file_bytes(&file), ret, err);
    if (code != NP_OK) {
        np_error_prefix(err, code, "%s", ret_file->path);
        return np_error_hint(err, code, "move it away: then what the modem holds is replaced");
    }
    return NP_OK;
}

np_code np_modem_journal_save(const np_modem_journal *file, const np_nordic_journal *journal,
                              np_error *err)
{
    uint8_t text[NP_NORDIC_JOURNAL_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_nordic_journal_write(journal, &writer);
    np_code code = np_file_replace(file->path, 0600, np_writer_bytes(&writer), err);
    np_wipe(text, sizeof(text)); /* it may have had a key in it */
    return code;
}
