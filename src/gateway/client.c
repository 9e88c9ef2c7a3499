/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client.h"

#include "base/format.h"
#include "base/wipe.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NOTHING = -1,
    HOST_SIZE = 256,
    SOURCE_SIZE = 1024, /* a chip's URI behind "nameplate:" */
    ALERT_WAIT_S = 1,   /* for a refusal of TLS 1.3, before anything is sent that would reset it */
};

typedef struct client {
    const np_client_options *options;
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *plain;
    OSSL_PROVIDER *chip;
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    bool has_certificate;
    bool has_key;
    int alert; /* that came; NOTHING: none */
} client;

static void close_client(client *self)
{
    SSL_free(self->ssl);
    SSL_CTX_free(self->context);
    if (self->chip != NULL) {
        OSSL_PROVIDER_unload(self->chip);
    }
    if (self->plain != NULL) {
        OSSL_PROVIDER_unload(self->plain);
    }
    OSSL_LIB_CTX_free(self->library);
    if (self->fd >= 0) {
        close(self->fd);
    }
    ERR_clear_error();
}

/* What libcrypto says, with the provider's own sentence where there is one. */
static np_code raise_library(np_error *err, np_code code, const char *what)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long error = ERR_peek_last_error_data(&data, &flags);
    const char *reason = ERR_reason_error_string(error);
    bool has_data = (flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != '\0';
    np_error_set(err, code, "%s: %s", what,
                 has_data         ? data
                 : reason == NULL ? "no reason"
                                  : reason);
    ERR_clear_error();
    return code;
}

static void note_alert(const SSL *ssl, int where, int value)
{
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL) {
        client *self = SSL_get_ex_data(ssl, 0);
        self->alert = value;
    }
}

