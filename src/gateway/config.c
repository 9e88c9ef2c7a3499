/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#include <limits.h>

#define MEMBER(name)     offsetof(np_gateway_config, name)
#define OF(type, name)   .offset = offsetof(type, name), .size = sizeof(((type *)0)->name)
#define PLACE(name)      OF(np_gateway_config, name)
#define MANAGEMENT(name) OF(np_config_management, name)
#define NUMBER(a, b, c)  .kind = NP_CONFIG_NUMBER, .preset = (a), .min = (b), .max = (c)
#define OTHER(a, b)      .kind = NP_CONFIG_OTHER, .parse = (a), .takes = (b)
#define ADDRESSES        "\"192.0.2.1:1883\", \"[::1]:1883\" or \"unix:/path\""

static bool parse_log(const char *text, void *place)
{
    static const char *const names[NP_LOG_COUNT] = {"all", "refused", "none"};
    for (size_t i = 0; i < NP_LOG_COUNT; i++) {
        if (strcmp(names[i], text) == 0) {
            *(np_config_log *)place = (np_config_log)i;
            return true;
        }
    }
    return false;
}

static bool parse_unwritable(const char *text, void *place)
{
    bool is_on = strcmp(text, "refuse") == 0;
    *(bool *)place = is_on;
    return is_on || strcmp(text, "serve_known") == 0;
}

static bool parse_proxy(const char *text, void *place)
{
    bool is_on = strcmp(text, "v2") == 0;
    *(bool *)place = is_on;
    return is_on || strcmp(text, "none") == 0;
}

static bool parse_address(const char *text, void *place)
{
    return np_address_parse(text, place);
}

static bool parse_listener(const char *title, void *listener)
{
    np_address *address = &((np_config_listener *)listener)->address;
    return np_address_parse(title, address) && address->storage.ss_family != AF_UNIX;
}

static const np_config_key rows[] = {
    {"", "certificate", "\"server.pem\"", "the gateway's certificate and its chain, PEM", true,
     PLACE(certificate)},
    {"", "key", "\"server.key\"", "its private key, PEM", true, PLACE(key)},
    {"", "registry", "\"sqlite:/var/lib/nameplate/fleet.db\"",
     "who is known; else the option --registry or the environment says it", false, PLACE(registry)},
    {"", "processes", "1", "that serve; one a core", false, NUMBER(1, 1, 256), PLACE(processes)},
    {"", "registry_connections", "4",
     "to the registry, of each process, besides the one that records", false, NUMBER(4, 1, 64),
     PLACE(registry_connections)},
    {"", "registry_wait_ms", "5000", "for others who hold the database", false,
     NUMBER(5000, 1, 60000), PLACE(registry_wait_ms)},
    {"", "connections", "10000", "at a time, of a listener in each process; 0: any number", false,
     NUMBER(10000, 0, INT_MAX), PLACE(limits.connections)},
    {"", "connections_per_second", "1000", "of a listener in each process; 0: any number", false,
     NUMBER(1000, 0, INT_MAX), PLACE(limits.per_second)},
    {"", "connections_per_address", "0", "at a time from one address; 0: any number", false,
     NUMBER(0, 0, INT_MAX), PLACE(limits.per_address)},
    {"", "handshake_ms", "10000", "a handshake may last so long", false, NUMBER(10000, 100, 600000),
     PLACE(handshake_ms)},
    {"", "idle_ms", "180000", "a connection may be silent so long", false,
     NUMBER(180000, 100, INT_MAX), PLACE(idle_ms)},
    {"", "request_ms", "10000", "from the first byte of a request to the end of its header", false,
     NUMBER(10000, 100, 600000), PLACE(request_ms)},
    {"", "stop_ms", "5000", "those inside have so long when the gateway ends", false,
     NUMBER(5000, 0, 600000), PLACE(stop_ms)},
    {"", "clock_skew_s", "300", "devices' and signers' clocks may be so wrong", false,
     NUMBER(300, 0, 86400), PLACE(policy.skew_s)},
    {"", "certificates_per_device", "0", "a device may have so many; 0: any number", false,
     NUMBER(0, 0, INT_MAX), PLACE(policy.certificates_per_device)},
    {"", "refuse_expired_known", "false",
     "known devices are refused when their certificate expires", false, .kind = NP_CONFIG_FLAG,
     PLACE(policy.refuses_expired_known)},
    {"", "when_unwritable", "serve_known",
     "known devices while the registry can be read and not written to: serve_known or refuse",
     false, OTHER(parse_unwritable, "serve_known or refuse"), PLACE(refuses_unwritable)},
    {"", "log", "refused", "which connections have a line: all, refused or none", false,
     OTHER(parse_log, "all, refused or none"), PLACE(log)},
    {"", "log_refusals", "1000", "lines about refusals in ten seconds, of a process; 0: any number",
     false, NUMBER(1000, 0, INT_MAX), PLACE(quiet.of_all)},
    {"", "log_refusals_per_source", "20", "the same, about one address; 0: any number", false,
     NUMBER(20, 0, INT_MAX), PLACE(quiet.of_one)},
    {"", "nh1_iterations_min", "1000", "a shared secret's derivation has at least so many", false,
     NUMBER(1000, 1, 100000), PLACE(nh1.iterations_min)},
    {"", "nh1_iterations_max", "10000", "and at most so many", false, NUMBER(10000, 1, 100000),
     PLACE(nh1.iterations_max)},
    {"", "nh1_window_s", "90", "a signature of a shared secret is good for so long", false,
     NUMBER(90, 1, 3600), PLACE(nh1.window_s)},
    {"", "nh1_skew_s", "0", "and may be from so far in the future", false, NUMBER(0, 0, 3600),
     PLACE(nh1.skew_s)},
    {"upstream", "address", "\"127.0.0.1:1883\"", "where its connections go", true,
     OTHER(parse_address, ADDRESSES), OF(np_config_upstream, address)},
    {"upstream", "proxy", "v2", "PROXY protocol before the device's first byte: v2 or none", false,
     OTHER(parse_proxy, "v2 or none"), OF(np_config_upstream, sends_proxy)},
    {"listen", "upstream", "\"broker\"", "which upstream; else the gateway itself answers", false,
     OF(np_config_listener, upstream_name)},
    {"listen", "shared_secrets", "false", "who has no certificate may come with a shared secret",
     false, .kind = NP_CONFIG_FLAG, OF(np_config_listener, takes_secrets)},
    {"management", "listen", "\"127.0.0.1:8444\"", "address of the management API and its page",
     true, OTHER(parse_address, "\"127.0.0.1:8444\", \"[::1]:8444\" or \"unix:/path\""),
     MANAGEMENT(address)},
    {"management", "certificate", "\"management.pem\"",
     "its certificate, PEM; else plain HTTP, on loopback and sockets alone", false,
     MANAGEMENT(certificate)},
    {"management", "key", "\"management.key\"", "the certificate's key, PEM", false,
     MANAGEMENT(key)},
    {"management", "connections", "256", "at a time", false, NUMBER(256, 1, 100000),
     MANAGEMENT(connections)},
    {"management", "upload_mb", "512", "the largest firmware archive that is taken", false,
     NUMBER(512, 1, 65536), MANAGEMENT(upload_mb)},
    {"management", "upload_ms", "600000", "an upload may last so long", false,
     NUMBER(600000, 1000, INT_MAX), MANAGEMENT(upload_ms)},
};

