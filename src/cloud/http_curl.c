/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/http_curl.h"

#include "base/wipe.h"
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CONNECT_MS = 30000, /* as browsers wait. Not tuned */
    HEADER_SIZE = 512,
    FIRST_SIZE = 4096, /* of a reply. Not tuned */
};

static const char library[] = "libcurl.so.4";

/* The part of libcurl that is used. The names below are in the order of the members. */
typedef struct curl_table {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    void (*easy_reset)(CURL *handle);
    void (*easy_cleanup)(CURL *handle);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} curl_table;

static const char *const names[] = {"curl_global_init",   "curl_easy_init",     "curl_easy_setopt",
                                    "curl_easy_perform",  "curl_easy_getinfo",  "curl_easy_reset",
                                    "curl_easy_cleanup",  "curl_easy_strerror", "curl_slist_append",
                                    "curl_slist_free_all"};

_Static_assert(sizeof(curl_table) == NP_COUNT_OF(names) * sizeof(void *), "a name a member");

struct np_curl {
    np_curl_options options;
    curl_table table;
    CURL *handle;
    char error[CURL_ERROR_SIZE];
};

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a request");
}

/* Never unloaded: it has registered what runs when the process ends. */
static np_code load_table(curl_table *ret, np_error *err)
{
    void *functions[NP_COUNT_OF(names)];
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < NP_COUNT_OF(names) && handle != NULL; i++) {
        functions[i] = dlsym(handle, names[i]);
        handle = functions[i] != NULL ? handle : NULL;
    }
    if (handle == NULL) {
        const char *reason = dlerror();
        np_error_set(err, NP_EINPUT_MISSING, "libcurl cannot be loaded: %s",
                     reason != NULL ? reason : library);
        return np_error_hint(err, NP_EINPUT_MISSING, "install it: apt install libcurl4");
    }
    memcpy(ret, functions, sizeof(functions));
    return NP_OK;
}

np_code np_curl_open(const np_curl_options *options, np_curl **ret, np_error *err)
{
    NP_CLEANUP(np_curl_free_at) np_curl *curl = calloc(1, sizeof(*curl));
    if (curl == NULL) {
        return no_memory(err);
    }
    curl->options = *options;
    NP_TRY(load_table(&curl->table, err));
    if (curl->table.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        (curl->handle = curl->table.easy_init()) == NULL) {
        return no_memory(err);
    }
    *ret = curl;
    curl = NULL;
    return NP_OK;
}

void np_curl_free(np_curl *curl)
{
    if (curl == NULL) {
        return;
    }
    if (curl->handle != NULL) {
        curl->table.easy_cleanup(curl->handle);
    }
    free(curl);
}

void np_http_reply_clear(np_http_reply *reply)
{
    free(reply->body);
    *reply = (np_http_reply){0};
}

/* libcurl's own prototype; less than what it offers means that there is no room. */
static size_t take_body(char *data, size_t one, size_t len, void *self)
{
    np_http_reply *reply = self;
    size_t size = FIRST_SIZE;
    (void)one;
    if (reply->len + len >= NP_HTTP_REPLY_MAX) {
        return 0;
    }
    while (size <= reply->len + len) {
        size *= 2;
    }
    char *larger = realloc(reply->body, size);
    if (larger == NULL) {
        return 0;
    }
    reply->body = larger;
    memcpy(reply->body + reply->len, data, len);
    reply->len += len;
    reply->body[reply->len] = '\0';
    return len;
}

/* A request in the making. */
typedef struct request_state {
    np_curl *curl;
    struct curl_slist *headers;
    bool is_failed;
} request_state;

static void add_header(request_state *state, const char *name, const char *value)
{
    char text[HEADER_SIZE];
    int length = snprintf(text, sizeof(text), "%s: %s", name, value);
    struct curl_slist *list =
        length < (int)sizeof(text) ? state->curl->table.slist_append(state->headers, text) : NULL;
    state->headers = list != NULL ? list : state->headers;
    state->is_failed = state->is_failed || list == NULL;
    np_wipe(text, sizeof(text));
}

static void set_text(request_state *state, CURLoption option, const char *value)
{
    state->is_failed = state->is_failed || state->curl->table.easy_setopt(
                                               state->curl->handle, option, value) != CURLE_OK;
}

static void set_number(request_state *state, CURLoption option, long value)
{
    state->is_failed = state->is_failed || state->curl->table.easy_setopt(
                                               state->curl->handle, option, value) != CURLE_OK;
}

static void set_pointer(request_state *state, CURLoption option, void *value)
{
    state->is_failed = state->is_failed || state->curl->table.easy_setopt(
                                               state->curl->handle, option, value) != CURLE_OK;
}

