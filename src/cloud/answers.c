/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/answers.h"

#include "base/wipe.h"
#include "cloud/answer_forms.h"
#include "cloud/text_file.h"
#include "signer/seen.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* How an index begins; each device then stands on a line of its own (doc/export.md). */
static const char index_start[] = "{\"format\":\"nameplate-export\",\"version\":1,\"target\":\"";

typedef struct index_reading {
    char path[PATH_MAX];
    FILE *file;
    char *line; /* heap */
    size_t size;
    char target[32];
    json_t *device; /* the present one */
} index_reading;

static void index_close(index_reading *index)
{
    if (index->file != NULL) {
        fclose(index->file);
    }
    json_decref(index->device);
    free(index->line);
    *index = (index_reading){.file = NULL};
}

static np_code bad_index(const index_reading *index, np_error *err)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "%s: is no index of an export", index->path);
}

static np_code index_open(const char *folder, index_reading *ret, np_error *err)
{
    *ret = (index_reading){.file = NULL};
    snprintf(ret->path, sizeof(ret->path), "%s/index.json", folder);
    ret->file = fopen(ret->path, "re");
    if (ret->file == NULL) {
        int reason = errno;
        np_code code = reason == ENOENT ? NP_EINPUT_MISSING : NP_ESTATION_IO;
        np_error_set_sub(err, code, reason, "%s: cannot be opened: %s", ret->path,
                         strerror(reason));
        return np_error_hint(err, code, "name the folder that cloud export has filled");
    }
    bool has_line = getline(&ret->line, &ret->size, ret->file) > 0;
    size_t start = sizeof(index_start) - 1;
    if (!has_line || strncmp(ret->line, index_start, start) != 0) {
        return bad_index(ret, err);
    }
    size_t len = strcspn(ret->line + start, "\"");
    if (len >= sizeof(ret->target)) {
        return bad_index(ret, err);
    }
    memcpy(ret->target, ret->line + start, len);
    return NP_OK;
}

/* The next device in index->device; NULL behind the last one. */
static np_code index_next(index_reading *index, np_error *err)
{
    json_decref(index->device);
    index->device = NULL;
    ssize_t len = getline(&index->line, &index->size, index->file);
    if (len <= 0) {
        return bad_index(index, err);
    }
    if (index->line[0] == ']') {
        return NP_OK;
    }
    while (len > 0 && strchr(",\r\n", index->line[len - 1]) != NULL) {
        len--;
    }
    index->device = json_loadb(index->line, (size_t)len, 0, NULL);
    return json_is_object(index->device) ? NP_OK : bad_index(index, err);
}

static const char *text_of(const index_reading *index, const char *name)
{
    const char *text = json_string_value(json_object_get(index->device, name));
    return text == NULL ? "" : text;
}

typedef struct checking {
    const np_cloud_check *check;
    char part[64];
    answer_rows rows;
    cloud_text sent;
} checking;

static void checking_clear(checking *on)
{
    for (size_t i = 0; i < on->rows.count; i++) {
        free(on->rows.at[i].text);
    }
    free(on->rows.at);
    cloud_text_clear(&on->sent);
}

static np_code add_row(checking *on, size_t row, const char *device, np_error *err)
{
    if (row > on->rows.count) {
        size_t size = row + row / 2 + 64;
        answer_row *grown =
            on->rows.size >= row ? on->rows.at : realloc(on->rows.at, size * sizeof(*on->rows.at));
        if (grown == NULL) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the rows of an export");
        }
        on->rows.size = on->rows.size >= row ? on->rows.size : size;
        on->rows.at = grown;
        memset(grown + on->rows.count, 0, (row - on->rows.count) * sizeof(*grown));
        on->rows.count = row;
    }
    on->rows.at[row - 1].mark = np_seen_mark(0, np_bytes_text(device));
    return NP_OK;
}

static np_code choose_part(checking *on, const char *part, np_error *err)
{
    if (on->check->part != NULL || strcmp(on->part, part) == 0) {
        return NP_OK;
    }
    if (on->part[0] != '\0') {
        np_error_set(err, NP_EUSAGE, "the export has several parts");
        return np_error_hint(err, NP_EUSAGE, "--part NAME tells whose answer it is");
    }
    if (strlen(part) >= sizeof(on->part)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the index names a part that cannot be one");
    }
    strcpy(on->part, part);
    return NP_OK;
}

