/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/tls.h"

#include "base/wipe.h"
#include "gateway/tls_internal.h"
#include "registry/admission.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

enum { ASKER_INDEX = 0 }; /* of SSL_get_ex_data: libssl keeps 0 for applications */

static void free_bio(BIO **bio)
{
    BIO_free(*bio);
}

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

/* DER of the chain as it was sent; all slices of one buffer. */
typedef struct chain_copy {
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    size_t count;
    uint8_t *heap[NP_ADMISSION_CHAIN_MAX];
} chain_copy;

static void clear_chain(chain_copy *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        OPENSSL_free(chain->heap[i]);
    }
}

/* libssl has kept the bytes as they came: nothing is encoded again. */
static bool add_to_chain(chain_copy *chain, X509 *certificate)
{
    uint8_t *der = NULL;
    int len = chain->count == NP_COUNT_OF(chain->parts) ? -1 : i2d_X509(certificate, &der);
    if (len <= 0) {
        return false;
    }
    chain->heap[chain->count] = der;
    chain->parts[chain->count++] = np_bytes_of(der, (size_t)len);
    return true;
}

static bool ask(SSL *ssl, const chain_copy *chain, int *ret_error)
{
    const gateway_tls_asker *asker = SSL_get_ex_data(ssl, ASKER_INDEX);
    return asker->is_welcome(asker->self, chain->parts, chain->count, ret_error);
}

/* In place of libssl's own validation. A chain that is too long is not looked at to its end. */
static int judge_chain(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    int error = X509_V_ERR_UNSPECIFIED;
    NP_CLEANUP(clear_chain) chain_copy chain = {0};
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    for (int i = 0; i < sk_X509_num(sent); i++) {
        if (!add_to_chain(&chain, sk_X509_value(sent, i))) {
            break;
        }
    }
    bool is_welcome = chain.count > 0 && ask(ssl, &chain, &error);
    X509_STORE_CTX_set_error(store, is_welcome ? X509_V_OK : error);
    return is_welcome ? 1 : 0;
}

/* A session is resumed only for a device that would come in with its certificate now. */
static SSL_TICKET_RETURN judge_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                      size_t name_len, SSL_TICKET_STATUS status, void *unused)
{
    (void)name;
    (void)name_len;
    (void)unused;
    int error = 0;
    NP_CLEANUP(clear_chain) chain_copy chain = {0};
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    X509 *leaf = SSL_SESSION_get0_peer(session);
    bool is_welcome = leaf != NULL && add_to_chain(&chain, leaf) && ask(ssl, &chain, &error);
    if (!is_welcome) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    /* In 1.3 libssl says that each is to be renewed, in 1.2 none: its ticket lasts its time. */
    return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

static int accept_ticket_making(SSL *ssl, void *unused)
{
    (void)ssl;
    (void)unused;
    return 1;
}

static np_code refuse_input(np_error *err, const char *what)
{
    ERR_clear_error();
    return np_error_set(err, NP_EINPUT_FORMAT, "the server's %s cannot be read", what);
}

static BIO *open_bytes(np_bytes bytes)
{
    return bytes.len > INT_MAX ? NULL : BIO_new_mem_buf(bytes.data, (int)bytes.len);
}

static np_code use_certificates(SSL_CTX *context, np_bytes pem, np_error *err)
{
    NP_CLEANUP(free_bio) BIO *bio = open_bytes(pem);
    NP_CLEANUP(free_certificate)
    X509 *own = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (own == NULL || SSL_CTX_use_certificate(context, own) != 1) {
        return refuse_input(err, "certificate");
    }
    for (;;) {
        X509 *issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (issuer == NULL) {
            ERR_clear_error();
            return NP_OK;
        }
        if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
            X509_free(issuer);
            return refuse_input(err, "certificate chain");
        }
    }
}

/* An encrypted key would be asked for on a terminal, which a server does not have. */
static int give_no_passphrase(char *buffer, int size, int is_writing, void *self)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)self;
    return -1;
}

static np_code use_key(SSL_CTX *context, np_bytes pem, np_error *err)
{
    NP_CLEANUP(free_bio) BIO *bio = open_bytes(pem);
    NP_CLEANUP(free_key)
    EVP_PKEY *key =
        bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, give_no_passphrase, NULL);
    if (key == NULL) {
        return refuse_input(err, "key");
    }
    if (SSL_CTX_use_PrivateKey(context, key) != 1 || SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        return np_error_set(err, NP_EINPUT_KEY, "the server's key is not that of its certificate");
    }
    return NP_OK;
}

static bool set_resumption(SSL_CTX *context, const uint8_t *ticket_keys)
{
    static const unsigned char name[] = "nameplate";
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, NP_TLS_TICKET_LIFETIME_S);
    if (ticket_keys == NULL) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        return SSL_CTX_set_num_tickets(context, 0) == 1;
    }
    uint8_t keys[NP_TLS_TICKET_KEYS_SIZE];
    memcpy(keys, ticket_keys, sizeof(keys)); /* libssl's macro wants them not const */
    bool is_set = SSL_CTX_set_tlsext_ticket_keys(context, keys, sizeof(keys)) == 1;
    np_wipe(keys, sizeof(keys));
    return is_set && SSL_CTX_set_num_tickets(context, 1) == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1) == 1 &&
           SSL_CTX_set_session_ticket_cb(context, accept_ticket_making, judge_ticket, NULL) == 1;
}

static bool set_manners(SSL_CTX *context, const np_gateway_tls_options *options)
{
    /* P-256 must be among them: in 1.2 a client's certificate is of a group that was offered. */
    int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};
    int verify = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE |
                 (options->allows_no_certificate ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    if (!options->asks_nobody) {
        SSL_CTX_set_verify(context, verify, NULL);
        SSL_CTX_set_cert_verify_callback(context, judge_chain, NULL);
        SSL_CTX_set_mode(context, SSL_MODE_ASYNC); /* for the verdict that is waited for */
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    /* else each record takes two calls of the system, and a device's flight has five of them */
    SSL_CTX_set_read_ahead(context, 1);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set1_groups(context, groups, NP_COUNT_OF(groups)) == 1 &&
           set_resumption(context, options->ticket_keys);
}

np_code np_gateway_tls_create(const np_gateway_tls_options *options, np_gateway_tls **ret,
                              np_error *err)
{
    np_gateway_tls *tls = calloc(1, sizeof(*tls));
    *ret = NULL;
    if (tls == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    tls->context = SSL_CTX_new(TLS_server_method());
    np_code code = NP_OK;
    if (tls->context == NULL || !set_manners(tls->context, options)) {
        ERR_clear_error();
        code = np_error_set(err, NP_ESTATION_CRYPTO, "libssl gives no context for a server");
    }
    code = code != NP_OK ? code : use_certificates(tls->context, options->certificate_pem, err);
    code = code != NP_OK ? code : use_key(tls->context, options->key_pem, err);
    if (code != NP_OK) {
        np_gateway_tls_free(tls);
        return code;
    }
    *ret = tls;
    return NP_OK;
}

void np_gateway_tls_free(np_gateway_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

SSL *gateway_tls_begin(const np_gateway_tls *tls, int fd, const gateway_tls_asker *asker)
{
    union {
        const gateway_tls_asker *read;
        void *kept;
    } pointer = {.read = asker};
    SSL *ssl = SSL_new(tls->context);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
        SSL_set_ex_data(ssl, ASKER_INDEX, pointer.kept) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}
