#!/usr/bin/env bats
# shellcheck disable=SC2016 # variables of jq
# The management API on a database that others use at the same time: two gateways, and a session
# that holds a table. The database is on a server, $NAMEPLATE_TEST_POSTGRES.
load management

# A second gateway on the same registry, in a folder of its own: its address in $other.
start_other() {
    mkdir other
    cp gateway.conf server.pem server.key other
    (
        cd other || exit 1
        start
        echo "$base" >base
    )
    other=$(cat other/base)
}

stop_both() {
    kill "$(cat gateway.pid)" "$(cat other/gateway.pid)"
    wait "$(cat gateway.pid)"
    until_true grep -q '"stopped"' other/log
}

# there ARGUMENTS...: a call of api or json at the other gateway
there() {
    local base=$other
    "$@"
}

@test "what is changed by one gateway's API is so at the other one's at once" {
    token root admin
    configure
    start
    start_other
    [ "$base" != "$other" ]
    json "$root" POST "/v1/devices/$org" '{"identifier": "A"}'
    status_is 201
    there api "$root" GET "/v1/devices/$org/A"
    status_is 200
    there json "$root" POST "/v1/devices/$org/A/block" '{}'
    api "$root" GET "/v1/devices/$org/A"
    is '.state == "blocked"'
    json "$root" POST /v1/tokens "{\"name\": \"t$n\", \"role\": \"view\"}"
    given=$(jq -r .token body)
    there api "$given" GET /v1/me
    status_is 200
    api "$root" DELETE "/v1/tokens/t$n"
    there api "$given" GET /v1/me
    status_is 401
    there api "$root" GET "/v1/changes?org=$org"
    is '[.changes[].what] == ["device add", "device block"]'
    stop_both
}

@test "what was done with a key at one gateway is not done again at the other one" {
    token root admin
    configure
    start
    start_other
    key='Idempotency-Key: one'
    json "$root" POST "/v1/devices/$org" '{"identifier": "A"}' -H "$key" >first
    status_is 201
    there json "$root" POST "/v1/devices/$org" '{"identifier": "A"}' -H "$key" -D head >second
    status_is 201
    cmp first second
    grep -qi '^idempotent-replayed: true' head
    there json "$root" POST "/v1/devices/$org" '{"identifier": "B"}' -H "$key"
    status_is 409
    # both at the same moment: one of them does it
    for i in {1..8}; do
        for at in "$base" "$other"; do
            curl -sS -H "Authorization: Bearer $root" -H "Idempotency-Key: both$i" \
                -d "{\"identifier\": \"D$i\"}" -o "answer.$i.${at##*:}" "$at/v1/devices/$org" &
            jobs[i]="${jobs[i]:-} $!"
        done
    done
    for i in {1..8}; do
        # shellcheck disable=SC2086 # one word each
        wait ${jobs[i]}
        cmp "answer.$i.${base##*:}" "answer.$i.${other##*:}"
        jq -e '.identifier == $d' --arg d "D$i" "answer.$i.${base##*:}"
    done
    api "$root" GET "/v1/changes?org=$org"
    is '[.changes[] | select(.what == "device add")] | length == 9'
    stop_both
}

# Does a session wait for a table?
waits_for_lock() {
    [ "$(psql -qAt -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'" \
        "$NAMEPLATE_TEST_POSTGRES")" -gt 0 ]
}

has_lock() {
    [ "$(psql -qAt -c "SELECT count(*) FROM pg_locks WHERE relation = 'firmware_keys'::regclass
        AND mode = 'AccessExclusiveLock' AND granted" "$NAMEPLATE_TEST_POSTGRES")" = 1 ]
}

# A session holds the keys, which the judge of archives asks for, until `release`.
hold_keys() {
    mkfifo go
    psql -q "$NAMEPLATE_TEST_POSTGRES" <go >psql.log 2>&1 3>&- &
    session=$!
    exec 8>go
    echo 'BEGIN; LOCK TABLE firmware_keys IN ACCESS EXCLUSIVE MODE;' >&8
    until_true has_lock
}

release() {
    echo 'COMMIT;' >&8
    exec 8>&-
    wait $session
}

# A gateway whose judge has an archive of 100 MB before it: its client is $upload.
judge_large() {
    token root admin
    token ci manage --org "$org"
    configure 'upload_mb = 200'
    start
    key=$(jq -Rs . "$NAMEPLATE_VECTORS/fwup/keys/k1.pub")
    json "$root" PUT "/v1/firmware-keys/$org/prod" "{\"key\": $key}"
    truncate -s 100000000 large.fw
    hold_keys
    curl -sS -H "Authorization: Bearer $ci" -H 'Expect:' --data-binary @large.fw -o uploaded \
        -w '%{http_code}' "$base/v1/firmware/$org?product=p" >uploaded.status 8>&- 3>&- &
    upload=$!
    until_true waits_for_lock
}

@test "others are answered while an archive of 100 MB is judged" {
    judge_large
    api "$ci" GET /v1/me
    status_is 200
    json "$root" POST "/v1/devices/$org" '{"identifier": "A"}'
    status_is 201
    [ ! -s uploaded.status ]
    waits_for_lock
    release
    wait $upload
    [ "$(cat uploaded.status)" = 422 ]
    jq -e '.error.verdict == "corrupt" and .error.size == 100000000' uploaded
    stop
}

@test "who goes while his archive is judged, and a gateway that is to end, leave nothing behind" {
    judge_large
    kill $upload
    wait $upload || true
    api "$ci" GET /v1/me
    kill "$(cat gateway.pid)"
    until ! curl -sS "$base/v1/me" 2>/dev/null; do sleep 0.02; done
    release
    wait "$(cat gateway.pid)"
}
