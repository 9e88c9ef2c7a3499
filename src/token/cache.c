/* SPDX-License-Identifier: Apache-2.0 */
#include "token/cache.h"

#include "base/text.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last digit is the version of the form. */
static const char magic[8] = {'N', 'P', 'T', 'O', 'K', 'E', 'N', '1'};

enum { CACHE_HAS_AUX = 1 };

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

void cache_encode(const np_token_facts *facts, uint8_t ret[static CACHE_ENTRY_SIZE])
{
    const np_identity *identity = &facts->identity;
    const np_identity *aux = &facts->aux.identity;
    np_writer writer = np_writer_of(ret, CACHE_ENTRY_SIZE);
    np_write_bytes(&writer, np_bytes_of(magic, sizeof(magic)));
    np_write_bytes(&writer, NP_BYTES(facts->config));
    np_write_bytes(&writer, NP_BYTES(identity->otp_bytes));
    np_write_bytes(&writer, NP_BYTES(identity->device_compressed));
    np_write_bytes(&writer, NP_BYTES(identity->signer_compressed));
    np_write_bytes(&writer, NP_BYTES(identity->signer_key));
    np_write_bytes(&writer, NP_BYTES(identity->public_key));
    np_write_bytes(&writer, np_bytes_of(identity->eui48, NP_EUI48_TEXT_SIZE));
    np_write_u8(&writer, (uint8_t)identity->kind);
    np_write_u8(&writer, (uint8_t)identity->root);
    np_write_u8(&writer, identity->pads_signer_id);
    np_write_u8(&writer, facts->has_aux ? CACHE_HAS_AUX : 0);
    np_write_bytes(&writer, NP_BYTES(identity->root_key));
    np_write_bytes(&writer, NP_BYTES(aux->device_compressed));
    np_write_bytes(&writer, NP_BYTES(aux->signer_key));
    np_write_bytes(&writer, NP_BYTES(aux->signer_compressed));
    np_sha256(np_bytes_of(ret, writer.len), ret + writer.len);
}

static void take(np_reader *reader, void *ret, size_t size)
{
    np_bytes bytes = np_read_bytes(reader, size);
    if (bytes.len == size) {
        memcpy(ret, bytes.data, size);
    }
}

static bool take_identity(np_reader *reader, np_identity *identity, bool *ret_has_aux)
{
    take(reader, identity->otp_bytes, sizeof(identity->otp_bytes));
    take(reader, identity->device_compressed, sizeof(identity->device_compressed));
    take(reader, identity->signer_compressed, sizeof(identity->signer_compressed));
    take(reader, identity->signer_key, sizeof(identity->signer_key));
    take(reader, identity->public_key, sizeof(identity->public_key));
    take(reader, identity->eui48, NP_EUI48_TEXT_SIZE);
    uint8_t kind = np_read_u8(reader);
    uint8_t root = np_read_u8(reader);
    uint8_t pads = np_read_u8(reader);
    uint8_t aux = np_read_u8(reader);
    take(reader, identity->root_key, sizeof(identity->root_key));
    identity->kind = kind < NP_IDENTITY_KIND_COUNT ? (np_identity_kind)kind : NP_IDENTITY_NERVESKEY;
    identity->root = root <= NP_ROOT_GIVEN ? (np_root)root : NP_ROOT_NONE;
    identity->pads_signer_id = pads == 1;
    *ret_has_aux = aux == CACHE_HAS_AUX;
    return kind < NP_IDENTITY_KIND_COUNT && root <= NP_ROOT_GIVEN && pads <= 1 &&
           aux <= CACHE_HAS_AUX;
}

static void take_aux(np_reader *reader, np_token_facts *facts)
{
    np_identity *aux = &facts->aux.identity;
    *aux = facts->identity;
    take(reader, aux->device_compressed, sizeof(aux->device_compressed));
    take(reader, aux->signer_key, sizeof(aux->signer_key));
    take(reader, aux->signer_compressed, sizeof(aux->signer_compressed));
    if (facts->has_aux) {
        np_aux_rebuild(&facts->aux);
        facts->has_aux = facts->aux.state == NP_AUX_PRESENT;
    }
}