static np_code open_library(client *self, np_error *err)
{
    self->library = OSSL_LIB_CTX_new();
    bool is_open = self->library != NULL && OSSL_PROVIDER_add_builtin(self->library, "nameplate",
                                                                      self->options->provider) == 1;
    self->plain = is_open ? OSSL_PROVIDER_load(self->library, "default") : NULL;
    self->chip = is_open ? OSSL_PROVIDER_load(self->library, "nameplate") : NULL;
    self->context = is_open ? SSL_CTX_new_ex(self->library, NULL, TLS_client_method()) : NULL;
    if (self->plain == NULL || self->chip == NULL || self->context == NULL ||
        SSL_CTX_set_min_proto_version(self->context, TLS1_2_VERSION) != 1) {
        return raise_library(err, NP_ESTATION_CRYPTO, "libssl");
    }
    SSL_CTX_set_verify(self->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_info_callback(self->context, note_alert);
    SSL_CTX_clear_mode(self->context, SSL_MODE_AUTO_RETRY); /* a ticket ends a read */
    return NP_OK;
}

static np_code trust(client *self, np_error *err)
{
    const char *file = self->options->ca_file;
    int is_set = file == NULL ? SSL_CTX_set_default_verify_paths(self->context)
                              : SSL_CTX_load_verify_file(self->context, file);
    return is_set == 1 ? NP_OK
                       : raise_library(err, NP_EINPUT_FORMAT,
                                       file == NULL ? "the system's certificates" : file);
}

/* The first certificate is the device's own, those behind it lead to its issuer. */
static bool take_object(client *self, OSSL_STORE_INFO *object)
{
    int type = OSSL_STORE_INFO_get_type(object);
    if (type == OSSL_STORE_INFO_PKEY && !self->has_key) {
        self->has_key =
            SSL_CTX_use_PrivateKey(self->context, OSSL_STORE_INFO_get0_PKEY(object)) == 1;
        return self->has_key;
    }
    if (type != OSSL_STORE_INFO_CERT) {
        return true;
    }
    X509 *certificate = OSSL_STORE_INFO_get0_CERT(object);
    bool is_taken = self->has_certificate
                        ? SSL_CTX_add1_chain_cert(self->context, certificate) == 1
                        : SSL_CTX_use_certificate(self->context, certificate) == 1;
    self->has_certificate = true;
    return is_taken;
}

static np_code load_source(client *self, const char *uri, np_error *err)
{
    ERR_clear_error();
    OSSL_STORE_CTX *store =
        OSSL_STORE_open_ex(uri, self->library, NULL, NULL, NULL, NULL, NULL, NULL);
    bool is_good = store != NULL;
    while (is_good && OSSL_STORE_eof(store) != 1) {
        OSSL_STORE_INFO *object = OSSL_STORE_load(store);
        /* a file's end shows as no object and no error */
        is_good = object == NULL ? ERR_peek_error() == 0 : take_object(self, object);
        OSSL_STORE_INFO_free(object);
    }
    np_code code = is_good ? NP_OK : raise_library(err, NP_EINPUT_FORMAT, uri);
    OSSL_STORE_close(store);
    return code;
}

static np_code load_identity(client *self, np_error *err)
{
    for (size_t i = 0; i < NP_CLIENT_SOURCES_MAX && self->options->sources[i] != NULL; i++) {
        NP_TRY(load_source(self, self->options->sources[i], err));
    }
    if (!self->has_certificate || !self->has_key) {
        return np_error_set(err, NP_EINPUT_MISSING, "there is no %s to show",
                            self->has_certificate ? "key" : "certificate");
    }
    return SSL_CTX_check_private_key(self->context) == 1
               ? NP_OK
               : raise_library(err, NP_EINPUT_KEY, "the key is not that of the certificate");
}

static bool wait_at_most(client *self, unsigned seconds)
{
    const struct timeval limit = {.tv_sec = seconds};
    return setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
           setsockopt(self->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

static np_code dial(client *self, np_error *err)
{
    const np_client_options *options = self->options;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int number = 0;
    int status = getaddrinfo(options->host, options->port, &hints, &found);
    if (status != 0) {
        return np_error_set(err, NP_ESTATION_IO, "%s: %s", options->host, gai_strerror(status));
    }
    for (struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        self->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (self->fd >= 0 && wait_at_most(self, options->timeout_s) &&
            connect(self->fd, at->ai_addr, at->ai_addrlen) == 0) {
            freeaddrinfo(found);
            return NP_OK;
        }
        number = errno == EINPROGRESS ? ETIMEDOUT : errno;
        if (self->fd >= 0) {
            close(self->fd);
            self->fd = -1;
        }
    }
    freeaddrinfo(found);
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s port %s: %s", options->host,
                            options->port, strerror(number));
}

/* libssl's macro wants a name that is not const. */
static bool name_host(SSL *ssl, const char *host)
{
    char name[NI_MAXHOST];
    np_format(name, sizeof(name), "%s", host);
    return SSL_set_tlsext_host_name(ssl, name) == 1;
}

/* The certificate has to be for this name, or this address. */
static bool expect_host(client *self)
{
    const char *host = self->options->host;
    uint8_t address[sizeof(struct in6_addr)];
    bool is_address =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    return is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(self->ssl), host) == 1
                      : SSL_set1_host(self->ssl, host) == 1 && name_host(self->ssl, host);
}

/* Why there is no answer, as far as TLS and the socket tell. */
static np_code explain(const client *self, int result, np_error *err)
{
    int number = errno;
    int error = SSL_get_error(self->ssl, result);
    long verdict = SSL_get_verify_result(self->ssl);
    if (self->alert != NOTHING) {
        np_error_set(err, NP_EPOLICY, "the server refused the device: alert %d, %s",
                     self->alert & 0xff, SSL_alert_desc_string_long(self->alert));
        return np_error_hint(err, NP_EPOLICY,
                             "its log has the reason: look for the device's "
                             "fingerprint at the gateway");
    }
    if (verdict != X509_V_OK) {
        np_error_set(err, NP_ECONFLICT_OTHER, "the server does not prove who it is: %s",
                     X509_verify_cert_error_string(verdict));
        return np_error_hint(err, NP_ECONFLICT_OTHER, "--ca-file names whom to believe");
    }
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return np_error_set(err, NP_ESTATION_TIMEOUT,
                            "the server does not answer: it is not known "
                            "whether it lets the device in");
    }
    if (error == SSL_ERROR_SSL) {
        return raise_library(err, NP_ESTATION_IO, "no connection of TLS");
    }
    np_error_set(err, NP_ESTATION_IO, "the server has closed the connection without a reason%s%s",
                 number == 0 ? "" : ": ", number == 0 ? "" : strerror(number));
    return np_error_hint(err, NP_ESTATION_IO, "its log may have one");
}

