/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the factory program and the application of this example share: the chip, the store of keys
 * and the ids by which the product knows its keys.
 */
#pragma once

#include <nameplate/psa_store.h>
#include <nameplate/psa_wire.h>
#include <psa/crypto.h>

/* Ids are no slots, and well apart from them. */
enum {
    IDENTITY_KEY = 16,    /* made by whoever made the chip, in slot 0 */
    APPLICATION_KEY = 18, /* made by the chip for this product */
    IDENTITY_SLOT = 0,
    APPLICATION_SLOT = 2,
};

typedef struct device {
    np_psa_store store;
    np_psa_wire *wire;
    np_psa_chip chip;
} device;

/* Store, chip, driver, core, in this order; says on stderr what does not work. */
bool device_start(device *self, const char *folder, const char *uri);
void device_stop(device *self);

/* An ECDSA key pair on P-256 in the secure element, to sign and verify SHA-256 hashes. */
psa_key_attributes_t device_key(psa_key_id_t id);

/* Prints "label done." or "label failed with status=..."; true for success. */
bool device_report(const char *label, psa_status_t status);
