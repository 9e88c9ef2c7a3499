/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that call the PKCS #11 module in any order, with any templates, handles and lengths: it
 * returns codes of the standard, writes into no buffer more than it has, and ends clean. Its chip
 * is virtual and in this process: np_link_open_shared, which knows no such, is wrapped.
 */
#include "link/link.h"
#include "pkcs11/log.h"
#include "support/factory.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The linker calls these so (--wrap). */
np_code __wrap_np_link_open_shared(const char *uri, const np_link_options *options, np_link **ret,
                                   np_error *err);

enum { SESSIONS = 3, OBJECTS = 8, TEMPLATE_MAX = 4, BUFFER_MAX = 80, CALLS_MAX = 60 };

static char chip_file[64];

np_code __wrap_np_link_open_shared(const char *uri, const np_link_options *options, np_link **ret,
                                   np_error *err)
{
    char virtual_uri[80];
    (void)uri;
    snprintf(virtual_uri, sizeof(virtual_uri), "virtual:%s", chip_file);
    return np_link_open(virtual_uri, options, ret, err);
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void remove_chip(void)
{
    char lock[80];
    snprintf(lock, sizeof(lock), "%s.lock", chip_file);
    unlink(lock);
    unlink(chip_file);
}

/* A provisioned chip, once. */
static void make_chip(void)
{
    factory line;
    np_error err;
    char conf[] = "/dev/null";
    if (chip_file[0] != '\0') {
        return;
    }
    snprintf(chip_file, sizeof(chip_file), "/tmp/nameplate-fuzz-%d.chip", (int)getpid());
    factory_open_fresh(&line, NP_ATECC608B, NP_PACE_ZERO);
    require(factory_provision(&line) == NP_OK);
    np_link_new_chip fresh = {
        .model = NP_ATECC608B,
        .eeprom = np_bytes_of(np_virtual_chip_eeprom(line.chip), NP_EEPROM_SIZE),
    };
    unlink(chip_file);
    require(np_link_create_virtual(chip_file, &fresh, &err) == NP_OK);
    factory_close(&line);
    atexit(remove_chip);
    setenv("NAMEPLATE_PKCS11_CONF", conf, 1);
    setenv("NAMEPLATE_CHIP", "unix:wrapped", 1);
    setenv("NAMEPLATE_CACHE", "", 1);
}

/* What a program knows. */
typedef struct program {
    np_reader input;
    CK_SESSION_HANDLE sessions[SESSIONS];
    CK_OBJECT_HANDLE objects[OBJECTS];
    CK_ATTRIBUTE template[TEMPLATE_MAX];
    CK_ULONG template_count;
    CK_MECHANISM mechanism;
    CK_ECDH1_DERIVE_PARAMS parameters;
    uint8_t *buffer; /* heap, of just the length that is told */
    CK_ULONG len;
} program;

static CK_SESSION_HANDLE session_of(program *in)
{
    return in->sessions[np_read_u8(&in->input) % SESSIONS];
}

static CK_OBJECT_HANDLE *object_of(program *in)
{
    return &in->objects[np_read_u8(&in->input) % OBJECTS];
}

static void draw_buffer(program *in)
{
    free(in->buffer);
    in->len = np_read_u8(&in->input) % BUFFER_MAX;
    in->buffer = in->len == 0 ? NULL : malloc(in->len);
    np_bytes bytes = np_read_bytes(&in->input, in->len);
    for (size_t i = 0; i < in->len; i++) {
        in->buffer[i] = i < bytes.len ? bytes.data[i] : 0x41;
    }
}

static void free_template(program *in)
{
    for (CK_ULONG i = 0; i < in->template_count; i++) {
        free(in->template[i].pValue);
    }
    in->template_count = 0;
}

/* Small types are drawn more often than others; now and then a value is missing. */
static void draw_template(program *in)
{
    free_template(in);
    CK_ULONG count = np_read_u8(&in->input) % (TEMPLATE_MAX + 1);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ATTRIBUTE *one = &in->template[i];
        uint8_t low = np_read_u8(&in->input);
        one->type = (CK_ULONG)(np_read_u8(&in->input) % 4) << 8 | low;
        one->ulValueLen = np_read_u8(&in->input) % BUFFER_MAX;
        np_bytes value = np_read_bytes(&in->input, one->ulValueLen);
        one->pValue = value.len == 0 ? NULL : malloc(value.len);
        if (one->pValue != NULL) {
            memcpy(one->pValue, value.data, value.len);
        }
        in->template_count++;
    }
}

