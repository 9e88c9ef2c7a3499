/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway_bare.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64 };

static int believe(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static SSL_CTX *make_context(const char *certificate, const char *key)
{
    int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, believe, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    if (context == NULL || SSL_CTX_set1_groups(context, groups, 3) != 1 ||
        SSL_CTX_set_session_id_context(context, (const unsigned char *)"bare", 4) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        exit(1);
    }
    return context;
}

static void welcome(int loop, int listener, SSL_CTX *context)
{
    int yes = 1;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_accept_state(ssl);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = ssl};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

/* The handshake as far as it goes; after it, until the peer is gone. */
static void step(SSL *ssl)
{
    uint8_t bytes[4096];
    size_t len = 0;
    int result = SSL_is_init_finished(ssl) ? 1 : SSL_do_handshake(ssl);
    if (result == 1) {
        result = SSL_read_ex(ssl, bytes, sizeof(bytes), &len);
    }
    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) {
        int fd = SSL_get_fd(ssl);
        SSL_free(ssl);
        close(fd);
    }
}

void bare_serve(int listener, const char *certificate, const char *key)
{
    struct epoll_event events[EVENTS];
    struct epoll_event arrival = {.events = EPOLLIN, .data.ptr = NULL};
    SSL_CTX *context = make_context(certificate, key);
    int loop = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &arrival);
    for (;;) {
        int count = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                welcome(loop, listener, context);
            } else {
                step(events[i].data.ptr);
            }
        }
    }
}
