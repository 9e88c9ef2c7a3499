/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway_clients.h"

#include "measure.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_A_TIME_MAX = 64, SOURCES = 200 };

typedef struct device {
    const clients_options *options;
    SSL_CTX *context;
    SSL_SESSION *session; /* the newest; NULL: none yet */
    unsigned number;
    unsigned long count;
    pthread_t thread;
} device;

static void fail(const char *what)
{
    fprintf(stderr, "bench_gateway: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int take_session(SSL *ssl, SSL_SESSION *session)
{
    device *self = SSL_get_app_data(ssl);
    SSL_SESSION_free(self->session);
    self->session = session;
    return 1;
}

/* From many addresses, so that none runs out of ports. */
static int connect_to(const device *self)
{
    int yes = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(self->options->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    from.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + 1 + (uint32_t)((self->number + self->count) % SOURCES));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        fail("no connection");
    }
    return fd;
}

static void visit(device *self)
{
    uint8_t byte;
    int fd = connect_to(self);
    bool resumes = self->options->resumes && self->session != NULL;
    SSL *ssl = SSL_new(self->context);
    SSL_set_fd(ssl, fd);
    SSL_set_app_data(ssl, self);
    if (resumes && SSL_set_session(ssl, self->session) != 1) {
        fail("no session");
    }
    if (SSL_connect(ssl) != 1) {
        fail("no handshake");
    }
    if (self->options->version == TLS1_2_VERSION) {
        take_session(ssl, SSL_get1_session(ssl)); /* libssl does not tell of renewed ones */
    } else if (SSL_read(ssl, &byte, 1) >= 0) {
        fail("no ticket");
    }
    if (self->session == NULL || SSL_session_reused(ssl) != (resumes ? 1 : 0)) {
        fail("a session is not resumed, or is");
    }
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN); /* else the session counts as a broken one */
    SSL_free(ssl);
    close(fd);
    self->count++;
}

static void *come_and_go(void *data)
{
    device *self = data;
    double end = bench_wall_seconds() + self->options->seconds;
    while (bench_wall_seconds() < end) {
        visit(self);
    }
    return NULL;
}

static SSL_CTX *make_context(const clients_options *options)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, options->version) != 1 ||
        SSL_CTX_set_max_proto_version(context, options->version) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, options->certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options->key, SSL_FILETYPE_PEM) != 1) {
        fail("no context");
    }
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY); /* a read ends when a ticket has come */
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, take_session);
    return context;
}

unsigned long clients_run(const clients_options *options)
{
    static device devices[AT_A_TIME_MAX];
    unsigned long count = 0;
    SSL_CTX *context = make_context(options);
    for (unsigned i = 0; i < options->at_a_time; i++) {
        devices[i] = (device){.options = options, .context = context, .number = i};
        pthread_create(&devices[i].thread, NULL, come_and_go, &devices[i]);
    }
    for (unsigned i = 0; i < options->at_a_time; i++) {
        pthread_join(devices[i].thread, NULL);
        count += devices[i].count;
        SSL_SESSION_free(devices[i].session);
    }
    SSL_CTX_free(context);
    return count;
}
