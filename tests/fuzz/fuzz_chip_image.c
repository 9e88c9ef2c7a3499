/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State files of virtual chips: what is refused leaves a message, what is accepted comes back byte
 * for byte, and a chip made of it answers. The same input with a right digest gets past the door.
 */
#include "crypto/hash.h"
#include "virtual/bus.h"
#include "virtual/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static np_code fill_nothing(void *self, uint8_t *ret_bytes, size_t size, np_error *err)
{
    (void)self;
    (void)err;
    memset(ret_bytes, 0x42, size);
    return NP_OK;
}

/* Whatever is in the EEPROM, a chip lives: it wakes and answers Info on some address. */
static void wake_chip(np_atecc_model model, const uint8_t *eeprom)
{
    np_virtual_chip_options options = {
        .model = model, .pace = NP_PACE_ZERO, .random = {.fill = fill_nothing}};
    np_virtual_chip *chip = np_virtual_chip_from_eeprom(&options, eeprom);
    require(chip != NULL);
    np_virtual_bus bus;
    np_virtual_bus_init(&bus, 100000, chip);
    np_bus table = np_virtual_bus_table(&bus);
    const uint8_t zero = 0;
    bool is_acked = false;
    require(table.ops->write(table.self, 0, np_bytes_of(&zero, 1), &is_acked, NULL) == NP_OK);
    /* the delay after a wake with power-on self tests (specs of the chip 1.2): the longest */
    table.ops->wait_until_ns(table.self, bus.now_ns + 20000000);
    unsigned answers = 0;
    for (unsigned address = 0; address < 128; address++) {
        uint8_t answer[4];
        require(table.ops->read(table.self, (uint8_t)address, answer, 4, &is_acked, NULL) == NP_OK);
        answers += is_acked;
    }
    require(answers == 1);
    np_virtual_chip_free(chip);
}

static void decode(np_bytes image)
{
    np_atecc_model model = NP_ATECC508A;
    uint8_t eeprom[NP_EEPROM_SIZE];
    np_error err = {0};
    np_code code = np_chip_image_decode(image, &model, eeprom, &err);
    if (code != NP_OK) {
        require(code == NP_EINPUT_FORMAT && err.message[0] != '\0');
        return;
    }
    uint8_t again[NP_CHIP_IMAGE_SIZE];
    np_chip_image_encode(model, eeprom, again);
    require(np_bytes_equal(image, NP_BYTES(again)));
    wake_chip(model, eeprom);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode(np_bytes_of(data, size));
    uint8_t image[NP_CHIP_IMAGE_SIZE] = {'n', 'p', 'c', 'h', 'i', 'p', '\r', '\n', 0, 1};
    size_t room = sizeof(image) - 32 - 10;
    memcpy(image + 10, data, size < room ? size : room);
    np_sha256(np_bytes_of(image, sizeof(image) - 32), image + sizeof(image) - 32);
    decode(NP_BYTES(image));
    return 0;
}