static bool has_digest(np_bytes bytes)
{
    uint8_t digest[NP_SHA256_SIZE];
    if (bytes.len != CACHE_ENTRY_SIZE) {
        return false;
    }
    np_sha256(np_bytes_of(bytes.data, bytes.len - NP_SHA256_SIZE), digest);
    return memcmp(digest, bytes.data + bytes.len - NP_SHA256_SIZE, NP_SHA256_SIZE) == 0 &&
           memcmp(bytes.data, magic, sizeof(magic)) == 0;
}

bool cache_decode(np_bytes bytes, np_token_facts *ret)
{
    *ret = (np_token_facts){.has_key = true, .has_identity = true};
    if (!has_digest(bytes)) {
        return false;
    }
    np_reader reader = np_reader_of(
        np_bytes_of(bytes.data + sizeof(magic), bytes.len - sizeof(magic) - NP_SHA256_SIZE));
    take(&reader, ret->config, sizeof(ret->config));
    facts_take_config(ret);
    ret->identity.chip_serial = ret->chip_serial;
    if (!take_identity(&reader, &ret->identity, &ret->has_aux) ||
        !np_atecc_model_by_revision(ret->config + NP_CONFIG_REVISION, &ret->model) ||
        np_identity_rebuild(&ret->identity, NULL) != NP_OK) {
        return false;
    }
    take_aux(&reader, ret);
    return np_reader_is_done(&reader) && facts_are_final(ret);
}

static bool name_entry(const char *folder, const np_chip_serial *serial, char ret[PATH_MAX])
{
    char text[2 * NP_ATECC_SERIAL_SIZE + 1];
    np_format_hex(NP_BYTES(serial->bytes), text);
    int length = snprintf(ret, PATH_MAX, "%s/%s.token", folder, text);
    return length > 0 && length < PATH_MAX;
}

/* Ours or the superuser's, and nobody else can write it. */
static bool is_ours(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size == CACHE_ENTRY_SIZE &&
           (status.st_uid == geteuid() || status.st_uid == 0) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool cache_load(const char *folder, const np_chip_serial *serial, np_token_facts *ret)
{
    char name[PATH_MAX];
    uint8_t bytes[CACHE_ENTRY_SIZE];
    if (folder == NULL || !name_entry(folder, serial, name)) {
        return false;
    }
    NP_CLEANUP(close_at) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd >= 0 && is_ours(fd) && read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
           cache_decode(NP_BYTES(bytes), ret) &&
           memcmp(&ret->chip_serial, serial, sizeof(*serial)) == 0;
}

/* The folder and the one that it is in: ~/.cache may be missing as well. */
static void make_folder(const char *folder)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder && (size_t)(slash - folder) < sizeof(parent)) {
        memcpy(parent, folder, (size_t)(slash - folder));
        parent[slash - folder] = '\0';
        (void)mkdir(parent, 0755); /* it is there mostly; the open tells what counts */
    }
    (void)mkdir(folder, 0755);
}

void cache_store(const char *folder, const np_token_facts *facts)
{
    char name[PATH_MAX];
    char fresh[PATH_MAX];
    uint8_t bytes[CACHE_ENTRY_SIZE];
    if (folder == NULL || !facts_are_final(facts) ||
        !name_entry(folder, &facts->chip_serial, name)) {
        return;
    }
    int length = snprintf(fresh, sizeof(fresh), "%s.XXXXXX", name);
    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        return;
    }
    make_folder(folder);
    cache_encode(facts, bytes);
    NP_CLEANUP(close_at) int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    bool is_written = write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
                      fchmod(fd, 0644) == 0 && rename(fresh, name) == 0;
    if (!is_written) {
        unlink(fresh);
    }
}

static bool put_path(char *ret, size_t size, const char *folder, const char *rest)
{
    int length = snprintf(ret, size, "%s%s", folder, rest);
    return folder[0] == '/' && length > 0 && (size_t)length < size;
}

bool np_token_cache_folder(char *ret_path, size_t size)
{
    const char *own = secure_getenv("NAMEPLATE_CACHE");
    const char *caches = secure_getenv("XDG_CACHE_HOME");
    const char *home = secure_getenv("HOME");
    if (own != NULL) {
        return put_path(ret_path, size, own, "");
    }
    if (geteuid() == 0) {
        return put_path(ret_path, size, "/var/cache/nameplate", "");
    }
    if (caches != NULL && caches[0] == '/') {
        return put_path(ret_path, size, caches, "/nameplate");
    }
    return home != NULL && put_path(ret_path, size, home, "/.cache/nameplate");
}
