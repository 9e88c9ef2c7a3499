/* SPDX-License-Identifier: Apache-2.0 */
/* SVG 1.1: a code is one path of squares, in modules; a text is a text. */
#include "base/format.h"
#include "station/label_draw.h"

static void print(np_writer *writer, const char *format, ...) NP_PRINTF(2, 3);

static void print(np_writer *writer, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    np_format_list(text, sizeof(text), format, list);
    va_end(list);
    np_write_text(writer, text);
}

/* Micrometres as millimetres. */
typedef struct length_text {
    char text[16];
} length_text;

static length_text mm(unsigned um)
{
    length_text ret;
    np_format(ret.text, sizeof(ret.text), "%u.%03u", um / 1000, um % 1000);
    return ret;
}

static void write_escaped(np_writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            np_write_text(writer, "&amp;");
            break;
        case '<':
            np_write_text(writer, "&lt;");
            break;
        case '>':
            np_write_text(writer, "&gt;");
            break;
        default:
            np_write_u8(writer, (uint8_t)*text);
        }
    }
}

static void write_text(np_writer *writer, const np_label_mark *mark)
{
    const np_label_item *item = mark->item;
    unsigned base_line = item->y_um + (unsigned)((uint64_t)item->size_um * LABEL_BASE_LINE / 1000);
    print(writer,
          "<text x=\"%s\" y=\"%s\" font-size=\"%s\" font-family=\"DejaVu Sans, sans-serif\" "
          "xml:space=\"preserve\">",
          mm(item->x_um).text, mm(base_line).text, mm(item->size_um).text);
    write_escaped(writer, mark->text);
    np_write_text(writer, "</text>\n");
}

/* As large as a printer with the template's resolution makes it, so that all formats are alike. */
static void write_code(np_writer *writer, const np_label_mark *mark, unsigned dpi)
{
    const np_label_item *item = mark->item;
    unsigned module_um = (unsigned)((uint64_t)mark->module_dots * 25400 / dpi);
    print(writer,
          "<path shape-rendering=\"crispEdges\" transform=\"translate(%s %s) scale(%s)\" d=\"",
          mm(item->x_um).text, mm(item->y_um).text, mm(module_um).text);
    for (unsigned y = 0; y < mark->modules; y++) {
        for (unsigned x = 0; x < mark->modules; x++) {
            if (label_is_dark(mark, x, y)) {
                print(writer, "M%u %uh1v1h-1z", x, y);
            }
        }
    }
    np_write_text(writer, "\"/>\n");
}

np_code label_write_svg(const np_label *label, np_writer *writer, np_error *err)
{
    const np_label_template *template = label->template;
    (void)err;
    length_text width = mm(template->width_um);
    length_text height = mm(template->height_um);
    print(writer,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
          "version=\"1.1\" width=\"%smm\" height=\"%smm\" viewBox=\"0 0 %s %s\">\n",
          width.text, height.text, width.text, height.text);
    print(writer, "<rect width=\"%s\" height=\"%s\" fill=\"white\"/>\n", width.text, height.text);
    for (size_t i = 0; i < label->count; i++) {
        const np_label_mark *mark = &label->marks[i];
        if (mark->item->kind == NP_LABEL_QR) {
            write_code(writer, mark, template->dpi);
        } else {
            write_text(writer, mark);
        }
    }
    np_write_text(writer, "</svg>\n");
    return NP_OK;
}
