/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/vcdiff.h"

#include "base/wipe.h"
#include "firmware/vcdiff_code.h"
#include <stdlib.h>
#include <zlib.h>

enum {
    CURSOR_SIZE = 4096, /* not tuned */
    HEADER_SECONDARY = 1 << 0,
    HEADER_CODE_TABLE = 1 << 1,
    HEADER_APPLICATION = 1 << 2, /* xdelta3's own */
    WINDOW_SOURCE = 1 << 0,
    WINDOW_TARGET = 1 << 1,
    WINDOW_ADLER32 = 1 << 2, /* xdelta3's own */
};

/* Numbers above this are impossible in a file; sums of two cannot overflow. */
#define NUMBER_MAX (UINT64_C(1) << 62)

static const uint8_t magic[NP_VCDIFF_HEADER_SIZE] = {0xd6, 0xc3, 0xc4, 0x00};

bool np_vcdiff_is_header(np_bytes bytes)
{
    return bytes.len >= sizeof(magic) && memcmp(bytes.data, magic, sizeof(magic)) == 0;
}

/* Bytes of one input in order. */
typedef struct vcdiff_cursor {
    np_vcdiff_input input;
    uint64_t at;
    size_t used;
    size_t len;
    uint8_t buffer[CURSOR_SIZE];
} vcdiff_cursor;

typedef struct vcdiff_window {
    uint64_t source_len;
    uint64_t source_at;
    uint64_t target_len;
    uint64_t data_at;
    uint64_t instructions_at;
    uint64_t addresses_at;
    uint64_t end_at;
    bool has_checksum;
    uint32_t checksum;
    uint64_t made;      /* of the target */
    uint64_t data_used; /* bytes of the data section */
    vcdiff_cache cache;
} vcdiff_window;

typedef struct vcdiff_walk {
    vcdiff_cursor cursors[NP_VCDIFF_SECTION_COUNT];
    uint64_t target_left;
    const np_vcdiff_content *content;
    uint8_t *target; /* of the window, when there is content; heap */
    vcdiff_window window;
} vcdiff_walk;

static void walk_free(vcdiff_walk **walk)
{
    if (*walk != NULL) {
        free((*walk)->target);
    }
    free(*walk);
}

static np_code refuse(np_error *err, const char *what)
{
    return firmware_refuse(err, NP_FIRMWARE_DELTA_FORMAT, "the delta %s", what);
}

/* ret_is_end: there are no more. */
static np_code fill(vcdiff_cursor *cursor, bool *ret_is_end, np_error *err)
{
    if (cursor->used == cursor->len) {
        cursor->used = 0;
        NP_TRY(cursor->input.read(cursor->input.self, cursor->buffer, sizeof(cursor->buffer),
                                  &cursor->len, err));
    }
    *ret_is_end = cursor->used == cursor->len;
    return NP_OK;
}

/* What is at hand of the next len bytes; none only for len 0. */
static np_code take_some(vcdiff_cursor *cursor, uint64_t len, np_bytes *ret, np_error *err)
{
    bool is_end;
    *ret = (np_bytes){0};
    if (len == 0) {
        return NP_OK;
    }
    NP_TRY(fill(cursor, &is_end, err));
    if (is_end) {
        return refuse(err, "is cut off");
    }
    size_t have = cursor->len - cursor->used;
    *ret = np_bytes_of(cursor->buffer + cursor->used, have < len ? have : (size_t)len);
    cursor->used += ret->len;
    cursor->at += ret->len;
    return NP_OK;
}

static np_code take_byte(vcdiff_cursor *cursor, uint8_t *ret, np_error *err)
{
    np_bytes byte;
    NP_TRY(take_some(cursor, 1, &byte, err));
    *ret = byte.data[0];
    return NP_OK;
}

static np_code skip_to(vcdiff_cursor *cursor, uint64_t at, np_error *err)
{
    np_bytes skipped;
    while (cursor->at < at) {
        NP_TRY(take_some(cursor, at - cursor->at, &skipped, err));
    }
    return NP_OK;
}

