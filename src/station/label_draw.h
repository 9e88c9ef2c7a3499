/* SPDX-License-Identifier: Apache-2.0 */
/* One function a format, each of which measures when the writer has no buffer. */
#pragma once

#include "station/label.h"

/* Where a text's base line is, in thousandths of its height from above. */
enum { LABEL_BASE_LINE = 800 };

static inline unsigned label_dots(unsigned dpi, unsigned um)
{
    return (unsigned)(((uint64_t)um * dpi + 12700) / 25400); /* the nearest */
}

static inline bool label_is_dark(const np_label_mark *mark, unsigned x, unsigned y)
{
    return mark->is_dark[(size_t)y * mark->modules + x] != 0;
}

NP_MUST_USE np_code label_write_svg(const np_label *label, np_writer *writer, np_error *err);
NP_MUST_USE np_code label_write_png(const np_label *label, np_writer *writer, np_error *err);
NP_MUST_USE np_code label_write_zpl(const np_label *label, np_writer *writer, np_error *err);

/* A label in dots, 0 is black as PNG has it, a byte each; heap. */
typedef struct label_canvas {
    unsigned width, height;
    uint8_t *dots;
} label_canvas;

static inline void label_put_dot(label_canvas *canvas, unsigned x, unsigned y)
{
    if (x < canvas->width && y < canvas->height) {
        canvas->dots[(size_t)y * canvas->width + x] = 0;
    }
}

/* Draws the texts with the template's font. Errors as np_label_format_bytes has them for PNG. */
NP_MUST_USE np_code label_draw_texts(const np_label *label, label_canvas *canvas, np_error *err);
