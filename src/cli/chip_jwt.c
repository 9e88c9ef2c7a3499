/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON web token (RFC 7519) signed by the chip: ES256 of RFC 7518. */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/chip_use.h"
#include "cli/file.h"
#include "crypto/hash.h"
#include <stdlib.h>
#include <string.h>

/* Servers limit the headers that carry tokens to some kilobytes; not tuned. */
enum { TOKEN_PART_MAX = 16384, TOKEN_MAX = 2 * (TOKEN_PART_MAX + TOKEN_PART_MAX / 3) + 256 };

static void json_clear(json_t **value)
{
    json_decref(*value);
}

/* An object of a file; the bytes stay, because a token signs bytes. */
static np_code load_object(const char *path, cli_file *ret_file, json_t **ret_object, np_error *err)
{
    json_error_t error;
    NP_TRY(cli_file_load_any(path, ret_file, err));
    *ret_object =
        json_loadb((const char *)ret_file->data, ret_file->len, JSON_REJECT_DUPLICATES, &error);
    if (*ret_object == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: line %d: %s", path, error.line, error.text);
    }
    if (!json_is_object(*ret_object)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: no JSON object", path);
    }
    if (ret_file->len > TOKEN_PART_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "%s: larger than %d bytes", path, TOKEN_PART_MAX);
    }
    return NP_OK;
}

/* The chip's key can do ES256 and nothing else; the caller's members come after. */
static np_code make_header(const char *path, json_t **ret, np_error *err)
{
    NP_CLEANUP(json_clear) json_t *given = NULL;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    *ret = json_pack("{s:s, s:s}", "alg", "ES256", "typ", "JWT");
    if (path != NULL) {
        NP_TRY(load_object(path, &file, &given, err));
        json_t *algorithm = json_object_get(given, "alg");
        if (algorithm != NULL &&
            strcmp(json_string_value(algorithm) == NULL ? "" : json_string_value(algorithm),
                   "ES256") != 0) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s: \"alg\" must be \"ES256\"", path);
        }
        json_object_update(*ret, given);
    }
    return *ret != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the header");
}

static np_code write_header(const char *path, np_writer *token, np_error *err)
{
    NP_CLEANUP(json_clear) json_t *header = NULL;
    NP_TRY(make_header(path, &header, err));
    char *text = json_dumps(header, JSON_COMPACT);
    if (text == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the header");
    }
    np_write_base64url(token, np_bytes_text(text));
    free(text);
    return NP_OK;
}

static np_bytes trim(np_bytes text)
{
    static const char blanks[] = " \t\r\n";
    while (text.len > 0 && strchr(blanks, text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    while (text.len > 0 && strchr(blanks, text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    return text;
}

static np_code write_claims(const char *path, np_writer *token, np_error *err)
{
    NP_CLEANUP(json_clear) json_t *claims = NULL;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(load_object(path, &file, &claims, err));
    np_write_u8(token, '.');
    np_write_base64url(token, trim(cli_file_bytes(&file)));
    return NP_OK;
}

np_code cli_chip_jwt(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    char text[TOKEN_MAX] = "";
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[64];
    np_writer token = np_writer_of((uint8_t *)text, sizeof(text) - 1);
    NP_TRY(write_header(arguments->header, &token, err));
    NP_TRY(write_claims(arguments->claims, &token, err));
    np_sha256(np_writer_bytes(&token), digest);
    NP_TRY(cli_use_open(arguments, &chip, err));
    NP_TRY(cli_use_sign(arguments, &chip, digest, signature, err));
    NP_TRY(cli_chip_close(&chip, err));
    np_write_u8(&token, '.');
    np_write_base64url(&token, NP_BYTES(signature));
    cli_put_line(output, "token", text);
    return NP_OK;
}
