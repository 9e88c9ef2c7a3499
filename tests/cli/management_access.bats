#!/usr/bin/env bats
# shellcheck disable=SC2016 # variables of jq
# Who and what has access, by the management API: tokens, shared secrets, and single certificates
# and keys of devices. The registry is a file, or a database on a server where
# $NAMEPLATE_TEST_POSTGRES names one.
load management

# A signer, and a device of his that may come in.
make_device() {
    nameplate signer create acme --years 5
    nameplate device create N1 --signer-cert acme.cert --signer-key acme.key
    nameplate registry ca add acme.cert --org "$org" --trusted --jitp product=t
} >/dev/null

# At the door: the reason, or nothing when it is shut.
knock() {
    local door
    door=$(events | jq -r 'select(.event == "listening").text' | head -n 1)
    curl -sS --cacert server.pem --cert N1.cert --key N1.key "https://$door/v1/me" 2>/dev/null |
        jq -r .reason
}

reason_of_last_refusal() {
    events | jq -r 'select(.event == "refused").reason' | tail -n 1
}

@test "one certificate, or one key, of a device is kept out and let in again" {
    make_device
    token root admin
    token viewer view
    configure
    start
    [ "$(knock)" = jitp_created ]
    path=/v1/devices/$org/N1
    api "$root" GET "$path"
    certificate=$(openssl x509 -in N1.cert -outform der | sha256sum | cut -d ' ' -f 1)
    key=$(openssl x509 -in N1.cert -noout -pubkey | openssl pkey -pubin -outform der |
        sha256sum | cut -d ' ' -f 1)
    is '.credentials[0].fingerprint == $c and .credentials[0].key == $k' --arg c "$certificate" \
        --arg k "$key"
    for row in "certificates $certificate is_blocked" "keys $key is_key_blocked"; do
        read -r kind fingerprint member <<<"$row"
        for _ in 1 2; do
            json "$root" POST "$path/$kind/$fingerprint/block" '{}'
            status_is 200
            is '.state == "active" and .credentials[0][$m] == true' --arg m "$member"
        done
        [ -z "$(knock)" ]
        until_true has_event '.event == "refused"'
        [ "$(reason_of_last_refusal)" = blocked ]
        json "$viewer" POST "$path/$kind/$fingerprint/unblock" '{}'
        status_is 403
        json "$root" POST "$path/$kind/$fingerprint/unblock" '{}'
        is '.credentials[0][$m] == false' --arg m "$member"
        [ "$(knock)" = known ]
    done
    # what is another's, or no fingerprint, is not there
    for wrong in "certificates/$key" "keys/$certificate" keys/x "keys/${key}0" certificates/; do
        json "$root" POST "$path/$wrong/block" '{}'
        status_is 404
    done
    json "$root" POST "/v1/devices/other$n/N1/keys/$key/block" '{}'
    status_is 404
    json "$root" POST "$path/keys/$key/block" '{"x": 1}'
    status_is 400
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | select(.who == $w) | .what] | unique == ["device block certificate " + $c,
        "device block key " + $k, "device unblock certificate " + $c, "device unblock key " + $k]' \
        --arg w "root$n" --arg c "$certificate" --arg k "$key"
    stop
}

@test "a shared secret is made and shown once, listed without it, and removed" {
    token root admin
    token worker manage --org "$org"
    configure
    start
    json "$worker" POST "/v1/secrets/$org" '{"product": "tracker", "create_limit": 2}' \
        -H 'Idempotency-Key: one'
    status_is 201
    is '.org == $o and .product == "tracker" and .device == "" and .create_limit == 2 and
        .created == 0 and .last_used == null and (.key | test("^nhp_[A-Za-z0-9_-]{43}$")) and
        (.secret | test("^[A-Za-z0-9_-]{43}$"))' --arg o "$org"
    key=$(jq -r .key body)
    secret=$(jq -r .secret body)
    # the same again: it was done, and what was shown is shown no more
    json "$worker" POST "/v1/secrets/$org" '{"product": "tracker", "create_limit": 2}' \
        -H 'Idempotency-Key: one'
    status_is 201
    is '.key == $k and .secret == null' --arg k "$key"
    json "$worker" POST "/v1/secrets/$org" '{"device": "N7"}'
    status_is 404
    json "$worker" POST "/v1/devices/$org" '{"identifier": "N7"}'
    json "$worker" POST "/v1/secrets/$org" '{"device": "N7"}'
    status_is 201
    is '.device == "N7" and (.key | startswith("nhd_"))'
    own=$(jq -r .key body)
    # one that devices have already
    printf -v given 'nhp_%043d' 7
    body="{\"product\": \"old\", \"key\": \"$given\", \"secret\": \"$(printf '%043d' 8)\"}"
    json "$worker" POST "/v1/secrets/$org" "$body"
    status_is 201
    is '.key == $k and .secret == null' --arg k "$given"
    json "$worker" POST "/v1/secrets/$org" "$body"
    status_is 409
    for row in '400 {}' '400 {"product":"p","device":"N7"}' '400 {"device":"N7","create_limit":1}' \
        '400 {"product":"p","key":"nhp_1"}' '422 {"product":"p","key":"nhp_1","secret":"x"}'; do
        json "$worker" POST "/v1/secrets/$org" "${row#* }"
        status_is "${row%% *}"
    done
    api "$worker" GET /v1/secrets
    is '[.secrets[].key] == [$a, $b, $c] and all(.secrets[]; has("secret") | not)' --arg a "$key" \
        --arg b "$own" --arg c "$given"
    ! grep -qF -e "$secret" body || return 1
    page=$(api "$worker" GET '/v1/secrets?limit=2')
    api "$worker" GET "/v1/secrets?limit=2&after=$(jq -r .next <<<"$page")"
    is '[.secrets[].key] == [$c] and .next == null' --arg c "$given"
    nameplate registry secret list --org "$org" --json | jq -e '.secrets | length == 3'
    api "$worker" DELETE "/v1/secrets/$org/$key"
    status_is 403
    for _ in 1 2; do
        api "$root" DELETE "/v1/secrets/$org/$key"
        status_is 204
    done
    api "$root" DELETE "/v1/secrets/other$n/$own"
    api "$worker" GET /v1/secrets
    is '[.secrets[].key] == [$b, $c]' --arg b "$own" --arg c "$given"
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | select(.what | startswith("secret")) | [.who, .what, .subject]] ==
        [[$w, "secret add", $a], [$w, "secret add", $b], [$w, "secret add", $c],
        [$r, "secret remove", $a]]' --arg w "worker$n" --arg r "root$n" --arg a "$key" \
        --arg b "$own" --arg c "$given"
    stop
}

