/* SPDX-License-Identifier: Apache-2.0 */
#include "support/served.h"

#include "support/test.h"
#include "virtual/image.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whoever waits in turn waits long where other programs have the processors. */
enum { LOCK_WAIT_MS = 60000, CLOCK_HZ = 100000 };

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "served chip: %s\n", what);
        exit(1);
    }
}

void served_make(served *chip)
{
    np_error err = {0};
    np_chip_serial serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0xee}};
    np_link_new_chip fresh = {.model = NP_ATECC608B, .serial = &serial};
    *chip = (served){0};
    snprintf(chip->folder, sizeof(chip->folder), "/tmp/nameplate-served-XXXXXX");
    require(mkdtemp(chip->folder) != NULL, "no folder");
    snprintf(chip->file, sizeof(chip->file), "%s/kit.chip", chip->folder);
    snprintf(chip->socket, sizeof(chip->socket), "%s/socket", chip->folder);
    snprintf(chip->uri, sizeof(chip->uri), "unix:%s", chip->socket);
    require(np_link_create_virtual(chip->file, &fresh, &err) == NP_OK, err.message);
}

void served_put(const served *chip, np_atecc_model model,
                const uint8_t eeprom[static NP_EEPROM_SIZE])
{
    np_error err = {0};
    np_link_new_chip other = {.model = model, .eeprom = np_bytes_of(eeprom, NP_EEPROM_SIZE)};
    require(unlink(chip->file) == 0, "the file of the chip is not there");
    require(np_link_create_virtual(chip->file, &other, &err) == NP_OK, err.message);
}

static void tell_ready(void *self, const socket_greeting *greeting)
{
    (void)greeting;
    const int *fd = self;
    require(write(*fd, "r", 1) == 1, "nobody waits for the server");
}

/* The server dies with the test that started it. */
static void serve(const served *chip, const np_server_options *options, int ready_fd)
{
    np_error err = {0};
    np_server_options filled = {.time = SOCKET_TIME_TYPICAL};
    if (options != NULL) {
        filled = *options;
    }
    filled.file = chip->file;
    filled.socket = chip->socket;
    filled.clock_hz = filled.clock_hz == 0 ? CLOCK_HZ : filled.clock_hz;
    filled.ready = tell_ready;
    filled.ready_self = &ready_fd;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    np_code code = np_server_run(&filled, &err);
    if (code != NP_OK) {
        fprintf(stderr, "served chip: %s\n", err.message);
    }
    _exit(code == NP_OK ? 0 : 1);
}

void served_start(served *chip, const np_server_options *options)
{
    int ends[2];
    char ready = 0;
    require(pipe(ends) == 0, "no pipe");
    chip->server = fork();
    require(chip->server >= 0, "no process");
    if (chip->server == 0) {
        close(ends[0]);
        serve(chip, options, ends[1]);
    }
    close(ends[1]);
    require(read(ends[0], &ready, 1) == 1, "the server did not start");
    close(ends[0]);
}

int served_stop(served *chip, int signal_number)
{
    int status = 0;
    kill(chip->server, signal_number);
    require(waitpid(chip->server, &status, 0) == chip->server, "no server");
    chip->server = 0;
    return status;
}

void served_remove(served *chip)
{
    char lock[96];
    if (chip->server > 0) {
        served_stop(chip, SIGKILL);
    }
    snprintf(lock, sizeof(lock), "%s.lock", chip->socket);
    unlink(lock);
    unlink(chip->socket);
    snprintf(lock, sizeof(lock), "%s.lock", chip->file);
    unlink(lock);
    unlink(chip->file);
    require(rmdir(chip->folder) == 0, "something was left behind");
}

np_link *served_open(const served *chip)
{
    np_error err = {0};
    np_link *link = NULL;
    np_link_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    require(np_link_open(chip->uri, &options, &link, &err) == NP_OK, err.message);
    return link;
}

void served_load(const served *chip, uint8_t ret_eeprom[static NP_EEPROM_SIZE])
{
    uint8_t image[NP_CHIP_IMAGE_SIZE];
    np_error err = {0};
    np_atecc_model model;
    FILE *stream = fopen(chip->file, "rb");
    require(stream != NULL && fread(image, 1, sizeof(image), stream) == sizeof(image), "no state");
    fclose(stream);
    require(np_chip_image_decode(NP_BYTES(image), &model, ret_eeprom, &err) == NP_OK, err.message);
}
