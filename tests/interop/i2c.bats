#!/usr/bin/env bats
# Programs that know nothing of us, and our own i2c: link, on a served chip behind /dev/i2c-1.
load ../cli/helper

# serve OPTIONS...: kit.chip, in the background, as bus 1 and 12; returns when it can be used.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket "$@" 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [ "$ready" = "socket: kit.socket" ] || { echo "$ready"; return 1; }
    export NAMEPLATE_I2C="12=unix:$PWD/kit.socket,1=unix:$PWD/kit.socket"
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

# A chip whose watchdog gives a program 13 seconds from wake to sleep (byte 19, bit 2 of its
# configuration) and not 1.3: these programs wake it once, and a busy machine may be slow.
make_patient_chip() {
    config_with 19 04 >config
    "$NAMEPLATE_PROGRAM" virtual create kit.chip --model atecc608b --image config >/dev/null
}

# A program with the library in front of it. (A sanitizer wants to be the first library otherwise.)
on_bus() {
    ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$NAMEPLATE_PRELOAD "$@"
}

i2c() {
    on_bus "$NAMEPLATE_PROGRAM" "$@"
}

# The helpers run `nameplate`: here it is always behind the library.
nameplate() {
    i2c "$@"
}

@test "i2cdetect finds the chip at its address and nothing else" {
    make_patient_chip
    serve
    run on_bus /usr/sbin/i2cdetect -y 1
    [ "$status" = 0 ]
    [ "$(grep -oE '^[0-7]0:.*' <<<"$output" | cut -d: -f2 | tr -d ' \n-')" = 60 ]
    run on_bus /usr/sbin/i2cdetect -F 12
    says "I2C                              yes"
    run on_bus /usr/sbin/i2cdetect -y 2
    [ "$status" != 0 ]
}

@test "i2ctransfer wakes the chip and reads its revision, as the data sheet says" {
    make_patient_chip
    serve
    run on_bus /usr/sbin/i2ctransfer -a -y 1 w1@0x00 0
    [ "$status" != 0 ] # a wake token is not acknowledged
    for _ in 1 2 3 4 5 6 7 8; do # until its 1.5 ms have passed
        run on_bus /usr/sbin/i2ctransfer -y 1 r4@0x60
        [ "$status" != 0 ] || break
    done
    [ "$output" = "0x04 0x11 0x33 0x43" ]
    on_bus /usr/sbin/i2ctransfer -y 1 w8@0x60 0x03 0x07 0x30 0x00 0x00 0x00 0x03 0x5d
    run on_bus /usr/sbin/i2ctransfer -y 1 r7@0x60
    [ "${output:0:24}" = "0x07 0x00 0x00 0x60 0x03" ]
}

@test "a chip is provisioned end to end over i2c: and is what it is as a file" {
    make_signer
    make_chip kit.chip
    serve
    i2c chip provision i2c:/dev/i2c-1 --signer-cert acme.cert --signer-key acme.key --yes \
        --serial SN-1 >/dev/null 2>&1
    succeeds chip info i2c:/dev/i2c-1
    says "serial: SN-1"
    succeeds chip verify i2c:/dev/i2c-12 --signer-cert acme.cert
    i2c chip cert i2c:/dev/i2c-1 >device.pem
    i2c chip cert i2c:/dev/i2c-1 --signer >signer.pem
    openssl verify -CAfile signer.pem device.pem
    cmp device.pem <("$NAMEPLATE_PROGRAM" chip cert unix:kit.socket)
}

@test "faster buses are woken through the NACK, and not by the address alone" {
    make_chip kit.chip
    serve --bus-khz 400
    succeeds chip info 'i2c:/dev/i2c-1?khz=400'
    succeeds chip info 'i2c:/dev/i2c-1?khz=400&addr=0x60'
    succeeds chip info 'i2c:/dev/i2c-1?khz=400&wake=slow'
    refuses 6 "nothing answers at address 0x60" chip info 'i2c:/dev/i2c-1?khz=400&wake=zero'
    warns "must carry the wake token"
}