static np_code shake_hands(client *self, np_error *err)
{
    self->ssl = SSL_new(self->context);
    if (self->ssl == NULL || SSL_set_ex_data(self->ssl, 0, self) != 1 ||
        SSL_set_fd(self->ssl, self->fd) != 1 || !expect_host(self)) {
        return raise_library(err, NP_ESTATION_CRYPTO, "libssl");
    }
    errno = 0;
    int result = SSL_connect(self->ssl);
    return result == 1 ? NP_OK : explain(self, result, err);
}

/*
 * A refusal of TLS 1.3 comes now. A ticket or a second of silence is none; what is sent before
 * could meet a closed door, whose reset would take the refusal away.
 */
static np_code await_refusal(client *self, np_error *err)
{
    uint8_t byte;
    size_t len = 0;
    if (SSL_version(self->ssl) != TLS1_3_VERSION || !wait_at_most(self, ALERT_WAIT_S)) {
        return NP_OK;
    }
    errno = 0;
    ERR_clear_error();
    int result = SSL_peek_ex(self->ssl, &byte, 1, &len);
    bool is_patient = result == 1 || SSL_get_error(self->ssl, result) == SSL_ERROR_WANT_READ;
    (void)wait_at_most(self, self->options->timeout_s);
    return is_patient ? NP_OK : explain(self, result, err);
}

/* One byte proves it; the rest of the answer is taken as it comes. */
static np_code read_answer(client *self, np_client_result *ret, np_error *err)
{
    int result = 1;
    while (result == 1 && ret->answer_len < sizeof(ret->answer)) {
        size_t len = 0;
        do {
            errno = 0;
            ERR_clear_error();
            result = SSL_read_ex(self->ssl, ret->answer + ret->answer_len,
                                 sizeof(ret->answer) - ret->answer_len, &len);
        } while (result != 1 && SSL_get_error(self->ssl, result) == SSL_ERROR_WANT_READ &&
                 errno != EAGAIN);
        ret->answer_len += result == 1 ? len : 0;
    }
    return ret->answer_len > 0 ? NP_OK : explain(self, result, err);
}

static np_code ask(client *self, np_client_result *ret, np_error *err)
{
    char text[512];
    size_t sent = 0;
    np_format(text, sizeof(text), "GET /v1/me HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
              self->options->host);
    NP_TRY(await_refusal(self, err));
    errno = 0;
    int result = SSL_write_ex(self->ssl, text, strlen(text), &sent);
    return result == 1 ? read_answer(self, ret, err) : explain(self, result, err);
}

np_code np_client_connect(const np_client_options *options, np_client_result *ret, np_error *err)
{
    NP_CLEANUP(close_client) client self = {.options = options, .fd = -1, .alert = NOTHING};
    *ret = (np_client_result){0};
    NP_TRY(open_library(&self, err));
    NP_TRY(trust(&self, err));
    NP_TRY(load_identity(&self, err));
    NP_TRY(dial(&self, err));
    NP_TRY(shake_hands(&self, err));
    np_format(ret->tls_version, sizeof(ret->tls_version), "%s", SSL_get_version(self.ssl));
    np_format(ret->cipher, sizeof(ret->cipher), "%s", SSL_get_cipher(self.ssl));
    NP_TRY(ask(&self, ret, err));
    (void)SSL_shutdown(self.ssl);
    return NP_OK;
}

/* The port is behind the last colon. */
static void split_address(const char *address, char host[static HOST_SIZE], const char **ret_port)
{
    const char *colon = strrchr(address, ':');
    bool has_brackets = address[0] == '[' && colon > address && colon[-1] == ']';
    int len = (int)(colon - address);
    np_format(host, HOST_SIZE, "%.*s", has_brackets ? len - 2 : len,
              address + (has_brackets ? 1 : 0));
    *ret_port = colon + 1;
}

np_code np_client_test_chip(const char *address, const char *ca_file, const char *chip,
                            OSSL_provider_init_fn *provider, unsigned timeout_s, np_error *err)
{
    char host[HOST_SIZE];
    char source[SOURCE_SIZE];
    np_client_result result;
    np_client_options options = {.host = host,
                                 .ca_file = ca_file[0] == '\0' ? NULL : ca_file,
                                 .sources = {source},
                                 .provider = provider,
                                 .timeout_s = timeout_s};
    if (strchr(address, ':') == NULL) {
        return np_error_set(err, NP_EUSAGE, "%s: not a host and a port", address);
    }
    split_address(address, host, &options.port);
    np_format(source, sizeof(source), "nameplate:%s", chip);
    np_code code = np_client_connect(&options, &result, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", address);
}
