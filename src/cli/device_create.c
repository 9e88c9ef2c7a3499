/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/key_pair.h"
#include "cli/recording.h"
#include "cli/signer_key.h"
#include "nerveskey/otp.h"
#include "signer/software_device.h"
#include "x509/pem.h"
#include <string.h>
#include <time.h>

static void write_certificate(const void *self, np_writer *writer)
{
    const np_issued *certificate = &((const np_software_device *)self)->certificate;
    np_pem_encode(writer, "CERTIFICATE", np_bytes_of(certificate->der, certificate->der_len));
}

static void write_key(const void *self, np_writer *writer)
{
    np_p256_write_pem(((const np_software_device *)self)->key, writer);
}

/* The serial that was given, or the name without its folder. */
static np_code choose_serial(const cli_arguments *arguments, np_manufacturer_serial *ret,
                             np_error *err)
{
    const char *slash = strrchr(arguments->target, '/');
    const char *base = slash == NULL ? arguments->target : slash + 1;
    const char *text = arguments->serial != NULL ? arguments->serial : base;
    return np_manufacturer_serial_parse(np_bytes_text(text), ret, err);
}

static np_code put_device(const np_software_device *device, const cli_key_pair *paths,
                          const np_manufacturer_serial *serial, cli_output *output, np_error *err)
{
    np_certificate certificate;
    np_bytes der = np_bytes_of(device->certificate.der, device->certificate.der_len);
    NP_TRY(np_certificate_parse(der, &certificate, err));
    cli_put_text(output, "certificate_path", "certificate", paths->certificate);
    cli_put_text(output, "key_path", "key", paths->key);
    cli_put_text(output, "serial", "serial", serial->text);
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(device->chip_serial.bytes));
    cli_put_fingerprint(output, "fingerprint", "fingerprint", der);
    cli_put_validity(output, &certificate.validity);
    return NP_OK;
}

np_code cli_device_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_key_pair paths;
    np_manufacturer_serial serial;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_CLEANUP(np_software_device_clear) np_software_device device = {0};
    NP_CLEANUP(cli_recording_clear) cli_recording recording = {0};
    NP_TRY(choose_serial(arguments, &serial, err));
    NP_TRY(cli_key_pair_name(arguments->target, &paths, err));
    NP_TRY(cli_signer_open(arguments, &signer, err));
    np_bytes name = np_bytes_of(serial.text, serial.len);
    NP_TRY(cli_recording_begin(arguments, name, (np_bytes){NULL, 0},
                               np_signer_certificate(signer)->der, &recording, err));
    NP_TRY(np_software_device_create(signer, name, (int64_t)time(NULL), np_random_system(), &device,
                                     err));
    /* Recorded before it is handed out. */
    cli_recorded unit = {
        .certificate = np_bytes_of(device.certificate.der, device.certificate.der_len),
        .origin = "host",
        .where = paths.key,
    };
    NP_TRY(cli_recording_add(&recording, &unit, err));
    cli_key_pair_source source = {
        .write_certificate = write_certificate, .write_key = write_key, .self = &device};
    NP_TRY(cli_key_pair_store(&paths, &source, err));
    return put_device(&device, &paths, &serial, output, err);
}
