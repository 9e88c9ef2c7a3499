/* SPDX-License-Identifier: Apache-2.0 */
#include "station/label_output.h"

#include "base/civil.h"
#include "base/format.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "link/whole_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LABEL_MODE = 0644, PATH_SIZE = NP_STATION_TEXT_SIZE + NP_UNIT_SERIAL_SIZE + 8 };

void np_label_output_close(np_label_output *labels)
{
    np_file_clear(&labels->file);
}

np_code np_label_output_open(const np_station_config *config, np_label_output *ret, np_error *err)
{
    const char *output = config->product.label_output;
    struct stat status;
    ret->config = config;
    NP_TRY(np_file_load(config->product.label, &ret->file, err));
    NP_TRY(np_label_template_parse(np_file_bytes(&ret->file), config->product.label, &ret->template,
                                   err));
    if (config->product.label_scan_back && np_label_code_pattern(&ret->template).len == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "product.label_scan_back: %s has no qr that could be scanned",
                            config->product.label);
    }
    if (output[0] == '\0') {
        np_error_set(err, NP_EINPUT_MISSING, "product.label_output is missing");
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "a folder, or a printer's device as /dev/usb/lp0");
    }
    if (stat(output, &status) != 0) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "product.label_output: %s: %s", output,
                                strerror(errno));
    }
    ret->is_folder = S_ISDIR(status.st_mode);
    if (!ret->is_folder && S_ISREG(status.st_mode)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "product.label_output: %s is neither a folder nor a device", output);
    }
    bool is_known = np_label_format_find(config->product.label_format, &ret->format);
    return is_known ? NP_OK : np_error_set(err, NP_EINPUT_FORMAT, "product.label_format");
}

typedef struct made_facts {
    const np_station_config *config;
    const np_station_made *made;
    char finished[NP_TIME_TEXT_SIZE];
    char fingerprint[2 * NP_SHA256_SIZE + 1];
} made_facts;

static bool find(void *self, np_bytes name, np_writer *value)
{
    const made_facts *facts = self;
    const struct {
        const char *name;
        const char *value;
    } rows[] = {{"serial", facts->made->serial},
                {"uid", facts->made->uid},
                {"cert_sha256", facts->fingerprint},
                {"product", facts->config->product.name},
                {"batch", facts->config->product.batch},
                {"station", facts->config->name},
                {"finished", facts->finished}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (np_bytes_equal(name, np_bytes_text(rows[i].name)) && rows[i].value != NULL) {
            np_write_text(value, rows[i].value);
            return rows[i].value[0] != '\0';
        }
    }
    return false;
}

static np_code write_all(int fd, np_bytes bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count = write(fd, bytes.data + done, bytes.len - done);
        if (count < 0 && errno != EINTR) {
            return NP_ESTATION_IO;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

static np_code send(const char *device, np_bytes bytes, np_error *err)
{
    int fd = open(device, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    np_code code = fd < 0 ? NP_ESTATION_IO : write_all(fd, bytes);
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && code == NP_OK) {
        code = NP_ESTATION_IO;
        reason = errno;
    }
    return code == NP_OK ? NP_OK
                         : np_error_set_sub(err, code, reason, "the printer of labels: %s: %s",
                                            device, strerror(reason));
}

/* A serial may have what a file's name may not. */
static np_code store(const np_label_output *labels, const char *serial, np_bytes bytes,
                     np_error *err)
{
    char path[PATH_SIZE];
    np_format(path, sizeof(path), "%s/%s.%s", labels->config->product.label_output, serial,
              np_label_format_name(labels->format));
    for (char *at = path + strlen(labels->config->product.label_output) + 1; *at != '\0'; at++) {
        *at = *at == '/' ? '_' : *at;
    }
    return np_file_replace(path, LABEL_MODE, bytes, err);
}

static np_code print(const np_label_output *labels, const char *serial, const np_label *label,
                     np_error *err)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    NP_TRY(np_label_format_bytes(label, labels->format, &bytes, &len, err));
    np_code code = labels->is_folder
                       ? store(labels, serial, np_bytes_of(bytes, len), err)
                       : send(labels->config->product.label_output, np_bytes_of(bytes, len), err);
    free(bytes);
    return code;
}

np_code np_label_output_print(const np_label_output *labels, const np_station_made *made,
                              int64_t now, char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    uint8_t hash[NP_SHA256_SIZE];
    made_facts own = {.config = labels->config, .made = made};
    np_label_facts facts = {.find = find, .self = &own};
    np_label *label = calloc(1, sizeof(*label));
    if (label == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    np_sha256(made->certificate, hash);
    np_format_hex(NP_BYTES(hash), own.fingerprint);
    np_format_time(now, own.finished);
    np_code code = np_label_fill(&labels->template, &facts, label, err);
    if (code == NP_OK) {
        np_format(ret_text, NP_LABEL_TEXT_SIZE, "%s", np_label_code_text(label));
        code = print(labels, made->serial, label, err);
    }
    np_label_free(label);
    free(label);
    return code;
}
