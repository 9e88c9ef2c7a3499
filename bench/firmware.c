/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verifying costs beside the hash that it cannot do without: an archive with one resource of
 * 64 MiB, stored, in a file of the folder given first (deleted afterwards), read from the page
 * cache; and libsodium's BLAKE2b alone over the same bytes in memory. CPU time, medians of five
 * alternating runs. Signing is there beside copying. JSON goes to the file given second.
 */
#include "base/wipe.h"
#include "firmware/judge.h"
#include "firmware/key.h"
#include "firmware/sign_file.h"
#include "measure.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { RUNS = 5, RESOURCE_SIZE = 64 * 1024 * 1024, HEADERS = 4096, TEXT_SIZE = 256 };

typedef enum bench_subject { HASH, VERIFY, SIGN, SUBJECT_COUNT } bench_subject;

static const char *const names[SUBJECT_COUNT] = {"BLAKE2b alone", "verify, stored entry",
                                                 "sign: check, copy, sync"};

typedef struct bench {
    uint8_t *data; /* heap */
    char unsigned_path[PATH_MAX];
    char path[PATH_MAX];
    np_firmware_private_key key;
    np_firmware_facts *facts;
} bench;

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static void write_common(np_writer *writer, np_bytes data, size_t name_len)
{
    np_write_u16_le(writer, 20);
    np_write_u32_le(writer, 0);
    np_write_u32_le(writer, 0x00210000);
    np_write_u32_le(writer, (uint32_t)crc32_z(0, data.data, data.len));
    np_write_u32_le(writer, (uint32_t)data.len);
    np_write_u32_le(writer, (uint32_t)data.len);
    np_write_u16_le(writer, (uint16_t)name_len);
    np_write_u16_le(writer, 0);
}

static void write_local(np_writer *writer, const char *name, np_bytes data)
{
    np_write_u32_le(writer, 0x04034b50);
    write_common(writer, data, strlen(name));
    np_write_text(writer, name);
}

static void write_record(np_writer *writer, const char *name, np_bytes data, uint32_t at)
{
    np_write_u32_le(writer, 0x02014b50);
    np_write_u16_le(writer, 20);
    write_common(writer, data, strlen(name));
    np_write_fill(writer, 0, 10); /* comment, disk, attributes */
    np_write_u32_le(writer, at);
    np_write_text(writer, name);
}

