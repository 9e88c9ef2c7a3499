#!/usr/bin/env bats
# Manifests of chips: those that Microchip signed, and those of python3-jwcrypto.
load helper

# make CASE...: manifest.json with an element each, and signer.pem.
make() {
    "$BATS_TEST_DIRNAME/../interop/make_manifest.py" manifest.json signer.pem "$@"
}

# import FILE SIGNER: stops at nothing; units.ndjson and units.ndjson.rejects.
import() {
    rm -f units.ndjson units.ndjson.rejects
    run --separate-stderr nameplate cloud import "$1" --signer-cert "$2" --out units.ndjson
}

# The reason for which a manifest's second element is refused, its first being good.
reason() {
    make good "$1"
    import manifest.json signer.pem
    [ "$status" = 8 ] || { echo "$1: status $status: $stderr"; return 1; }
    [ "$(wc -l <units.ndjson)" = 1 ]
    jq -r 'select(.element == 2) | .reason' units.ndjson.rejects
}

@test "elements that Microchip signed are accepted, and say what jwcrypto finds in them" {
    import "$NAMEPLATE_VECTORS/manifest/microchip.json" \
        "$NAMEPLATE_VECTORS/manifest/microchip_signer_005.pem"
    [ "$status" = 0 ]
    says "accepted: 2"
    diff <(jq -cS '[.uid, .serial, .public_key, .cert, (.chain // [])[0], [(.keys // [])[].kid]]' \
        units.ndjson) <("$BATS_TEST_DIRNAME/../interop/read_manifest.py" \
        "$NAMEPLATE_VECTORS/manifest/microchip.json" \
        "$NAMEPLATE_VECTORS/manifest/microchip_signer_005.pem" | jq -cS .)
    jq -r .cert units.ndjson | head -n 1 | base64 -d | openssl x509 -inform DER -noout -subject |
        grep -q 'CN = sn0123F2408EA1FCF201'
}

@test "a manifest is nothing without the signer that it names" {
    import "$NAMEPLATE_VECTORS/manifest/microchip.json" \
        "$NAMEPLATE_VECTORS/manifest/microchip_log_signer_001.pem"
    [ "$status" = 8 ]
    [ "$(wc -l <units.ndjson)" = 0 ]
    jq -e 'select(.reason | contains("signed by none of the signers"))' units.ndjson.rejects
    rm units.ndjson*
    succeeds cloud import "$NAMEPLATE_VECTORS/manifest/microchip.json" --json --out units.ndjson \
        --signer-cert "$NAMEPLATE_VECTORS/manifest/microchip_log_signer_001.pem" \
        --signer-cert "$NAMEPLATE_VECTORS/manifest/microchip_signer_005.pem"
    has_keys out accepted refused
    [ ! -e units.ndjson.rejects ]
}

@test "all versions and spellings of other writers are read, the dates of their signer are not" {
    make good version2 version3 distributer escapes by-kid 32-keys
    import manifest.json signer.pem
    [ "$status" = 0 ]
    diff <(jq -cS '[.uid, .serial, .public_key, .cert, (.chain // [])[0], [(.keys // [])[].kid]]' \
        units.ndjson) <("$BATS_TEST_DIRNAME/../interop/read_manifest.py" manifest.json signer.pem |
        jq -cS .)
    [ "$(sed -n 5p units.ndjson | jq -r .attributes.group_id)" = $'a"b\\\u00e4\U1f600>' ]
    [ "$(sed -n 1p units.ndjson | jq -r '"\(.serial) \(.model) \(.attributes.part_number)"')" = \
        "T2-000001 atecc608b ATECC608B-SSHDA" ]
}

