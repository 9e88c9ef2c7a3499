#!/usr/bin/env bats
# What modems say of themselves: shown, checked, saved, pinned.
load helper

token() {
    cat "$NAMEPLATE_VECTORS/nrf/tokens/$1.txt"
}

verdict() { # of a check in $output
    jq -r --arg check "$1" '.checks[] | select(.check == $check).verdict' <<<"$output"
}

# The identity key that the vectors have found, PEM.
identity_of() {
    local point
    point=$(jq -r --arg id "$1" '.[] | select(.id == $id).identity_pubkey.uncompressed' \
        "$NAMEPLATE_VECTORS/nrf/tokens/tokens.json")
    { printf 3059301306072a8648ce3d020106082a8648ce3d030107034200 && echo "$point"; } |
        xxd -r -p | openssl pkey -pubin -inform DER
}

@test "the token of the tutorial is decoded, checked and saved" {
    succeeds modem parse "$(token seed_keygen_csr)" --save
    says "device UUID: 50503041-3539-47eb-807b-102dbb423b9a"
    says "security tag: 16842753"
    says "digest: ok"
    says "request: ok"
    says "name: ok"
    says "identity: not checkable (the device's identity key is not known)"
    for kind in csr pub; do
        cmp "50503041-3539-47eb-807b-102dbb423b9a_16842753_$kind.pem" \
            "$NAMEPLATE_VECTORS/nrf/certs/seed_16842753_$kind.pem"
    done
    refuses_saving=$(nameplate modem parse "$(token seed_keygen_csr)" --save 2>&1) && return 1
    [[ $refuses_saving == *"exists already"* ]]
}

@test "a line, a file and the standard input are taken" {
    succeeds modem parse "%KEYGEN: \"$(token seed_keygen_csr)\""
    printf 'AT%%KEYGEN=16842753,2,0\r\n%%KEYGEN: "%s"\r\nOK\r\n' "$(token seed_keygen_csr)" >session
    succeeds modem parse session --out .
    [ -e 50503041-3539-47eb-807b-102dbb423b9a_16842753_csr.pem ]
    run --separate-stderr nameplate modem parse - --json <session
    [ "$(jq -r .sec_tag <<<"$output")" = 16842753 ]
}

@test "every published token has the verdicts that the vectors imply" {
    while IFS=$'\t' read -r id digest request; do
        run --separate-stderr nameplate modem parse "$(token "$id")" --json
        case $id in
            *altered | d_attest*) [ "$status" = 3 ] ;;
            *) [ "$status" = 0 ] ;;
        esac
        [ "$(verdict digest)" = "$digest" ] || { echo "$id: $output"; return 1; }
        [ "$(verdict request)" = "$request" ] || { echo "$id: $output"; return 1; }
    done < <(jq -r '.[] | [.id,
        (if .attestation == null then "not checkable" elif .attestation.digest_matches_body
         then "ok" else "failed" end),
        (if .csr == null then "not checkable" elif .csr.self_signature_ok then "ok"
         else "failed" end)] | @tsv' "$NAMEPLATE_VECTORS/nrf/tokens/tokens.json")
}

@test "a documented token whose signature no key can have made fails" {
    run --separate-stderr nameplate modem parse "$(token d_attest_docs)" --json
    [ "$status" = 3 ]
    [ "$(verdict identity)" = failed ]
    warns "does not verify"
}

@test "the damaged token is refused with the reason" {
    refuses 3 "the attestation's payload" modem parse "$(token bad_truncated_keygen)"
    refuses 3 "no token" modem parse " "
    refuses 3 "breaks the Base64url form" modem parse 'MII!'
    run --separate-stderr nameplate modem parse "$(token u_attest)" --save
    [ "$status" = 3 ]
    warns "both device and security tag"
}

@test "a signature is verified with a key that is known, in both forms" {
    for row in u17_keygen_csr:A u_attest:A t52_keygen_csr_imei:B; do
        identity_of "${row%:*}" >identity.pem
        succeeds modem parse "$(token "${row%:*}")" --identity-key identity.pem --json
        [ "$(verdict identity)" = ok ]
        [ "$(jq -r .form <<<"$output")" = "${row#*:}" ]
    done
    run --separate-stderr nameplate modem parse "$(token u_attest)" --identity-key identity.pem
    [ "$status" = 3 ]
    says "identity: failed"
}

@test "two tokens of a device pin its key, and another's is found out" {
    succeeds modem parse "$(token u17_keygen_csr)" --pins pins --json
    [ "$(jq -r .pin <<<"$output") $(verdict identity)" = "first not checkable" ]
    succeeds modem parse "$(token u17_keygen_csr)" --pins pins --json
    [ "$(jq -r .pin <<<"$output") $(verdict identity)" = "undecided not checkable" ]
    succeeds modem parse "$(token t52_keygen_csr_imei)" --pins pins # another device
    succeeds modem parse "$(token u_attest)" --pins pins --json
    [ "$(jq -r .pin <<<"$output") $(verdict identity)" = "made ok" ]
    wanted=$(jq -r '.[] | select(.id == "u_attest").identity_pubkey.uncompressed' \
        "$NAMEPLATE_VECTORS/nrf/tokens/tokens.json")
    [ "04$(jq -r .identity_key <<<"$output")" = "$wanted" ]
    grep -Fx "50363154-3931-44f0-8022-121b6401627d ${wanted#04}" pins
    succeeds modem parse "$(token u16_keygen_pub)" --pins pins --json
    [ "$(jq -r .pin <<<"$output") $(verdict identity)" = "kept ok" ]
    [ "$(wc -l <pins)" = 2 ]
    # the key of another device under this one's UUID
    sed -i "s/ ${wanted#04}\$/ $(sed -n 's/^50343956[^ ]* \([0-9a-f]*\).*/\1/p' pins)/" pins
    untouched pins run --separate-stderr nameplate modem parse "$(token u_attest)" --json \
        --pins pins
    [ "$status" = 3 ]
    [ "$(jq -r .pin <<<"$output") $(verdict identity)" = "broken failed" ]
    echo "nobody" >bad
    refuses 3 "bad: line 1 is no pin" modem parse "$(token u_attest)" --pins bad
}

@test "the JSON keys are stable" {
    succeeds modem parse "$(token seed_keygen_csr)" --json
    has_keys kind uuid sec_tag nonce signed_by common_name public_key checks
    succeeds modem parse "$(token u_attest)" --json
    has_keys kind uuid device_type firmware_uuid nonce signed_by checks
}
