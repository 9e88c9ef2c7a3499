#!/usr/bin/env bats
# Chips whose key works only after an authorisation.
load helper

make_keys() {
    printf correcthorsenail >act.key
    echo 6e61696c686f727365636f7272656374 >enc.key
}

volatile() {
    local verb=$1 file=$2
    shift 2
    nameplate chip "$verb" "virtual:$file" --signer-cert acme.cert --signer-key acme.key \
        --layout nerveskey-volatile --activation-key-file act.key --encryption-key-file enc.key "$@"
}

volatile_chip() {
    make_signer
    make_keys
    make_chip kit.chip
    volatile provision kit.chip --yes >/dev/null 2>&1
}

# serve FILE SOCKET: until the test ends; returns when clients can connect.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve "$1" --socket "$2" 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [ "$ready" = "socket: $2" ] || { echo "$ready"; return 1; }
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

@test "a chip is provisioned in the volatile layout, and again without writing" {
    volatile_chip
    succeeds chip info virtual:kit.chip
    says "mode: volatile"
    says "provisioned: yes"
    run --separate-stderr volatile provision kit.chip
    [ "$status" = 0 ]
    warns "provisioned as asked before"
    succeeds virtual show kit.chip --json
    config=$(jq -r .configuration <<<"$output")
    [ "${config:176:4}" = f8ff ]
}

@test "without its activation key the chip does not verify, with it it does" {
    volatile_chip
    run --separate-stderr nameplate chip verify virtual:kit.chip
    [ "$status" = 1 ]
    says "challenge: FAILED, the chip is not authorised"
    succeeds chip verify virtual:kit.chip --activation-key-file act.key
    says "challenge: ok"
    refuses 4 "another activation key" chip verify virtual:kit.chip --activation-key-file enc.key
}

# What the latch of the served chip says, by the verdict that depends on it.
is_authorised() {
    nameplate chip verify unix:kit.socket >/dev/null 2>&1
}

@test "sign and jwt authorise for one signature, and leave the chip as they found it" {
    volatile_chip
    nameplate chip cert virtual:kit.chip | openssl x509 -noout -pubkey >pub.pem
    nameplate chip sign virtual:kit.chip act.key --activation-key-file act.key >act.sig
    openssl dgst -sha256 -verify pub.pem -signature act.sig act.key
    serve kit.chip kit.socket
    refuses 4 "the chip is not authorised" chip sign unix:kit.socket act.key
    warns "--activation-key-file FILE"
    refuses 4 "another activation key" chip sign unix:kit.socket act.key \
        --activation-key-file enc.key
    refuses 3 "none.key: no such file" chip sign unix:kit.socket act.key \
        --activation-key-file none.key
    nameplate chip sign unix:kit.socket act.key --activation-key-file act.key >act.sig
    openssl dgst -sha256 -verify pub.pem -signature act.sig act.key
    echo '{"aud": "fleet"}' >claims.json
    nameplate chip jwt unix:kit.socket --claims claims.json --activation-key-file act.key >token
    [ "$(cut -d . -f 2 token | tr _- /+ | base64 -d)" = '{"aud": "fleet"}' ]
    run ! is_authorised
    succeeds chip verify unix:kit.socket --activation-key-file act.key
    run ! is_authorised
    nameplate chip authorize unix:kit.socket --activation-key-file act.key >/dev/null
    nameplate chip sign unix:kit.socket act.key --activation-key-file act.key >act.sig
    is_authorised
}

@test "authorising and signing is one hold of the bus" {
    volatile_chip
    serve kit.chip kit.socket
    for _ in 1 2 3 4 5; do
        nameplate chip sign unix:kit.socket act.key --activation-key-file act.key >/dev/null &
        # sleeping alone may come between: nobody else finds the latch set
        run -4 nameplate chip sign unix:kit.socket act.key
        wait $!
    done
}

@test "both revisions of a 608 sign when they are authorised, and a chip without the layout not" {
    make_signer
    make_keys
    make_chip kit.chip atecc608a
    volatile provision kit.chip --yes >/dev/null 2>&1
    succeeds chip sign virtual:kit.chip act.key --activation-key-file act.key --json
    rm kit.chip
    make_chip kit.chip
    provision kit.chip --yes >/dev/null 2>&1
    refuses 4 "its layout is not nerveskey-volatile" chip sign virtual:kit.chip act.key \
        --activation-key-file act.key
}

