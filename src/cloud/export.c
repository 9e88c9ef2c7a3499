/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/export.h"

#include "base/wipe.h"
#include "cloud/folder.h"
#include "cloud/targets.h"
#include "signer/seen.h"
#include <stdlib.h>
#include <sys/file.h>

enum { NAME_SIZE = 48, HINT_SIZE = 128 };

struct np_cloud_export {
    const cloud_target *target;
    cloud_context context;
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
    exporting->context.options = *options;
    exporting->context.limits = target->limits;
    return target->prepare == NULL ? NP_OK : target->prepare(&exporting->context, err);
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
    NP_TRY(cloud_folder_create(folder, CLOUD_FOLDER_UNFINISHED, &exporting->index, err));
    /* nobody else can have it: it is new; whoever sees it tries the same */
    (void)flock(fileno(exporting->index), LOCK_EX | LOCK_NB);
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

static void write_index_entry(const np_cloud_export *exporting, unsigned row, np_writer *writer)
{
    const cloud_device *device = &exporting->device;
    const char *hash = cloud_device_text(device, "cert_sha256");
    np_write_text(writer, "{\"part\":\"");
    np_write_text(writer, exporting->part_name);
    np_write_text(writer, "\",\"row\":");
    record_json_write_number(writer, row);
    np_write_text(writer, ",\"device\":");
    record_json_write_text(writer, np_bytes_text(device->id));
    np_write_text(writer, ",\"serial\":");
    record_json_write_text(writer, np_bytes_text(device->serial));
    np_write_text(writer, ",\"line\":");
    record_json_write_number(writer, device->line->seq + 1);
    np_write_text(writer, ",\"cert_sha256\":");
    if (hash[0] == '\0') {
        np_write_text(writer, "null}");
        return;
    }
    record_json_write_text(writer, np_bytes_text(hash));
    np_write_u8(writer, '}');
}

/*
 * Rows are counted from 1, as in a file of lines. An entry is written in one piece: a tree of JSON
 * for each would cost as much as all the rest of a device.
 */
static void put_index_entry(np_cloud_export *exporting, unsigned row)
{
    uint8_t entry[2 * NP_RECORD_LINE_MAX]; /* a name and a serial are of one line */
    np_writer writer = np_writer_of(entry, sizeof(entry));
    write_index_entry(exporting, row, &writer);
    np_bytes bytes = np_writer_bytes(&writer);
    fputs(exporting->summary.exported++ > 0 ? ",\n" : "\n", exporting->index);
    fwrite(bytes.data, 1, bytes.len, exporting->index);
}

static np_code put_row(np_cloud_export *exporting, np_error *err)
{
    const cloud_target *target = exporting->target;
    const cloud_row row = {.file = exporting->part,
                           .device = &exporting->device,
                           .context = &exporting->context,
                           .number = exporting->rows};
    if (target->put_signed != NULL) {
        NP_TRY(target->put_signed(&row, err));
    } else if (!target->put(&row)) {
        return no_memory(err);
    }
    exporting->rows++;
    return NP_OK;
}

/* Where there is a row an issuer, the device stands in that of its own. */
static np_code put_device(np_cloud_export *exporting, np_error *err)
{
    cloud_issuer *issuer = exporting->target->is_by_issuer ? exporting->device.issuer : NULL;
    if (issuer != NULL && issuer->row > 0) {
        put_index_entry(exporting, issuer->row);
        return NP_OK;
    }
    if (exporting->part != NULL && exporting->rows == exporting->chunk) {
        NP_TRY(end_part(exporting, err));
    }
    if (exporting->part == NULL) {
        NP_TRY(begin_part(exporting, err));
    }
    NP_TRY(put_row(exporting, err));
    if (issuer != NULL) {
        issuer->row = exporting->rows;
    }
    put_index_entry(exporting, exporting->rows);
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

/*
 * What tells the device apart from others at the target: its identity, its chip's serial, or its
 * name, of which both cases of ASCII letters are one where the target sees no case.
 */
static uint64_t mark_of(const cloud_limits *limits, const cloud_device *device)
{
    uint8_t folded[NP_RECORD_LINE_MAX]; /* no text of a line is longer */
    np_writer writer = np_writer_of(folded, sizeof(folded));
    if (limits->identity != NULL) {
        (void)cloud_identity_write(limits->identity, device, &writer);
        return np_seen_mark(0, np_writer_bytes(&writer));
    }
    const char *name = limits->needs_chip ? cloud_device_text(device, "uid") : device->id;
    for (; *name != '\0'; name++) {
        bool is_case_blind = limits->is_case_blind || limits->needs_chip;
        bool is_capital = is_case_blind && *name >= 'A' && *name <= 'Z';
        np_write_u8(&writer, (uint8_t)(is_capital ? *name - 'A' + 'a' : *name));
    }
    return np_seen_mark(0, np_writer_bytes(&writer));
}

static np_code judge(np_cloud_export *exporting, cloud_rule *ret, np_error *err)
{
    const cloud_limits *limits = &exporting->context.limits;
    *ret = cloud_check_device(limits, &exporting->device);
    if (*ret != CLOUD_RULE_NONE) {
        return NP_OK;
    }
    uint64_t mark = mark_of(limits, &exporting->device);
    if (np_seen_has(&exporting->seen, mark)) {
        *ret = CLOUD_RULE_DUPLICATE;
        return NP_OK;
    }
    return np_seen_add(&exporting->seen, mark, err);
}

static np_code take_header(np_cloud_export *exporting, const np_record_line *line, np_error *err)
{
    json_t *header =
        json_loadb((const char *)line->text.data, line->text.len, JSON_ALLOW_NUL, NULL);
    if (header == NULL) {
        return no_memory(err);
    }
    (void)cloud_issuers_add(&exporting->context.issuers, json_object_get(header, "issuers"));
    json_decref(header);
    return NP_OK;
}

np_code np_cloud_export_add(np_cloud_export *exporting, const np_record_line *line, np_error *err)
{
    cloud_rule rule = CLOUD_RULE_NONE;
    if (line->kind != NP_RECORD_UNIT) {
        return line->kind == NP_RECORD_HEADER ? take_header(exporting, line, err) : NP_OK;
    }
    cloud_device_clear(&exporting->device);
    NP_TRY(cloud_device_read(line, &exporting->context.issuers, &exporting->device, err));
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
    NP_TRY(cloud_folder_finish(folder, CLOUD_FOLDER_UNFINISHED, &exporting->index, err));
    NP_TRY(cloud_folder_publish(folder, CLOUD_FOLDER_UNFINISHED, "index.json", err));
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
    cloud_issuers_clear(&exporting->context.issuers);
    free(exporting);
}
