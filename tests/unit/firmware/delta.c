/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deltas by hand. The first is the example of RFC 3284 section 3; the address modes are counted
 * out by section 5.3; the others break one rule each.
 */
#include "firmware/vcdiff.h"
#include "support/test.h"
#include "support/vectors.h"
#include <stdlib.h>

#define SOURCE "abcdefghijklmnop"
#define TARGET "abcdwxyzefghefghefghefghzzzz"

static np_bytes delta;
static size_t offsets[NP_VCDIFF_SECTION_COUNT];

static np_code read_delta(void *self, uint8_t *ret, size_t size, size_t *ret_len, np_error *err)
{
    size_t *offset = self;
    (void)err;
    size_t left = delta.len - *offset;
    *ret_len = size < left ? size : left;
    memcpy(ret, delta.data + *offset, *ret_len);
    *offset += *ret_len;
    return NP_OK;
}

static np_firmware_reason walk(np_bytes bytes, size_t target_len, const char *source_text,
                               const char *target_text)
{
    np_error err = {0};
    np_vcdiff_input inputs[NP_VCDIFF_SECTION_COUNT];
    np_blake2b_stream hash;
    uint8_t found[NP_BLAKE2B_SIZE];
    uint8_t wanted[NP_BLAKE2B_SIZE];
    delta = bytes;
    for (size_t i = 0; i < NP_VCDIFF_SECTION_COUNT; i++) {
        offsets[i] = 0;
        inputs[i] = (np_vcdiff_input){.read = read_delta, .self = &offsets[i]};
    }
    np_bytes old = source_text == NULL ? (np_bytes){0} : np_bytes_text(source_text);
    np_firmware_source source = np_firmware_source_of_bytes(&old);
    const np_vcdiff_content content = {.source = &source, .hash = &hash};
    np_blake2b_begin(&hash);
    np_code code = np_vcdiff_walk(inputs, target_len, source_text == NULL ? NULL : &content, &err);
    assert_true(code == NP_OK || code == NP_EINPUT_FORMAT);
    if (code == NP_OK && source_text != NULL) {
        np_blake2b_end(&hash, found);
        np_blake2b_begin(&hash);
        np_blake2b_add(&hash, np_bytes_text(target_text));
        np_blake2b_end(&hash, wanted);
        assert_memory_equal(found, wanted, sizeof(wanted));
    }
    return code == NP_OK ? NP_FIRMWARE_ACCEPTED : (np_firmware_reason)err.sub;
}

/*
 * ADD and COPY as the default table codes them: copy 4 in mode 0 is 20, add 4 is 5, copy 12 is 28,
 * run is 0. Addresses in mode 0: 0, 4, 24.
 */
static const uint8_t example[] = {
    0xd6, 0xc3, 0xc4, 0x00, 0x00,    /* header */
    0x01, 16,   0,                   /* source: all of it */
    19,   28,   0,    5,    6,    3, /* delta, target, indicator, three sections */
    'w',  'x',  'y',  'z',  'z',     /* data */
    20,   5,    20,   28,   0,    4, /* instructions */
    0,    4,    24,                  /* addresses */
};

static void the_example_of_the_standard_gives_its_target(void **state)
{
    (void)state;
    assert_int_equal(walk(NP_BYTES(example), 28, NULL, NULL), NP_FIRMWARE_ACCEPTED);
    assert_int_equal(walk(NP_BYTES(example), 28, SOURCE, TARGET), NP_FIRMWARE_ACCEPTED);
}

static void a_source_that_is_too_short_is_another_one(void **state)
{
    (void)state;
    assert_int_equal(walk(NP_BYTES(example), 28, "abcdef", TARGET), NP_FIRMWARE_DELTA_CONTENT);
}

/*
 * One window of 12: copies of 4 by HERE (16 back), NEAR 0 (4 behind the last address, 0), and SAME
 * (byte 4 of the first 256).
 */
static void addresses_can_be_given_from_here_near_or_the_same(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {
        0xd6, 0xc3, 0xc4, 0x00, 0x00, 0x01, 16, 0, 11, 12, 0, 0, 3, 3, 36, /* copy 4, mode 1 */
        52,                                                                /* copy 4, mode 2 */
        116,                                                               /* copy 4, mode 6 */
        16,   4,    4,
    };
    assert_int_equal(walk(NP_BYTES(bytes), 12, SOURCE, "abcdefghefgh"), NP_FIRMWARE_ACCEPTED);
}

/* Code 163: add 1, copy 4 in mode 0; 247: copy 4 in mode 0, add 1. */
static void two_instructions_can_share_a_code(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {
        0xd6, 0xc3, 0xc4, 0x00, 0x00, 0x01, 16, 0, 11, 10, 0, 2, 2, 2, '1', '2', 163, 247, 0, 8,
    };
    assert_int_equal(walk(NP_BYTES(bytes), 10, SOURCE, "1abcdijkl2"), NP_FIRMWARE_ACCEPTED);
}

static np_firmware_reason walk_changed(size_t at, uint8_t value, size_t target_len)
{
    uint8_t bytes[sizeof(example)];
    memcpy(bytes, example, sizeof(bytes));
    bytes[at] = value;
    return walk(NP_BYTES(bytes), target_len, NULL, NULL);
}

static void each_broken_rule_is_refused_without_the_source(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
    } rows[] = {
        {"secondary compression", 4, 0x01},
        {"a code table of its own", 4, 0x02},
        {"a copy from an earlier window", 5, 0x02},
        {"an unknown window", 5, 0x81},
        {"a delta that is longer than its sections", 8, 20},
        {"a target that is longer", 9, 29},
        {"a target that is shorter", 9, 27},
        {"compressed sections", 10, 1},
        {"a data section that takes of the next", 11, 6},
        {"a longer add than the target has room for", 20, 18},
        {"an add that leaves data over", 20, 4},
        {"an address that is not made yet", 27, 44},
        {"a copy over the end of the source", 26, 14},
        {"a run that is too long", 24, 5},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        print_message("# %s\n", rows[i].what);
        assert_int_equal(walk_changed(rows[i].at, rows[i].value, 28), NP_FIRMWARE_DELTA_FORMAT);
    }
    assert_int_equal(walk_changed(0, 0xd6, 27), NP_FIRMWARE_DELTA_FORMAT);
    assert_int_equal(walk_changed(0, 0xd6, 29), NP_FIRMWARE_DELTA_FORMAT);
}

static void a_delta_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(example); len++) {
        assert_int_equal(walk(np_bytes_of(example, len), 28, NULL, NULL), NP_FIRMWARE_DELTA_FORMAT);
    }
}

/* xdelta3's own delta has a checksum, which only the right content has. */
static void the_delta_of_xdelta3_is_walked(void **state)
{
    (void)state;
    size_t len;
    uint8_t *bytes = vector_load("fwup/fw/rootfs_v1_to_v2.vcdiff", &len);
    assert_int_equal(walk(np_bytes_of(bytes, len), 6000, NULL, NULL), NP_FIRMWARE_ACCEPTED);
    assert_int_equal(walk(np_bytes_of(bytes, len), 5999, NULL, NULL), NP_FIRMWARE_DELTA_FORMAT);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_gives_its_target),
        cmocka_unit_test(a_source_that_is_too_short_is_another_one),
        cmocka_unit_test(addresses_can_be_given_from_here_near_or_the_same),
        cmocka_unit_test(two_instructions_can_share_a_code),
        cmocka_unit_test(each_broken_rule_is_refused_without_the_source),
        cmocka_unit_test(a_delta_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(the_delta_of_xdelta3_is_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
