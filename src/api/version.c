/* SPDX-License-Identifier: Apache-2.0 */
#include <nameplate/nameplate.h>

#include <time.h>

const char *np_version(void)
{
    return NP_PROJECT_VERSION;
}

int64_t np_now(void)
{
    return (int64_t)time(NULL);
}
