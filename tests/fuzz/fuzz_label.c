/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of labels: any bytes are a template or refused. One that is a template is filled with
 * facts that answer with their own names, printed in each format, and scanned: as it is, which must
 * be the same, and as the bytes of the template.
 */
#include "station/label.h"
#include <stdint.h>
#include <stdlib.h>

/* A large canvas is slow and nothing else. */
enum { PNG_EDGE_MAX_UM = 30000 };

static bool find(void *self, np_bytes name, np_writer *value)
{
    (void)self;
    np_write_bytes(value, name);
    return name.data[0] != 'x';
}

static void print(const np_label *label)
{
    const np_label_template *template = label->template;
    for (unsigned i = 0; i < NP_LABEL_FORMAT_COUNT; i++) {
        uint8_t *bytes = NULL;
        size_t len = 0;
        if (i == NP_LABEL_PNG &&
            (template->width_um > PNG_EDGE_MAX_UM || template->height_um > PNG_EDGE_MAX_UM)) {
            continue;
        }
        if (np_label_format_bytes(label, (np_label_format)i, &bytes, &len, NULL) == NP_OK) {
            free(bytes);
        }
    }
}

static void scan(const np_label *label, np_bytes text)
{
    np_label_scan seen;
    for (size_t i = 0; i < label->count; i++) {
        if (label->marks[i].item->kind == NP_LABEL_QR) {
            np_bytes printed = np_bytes_text(label->marks[i].text);
            if (np_label_check(label, printed, &seen, NULL) != NP_OK ||
                (seen.verdict != NP_LABEL_SAME && memcmp(printed.data, "]Q", 2) != 0)) {
                abort();
            }
            break;
        }
    }
    (void)!np_label_check(label, text, &seen, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_label_template template;
    np_bytes text = np_bytes_of(data, size);
    np_label_facts facts = {.find = find};
    np_label *label = calloc(1, sizeof(*label));
    if (label != NULL && np_label_template_parse(text, "label.conf", &template, NULL) == NP_OK) {
        template.font[0] = '\0'; /* no files */
        if (np_label_fill(&template, &facts, label, NULL) == NP_OK) {
            print(label);
            scan(label, text);
        }
        np_label_free(label);
    }
    free(label);
    return 0;
}
