/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/address.h"

#include "base/format.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>

static bool parse_port(const char *text, in_port_t *ret)
{
    char *end = NULL;
    unsigned long port = strtoul(text, &end, 10);
    *ret = htons((uint16_t)port);
    return *text >= '0' && *text <= '9' && *end == '\0' && port <= UINT16_MAX;
}

static bool parse_unix(const char *path, np_address *ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, path, len + 1);
    memcpy(&ret->storage, &address, sizeof(address));
    ret->len = sizeof(address);
    return true;
}

static bool parse_four(const char *host, const char *port, np_address *ret)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || !parse_port(port, &address.sin_port)) {
        return false;
    }
    memcpy(&ret->storage, &address, sizeof(address));
    ret->len = sizeof(address);
    return true;
}

/* With its brackets. */
static bool parse_six(char *host, const char *port, np_address *ret)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    size_t len = strlen(host);
    if (len < 2 || host[len - 1] != ']') {
        return false;
    }
    host[len - 1] = '\0';
    if (inet_pton(AF_INET6, host + 1, &address.sin6_addr) != 1 ||
        !parse_port(port, &address.sin6_port)) {
        return false;
    }
    memcpy(&ret->storage, &address, sizeof(address));
    ret->len = sizeof(address);
    return true;
}

bool np_address_parse(const char *text, np_address *ret)
{
    char host[NP_ADDRESS_TEXT_SIZE];
    *ret = (np_address){0};
    if (strncmp(text, "unix:", 5) == 0) {
        return parse_unix(text + 5, ret);
    }
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof(host)) {
        return false;
    }
    np_format(host, sizeof(host), "%.*s", (int)(colon - text), text);
    return host[0] == '[' ? parse_six(host, colon + 1, ret) : parse_four(host, colon + 1, ret);
}

void np_address_format(const struct sockaddr_storage *storage, char ret[NP_ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un local;
    memcpy(&four, storage, sizeof(four));
    memcpy(&six, storage, sizeof(six));
    memcpy(&local, storage, sizeof(local));
    switch (storage->ss_family) {
    case AF_INET:
        inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
        np_format(ret, NP_ADDRESS_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(four.sin_port));
        return;
    case AF_INET6:
        inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
        np_format(ret, NP_ADDRESS_TEXT_SIZE, "[%s]:%u", host, (unsigned)ntohs(six.sin6_port));
        return;
    case AF_UNIX:
        np_format(ret, NP_ADDRESS_TEXT_SIZE, "unix:%s", local.sun_path);
        return;
    default:
        np_format(ret, NP_ADDRESS_TEXT_SIZE, "unknown");
    }
}

bool np_address_is_local(const np_address *address)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    memcpy(&four, &address->storage, sizeof(four));
    memcpy(&six, &address->storage, sizeof(six));
    switch (address->storage.ss_family) {
    case AF_UNIX:
        return true;
    case AF_INET:
        return ntohl(four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    case AF_INET6:
        return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
    default:
        return false;
    }
}
