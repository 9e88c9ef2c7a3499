/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of a running line: made of the template and of what is known of a unit at that moment,
 * into a folder, a file for each, or to a printer's device.
 */
#pragma once

#include "files/load.h"
#include "station/label.h"
#include "station/line.h"

typedef struct np_label_output {
    const np_station_config *config; /* borrowed */
    np_file file;
    np_label_template template;
    np_label_format format;
    bool is_folder;
} np_label_output;

/*
 * Reads the template of product.label and looks at product.label_output, so that a line does not
 * begin that cannot print. NP_EINPUT_MISSING, NP_EINPUT_FORMAT, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_label_output_open(const np_station_config *config, np_label_output *ret,
                                         np_error *err);
void np_label_output_close(np_label_output *labels);

/*
 * Facts are serial, uid, cert_sha256, product, batch, station, and finished, which is now. A label
 * that is printed again replaces its file. ret_text: what a scanner reads on it; empty: nothing.
 */
NP_MUST_USE np_code np_label_output_print(const np_label_output *labels,
                                          const np_station_made *made, int64_t now,
                                          char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err);
