/* SPDX-License-Identifier: Apache-2.0 */
/* A modem as the factory delivers it. */
#include "virtual/modem_internal.h"

void np_modem_state_clear(np_modem_state *state)
{
    np_wipe(state, sizeof(*state));
}

np_code np_modem_state_identity(const np_modem_state *state,
                                uint8_t ret_point[static NP_P256_POINT_SIZE], np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(np_p256_from_scalar(state->identity_key, &key, err));
    np_p256_public(key, ret_point);
    return NP_OK;
}

/* The last digit of an IMEI is Luhn's check digit. */
static char check_digit(const char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

/* Behind the type allocation code that public examples have. */
static void put_imei(const uint8_t *random, char ret[static NP_IMEI_SIZE])
{
    static const char type[] = "35502593";
    memcpy(ret, type, sizeof(type) - 1);
    for (size_t i = sizeof(type) - 1; i < NP_IMEI_SIZE - 2; i++) {
        ret[i] = (char)('0' + random[i] % 10);
    }
    ret[NP_IMEI_SIZE - 2] = check_digit(ret, NP_IMEI_SIZE - 2);
    ret[NP_IMEI_SIZE - 1] = '\0';
}

/* Like RFC 4122's version 4, but its first bytes are a lot in ASCII (specs of the modem 3.4). */
static void put_uuid(const uint8_t *random, uint8_t ret[static NP_MODEM_UUID_SIZE])
{
    memcpy(ret, random, NP_MODEM_UUID_SIZE);
    ret[0] = 'P';
    ret[3] = (uint8_t)('A' + random[3] % 26);
    static const uint8_t digits[] = {1, 2, 4, 5};
    for (size_t i = 0; i < sizeof(digits); i++) {
        ret[digits[i]] = (uint8_t)('0' + random[digits[i]] % 10);
    }
    ret[6] = (uint8_t)(0x40 | (random[6] & 0x0f));
    ret[8] = (uint8_t)(0x80 | (random[8] & 0x3f));
}

np_code np_modem_state_draw(np_modem_model model, np_random random, np_modem_state *ret,
                            np_error *err)
{
    const vmodem_model_row *row = vmodem_model(model);
    uint8_t bytes[NP_IMEI_SIZE + NP_MODEM_UUID_SIZE];
    *ret = (np_modem_state){
        .model = model, .host = NP_MODEM_HOST_AT, .line_end = NP_LINE_END_CR, .form = row->form};
    NP_TRY(random.fill(random.self, bytes, sizeof(bytes), err));
    do {
        NP_TRY(random.fill(random.self, ret->identity_key, sizeof(ret->identity_key), err));
    } while (!np_p256_is_scalar(ret->identity_key));
    put_imei(bytes, ret->imei);
    put_uuid(bytes + NP_IMEI_SIZE, ret->uuid);
    memcpy(ret->firmware, row->firmware, strlen(row->firmware));
    return NP_OK;
}
