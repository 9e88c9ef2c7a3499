/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZPL II (Zebra's ZPL II Programming Guide, ^A, ^BQ, ^CI, ^FD, ^FH, ^FO, ^LL, ^PW). Everything that
 * is not plain ASCII goes as the hex of its UTF-8 bytes, so that no wire and no spooler between
 * here and the printer can change it.
 */
#include "base/format.h"
#include "station/label_draw.h"

enum { MAGNIFICATION_MAX = 100 };

static void print(np_writer *writer, const char *format, ...) NP_PRINTF(2, 3);

static void print(np_writer *writer, const char *format, ...)
{
    char text[128];
    va_list list;
    va_start(list, format);
    np_format_list(text, sizeof(text), format, list);
    va_end(list);
    np_write_text(writer, text);
}

/* ^ and ~ begin commands, _ is ^FH's own sign, and \ begins ^FB's breaks. */
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && strchr("^~_\\", byte) == NULL;
}

static void write_data(np_writer *writer, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (is_plain(byte)) {
            np_write_u8(writer, byte);
            continue;
        }
        np_write_u8(writer, '_');
        np_write_u8(writer, (uint8_t)digits[byte >> 4]);
        np_write_u8(writer, (uint8_t)digits[byte & 15]);
    }
}

static void write_mark(np_writer *writer, const np_label_mark *mark, unsigned dpi)
{
    const np_label_item *item = mark->item;
    print(writer, "^FO%u,%u", label_dots(dpi, item->x_um), label_dots(dpi, item->y_um));
    if (item->kind == NP_LABEL_QR) {
        unsigned magnification =
            mark->module_dots < MAGNIFICATION_MAX ? mark->module_dots : MAGNIFICATION_MAX;
        /* model 2; the level stands in the data as well, and A lets the printer choose the modes */
        print(writer, "^BQN,2,%u,%c,7^FH_^FD%cA,", magnification, item->level, item->level);
    } else {
        print(writer, "^A0N,%u^FH_^FD", label_dots(dpi, item->size_um));
    }
    write_data(writer, mark->text);
    np_write_text(writer, "^FS\n");
}

np_code label_write_zpl(const np_label *label, np_writer *writer, np_error *err)
{
    const np_label_template *template = label->template;
    (void)err;
    print(writer, "^XA\n^CI28\n^PW%u\n^LL%u\n^LH0,0\n",
          label_dots(template->dpi, template->width_um),
          label_dots(template->dpi, template->height_um));
    for (size_t i = 0; i < label->count; i++) {
        write_mark(writer, &label->marks[i], template->dpi);
    }
    np_write_text(writer, "^PQ1\n^XZ\n");
    return NP_OK;
}
