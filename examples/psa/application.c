/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product: signs and verifies with both keys, and logs in to a server with the second.
 *     application STORE URI                             signs, verifies
 *     application STORE URI HOST PORT CA.PEM CERT.PEM   logs in by TLS
 */
#include "device.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_SIZE = 32, SIGNATURE_SIZE = 64 };

static psa_status_t sign_and_verify(psa_key_id_t id)
{
    uint8_t hash[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    size_t len = 0;
    const psa_algorithm_t algorithm = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
    psa_status_t status = psa_generate_random(hash, sizeof(hash));
    if (status == PSA_SUCCESS) {
        status =
            psa_sign_hash(id, algorithm, hash, sizeof(hash), signature, sizeof(signature), &len);
    }
    if (status == PSA_SUCCESS) {
        status = psa_verify_hash(id, algorithm, hash, sizeof(hash), signature, len);
    }
    if (status == PSA_SUCCESS) {
        hash[0] ^= 1;
        psa_status_t other = psa_verify_hash(id, algorithm, hash, sizeof(hash), signature, len);
        status = other == PSA_ERROR_INVALID_SIGNATURE ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
    }
    return status;
}

/*
 * In TLS 1.2 Mbed TLS signs with the hash of the cipher suite, and the chip signs 32 bytes: only
 * suites with SHA-256 work. In TLS 1.3, which 2.28 does not have, the curve of the key says the
 * hash, whatever the suite.
 */
static const int suites[] = {
#ifdef MBEDTLS_TLS1_3_AES_128_GCM_SHA256
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

typedef struct login {
    mbedtls_net_context net;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_x509_crt ca;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
} login;

static int draw(void *self, unsigned char *ret, size_t size)
{
    (void)self;
    return psa_generate_random(ret, size) == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int configure(login *self, char **files)
{
    int result = mbedtls_x509_crt_parse_file(&self->ca, files[0]);
    result = result == 0 ? mbedtls_x509_crt_parse_file(&self->certificate, files[1]) : result;
    result = result == 0 ? mbedtls_pk_setup_opaque(&self->key, APPLICATION_KEY) : result;
    result = result == 0 ? mbedtls_ssl_config_defaults(&self->config, MBEDTLS_SSL_IS_CLIENT,
                                                       MBEDTLS_SSL_TRANSPORT_STREAM,
                                                       MBEDTLS_SSL_PRESET_DEFAULT)
                         : result;
    if (result != 0) {
        return result;
    }
    mbedtls_ssl_conf_rng(&self->config, draw, NULL);
    mbedtls_ssl_conf_ca_chain(&self->config, &self->ca, NULL);
    mbedtls_ssl_conf_ciphersuites(&self->config, suites);
    result = mbedtls_ssl_conf_own_cert(&self->config, &self->certificate, &self->key);
    result = result == 0 ? mbedtls_ssl_setup(&self->ssl, &self->config) : result;
    return result == 0 ? mbedtls_ssl_set_hostname(&self->ssl, "localhost") : result;
}

static int talk(login *self, const char *host, const char *port)
{
    static const unsigned char hello[] = "hello from the chip\n";
    int result = mbedtls_net_connect(&self->net, host, port, MBEDTLS_NET_PROTO_TCP);
    if (result != 0) {
        return result;
    }
    mbedtls_ssl_set_bio(&self->ssl, &self->net, mbedtls_net_send, mbedtls_net_recv, NULL);
    do {
        result = mbedtls_ssl_handshake(&self->ssl);
    } while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
    if (result == 0) {
        printf("%s, %s\n", mbedtls_ssl_get_version(&self->ssl),
               mbedtls_ssl_get_ciphersuite(&self->ssl));
        result = mbedtls_ssl_write(&self->ssl, hello, sizeof(hello) - 1) > 0 ? 0 : -1;
        mbedtls_ssl_close_notify(&self->ssl);
    }
    return result;
}

static int log_in(char **words)
{
    login self;
    memset(&self, 0, sizeof(self));
    mbedtls_net_init(&self.net);
    mbedtls_ssl_init(&self.ssl);
    mbedtls_ssl_config_init(&self.config);
    mbedtls_x509_crt_init(&self.ca);
    mbedtls_x509_crt_init(&self.certificate);
    mbedtls_pk_init(&self.key);
    int result = configure(&self, words + 2);
    result = result == 0 ? talk(&self, words[0], words[1]) : result;
    mbedtls_pk_free(&self.key);
    mbedtls_x509_crt_free(&self.certificate);
    mbedtls_x509_crt_free(&self.ca);
    mbedtls_ssl_config_free(&self.config);
    mbedtls_ssl_free(&self.ssl);
    mbedtls_net_free(&self.net);
    return result;
}

int main(int argc, char **argv)
{
    device self;
    if (argc != 3 && argc != 7) {
        fprintf(stderr, "usage: application STORE URI [HOST PORT CA.PEM CERT.PEM]\n");
        return EXIT_FAILURE;
    }
    bool is_good =
        device_start(&self, argv[1], argv[2]) &&
        device_report("Signing with the factory's key", sign_and_verify(IDENTITY_KEY)) &&
        device_report("Signing with the generated key", sign_and_verify(APPLICATION_KEY));
    if (is_good && argc == 7) {
        is_good = device_report("Logging in", log_in(argv + 3));
    }
    device_stop(&self);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