static CK_MECHANISM *draw_mechanism(program *in)
{
    static const CK_MECHANISM_TYPE types[] = {CKM_ECDSA,        CKM_ECDSA_SHA256, CKM_ECDSA_SHA512,
                                              CKM_SHA_1,        CKM_SHA256,       CKM_SHA384,
                                              CKM_ECDH1_DERIVE, CKM_RSA_PKCS};
    uint8_t choice = np_read_u8(&in->input);
    in->mechanism = (CK_MECHANISM){types[choice % NP_COUNT_OF(types)], NULL, 0};
    in->parameters = (CK_ECDH1_DERIVE_PARAMS){CKD_NULL, 0, NULL, in->len, in->buffer};
    if (choice & 0x80) {
        in->mechanism.pParameter = &in->parameters;
        in->mechanism.ulParameterLen = sizeof(in->parameters);
    }
    return &in->mechanism;
}

/* One a C_ function: what it takes is drawn from the input. */
typedef CK_RV step(program *in);

static CK_RV open_one(program *in)
{
    CK_FLAGS flags = np_read_u8(&in->input) & 7;
    return C_OpenSession(flags & 1, flags, NULL, NULL,
                         &in->sessions[np_read_u8(&in->input) % SESSIONS]);
}

static CK_RV close_one(program *in)
{
    return C_CloseSession(session_of(in));
}

static CK_RV log_in(program *in)
{
    draw_buffer(in);
    return C_Login(session_of(in), np_read_u8(&in->input) % 4, in->buffer, in->len);
}

static CK_RV log_out(program *in)
{
    return C_Logout(session_of(in));
}

static CK_RV create(program *in)
{
    draw_template(in);
    return C_CreateObject(session_of(in), in->template, in->template_count, object_of(in));
}

/* A key that the chip can verify with, so that deeper calls are reached. */
static CK_RV create_key(program *in)
{
    static uint8_t oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    draw_buffer(in);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_KEY_TYPE, &type, sizeof(type)},
                               {CKA_EC_PARAMS, oid, sizeof(oid)},
                               {CKA_EC_POINT, in->buffer, in->len}};
    return C_CreateObject(session_of(in), template, NP_COUNT_OF(template), object_of(in));
}

static CK_RV create_data(program *in)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    draw_buffer(in);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_VALUE, in->buffer, in->len}};
    return C_CreateObject(session_of(in), template, NP_COUNT_OF(template), object_of(in));
}

static CK_RV copy(program *in)
{
    draw_template(in);
    CK_OBJECT_HANDLE from = *object_of(in);
    return C_CopyObject(session_of(in), from, in->template, in->template_count, object_of(in));
}

static CK_RV destroy(program *in)
{
    return C_DestroyObject(session_of(in), *object_of(in));
}

static CK_RV read_attributes(program *in)
{
    draw_template(in);
    for (CK_ULONG i = 0; i < in->template_count; i++) {
        if (in->template[i].pValue == NULL) {
            in->template[i].ulValueLen = 0;
        }
    }
    return C_GetAttributeValue(session_of(in), *object_of(in), in->template, in->template_count);
}

static CK_RV write_attributes(program *in)
{
    draw_template(in);
    return C_SetAttributeValue(session_of(in), *object_of(in), in->template, in->template_count);
}

static CK_RV measure(program *in)
{
    CK_ULONG size;
    return C_GetObjectSize(session_of(in), *object_of(in), &size);
}

static CK_RV begin_search(program *in)
{
    draw_template(in);
    return C_FindObjectsInit(session_of(in), in->template, in->template_count);
}

static CK_RV search(program *in)
{
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE found[OBJECTS] = {0};
    CK_RV rv = C_FindObjects(session_of(in), found, np_read_u8(&in->input) % OBJECTS, &count);
    for (CK_ULONG i = 0; i < count; i++) {
        in->objects[i] = found[i];
    }
    return rv;
}

static CK_RV end_search(program *in)
{
    return C_FindObjectsFinal(session_of(in));
}

static CK_RV begin_digest(program *in)
{
    return C_DigestInit(session_of(in), draw_mechanism(in));
}

static CK_RV digest_part(program *in)
{
    draw_buffer(in);
    return C_DigestUpdate(session_of(in), in->buffer, in->len);
}

