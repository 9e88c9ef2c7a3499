/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight processes on one served chip, each at what it likes: looking, signing, reading
 * certificates, drawing random numbers; and others that take the bus and die between Nonce and
 * Sign. Nothing may fail, and every signature is of the digest that its caller sent. 400
 * operations; with NP_SOAK=1 in the environment 10,000.
 */
#include "crypto/hash.h"
#include "support/factory.h"
#include "support/served.h"
#include "support/test.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORKERS = 8,
    OPERATIONS = 10000,
    SOAK_OPERATIONS = 100000,
    OPERATIONS_PER_DEATH = 20, /* not tuned: often enough to hit every kind of session */
};

typedef struct stage {
    served chip;
    uint8_t key[64];
    uint8_t serial[NP_ATECC_SERIAL_SIZE];
    uint8_t fingerprint[NP_SHA256_SIZE]; /* of the device certificate */
} stage;

typedef struct worker {
    const stage *on;
    np_atecc device;
    unsigned number;
    unsigned step;
} worker;

/* In a worker a failure is an exit status: cmocka lives in the parent. */
static void require(bool is_good, const worker *who, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "worker %u, operation %u: %s\n", who->number, who->step, what);
        _exit(1);
    }
}

static void look(worker *who)
{
    np_error err = {0};
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    np_code code = np_atecc_read_config(&who->device, 0, sizeof(config), config, &err);
    require(code == NP_OK, who, err.message);
    np_chip_serial serial = np_config_serial(config);
    require(memcmp(serial.bytes, who->on->serial, sizeof(serial.bytes)) == 0, who, "another chip");
}

static void sign(worker *who)
{
    np_error err = {0};
    uint8_t digest[32] = {0};
    uint8_t signature[64];
    bool is_good = false;
    const unsigned seed[] = {who->number, who->step};
    np_sha256(np_bytes_of(seed, sizeof(seed)), digest);
    np_code code = np_atecc_sign(&who->device, 0, digest, signature, &err);
    require(code == NP_OK, who, err.message);
    code = np_p256_verify(who->on->key, digest, signature, &is_good, &err);
    require(code == NP_OK && is_good, who, "the signature is of another digest");
}

static void read_certificate(worker *who)
{
    np_error err = {0};
    np_snapshot snapshot;
    uint8_t fingerprint[NP_SHA256_SIZE];
    np_code code = np_snapshot_take(&who->device, &snapshot, &err);
    require(code == NP_OK, who, err.message);
    require(snapshot.has_identity, who, snapshot.identity_error.message);
    const np_identity_der *device = &snapshot.identity.device;
    np_sha256(np_bytes_of(device->bytes, device->len), fingerprint);
    require(memcmp(fingerprint, who->on->fingerprint, sizeof(fingerprint)) == 0, who,
            "another certificate");
}

static void draw(worker *who)
{
    np_error err = {0};
    uint8_t numbers[2][32];
    for (size_t i = 0; i < 2; i++) {
        np_code code = np_atecc_random(&who->device, numbers[i], &err);
        require(code == NP_OK, who, err.message);
    }
    require(memcmp(numbers[0], numbers[1], sizeof(numbers[0])) != 0, who, "not random");
}

typedef void (*operation)(worker *who);

/* Ends with the process. */
static void work(const stage *on, unsigned number, unsigned steps)
{
    static const operation operations[] = {sign, look, sign, draw, sign, read_certificate};
    np_error err = {0};
    np_link *link = served_open(&on->chip);
    worker who = {.on = on, .number = number};
    np_atecc_init(&who.device, np_link_bus(link), np_link_address(link));
    for (who.step = 0; who.step < steps; who.step++) {
        operations[(number + who.step) % NP_COUNT_OF(operations)](&who);
        require(np_atecc_sleep(&who.device, &err) == NP_OK, &who, err.message);
    }
    require(np_link_close(link, &err) == NP_OK, &who, err.message);
    _exit(0);
}

/* Takes the bus, loads a digest that is nobody's, and dies. */
static void die_between_nonce_and_sign(const stage *on)
{
    uint8_t packet[64] = {NP_ATECC_WORD_COMMAND};
    uint8_t word[4];
    static const uint8_t digest[32] = {0xdd};
    np_writer writer = np_writer_of(packet + 1, sizeof(packet) - 1);
    np_atecc_command nonce = {
        .opcode = NP_ATECC_NONCE, .p1 = NP_ATECC_NONCE_PASS_THROUGH, .data = NP_BYTES(digest)};
    np_error err = {0};
    bool acked = false;
    np_link *link = served_open(&on->chip);
    np_bus bus = np_link_bus(link);
    worker who = {.on = on, .number = WORKERS};
    np_atecc_init(&who.device, bus, np_link_address(link));
    require(np_atecc_read_config(&who.device, 0, 4, word, &err) == NP_OK, &who, err.message);
    np_atecc_encode_command(&nonce, &writer);
    np_code code = bus.ops->write(bus.self, np_link_address(link),
                                  np_bytes_of(packet, 1 + writer.len), &acked, &err);
    require(code == NP_OK && acked, &who, "the Nonce was not taken");
    kill(getpid(), SIGKILL);
}

static void prepare(stage *on, factory *line)
{
    factory_open_fresh(line, NP_ATECC608B, NP_PACE_ZERO);
    assert_ok(factory_provision(line), &line->err);
    const np_identity *identity = &line->result.identity;
    np_chip_serial serial = identity->chip_serial;
    np_sha256(np_bytes_of(identity->device.bytes, identity->device.len), on->fingerprint);
    memcpy(on->serial, serial.bytes, sizeof(on->serial));
    served_make(&on->chip);
    served_put(&on->chip, NP_ATECC608B, np_virtual_chip_eeprom(line->chip));
    factory_close(line);
}

static void read_key(stage *on)
{
    np_error err;
    np_atecc device;
    np_link *link = served_open(&on->chip);
    np_atecc_init(&device, np_link_bus(link), np_link_address(link));
    assert_ok(np_atecc_genkey_public(&device, 0, on->key, &err), &err);
    assert_ok(np_atecc_sleep(&device, &err), &err);
    assert_ok(np_link_close(link, &err), &err);
}

static void let_some_die(const stage *on, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            die_between_nonce_and_sign(on);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
}

static void eight_processes_share_a_chip_while_others_die_holding_it(void **state)
{
    unsigned operations = getenv("NP_SOAK") != NULL ? SOAK_OPERATIONS : OPERATIONS;
    pid_t workers[WORKERS];
    np_server_options options = {.time = SOCKET_TIME_ZERO};
    stage on = {0};
    factory *line = calloc(1, sizeof(*line));
    (void)state;
    prepare(&on, line);
    free(line);
    served_start(&on.chip, &options);
    read_key(&on);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = fork();
        if (workers[i] == 0) {
            work(&on, i, operations / WORKERS);
        }
    }
    let_some_die(&on, operations / OPERATIONS_PER_DEATH);
    for (unsigned i = 0; i < WORKERS; i++) {
        int status = 1;
        assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(served_stop(&on.chip, SIGTERM), 0);
    served_remove(&on.chip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_processes_share_a_chip_while_others_die_holding_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
