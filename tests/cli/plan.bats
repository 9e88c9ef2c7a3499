#!/usr/bin/env bats
# The plan: what it says, and every refusal that is visible before anything is written.
load helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    "$NAMEPLATE_PROGRAM" signer create acme --years 10 >/dev/null
    "$NAMEPLATE_PROGRAM" signer create long --years 31 >/dev/null
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    cp "$BATS_FILE_TMPDIR"/*.cert "$BATS_FILE_TMPDIR"/*.key .
    export NAMEPLATE_CHIP=virtual:kit.chip
    make_chip kit.chip
}

plan() {
    nameplate chip plan --signer-cert acme.cert "$@"
}

# Neither planning nor provisioning may touch the chip.
both_refuse() {
    local status=$1 text=$2
    shift 2
    untouched kit.chip refuses "$status" "$text" chip plan --signer-cert acme.cert \
        --signer-key acme.key "$@"
    untouched kit.chip refuses "$status" "$text" chip provision --signer-cert acme.cert \
        --signer-key acme.key --yes "$@"
}

@test "the plan names chip, serial, board, signer, steps, irreversible ones and its hash" {
    untouched kit.chip succeeds chip plan --signer-cert acme.cert
    says "chip serial: 0123a1b2c3d4e5f6ee (atecc608b, blank)"
    says "board: NervesKey"
    says "signer fingerprint: $(nameplate signer show acme.cert --json | jq -r .fingerprint)"
    says "48 writes to slots 1-15"
    [ "$(grep -c irreversible <<<"$output")" = 3 ]
    [[ $output =~ plan\ hash:\ [0-9a-f]{64} ]]
    [ -z "$stderr" ]
}

@test "the default serial is the chip serial in Base32" {
    succeeds chip plan --signer-cert acme.cert --json
    expected=$(printf '\x01\x23\xa1\xb2\xc3\xd4\xe5\xf6\xee' | base32 | tr -d =)
    [ "$(jq -r .serial <<<"$output")" = "$expected" ]
}

@test "the document has every step with its bytes" {
    printf 'user data' >data
    succeeds chip plan --signer-cert acme.cert --serial SN-1 --board Board --user-data data --json
    has_keys chip_serial model layout stage serial board user_data \
        signer_fingerprint is_done hash steps
    [ "$(jq '[.steps[] | select(.step == "write-slot")] | length' <<<"$output")" = 48 ]
    [ "$(jq -r '[.steps[] | select(.is_irreversible) | .step] | join(" ")' <<<"$output")" = \
        "lock-config lock-data lock-key" ]
    [[ $(jq -r '.steps[] | select(.step == "write-otp" and .offset == 0).data' <<<"$output") == \
        4e7276730000426f61726400000000* ]]
    [[ $(jq -r '.steps[] | select(.step == "write-otp" and .offset == 32).data' <<<"$output") == \
        "$(printf 'user data' | hex)"* ]]
    [ "$(jq -r '.steps[-1].step' <<<"$output")" = verify ]
}

@test "the hash is of what is asked for, not of the moment" {
    hash=$(plan --json | jq -r .hash)
    [ "$(plan --json --now 2031-05-05 | jq -r .hash)" = "$hash" ]
    [ "$(plan --json --serial other | jq -r .hash)" != "$hash" ]
    [ "$(plan --json --board other | jq -r .hash)" != "$hash" ]
    [ "$(plan --json --signer-cert long.cert 2>/dev/null | jq -r .hash)" != "$hash" ]
    [ "$(nameplate chip plan --signer-cert long.cert --json | jq -r .hash)" != "$hash" ]
}

@test "serials that cannot be stored are refused" {
    both_refuse 3 "serial" --serial ""
    both_refuse 3 "serial" --serial 123456789012345678901234567890123
    both_refuse 3 "serial" --serial a/b
    both_refuse 3 "serial" --serial $'\xff\xfe'
    plan --serial 12345678901234567890123456789012
}

@test "boards and user data that cannot be stored are refused" {
    both_refuse 3 "board" --board ""
    both_refuse 3 "board" --board 12345678901
    head -c 33 /dev/urandom >large
    both_refuse 3 "user data" --user-data large
    head -c 32 /dev/urandom >data
    both_refuse 3 "user data" --user-data data --serial 12345678901234567
    both_refuse 3 "none: no such file" --user-data none
    plan --user-data data --serial 1234567890123456
}

@test "a key of another signer is refused before the chip is touched" {
    for verb in plan "provision --yes"; do
        # shellcheck disable=SC2086 # a list of words
        untouched kit.chip refuses 3 "long.key" chip $verb --signer-cert acme.cert \
            --signer-key long.key
    done
    refuses 3 "long.key" chip plan virtual:none.chip --signer-cert acme.cert --signer-key long.key
}

@test "a signer that no chip can store is refused" {
    make_openssl_ca
    for verb in plan "provision --yes"; do
        # shellcheck disable=SC2086
        untouched kit.chip refuses 3 "other.cert" chip $verb --signer-cert other.cert \
            --signer-key other.key
        warns "nameplate signer check other.cert"
    done
}

@test "files of a signer that are missing or no such thing are refused" {
    refuses 3 "none.cert: no such file" chip plan --signer-cert none.cert
    refuses 3 "none.key: no such file" chip plan --signer-cert acme.cert --signer-key none.key
    refuses 3 "acme.key" chip plan --signer-cert acme.key
    refuses 3 "acme.cert" chip plan --signer-cert acme.cert --signer-key acme.cert
}

@test "a signer certificate in DER is as good" {
    openssl x509 -in acme.cert -outform DER -out acme.der
    local now=(--now 2031-05-05T05:05:05Z) # dates are those of the hour
    [ "$(plan "${now[@]}")" = "$(nameplate chip plan --signer-cert acme.der "${now[@]}")" ]
}

@test "a signer that has expired or is not valid yet is refused" {
    both_refuse 3 "expired" --now 2045-01-01T00:00:00Z
    both_refuse 3 "not valid" --now 2020-01-01T00:00:00Z
}

@test "from 2032 on no certificate can be stored" {
    untouched kit.chip refuses 3 "2032" chip provision --signer-cert long.cert \
        --signer-key long.key --yes --now 2032-01-01T00:00:00Z
    succeeds chip plan --signer-cert long.cert --now 2031-12-31T23:59:59Z
    says "valid from 2031-12-31T23:00:00Z until 2062-12-31T23:00:00Z"
}

@test "on the 29th of February certificates are those of the 28th" {
    succeeds chip plan --signer-cert acme.cert --now 2028-02-29T12:34:56Z
    says "valid from 2028-02-28T12:00:00Z until 2059-02-28T12:00:00Z"
}

@test "a chip that somebody else configured is refused" {
    rm kit.chip
    config_with 90 0102 >config.hex
    nameplate virtual create kit.chip --model atecc608b --image config.hex
    both_refuse 4 ""
}

@test "a chip that was locked with another configuration is refused" {
    rm kit.chip
    config_with 87 00 >config.hex
    nameplate virtual create kit.chip --model atecc608b --image config.hex
    both_refuse 4 ""
}

@test "a chip whose lock byte is torn is lost" {
    rm kit.chip
    config_with 87 ff >config.hex
    nameplate virtual create kit.chip --model atecc608b --image config.hex
    both_refuse 1 ""
    succeeds chip info
    says "stage: lost"
}
