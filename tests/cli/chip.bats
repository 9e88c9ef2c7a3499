#!/usr/bin/env bats
# Looking at chips: info, cert, verify.
load helper

@test "a provisioned chip tells what it carries" {
    provisioned_chip
    succeeds chip info virtual:kit.chip
    says "stage: key-locked"
    says "provisioned: yes"
    says "board: NervesKey"
    says "signer fingerprint: $(nameplate signer show acme.cert --json | jq -r .fingerprint)"
    [ -z "$stderr" ]
}

@test "the chip of the environment is the default, and an argument wins" {
    make_chip a.chip
    make_chip b.chip atecc508a
    export NAMEPLATE_CHIP=virtual:a.chip
    succeeds chip info
    says "model: atecc608b"
    succeeds chip info virtual:b.chip
    says "model: atecc508a"
}

@test "looking changes nothing" {
    provisioned_chip
    untouched kit.chip succeeds chip info virtual:kit.chip
    untouched kit.chip succeeds chip cert virtual:kit.chip --chain
    untouched kit.chip succeeds chip verify virtual:kit.chip
}

@test "nothing answers at another address" {
    make_chip kit.chip
    refuses 6 "" chip info 'virtual:kit.chip?addr=0x35'
}

@test "the chain is the device's certificate, then the signer's" {
    provisioned_chip
    nameplate chip cert virtual:kit.chip >device.pem
    nameplate chip cert virtual:kit.chip --signer >signer.pem
    nameplate chip cert virtual:kit.chip --chain | cmp - <(cat device.pem signer.pem)
    refuses 2 "exclude each other" chip cert virtual:kit.chip --chain --signer
}

@test "a chip without an identity has no certificates and does not verify" {
    make_chip kit.chip
    refuses 4 "its stage is 'blank'" chip cert virtual:kit.chip
    run --separate-stderr nameplate chip verify virtual:kit.chip
    [ "$status" = 1 ]
    says "layout: FAILED"
    says "challenge: skipped"
    warns "does not prove an identity"
}

@test "a good chip passes every check, and says whom it trusted" {
    provisioned_chip
    succeeds chip verify virtual:kit.chip
    [ "$(grep -c ': ok$' <<<"$output")" = 7 ]
    warns "the signer stored on the chip is trusted"
    succeeds chip verify virtual:kit.chip --signer-cert acme.cert
    [ -z "$stderr" ]
}

@test "a chip of another signer is not believed" {
    provisioned_chip
    make_signer second
    run --separate-stderr nameplate chip verify virtual:kit.chip --signer-cert second.cert
    [ "$status" = 1 ]
    says "signer: FAILED"
    make_openssl_ca
    run --separate-stderr nameplate chip verify virtual:kit.chip --signer-cert other.cert
    [ "$status" = 1 ]
}

@test "an expired signer is reported and is no failure" {
    provisioned_chip
    succeeds chip verify virtual:kit.chip --signer-cert acme.cert --now 2045-01-01T00:00:00Z
    warns "the signer has expired"
    succeeds chip verify virtual:kit.chip --now 2045-01-01 --json
    [ "$(jq .signer_is_expired <<<"$output")" = true ]
}

@test "a device certificate that is over is a failure" {
    provisioned_chip
    run --separate-stderr nameplate chip verify virtual:kit.chip --now 2099-01-01
    [ "$status" = 1 ]
    says "time: FAILED"
}

@test "the JSON keys are stable, for chips with and without identity" {
    info_keys="model revision chip_serial stage config_is_locked data_is_locked key_is_locked mode"
    info_keys+=" default_serial is_provisioned identity serial board user_data eui48 root"
    info_keys+=" device_fingerprint signer_fingerprint not_before not_after"
    make_chip blank.chip
    succeeds chip info virtual:blank.chip --json
    has_keys "$info_keys"
    provisioned_chip
    succeeds chip info virtual:kit.chip --json
    has_keys "$info_keys"
    succeeds chip cert virtual:kit.chip --json
    has_keys device_certificate
    succeeds chip cert virtual:kit.chip --chain --json
    has_keys device_certificate signer_certificate
    succeeds chip verify virtual:kit.chip --json
    has_keys checks is_good signer_is_trusted signer_is_expired chip_serial serial
    [ "$(jq -r '.checks[0] | keys_unsorted | join(" ")' <<<"$output")" = "check verdict note" ]
}

@test "a trace shows every transaction on stderr and changes nothing on stdout" {
    provisioned_chip
    for uri in virtual:kit.chip 'virtual:kit.chip?addr=0x60'; do
        succeeds chip info "$uri"
        plain=$output
        [ -z "$stderr" ]
        succeeds chip info "$uri" --trace
        [ "$output" = "$plain" ]
        warns "wake token"
        warns "read at 0x60 -> awake"
        warns "Read config block 0 -> 01 23 a1 b2"
        warns "sleep at 0x60"
    done
    make_chip new.chip
    provision new.chip --yes --trace 2>trace >/dev/null
    grep -q 'Write config word 0x05 (SlotConfig 0-1): 87 20 0f 0f -> success (' trace
    grep -q 'Lock data and OTP with CRC 0x.* -> success (' trace
    grep -q 'Lock slot 0 -> success (' trace
    grep -q 'Random -> 32 bytes, not shown' trace
}
