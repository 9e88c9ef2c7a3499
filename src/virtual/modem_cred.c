/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shells of credentials: Zephyr's cred (specs of the modem 2.6) and nRF Cloud's nrf_cloud_cred
 * (2.7). Their texts are those of the recorded dialogues.
 */
#include "virtual/modem_internal.h"

#include "base/text.h"
#include "crypto/hash.h"

typedef struct type_row {
    const char *name;
    unsigned type;
} type_row;

/* The first name of a type is the one that is shown. */
static const type_row types[] = {
    {"CA", NP_CREDENTIAL_ROOT_CA},
    {"CA_CERT", NP_CREDENTIAL_ROOT_CA},
    {"SERV", NP_CREDENTIAL_CERTIFICATE},
    {"SELF_CERT", NP_CREDENTIAL_CERTIFICATE},
    {"CLIENT", NP_CREDENTIAL_CERTIFICATE},
    {"SERVER", NP_CREDENTIAL_CERTIFICATE},
    {"PK", NP_CREDENTIAL_KEY},
    {"PRIVATE_KEY", NP_CREDENTIAL_KEY},
    {"PSK", NP_CREDENTIAL_PSK},
    {"PSK_ID", NP_CREDENTIAL_PSK_IDENTITY},
};

static bool is_word(np_bytes word, const char *text)
{
    return np_bytes_equal(word, np_bytes_text(text));
}

static bool take_type(np_reader *line, unsigned *ret)
{
    np_bytes word = vmodem_take_word(line);
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        if (is_word(word, types[i].name)) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}

static const char *name_of(unsigned type)
{
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        if (types[i].type == type) {
            return types[i].name;
        }
    }
    return "?";
}

static void put_place(np_writer *reply, np_sec_tag tag, unsigned type)
{
    np_write_text(reply, "sectag ");
    np_at_write_number(reply, tag);
    np_write_text(reply, " and type ");
    np_write_text(reply, name_of(type));
    np_write_text(reply, ".\r\n");
}

static bool take_place(np_reader *line, np_sec_tag *ret_tag, unsigned *ret_type, np_writer *reply)
{
    if (vmodem_take_word_number(line, ret_tag) && take_type(line, ret_type)) {
        return true;
    }
    np_write_text(reply, "Invalid sectag or type.\r\n");
    return false;
}

static void run_delete(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    np_sec_tag tag = 0;
    unsigned type = 0;
    if (!take_place(line, &tag, &type, reply)) {
        return;
    }
    np_modem_credential *credential = vmodem_find(modem, tag, type);
    if (credential == NULL) {
        np_write_text(reply, "There is no TLS credential with ");
    } else {
        vmodem_remove(modem, credential);
        np_write_text(reply, "Deleted TLS credential with ");
    }
    put_place(reply, tag, type);
}

static void clear_buffer(np_virtual_modem *modem, np_writer *reply)
{
    np_wipe(modem->buffer, modem->buffer_len);
    modem->buffer_len = 0;
    np_write_text(reply, "Credential buffer cleared.\r\n");
}

static void run_buffer(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    np_bytes word = vmodem_take_word(line);
    if (is_word(word, "clear")) {
        clear_buffer(modem, reply);
        return;
    }
    if (word.len > sizeof(modem->buffer) - modem->buffer_len) {
        np_write_text(reply, "Not enough room in credential buffer.\r\n");
        return;
    }
    memcpy(modem->buffer + modem->buffer_len, word.data, word.len);
    modem->buffer_len += word.len;
    np_write_text(reply, "Stored ");
    np_at_write_number(reply, word.len);
    np_write_text(reply, " bytes.\r\n");
}

/* bin and bint are Base64, bint and strt get a NUL behind them. */
static bool decode(np_bytes text, np_bytes format, np_writer *writer)
{
    bool is_base64 = is_word(format, "bin") || is_word(format, "bint");
    bool has_nul = is_word(format, "bint") || is_word(format, "strt");
    if (is_base64) {
        if (np_parse_base64(text, writer, NULL) != NP_OK) {
            return false;
        }
    } else if (is_word(format, "str") || is_word(format, "strt")) {
        np_write_bytes(writer, text);
    } else {
        return false;
    }
    if (has_nul) {
        np_write_u8(writer, 0);
    }
    return np_writer_has_room(writer) && writer->len > 0;
}

static void add(np_virtual_modem *modem, np_sec_tag tag, unsigned type, np_bytes content,
                np_writer *reply)
{
    if (vmodem_find(modem, tag, type) != NULL) {
        np_write_text(reply, "TLS credential already exists with ");
        put_place(reply, tag, type);
        return;
    }
    if (vmodem_store_text(modem, tag, type, content) != VMODEM_OK) {
        np_write_text(reply, "Could not add TLS credential: no memory.\r\n");
        return;
    }
    np_write_text(reply, "Added TLS credential of type ");
    np_write_text(reply, name_of(type));
    np_write_text(reply, ", sectag ");
    np_at_write_number(reply, tag);
    np_write_text(reply, ", and length ");
    np_at_write_number(reply, content.len);
    np_write_text(reply, " bytes.\r\n");
    clear_buffer(modem, reply);
}

static void run_add(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    uint8_t bytes[NP_CREDENTIAL_MAX];
    np_writer content = np_writer_of(bytes, sizeof(bytes));
    np_sec_tag tag = 0;
    unsigned type = 0;
    if (!take_place(line, &tag, &type, reply)) {
        return;
    }
    (void)vmodem_take_word(line); /* the backend */
    np_bytes format = vmodem_take_word(line);
    np_bytes given = vmodem_take_word(line);
    np_bytes text = given.len > 0 ? given : np_bytes_of(modem->buffer, modem->buffer_len);
    if (decode(text, format, &content)) {
        add(modem, tag, type, np_writer_bytes(&content), reply);
    } else {
        np_write_text(reply, "Invalid credential data or format.\r\n");
    }
    np_wipe(bytes, sizeof(bytes));
}

