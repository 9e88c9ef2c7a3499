/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/export.h"

#include "base/wipe.h"
#include "cloud/folder.h"
#include "cloud/targets.h"
#include "signer/seen.h"
#include <stdlib.h>

enum { NAME_SIZE = 48, HINT_SIZE = 128 };

/* Until it is complete. */
static const char index_new[] = "index.json.new";

struct np_cloud_export {
    const cloud_target *target;
    unsigned chunk;
    cloud_folder folder;
    FILE *index;
    FILE *refused;
    FILE *part; /* NULL: none is open */
    char part_name[NAME_SIZE];
    unsigned rows; /* in the open part */
    np_seen seen;  /* names */
    np_cloud_summary summary;
    cloud_device device; /* large, and used again for each */
};

static np_code refuse_target(const char *name, np_error *err)
{
    char names[HINT_SIZE] = "";
    np_writer writer = np_writer_of((uint8_t *)names, sizeof(names) - 1);
    const cloud_target *target;
    for (size_t i = 0; (target = cloud_target_at(i)) != NULL; i++) {
        np_write_text(&writer, i > 0 ? ", " : "");
        np_write_text(&writer, target->name);
    }
    np_error_set(err, NP_EUSAGE, "there is no target '%s'", name);
    return np_error_hint(err, NP_EUSAGE, "targets: %s", names);
}

static np_code find_target(const np_cloud_export_options *options, np_cloud_export *exporting,
                           np_error *err)
{
    const cloud_target *target = cloud_target_at(0);
    for (size_t i = 1; target != NULL && strcmp(target->name, options->target) != 0; i++) {
        target = cloud_target_at(i);
    }
    if (target == NULL) {
        return refuse_target(options->target, err);
    }
    if (target->is_chunk_max && options->chunk > target->chunk) {
        return np_error_set(err, NP_EUSAGE, "%s takes at most %u devices at once", target->name,
                            target->chunk);
    }
    exporting->target = target;
    exporting->chunk = options->chunk > 0 ? options->chunk : target->chunk;
    return NP_OK;
}

static np_code put_companion(np_cloud_export *exporting, np_error *err)
{
    const cloud_target *target = exporting->target;
    FILE *file = NULL;
    if (target->companion == NULL) {
        return NP_OK;
    }
    NP_TRY(cloud_folder_create(&exporting->folder, target->companion, &file, err));
    fputs(target->companion_text, file);
    return cloud_folder_finish(&exporting->folder, target->companion, &file, err);
}

static np_code begin_files(np_cloud_export *exporting, np_error *err)
{
    const cloud_folder *folder = &exporting->folder;
    NP_TRY(cloud_folder_create(folder, index_new, &exporting->index, err));
    NP_TRY(cloud_folder_create(folder, "refused.json", &exporting->refused, err));
    fprintf(exporting->index,
            "{\"format\":\"nameplate-export\",\"version\":1,\"target\":\"%s\","
            "\"devices\":[",
            exporting->target->name);
    fputc('[', exporting->refused);
    return put_companion(exporting, err);
}

np_code np_cloud_export_open(const np_cloud_export_options *options, np_cloud_export **ret,
                             np_error *err)
{
    NP_CLEANUP(np_cloud_export_free_at)
    np_cloud_export *exporting = calloc(1, sizeof(*exporting));
    if (exporting == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for an export");
    }
    NP_TRY(find_target(options, exporting, err));
    NP_TRY(cloud_folder_open(options->folder, &exporting->folder, err));
    NP_TRY(begin_files(exporting, err));
    *ret = exporting;
    exporting = NULL;
    return NP_OK;
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a device");
}

/* One entry of a list of the folder; takes the value. */
static np_code put_entry(FILE *file, size_t before, json_t *entry, np_error *err)
{
    fputs(before > 0 ? ",\n" : "\n", file);
    bool is_put = entry != NULL && (json_dumpf(entry, file, JSON_COMPACT) == 0 || ferror(file));
    json_decref(entry);
    return is_put ? NP_OK : no_memory(err);
}

static np_code end_part(np_cloud_export *exporting, np_error *err)
{
    if (exporting->part == NULL) {
        return NP_OK;
    }
    if (exporting->target->end != NULL) {
        exporting->target->end(exporting->part, exporting->rows);
    }
    return cloud_folder_finish(&exporting->folder, exporting->part_name, &exporting->part, err);
}

static np_code begin_part(np_cloud_export *exporting, np_error *err)
{
    const cloud_target *target = exporting->target;
    exporting->summary.parts++;
    exporting->rows = 0;
    snprintf(exporting->part_name, sizeof(exporting->part_name), "part-%04zu%s",
             exporting->summary.parts, target->suffix);
    NP_TRY(cloud_folder_create(&exporting->folder, exporting->part_name, &exporting->part, err));
    if (target->begin != NULL) {
        target->begin(exporting->part);
    }
    return NP_OK;
}

