/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/guard.h"

#include "base/bytes.h"
#include "crypto/hash.h"
#include <netinet/in.h>
#include <string.h>

enum { SECONDS_PER_MINUTE = 60, NETWORK_BYTES = 8 /* of IPv6: whoever has one address has many */ };

static size_t place_of(const struct sockaddr_storage *peer)
{
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t address[NETWORK_BYTES] = {0};
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    if (peer != NULL && peer->ss_family == AF_INET) {
        memcpy(&four, peer, sizeof(four));
        memcpy(address, &four.sin_addr, sizeof(four.sin_addr));
    } else if (peer != NULL && peer->ss_family == AF_INET6) {
        memcpy(&six, peer, sizeof(six));
        memcpy(address, &six.sin6_addr, sizeof(address));
    }
    np_sha256(NP_BYTES(address), digest);
    return (size_t)(digest[0] << 8 | digest[1]) % MANAGE_GUARD_PLACES;
}

bool manage_guard_is_closed(const manage_guard *guard, const struct sockaddr_storage *peer,
                            int64_t now)
{
    size_t place = place_of(peer);
    return guard->places[place].minute == now / SECONDS_PER_MINUTE &&
           guard->places[place].wrong >= MANAGE_GUARD_WRONG_MAX;
}

void manage_guard_count(manage_guard *guard, const struct sockaddr_storage *peer, int64_t now)
{
    size_t place = place_of(peer);
    if (guard->places[place].minute != now / SECONDS_PER_MINUTE) {
        guard->places[place].minute = now / SECONDS_PER_MINUTE;
        guard->places[place].wrong = 0;
    }
    guard->places[place].wrong++;
}
