/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/software_device.h"

void np_software_device_clear(np_software_device *device)
{
    np_p256_free(device->key);
    np_wipe(device, sizeof(*device));
}

static np_code make_dates(const np_signer *signer, int64_t now, uint8_t *ret, np_error *err)
{
    np_validity validity;
    NP_TRY(np_validity_check_signer(&np_signer_certificate(signer)->validity, now, err));
    NP_TRY(np_validity_at(now, NP_SOFTWARE_DEVICE_YEARS, &validity, err));
    return np_dates_encode(&validity, ret, err);
}

static np_code issue(const np_signer *signer, np_bytes common_name, const uint8_t *dates,
                     np_software_device *device, np_error *err)
{
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t authority[NP_P256_POINT_SIZE];
    np_p256_public(device->key, point);
    np_signer_public_key(signer, authority);
    np_profile_values values = {
        .subject = common_name,
        .public_key = point,
        .authority_key = authority,
        .chip_serial = NP_BYTES(device->chip_serial.bytes),
    };
    return np_profile_issue(&np_profile_nerveskey_device, &values, dates, np_signer_signing(signer),
                            &device->certificate, err);
}

np_code np_software_device_create(const np_signer *signer, np_bytes common_name, int64_t now,
                                  np_random random, np_software_device *ret, np_error *err)
{
    uint8_t dates[NP_DATES_SIZE];
    *ret = (np_software_device){0};
    if (!np_signer_has_key(signer)) {
        return np_error_set(err, NP_EINPUT_KEY, "the signer has no key to sign with");
    }
    NP_TRY(make_dates(signer, now, dates, err));
    np_chip_serial *serial = &ret->chip_serial;
    NP_TRY(random.fill(random.self, serial->bytes, sizeof(serial->bytes), err));
    NP_TRY(np_p256_generate(&ret->key, err));
    return issue(signer, common_name, dates, ret, err);
}
