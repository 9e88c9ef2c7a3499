/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/refusal_room.h"

#include "base/format.h"
#include "registry/fleet_internal.h"
#include "registry/refusals.h"
#include <arpa/inet.h>

enum { NETWORK_BYTES = 8 /* of an address of IPv6: /64 */ };

/* Without brackets and port; false when it has another form. */
static bool take_host(np_bytes peer, char ret[static NP_REFUSAL_SOURCE_SIZE])
{
    np_format(ret, NP_REFUSAL_SOURCE_SIZE, "%.*s", (int)peer.len, (const char *)peer.data);
    bool has_brackets = ret[0] == '[';
    char *end = has_brackets ? strchr(ret, ']') : strchr(ret, ':');
    bool is_alone = !has_brackets && end != NULL && strchr(end + 1, ':') != NULL;
    if (end != NULL && !is_alone) {
        *end = '\0';
    }
    memmove(ret, ret + (has_brackets ? 1 : 0), strlen(ret) + (has_brackets ? 0 : 1));
    return ret[0] != '\0';
}

void np_refusal_source(np_bytes peer, char ret[static NP_REFUSAL_SOURCE_SIZE])
{
    struct in6_addr address;
    if (take_host(peer, ret) && inet_pton(AF_INET6, ret, &address) == 1 &&
        !IN6_IS_ADDR_V4MAPPED(&address)) {
        memset(address.s6_addr + NETWORK_BYTES, 0, sizeof(address.s6_addr) - NETWORK_BYTES);
        (void)inet_ntop(AF_INET6, &address, ret, NP_REFUSAL_SOURCE_SIZE);
    }
}

#define OF_KIND "CASE WHEN org = '' THEN 1 ELSE 0 END = CAST($1 AS BIGINT)"

/*
 * Each row has its place among those of its organisation or address, the newest first: of whom
 * there are most, his last one is farthest behind.
 */
static np_code share(np_store *store, int64_t is_stranger, np_error *err)
{
    static const store_query count = {"SELECT count(*) FROM refusals WHERE " OF_KIND, 1};
    static const store_query remove = {
        "DELETE FROM refusals WHERE id IN (SELECT id FROM (SELECT id, seq, row_number() OVER"
        " (PARTITION BY org, source ORDER BY seq DESC) AS place FROM refusals WHERE " OF_KIND
        ") AS placed ORDER BY place DESC, seq LIMIT $2)",
        2};
    const store_value kind = store_integer(is_stranger);
    int64_t rows = 0;
    NP_TRY(store_select(store, &count, &kind, fleet_take_number, &rows, err));
    if (rows <= NP_REFUSALS_MAX) {
        return NP_OK;
    }
    const store_value values[] = {kind, store_integer(rows - NP_REFUSALS_MAX)};
    return store_run(store, &remove, values, 1, NULL, err);
}

np_code refusal_make_room(np_store *store, np_error *err)
{
    NP_TRY(share(store, 0, err));
    return share(store, 1, err);
}