@test "other keys than those on the chip are found out, by the plan too" {
    volatile_chip
    printf correcthorsenai1 >other.key
    for verb in plan provision; do
        for keys in "other.key enc.key activation" "act.key other.key encryption"; do
            read -r activation encryption wrong <<<"$keys"
            untouched kit.chip refuses 4 "another $wrong key" chip $verb virtual:kit.chip \
                --signer-cert acme.cert --signer-key acme.key --layout nerveskey-volatile \
                --activation-key-file "$activation" --encryption-key-file "$encryption"
        done
    done
    succeeds chip plan virtual:kit.chip --signer-cert acme.cert --layout nerveskey-volatile \
        --activation-key-file act.key --encryption-key-file enc.key --json
    [ "$(jq .is_done <<<"$output")" = true ]
}

@test "settings and auxiliary certificates need no authorisation" {
    volatile_chip
    nameplate signer create field >/dev/null
    nameplate chip aux provision virtual:kit.chip --signer-cert field.cert --signer-key field.key \
        --yes >/dev/null 2>&1
    nameplate chip aux cert virtual:kit.chip | openssl verify -CAfile field.cert
    nameplate chip aux clear virtual:kit.chip >/dev/null
    echo '{"port":8080}' >settings.json
    succeeds chip settings put virtual:kit.chip settings.json
    says "of 524 bytes"
    [ "$(nameplate chip settings get virtual:kit.chip | jq -c .)" = '{"port":8080}' ]
    succeeds chip verify virtual:kit.chip --activation-key-file act.key
}

@test "an authorisation lasts while the chip has power" {
    volatile_chip
    serve kit.chip kit.socket
    run --separate-stderr nameplate chip sign unix:kit.socket act.key
    [ "$status" != 0 ]
    refuses 4 "another activation key" chip authorize unix:kit.socket --activation-key-file enc.key
    succeeds chip authorize unix:kit.socket --activation-key-file act.key
    says "authorised: yes"
    succeeds chip verify unix:kit.socket
    nameplate chip cert unix:kit.socket | openssl x509 -noout -pubkey >pub.pem
    nameplate chip sign unix:kit.socket act.key >act.sig
    openssl dgst -sha256 -verify pub.pem -signature act.sig act.key
}

@test "no key is shown by the plan, and none is asked for on the command line" {
    make_signer
    make_keys
    make_chip kit.chip
    volatile plan kit.chip >plan.txt
    volatile plan kit.chip --json >plan.json
    run grep -i -e 636f7272656374686f727365 -e 6e61696c686f7273 plan.txt plan.json
    [ "$status" = 1 ]
    keys='[.steps[] | select(.slot == 1 or .slot == 2) | .data // empty] | length'
    [ "$(jq "$keys" plan.json)" = 0 ]
    [ "$(jq -r .layout plan.json)" = nerveskey-volatile ]
    grep -q "lock the keys in slots 0-2 (irreversible)" plan.txt
}

@test "a 508A has no latch, and layouts need what they need" {
    make_signer
    make_keys
    make_chip old.chip atecc508a
    run --separate-stderr volatile provision old.chip --yes
    [ "$status" = 4 ]
    warns "needs an ATECC608A or 608B"
    make_chip kit.chip
    refuses 2 "an activation key and an encryption key" chip plan virtual:kit.chip \
        --signer-cert acme.cert --layout nerveskey-volatile
    refuses 2 "neither activation key nor encryption key" chip plan virtual:kit.chip \
        --signer-cert acme.cert --activation-key-file act.key
    refuses 2 "there is no layout 'other'" chip plan virtual:kit.chip --signer-cert acme.cert \
        --layout other
    printf short >short.key
    refuses 3 "neither the 16 bytes" chip plan virtual:kit.chip --signer-cert acme.cert \
        --layout nerveskey-volatile --activation-key-file short.key --encryption-key-file enc.key
    provision kit.chip --yes >/dev/null 2>&1
    succeeds chip info virtual:kit.chip
    says "mode: regular"
    refuses 4 "its layout is not nerveskey-volatile" chip authorize virtual:kit.chip \
        --activation-key-file act.key
    run --separate-stderr volatile provision kit.chip --yes
    [ "$status" = 4 ]
    warns "the layout nerveskey, not"
}