@test "where nothing answers, and when the server goes, that is said" {
    make_chip kit.chip
    serve
    refuses 6 "nothing answers at address 0x36" chip info 'i2c:/dev/i2c-1?addr=0x36'
    refuses 2 "--now is for virtual chips only" chip verify i2c:/dev/i2c-1 --now 2026-11-20
    kill "$server"
    wait "$server"
    refuses 6 "/dev/i2c-1: cannot be opened" chip info i2c:/dev/i2c-1
}

# A part's address is in byte 16 of its configuration, shifted by one.
@test "a chip at 0x60, 0x35 or 0x36 is found, and nowhere else" {
    for byte in c0 6a 6c; do
        rm -f kit.chip
        config_with 16 "$byte" >config
        "$NAMEPLATE_PROGRAM" virtual create kit.chip --model atecc608b --image config >/dev/null
        serve
        succeeds chip info i2c:/dev/i2c-1
        says "chip serial: 0123a1b2c3d4e5f6ee"
        kill "$server"
        wait "$server"
    done
    rm kit.chip
    config_with 16 70 >config # 0x38
    "$NAMEPLATE_PROGRAM" virtual create kit.chip --model atecc608b --image config >/dev/null
    serve
    refuses 6 "nothing answers at address 0x60" chip info i2c:/dev/i2c-1
    succeeds chip info 'i2c:/dev/i2c-1?addr=0x38'
}

@test "i2c: and unix: clients hold the same lock" {
    make_chip kit.chip
    serve
    exec {lock}<>kit.socket.lock
    flock "$lock"
    succeeds chip info i2c:/dev/i2c-1 {lock}>&- &
    waiting=$!
    flock -u "$lock"
    exec {lock}>&-
    wait "$waiting"
}

# client NAME: one of the programs in i2c_clients, on the bus.
client() {
    on_bus "$NAMEPLATE_I2C_CLIENTS" "$@"
}

@test "a reader of serials finds both, by the transfers that boardid makes" {
    make_signer
    make_chip kit.chip
    provision kit.chip --yes --serial SERIAL-0123456789-0123456789-AB >/dev/null 2>&1
    serve
    run client serials
    [ "$output" = "0123a1b2c3d4e5f6ee SERIAL-0123456789-0123456789-AB" ]
}

@test "Python's smbus, smbus2 and periphery read the revision" {
    make_patient_chip
    serve
    run client revision_by_periphery
    [ "$output" = 00006003 ]
    run client revision_by_smbus
    [ "$output" = "00006003 0x7" ]
}

@test "the node looks like one, by name and opened" {
    make_patient_chip
    serve
    run client names
    [ "$output" = ok ]
}

@test "copies of a descriptor lead to the bus until the last one is closed" {
    make_patient_chip
    serve
    run client copies
    [ "$output" = ok ]
}

@test "a lock lives as long as the last copy, and its descriptor is in nobody's way" {
    make_patient_chip
    serve
    run client locks
    [ "$output" = ok ]
}

@test "access modes and flags are those of a node" {
    make_patient_chip
    serve
    run client flags
    [ "$output" = ok ]
}

@test "the C library's streams work on it" {
    make_patient_chip
    serve
    run client streams
    [ "$output" = ok ]
}

@test "forks share a descriptor and get their own answers" {
    make_patient_chip
    serve
    run client forks
    [ "$output" = ok ]
}

@test "what a spawned program closes is not closed for its parent" {
    make_patient_chip
    serve
    run client spawns
    [ "$output" = ok ]
}

@test "transfers of threads do not mix" {
    make_patient_chip
    serve
    run client threads
    [ "$output" = ok ]
}

@test "two programs at once read one chip" {
    make_signer
    make_chip kit.chip
    provision kit.chip --yes --serial SN-1 >/dev/null 2>&1
    serve
    for i in 1 2 3 4 5; do
        succeeds chip info i2c:/dev/i2c-1 &
        mine=$!
        "$NAMEPLATE_PROGRAM" chip info unix:kit.socket >"info.$i"
        wait "$mine"
        grep -q "serial: SN-1" "info.$i"
    done
}

@test "the library leaves everything else alone" {
    printf 'some text\n' >plain
    run on_bus cat plain
    [ "$output" = "some text" ]
    on_bus dd if=plain of=copy status=none
    cmp plain copy
    on_bus flock plain true
    run on_bus cat none
    [ "$status" = 1 ]
}
