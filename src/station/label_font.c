/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as dots, by FreeType. Left to right and unshaped: enough for names and numbers. */
#include "station/label_draw.h"

#include <ft2build.h>
#include FT_FREETYPE_H

typedef struct font {
    FT_Library library;
    FT_Face face;
} font;

static void close_font(font *opened)
{
    if (opened->face != NULL) {
        FT_Done_Face(opened->face);
    }
    if (opened->library != NULL) {
        FT_Done_FreeType(opened->library);
    }
}

static np_code open_font(const char *path, font *ret, np_error *err)
{
    if (path[0] == '\0') {
        (void)np_error_set(err, NP_EINPUT_MISSING,
                           "the label's template names no font, which texts in PNG need");
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "write font /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf, or "
                             "any that has the characters");
    }
    if (FT_Init_FreeType(&ret->library) != 0) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    if (FT_New_Face(ret->library, path, 0, &ret->face) != 0) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: this is no font that can be read", path);
    }
    return NP_OK;
}

/* The next character of a text that is UTF-8, and moves behind it. */
static unsigned long take_character(const char **text)
{
    const uint8_t *at = (const uint8_t *)*text;
    unsigned count = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
    static const uint8_t masks[] = {0x7f, 0x1f, 0x0f, 0x07};
    unsigned long character = at[0] & masks[count];
    for (unsigned i = 1; i <= count; i++) {
        character = character << 6 | (at[i] & 0x3f);
    }
    *text += 1 + count;
    return character;
}

static void draw_glyph(const FT_GlyphSlot glyph, int pen, int base_line, label_canvas *canvas)
{
    for (unsigned y = 0; y < glyph->bitmap.rows; y++) {
        const uint8_t *row = glyph->bitmap.buffer + (ptrdiff_t)y * glyph->bitmap.pitch;
        for (unsigned x = 0; x < glyph->bitmap.width; x++) {
            int to_x = pen + glyph->bitmap_left + (int)x;
            int to_y = base_line - glyph->bitmap_top + (int)y;
            if ((row[x / 8] & 0x80 >> x % 8) != 0 && to_x >= 0 && to_y >= 0) {
                label_put_dot(canvas, (unsigned)to_x, (unsigned)to_y);
            }
        }
    }
}

static np_code draw_text(const font *with, const np_label_mark *mark, unsigned dpi,
                         label_canvas *canvas, np_error *err)
{
    const np_label_item *item = mark->item;
    unsigned height = label_dots(dpi, item->size_um);
    int pen = (int)label_dots(dpi, item->x_um);
    int base_line = (int)(label_dots(dpi, item->y_um) + height * LABEL_BASE_LINE / 1000);
    if (FT_Set_Pixel_Sizes(with->face, 0, height) != 0) {
        return np_error_set(err, NP_EINPUT_RANGE, "the font has no letters %u dots high", height);
    }
    for (const char *text = mark->text; *text != '\0';) {
        unsigned long character = take_character(&text);
        unsigned index = FT_Get_Char_Index(with->face, character);
        if (index == 0) {
            return np_error_set(err, NP_EINPUT_MISSING, "the font has no character U+%04X: %s",
                                (unsigned)character, mark->text);
        }
        if (FT_Load_Glyph(with->face, index, FT_LOAD_RENDER | FT_LOAD_TARGET_MONO) != 0) {
            return np_error_set(err, NP_ESTATION_MEMORY, "the font cannot be drawn");
        }
        draw_glyph(with->face->glyph, pen, base_line, canvas);
        pen += (int)(with->face->glyph->advance.x / 64);
    }
    if (pen > (int)canvas->width) {
        (void)np_error_set(err, NP_EINPUT_RANGE,
                           "line %u of the label's template: wider than the label: %s", item->line,
                           mark->text);
        return np_error_hint(err, NP_EINPUT_RANGE, "make it smaller, or shorter as {name:12}");
    }
    return NP_OK;
}

static bool has_texts(const np_label *label)
{
    for (size_t i = 0; i < label->count; i++) {
        if (label->marks[i].item->kind == NP_LABEL_TEXT) {
            return true;
        }
    }
    return false;
}

np_code label_draw_texts(const np_label *label, label_canvas *canvas, np_error *err)
{
    font with = {.face = NULL};
    if (!has_texts(label)) {
        return NP_OK;
    }
    np_code code = open_font(label->template->font, &with, err);
    for (size_t i = 0; i < label->count && code == NP_OK; i++) {
        if (label->marks[i].item->kind == NP_LABEL_TEXT) {
            code = draw_text(&with, &label->marks[i], label->template->dpi, canvas, err);
        }
    }
    close_font(&with);
    return code;
}