static void put_row(const np_modem_credential *credential, np_writer *reply)
{
    uint8_t digest[NP_MODEM_DIGEST_SIZE];
    vmodem_credential_digest(credential, digest);
    np_at_write_number(reply, credential->tag);
    np_write_text(reply, ",");
    np_write_text(reply, name_of(credential->type));
    np_write_text(reply, ",");
    np_write_base64(reply, NP_BYTES(digest), 0);
    np_write_text(reply, ",0\r\n");
}

static void run_list(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    np_sec_tag tag = 0;
    unsigned type = 0;
    bool has_tag = vmodem_take_word_number(line, &tag);
    bool has_type = has_tag && take_type(line, &type);
    uint64_t count = 0;
    for (size_t i = 0; i < modem->state.credential_count; i++) {
        const np_modem_credential *credential = &modem->state.credentials[i];
        /* keys that nrf_cloud_cred has made are in the PSA store, not in cred's */
        if (!credential->is_generated && (!has_tag || credential->tag == tag) &&
            (!has_type || credential->type == type)) {
            put_row(credential, reply);
            count++;
        }
    }
    np_at_write_number(reply, count);
    np_write_text(reply, " credentials found.\r\n");
}

/* ---- nrf_cloud_cred ---- */

static void cloud_keygen(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_sec_tag tag = 0;
    if (!vmodem_take_word_number(line, &tag)) {
        np_write_text(reply, "Invalid sec tag\r\n");
        return;
    }
    bool exists = vmodem_find(modem, tag, NP_CREDENTIAL_KEY) != NULL;
    bool is_made = !exists && vmodem_make_key(modem, tag, NP_CREDENTIAL_KEY, &key) == VMODEM_OK;
    np_write_text(reply, exists    ? "Key already exists in sec tag "
                         : is_made ? "Generated device key in sec tag "
                                   : "Failed to generate key in sec tag ");
    np_at_write_number(reply, tag);
    np_write_text(reply, "\r\n");
}

static void put_base64_line(const char *label, np_bytes bytes, const char *end, np_writer *reply)
{
    np_write_text(reply, label);
    np_write_base64(reply, bytes, 0);
    np_write_text(reply, "\r\n");
    np_write_text(reply, end);
}

/* The key of the tag that a line names; NULL with a sentence said. */
static np_p256_key *take_key(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    np_sec_tag tag = 0;
    np_p256_key *key =
        vmodem_take_word_number(line, &tag) ? vmodem_load_key(modem, tag, NP_CREDENTIAL_KEY) : NULL;
    if (key == NULL) {
        np_write_text(reply, "No device key in sec tag\r\n");
    }
    return key;
}

static void cloud_csr(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = take_key(modem, line, reply);
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    if (key == NULL) {
        return;
    }
    const vmodem_request request = {.attributes = vmodem_trim(line->rest)};
    if (!vmodem_write_csr(modem, key, &request, &writer) || !np_writer_has_room(&writer)) {
        np_write_text(reply, "CSR generation failed\r\n");
        return;
    }
    put_base64_line("CSR: ", np_writer_bytes(&writer), "CSR generation complete\r\n", reply);
}

static void cloud_public_key(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = take_key(modem, line, reply);
    uint8_t point[1 + NP_P256_POINT_SIZE] = {0x04}; /* uncompressed (SEC 1) */
    if (key == NULL) {
        return;
    }
    np_p256_public(key, point + 1);
    put_base64_line("PUBKEY: ", NP_BYTES(point), "Public key export complete\r\n", reply);
}

static void cloud_delete(np_virtual_modem *modem, np_reader *line, np_writer *reply)
{
    np_sec_tag tag = 0;
    np_modem_credential *key =
        vmodem_take_word_number(line, &tag) ? vmodem_find(modem, tag, NP_CREDENTIAL_KEY) : NULL;
    if (key == NULL) {
        np_write_text(reply, "No device key in sec tag\r\n");
        return;
    }
    vmodem_remove(modem, key);
    np_write_text(reply, "Deleted device key\r\n");
}

typedef struct verb_row {
    const char *command;
    const char *verb;
    void (*run)(np_virtual_modem *modem, np_reader *line, np_writer *reply);
} verb_row;

static const verb_row verbs[] = {
    {"cred", "add", run_add},
    {"cred", "buf", run_buffer},
    {"cred", "del", run_delete},
    {"cred", "list", run_list},
    {"nrf_cloud_cred", "csr", cloud_csr},
    {"nrf_cloud_cred", "delete", cloud_delete},
    {"nrf_cloud_cred", "keygen", cloud_keygen},
    {"nrf_cloud_cred", "pubkey", cloud_public_key},
};

bool vmodem_run_cred(np_virtual_modem *modem, np_bytes line, np_writer *reply)
{
    np_reader reader = np_reader_of(line);
    np_bytes command = vmodem_take_word(&reader);
    np_bytes verb = vmodem_take_word(&reader);
    for (size_t i = 0; i < NP_COUNT_OF(verbs); i++) {
        if (is_word(command, verbs[i].command) && is_word(verb, verbs[i].verb)) {
            verbs[i].run(modem, &reader, reply);
            return true;
        }
    }
    bool is_known = is_word(command, "cred") || is_word(command, "nrf_cloud_cred");
    np_write_text(reply, is_known ? "Invalid subcommand\r\n" : "");
    return is_known;
}