static np_code check_management(void *values, np_error *err)
{
    np_config_management *management = values;
    bool has_certificate = management->certificate[0] != '\0';
    char at[NP_ADDRESS_TEXT_SIZE];
    if (has_certificate != (management->key[0] != '\0')) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "management: certificate and key belong together");
    }
    if (!has_certificate && !np_address_is_local(&management->address)) {
        np_address_format(&management->address.storage, at);
        return np_error_set(
            err, NP_EINPUT_FORMAT,
            "management: tokens do not go over a network unprotected: give certificate and "
            "key, or listen at \"127.0.0.1:...\", \"[::1]:...\" or \"unix:/path\", not %s",
            at);
    }
    management->is_on = true;
    return NP_OK;
}

static const np_config_group groups[] = {
    {"upstream", true, MEMBER(upstreams), sizeof(np_config_upstream), NP_CONFIG_UPSTREAMS_MAX,
     MEMBER(upstream_count), .title_offset = offsetof(np_config_upstream, name),
     .title_size = NP_CONFIG_NAME_SIZE},
    {"listen", true, MEMBER(listeners), sizeof(np_config_listener), NP_CONFIG_LISTENERS_MAX,
     MEMBER(listener_count), .parse_title = parse_listener,
     .title_takes = "an address and a port, as \"0.0.0.0:8443\" or \"[::]:8443\""},
    {"management", false, MEMBER(management), sizeof(np_config_management), 1,
     .finish = check_management},
};

static int find_upstream(const np_gateway_config *config, const char *name)
{
    for (size_t i = 0; i < config->upstream_count; i++) {
        if (strcmp(config->upstreams[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static np_code finish(void *values, np_error *err)
{
    np_gateway_config *config = values;
    for (size_t i = 0; i < config->listener_count; i++) {
        np_config_listener *listener = &config->listeners[i];
        listener->upstream = find_upstream(config, listener->upstream_name);
        if (listener->upstream_name[0] != '\0' && listener->upstream < 0) {
            return np_error_set(err, NP_EINPUT_FORMAT, "there is no upstream \"%s\"",
                                listener->upstream_name);
        }
    }
    if (config->listener_count == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "nothing says where to listen: listen \"0.0.0.0:8443\" {}");
    }
    config->nh1.is_enabled = true;
    config->nh1.key_min = np_nh1_policy_default.key_min;
    config->nh1.key_max = np_nh1_policy_default.key_max;
    return NP_OK;
}

const np_config_schema np_gateway_keys = {
    rows, NP_COUNT_OF(rows), groups, NP_COUNT_OF(groups), sizeof(np_gateway_config), finish,
};

np_code np_gateway_config_parse(np_bytes text, const char *name, np_gateway_config *ret,
                                np_error *err)
{
    return np_config_read(&np_gateway_keys, text, name, ret, err);
}