static size_t write_text(const bench *on, char ret[TEXT_SIZE])
{
    uint8_t hash[NP_BLAKE2B_SIZE];
    char hex[2 * NP_BLAKE2B_SIZE + 1];
    crypto_generichash(hash, sizeof(hash), on->data, RESOURCE_SIZE, NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    return (size_t)snprintf(
        ret, TEXT_SIZE,
        "meta-version=1.0.0\nfile-resource \"big\" {\nlength=%d\nblake2b-256=%s\n}\n",
        RESOURCE_SIZE, hex);
}

/* Unsigned: meta.conf and data/big. */
static void make_archive(const bench *on)
{
    static uint8_t head[HEADERS];
    static uint8_t tail[HEADERS];
    char text[TEXT_SIZE];
    np_bytes meta = np_bytes_of(text, write_text(on, text));
    np_bytes data = np_bytes_of(on->data, RESOURCE_SIZE);
    np_writer front = np_writer_of(head, sizeof(head));
    np_writer back = np_writer_of(tail, sizeof(tail));
    write_local(&front, "meta.conf", meta);
    np_write_bytes(&front, meta);
    uint32_t data_at = (uint32_t)front.len;
    write_local(&front, "data/big", data);
    write_record(&back, "meta.conf", meta, 0);
    write_record(&back, "data/big", data, data_at);
    uint32_t size = (uint32_t)back.len;
    np_write_u32_le(&back, 0x06054b50);
    np_write_u32_le(&back, 0);
    np_write_u32_le(&back, 2 | 2 << 16);
    np_write_u32_le(&back, size);
    np_write_u32_le(&back, (uint32_t)(front.len + data.len));
    np_write_u16_le(&back, 0);
    FILE *file = fopen(on->unsigned_path, "wb");
    require(file != NULL && fwrite(head, 1, front.len, file) == front.len &&
                fwrite(data.data, 1, data.len, file) == data.len &&
                fwrite(tail, 1, back.len, file) == back.len && fclose(file) == 0,
            "the archive cannot be written");
}

/* In pieces, as anything that reads a file has to. */
static void hash(bench *on)
{
    enum { PIECE = 64 * 1024 };
    uint8_t digest[NP_BLAKE2B_SIZE];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    for (size_t at = 0; at < RESOURCE_SIZE; at += PIECE) {
        crypto_generichash_update(&state, on->data + at, PIECE);
    }
    crypto_generichash_final(&state, digest, sizeof(digest));
}

static void sign(bench *on)
{
    np_error err;
    np_firmware_outcome outcome;
    unlink(on->path);
    np_code code =
        np_firmware_sign_file(on->unsigned_path, on->path, &on->key, on->facts, &outcome, &err);
    require(code == NP_OK, code == NP_OK ? "" : err.message);
}

static void verify(bench *on)
{
    np_error err;
    np_firmware_verdict verdict;
    np_firmware_key key = {0};
    memcpy(key.bytes, on->key.point, sizeof(key.bytes));
    const np_firmware_policy policy = {.keys = &key, .key_count = 1};
    int fd = open(on->path, O_RDONLY | O_CLOEXEC);
    require(fd >= 0 && np_firmware_check(fd, &policy, &verdict, &err) == NP_OK &&
                verdict.reason == NP_FIRMWARE_ACCEPTED,
            "the archive does not verify");
    close(fd);
}

static void (*const actions[SUBJECT_COUNT])(bench *) = {hash, verify, sign};

static void open_bench(bench *on, const char *folder)
{
    static const uint8_t seed[NP_ED25519_SEED_SIZE] = {1}; /* a throw-away test key */
    require(sodium_init() >= 0, "libsodium does not begin");
    on->data = malloc(RESOURCE_SIZE);
    on->facts = np_firmware_facts_create();
    require(on->data != NULL && on->facts != NULL, "no memory");
    for (size_t i = 0; i < RESOURCE_SIZE; i++) {
        on->data[i] = (uint8_t)(i * i >> 7);
    }
    np_firmware_private_key_make(seed, &on->key);
    snprintf(on->unsigned_path, PATH_MAX, "%.4000s/bench_unsigned.fw", folder);
    snprintf(on->path, PATH_MAX, "%.4000s/bench_signed.fw", folder);
    make_archive(on);
    sign(on);
}

static void close_bench(bench *on)
{
    unlink(on->unsigned_path);
    unlink(on->path);
    free(on->data);
    np_firmware_facts_free_at(&on->facts);
}

static void write_json(const char *path, const double *rates, double ratio)
{
    FILE *file = fopen(path, "w");
    require(file != NULL, path);
    fprintf(file, "{\n  \"bytes_per_cpu_second\": {\n");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        fprintf(file, "    \"%s\": %.0f%s\n", names[i], rates[i], i + 1 < SUBJECT_COUNT ? "," : "");
    }
    fprintf(file, "  },\n  \"verify_ratio\": %.4f\n}\n", ratio);
    fclose(file);
}

int main(int argc, char **argv)
{
    static bench on;
    double samples[SUBJECT_COUNT][RUNS];
    double rates[SUBJECT_COUNT];
    open_bench(&on, argc > 1 ? argv[1] : ".");
    for (unsigned i = 0; i < RUNS; i++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
            double start = bench_cpu_seconds();
            actions[subject](&on);
            samples[subject][i] = RESOURCE_SIZE / (bench_cpu_seconds() - start);
        }
    }
    close_bench(&on);
    for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
        rates[subject] = bench_median(samples[subject], RUNS);
        printf("%-28s %10.0f MB/s\n", names[subject], rates[subject] / 1e6);
    }
    double ratio = rates[VERIFY] / rates[HASH];
    printf("\nverify to BLAKE2b alone                     %.3f   goal: at least 0.80\n", ratio);
    if (argc > 2) {
        write_json(argv[2], rates, ratio);
    }
    return 0;
}
