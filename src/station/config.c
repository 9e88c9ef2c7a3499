/* SPDX-License-Identifier: Apache-2.0 */
#include "station/config.h"

#include "base/format.h"
#include "station/label.h"
#include <limits.h>
#include <nameplate/nerveskey.h>

#define MEMBER(name)  offsetof(np_station_config, name)
#define SIZE_OF(name) sizeof(((np_station_config *)0)->name)
#define PLACE(name)   .offset = MEMBER(name), .size = SIZE_OF(name)
#define LIST(name, number)                                                                         \
    .kind = NP_CONFIG_LIST, .offset = MEMBER(name), .size = SIZE_OF(name[0]),                      \
    .list_max = NP_COUNT_OF(((np_station_config *)0)->name), .count_offset = MEMBER(number)
#define BAY(name)                                                                                  \
    .offset = offsetof(np_station_bay, name), .size = sizeof(((np_station_bay *)0)->name)
#define NUMBER(name, a, b, c)                                                                      \
    .kind = NP_CONFIG_NUMBER, .offset = MEMBER(name), .preset = (a), .min = (b), .max = (c)
#define FLAG(name) .kind = NP_CONFIG_FLAG, .offset = MEMBER(name)

static bool is_check(const char *text)
{
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        if (strcmp(np_check_name((np_check)i), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_serials(const char *text)
{
    np_serials serials;
    return np_serials_parse(text, &serials, NULL) == NP_OK;
}

static bool is_time_of_day(const char *text)
{
    unsigned minute;
    return np_shift_parse(text, &minute);
}

static bool is_label_format(const char *text)
{
    np_label_format format;
    return np_label_format_find(text, &format);
}

static bool is_host_and_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    return colon != NULL && colon != text && colon[1] != '\0' &&
           strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* An enumeration is as large as unsigned; it is zero, which is fail, when the key is missing. */
static bool parse_conflict(const char *text, void *place)
{
    for (unsigned i = 0; i < NP_CONFLICT_COUNT; i++) {
        if (strcmp(np_on_conflict_name((np_on_conflict)i), text) == 0) {
            *(np_on_conflict *)place = (np_on_conflict)i;
            return true;
        }
    }
    return false;
}

static const np_config_key rows[] = {
    {"", "name", "\"st07\"", "the station's name in the record; else that of its key", false,
     PLACE(name)},
    {"", "key", "\"st07.key\"", "the station's private key (station key create), PEM", true,
     PLACE(key)},
    {"", "record", "\"units.npj\"", "the record of what was made; it is made when it is not there",
     true, PLACE(record)},
    {"", "listen", "\"127.0.0.1:8600\"", "address of the operator's screen; else there is none",
     false, PLACE(listen), .check = is_host_and_port,
     .takes = "an address and a port, as \"127.0.0.1:8600\""},
    {"", "events", "\"station.sock\"", "a unix socket that tells events, a line of JSON each",
     false, PLACE(events)},
    {"", "shifts", "{\"06:00\", \"14:00\", \"22:00\"}",
     "when shifts begin, which are counted one by one; else at midnight", false,
     LIST(shift_texts, shift_text_count), .check = is_time_of_day,
     .takes = "times of a day, as \"22:00\""},
    {"signer", "certificate", "\"acme.cert\"", "the signer's certificate, PEM", true,
     PLACE(signer.certificate)},
    {"signer", "key", "\"acme.key\"", "its key: a PEM file or a pkcs11: URI", true,
     PLACE(signer.key)},
    {"signer", "passphrase_file", "\"acme.pass\"", "file with the key's passphrase or the PIN",
     false, PLACE(signer.passphrase_file)},
    {"authorization", "file", "\"b42.auth\"", "the right to issue: how many, which, until when",
     false, PLACE(authorization.file)},
    {"authorization", "authority", "\"authority.pub\"", "public key of who signed it, PEM", false,
     PLACE(authorization.authority)},
    {"authorization", "registry", "\"sqlite:line.db\"",
     "registry that counts for all stations; else the record alone counts", false,
     PLACE(authorization.registry)},
    {"product", "name", "\"tracker2\"", "the product, as record and registry have it", false,
     PLACE(product.name)},
    {"product", "serial", "\"T2-{6}\"", "scan, or a pattern whose braces hold its digits", false,
     PLACE(product.serial), .preset_text = "scan", .check = is_serials,
     .takes = "scan, or a text with its digits in braces, as \"T2-{6}\""},
    {"product", "first", "1", "the first number of a pattern", false,
     NUMBER(product.first, 1, 0, INT_MAX)},
    {"product", "batch", "\"b42\"", "the batch's name; an authorization has its own", false,
     PLACE(product.batch)},
    {"product", "tags", "{\"line3\"}", "tags of the units", false,
     LIST(product.tags, product.tag_count)},
    {"product", "label", "\"label.conf\"", "template of the label; else none is printed", false,
     PLACE(product.label)},
    {"product", "label_output", "\"labels\"", "printer or folder that the labels go to", false,
     PLACE(product.label_output)},
    {"product", "label_format", "\"zpl\"", "svg, png or zpl", false, PLACE(product.label_format),
     .preset_text = "zpl", .check = is_label_format, .takes = "svg, png or zpl"},
    {"product", "label_scan_back", "on", "the label is to be scanned before the unit passes", false,
     FLAG(product.label_scan_back)},
    {"chip", "layout", "\"nerveskey\"", "what chips are made into", false, PLACE(chip.layout),
     .preset_text = "nerveskey"},
    {"chip", "board", "\"tracker2\"", "the board's name on the chip; else NervesKey", false,
     PLACE(chip.board)},
    {"chip", "user_data", "\"data.bin\"", "file with user data for the chip's OTP", false,
     PLACE(chip.user_data)},
    {"chip", "verify", "{\"challenge\"}",
     "checks of chip verify to be passed once more when all is locked", false,
     LIST(chip.verify, chip.verify_count), .check = is_check,
     .takes = "layout, locks, otp, signer, device, time and challenge"},
    {"modem", "sectag", "16842753", "security tag of key and certificate", false,
     NUMBER(modem.sectag, 16842753, 0, INT_MAX)},
    {"modem", "root", "\"root.pem\"", "another root to go with the servers' own, PEM", false,
     PLACE(modem.root)},
    {"modem", "coap", "true", "also the root of the CoAP service", false, FLAG(modem.coap)},
    {"modem", "profile", "\"nrf-2026\"", "profile of the certificate", false, PLACE(modem.profile),
     .preset_text = "nrf-2026"},
    {"modem", "days", "3650", "how long certificates are valid", false,
     NUMBER(modem.days, 3650, 1, 36500)},
    {"modem", "local", "false", "make keys here, for modems that cannot", false,
     FLAG(modem.is_local)},
    {"modem", "journals", "\"modems\"",
     "folder of what must outlive a crash; else that of the record", false, PLACE(modem.journals)},
    {"modem", "pins", "\"modems.pins\"",
     "file of identity keys, which modems attest with; else none is asked to", false,
     PLACE(modem.pins)},
    {"modem", "only_pinned", "on", "a modem that is not in the file is foreign; else it is added",
     false, FLAG(modem.only_pinned)},
    {"test", "gateway", "\"localhost:8443\"", "gateway that plays the cloud; else no test", false,
     PLACE(test.gateway), .check = is_host_and_port,
     .takes = "a host and a port, as \"localhost:8443\""},
    {"test", "ca", "\"server.pem\"", "whose certificates the gateway has, PEM", false,
     PLACE(test.ca)},
    {"test", "timeout_s", "10", "how long the gateway may take", false,
     NUMBER(test.timeout_s, 10, 1, 600)},
    {"policy", "on_conflict", "fail", "fail, keep or replace, when serial and part do not fit",
     false, .kind = NP_CONFIG_OTHER, .offset = MEMBER(policy.on_conflict), .parse = parse_conflict,
     .takes = "fail, keep or replace"},
    {"policy", "retries", "1", "how often a unit is tried again at once", false,
     NUMBER(policy.retries, 1, 0, 100)},
    {"policy", "rescans", "2", "how often a wrong label is asked for again before the unit fails",
     false, NUMBER(policy.rescans, 2, 0, 100)},
    {"policy", "stop_after", "3", "station faults in a row that stop the line; 0: never", false,
     NUMBER(policy.stop_after, 3, 0, 1000)},
    {"policy", "poll_ms", "500", "how often a bay is looked at", false,
     NUMBER(policy.poll_ms, 500, 10, 60000)},
    {"sync", "to", "\"/mnt/transfer\"", "registry URI, or a folder, that the record goes to", false,
     PLACE(sync.to)},
    {"sync", "organisation", "\"acme\"", "whose devices they are in the registry", false,
     PLACE(sync.organisation)},
    {"sync", "every_s", "0", "how often a running station does it; 0: by station sync alone", false,
     NUMBER(sync.every_s, 0, 0, 86400)},
    {"sync", "timeout_s", "600", "how long one may take then before it is ended", false,
     NUMBER(sync.timeout_s, 600, 1, 86400)},
    {"bay", "chip", "\"i2c:/dev/i2c-1\"", "where the chip is", false, BAY(chip)},
    {"bay", "modem", "\"serial:/dev/ttyACM0\"", "where the modem is", false, BAY(modem)},
};

static np_code check_bay(void *values, np_error *err)
{
    const np_station_bay *bay = values;
    return bay->chip[0] != '\0' || bay->modem[0] != '\0'
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "bay \"%s\" has neither a chip nor a modem",
                              bay->name);
}

static const np_config_group groups[] = {
    {"bay", true, MEMBER(bays), sizeof(np_station_bay), NP_STATION_BAYS_MAX, MEMBER(bay_count),
     .title_offset = offsetof(np_station_bay, name), .title_size = NP_STATION_NAME_SIZE,
     .finish = check_bay},
};

static bool has_file_twice(const np_station_config *config, const char **ret_uri)
{
    for (size_t i = 0; i < config->bay_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const np_station_bay *a = &config->bays[i];
            const np_station_bay *b = &config->bays[j];
            *ret_uri = a->chip[0] != '\0' && strcmp(a->chip, b->chip) == 0      ? a->chip
                       : a->modem[0] != '\0' && strcmp(a->modem, b->modem) == 0 ? a->modem
                                                                                : NULL;
            if (*ret_uri != NULL) {
                return true;
            }
        }
    }
    return false;
}

static np_code check_bays(np_station_config *config, np_error *err)
{
    const char *uri;
    if (config->bay_count == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "there is no bay: bay \"1\" { chip = \"i2c:/dev/i2c-1\" }");
    }
    if (has_file_twice(config, &uri)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "two bays have %s", uri);
    }
    for (size_t i = 0; i < config->bay_count; i++) {
        config->has_chip = config->has_chip || config->bays[i].chip[0] != '\0';
        config->has_modem = config->has_modem || config->bays[i].modem[0] != '\0';
    }
    for (size_t i = 0; i < config->bay_count; i++) {
        const np_station_bay *bay = &config->bays[i];
        if ((bay->chip[0] != '\0') != config->has_chip ||
            (bay->modem[0] != '\0') != config->has_modem) {
            return np_error_set(err, NP_EINPUT_FORMAT, "bay \"%s\" has other parts than the rest",
                                bay->name);
        }
    }
    return NP_OK;
}

