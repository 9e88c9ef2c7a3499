/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK_SIZE = 16384 };

static np_code open_file(int *ret, np_error *err)
{
    const char *folder = getenv("TMPDIR");
    folder = folder == NULL || folder[0] == '\0' ? "/var/tmp" : folder;
    *ret = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*ret >= 0) {
        return NP_OK;
    }
    np_error_set_sub(err, NP_ESTATION_IO, errno, "no file can be made for the upload in %s: %s",
                     folder, strerror(errno));
    return np_error_hint(err, NP_ESTATION_IO, "the gateway's $TMPDIR names another folder");
}

np_code manage_incoming_begin(manage_incoming *body, uint64_t len, bool is_file, np_error *err)
{
    *body = (manage_incoming){.left = len, .file = -1};
    np_sha256_begin(&body->sha256);
    if (is_file) {
        return open_file(&body->file, err);
    }
    body->memory = malloc((size_t)len + 1);
    return body->memory != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static np_code write_all(int file, np_bytes bytes, np_error *err)
{
    while (bytes.len > 0) {
        ssize_t count = write(file, bytes.data, bytes.len);
        if (count <= 0 && errno != EINTR) {
            return np_error_set_sub(err, NP_ESTATION_IO, errno, "the upload cannot be kept: %s",
                                    strerror(errno));
        }
        size_t done = count < 0 ? 0 : (size_t)count;
        bytes = np_bytes_of(bytes.data + done, bytes.len - done);
    }
    return NP_OK;
}

static np_code keep(manage_incoming *body, np_bytes bytes, np_error *err)
{
    np_sha256_add(&body->sha256, bytes);
    if (body->file >= 0) {
        return write_all(body->file, bytes, err);
    }
    memcpy(body->memory + body->len, bytes.data, bytes.len);
    return NP_OK;
}

np_code manage_incoming_take(manage_incoming *body, struct evbuffer *from, np_error *err)
{
    uint8_t chunk[CHUNK_SIZE];
    while (body->left > 0) {
        size_t wanted = body->left < sizeof(chunk) ? (size_t)body->left : sizeof(chunk);
        int count = evbuffer_remove(from, chunk, wanted);
        if (count <= 0) {
            return NP_OK;
        }
        NP_TRY(keep(body, np_bytes_of(chunk, (size_t)count), err));
        body->len += (uint64_t)count;
        body->left -= (uint64_t)count;
    }
    return NP_OK;
}

void manage_incoming_finish(manage_incoming *body, manage_call *call)
{
    np_sha256_end(&body->sha256, call->body_sha256);
    if (body->file >= 0) {
        (void)lseek(body->file, 0, SEEK_SET);
        call->file = body->file;
        call->file_size = body->len;
    }
}

void manage_incoming_clear(manage_incoming *body)
{
    if (body->file >= 0) {
        close(body->file);
    }
    free(body->memory);
    *body = (manage_incoming){.file = -1};
}
