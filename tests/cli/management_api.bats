#!/usr/bin/env bats
# shellcheck disable=SC2016 # variables of jq
# What the management API does, by curl: CAs, devices, firmware keys and uploads, changes. The
# registry is a file, or a database on a server where $NAMEPLATE_TEST_POSTGRES names one.
load management

# A signer of this test's organisation, and one of his devices.
make_signer() {
    nameplate signer create acme --years 5
    nameplate device create N1 --signer-cert acme.cert --signer-key acme.key
} >/dev/null

@test "a CA is added with a proof, shown with expiry and last use, and removed" {
    make_signer
    token root admin
    token worker manage --org "$org"
    configure
    start
    json "$worker" POST "/v1/challenges/$org" "{\"certificate\": $(certificate acme.cert)}"
    status_is 201
    nameplate signer prove "$(jq -r .challenge body)" --signer-cert acme.cert \
        --signer-key acme.key --out proof.pem
    body="{\"certificate\": $(certificate acme.cert), \"proof\": $(certificate proof.pem),
        \"product\": \"tracker\", \"tags\": [\"a\", \"ä\"], \"create_limit\": 5}"
    json "$worker" POST "/v1/authorities/$org" "$body"
    status_is 201
    fingerprint=$(openssl x509 -in acme.cert -outform der | sha256sum | cut -d ' ' -f 1)
    is '.fingerprint == $f and .org == $o and .tags == ["a", "ä"] and .last_used == null' \
        --arg f "$fingerprint" --arg o "$org"
    json "$worker" POST "/v1/authorities/$org" "$body"
    status_is 409
    is '.error.code == "conflict" and (.error.message | test("used already"))'
    json "$worker" POST "/v1/authorities/$org" "{\"certificate\": $(certificate acme.cert)}"
    status_is 403
    address=$(events | jq -r 'select(.event == "listening").text')
    curl -sS --cacert server.pem --cert N1.cert --key N1.key "https://$address/v1/me" | grep -q N1
    api "$worker" GET "/v1/authorities/$org/$fingerprint"
    is '.last_used != null and .created == 1'
    not_after=$(date -u -d "$(openssl x509 -in acme.cert -noout -enddate | cut -d = -f 2)" +%FT%TZ)
    is '.not_after == $t' --arg t "$not_after"
    api "$worker" GET "/v1/devices/$org/N1"
    is '.product == "tracker" and .tags == ["a", "ä"] and (.credentials | length) == 1'
    cmp <(jq -r '.credentials[0].pem' body | openssl x509 -outform der) \
        <(openssl x509 -in N1.cert -outform der)
    for _ in 1 2; do
        api "$root" DELETE "/v1/authorities/$org/$fingerprint"
        status_is 204
    done
    api "$root" GET "/v1/authorities/$org/$fingerprint"
    status_is 404
    json "$root" POST "/v1/authorities/$org" "{\"certificate\": $(certificate acme.cert)}"
    status_is 201
    api "$worker" GET /v1/authorities
    is '[.authorities[].fingerprint] == [$f] and .next == null' --arg f "$fingerprint"
    api "$root" GET "/v1/changes?org=$org&limit=1000"
    is '[.changes[] | select(.who == $r or .who == $w) | .what] ==
        ["ca add", "ca remove", "ca add"]' --arg r "root$n" --arg w "worker$n"
    stop
}

@test "what owners do to a device is done, and written down with the token's name" {
    token root admin
    configure
    start
    json "$root" POST "/v1/devices/$org" '{"identifier": "a/ä %1", "product": "p"}'
    status_is 201
    path=/v1/devices/$org/a%2F%C3%A4%20%251
    api "$root" GET "$path"
    is '.identifier == "a/ä %1" and .state == "active"'
    for step in block:blocked block:blocked unblock:active delete:deleted unblock:active; do
        json "$root" POST "$path/${step%:*}" '{}'
        status_is 200
        is '.state == $s' --arg s "${step#*:}"
    done
    json "$root" POST "$path/rekey-window" '{"until": "2030-01-02T03:04:05Z"}'
    is '.rekey_until == "2030-01-02T03:04:05Z"'
    json "$root" POST "$path/rekey-window" '{"until": null}'
    is '.rekey_until == null'
    json "$root" POST "$path/move" "{\"to\": \"other$n\"}"
    is '.org == $o' --arg o "other$n"
    api "$root" GET "$path"
    status_is 404
    json "$root" POST "$path/block" '{}'
    status_is 404
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | select(.subject == "a/ä %1") | .who] | unique == [$w]' --arg w "root$n"
    is '[.changes[].what] == ["device add", "device block", "device block", "device unblock",
        "device delete", "device unblock", "device rekey-window", "device rekey-window",
        "device move"]'
    api "$root" GET "/v1/changes?org=$org&order=newest&limit=2"
    is '[.changes[].what] == ["device move", "device rekey-window"] and .next != null'
    api "$root" GET "/v1/changes?org=$org&order=newest&limit=2&after=$(jq -r .next body)"
    is '[.changes[].what] == ["device rekey-window", "device unblock"]'
    json "$root" POST "/v1/devices/$org" '{"identifier": "another"}'
    api "$root" GET "/v1/changes?org=$org&order=newest&subject=a%2F%C3%A4%20%251"
    is '[.changes[].subject] | length == 9 and unique == ["a/ä %1"]'
    api "$root" GET "/v1/changes?order=random"
    status_is 400
    is '.error.message | test("oldest or newest")'
    stop
}

