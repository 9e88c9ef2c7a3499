/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a host sends to a virtual modem, power cuts among it: the state that would survive must
 * always be one that its file can hold, and come back the same.
 */
#include "virtual/modem_image.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_state(const np_virtual_modem *modem)
{
    static uint8_t image[NP_MODEM_IMAGE_MAX];
    static uint8_t again[NP_MODEM_IMAGE_MAX];
    static np_modem_state state;
    np_error err;
    np_writer writer = np_writer_of(image, sizeof(image));
    np_writer second = np_writer_of(again, sizeof(again));
    np_modem_image_encode(np_virtual_modem_state(modem), &writer);
    require(np_writer_has_room(&writer));
    require(np_modem_image_decode(np_writer_bytes(&writer), &state, &err) == NP_OK);
    np_modem_image_encode(&state, &second);
    require(np_bytes_equal(np_writer_bytes(&writer), np_writer_bytes(&second)));
}

/* FF among the bytes of a host is a power cut. */
static void talk(np_virtual_modem *modem, np_bytes bytes)
{
    static uint8_t out[1024];
    uint64_t now_ns = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        now_ns += 1000000;
        if (bytes.data[i] == 0xff) {
            np_virtual_modem_cut_power(modem, now_ns);
            np_virtual_modem_power_up(modem, now_ns);
        } else {
            np_virtual_modem_receive(modem, now_ns, np_bytes_of(&bytes.data[i], 1));
        }
        require(np_virtual_modem_take(modem, now_ns, out, sizeof(out)) <= sizeof(out));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_modem_state state;
    np_random_seeded seeded = {.seed = size};
    np_error err;
    if (size == 0) {
        return 0;
    }
    const np_virtual_modem_options options = {.pace = NP_MODEM_PACE_ZERO,
                                              .random = np_random_by_seed(&seeded)};
    np_modem_model model = (np_modem_model)(data[0] % NP_MODEM_MODEL_COUNT);
    require(np_modem_state_draw(model, options.random, &state, &err) == NP_OK);
    state.host = (np_modem_host)(1 + data[0] / NP_MODEM_MODEL_COUNT % (NP_MODEM_HOST_COUNT - 1));
    np_virtual_modem *modem = np_virtual_modem_new(&options, &state);
    require(modem != NULL);
    talk(modem, np_bytes_of(data + 1, size - 1));
    check_state(modem);
    np_virtual_modem_free(modem);
    return 0;
}
