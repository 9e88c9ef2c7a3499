#!/usr/bin/env bats
# Served chips: every command on a chip takes unix:PATH, and several programs share one chip.
load helper

# serve OPTIONS...: in the background, until the test ends; returns when clients can connect.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket "$@" 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [ "$ready" = "socket: kit.socket" ] || { echo "$ready"; return 1; }
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

provision_served() {
    nameplate chip provision unix:kit.socket --signer-cert acme.cert --signer-key acme.key "$@"
}

@test "a served chip is provisioned, shown, checked and read like any other" {
    make_signer
    make_chip kit.chip
    serve
    provision_served --yes --serial SN-1 >/dev/null 2>&1
    succeeds chip info unix:kit.socket
    says "serial: SN-1"
    succeeds chip verify unix:kit.socket --signer-cert acme.cert
    nameplate chip cert unix:kit.socket >device.pem
    nameplate chip cert unix:kit.socket --signer >signer.pem
    openssl verify -CAfile signer.pem device.pem
    NAMEPLATE_CHIP=unix:kit.socket succeeds chip info --json
    kill "$server"
    wait "$server"
    [ "$(echo kit*)" = kit.chip ]
    succeeds chip info virtual:kit.chip
    says "serial: SN-1"
}

@test "in JSON, serving says one line when it is ready and one when it has ended" {
    make_chip kit.chip
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket --time maximum \
            --bus-khz 400 --json
    }
    server=$SERVER_PID
    exec {stream}<&"${SERVER[0]}"
    read -r output <&"$stream"
    has_keys event socket version time clock_hz now_ns
    [ "$(jq -c '[.event, .socket, .version, .time, .clock_hz]' <<<"$output")" = \
        '["ready","kit.socket",1,"maximum",400000]' ]
    succeeds chip info unix:kit.socket
    kill "$server"
    wait "$server"
    mapfile -t rest <&"$stream"
    [ "${#rest[@]}" = 1 ]
    [ "${rest[0]}" = '{"event":"ended","socket":"kit.socket"}' ]
}

@test "in JSON, serving that cannot begin says why on one line" {
    run --separate-stderr nameplate virtual serve none.chip --socket kit.socket --json
    [ "$status" = 3 ]
    [ "$(wc -l <<<"$output")" = 1 ]
    [ "$(jq -c '[keys[], .error.code]' <<<"$output")" = '["error","input-missing"]' ]
}

@test "whoever waits for the bus says how long" {
    make_chip kit.chip
    serve
    exec {lock}<>kit.socket.lock
    flock "$lock"
    echo 4711 >&"$lock"
    refuses 6 "held by process 4711 (waited 0 ms)" chip info unix:kit.socket --wait 0 {lock}>&-
    refuses 2 "--wait takes a number" chip info unix:kit.socket --wait soon {lock}>&-
    nameplate chip info unix:kit.socket --wait 60 >answer {lock}>&- &
    flock -u "$lock"
    exec {lock}>&-
    wait $!
    grep -q "stage: blank" answer
}

@test "a virtual chip that another process has is not served" {
    make_chip kit.chip
    exec {lock}>kit.chip.lock
    flock "$lock"
    refuses 6 "held by another process (waited 0 ms)" virtual serve kit.chip \
        --socket kit.socket --wait 0 {lock}>&-
}

@test "two processes that provision one served chip at once agree" {
    make_signer
    make_chip kit.chip
    serve
    provision_served --yes --wait 60 >one 2>/dev/null &
    first=$!
    provision_served --yes --wait 60 >two 2>/dev/null
    wait "$first"
    cmp one two
}

@test "a socket that is served, or a file, is not replaced" {
    make_chip kit.chip
    make_chip other.chip
    serve
    refuses 6 "a chip is served there already" virtual serve other.chip --socket kit.socket
    refuses 3 "exists already and is no socket" virtual serve other.chip --socket other.chip
}

@test "nobody serves, or something else does" {
    refuses 3 "kit.socket: no such socket" chip info unix:kit.socket
    warns "hint: serve a chip there: nameplate virtual serve FILE --socket kit.socket"
    make_chip kit.chip
    refuses 6 "kit.chip: nobody serves this chip any more" chip info unix:kit.chip
    refuses 3 "no such file" virtual serve none.chip --socket kit.socket
    [ ! -e kit.socket ]
}

@test "serving takes a socket, a time, a speed and faults that exist" {
    make_chip kit.chip
    refuses 2 "--socket PATH is missing" virtual serve kit.chip
    refuses 2 "--time takes real" virtual serve kit.chip --socket kit.socket --time slow
    refuses 2 "--bus-khz takes 10 to 1000" virtual serve kit.chip --socket kit.socket --bus-khz 9
    refuses 2 "'fire@1' is no fault" virtual serve kit.chip --socket kit.socket --fault fire@1
    [ ! -e kit.socket ]
}

@test "a provisioning survives faults on demand, at each speed and time" {
    make_signer
    for options in "--time zero --bus-khz 1000" "--time maximum --bus-khz 400" \
        "--fault nack@30,bad-crc@60,slow@90:40,nack@120,bad-crc@150"; do
        rm -f kit.chip
        make_chip kit.chip
        # shellcheck disable=SC2086 # a list of words
        serve $options
        provision_served --yes >/dev/null 2>&1
        succeeds chip verify unix:kit.socket --signer-cert acme.cert
        kill "$server"
        wait "$server"
    done
}

@test "a provisioning that a power cut ended is resumed" {
    make_signer
    make_chip kit.chip
    serve --fault power-cut@70,power-cut@130
    for _ in 1 2 3; do
        provision_served --yes >/dev/null 2>&1 || true
    done
    succeeds chip verify unix:kit.socket --signer-cert acme.cert
}

@test "a served chip tells what it had to do, and asking is not counted" {
    make_signer
    make_chip kit.chip
    serve
    succeeds virtual counts unix:kit.socket
    [ "$output" = "wakes: 0" ]
    provision_served --yes >/dev/null 2>&1
    succeeds virtual counts unix:kit.socket --json
    has_keys wakes commands
    [ "$(jq '.commands | length' <<<"$output")" = 24 ] # of both data sheets
    [ "$(jq '.commands | .Lock, .AES' <<<"$output")" = "$(printf '3\n0')" ]
    before=$output
    echo text | nameplate chip sign unix:kit.socket - >/dev/null
    nameplate chip random unix:kit.socket --bytes 64 >/dev/null
    succeeds virtual counts unix:kit.socket --json
    [ "$(jq -n --argjson before "$before" --argjson after "$output" \
        '[("Nonce", "Sign", "Random", "Write", "Lock") |
            $after.commands[.] - $before.commands[.]] | tostring')" = '"[1,1,2,0,0]"' ]
    [ "$(jq .wakes <<<"$output")" -gt "$(jq .wakes <<<"$before")" ]
}

@test "only a served chip is counted" {
    make_chip kit.chip
    refuses 2 "only a served chip is counted" virtual counts virtual:kit.chip
    refuses 2 "only a served chip is counted" virtual counts unix:
    refuses 3 "no such socket" virtual counts unix:kit.socket
    refuses 6 "nobody serves this chip" virtual counts unix:kit.chip
}