@test "a line is canonical JSON" {
    make good escapes 32-keys
    import manifest.json signer.pem
    diff units.ndjson <(python3 -c 'import json, sys
for line in sys.stdin:
    unit = json.loads(line)
    print(json.dumps(unit, sort_keys=True, separators=(",", ":"), ensure_ascii=False))' \
        <units.ndjson)
}

@test "algorithms that prove nothing are refused, and those that nobody here verifies" {
    [[ $(reason alg-none) == *"alg is 'none'"* ]]
    [[ $(reason alg-hmac) == *"alg is 'HS256'"* ]]
    [[ $(reason alg-es384) == *"alg is 'ES384'"* ]]
    [[ $(reason crit) == *crit* ]]
}

@test "signatures that are another's, of another text, or not quite in their form are refused" {
    [[ $(reason forged) == *"not the signer's"* ]]
    [[ $(reason altered) == *"not the signer's"* ]]
    for name in other-signer kid-of-other no-signer; do
        [[ $(reason $name) == *"signed by none"* ]]
    done
    [[ $(reason loose-tail) == *"signature is no Base64url"* ]]
    [[ $(reason padded) == *"signature is no Base64url"* ]]
    [[ $(reason other-id) == *"not that of its header"* ]]
    [[ $(reason bad-id) == *"18 hex digits"* ]]
}

@test "keys off the curve, of another certificate, private or secret, and too many are refused" {
    [[ $(reason off-curve) == *"not on the curve"* ]]
    [[ $(reason short-x) == *"not 32 bytes"* ]]
    [[ $(reason other-key) == *"another key"* ]]
    [[ $(reason private) == *"private key"* ]]
    [[ $(reason oct) == *"private key"* ]]
    [[ $(reason 33-keys) == *"more than 32 keys"* ]]
    [[ $(reason 5-certificates) == *"1 to 4 certificates"* ]]
    [[ $(reason no-certificate) == *"no certificate"* ]]
}

@test "JSON beyond the limits, with a member twice or missing, and other values are refused" {
    [[ $(reason deep) == *"nested too deeply"* ]]
    [[ $(reason twice) == *"member twice"* ]]
    [[ $(reason large) == *"larger than 65536"* ]]
    [[ $(reason no-header) == *"no header"* ]]
    [[ $(reason more-members) == *"does not have"* ]]
    [[ $(reason number) == *"no object"* ]]
    [[ $(reason version4) == *version* ]]
    [[ $(reason no-model) == *model* ]]
    [[ $(reason repeated) == *"same uniqueId"* ]]
}

@test "an array that is broken is not half an import" {
    make good good
    head -c 3000 manifest.json >cut.json
    refuses 3 "ends in the middle" cloud import cut.json --signer-cert signer.pem --out units.ndjson
    [ -z "$(ls units.ndjson* 2>/dev/null)" ]
    { cat manifest.json && echo '{}'; } >more.json
    refuses 3 "something follows" cloud import more.json --signer-cert signer.pem --out units.ndjson
    jq -c '.[0]' manifest.json >one.json
    refuses 3 "no array begins" cloud import one.json --signer-cert signer.pem --out units.ndjson
    echo '[]' >none.json
    succeeds cloud import none.json --signer-cert signer.pem --out units.ndjson
    says "accepted: 0"
}

@test "files with other white space, and with a byte order mark, are the same" {
    make good version3
    { printf '\xef\xbb\xbf' && jq -c . manifest.json; } >compact.json
    import manifest.json signer.pem
    cp units.ndjson expected
    import compact.json signer.pem
    diff units.ndjson expected
}

@test "nothing is overwritten, and what a killed run left is" {
    make good
    echo mine >units.ndjson
    untouched units.ndjson refuses 3 "exists" cloud import manifest.json --signer-cert signer.pem \
        --out units.ndjson
    rm units.ndjson
    echo half >units.ndjson.new
    succeeds cloud import manifest.json --signer-cert signer.pem --out units.ndjson
    [ "$(jq -r .serial units.ndjson)" = T2-000001 ]
    [ ! -e units.ndjson.new ]
    refuses 3 "none.json" cloud import none.json --signer-cert signer.pem --out more.ndjson
    refuses 3 "manifest.json" cloud import manifest.json --signer-cert manifest.json --out m.ndjson
    refuses 2 "--signer-cert FILE is missing" cloud import manifest.json --out more.ndjson
    refuses 2 "--workers is 1 to 64" cloud import manifest.json --signer-cert signer.pem \
        --out more.ndjson --workers 65
}

@test "the order of the file is kept, whatever the number of workers" {
    # shellcheck disable=SC2046 # words
    make $(yes version2 number | head -n 60)
    for workers in 1 2 7; do
        rm -f units.ndjson*
        run nameplate cloud import manifest.json --signer-cert signer.pem --out units.ndjson \
            --workers $workers
        [ "$status" = 8 ]
        diff <(jq -r .uid units.ndjson) <(jq -r '.[] | objects | .header.uniqueId' manifest.json)
        diff <(jq -r .element units.ndjson.rejects) <(seq 2 2 120)
    done
}