static void take_shifts(np_station_config *config)
{
    config->shifts = np_shifts_of_days;
    for (size_t i = 0; i < config->shift_text_count; i++) {
        (void)!np_shift_parse(config->shift_texts[i], &config->shifts.minutes[i]);
        config->shifts.count = i + 1;
    }
}

static np_code check_whole(void *values, np_error *err)
{
    np_station_config *config = values;
    bool has_file = config->authorization.file[0] != '\0';
    if (!has_file &&
        (config->authorization.authority[0] != '\0' || config->authorization.registry[0] != '\0')) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "authorization.authority and registry are of an authorization.file");
    }
    if (config->modem.only_pinned && config->modem.pins[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT, "modem.only_pinned needs modem.pins");
    }
    if (config->product.label_scan_back && config->product.label[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT, "product.label_scan_back needs product.label");
    }
    if (config->sync.every_s > 0 && config->sync.to[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT, "sync.every_s needs sync.to");
    }
    take_shifts(config);
    NP_TRY(check_bays(config, err));
    return np_serials_parse(config->product.serial, &config->product.serials, err);
}

const np_config_schema np_station_keys = {
    rows, NP_COUNT_OF(rows), groups, NP_COUNT_OF(groups), sizeof(np_station_config), check_whole,
};

np_code np_station_config_parse(np_bytes text, const char *name, np_station_config *ret,
                                np_error *err)
{
    return np_config_read(&np_station_keys, text, name, ret, err);
}
