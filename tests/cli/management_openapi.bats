#!/usr/bin/env bats
# shellcheck disable=SC2016 # variables of jq
# data/openapi.json: it is valid, the gateway serves it, roles are as it says, and real answers are
# as it describes them.
load management

description=$BATS_TEST_DIRNAME/../../data/openapi.json

# ask TOKEN METHOD PATH [OPTIONS...]: notes the answer as check_api.py takes it
ask() {
    api "$@" >/dev/null || return
    echo "$2 $3 $(cat status) $(tr -d '\n' <body)" >>answers
}

tell() {
    local token=$1 method=$2 path=$3 body=$4
    shift 4
    ask "$token" "$method" "$path" -H 'Content-Type: application/json' -d "$body" "$@"
}

check() {
    python3 "$BATS_TEST_DIRNAME/../support/check_api.py" "$description" answers
}

# follow TOKEN PATH: an answer that has no end; its status is in the file `status`, as of api
follow() {
    : >"head"
    curl -sSN -H "Authorization: Bearer $1" -D head -o body "$base$2" 3>&- &
    until_true grep -q $'^\r$' head
    kill $!
    wait $! || true
    sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' head >status
}

@test "each operation is for its role and organisation, and says so" {
    for name in view manage admin admit; do
        token "$name" "$name"
    done
    token foreign admin --org "foreign$n"
    configure
    start
    curl -sS "$base/v1/openapi.json" | cmp - "$description"
    jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] |
        [.key, $path, (.value["x-role"] // "none"), (.value.requestBody != null)] | @tsv' \
        "$description" >operations
    [ "$(wc -l <operations)" -gt 20 ]
    declare -A may=([view]="view" [manage]="view manage admit" [admin]="view manage admin admit"
        [admit]="admit" [foreign]="view manage admin admit")
    while IFS=$'\t' read -r method path role has_body; do
        method=${method^^}
        # its 401 and 403 are about devices: front_doors.bats
        [ "$path" != /v1/admit ] || continue
        called=$(sed "s/{org}/$org/; s/{[a-z]*}/1/" <<<"$path")
        options=()
        [ "$has_body" = false ] || options=(-d '{}')
        for who in nobody view manage admit admin foreign; do
            token=${!who:-}
            if [ "$who" = nobody ]; then
                expected=401
            elif [ "$who" = foreign ]; then
                expected=$([[ $path = *"{org}"* ]] && echo 403 || echo ok)
            else
                expected=$([[ " ${may[$who]} " = *" $role "* ]] && echo ok || echo 403)
            fi
            [ "$role" != none ] || expected=ok
            if [ "$path $expected" = "/v1/events ok" ]; then
                follow "$token" "$called"
            else
                api "$token" "$method" "$called" "${options[@]}" >/dev/null
            fi
            status=$(cat status)
            echo "$method $path $who: $status, expected $expected"
            if [ "$expected" = ok ]; then
                [ "$status" != 401 ]
                [ "$status" != 403 ]
            else
                [ "$status" = "$expected" ]
                echo "$method $called $status $(tr -d '\n' <body)" >>answers
            fi
        done
    done <operations
    check
    stop
}

@test "answers are as they are described" {
    token root admin
    nameplate signer create acme --years 5
    nameplate device create N1 --signer-cert acme.cert --signer-key acme.key
    configure
    start
    certificate=$(jq -Rs . acme.cert)
    door=https://$(events | jq -r 'select(.event == "listening").text')
    curl -sS --cacert server.pem --cert N1.cert --key N1.key "$door/v1/me" || true
    tell "$root" POST "/v1/challenges/$org" "{\"certificate\": $certificate}"
    tell "$root" POST "/v1/authorities/$org" "{\"certificate\": $certificate, \"product\": \"p\"}"
    tell "$root" POST "/v1/authorities/$org" "{\"certificate\": $certificate}"
    tell "$root" POST "/v1/authorities/$org" "{\"certificate\": $(jq -Rs . N1.cert)}"
    tell "$root" POST "/v1/authorities/$org" '{'
    curl -sS --cacert server.pem --cert N1.cert --key N1.key "$door/v1/me" | grep -q N1
    fingerprint=$(openssl x509 -in acme.cert -outform der | sha256sum | cut -d ' ' -f 1)
    tell "$root" POST "/v1/devices/$org" '{"identifier": "N2", "tags": ["x"]}'
    tell "$root" POST "/v1/devices/$org" '{"identifier": "N2"}'
    api "$root" GET "/v1/devices/$org/N1" >/dev/null
    credential=$(jq -r '.credentials[0].fingerprint' body)
    key=$(jq -r '.credentials[0].key' body)
    for step in "certificates/$credential" "keys/$key" "keys/$credential" keys/x; do
        tell "$root" POST "/v1/devices/$org/N1/$step/block" '{}'
        tell "$root" POST "/v1/devices/$org/N1/$step/unblock" '{}'
    done
    for body in '{"product": "p", "create_limit": 3}' '{"device": "N1"}' '{"device": "N9"}' '{}'; do
        tell "$root" POST "/v1/secrets/$org" "$body"
    done
    secret=$(api "$root" GET "/v1/secrets?org=$org" | jq -r '.secrets[0].key')
    ask "$root" DELETE "/v1/secrets/$org/$secret"
    body="{\"name\": \"t$n\", \"role\": \"admit\"}"
    for _ in 1 2; do
        tell "$root" POST /v1/tokens "$body" -H 'Idempotency-Key: t'
    done
    tell "$root" POST /v1/tokens "$body"
    tell "$root" POST /v1/tokens '{"name": "a b", "role": "view"}'
    tell "$root" POST /v1/tokens '{"name": "t", "role": "king"}'
    tell "$root" POST /v1/tokens '{"name": "t", "role": "admin", "expires_at": null}'
    ask "$root" GET /v1/tokens
    ask "$root" DELETE "/v1/tokens/t$n"
    for step in block unblock delete rekey-window; do
        tell "$root" POST "/v1/devices/$org/N2/$step" '{}'
    done
    tell "$root" POST "/v1/devices/$org/N3/block" '{}'
    tell "$root" POST "/v1/devices/$org/N2/move" "{\"to\": \"other$n\"}"
    fw=$NAMEPLATE_VECTORS/fwup
    tell "$root" PUT "/v1/firmware-keys/$org/k1" "{\"key\": $(jq -Rs . "$fw/keys/k1.pub")}"
    tell "$root" PUT "/v1/firmware-keys/$org/k1/state" '{"state": "retiring"}'
    tell "$root" PUT "/v1/firmware-keys/$org/k9/state" '{"state": "retiring"}'
    product=$(nameplate firmware info "$fw/fw/signed_k1_v1.0.0.fw" --json | jq -r .product)
    for file in signed_k1_v1.0.0 unsigned_v1.0.0; do
        ask "$root" POST "/v1/firmware/$org?product=$product" --data-binary "@$fw/fw/$file.fw"
    done
    until nameplate registry refused list --json | jq -e '.refusals | length > 0'; do
        sleep 0.05
    done
    id=$(nameplate registry refused list --json | jq -r '.refusals[0].id')
    for path in me organisations authorities changes devices firmware firmware-keys refusals \
        secrets \
        "refusals/$id" "refusals/0" "authorities/$org/$fingerprint" "devices/$org/N1" \
        "devices/$org/N9" 'devices?limit=0' 'devices?limit=1' openapi.json; do
        ask "$root" GET "/v1/$path"
    done
    ask "$root" DELETE "/v1/firmware-keys/$org/k1"
    ask "$root" DELETE "/v1/authorities/$org/$fingerprint"
    [ "$(cut -d ' ' -f 3 answers | sort -u | tr '\n' ' ')" = '200 201 204 400 403 404 409 422 ' ]
    check
    stop
}

@test "who shows many wrong tokens is not looked up for a while" {
    token root admin
    configure
    start
    for _ in {1..20}; do
        ask wrong GET /v1/me
    done
    [ "$(cut -d ' ' -f 3 answers | sort -u)" = 401 ]
    # another minute may begin at any moment, and with it another count
    until [ "$(cat status)" = 429 ]; do
        ask wrong GET /v1/me -D head
    done
    grep -qi '^retry-after: 60' head
    check
    stop
}

@test "a registry that cannot be used is told of, and used again when it is back" {
    [ -z "${NAMEPLATE_TEST_POSTGRES:-}" ] || skip "of the file"
    token root admin
    configure
    start
    ask "$root" GET /v1/me
    status_is 200
    mv fleet.db fleet.away
    mkdir fleet.db
    kill -9 "$(pgrep -P "$(cat gateway.pid)" | tail -n 1)" # a process that has it open yet
    until ask "$root" GET /v1/me -D head 2>/dev/null; do sleep 0.02; done
    status_is 503
    grep -qi '^retry-after: 5' head
    rmdir fleet.db
    mv fleet.away fleet.db
    ask "$root" GET /v1/me
    status_is 200
    check
    stop
}

@test "who is slow is cut, and who comes when all places are taken is turned away" {
    token root admin
    configure 'connections = 2'
    sed -i '1i request_ms = 200' gateway.conf
    start
    host=${address%:*}
    port=${address#*:}
    # begin FORMAT [TEXTS...]: a request of which no more comes
    begin() {
        exec 8<>"/dev/tcp/$host/$port"
        # shellcheck disable=SC2059 # the format is handed in
        printf "$@" >&8
    }
    unseen begin 'GET /v1/me HTTP/1.1\r\n'
    run timeout 20 cat <&8
    [[ $output = *"408 Request Timeout"* ]]
    exec 8>&-
    unseen begin \
        'POST /v1/devices/%s HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: 9\r\n\r\n{' \
        "$org" "$root"
    run timeout 20 cat <&8
    [[ $output = *"408 Request Timeout"* ]]
    exec 8>&-
    sed -i 1d gateway.conf
    stop
    start
    port=${address#*:}
    exec 8<>"/dev/tcp/$host/$port" 9<>"/dev/tcp/$host/$port"
    until has_event '.event == "turned_away"'; do
        curl -sS "$base/v1/me" || true
    done
    exec 8>&- 9>&-
    stop
}

@test "it listens at a unix socket, after one that was killed too, and takes a new certificate" {
    token root admin
    configure 'listen = "unix:api.sock"'
    start
    [ "$address" = unix:api.sock ]
    base=http://localhost
    ask "$root" GET /v1/me --unix-socket api.sock
    status_is 200
    kill -9 "$(cat gateway.pid)"
    until ! curl -sS --unix-socket api.sock "$base/v1/me" 2>/dev/null; do sleep 0.02; done
    [ -S api.sock ]
    start
    base=http://localhost
    ask "$root" GET /v1/me --unix-socket api.sock
    status_is 200
    stop
    [ ! -e api.sock ]
    configure 'certificate = "own.pem"' 'key = "own.key"'
    cp server.pem own.pem
    cp server.key own.key
    start
    base=https://$address
    head -c 20000000 /dev/zero >zeros.fw
    tell "$root" PUT "/v1/firmware-keys/$org/k1" \
        "{\"key\": $(jq -Rs . "$NAMEPLATE_VECTORS/fwup/keys/k1.pub")}" --cacert own.pem
    ask "$root" POST "/v1/firmware/$org?product=p" --cacert own.pem --data-binary @zeros.fw
    status_is 422
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout new.key \
        -out new.pem -subj /CN=new -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    mv new.key own.key
    cp new.pem own.pem
    kill -HUP "$(cat gateway.pid)"
    until_true api "$root" GET /v1/me --cacert new.pem
    ask "$root" GET /v1/me --cacert new.pem
    status_is 200
    check
    stop
}
