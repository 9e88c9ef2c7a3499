/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/journal.h"

#include <stdio.h>
#include <stdlib.h>

np_code cli_modem_journal_folder(const cli_arguments *arguments, char ret[static PATH_MAX],
                                 np_error *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length = 0;
    if (arguments->journal != NULL) {
        length = snprintf(ret, PATH_MAX, "%s", arguments->journal);
    } else if (state != NULL && state[0] == '/') {
        length = snprintf(ret, PATH_MAX, "%s/nameplate", state);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(ret, PATH_MAX, "%s/.local/state/nameplate", home);
    } else {
        np_error_set(err, NP_EUSAGE, "there is no place for the journal: $HOME is not set");
        return np_error_hint(err, NP_EUSAGE, "name a folder for it: --journal DIR");
    }
    return length < PATH_MAX
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the path of the journal is too long");
}
