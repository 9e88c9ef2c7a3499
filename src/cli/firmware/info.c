/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/firmware/view.h"

static np_code refuse_defect(const char *path, const np_firmware_facts *facts, np_error *err)
{
    return np_error_set_sub(err, NP_EINPUT_FORMAT, (int)facts->defect, "%s: %s (%s)", path,
                            facts->detail, np_firmware_reason_name(facts->defect));
}

static np_code read(const cli_arguments *arguments, cli_archive *archive, np_error *err)
{
    bool is_lenient = arguments->fwup_compatible;
    NP_TRY(cli_archive_open(arguments->target, archive, err));
    NP_TRY(np_firmware_read_front(archive->facts, &archive->source, is_lenient, err));
    NP_TRY(np_firmware_read_meta(archive->facts, err));
    return archive->facts->defect == NP_FIRMWARE_ACCEPTED
               ? NP_OK
               : refuse_defect(arguments->target, archive->facts, err);
}

/* fwup quotes what is more than letters, digits, dots and underscores (specs of fwup 3.2). */
static bool is_bare(const char *text)
{
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._")] == '\0';
}

static void print_quoted(const cli_output *output, const char *name, np_bytes value)
{
    char text[2 * NP_META_SIZE_MAX + 1];
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text));
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\') {
            np_write_u8(&writer, '\\');
        }
        np_write_u8(&writer, value.data[i]);
    }
    np_write_u8(&writer, 0);
    const char *quote = is_bare(text) ? "" : "\"";
    cli_print(output, "%s=%s%s%s", name, quote, text, quote);
}

/* As fwup -m, without the nickname. */
static void print_as_fwup(const cli_output *output, const np_firmware_facts *facts)
{
    for (unsigned i = 0; i < NP_META_FIELD_COUNT; i++) {
        if (facts->meta.fields[i].len > 0) {
            print_quoted(output, np_meta_field_name((np_meta_field)i), facts->meta.fields[i]);
        }
    }
    cli_print(output, "meta-uuid=\"%s\"", facts->uuid);
}

static void put_resources(cli_output *output, const np_firmware_facts *facts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < facts->meta.resource_count; i++) {
        const np_meta_resource *resource = &facts->meta.resources[i];
        json_t *row = json_pack("{s:o, s:I, s:b, s:o}", "name",
                                json_stringn((const char *)resource->name.data, resource->name.len),
                                "length", (json_int_t)(resource->length + resource->holes),
                                "sparse", resource->length_count > 1, "blake2b_256",
                                cli_json_hex(NP_BYTES(resource->hash)));
        output->has_failed = json_array_append_new(list, row) != 0 || output->has_failed;
        cli_print(output, "resource: %.*s, %llu bytes%s", (int)resource->name.len,
                  (const char *)resource->name.data,
                  (unsigned long long)(resource->length + resource->holes),
                  resource->length_count > 1 ? ", sparse" : "");
    }
    cli_put_json(output, "resources", list);
}

np_code cli_firmware_info(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_archive_close) cli_archive archive = {.fd = -1};
    np_code code = read(arguments, &archive, err);
    if (code != NP_OK) {
        return arguments->fwup_compatible ? cli_as_fwup(code, err) : code;
    }
    if (arguments->fwup_compatible && !output->is_json) {
        print_as_fwup(output, archive.facts);
        return NP_OK;
    }
    cli_put_firmware(output, archive.facts);
    cli_put_created(output, archive.facts);
    cli_put_flag(output, "signed", "signed, by whom is not checked", archive.facts->has_signature);
    put_resources(output, archive.facts);
    return NP_OK;
}