@test "a token is given and shown once, works, is listed without its text, and is taken back" {
    token root admin
    configure
    start
    body="{\"name\": \"ci$n\", \"role\": \"view\", \"org\": \"$org\"}"
    json "$root" POST /v1/tokens "$body" -H 'Idempotency-Key: one'
    status_is 201
    is '.name == $n and .role == "view" and .org == $o and .last_used == null and
        (.token | test("^npt_[A-Za-z0-9_-]{43}$"))' --arg n "ci$n" --arg o "$org"
    given=$(jq -r .token body)
    json "$root" POST /v1/tokens "$body" -H 'Idempotency-Key: one'
    status_is 201
    is '.token == null and .name == $n' --arg n "ci$n"
    json "$root" POST /v1/tokens "$body"
    status_is 409
    api "$given" GET /v1/me
    is '.role == "view" and .org == $o' --arg o "$org"
    [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ] || ! grep -qF "$given" fleet.db* || return 1
    api "$root" GET '/v1/tokens?limit=1000'
    is '.tokens[] | select(.name == $n) | .role == "view" and .last_used != null' --arg n "ci$n"
    ! grep -qF "$given" body || return 1
    for role in view manage; do
        token "$role" "$role"
        json "${!role}" POST /v1/tokens "{\"name\": \"x$n\", \"role\": \"view\"}"
        status_is 403
        api "${!role}" GET /v1/tokens
        status_is 403
        api "${!role}" DELETE "/v1/tokens/ci$n"
        status_is 403
    done
    for _ in 1 2; do
        api "$root" DELETE "/v1/tokens/ci$n"
        status_is 204
    done
    api "$given" GET /v1/me
    status_is 401
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | [.who, .what, .subject]] ==
        [[$w, "token add", $n], [$w, "token remove", $n]]' --arg w "root$n" --arg n "ci$n"
    stop
}

@test "nobody gives a token that may more, or lives longer, than his own" {
    token root admin
    token mine admin --org "$org" --days 10
    configure
    start
    own_end=$(api "$mine" GET /v1/me | jq -r .expires_at)
    give() {
        json "$mine" POST /v1/tokens "{\"name\": \"$1$n\", \"role\": \"admin\"$2}"
    }
    give usual ''
    status_is 201
    is '.org == $o and .expires_at == $e' --arg o "$org" --arg e "$own_end"
    usual=$(jq -r .token body)
    give shorter ", \"expires_at\": \"$(date -u -d '+2 days' +%FT%TZ)\""
    status_is 201
    give other ", \"org\": \"other$n\""
    status_is 403
    give ever ', "expires_at": null'
    status_is 403
    give longer ", \"expires_at\": \"$(date -u -d '+11 days' +%FT%TZ)\""
    status_is 403
    give past ', "expires_at": "2020-01-01T00:00:00Z"'
    status_is 400
    # it sees and takes back those of its organisation
    api "$usual" GET /v1/tokens
    is '[.tokens[].name] == [$a, $b, $c]' --arg a "mine$n" --arg b "usual$n" --arg c "shorter$n"
    api "$usual" DELETE "/v1/tokens/root$n"
    status_is 204
    api "$root" GET /v1/me
    status_is 200
    api "$usual" DELETE "/v1/tokens/mine$n"
    api "$mine" GET /v1/me
    status_is 401
    stop
}