/* Seven bits a byte, the most significant first (RFC 3284 section 2). */
static np_code take_number(vcdiff_cursor *cursor, uint64_t *ret, np_error *err)
{
    uint8_t byte;
    *ret = 0;
    do {
        NP_TRY(take_byte(cursor, &byte, err));
        if (*ret > NUMBER_MAX >> 7) {
            return refuse(err, "has an impossible number");
        }
        *ret = *ret << 7 | (byte & 0x7f);
    } while ((byte & 0x80) != 0);
    return NP_OK;
}

static np_code read_header(vcdiff_cursor *cursor, np_error *err)
{
    uint8_t indicator;
    for (size_t i = 0; i < sizeof(magic); i++) {
        uint8_t byte;
        NP_TRY(take_byte(cursor, &byte, err));
        if (byte != magic[i]) {
            return refuse(err, "does not begin as VCDIFF");
        }
    }
    NP_TRY(take_byte(cursor, &indicator, err));
    if ((indicator & ~HEADER_APPLICATION) != 0) {
        return refuse(err, "has secondary compression or a code table, which fwup does not make");
    }
    if ((indicator & HEADER_APPLICATION) == 0) {
        return NP_OK;
    }
    uint64_t len;
    NP_TRY(take_number(cursor, &len, err));
    return skip_to(cursor, cursor->at + len, err);
}

static np_code read_source(vcdiff_cursor *cursor, vcdiff_window *window, np_error *err)
{
    uint8_t indicator;
    NP_TRY(take_byte(cursor, &indicator, err));
    if ((indicator & ~(WINDOW_SOURCE | WINDOW_ADLER32)) != 0) {
        return refuse(err, (indicator & WINDOW_TARGET) != 0
                               ? "copies from earlier windows, which fwup does not do"
                               : "has an unknown kind of window");
    }
    window->has_checksum = (indicator & WINDOW_ADLER32) != 0;
    if ((indicator & WINDOW_SOURCE) != 0) {
        NP_TRY(take_number(cursor, &window->source_len, err));
        NP_TRY(take_number(cursor, &window->source_at, err));
    }
    return NP_OK;
}

static np_code read_checksum(vcdiff_cursor *cursor, vcdiff_window *window, np_error *err)
{
    for (unsigned i = 0; window->has_checksum && i < 4; i++) {
        uint8_t byte;
        NP_TRY(take_byte(cursor, &byte, err));
        window->checksum = window->checksum << 8 | byte;
    }
    return NP_OK;
}

/* Everything up to the data section (RFC 3284 section 4.3). */
static np_code read_window(vcdiff_cursor *cursor, vcdiff_window *window, np_error *err)
{
    uint64_t all;
    uint64_t lens[3];
    uint8_t compressed;
    *window = (vcdiff_window){0};
    NP_TRY(read_source(cursor, window, err));
    NP_TRY(take_number(cursor, &all, err));
    uint64_t end_at = cursor->at + all;
    NP_TRY(take_number(cursor, &window->target_len, err));
    NP_TRY(take_byte(cursor, &compressed, err));
    for (size_t i = 0; i < NP_COUNT_OF(lens); i++) {
        NP_TRY(take_number(cursor, &lens[i], err));
    }
    NP_TRY(read_checksum(cursor, window, err));
    window->data_at = cursor->at;
    window->instructions_at = window->data_at + lens[0];
    window->addresses_at = window->instructions_at + lens[1];
    window->end_at = window->addresses_at + lens[2];
    if (compressed != 0) {
        return refuse(err, "has compressed sections, which fwup does not make");
    }
    return lens[0] > all || lens[1] > all || lens[2] > all || window->end_at != end_at
               ? refuse(err, "has sections that do not fill their window")
               : NP_OK;
}