static np_code collect_row(checking *on, const index_reading *index, np_error *err)
{
    const char *part = text_of(index, "part");
    json_int_t row = json_integer_value(json_object_get(index->device, "row"));
    NP_TRY(choose_part(on, part, err));
    if (strcmp(part, on->part) != 0) {
        return NP_OK;
    }
    if (row < 1 || row > 10000000) {
        return bad_index(index, err);
    }
    return add_row(on, (size_t)row, text_of(index, "device"), err);
}

static np_code check_target(const checking *on, const index_reading *index, np_error *err)
{
    const char *wanted = on->check->target;
    if (wanted != NULL && strcmp(wanted, index->target) != 0) {
        return np_error_set(err, NP_ECONFLICT_OTHER, "%s: is of an export to %s, not %s",
                            index->path, index->target, wanted);
    }
    if (answer_form_of(index->target) == NULL) {
        return np_error_set(err, NP_EUSAGE, "%s gives no answers", index->target);
    }
    return NP_OK;
}

static np_code collect_rows(checking *on, np_cloud_check_counts *ret, np_error *err)
{
    NP_CLEANUP(index_close) index_reading index = {.file = NULL};
    NP_TRY(index_open(on->check->folder, &index, err));
    NP_TRY(check_target(on, &index, err));
    strcpy(ret->target, index.target);
    do {
        NP_TRY(index_next(&index, err));
        if (index.device != NULL) {
            NP_TRY(collect_row(on, &index, err));
        }
    } while (index.device != NULL);
    return on->rows.count > 0 ? NP_OK
                              : np_error_set(err, NP_EUSAGE, "%s: has no devices in the part '%s'",
                                             index.path, on->part);
}

static np_code load_part(checking *on, const char *target, np_error *err)
{
    char path[PATH_MAX];
    if (!answer_needs_part(target)) {
        return NP_OK;
    }
    snprintf(path, sizeof(path), "%s/%s", on->check->folder, on->part);
    NP_TRY(cloud_text_load(path, &on->sent, err));
    on->rows.sent = np_bytes_of(on->sent.data, on->sent.len);
    return NP_OK;
}

static np_code read_answer(checking *on, const char *target, np_error *err)
{
    NP_CLEANUP(cloud_text_clear) cloud_text text = {0};
    NP_TRY(cloud_text_load(on->check->answer, &text, err));
    np_code code = answer_form_of(target)(np_bytes_of(text.data, text.len), &on->rows, err);
    return code == NP_EINPUT_FORMAT ? np_error_prefix(err, code, "%s", on->check->answer) : code;
}

static np_code hand_out_row(checking *on, const index_reading *index, np_cloud_check_counts *counts,
                            np_error *err)
{
    size_t number = (size_t)json_integer_value(json_object_get(index->device, "row"));
    if (strcmp(text_of(index, "part"), on->part) != 0) {
        return NP_OK;
    }
    if (number < 1 || number > on->rows.count) {
        return bad_index(index, err);
    }
    const answer_row *row = &on->rows.at[number - 1];
    const np_cloud_answered answered = {.target = index->target,
                                        .serial = text_of(index, "serial"),
                                        .device = text_of(index, "device"),
                                        .outcome = row->outcome,
                                        .text = row->text == NULL ? "" : row->text};
    counts->outcomes[row->outcome]++;
    return row->outcome == NP_CLOUD_UNANSWERED ? NP_OK
                                               : on->check->take(on->check->self, &answered, err);
}

static np_code hand_out(checking *on, np_cloud_check_counts *counts, np_error *err)
{
    NP_CLEANUP(index_close) index_reading index = {.file = NULL};
    NP_TRY(index_open(on->check->folder, &index, err));
    do {
        NP_TRY(index_next(&index, err));
        if (index.device != NULL) {
            NP_TRY(hand_out_row(on, &index, counts, err));
        }
    } while (index.device != NULL);
    return NP_OK;
}

np_code np_cloud_check_result(const np_cloud_check *check, np_cloud_check_counts *ret,
                              np_error *err)
{
    NP_CLEANUP(checking_clear) checking on = {.check = check};
    *ret = (np_cloud_check_counts){.target = ""};
    if (check->part != NULL) {
        snprintf(on.part, sizeof(on.part), "%s", check->part);
    }
    NP_TRY(collect_rows(&on, ret, err));
    NP_TRY(load_part(&on, ret->target, err));
    NP_TRY(read_answer(&on, ret->target, err));
    return hand_out(&on, ret, err);
}
