#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output, stderr and status
# A registry on a server that is read-only, whose disk is full, or that is killed while something is
# imported: what is wrong is said, with status 6, nothing is half there, and the same command once
# more does all of it. Runs under tests/support/with_postgres.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    { echo identifier,product; seq -f 'M%06.0f,tracker' 6000; } >many.csv
    nameplate registry import many.csv --org acme --registry source.db
    nameplate registry token add zoe --role view --out zoe.token --registry source.db
    nameplate registry export --with-secrets --out whole.ndjson --registry source.db
} >/dev/null

teardown() {
    umount small 2>/dev/null || true
}

ask_server() {
    psql -qAt "$NAMEPLATE_TEST_POSTGRES" -c "$1"
}

# Waits, in steps, until the command succeeds; a test that waits for ever is ended by its runner.
until_true() {
    until "$@" >/dev/null 2>&1; do read -r -t 0.02 <> <(:) || true; done
}

# new_schema: $NAMEPLATE_REGISTRY is in a schema of this test, which has nothing yet.
new_schema() {
    ask_server "CREATE SCHEMA trouble$BATS_TEST_NUMBER"
    search=options=-csearch_path%3D
    export NAMEPLATE_REGISTRY="$NAMEPLATE_TEST_POSTGRES&${search}trouble$BATS_TEST_NUMBER"
}

devices() {
    nameplate registry export 2>/dev/null | tail -n 1 | jq .devices
}

@test "a server that takes no changes is read, and says so when something is to be stored" {
    new_schema
    nameplate registry import many.csv --org acme >/dev/null
    only=%20-cdefault_transaction_read_only%3Don
    read_only=$NAMEPLATE_REGISTRY$only
    [ "$(nameplate registry export --registry "$read_only" | tail -n 1 | jq .devices)" = 6000 ]
    run -6 --separate-stderr nameplate registry device add N1 --org acme --registry "$read_only"
    warns "the registry is read-only"
    warns "standby"
    run -6 --separate-stderr nameplate registry import whole.ndjson --registry "$read_only"
    warns "the registry is read-only"
    ask_server "CREATE SCHEMA empty"
    run -6 --separate-stderr nameplate registry import whole.ndjson --registry \
        "$NAMEPLATE_TEST_POSTGRES&${search}empty$only"
    warns "the registry is read-only"
    [ "$(ask_server "SELECT count(*) FROM pg_tables WHERE schemaname = 'empty'")" = 0 ]
}

# hold STATEMENT: a session does this and goes no further until `let_go`.
hold() {
    mkfifo go
    psql -qAt "$NAMEPLATE_REGISTRY" <go >held 2>&1 3>&- &
    holder=$!
    exec 8>go
    echo "BEGIN; $1; SELECT 'it is done';" >&8
    until_true grep -q 'it is done' held
}

let_go() {
    exec 8>&-
    wait $holder || true # its server may have been killed
}

waits_to_store_devices() {
    [ "$(ask_server "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nameplate'
        AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO devices%'")" != 0 ]
}

backend() {
    ask_server "SELECT pid FROM pg_stat_activity WHERE application_name = 'nameplate'"
}

# kills_import FILE [OPTIONS...]: the server's process is killed while it stores devices, where it
# waits for who holds something, and with it, as always then, all of the server, which begins anew.
kills_import() {
    "$NAMEPLATE_PROGRAM" registry import "$@" >out 2>err 3>&- 8>&- &
    importing=$!
    until_true waits_to_store_devices
    kill -9 "$(backend)"
    status=0
    wait $importing || status=$?
    [ "$status" = 6 ] || { echo "status $status"; cat out err; return 1; }
    grep -q "the registry's server cannot be reached" err
    grep -q 'run the same command again' err
    let_go
    until_true ask_server 'SELECT 1'
}

@test "a server that is killed during a move has nothing of it, and once more all" {
    new_schema
    nameplate registry changes verify
    hold 'LOCK TABLE devices IN SHARE MODE'
    kills_import whole.ndjson
    [ "$(devices)" = 0 ]
    nameplate registry changes verify
    rm -f ./*.rejects
    nameplate registry import whole.ndjson
    nameplate registry export --with-secrets --out again.ndjson
    cmp whole.ndjson again.ndjson
}

@test "a server that is killed during an import has whole rows, and the rest comes once more" {
    new_schema
    nameplate registry device add N1 --org acme
    hold "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,
        rekey_until, added_at) SELECT org, 'M005000', '', '', '', 0, 0, 0, 0 FROM devices"
    kills_import many.csv --org acme
    nameplate registry changes verify
    [ "$(devices)" -gt 1 ]
    [ "$(devices)" -lt 5001 ]
    nameplate registry import many.csv --org acme --json >counts
    [ "$(jq '.added + .unchanged' counts)" = 6000 ]
    [ "$(devices)" = 6001 ]
    nameplate registry changes verify
}

@test "a full disk of a server is named, and the same command goes on when there is room" {
    mkdir small
    mount -t tmpfs -o size=16m,mode=0777 tmpfs small 2>/dev/null ||
        skip "no tmpfs can be mounted here"
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$BATS_TEST_TMPDIR"
    mkdir -m 0777 small/space
    [ "$(id -u)" != 0 ] || chown postgres: small/space
    ask_server "CREATE TABLESPACE small LOCATION '$PWD/small/space'"
    ask_server 'CREATE DATABASE small TABLESPACE small'
    export NAMEPLATE_REGISTRY=${NAMEPLATE_TEST_POSTGRES/"@/postgres?"/"@/small?"}
    nameplate registry device add N1 --org acme
    dd if=/dev/zero of=small/filler bs=4096 2>/dev/null || true
    run -6 --separate-stderr nameplate registry import many.csv --org acme
    warns "the disk of the registry is full"
    warns "make room"
    rm small/filler
    mount -o remount,size=200m small
    nameplate registry import many.csv --org acme --json >counts
    [ "$(jq '.added + .unchanged' counts)" = 6000 ]
    [ "$(devices)" = 6001 ]
    nameplate registry changes verify
    ask_server 'DROP DATABASE small'
    ask_server 'DROP TABLESPACE small'
}