static np_code take_address(vcdiff_walk *walk, unsigned mode, uint64_t *ret, np_error *err)
{
    vcdiff_window *window = &walk->window;
    vcdiff_cursor *cursor = &walk->cursors[NP_VCDIFF_ADDRESSES];
    uint64_t number = 0;
    uint8_t byte = 0;
    if (cursor->at >= window->end_at) {
        return refuse(err, "has more copies than addresses");
    }
    if (mode >= VCDIFF_MODE_SAME) {
        NP_TRY(take_byte(cursor, &byte, err));
        number = byte;
    } else {
        NP_TRY(take_number(cursor, &number, err));
    }
    if (!vcdiff_address(&window->cache, mode, number, window->source_len + window->made, ret)) {
        return refuse(err, "copies from an address that does not exist yet");
    }
    vcdiff_remember(&window->cache, *ret);
    return NP_OK;
}

static np_code add_content(vcdiff_walk *walk, uint64_t size, np_error *err)
{
    uint8_t *to = walk->target + walk->window.made;
    for (uint64_t done = 0; done < size;) {
        np_bytes some;
        NP_TRY(take_some(&walk->cursors[NP_VCDIFF_DATA], size - done, &some, err));
        memcpy(to + done, some.data, some.len);
        done += some.len;
    }
    return NP_OK;
}

static np_code run_content(vcdiff_walk *walk, uint64_t size, np_error *err)
{
    uint8_t byte;
    NP_TRY(take_byte(&walk->cursors[NP_VCDIFF_DATA], &byte, err));
    memset(walk->target + walk->window.made, byte, size);
    return NP_OK;
}

static np_code copy_source(vcdiff_walk *walk, uint64_t address, uint64_t size, np_error *err)
{
    const np_firmware_source *source = walk->content->source;
    size_t len = 0;
    NP_TRY(source->read_at(source->self, walk->window.source_at + address,
                           walk->target + walk->window.made, size, &len, err));
    return len == size ? NP_OK
                       : firmware_refuse(err, NP_FIRMWARE_DELTA_CONTENT,
                                         "the delta was made for a longer source");
}

static np_code copy_content(vcdiff_walk *walk, uint64_t address, uint64_t size, np_error *err)
{
    const vcdiff_window *window = &walk->window;
    if (address < window->source_len) {
        return copy_source(walk, address, size, err);
    }
    /* the two may overlap: byte by byte is what is meant */
    uint8_t *to = walk->target + window->made;
    const uint8_t *from = walk->target + (address - window->source_len);
    for (uint64_t i = 0; i < size; i++) {
        to[i] = from[i];
    }
    return NP_OK;
}

/* A copy stays on its side of the border between source and target, as xdelta3 wants it. */
static np_code walk_copy(vcdiff_walk *walk, const vcdiff_instruction *instruction, np_error *err)
{
    uint64_t address;
    const vcdiff_window *window = &walk->window;
    NP_TRY(take_address(walk, instruction->mode, &address, err));
    if (address < window->source_len && instruction->size > window->source_len - address) {
        return refuse(err, "copies beyond the end of its source");
    }
    return walk->content == NULL ? NP_OK : copy_content(walk, address, instruction->size, err);
}

static np_code walk_data(vcdiff_walk *walk, const vcdiff_instruction *instruction, np_error *err)
{
    vcdiff_window *window = &walk->window;
    uint64_t used = instruction->kind == VCDIFF_RUN ? 1 : instruction->size;
    if (used > window->instructions_at - window->data_at - window->data_used) {
        return refuse(err, "adds more data than it has");
    }
    window->data_used += used;
    if (walk->content == NULL) {
        return NP_OK;
    }
    return instruction->kind == VCDIFF_RUN ? run_content(walk, instruction->size, err)
                                           : add_content(walk, instruction->size, err);
}

static np_code walk_instruction(vcdiff_walk *walk, vcdiff_instruction instruction, np_error *err)
{
    vcdiff_window *window = &walk->window;
    if (instruction.kind == VCDIFF_NOOP) {
        return NP_OK;
    }
    if (instruction.size == 0) {
        NP_TRY(take_number(&walk->cursors[NP_VCDIFF_INSTRUCTIONS], &instruction.size, err));
    }
    if (instruction.size > window->target_len - window->made) {
        return refuse(err, "makes more than its window holds");
    }
    NP_TRY(instruction.kind == VCDIFF_COPY ? walk_copy(walk, &instruction, err)
                                           : walk_data(walk, &instruction, err));
    window->made += instruction.size;
    return NP_OK;
}

