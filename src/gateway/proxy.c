/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/proxy.h"

#include <netinet/in.h>

enum {
    VERSION_AND_PROXY = 0x21,
    TCP4 = 0x11,
    TCP6 = 0x21,
    UNSPECIFIED = 0x00,
    TLV_UNIQUE_ID = 0x05,
    TLV_TLS = 0x20,
    TLV_TLS_VERSION = 0x21,
    TLV_TLS_CN = 0x22,
    TLV_LEAF = 0xe0,
    TLV_ORG = 0xe1,
    TLV_IDENTIFIER = 0xe2,
    CLIENT_TLS = 0x01,
    CLIENT_CERTIFICATE_NOW = 0x02,     /* in this connection */
    CLIENT_CERTIFICATE_SESSION = 0x04, /* at least once in the session */
    TLV_HEAD = 3,
    TLS_HEAD = 5, /* client, and four bytes: 0 for verified */
};

static void write_tlv(np_writer *writer, uint8_t type, np_bytes value)
{
    np_write_u8(writer, type);
    np_write_u16_be(writer, (uint16_t)value.len);
    np_write_bytes(writer, value);
}

static void write_four(np_writer *writer, const np_proxy *proxy)
{
    struct sockaddr_in from;
    struct sockaddr_in to;
    memcpy(&from, proxy->source, sizeof(from));
    memcpy(&to, proxy->destination, sizeof(to));
    np_write_bytes(writer, np_bytes_of(&from.sin_addr, sizeof(from.sin_addr)));
    np_write_bytes(writer, np_bytes_of(&to.sin_addr, sizeof(to.sin_addr)));
    np_write_u16_be(writer, ntohs(from.sin_port));
    np_write_u16_be(writer, ntohs(to.sin_port));
}

static void write_six(np_writer *writer, const np_proxy *proxy)
{
    struct sockaddr_in6 from;
    struct sockaddr_in6 to;
    memcpy(&from, proxy->source, sizeof(from));
    memcpy(&to, proxy->destination, sizeof(to));
    np_write_bytes(writer, np_bytes_of(&from.sin6_addr, sizeof(from.sin6_addr)));
    np_write_bytes(writer, np_bytes_of(&to.sin6_addr, sizeof(to.sin6_addr)));
    np_write_u16_be(writer, ntohs(from.sin6_port));
    np_write_u16_be(writer, ntohs(to.sin6_port));
}

static uint8_t family_of(const np_proxy *proxy)
{
    if (proxy->source->ss_family != proxy->destination->ss_family) {
        return UNSPECIFIED;
    }
    return proxy->source->ss_family == AF_INET    ? TCP4
           : proxy->source->ss_family == AF_INET6 ? TCP6
                                                  : UNSPECIFIED;
}

static void write_unique_id(np_writer *writer, const np_proxy *proxy)
{
    uint8_t bytes[NP_PROXY_UNIQUE_ID_MAX];
    np_writer id = np_writer_of(bytes, sizeof(bytes));
    np_write_bytes(&id, proxy->org);
    np_write_u8(&id, '/');
    np_write_bytes(&id, proxy->identifier);
    if (np_writer_has_room(&id)) {
        write_tlv(writer, TLV_UNIQUE_ID, np_writer_bytes(&id));
    }
}

static void write_tls(np_writer *writer, const np_proxy *proxy)
{
    np_bytes version = np_bytes_text(proxy->tls_version);
    int certificate = proxy->leaf == NULL ? 0
                      : proxy->is_resumed ? CLIENT_CERTIFICATE_SESSION
                                          : CLIENT_CERTIFICATE_SESSION | CLIENT_CERTIFICATE_NOW;
    size_t cn_len = proxy->common_name.len == 0 ? 0 : TLV_HEAD + proxy->common_name.len;
    np_write_u8(writer, TLV_TLS);
    np_write_u16_be(writer, (uint16_t)(TLS_HEAD + TLV_HEAD + version.len + cn_len));
    np_write_u8(writer, (uint8_t)(CLIENT_TLS | certificate));
    np_write_u32_be(writer, proxy->leaf == NULL ? 1 : 0);
    write_tlv(writer, TLV_TLS_VERSION, version);
    if (cn_len > 0) {
        write_tlv(writer, TLV_TLS_CN, proxy->common_name);
    }
}

void np_proxy_write(const np_proxy *proxy, np_writer *writer)
{
    static const uint8_t signature[] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                        '\n', 'Q',  'U',  'I',  'T', '\n'};
    uint8_t bytes[NP_PROXY_MAX];
    np_writer rest = np_writer_of(bytes, sizeof(bytes));
    uint8_t family = family_of(proxy);
    if (family == TCP4) {
        write_four(&rest, proxy);
    } else if (family == TCP6) {
        write_six(&rest, proxy);
    }
    write_unique_id(&rest, proxy);
    write_tls(&rest, proxy);
    if (proxy->leaf != NULL) {
        write_tlv(&rest, TLV_LEAF, np_bytes_of(proxy->leaf, NP_FINGERPRINT_BYTES));
    }
    write_tlv(&rest, TLV_ORG, proxy->org);
    write_tlv(&rest, TLV_IDENTIFIER, proxy->identifier);
    np_bytes tail = np_writer_bytes(&rest);
    np_write_bytes(writer, NP_BYTES(signature));
    np_write_u8(writer, VERSION_AND_PROXY);
    np_write_u8(writer, family);
    np_write_u16_be(writer, (uint16_t)tail.len);
    np_write_bytes(writer, tail);
}
