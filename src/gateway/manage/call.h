/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of the management API, as its routes see it: what is asked, by whom, and the answer that
 * they fill in. They know nothing of connections, and may wait for the registry: the process does
 * nothing else. Inside the room.
 *
 * A route is a row of the table in gateway/manage/routes.c. Whoever adds one adds it to
 * data/openapi.json too; a test compares the two.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/http.h"
#include "gateway/manage/guard.h"
#include "registry/tokens.h"
#include <event2/event.h>
#include <jansson.h>

enum {
    MANAGE_PARTS_MAX = 3,
    MANAGE_PART_SIZE = 256, /* of a {part} of a path, unescaped: an identifier is the longest */
    MANAGE_FIELDS_SIZE = 1024,
    MANAGE_JSON_MAX = 1024 * 1024, /* bytes of a body in JSON */
};

typedef struct manage_call manage_call;

/* What a body has to be. */
typedef enum manage_body {
    MANAGE_NO_BODY,
    MANAGE_JSON, /* an object */
    MANAGE_FILE, /* bytes, kept in a file without a name until the call has ended */
} manage_body;

typedef struct manage_route {
    const char *method; /* "GET" answers HEAD too */
    const char *path;   /* "/v1/devices/{org}/{identifier}"; a {part} is not empty */
    bool is_open;       /* for everybody: no token is asked for, and there is none */
    np_token_role role; /* that it takes */
    manage_body body;
    bool is_of_org; /* the first part is an organisation: tokens of others are refused */
    /*
     * Before run, outside of its transaction and in another thread; NULL: nothing. Uses this store
     * and not the call's. May leave call->examined.
     */
    np_code (*examine)(manage_call *call, np_store *store, np_error *err);
    /*
     * Answers; what it returns as an error is answered as one (gateway/manage/problems.h). With an
     * Idempotency-Key it runs in a transaction, and may run again.
     */
    np_code (*run)(manage_call *call, np_error *err);
} manage_route;

/* Where a stream goes; valid until closed was called. */
typedef struct manage_outlet manage_outlet;

/* What an answer without an end does. All of it happens in the loop of the process. */
typedef struct manage_stream {
    void (*opened)(void *self, manage_outlet *outlet); /* NULL: the answer is no stream */
    void (*closed)(void *self); /* the peer has gone, or the process ends; once */
    void *self;
} manage_stream;

/* What all calls share. */
typedef struct manage_shared {
    struct event_base *base;
    const np_gateway_config *config; /* may change between calls */
    np_store *store;                 /* NULL: it could not be opened; open routes alone see that */
    manage_guard guard;
    struct manage_examiner *examiner;
    struct manage_notes *notes; /* NULL: nothing is noted */
} manage_shared;

typedef struct manage_reply {
    unsigned status;                 /* 200 when the route says nothing else */
    json_t *json;                    /* NULL: see content */
    json_t *once;                    /* members that json gets last: what is shown once is not kept
                                        for the same request again (Idempotency-Key) */
    const char *type;                /* of content; NULL: there is none */
    np_bytes content;                /* lives as long as the program */
    char fields[MANAGE_FIELDS_SIZE]; /* more of the head; each ended by CR LF */
    manage_stream stream;            /* of this type, after this head */
} manage_reply;

struct manage_call {
    manage_shared *shared;
    const manage_route *route;
    const np_http_request *head;
    const struct sockaddr_storage *peer; /* NULL: not known */
    np_store *store;                     /* shared->store */
    const np_token *token;               /* NULL: the route is open */
    np_actor actor;                      /* its name, and the time of the call */
    np_bytes parts[MANAGE_PARTS_MAX];    /* {…} of the path, unescaped, UTF-8 */
    json_t *body;                        /* of MANAGE_JSON */
    int file;                            /* of MANAGE_FILE, at its beginning */
    uint64_t file_size;
    uint8_t body_sha256[32];
    np_code examine_code;
    np_error examine_err;
    void *examined; /* between examine and run */
    void (*forget)(void *examined);
    manage_reply reply;
    char *reply_text; /* the reply's JSON, once it is written */
    /* what the slices above point to */
    np_shown_token shown;
    char actor_name[NP_TOKEN_NAME_MAX + 1];
    uint8_t part_bytes[MANAGE_PARTS_MAX][MANAGE_PART_SIZE];
};

/*
 * A parameter of the query, unescaped and NUL-terminated; empty when it is not given. NP_EUSAGE
 * when it does not fit or is no UTF-8.
 */
NP_MUST_USE np_code manage_query(const manage_call *call, const char *name, char *ret, size_t size,
                                 np_error *err);

/* The organisation that a list is asked for: the token's, else `org` in the query; empty: all. */
NP_MUST_USE np_code manage_query_org(const manage_call *call, char ret[static NP_ORG_NAME_MAX + 1],
                                     np_error *err);

/* The same as a number; preset when it is not given. */
NP_MUST_USE np_code manage_query_number(const manage_call *call, const char *name, uint64_t preset,
                                        uint64_t max, uint64_t *ret, np_error *err);

/* Another line of the answer's head; what does not fit is left out. */
void manage_add_field(manage_call *call, const char *format, ...) NP_PRINTF(2, 3);

/* False when the peer takes it too slowly: end it then. */
NP_MUST_USE bool manage_outlet_write(manage_outlet *outlet, np_bytes bytes);

/* Ends the stream; closed is not called. */
void manage_outlet_end(manage_outlet *outlet);
