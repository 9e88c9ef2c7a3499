/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud nrf provision: a claimed device gets key, certificate and root on the air. The device makes
 * its key and says the request; nothing is signed for a request that is not of this device. A run
 * that was interrupted is run again: the device makes another key, and gets its certificate.
 */
#include "base/wipe.h"
#include "cli/cloud/nrf_service.h"
#include "cli/command.h"
#include "cli/modem/issuing.h"
#include "cli/modem/session.h"
#include "cloud/nrf_row.h"
#include "cloud/rows_file.h"
#include "nordic/certify.h"
#include "nordic/reply.h"
#include "x509/pem.h"
#include <stdio.h>
#include <strings.h>

enum { PEM_MAX = 2 * NP_LEAF_MAX, LOCK_WAIT_MS = 10000, ATTRIBUTES_MAX = 64 };

typedef struct air {
    const cli_arguments *arguments;
    cli_nrf_service service;
    np_signer *signer;
    np_leaf_template template;
    char roots[NP_ROOTS_MAX + 1];
    np_sec_tag tag;
    np_rows_file *rows; /* NULL: no --csv */
    np_nordic_reply reply;
    uint8_t der[NP_LEAF_MAX];
    size_t der_len;
    char pem[PEM_MAX + 1];
} air;

static void air_clear(air *self)
{
    np_signer_free(self->signer);
    np_rows_file_free(self->rows);
    cli_nrf_service_close(&self->service);
}

/* Everything that can be refused is refused before the device is told anything. */
static np_code prepare(const cli_arguments *arguments, air *self, np_error *err)
{
    const np_leaf_profile *profile;
    self->arguments = arguments;
    if (strlen(arguments->target) != NP_UUID_TEXT_SIZE - 1) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no UUID of a device", arguments->target);
    }
    NP_TRY(cli_modem_tag(arguments, &self->tag, err));
    NP_TRY(np_roots_load(arguments->root, arguments->coap, self->roots, err));
    NP_TRY(cli_modem_prepare_signer(arguments, &self->signer, &profile, &self->template, err));
    if (arguments->csv != NULL) {
        NP_TRY(np_rows_file_open(arguments->csv, &np_rows_onboard, LOCK_WAIT_MS, &self->rows, err));
        NP_TRY(np_rows_file_check(self->rows, np_bytes_text(arguments->target), err));
    }
    return cli_nrf_service_open(arguments, &self->service, err);
}

/* Tells the device and waits for its answer. Takes the request. */
static np_code tell(const air *self, const char *what, json_t *request, json_t **ret_response,
                    np_error *err)
{
    char id[NP_NRF_OPERATION_SIZE];
    const char *uuid = self->arguments->target;
    if (request == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    NP_TRY(np_nrf_command(&self->service.cloud, uuid, what, request, id, err));
    if (!self->arguments->json) {
        cli_note("%s: command %s waits for the device", what, id);
    }
    return np_nrf_command_await(&self->service.cloud, uuid, id, ret_response, err);
}

static np_code tell_only(const air *self, const char *what, json_t *request, np_error *err)
{
    NP_CLEANUP(np_nrf_json_clear) json_t *response = NULL;
    return tell(self, what, request, &response, err);
}

/* The reply to KEYGEN, as the device has passed it on. */
static np_code take_reply(const json_t *response, np_modem_token *ret, np_error *err)
{
    const json_t *request = json_object_get(response, "certificateSigningRequest");
    const char *text = json_string_value(json_object_get(request, "message"));
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len > NP_MODEM_TOKEN_MAX) {
        return np_error_set(err, NP_EDEVICE_ANSWER, "the device's answer has no request");
    }
    ret->len = len;
    memcpy(ret->text, text, len + 1);
    return NP_OK;
}

static np_code ask_for_request(air *self, np_error *err)
{
    char attributes[ATTRIBUTES_MAX];
    np_modem_token token;
    const char *uuid = self->arguments->target;
    NP_CLEANUP(np_nrf_json_clear) json_t *response = NULL;
    snprintf(attributes, sizeof(attributes), "CN=%s", uuid);
    NP_TRY(tell(self, "Generate CSR", np_nrf_request_csr(attributes, NP_NRF_CSR_USAGE, self->tag),
                &response, err));
    NP_TRY(take_reply(response, &token, err));
    NP_TRY(np_nordic_reply_check(&token, self->tag, uuid, &self->reply, err));
    if (strcasecmp(self->reply.uuid, uuid) == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EDEVICE_VERIFY, "the request that came back is of device %s, not of %s",
                 self->reply.uuid[0] == '\0' ? "(none)" : self->reply.uuid, uuid);
    return np_error_hint(err, NP_EDEVICE_VERIFY, "nothing was signed");
}

static np_code certify(air *self, np_error *err)
{
    const np_nordic_issuer issuer = {&self->template, np_signer_signing(self->signer),
                                     np_random_system()};
    np_writer der = np_writer_of(self->der, sizeof(self->der));
    np_writer pem = np_writer_of((uint8_t *)self->pem, PEM_MAX);
    NP_TRY(np_nordic_certify(&issuer, &self->reply.csr, np_bytes_text(self->arguments->target),
                             self->reply.csr.point.data, &der, err));
    self->der_len = der.len;
    np_pem_encode(&pem, "CERTIFICATE", np_writer_bytes(&der));
    self->pem[pem.len] = '\0';
    return NP_OK;
}

static np_code install(const air *self, np_error *err)
{
    NP_TRY(tell_only(self, "Update client cert",
                     np_nrf_request_certificate("clientCertificate", self->pem, self->tag), err));
    NP_TRY(tell_only(self, "Update server cert",
                     np_nrf_request_certificate("serverCertificate", self->roots, self->tag), err));
    return tell_only(self, "Finished", np_nrf_request_finished(), err);
}

static np_code put_row(const air *self, np_error *err)
{
    uint8_t text[NP_NRF_ROW_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_bytes id = np_bytes_text(self->arguments->target);
    const np_nrf_row row = {.id = id, .certificate = np_bytes_text(self->pem)};
    if (self->rows == NULL) {
        return NP_OK;
    }
    np_nrf_row_write(&writer, &row);
    return np_rows_file_put(self->rows, id, np_writer_bytes(&writer), false, err);
}

np_code cli_cloud_nrf_provision(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(air_clear) air self = {0};
    NP_TRY(prepare(arguments, &self, err));
    NP_TRY(ask_for_request(&self, err));
    NP_TRY(certify(&self, err));
    NP_TRY(install(&self, err));
    NP_TRY(put_row(&self, err));
    np_bytes der = np_bytes_of(self.der, self.der_len);
    cli_put_json(output, "device_id", cli_json_text(arguments->target));
    cli_put_pem(output, "certificate", der);
    return NP_OK;
}