static json_int_t line_number(const cloud_device *device)
{
    return (json_int_t)device->line->seq + 1;
}

/* Rows are counted from 1, as in a file of lines. */
static json_t *index_entry(const np_cloud_export *exporting)
{
    const cloud_device *device = &exporting->device;
    return json_pack("{s:s, s:i, s:s, s:s, s:I, s:O?}", "part", exporting->part_name, "row",
                     (int)exporting->rows + 1, "device", device->id, "serial", device->serial,
                     "line", line_number(device), "cert_sha256",
                     json_object_get(device->unit, "cert_sha256"));
}

static np_code put_device(np_cloud_export *exporting, np_error *err)
{
    if (exporting->part != NULL && exporting->rows == exporting->chunk) {
        NP_TRY(end_part(exporting, err));
    }
    if (exporting->part == NULL) {
        NP_TRY(begin_part(exporting, err));
    }
    NP_TRY(put_entry(exporting->index, exporting->summary.exported, index_entry(exporting), err));
    if (!exporting->target->put(exporting->part, &exporting->device, exporting->rows)) {
        return no_memory(err);
    }
    exporting->rows++;
    exporting->summary.exported++;
    return NP_OK;
}

static np_code put_refused(np_cloud_export *exporting, cloud_rule rule, np_error *err)
{
    const cloud_device *device = &exporting->device;
    json_t *entry = json_pack("{s:I, s:O, s:s, s:s, s:s}", "line", line_number(device), "serial",
                              json_object_get(device->unit, "serial"), "device", device->id, "rule",
                              cloud_rule_name(rule), "reason", cloud_rule_text(rule));
    NP_TRY(put_entry(exporting->refused, exporting->summary.refused, entry, err));
    exporting->summary.refused++;
    return NP_OK;
}

/* By which the name is known; one for both cases of ASCII letters where the target sees no case. */
static uint64_t mark_of(const cloud_limits *limits, const char *name)
{
    uint8_t folded[NP_RECORD_LINE_MAX]; /* no text of a line is longer */
    np_writer writer = np_writer_of(folded, sizeof(folded));
    for (; *name != '\0'; name++) {
        bool is_capital = limits->is_case_blind && *name >= 'A' && *name <= 'Z';
        np_write_u8(&writer, (uint8_t)(is_capital ? *name - 'A' + 'a' : *name));
    }
    return np_seen_mark(0, np_writer_bytes(&writer));
}

static np_code judge(np_cloud_export *exporting, cloud_rule *ret, np_error *err)
{
    const cloud_limits *limits = &exporting->target->limits;
    *ret = cloud_check_device(limits, &exporting->device);
    if (*ret != CLOUD_RULE_NONE) {
        return NP_OK;
    }
    uint64_t mark = mark_of(limits, exporting->device.id);
    if (np_seen_has(&exporting->seen, mark)) {
        *ret = CLOUD_RULE_DUPLICATE;
        return NP_OK;
    }
    return np_seen_add(&exporting->seen, mark, err);
}

np_code np_cloud_export_add(np_cloud_export *exporting, const np_record_line *line, np_error *err)
{
    cloud_rule rule = CLOUD_RULE_NONE;
    cloud_device_clear(&exporting->device);
    NP_TRY(cloud_device_read(line, &exporting->device, err));
    NP_TRY(judge(exporting, &rule, err));
    return rule == CLOUD_RULE_NONE ? put_device(exporting, err) : put_refused(exporting, rule, err);
}

np_code np_cloud_export_finish(np_cloud_export *exporting, np_cloud_summary *ret, np_error *err)
{
    const cloud_folder *folder = &exporting->folder;
    const np_cloud_summary *summary = &exporting->summary;
    NP_TRY(end_part(exporting, err));
    fputs("\n]\n", exporting->refused);
    NP_TRY(cloud_folder_finish(folder, "refused.json", &exporting->refused, err));
    fprintf(exporting->index, "\n],\"exported\":%zu,\"refused\":%zu,\"parts\":%zu}\n",
            summary->exported, summary->refused, summary->parts);
    NP_TRY(cloud_folder_finish(folder, index_new, &exporting->index, err));
    NP_TRY(cloud_folder_publish(folder, index_new, "index.json", err));
    *ret = *summary;
    return NP_OK;
}

static void close_file(FILE *file)
{
    if (file != NULL) {
        fclose(file);
    }
}

void np_cloud_export_free(np_cloud_export *exporting)
{
    if (exporting == NULL) {
        return;
    }
    close_file(exporting->part);
    close_file(exporting->refused);
    close_file(exporting->index);
    cloud_folder_close(&exporting->folder);
    np_seen_clear(&exporting->seen);
    cloud_device_clear(&exporting->device);
    free(exporting);
}
