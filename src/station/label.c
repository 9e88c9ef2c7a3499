/* SPDX-License-Identifier: Apache-2.0 */
#include "station/label.h"

#include "station/label_draw.h"
#include "station/label_pattern.h"
#include <qrencode.h>
#include <stdlib.h>

static np_code refuse(const np_label_item *item, np_code code, const char *what, np_bytes text,
                      np_error *err)
{
    return np_error_set(err, code, "line %u of the label's template: %s: %.*s", item->line, what,
                        (int)text.len, (const char *)text.data);
}

static bool has_control_characters(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static np_code add_fact(const np_label_item *item, const label_piece *piece,
                        const np_label_facts *facts, np_writer *text, np_error *err)
{
    uint8_t value[NP_LABEL_TEXT_SIZE];
    np_writer writer = np_writer_of(value, sizeof(value));
    if (!facts->find(facts->self, piece->text, &writer)) {
        if (piece->is_optional) {
            return NP_OK;
        }
        (void)refuse(item, NP_EINPUT_MISSING, "the unit has no such fact", piece->text, err);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "{name?} stands for a fact that may be missing");
    }
    if (!np_writer_has_room(&writer)) {
        return refuse(item, NP_EINPUT_RANGE, "this fact is too long", piece->text, err);
    }
    np_bytes found = np_writer_bytes(&writer);
    if (has_control_characters(found)) {
        return refuse(item, NP_EINPUT_FORMAT, "this fact has control characters", piece->text, err);
    }
    np_write_bytes(text, label_first_characters(found, piece->limit));
    return NP_OK;
}

static np_code fill_pattern(const np_label_item *item, const np_label_facts *facts,
                            np_label_mark *mark, np_error *err)
{
    np_bytes rest = item->pattern;
    label_piece piece;
    const char *wrong;
    np_writer writer = np_writer_of((uint8_t *)mark->text, sizeof(mark->text));
    while (label_next_piece(&rest, &piece, &wrong)) {
        if (piece.is_fact) {
            NP_TRY(add_fact(item, &piece, facts, &writer, err));
        } else {
            np_write_bytes(&writer, piece.text);
        }
    }
    np_write_u8(&writer, 0);
    if (!np_writer_has_room(&writer)) {
        return refuse(item, NP_EINPUT_RANGE, "what is printed is too long", item->pattern, err);
    }
    return NP_OK;
}

static QRecLevel level_of(char letter)
{
    static const char letters[] = "LMQH";
    static const QRecLevel levels[] = {QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    return levels[strchr(letters, letter) - letters];
}

static np_code take_modules(const QRcode *code, np_label_mark *mark, np_error *err)
{
    mark->modules = (unsigned)code->width;
    size_t count = (size_t)mark->modules * mark->modules;
    mark->is_dark = malloc(count);
    if (mark->is_dark == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        mark->is_dark[i] = code->data[i] & 1;
    }
    return NP_OK;
}

static bool is_ascii(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/*
 * Without a word on it readers guess what other characters are, and take ü for katakana. ECI 26
 * says UTF-8 (ISO/IEC 18004, AIM ECI).
 */
static QRcode *encode_utf8(np_bytes text, QRecLevel level)
{
    enum { ECI_UTF_8 = 26 };
    QRcode *code = NULL;
    QRinput *input = QRinput_new2(0, level);
    if (input != NULL && QRinput_appendECIheader(input, ECI_UTF_8) == 0 &&
        QRinput_append(input, QR_MODE_8, (int)text.len, text.data) == 0) {
        code = QRcode_encodeInput(input);
    }
    QRinput_free(input);
    return code;
}

static np_code encode(unsigned dpi, np_label_mark *mark, np_error *err)
{
    const np_label_item *item = mark->item;
    np_bytes text = np_bytes_text(mark->text);
    if (text.len == 0) {
        return refuse(item, NP_EINPUT_MISSING, "a code would say nothing", item->pattern, err);
    }
    QRecLevel level = level_of(item->level);
    QRcode *code = is_ascii(text) ? QRcode_encodeString(mark->text, 0, level, QR_MODE_8, 1)
                                  : encode_utf8(text, level);
    if (code == NULL) { /* every level has room for NP_LABEL_TEXT_SIZE */
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    np_code result = take_modules(code, mark, err);
    QRcode_free(code);
    NP_TRY(result);
    mark->module_dots = label_dots(dpi, item->size_um) / mark->modules;
    if (mark->module_dots >= NP_LABEL_DOTS_MIN) {
        return NP_OK;
    }
    (void)np_error_set(err, NP_EINPUT_RANGE,
                       "line %u of the label's template: a code of %u modules would have %u dots a "
                       "module at %u dpi, which no scanner reads",
                       item->line, mark->modules, mark->module_dots, dpi);
    return np_error_hint(err, NP_EINPUT_RANGE,
                         "make the code larger, or let it say less, or lower its level");
}

np_code np_label_fill(const np_label_template *template, const np_label_facts *facts, np_label *ret,
                      np_error *err)
{
    ret->template = template;
    for (ret->count = 0; ret->count < template->count; ret->count++) {
        np_label_mark *mark = &ret->marks[ret->count];
        mark->item = &template->items[ret->count];
        mark->is_dark = NULL;
        NP_TRY(fill_pattern(mark->item, facts, mark, err));
        if (mark->item->kind == NP_LABEL_QR) {
            np_code code = encode(template->dpi, mark, err);
            ret->count += code != NP_OK; /* for np_label_free */
            NP_TRY(code);
        }
    }
    return NP_OK;
}

void np_label_free(np_label *label)
{
    for (size_t i = 0; i < label->count; i++) {
        free(label->marks[i].is_dark);
    }
    label->count = 0;
}

static const struct {
    const char *name;
    np_code (*write)(const np_label *label, np_writer *writer, np_error *err);
} formats[NP_LABEL_FORMAT_COUNT] = {
    [NP_LABEL_SVG] = {"svg", label_write_svg},
    [NP_LABEL_PNG] = {"png", label_write_png},
    [NP_LABEL_ZPL] = {"zpl", label_write_zpl},
};

const char *np_label_format_name(np_label_format format)
{
    return format < NP_LABEL_FORMAT_COUNT ? formats[format].name : NULL;
}

bool np_label_format_find(const char *name, np_label_format *ret)
{
    for (unsigned i = 0; i < NP_LABEL_FORMAT_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *ret = (np_label_format)i;
            return true;
        }
    }
    return false;
}

np_code np_label_format_bytes(const np_label *label, np_label_format format, uint8_t **ret,
                              size_t *ret_len, np_error *err)
{
    np_writer measure = {.data = NULL};
    NP_TRY(formats[format].write(label, &measure, err));
    uint8_t *bytes = malloc(measure.len);
    if (bytes == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    np_writer writer = np_writer_of(bytes, measure.len);
    np_code code = formats[format].write(label, &writer, err);
    if (code != NP_OK) {
        free(bytes);
        return code;
    }
    *ret = bytes;
    *ret_len = writer.len;
    return NP_OK;
}
