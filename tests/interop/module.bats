#!/usr/bin/env bats
# The PKCS #11 module on real nodes (our own i2c: on a served chip behind /dev/i2c-N): the tokens
# have the names that NervesKey's module gives them; and several processes at a time.
load ../cli/helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    make_signer acme
    make_chip kit.chip
    provision kit.chip --yes >/dev/null 2>&1
    nameplate virtual create tng.chip --model tngtls >/dev/null
    export NAMEPLATE_CACHE=$BATS_FILE_TMPDIR/cache
    unset NAMEPLATE_PKCS11_LOG
    # a busy machine is slow: whoever waits for its turn gets it
    printf 'lock-wait-ms = 60000\n' >pkcs11.conf
    export NAMEPLATE_PKCS11_CONF=$PWD/pkcs11.conf
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NAMEPLATE_CHIP
    cp "$BATS_FILE_TMPDIR"/*.chip .
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

# serve FILE: behind bus 3; returns when it can be used.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve "$1" --socket kit.socket --time zero 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r _ <&"${SERVER[0]}"
    export NAMEPLATE_I2C="3=unix:$PWD/kit.socket"
}

on_node() {
    NAMEPLATE_CHIP="i2c:/dev/i2c-3$1" LD_PRELOAD=$NAMEPLATE_PRELOAD \
        pkcs11-tool --module "$NAMEPLATE_MODULE" "${@:2}"
}

@test "a chip on bus 3 is token=3, and token=19 at 0x35" {
    command -v pkcs11-tool >/dev/null || skip "pkcs11-tool is not installed"
    serve kit.chip
    run on_node "" -L
    [ "$status" = 0 ]
    [[ $output =~ token\ label\ *:\ 3$'\n' ]]
    kill "$server"
    wait "$server" || true
    serve tng.chip
    run on_node "?addr=0x35" -L
    [ "$status" = 0 ]
    [[ $output =~ token\ label\ *:\ 19$'\n' ]]
}

@test "processes that sign through the module and the program at once all succeed" {
    command -v pkcs11-tool >/dev/null || skip "pkcs11-tool is not installed"
    serve kit.chip
    head -c 32 /dev/zero >digest
    export NAMEPLATE_CHIP=unix:$PWD/kit.socket
    loops=()
    for loop in 1 2 3; do
        for i in $(seq "${NP_LOOPS:-8}"); do
            pkcs11-tool --module "$NAMEPLATE_MODULE" --sign -m ECDSA -i digest \
                -o "sig.$loop.$i" >/dev/null 2>"err.$loop" || exit 1
        done &
        loops+=($!)
    done
    for i in $(seq "${NP_LOOPS:-8}"); do
        nameplate chip sign "$NAMEPLATE_CHIP" digest --wait 60 >/dev/null || exit 1
    done &
    loops+=($!)
    for loop in "${loops[@]}"; do
        wait "$loop" || { cat err.*; return 1; }
    done
    [ "$(find . -name 'sig.*' -size 64c | wc -l)" = $((3 * ${NP_LOOPS:-8})) ]
}

@test "a client that is killed while it signs leaves the chip to the next one" {
    command -v pkcs11-tool >/dev/null || skip "pkcs11-tool is not installed"
    serve kit.chip
    head -c 32 /dev/zero >digest
    export NAMEPLATE_CHIP=unix:$PWD/kit.socket
    for i in 1 2 3 4 5; do
        pkcs11-tool --module "$NAMEPLATE_MODULE" --sign -m ECDSA -i digest -o gone \
            >/dev/null 2>&1 &
        kill -KILL $!
        wait $! 2>/dev/null || true
        run pkcs11-tool --module "$NAMEPLATE_MODULE" --sign -m ECDSA -i digest -o "sig.$i"
        [ "$status" = 0 ]
    done
}

@test "children initialise anew and sign while two threads of their parent sign" {
    serve kit.chip
    export NAMEPLATE_CHIP=unix:$PWD/kit.socket
    run timeout 60 "$NAMEPLATE_FORKS" "$NAMEPLATE_MODULE"
    [ "$status" = 0 ] || { echo "$output"; return 1; }
}
