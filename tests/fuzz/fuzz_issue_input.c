/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists and bundles from strangers, as `issue` reads them: the first byte chooses the profile, the
 * rest is the file. Every unit is refused with a reason, or has a serial and a subject.
 */
#include "base/wipe.h"
#include "cli/issue/input.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_all(const char *path, const np_leaf_profile *profile)
{
    static np_issue_unit unit;
    bool is_end = false;
    NP_CLEANUP(cli_issue_input_close) cli_issue_input input = {0};
    if (cli_issue_input_open(path, profile, NULL, &input, NULL) != NP_OK) {
        return;
    }
    while (!is_end) {
        unit = (np_issue_unit){0};
        require(cli_issue_input_next(&input, &unit, &is_end, NULL) == NP_OK);
        require(is_end || unit.line > 0);
        require(is_end || (unit.is_refused ? unit.reason[0] != '\0'
                                           : unit.serial_len > 0 && unit.subject_len > 2));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    if (size == 0) {
        return 0;
    }
    const np_leaf_profile *profile = np_leaf_profile_at(data[0] % 4);
    int file = memfd_create("input", MFD_CLOEXEC);
    require(file >= 0 && write(file, data + 1, size - 1) == (ssize_t)(size - 1));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    read_all(path, profile);
    close(file);
    return 0;
}
