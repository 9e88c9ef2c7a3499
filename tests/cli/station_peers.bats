#!/usr/bin/env bats
# A production line and what it cannot work without: a signer in an HSM (SoftHSM), and a registry on
# a server ($NAMEPLATE_TEST_POSTGRES) that counts for two stations. Both go and come back.
load helper
load station

module=/usr/lib/softhsm/libsofthsm2.so

# A signer in a token "ca", and the line's configuration that names it.
hsm_line() {
    mkdir tokens
    echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    softhsm2-util --init-token --free --label ca --so-pin 0000 --pin 1234 >/dev/null
    (umask 077; echo 1234 >pin)
    local uri="pkcs11:token=ca;object=signer?pin-source=file:$PWD/pin&module-path=$module"
    nameplate signer create acme --key "$uri" --generate --years 10 >/dev/null
    line 2 "$@"
    sed -i "s|key = \"acme.key\"|key = \"${uri/\&/\\\&}\"|" station.conf
}

# A line that takes orders from a pipe (8) and tells events.
starts() {
    [ -p orders ] || mkfifo orders
    "$NAMEPLATE_PROGRAM" station run --config station.conf --json <orders >events 3>&- &
    echo $! >station.pid
    exec 8>orders
}

stops() {
    exec 8>&-
    kill "$(cat station.pid)"
    wait "$(cat station.pid)"
}

# result SERIAL RESULT: a unit has ended so
result() {
    happens ".[]; .event == \"result\" and .serial == \"$1\" and .result == \"$2\""
}

# Another chip into a bay; the station has seen it.
next_chip() {
    local seen
    until seen=$(jq -s 'map(select(.event == "bay" and .state == "waiting")) | length' events); do
        : # the last line is not whole yet
    done
    nameplate virtual create fresh.np --model atecc608b >/dev/null && mv fresh.np "$1.np"
    # shellcheck disable=SC2016 # jq's own
    until_true jq -es --argjson seen "$seen" \
        'map(select(.event == "bay" and .state == "waiting")) | length > $seen' events
}

@test "a signer in an HSM that goes and comes back loses no certificate" {
    [ -e "$module" ] || skip "softhsm2 is not installed"
    hsm_line 'product { serial = scan }' 'policy { poll_ms = 10 retries = 0 stop_after = 0 }'
    starts
    printf 'A-1\nA-2\n' >&8
    result A-1 PASS
    result A-2 PASS
    next_chip 1
    mv tokens gone && mkdir tokens
    echo A-3 >&8
    result A-3 STATION
    [ "$(jq -r 'select(.event == "result" and .serial == "A-3").step' events)" = apply ]
    rmdir tokens && mv gone tokens
    echo ':scan 1 A-3' >&8
    result A-3 PASS
    stops
    [ "$(units 'select(.result == "pass") | .serial' | sort | tr '\n' ' ')" = "A-1 A-2 A-3 " ]
    [ "$(units 'select(.cert) | .cert_sha256' | sort | uniq -d | wc -l)" = 0 ]
    succeeds record verify units.npj --key st07.pub
    for number in 1 2; do
        succeeds chip verify "virtual:$number.np" --signer-cert acme.cert
    done
}

# Two stations under one authorization, in a registry of its own on the server.
two_stations() {
    [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ] || skip "there is no server"
    local schema=line_$BATS_TEST_NUMBER
    psql -q -c "CREATE SCHEMA $schema" "$NAMEPLATE_TEST_POSTGRES"
    registry="$NAMEPLATE_TEST_POSTGRES&options=-csearch_path%3D$schema"
    nameplate station key create st07 >/dev/null
    nameplate station key create st08 >/dev/null
    nameplate station key create authority >/dev/null
    nameplate authorization create --batch b42 --count 4 --serials T2-000001..T2-000009 \
        --until 2099-12-31 --station st07.pub --station st08.pub --out b42.auth >/dev/null 2>&1
    nameplate authorization sign b42.auth --key authority.key >/dev/null
    line 1 'product { serial = scan }' "authorization { file = \"b42.auth\"
        authority = \"authority.pub\" registry = \"$registry\" }" \
        "policy { poll_ms = 10 retries = 0 stop_after = 0 ${1:-} }"
    sed 's/st07.key/st08.key/; s/units.npj/other.npj/; s/1.np/2.np/' station.conf >other.conf
    chips 2
}

# one CONFIG SERIAL: one unit there; its result is in $told
one() {
    told=$(nameplate station run --config "$1" --once --serial "$2" --json </dev/null 2>/dev/null |
        jq -r 'select(.event == "result") | .result + " " + (.message // "")') || true
}

@test "two stations at one database: no serial and no chip twice, and one count" {
    two_stations 'on_conflict = keep'
    one station.conf T2-000001
    [ "$told" = "PASS " ]
    one other.conf T2-000001
    [[ $told = POLICY*duplicate* ]]
    one other.conf T2-000002
    [ "$told" = "PASS " ]
    # the chip that the one has made, at the other: also where made units are taken in
    mv 2.np second.np && cp 1.np 2.np
    one other.conf T2-000001
    [[ $told = POLICY*duplicate* ]]
    # its key, made into another unit before anybody has a certificate of it
    rm 2.np && chips 2
    one other.conf T2-000003
    [ "$told" = "PASS " ]
    rm 1.np && chips 1
    one station.conf T2-000004
    [ "$told" = "PASS " ]
    rm 1.np && chips 1
    one station.conf T2-000005
    [[ $told = "POLICY limit:"* ]]
    [ "$(cat units.npj other.npj | grep '"result":"pass"' | jq -r .serial | sort | uniq -c |
        awk '$1 == 1' | wc -l)" = 4 ]
}

# The server dies as in a crash; its own command line begins it anew.
kill_server() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid")
    mapfile -d '' server <"/proc/$pid/cmdline"
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

begin_server() {
    local as=()
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    # those that served the one before may not have gone yet
    until psql -q -c 'SELECT 1' "$NAMEPLATE_TEST_POSTGRES" >/dev/null 2>&1; do
        { cd / && exec "${as[@]}" "${server[@]}"; } </dev/null >/dev/null 2>&1 3>&- 4>&- 8>&- &
        sleep 0.2
    done
}

@test "a database that is killed and comes back loses no unit and counts none twice" {
    two_stations
    data=${NAMEPLATE_TEST_POSTGRES#*host=}/data
    starts
    echo T2-000001 >&8
    result T2-000001 PASS
    next_chip 1
    kill_server
    echo T2-000002 >&8
    result T2-000002 STATION
    begin_server
    echo ':scan 1 T2-000002' >&8
    result T2-000002 PASS
    stops
    one other.conf T2-000002
    [[ $told = POLICY*duplicate* ]]
    one other.conf T2-000003
    [ "$told" = "PASS " ]
    [ "$(psql -qAt -c "SELECT count(*) FROM line_$BATS_TEST_NUMBER.units WHERE state > 0" \
        "$NAMEPLATE_TEST_POSTGRES")" = 3 ]
    succeeds record verify units.npj --key st07.pub
}
