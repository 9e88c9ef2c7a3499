/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "station/label_pattern.h"

#include <ctype.h>

typedef struct template_reading {
    np_label_template *template;
    const char *name;
    unsigned line;
    np_bytes rest; /* of the line */
} template_reading;

static np_code refuse(const template_reading *reading, np_code code, const char *what,
                      np_error *err)
{
    return np_error_set(err, code, "%s:%u: %s", reading->name, reading->line, what);
}

static void skip_blanks(np_bytes *text)
{
    while (text->len > 0 && (text->data[0] == ' ' || text->data[0] == '\t')) {
        *text = np_bytes_of(text->data + 1, text->len - 1);
    }
}

static np_bytes take_word(np_bytes *text)
{
    size_t len = 0;
    skip_blanks(text);
    while (len < text->len && text->data[len] != ' ' && text->data[len] != '\t') {
        len++;
    }
    np_bytes word = np_bytes_of(text->data, len);
    *text = np_bytes_of(text->data + len, text->len - len);
    return word;
}

/* Millimetres with up to three decimals. */
static bool parse_millimetres(np_bytes word, unsigned *ret_um)
{
    unsigned um = 0;
    unsigned decimals = 0;
    bool has_point = false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == '.' && !has_point && i > 0) {
            has_point = true;
            continue;
        }
        if (isdigit(word.data[i]) == 0 || decimals == 3 || um > NP_LABEL_EDGE_MAX_UM) {
            return false;
        }
        um = um * 10 + (unsigned)(word.data[i] - '0');
        decimals += has_point;
    }
    for (; decimals < 3; decimals++) {
        um *= 10;
    }
    *ret_um = um;
    return word.len > 0 && um <= NP_LABEL_EDGE_MAX_UM;
}

static np_code take_length(template_reading *reading, bool may_be_zero, unsigned *ret_um,
                           np_error *err)
{
    if (!parse_millimetres(take_word(&reading->rest), ret_um) || (*ret_um == 0 && !may_be_zero)) {
        return refuse(reading, NP_EINPUT_FORMAT,
                      "lengths are millimetres, up to 300, with up to three decimals", err);
    }
    return NP_OK;
}

static np_code take_size(template_reading *reading, np_error *err)
{
    NP_TRY(take_length(reading, false, &reading->template->width_um, err));
    return take_length(reading, false, &reading->template->height_um, err);
}

static np_code take_resolution(template_reading *reading, np_error *err)
{
    np_bytes word = take_word(&reading->rest);
    unsigned dpi = 0;
    for (size_t i = 0; i < word.len && dpi <= NP_LABEL_DPI_MAX; i++) {
        dpi = isdigit(word.data[i]) == 0 ? NP_LABEL_DPI_MAX + 1
                                         : dpi * 10 + (unsigned)(word.data[i] - '0');
    }
    if (dpi < NP_LABEL_DPI_MIN || dpi > NP_LABEL_DPI_MAX) {
        return refuse(reading, NP_EINPUT_RANGE, "a resolution is 100 to 1200 dots an inch", err);
    }
    reading->template->dpi = dpi;
    return NP_OK;
}

static np_code take_font(template_reading *reading, np_error *err)
{
    skip_blanks(&reading->rest);
    if (reading->rest.len == 0 || reading->rest.len >= NP_LABEL_FONT_SIZE) {
        return refuse(reading, NP_EINPUT_RANGE, "a font is a file's path of up to 255 bytes", err);
    }
    memcpy(reading->template->font, reading->rest.data, reading->rest.len);
    reading->template->font[reading->rest.len] = '\0';
    reading->rest.len = 0;
    return NP_OK;
}

/* Looks at each piece, so that nothing is wrong with a pattern once a unit is made. */
static np_code check_pattern(const template_reading *reading, np_bytes pattern, np_error *err)
{
    label_piece piece;
    const char *wrong;
    unsigned facts = 0;
    while (label_next_piece(&pattern, &piece, &wrong)) {
        facts += piece.is_fact;
    }
    if (wrong == NULL && facts > NP_LABEL_PATTERN_DEPTH) {
        wrong = "a pattern has at most 16 facts";
    }
    return wrong == NULL ? NP_OK : refuse(reading, NP_EINPUT_FORMAT, wrong, err);
}

