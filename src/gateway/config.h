/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a gateway: gateway.conf, of which one table (np_gateway_keys) has all
 * keys and what they mean. No file that it names is looked at.
 */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "gateway/address.h"
#include "gateway/limiter.h"
#include "gateway/quiet.h"
#include "registry/admission.h"
#include "registry/nh1.h"

enum {
    NP_CONFIG_LISTENERS_MAX = 16,
    NP_CONFIG_UPSTREAMS_MAX = 16,
    NP_CONFIG_TEXT_SIZE = 512,
    NP_CONFIG_NAME_SIZE = 64,
};

/* Where admitted connections are passed on to. */
typedef struct np_config_upstream {
    char name[NP_CONFIG_NAME_SIZE];
    np_address address;
    bool sends_proxy; /* PROXY protocol v2 before the device's first byte */
} np_config_upstream;

typedef struct np_config_listener {
    np_address address;
    char upstream_name[NP_CONFIG_NAME_SIZE]; /* empty: none */
    int upstream;                            /* index; negative: the gateway itself answers */
    bool takes_secrets;                      /* from who has no certificate */
} np_config_listener;

/* Where people and programs look after the registry: gateway/manage/. */
typedef struct np_config_management {
    bool is_on;
    np_address address;
    char certificate[NP_CONFIG_TEXT_SIZE]; /* file; empty: plain HTTP, loopback and unix: alone */
    char key[NP_CONFIG_TEXT_SIZE];         /* file */
    unsigned connections;                  /* at a time */
    unsigned upload_mb;                    /* the largest firmware archive */
    unsigned upload_ms;                    /* an upload may last so long */
} np_config_management;

typedef enum np_config_log { NP_LOG_ALL, NP_LOG_REFUSED, NP_LOG_NONE, NP_LOG_COUNT } np_config_log;

typedef struct np_gateway_config {
    char certificate[NP_CONFIG_TEXT_SIZE]; /* file */
    char key[NP_CONFIG_TEXT_SIZE];         /* file */
    char registry[NP_CONFIG_TEXT_SIZE];    /* URI; empty: not given */
    np_config_listener listeners[NP_CONFIG_LISTENERS_MAX];
    size_t listener_count;
    np_config_upstream upstreams[NP_CONFIG_UPSTREAMS_MAX];
    size_t upstream_count;
    np_config_management management;
    unsigned processes;
    unsigned registry_connections; /* of each process, besides the one that records */
    unsigned registry_wait_ms;     /* for others who hold the database */
    np_limiter_policy limits;      /* of a listener in each process */
    unsigned handshake_ms;
    unsigned idle_ms;
    unsigned request_ms; /* from the first byte of a request to the end of its header */
    unsigned stop_ms;    /* those inside have so long when the gateway ends */
    np_admission_policy policy;
    bool refuses_unwritable; /* who cannot be written down does not come in, known or not */
    np_nh1_policy nh1;       /* switched on where a listener takes secrets */
    np_config_log log;
    gateway_quiet_policy quiet; /* lines about who was refused */
} np_gateway_config;

/* name is that of the file, for messages. NP_EINPUT_FORMAT, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_gateway_config_parse(np_bytes text, const char *name, np_gateway_config *ret,
                                            np_error *err);

/* All keys, for who writes about them. */
extern const np_config_schema np_gateway_keys;