static void set_body(request_state *state, const np_http_request *request)
{
    if (request->content_type == NULL) {
        return;
    }
    add_header(state, "Content-Type", request->content_type);
    add_header(state, "Expect", ""); /* nobody waits for 100 Continue */
    set_number(state, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    set_text(state, CURLOPT_POSTFIELDS,
             request->body.len > 0 ? (const char *)request->body.data : "");
}

static void set_trust(request_state *state)
{
    set_text(state, CURLOPT_PROTOCOLS_STR, "https");
    set_number(state, CURLOPT_FOLLOWLOCATION, 0);
    set_number(state, CURLOPT_SSL_VERIFYPEER, 1);
    set_number(state, CURLOPT_SSL_VERIFYHOST, 2);
    set_number(state, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (state->curl->options.ca_file != NULL) {
        set_text(state, CURLOPT_CAINFO, state->curl->options.ca_file);
        set_pointer(state, CURLOPT_CAPATH, NULL);
    }
}

static void set_all(request_state *state, const np_http_request *request, np_http_reply *reply)
{
    state->curl->table.easy_reset(state->curl->handle);
    set_trust(state);
    set_text(state, CURLOPT_URL, request->url);
    set_text(state, CURLOPT_CUSTOMREQUEST, request->method);
    set_text(state, CURLOPT_USERAGENT, "nameplate/" NP_VERSION);
    set_text(state, CURLOPT_ACCEPT_ENCODING, "");
    set_number(state, CURLOPT_NOSIGNAL, 1);
    set_number(state, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    set_number(state, CURLOPT_TIMEOUT_MS, (long)state->curl->options.limit_ms);
    set_pointer(state, CURLOPT_ERRORBUFFER, state->curl->error);
    set_pointer(state, CURLOPT_WRITEDATA, reply);
    state->is_failed = state->is_failed ||
                       state->curl->table.easy_setopt(state->curl->handle, CURLOPT_WRITEFUNCTION,
                                                      take_body) != CURLE_OK;
    set_body(state, request);
    if (request->authorization != NULL) {
        add_header(state, "Authorization", request->authorization);
    }
    set_pointer(state, CURLOPT_HTTPHEADER, state->headers);
}

/* What people can do about it. */
typedef struct failure_row {
    CURLcode code;
    const char *hint;
} failure_row;

static const failure_row failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "is there a network, and a name server?"},
    {CURLE_COULDNT_RESOLVE_PROXY, "what does $https_proxy say?"},
    {CURLE_PEER_FAILED_VERIFICATION,
     "the server does not prove that it is the one that was asked for: is a proxy between? "
     "--ca-file names other roots"},
    {CURLE_SSL_CACERT_BADFILE, "--ca-file takes certificates in PEM"},
    {CURLE_UNSUPPORTED_PROTOCOL, "a credential travels over https alone"},
};

/* The URL up to its query: what is behind may be signed. */
static int shown_length(const char *url)
{
    return (int)strcspn(url, "?#");
}

static np_code report_failure(const np_curl *curl, CURLcode code, const np_http_request *request,
                              np_error *err)
{
    np_code raised = code == CURLE_OPERATION_TIMEDOUT ? NP_ESTATION_TIMEOUT : NP_ESTATION_IO;
    if (code == CURLE_WRITE_ERROR) {
        return np_error_set(err, NP_ESTATION_IO, "%.*s: the reply is larger than %d bytes",
                            shown_length(request->url), request->url, NP_HTTP_REPLY_MAX);
    }
    np_error_set_sub(err, raised, (int)code, "%s %.*s: %s", request->method,
                     shown_length(request->url), request->url,
                     curl->error[0] != '\0' ? curl->error : curl->table.easy_strerror(code));
    for (size_t i = 0; i < NP_COUNT_OF(failures); i++) {
        if (failures[i].code == code) {
            return np_error_hint(err, raised, "%s", failures[i].hint);
        }
    }
    return np_error_hint(err, raised, "run the same command again");
}

static void take_facts(const np_curl *curl, np_http_reply *reply)
{
    long status = 0;
    curl_off_t seconds = 0;
    (void)curl->table.easy_getinfo(curl->handle, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (unsigned)status;
    /* 0 is both "at once" and "there is no such header": both mean our own time */
    if (curl->table.easy_getinfo(curl->handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK &&
        seconds > 0) {
        reply->has_retry_after = true;
        reply->retry_after = seconds < 3600 ? (unsigned)seconds : 3600;
    }
}

static np_code send_request(void *self, const np_http_request *request, np_http_reply *ret,
                            np_error *err)
{
    np_curl *curl = self;
    request_state state = {.curl = curl};
    *ret = (np_http_reply){.body = calloc(1, 1)};
    curl->error[0] = '\0';
    set_all(&state, request, ret);
    bool can_send = ret->body != NULL && !state.is_failed;
    CURLcode code = can_send ? curl->table.easy_perform(curl->handle) : CURLE_OUT_OF_MEMORY;
    curl->table.slist_free_all(state.headers);
    if (!can_send) {
        np_http_reply_clear(ret);
        return no_memory(err);
    }
    if (code != CURLE_OK) {
        np_http_reply_clear(ret);
        return report_failure(curl, code, request, err);
    }
    take_facts(curl, ret);
    return NP_OK;
}

np_http np_curl_http(np_curl *curl)
{
    return (np_http){.send = send_request, .self = curl};
}
