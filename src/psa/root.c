/* SPDX-License-Identifier: Apache-2.0 */
/* The chip of the driver: Mbed TLS hands its methods nothing that could lead to it. */
#include <nameplate/psa.h>

static np_psa_chip *attached;

void np_psa_attach(np_psa_chip *chip)
{
    attached = chip;
}

np_psa_chip *np_psa_attached(void)
{
    return attached;
}