static np_code make_room(vcdiff_walk *walk, np_error *err)
{
    if (walk->window.target_len > NP_VCDIFF_WINDOW_MAX) {
        return np_error_set(err, NP_ESTATION_MEMORY, "the delta has a window of more than %d bytes",
                            NP_VCDIFF_WINDOW_MAX);
    }
    free(walk->target);
    walk->target = malloc(walk->window.target_len + 1);
    return walk->target != NULL ? NP_OK
                                : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the delta");
}

static np_code take_content(vcdiff_walk *walk, np_error *err)
{
    const vcdiff_window *window = &walk->window;
    np_bytes target = np_bytes_of(walk->target, window->target_len);
    if (window->has_checksum &&
        adler32_z(adler32_z(0, NULL, 0), target.data, target.len) != window->checksum) {
        return firmware_refuse(err, NP_FIRMWARE_DELTA_CONTENT,
                               "the delta does not give what its checksum says: another source?");
    }
    np_blake2b_add(walk->content->hash, target);
    return NP_OK;
}

static np_code walk_window(vcdiff_walk *walk, np_error *err)
{
    vcdiff_window *window = &walk->window;
    vcdiff_cursor *code = &walk->cursors[NP_VCDIFF_INSTRUCTIONS];
    NP_TRY(skip_to(code, window->instructions_at, err));
    NP_TRY(skip_to(&walk->cursors[NP_VCDIFF_ADDRESSES], window->addresses_at, err));
    if (walk->content != NULL) {
        NP_TRY(make_room(walk, err));
        NP_TRY(skip_to(&walk->cursors[NP_VCDIFF_DATA], window->data_at, err));
    }
    while (code->at < window->addresses_at) {
        vcdiff_instruction pair[2];
        uint8_t byte;
        NP_TRY(take_byte(code, &byte, err));
        vcdiff_decode(byte, pair);
        NP_TRY(walk_instruction(walk, pair[0], err));
        NP_TRY(walk_instruction(walk, pair[1], err));
    }
    bool is_used_up = window->made == window->target_len && code->at == window->addresses_at &&
                      walk->cursors[NP_VCDIFF_ADDRESSES].at == window->end_at &&
                      window->data_used == window->instructions_at - window->data_at;
    if (!is_used_up) {
        return refuse(err, "has sections that its instructions do not use up");
    }
    NP_TRY(skip_to(code, window->end_at, err));
    return walk->content == NULL ? NP_OK : take_content(walk, err);
}

static np_code walk_all(vcdiff_walk *walk, np_error *err)
{
    vcdiff_cursor *cursor = &walk->cursors[NP_VCDIFF_INSTRUCTIONS];
    bool is_end = false;
    NP_TRY(read_header(cursor, err));
    for (;;) {
        NP_TRY(fill(cursor, &is_end, err));
        if (is_end) {
            return walk->target_left == 0 ? NP_OK : refuse(err, "makes less than is declared");
        }
        NP_TRY(read_window(cursor, &walk->window, err));
        if (walk->window.target_len > walk->target_left) {
            return refuse(err, "makes more than is declared");
        }
        walk->target_left -= walk->window.target_len;
        NP_TRY(walk_window(walk, err));
    }
}

np_code np_vcdiff_walk(const np_vcdiff_input inputs[NP_VCDIFF_SECTION_COUNT], uint64_t target_size,
                       const np_vcdiff_content *content, np_error *err)
{
    NP_CLEANUP(walk_free) vcdiff_walk *walk = calloc(1, sizeof(*walk));
    if (walk == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the delta");
    }
    for (unsigned i = 0; i < NP_VCDIFF_SECTION_COUNT; i++) {
        walk->cursors[i].input = inputs[i];
    }
    walk->target_left = target_size;
    walk->content = content;
    return walk_all(walk, err);
}
