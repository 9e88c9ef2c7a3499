/* SPDX-License-Identifier: Apache-2.0 */
/* `station sync`: the record to a folder or a registry. */
#include "station/sync.h"

#include "cli/record.h"
#include "cli/recording.h"
#include "station/open.h"
#include <time.h>

static np_code sync_record(const np_station_config *config, np_sync_done *ret, np_error *err)
{
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t tags[NP_STATION_TAGS_MAX * (NP_STATION_NAME_SIZE * 6 + 4)];
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_writer writer = np_writer_of(tags, sizeof(tags));
    NP_TRY(np_key_file_load(config->key, &key, err));
    np_p256_public(key, point);
    np_write_u8(&writer, '[');
    for (size_t i = 0; i < config->product.tag_count; i++) {
        np_write_text(&writer, i == 0 ? "" : ",");
        record_json_write_text(&writer, np_bytes_text(config->product.tags[i]));
    }
    np_write_u8(&writer, ']');
    const np_sync_options options = {.record = config->record,
                                     .station_key = point,
                                     .station = config->name,
                                     .to = config->sync.to,
                                     .organisation = config->sync.organisation,
                                     .tags = np_writer_bytes(&writer),
                                     .now = (int64_t)time(NULL)};
    return np_sync(&options, ret, err);
}

np_code cli_station_sync(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    np_station_config config;
    np_sync_done done;
    NP_TRY(np_station_config_load(arguments->config, &config, err));
    if (config.sync.to[0] == '\0') {
        np_error_set(err, NP_EINPUT_MISSING, "%s: sync.to is missing", arguments->config);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "sync { to = \"/mnt/transfer\" } names a folder, or a registry");
    }
    NP_TRY(sync_record(&config, &done, err));
    cli_put_text(output, "to", "to", done.place);
    cli_put_count(output, "lines", "signed lines", done.lines);
    if (np_sync_is_registry(config.sync.to)) {
        cli_put_count(output, "units", "units that passed", done.units);
        cli_put_count(output, "devices", "new devices", done.devices);
    } else {
        cli_put_count(output, "bytes", "new bytes", done.bytes);
    }
    return NP_OK;
}
