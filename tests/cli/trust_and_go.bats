#!/usr/bin/env bats
# Trust&GO parts: virtual ones, read as real ones are. openssl is the judge of the certificates.
load helper

make_part() {
    nameplate virtual create tng.chip --model tngtls --root-out root.pem \
        --chip-serial 0123a1b2c3d4e5f601 >/dev/null 2>&1
}

@test "a virtual part is found at its address and tells what it carries" {
    make_part
    succeeds chip info virtual:tng.chip
    says "model: atecc608b"
    says "stage: key-locked"
    says "provisioned: yes"
    says "identity: trust-and-go"
    says "serial: 0123A1B2C3D4E5F601"
    says "root: the throw-away root of virtual parts"
    succeeds chip info 'virtual:tng.chip?addr=0x35'
    refuses 6 "" chip info 'virtual:tng.chip?addr=0x60'
}

@test "openssl verifies the chain up to the root" {
    make_part
    nameplate chip cert virtual:tng.chip >device.pem
    nameplate chip cert virtual:tng.chip --signer >signer.pem
    openssl verify -x509_strict -CAfile root.pem -untrusted signer.pem device.pem
    openssl x509 -in device.pem -noout -subject -nameopt RFC2253 |
        grep -qx 'subject=CN=sn0123A1B2C3D4E5F601,O=Microchip Technology Inc'
    eui48=$(nameplate chip info virtual:tng.chip --json | jq -r .eui48)
    openssl x509 -in device.pem -noout -ext subjectAltName | grep -q "eui48_$eui48"
    openssl x509 -in root.pem -noout -text | grep -q "THROW-AWAY ROOT OF VIRTUAL PARTS"
}

@test "a virtual part verifies, with a warning that its root proves nothing" {
    make_part
    succeeds chip verify virtual:tng.chip
    [ "$(grep -c ': ok$' <<<"$output")" = 7 ]
    warns "it proves nothing to anybody"
    succeeds chip verify virtual:tng.chip --json
    [ "$(jq .signer_is_trusted <<<"$output")" = false ]
}

@test "a root that is trusted is asked for, and another one is not believed" {
    make_part
    succeeds chip verify virtual:tng.chip --root root.pem
    [ -z "$stderr" ]
    succeeds chip verify virtual:tng.chip --root root.pem --json
    [ "$(jq .signer_is_trusted <<<"$output")" = true ]
    make_signer
    run --separate-stderr nameplate chip verify virtual:tng.chip --root acme.cert
    [ "$status" = 1 ]
    says "signer: FAILED, the signer is not signed by the root"
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=Other -keyout rsa.key -out rsa.pem \
        2>/dev/null
    refuses 3 "not uncompressed P-256" chip verify virtual:tng.chip --root rsa.pem
    nameplate chip cert virtual:tng.chip --signer >signer.pem
    succeeds chip verify virtual:tng.chip --signer-cert signer.pem
    run --separate-stderr nameplate chip verify virtual:tng.chip --signer-cert acme.cert
    [ "$status" = 1 ]
}

@test "info and cert take a root as verify does" {
    make_part
    make_signer
    succeeds chip info virtual:tng.chip --root root.pem
    says "root: the given one"
    succeeds chip info virtual:tng.chip --root acme.cert --json
    [ "$(jq -r .root <<<"$output")" = unknown ]
    nameplate chip cert virtual:tng.chip --chain >known.pem
    nameplate chip cert virtual:tng.chip --chain --root root.pem >given.pem
    cmp known.pem given.pem
    refuses 4 "acme.cert: this root did not sign the signer" chip cert virtual:tng.chip \
        --root acme.cert
    refuses 2 "--aux and --root exclude each other" chip cert virtual:tng.chip --aux --root root.pem
    refuses 3 "none.pem: no such file" chip info virtual:tng.chip --root none.pem
}

@test "of a NervesKey no root is asked" {
    provisioned_chip
    nameplate signer create other >/dev/null
    nameplate chip info virtual:kit.chip >without
    nameplate chip info virtual:kit.chip --root other.cert >with
    cmp without with
    nameplate chip cert virtual:kit.chip --root other.cert | openssl x509 -noout
}

@test "a part that is Microchip's is neither planned nor provisioned" {
    make_part
    make_signer
    refuses 4 "this is a Trust&GO part" chip plan virtual:tng.chip --signer-cert acme.cert
    untouched tng.chip refuses 4 "this is a Trust&GO part" chip provision virtual:tng.chip \
        --signer-cert acme.cert --signer-key acme.key --yes
}

@test "a part has room for 416 bytes of settings, and keeps its identity" {
    make_part
    nameplate chip cert virtual:tng.chip --chain >before.pem
    succeeds chip settings get virtual:tng.chip --json
    [ "$(jq -c '[.settings, .capacity]' <<<"$output")" = '[{},416]' ]
    jq -n '{fill: ("x" * 396)}' >fits.json
    jq -n '{fill: ("x" * 397)}' >large.json
    untouched tng.chip refuses 3 "need 417 bytes; this chip stores at most 416" \
        chip settings put virtual:tng.chip large.json
    succeeds chip settings put virtual:tng.chip fits.json
    says "416 of 416 bytes"
    succeeds chip settings get virtual:tng.chip
    [ "$(jq -c . <<<"$output")" = "$(jq -c . fits.json)" ]
    head -c 416 /dev/urandom >bytes
    succeeds chip settings put virtual:tng.chip --raw bytes --json
    [ "$(jq -c . <<<"$output")" = '{"used":416,"capacity":416}' ]
    nameplate chip settings get virtual:tng.chip --raw out
    cmp bytes out
    nameplate chip cert virtual:tng.chip --chain | cmp - before.pem
    succeeds chip verify virtual:tng.chip --root root.pem
}

@test "a part has no auxiliary certificates" {
    make_part
    make_signer
    untouched tng.chip refuses 4 "the configuration is not NervesKey's" chip aux provision \
        virtual:tng.chip --signer-cert acme.cert --signer-key acme.key --yes
}

@test "looking changes nothing" {
    make_part
    untouched tng.chip succeeds chip info virtual:tng.chip
    untouched tng.chip succeeds chip cert virtual:tng.chip --chain
    untouched tng.chip succeeds chip verify virtual:tng.chip
}

@test "what cannot be meant is refused, and nothing is left behind" {
    refuses 2 "--image" virtual create a.chip --model tngtls --image config.hex
    refuses 2 "--root-out" virtual create a.chip --model atecc608b --root-out root.pem
    refuses 2 "01 at the end" virtual create a.chip --model tngtls --chip-serial 0123a1b2c3d4e5f6ee
    touch root.pem
    refuses 3 "root.pem" virtual create a.chip --model tngtls --root-out root.pem
    [ ! -e a.chip ]
}

@test "every part has keys and names of its own" {
    nameplate virtual create a.chip --model tngtls >/dev/null
    nameplate virtual create b.chip --model tngtls >/dev/null
    a=$(nameplate chip info virtual:a.chip --json | jq -r '.eui48, .device_fingerprint')
    b=$(nameplate chip info virtual:b.chip --json | jq -r '.eui48, .device_fingerprint')
    [ "$a" != "$b" ]
    nameplate chip cert virtual:a.chip | openssl x509 -noout -pubkey >a.pub
    nameplate chip cert virtual:b.chip | openssl x509 -noout -pubkey >b.pub
    run ! cmp -s a.pub b.pub
}
