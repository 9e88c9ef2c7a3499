#!/usr/bin/env bats
# shellcheck disable=SC2034,SC2154 # run sets status and output; the shared file uses what is set
# A front door whose registry can be read and not written to: a file, or a database on a server
# where $NAMEPLATE_TEST_POSTGRES names one. when_unwritable says whether known devices come in.
load gateway

# As everybody but the superuser: a file that may not be written to is not.
start_bound() {
    local without=(setpriv "--bounding-set=-dac_override,-dac_read_search")
    [ "$(id -u)" = 0 ] && [ -z "${NAMEPLATE_TEST_POSTGRES-}" ] || without=()
    : >log # that of the one before has an address too
    "${without[@]}" "$NAMEPLATE_PROGRAM" gateway run --config gateway.conf --json 2>log 3>&- &
    echo $! >gateway.pid
    until_true has_event '.event == "listening"'
    address=$(events | jq -r 'select(.event == "listening").text' | head -n 1)
}

ask_server() {
    PGOPTIONS='-c default_transaction_read_only=off' psql -qAt "$NAMEPLATE_TEST_POSTGRES" -c "$1"
}

make_unwritable() {
    if [ -n "${NAMEPLATE_TEST_POSTGRES-}" ]; then
        ask_server 'ALTER DATABASE postgres SET default_transaction_read_only = on'
    else
        chmod a-w fleet.db
    fi
}

make_writable() {
    if [ -n "${NAMEPLATE_TEST_POSTGRES-}" ]; then
        ask_server 'ALTER DATABASE postgres RESET default_transaction_read_only'
    else
        chmod u+w fleet.db*
    fi
}

@test "known devices come in all the same, and new ones hear that it is for the server's sake" {
    know_one
    configure
    make_unwritable
    start_bound
    comes_in N1
    is_refused N2
    until_true has_event '.event == "refused" and .reason == "storage_unavailable"'
    events | jq -r 'select(.reason == "storage_unavailable") | tostring' | grep -q read-only
    comes_in N1
    stop
    make_writable
    start_bound
    comes_in N2
    stop
}

@test "where the policy says so nobody comes in who cannot be written down, until it can be" {
    know_one
    configure 'when_unwritable = "refuse"'
    make_unwritable
    start_bound
    is_refused N1
    until_true has_event '.event == "refused" and .reason == "storage_unavailable"'
    events | jq -r 'select(.reason == "storage_unavailable") | tostring' | grep -q read-only
    configure 'when_unwritable = "serve_known"'
    kill -HUP "$(cat gateway.pid)"
    until_true comes_in N1
    configure 'when_unwritable = "refuse"'
    kill -HUP "$(cat gateway.pid)"
    until_true is_refused N1
    stop
    make_writable
    start_bound
    comes_in N1
    comes_in N2
    stop
}