static CK_RV digest_key(program *in)
{
    return C_DigestKey(session_of(in), *object_of(in));
}

static CK_RV end_digest(program *in)
{
    draw_buffer(in);
    return C_DigestFinal(session_of(in), in->buffer, &in->len);
}

static CK_RV digest(program *in)
{
    static uint8_t data[5];
    draw_buffer(in);
    return C_Digest(session_of(in), data, sizeof(data), in->buffer, &in->len);
}

static CK_RV begin_sign(program *in)
{
    return C_SignInit(session_of(in), draw_mechanism(in), *object_of(in));
}

static CK_RV sign_part(program *in)
{
    draw_buffer(in);
    return C_SignUpdate(session_of(in), in->buffer, in->len);
}

static CK_RV end_sign(program *in)
{
    draw_buffer(in);
    return C_SignFinal(session_of(in), in->buffer, &in->len);
}

static CK_RV sign(program *in)
{
    static uint8_t data[32];
    draw_buffer(in);
    return C_Sign(session_of(in), data, np_read_u8(&in->input) % 33, in->buffer, &in->len);
}

static CK_RV begin_verify(program *in)
{
    return C_VerifyInit(session_of(in), draw_mechanism(in), *object_of(in));
}

static CK_RV verify_part(program *in)
{
    draw_buffer(in);
    return C_VerifyUpdate(session_of(in), in->buffer, in->len);
}

static CK_RV end_verify(program *in)
{
    draw_buffer(in);
    return C_VerifyFinal(session_of(in), in->buffer, in->len);
}

static CK_RV verify(program *in)
{
    static uint8_t data[32];
    draw_buffer(in);
    return C_Verify(session_of(in), data, sizeof(data), in->buffer, in->len);
}

static CK_RV derive(program *in)
{
    draw_buffer(in);
    draw_template(in);
    CK_OBJECT_HANDLE base = *object_of(in);
    return C_DeriveKey(session_of(in), draw_mechanism(in), base, in->template, in->template_count,
                       object_of(in));
}

static CK_RV draw_random(program *in)
{
    draw_buffer(in);
    return C_GenerateRandom(session_of(in), in->buffer, in->len);
}

static CK_RV cancel(program *in)
{
    return C_SessionCancel(session_of(in), (CK_FLAGS)np_read_u8(&in->input) << 4);
}

static CK_RV list_mechanisms(program *in)
{
    draw_buffer(in);
    CK_ULONG places = in->len / sizeof(CK_MECHANISM_TYPE);
    return C_GetMechanismList(0, (CK_MECHANISM_TYPE *)(void *)in->buffer, &places);
}

static step *const steps[] = {
    open_one,         close_one,       log_in,       log_out,    create,
    create_key,       create_data,     copy,         destroy,    read_attributes,
    write_attributes, measure,         begin_search, search,     end_search,
    begin_digest,     digest_part,     digest_key,   end_digest, digest,
    begin_sign,       sign_part,       end_sign,     sign,       begin_verify,
    verify_part,      end_verify,      verify,       derive,     draw_random,
    cancel,           list_mechanisms,
};

/* A session, and the handles of the chip's objects, to begin with. */
static void begin(program *in)
{
    CK_ULONG count = 0;
    require(C_Initialize(NULL) == CKR_OK);
    for (unsigned i = 0; i < 2; i++) {
        require(C_OpenSession(0, CKF_SERIAL_SESSION | (i << 1), NULL, NULL, &in->sessions[i]) ==
                CKR_OK);
    }
    require(C_FindObjectsInit(in->sessions[0], NULL, 0) == CKR_OK);
    require(C_FindObjects(in->sessions[0], in->objects, OBJECTS, &count) == CKR_OK);
    require(C_FindObjectsFinal(in->sessions[0]) == CKR_OK);
    require(count == OBJECTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    program in = {.input = np_reader_of(np_bytes_of(data, size))};
    make_chip();
    begin(&in);
    for (unsigned i = 0; i < CALLS_MAX && in.input.rest.len > 0; i++) {
        CK_RV rv = steps[np_read_u8(&in.input) % NP_COUNT_OF(steps)](&in);
        require(strcmp(log_code_name(rv), "CKR_?") != 0);
    }
    free_template(&in);
    free(in.buffer);
    require(C_Finalize(NULL) == CKR_OK);
    return 0;
}