@test "a body that is not what is asked for is refused by name, and so is a wrong path" {
    token root admin
    configure 'upload_mb = 1'
    start
    path=/v1/devices/$org
    for row in '400 bad_request {' '400 bad_request []' '400 bad_request {"identifier":1}' \
        '400 bad_request {}' '400 bad_request {"identifier":"a","x":1}' \
        '400 bad_request {"identifier":"a","tags":"t"}' '400 bad_request {"identifier":"a\u0001"}' \
        '400 bad_request {"identifier":"a","identifier":"b"}' \
        '400 bad_request {"identifier":"a\u0000b"}' '422 unprocessable {"identifier":""}'; do
        read -r status code body <<<"$row"
        json "$root" POST "$path" "$body"
        status_is "$status"
        is '.error.code == $c and (.error.message | length > 10)' --arg c "$code"
    done
    head -c 1048577 /dev/zero >large
    api "$root" POST "$path" --data-binary @large
    status_is 413
    truncate -s 1000000 large
    api "$root" POST "/v1/firmware/$org?product=p" --data-binary @large -H 'Expect:'
    status_is 404 # no key
    truncate -s 1000001 large
    api "$root" POST "/v1/firmware/$org?product=p" --data-binary @large -H 'Expect:'
    status_is 413
    api "$root" POST "$path" -T - -H 'Transfer-Encoding: chunked' <large
    status_is 411
    api "$root" POST "$path"
    status_is 411
    api "$root" GET /v1/devices/a%00/b
    status_is 400
    api "$root" GET /v1/devices/%ff/b
    status_is 400
    for query in limit=0 limit=1001 limit=x after=x state=x prefix=%zz limit=; do
        api "$root" GET "/v1/devices?$query"
        status_is 400
    done
    api "$root" GET /v1/organisations -H "A: $(printf '%16384s' '')b"
    status_is 431
    stop
}

@test "many devices are paged through, searched, and seen by their organisations alone" {
    token root admin
    token mine view --org "$org"
    configure
    start
    for i in {01..23}; do
        nameplate registry device add "D$i" --org "$org"
        nameplate registry device add "D$i" --org "$org-z"
    done >/dev/null
    json "$root" POST "/v1/devices/$org/D07/block" '{}' >/dev/null
    : >seen
    after=
    pages=0
    while true; do
        api "$mine" GET "/v1/devices?limit=5&after=$after" >/dev/null
        jq -r '.devices[] | .org + " " + .identifier' body >>seen
        pages=$((pages + 1))
        after=$(jq -r '.next // empty | @uri' body)
        [ -n "$after" ] || break
    done
    [ "$pages" = 5 ]
    cmp seen <(printf "$org D%s\n" {01..23})
    api "$root" GET "/v1/devices?limit=1000" >/dev/null
    is '[.devices[] | select(.org == $a or .org == $b)] | length == 46' --arg a "$org" \
        --arg b "$org-z"
    api "$root" GET "/v1/devices?limit=20&after=$org%2FD10" >/dev/null
    is '[.devices[] | .org + .identifier] | .[0] == $a and .[13] == $b' --arg a "${org}D11" \
        --arg b "$org-zD01"
    api "$root" GET "/v1/devices?org=$org&state=blocked" >/dev/null
    is '[.devices[].identifier] == ["D07"]'
    api "$mine" GET "/v1/devices?prefix=D1" >/dev/null
    is '.devices | length == 10'
    api "$mine" GET "/v1/devices?prefix=D1%25" >/dev/null
    is '.devices == []'
    api "$mine" GET "/v1/devices?org=$org-z"
    status_is 403
    api "$mine" GET "/v1/devices/$org-z/D01"
    status_is 403
    stop
}