static np_code take_item(template_reading *reading, np_label_kind kind, np_error *err)
{
    np_label_template *template = reading->template;
    if (template->count == NP_LABEL_ITEMS_MAX) {
        return refuse(reading, NP_EINPUT_RANGE, "a label has at most 24 texts and codes", err);
    }
    np_label_item *item = &template->items[template->count];
    *item = (np_label_item){.kind = kind, .line = reading->line};
    NP_TRY(take_length(reading, true, &item->x_um, err));
    NP_TRY(take_length(reading, true, &item->y_um, err));
    NP_TRY(take_length(reading, false, &item->size_um, err));
    if (kind == NP_LABEL_QR) {
        np_bytes level = take_word(&reading->rest);
        if (level.len != 1 || strchr("LMQH", level.data[0]) == NULL) {
            return refuse(reading, NP_EINPUT_FORMAT,
                          "before what a code says stands its level: L, M, Q or H", err);
        }
        item->level = (char)level.data[0];
    }
    skip_blanks(&reading->rest);
    item->pattern = reading->rest;
    reading->rest.len = 0;
    if (item->pattern.len == 0) {
        return refuse(reading, NP_EINPUT_FORMAT, "there is nothing to print", err);
    }
    if (memchr(item->pattern.data, '\t', item->pattern.len) != NULL) {
        return refuse(reading, NP_EINPUT_FORMAT, "a tab cannot be printed", err);
    }
    NP_TRY(check_pattern(reading, item->pattern, err));
    template->count++;
    return NP_OK;
}

static np_code take_text(template_reading *reading, np_error *err)
{
    return take_item(reading, NP_LABEL_TEXT, err);
}

static np_code take_qr(template_reading *reading, np_error *err)
{
    return take_item(reading, NP_LABEL_QR, err);
}

static np_code take_statement(template_reading *reading, np_error *err)
{
    static const struct {
        const char *word;
        np_code (*take)(template_reading *reading, np_error *err);
    } statements[] = {{"size", take_size},
                      {"resolution", take_resolution},
                      {"font", take_font},
                      {"qr", take_qr},
                      {"text", take_text}};
    np_bytes word = take_word(&reading->rest);
    if (word.len == 0 || word.data[0] == '#') {
        return NP_OK;
    }
    for (size_t i = 0; i < NP_COUNT_OF(statements); i++) {
        if (np_bytes_equal(word, np_bytes_text(statements[i].word))) {
            NP_TRY(statements[i].take(reading, err));
            skip_blanks(&reading->rest);
            return reading->rest.len == 0
                       ? NP_OK
                       : refuse(reading, NP_EINPUT_FORMAT, "there is more than belongs here", err);
        }
    }
    return refuse(reading, NP_EINPUT_FORMAT,
                  "a line begins with size, resolution, font, qr, text or #", err);
}

static np_bytes take_line(np_bytes *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->len);
    np_bytes line = np_bytes_of(text->data, end == NULL ? text->len : (size_t)(end - text->data));
    size_t used = line.len + (end != NULL);
    *text = np_bytes_of(text->data + used, text->len - used);
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static bool has_control_characters(np_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* What begins outside, or a code that ends there, is no label. */
static np_code check_places(template_reading *reading, np_error *err)
{
    const np_label_template *template = reading->template;
    if (template->width_um == 0) {
        return refuse(reading, NP_EINPUT_FORMAT, "size is missing: write size WIDTH HEIGHT", err);
    }
    if (template->count == 0) {
        return refuse(reading, NP_EINPUT_FORMAT, "there is neither qr nor text", err);
    }
    for (size_t i = 0; i < template->count; i++) {
        const np_label_item *item = &template->items[i];
        unsigned wide = item->kind == NP_LABEL_QR ? item->size_um : 0;
        reading->line = item->line;
        if (item->x_um + wide > template->width_um ||
            item->y_um + item->size_um > template->height_um) {
            return refuse(reading, NP_EINPUT_RANGE, "this is not wholly on the label", err);
        }
    }
    return NP_OK;
}

np_code np_label_template_parse(np_bytes text, const char *name, np_label_template *ret,
                                np_error *err)
{
    template_reading reading = {.template = ret, .name = name};
    *ret = (np_label_template){.dpi = 203}; /* of most printers of labels */
    while (text.len > 0) {
        reading.line++;
        reading.rest = take_line(&text);
        if (has_control_characters(reading.rest) || !np_is_utf8(reading.rest)) {
            return refuse(&reading, NP_EINPUT_FORMAT, "this line is not UTF-8 text", err);
        }
        NP_TRY(take_statement(&reading, err));
    }
    return check_places(&reading, err);
}
