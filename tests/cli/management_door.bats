#!/usr/bin/env bats
# What the management API tells of the door: who was refused, what happens as it happens, and the
# web page's files. The registry is a file, or a database on a server where
# $NAMEPLATE_TEST_POSTGRES names one.
load management

# A signer, and a device of his.
make_device() {
    nameplate signer create acme --years 5
    nameplate device create N1 --signer-cert acme.cert --signer-key acme.key
    cat N1.cert acme.cert >N1.chain
} >/dev/null

# At the door, whose address `start` has left in the log.
knock() {
    local door
    door=$(events | jq -r 'select(.event == "listening").text' | head -n 1)
    curl -sS --cacert server.pem --cert N1.chain --key N1.key "https://$door/v1/me" 2>&1
}

refusal_of_n1() {
    fingerprint=$(openssl x509 -in N1.cert -outform der | sha256sum | cut -d ' ' -f 1)
    api "$root" GET "/v1/refusals?limit=1000" |
        jq -e ".refusals[] | select(.fingerprint == \"$fingerprint\")"
}

@test "refusals are listed a page at a time, and one of them has its chain" {
    make_device
    token root admin
    token mine view --org "$org"
    configure
    start
    knock | grep -q alert
    until_true refusal_of_n1
    id=$(refusal_of_n1 | jq .id)
    refusal_of_n1 | jq -e '[.reason == "unknown_ca", .remedy.name == "register_ca",
        .identifier == "N1", has("chain") == false] | all'
    api "$root" GET "/v1/refusals/$id" | jq -j '.chain[].pem' | cmp - N1.chain
    status_is 200
    api "$root" GET "/v1/refusals/$id" | jq -e '[.chain[] | [.subject, .key, .is_ca]] ==
        [["CN=N1", "P-256", false], ["CN=Signer", "P-256", true]]'
    # whose it is nobody knows, so that a token of one organisation does not see it
    api "$mine" GET "/v1/refusals/$id" >/dev/null
    status_is 404
    api "$mine" GET /v1/refusals | jq -e '.refusals == []'
    for wrong in 0 999999 x 1x 99999999999999999999; do
        api "$root" GET "/v1/refusals/$wrong" | jq -e '.error.code == "not_found"'
    done
    nameplate registry ca add acme.cert --org "$org" --trusted >/dev/null
    knock | grep -q alert
    is_known() {
        api "$mine" GET /v1/refusals | jq -e '.refusals[0].reason == "device_not_registered"'
    }
    until_true is_known
    # two rows, one a page
    page=$(api "$root" GET "/v1/refusals?limit=1")
    next=$(api "$root" GET "/v1/refusals?limit=1&after=$(jq -r .next <<<"$page")")
    [ "$(jq -r '.refusals | length' <<<"$page$next" | xargs)" = "1 1" ]
    [ "$(jq .refusals[0].id <<<"$page")" != "$(jq .refusals[0].id <<<"$next")" ]
    api "$root" GET "/v1/refusals?reason=unknown_ca&org=nobody" | jq -e '.refusals == []'
    api "$root" GET "/v1/refusals?after=x" >/dev/null
    status_is 400
    stop
}

# follow TOKEN FILE [QUERY]: the events of a stream into the file, until it is told to end
follow() {
    curl -sSN -H "Authorization: Bearer $1" "$base/v1/events$3" >"$2" 2>/dev/null 3>&- &
    echo $! >"$2.pid"
}

# tells FILE EVENT FILTER
tells() {
    grep -A 2 "^event: $2$" "$1" | sed -n "s/^data: //p" | jq -c "select($3)" | grep .
}

@test "events tell of refusals, arrivals and changes, and go on behind an id" {
    make_device
    token root admin
    token mine view --org "$org"
    configure
    start
    follow "$root" all
    follow "$mine" own
    until_true tells all hello true
    until_true tells own hello true
    knock | grep -q alert
    until_true tells all refusal '.identifier == "N1" and .reason == "unknown_ca"'
    nameplate registry ca add acme.cert --org "$org" --trusted --jitp product=t >/dev/null
    until_true tells all change ".what == \"ca add\" and .org == \"$org\""
    knock | jq -e '.reason == "jitp_created"'
    for file in all own; do
        until_true tells $file arrival ".identifier == \"N1\" and .org == \"$org\" and
            .reason == \"jitp_created\" and (.peer | startswith(\"127.0.0.1:\"))"
        until_true tells $file change ".what == \"ca add\""
    done
    [ "$(tells own refusal true)" = "" ]
    # each once, whatever was looked back over
    [ "$(tells all change ".what == \"ca add\" and .org == \"$org\"" | jq -s length)" = 1 ]
    # behind the first event nothing is new before the refusal; behind the last nothing is
    follow "$root" again "?after=$(sed -n 's/^id: //p' all | head -n 1)"
    until_true tells again arrival '.identifier == "N1"'
    until_true tells again refusal '.identifier == "N1"'
    api "$root" GET "/v1/events?after=1.2" | jq -e '.error.code == "bad_request"'
    status_is 400
    api x GET /v1/events >/dev/null
    status_is 401
    # a stream does not hold the end up
    stop
}

@test "the page is served to anybody, and binds itself by its policy" {
    configure
    start
    for file in '' index.html style.css icon.svg app.js api.js; do
        curl -sS -D head -o body "$base/$file"
        grep -q '^HTTP/1.1 200' head
        cmp body "$NAMEPLATE_PAGE/${file:-index.html}"
    done
    grep -qi '^content-type: text/javascript' head
    policy=$(grep -i '^content-security-policy:' head)
    for part in "default-src 'none'" "script-src 'self'" "connect-src 'self'" \
        "frame-ancestors 'none'" "base-uri 'none'" "require-trusted-types-for 'script'"; do
        [[ $policy = *"$part"* ]]
    done
    [[ $policy != *unsafe* ]]
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "$base/nothing.js")" = 404 ]
    [ "$(curl -sS -o /dev/null -w '%{http_code}' --path-as-is "$base/../index.html")" = 404 ]
    # every module that one of them names is there
    while read -r name; do
        [ "$(curl -sS -o /dev/null -w '%{http_code}' "$base/$name")" = 200 ]
    done < <(sed -n 's/.*from "\.\/\(.*\)".*/\1/p' "$NAMEPLATE_PAGE"/*.js | sort -u)
    stop
}
