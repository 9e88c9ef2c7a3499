#!/usr/bin/env bats
# Users of one group on one served chip, and somebody who is none of them. Root alone can be several
# users: elsewhere these tests say that they were not run.
load ../cli/helper

# Numbers that nobody has; none needs a name.
MIRA=64001
NOOR=64002
OUTSIDER=64003
GROUP=64100

setup_file() {
    [ "$(id -u)" = 0 ] || skip "needs root, to be two users"
}

setup() {
    export LC_ALL=C.UTF-8
    unset NAMEPLATE_CHIP
    # bats' own folders are root's; the program is copied because its folder may be too
    here=$(mktemp -d /tmp/nameplate-users.XXXXXX)
    chown "$MIRA:$GROUP" "$here"
    chmod 0711 "$here"
    cd "$here" || return 1
    install -m 0755 "$NAMEPLATE_PROGRAM" nameplate
    install -m 0755 "$NAMEPLATE_PRELOAD" library.so
    NAMEPLATE_PROGRAM=$here/nameplate
    make_signer
    make_chip kit.chip
    provision kit.chip --yes >/dev/null 2>&1
    "$NAMEPLATE_PROGRAM" chip cert virtual:kit.chip >device.pem
    openssl x509 -in device.pem -noout -pubkey >device.pub
    chown "$MIRA:$GROUP" kit.chip
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null && wait "$server"; fi || true
    rm -rf "$here"
}

# as USER GROUP COMMAND...: without any right of root's
as() {
    local user=$1 group=$2
    shift 2
    setpriv --reuid "$user" --regid "$group" --clear-groups --bounding-set=-all \
        --inh-caps=-all "$@"
}

# One of the group serves the chip.
serve() {
    coproc SERVER {
        exec setpriv --reuid "$MIRA" --regid "$GROUP" --clear-groups \
            "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [ "$ready" = "socket: kit.socket" ] || { echo "$ready"; return 1; }
}

# sign USER NAME: a text of the user's own, by the socket; openssl judges
sign() {
    printf 'text %s' "$2" >"text.$2"
    as "$1" "$GROUP" "$NAMEPLATE_PROGRAM" chip sign --wait 60 unix:kit.socket - \
        <"text.$2" >"signature.$2"
    openssl dgst -sha256 -verify device.pub -signature "signature.$2" "text.$2"
}

# The same by the node.
sign_on_node() {
    printf 'text %s' "$2" >"text.$2"
    as "$1" "$GROUP" env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$here/library.so" \
        NAMEPLATE_I2C="1=unix:$here/kit.socket" \
        "$NAMEPLATE_PROGRAM" chip sign --wait 60 i2c:/dev/i2c-1 - <"text.$2" >"signature.$2"
    openssl dgst -sha256 -verify device.pub -signature "signature.$2" "text.$2"
}

@test "two users of one group sign in turn" {
    serve
    for turn in 1 2; do
        sign "$MIRA" "mira.$turn"
        sign "$NOOR" "noor.$turn"
    done
    [ "$(stat -c '%u %g %a' kit.socket kit.socket.lock | uniq)" = "$MIRA $GROUP 660" ]
}

@test "two users of one group sign at once, by the socket and by the node" {
    serve
    workers=()
    for turn in 1 2 3; do
        sign "$MIRA" "mira.$turn" &
        workers+=($!)
        sign "$NOOR" "noor.$turn" &
        workers+=($!)
        sign_on_node "$NOOR" "node.$turn" &
        workers+=($!)
    done
    for worker in "${workers[@]}"; do wait "$worker"; done
}

@test "who is not of the group is told what to do" {
    serve
    run --separate-stderr as "$OUTSIDER" "$OUTSIDER" "$NAMEPLATE_PROGRAM" chip info unix:kit.socket
    [ "$status" = 6 ]
    warns "kit.socket: cannot be connected to: Permission denied"
    warns "hint: join the group of the socket (ls -l kit.socket)"
    run --separate-stderr as "$OUTSIDER" "$OUTSIDER" env \
        ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$here/library.so" \
        NAMEPLATE_I2C="1=unix:$here/kit.socket" "$NAMEPLATE_PROGRAM" chip info i2c:/dev/i2c-1
    [ "$status" = 6 ]
    warns "/dev/i2c-1: cannot be opened: Permission denied"
    warns "hint: join the group of the node"
    run as "$OUTSIDER" "$OUTSIDER" flock --nonblock kit.socket.lock true
    [ "$status" != 0 ] # nor can they keep others out
}

@test "the lock of another user is waited for, and is free when its holder was killed" {
    serve
    mkfifo held never
    chown "$MIRA" held never
    # one process from here to the end, so that it is the holder who is killed
    setpriv --reuid "$MIRA" --regid "$GROUP" --clear-groups flock --no-fork kit.socket.lock \
        sh -c 'echo held >held; exec cat never' 3>&- &
    holder=$!
    read -r _ <held
    sign "$NOOR" noor &
    waiting=$!
    run as "$NOOR" "$GROUP" flock --nonblock kit.socket.lock true
    [ "$status" != 0 ]
    kill -KILL "$holder"
    wait "$waiting"
}
