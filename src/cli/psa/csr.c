/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate requests (RFC 2986) that a key in the chip signs. */
#include "base/format.h"
#include "base/text.h"
#include "cli/psa/key.h"
#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/public_key.h"

enum { INFO_MAX = 768, SUBJECT_MAX = 400, ATTRIBUTES_TAG = 0xa0, PLACE_MAX = 24 };

static const char default_subject[] = "CN={serial}-{id}";

static const uint8_t ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

/* extensionRequest: keyUsage, critical, digitalSignature. */
static const uint8_t attributes[] = {0x30, 0x1f, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                     0x0d, 0x01, 0x09, 0x0e, 0x31, 0x12, 0x30, 0x10, 0x30,
                                     0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff,
                                     0x04, 0x04, 0x03, 0x02, 0x07, 0x80};

/* The text with its places filled in. */
static np_code fill_places(const psa_session *session, const psa_task *task, const char *subject,
                           char ret[static SUBJECT_MAX], np_error *err)
{
    char serial[2 * NP_CHIP_SERIAL_SIZE + 1];
    char id[PLACE_MAX];
    np_chip_serial chip = np_config_serial(session->chip.facts.config);
    np_format_hex(NP_BYTES(chip.bytes), serial);
    np_format(id, sizeof(id), "%u", (unsigned)task->wish.request.key_id);
    const struct {
        const char *name;
        const char *value;
    } places[] = {{"{serial}", serial}, {"{id}", id}};
    size_t len = 0;
    for (const char *at = subject; *at != '\0' && len < SUBJECT_MAX;) {
        const char *value = NULL;
        for (size_t i = 0; i < NP_COUNT_OF(places) && value == NULL; i++) {
            size_t size = strlen(places[i].name);
            value = strncmp(at, places[i].name, size) == 0 ? places[i].value : NULL;
            at += value != NULL ? size : 0;
        }
        len += np_format(ret + len, SUBJECT_MAX - len, "%.*s",
                         value != NULL ? (int)strlen(value) : 1, value != NULL ? value : at);
        at += value == NULL;
    }
    return len < SUBJECT_MAX ? NP_OK
                             : np_error_set(err, NP_EINPUT_RANGE, "the subject is too long");
}

static np_code write_info(const psa_task *task, const char *subject, np_writer *info, np_error *err)
{
    uint8_t spki[NP_SPKI_SIZE];
    static const uint8_t version[] = {0};
    np_public_key_encode(task->point, spki);
    size_t outer = np_der_open(info, NP_DER_SEQUENCE);
    np_der_write(info, NP_DER_INTEGER, NP_BYTES(version));
    size_t name = np_der_open(info, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_text(info, subject, err));
    np_der_close(info, name);
    np_write_bytes(info, NP_BYTES(spki));
    np_der_write(info, ATTRIBUTES_TAG, NP_BYTES(attributes));
    np_der_close(info, outer);
    return np_writer_has_room(info) ? NP_OK
                                    : np_error_set(err, NP_EINPUT_RANGE, "the subject is too long");
}

np_code psa_make_csr(psa_session *session, const psa_task *task, const char *subject,
                     np_writer *ret_der, np_error *err)
{
    char text[SUBJECT_MAX] = "";
    uint8_t bytes[INFO_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_SIGNATURE_SIZE];
    uint8_t content[1 + NP_SIGNATURE_DER_SIZE] = {0}; /* no unused bits */
    np_writer info = np_writer_of(bytes, sizeof(bytes));
    np_writer signed_part = np_writer_of(content + 1, sizeof(content) - 1);
    NP_TRY(fill_places(session, task, subject != NULL ? subject : default_subject, text, err));
    NP_TRY(write_info(task, text, &info, err));
    np_sha256(np_writer_bytes(&info), digest);
    np_code code =
        np_atecc_sign(&session->chip.device, (unsigned)task->slot, digest, signature, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "signing the request of key %u",
                               (unsigned)task->wish.request.key_id);
    }
    np_der_write_signature(&signed_part, signature);
    size_t outer = np_der_open(ret_der, NP_DER_SEQUENCE);
    np_write_bytes(ret_der, np_writer_bytes(&info));
    np_write_bytes(ret_der, NP_BYTES(ecdsa_with_sha256));
    np_der_write(ret_der, NP_DER_BIT_STRING, np_bytes_of(content, 1 + signed_part.len));
    np_der_close(ret_der, outer);
    return NP_OK;
}

np_code cli_psa_csr(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(psa_session_clear) psa_session session = {0};
    psa_task task;
    uint8_t der[PSA_CSR_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    NP_TRY(psa_session_open(arguments, false, &session, err));
    NP_TRY(psa_task_find(&session, arguments->target, &task, err));
    NP_TRY(psa_task_prove(&session, &task, err));
    NP_TRY(psa_make_csr(&session, &task, arguments->subject, &writer, err));
    NP_TRY(psa_session_close(&session, err));
    cli_put_json(output, "id", json_integer(task.wish.request.key_id));
    cli_put_pem_block(output, "csr", "CERTIFICATE REQUEST", np_writer_bytes(&writer));
    return NP_OK;
}
