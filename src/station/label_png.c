/* SPDX-License-Identifier: Apache-2.0 */
#include "station/label_draw.h"

#include <png.h>
#include <stdlib.h>

typedef struct png_target {
    np_writer *writer;
    np_error *err;
} png_target;

static void take_bytes(png_structp png, png_bytep data, size_t len)
{
    const png_target *target = png_get_io_ptr(png);
    np_write_bytes(target->writer, np_bytes_of(data, len));
}

static void flush(png_structp png)
{
    (void)png;
}

/* Returns through libpng's setjmp. */
static void stop(png_structp png, png_const_charp message)
{
    const png_target *target = png_get_error_ptr(png);
    (void)np_error_set(target->err, NP_ESTATION_MEMORY, "PNG: %s", message);
    png_longjmp(png, 1);
}

static void draw_code(const np_label_mark *mark, unsigned dpi, label_canvas *canvas)
{
    unsigned left = label_dots(dpi, mark->item->x_um);
    unsigned top = label_dots(dpi, mark->item->y_um);
    unsigned edge = mark->modules * mark->module_dots;
    for (unsigned y = 0; y < edge; y++) {
        for (unsigned x = 0; x < edge; x++) {
            if (label_is_dark(mark, x / mark->module_dots, y / mark->module_dots)) {
                label_put_dot(canvas, left + x, top + y);
            }
        }
    }
}

static void write_canvas(png_structp png, png_infop info, const label_canvas *canvas, unsigned dpi)
{
    png_uint_32 dots_a_metre = (png_uint_32)((uint64_t)dpi * 10000 / 254);
    png_set_IHDR(png, info, canvas->width, canvas->height, 1, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, dots_a_metre, dots_a_metre, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    png_set_packing(png); /* a byte a dot becomes a bit */
    for (unsigned y = 0; y < canvas->height; y++) {
        png_write_row(png, canvas->dots + (size_t)y * canvas->width);
    }
    png_write_end(png, info);
}

static np_code compress(const label_canvas *canvas, unsigned dpi, np_writer *writer, np_error *err)
{
    png_target target = {.writer = writer, .err = err};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &target, stop, NULL);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    np_code code = NP_OK;
    if (info == NULL) {
        png_destroy_write_struct(&png, NULL);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, &target, take_bytes, flush);
        write_canvas(png, info, canvas, dpi);
    } else {
        code = NP_ESTATION_MEMORY;
    }
    png_destroy_write_struct(&png, &info);
    return code;
}

static np_code draw(const np_label *label, label_canvas *canvas, np_error *err)
{
    for (size_t i = 0; i < label->count; i++) {
        if (label->marks[i].item->kind == NP_LABEL_QR) {
            draw_code(&label->marks[i], label->template->dpi, canvas);
        }
    }
    return label_draw_texts(label, canvas, err);
}

np_code label_write_png(const np_label *label, np_writer *writer, np_error *err)
{
    const np_label_template *template = label->template;
    label_canvas canvas = {.width = label_dots(template->dpi, template->width_um),
                           .height = label_dots(template->dpi, template->height_um)};
    size_t size = (size_t)canvas.width * canvas.height;
    canvas.dots = size == 0 ? NULL : malloc(size);
    if (canvas.dots == NULL) {
        return size == 0 ? np_error_set(err, NP_EINPUT_RANGE, "the label has not a single dot")
                         : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    memset(canvas.dots, 1, size);
    np_code code = draw(label, &canvas, err);
    if (code == NP_OK) {
        code = compress(&canvas, template->dpi, writer, err);
    }
    free(canvas.dots);
    return code;
}
