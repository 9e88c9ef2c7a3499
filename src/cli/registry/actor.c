/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry/actor.h"

#include "base/format.h"
#include <pwd.h>
#include <time.h>
#include <unistd.h>

void cli_actor_init(cli_actor *ret)
{
    uid_t uid = geteuid();
    const struct passwd *user = getpwuid(uid);
    if (user != NULL) {
        np_format(ret->name, sizeof(ret->name), "%s", user->pw_name);
    } else {
        np_format(ret->name, sizeof(ret->name), "uid %u", (unsigned)uid);
    }
    ret->actor = (np_actor){.name = ret->name, .now = (int64_t)time(NULL)};
}