@test "firmware keys have states, and archives are judged as by the command" {
    vectors=$NAMEPLATE_VECTORS/fwup
    token root admin
    token ci manage --org "$org"
    configure
    start
    key=$(jq -Rs . "$vectors/keys/k1.pub")
    for _ in 1 2; do
        json "$root" PUT "/v1/firmware-keys/$org/prod" "{\"key\": $key}"
        status_is 200
        is '.name == "prod" and .state == "active"'
    done
    json "$root" PUT "/v1/firmware-keys/$org/prod" "{\"key\": $(jq -Rs . "$vectors/keys/k2.pub")}"
    status_is 409
    json "$root" PUT "/v1/firmware-keys/$org/bad" '{"key": "AAAA"}'
    status_is 422
    product=$(nameplate firmware info "$vectors/fw/signed_k1_v1.0.0.fw" --json | jq -r .product)
    upload() {
        api "$ci" POST "/v1/firmware/$org?product=$2" --data-binary "@$vectors/fw/$1"
    }
    upload signed_k1_v1.0.0.fw "$product"
    status_is 201
    is '.verdict == "accepted" and .sha256 == $s' --arg s \
        "$(sha256sum "$vectors/fw/signed_k1_v1.0.0.fw" | cut -d ' ' -f 1)"
    for row in unsigned:unsigned_v1.0.0.fw unknown-key:signed_k3_v2.0.0-rc.1.fw \
        corrupt:bad_truncated_file.fw; do
        upload "${row#*:}" "$product"
        status_is 422
        is '.error.verdict == $v' --arg v "${row%%:*}"
    done
    nameplate registry key add "$vectors/keys/k1.pub" --org "$org" --name other --product other \
        && false
    upload signed_k1_v1.0.0.fw other
    status_is 422
    is '.error.verdict == "wrong-product"'
    upload signed_k1_v1.1.0.fw "$product"
    upload signed_k1_v1.0.0.fw "$product"
    api "$ci" GET /v1/firmware
    is '.firmware | map(.version) | index("1.0.0") == 0'
    api "$root" DELETE "/v1/firmware-keys/$org/prod"
    status_is 409
    json "$root" PUT "/v1/firmware-keys/$org/prod/state" '{"state": "revoked"}'
    is '.state == "revoked"'
    upload signed_k1_v1.0.0.fw "$product"
    status_is 422
    is '.error.verdict == "unknown-key"'
    stop
}

@test "a request with a key of its own is done once, also when the gateway was killed" {
    token root admin
    configure
    start
    path=/v1/devices/$org
    json "$root" POST "$path" '{"identifier": "A"}' -H 'Idempotency-Key: one' >first
    status_is 201
    json "$root" POST "$path" '{"identifier": "A"}' -H 'Idempotency-Key: one' -D head >second
    status_is 201
    cmp first second
    grep -qi '^idempotent-replayed: true' head
    json "$root" POST "$path" '{"identifier": "B"}' -H 'Idempotency-Key: one'
    status_is 409
    json "$root" POST "$path" '{"identifier": "A"}'
    status_is 409
    json "$root" POST "$path" '{"identifier": "A"}' -H 'Idempotency-Key: two'
    status_is 409
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | select(.what == "device add")] | length == 1'
    # a writer that is killed at any moment: each request was done wholly, or not at all
    pkill_manager() {
        kill -9 "$(pgrep -P "$(cat gateway.pid)" | tail -n 1)"
    }
    for i in {1..12}; do
        json "$root" POST "$path" "{\"identifier\": \"K$i\"}" -H "Idempotency-Key: k$i" \
            >/dev/null 2>&1 &
        pkill_manager
        wait $! || true
        until json "$root" POST "$path" "{\"identifier\": \"K$i\"}" -H "Idempotency-Key: k$i" \
            >/dev/null 2>&1; do sleep 0.02; done
        status_is 201
    done
    api "$root" GET "/v1/changes?org=$org&limit=1000"
    is '[.changes[] | select(.subject | test("^K")) | .what] | length == 12'
    stop
}

@test "many write at once, and each change is there once" {
    token root admin
    configure
    start
    for i in {1..8}; do
        for j in {1..5}; do
            echo "url = $base/v1/devices/$org"
            echo "data = \"{\\\"identifier\\\": \\\"W$((i % 4))$j\\\"}\""
            echo "header = \"Authorization: Bearer $root\""
            printf '%s\n' 'write-out = "%{http_code}\n"'
            echo "output = /dev/null"
            echo next
        done | sed '$d' >"config.$i"
        curl -sS -K "config.$i" >"codes.$i" &
        jobs[i]=$!
    done
    for i in {1..8}; do
        wait "${jobs[i]}"
    done
    [ "$(cat codes.* | sort | uniq -c | tr -s ' \n' ' ')" = " 20 201 20 409 " ]
    api "$root" GET "/v1/changes?org=$org&limit=1000"
    is '.changes | length == 20'
    stop
}

@test "a token is shown once, in a file for its owner alone, and the registry has its hash" {
    run -0 nameplate registry token add "new$n" --role view --org "$org" --days 2 --out new.token
    [ "$(stat -c %a new.token)" = 600 ]
    secret=$(cat new.token)
    [[ $secret =~ ^npt_[A-Za-z0-9_-]{43}$ ]]
    [[ $output != *"$secret"* ]]
    run -3 nameplate registry token add "other$n" --role view --out new.token
    [ "$(cat new.token)" = "$secret" ]
    run -5 nameplate registry token add "new$n" --role view
    run -2 nameplate registry token add "other$n" --role king
    list=$(nameplate registry token list --json)
    jq -e --arg n "new$n" --arg o "$org" '.tokens[] | select(.name == $n) |
        .role == "view" and .org == $o and .last_used == null and .expires_at > .added_at' \
        <<<"$list"
    [[ $list != *"other$n"* && $list != *"$secret"* ]]
    [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ] || ! grep -qF -e "$secret" fleet.db* || return 1
    nameplate registry token remove "new$n"
    run -3 nameplate registry token remove "new$n"
}
