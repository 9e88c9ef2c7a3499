#!/usr/bin/env bats
# Keys for PSA Crypto, without Mbed TLS: the files are read back by od and python, keys and requests
# judged by openssl.
load helper

application_chip() {
    make_signer acme
    make_chip kit.chip "${1:-atecc608b}"
    provision kit.chip --layout application --yes >/dev/null 2>&1
}

psa() {
    nameplate psa "$@" --store keys --chip virtual:kit.chip
}

seed_keys() {
    psa provision --register id=16,slot=0 --generate id=18,slot=2
}

# A second writer of key files: key_file ID SLOT [USAGE]
key_file() {
    python3 - "$1" "$2" "${3:-0x3c00}" <<'PY'
import struct, sys
key = struct.pack("<8sIIHHIIIIQ", b"PSA\0KEY\0", 0, 0x101, 0x7112, 256, int(sys.argv[3], 16),
                  0x06000609, 0, 8, int(sys.argv[2]))
sys.stdout.buffer.write(struct.pack("<8sII", b"PSA\0ITS\0", len(key), 0) + key)
PY
}

@test "the layout application has three slots for keys, and is NervesKey's otherwise" {
    for model in atecc508a atecc608a atecc608b; do
        rm -f kit.chip acme.*
        application_chip $model
        nameplate chip verify virtual:kit.chip --signer-cert acme.cert >/dev/null
        succeeds chip explain virtual:kit.chip --json
        [ "$(jq -c '[.slots[] | select(.purpose == "application key") | .slot]' <<<"$output")" = \
            "[2,3,4]" ]
        succeeds chip settings get virtual:kit.chip
    done
    refuses 4 "layout application, not with nerveskey" chip provision virtual:kit.chip \
        --signer-cert acme.cert --signer-key acme.key --yes
}

@test "the seed's keys: registered, generated, proven, and the same again" {
    application_chip
    succeeds psa provision --register id=16,slot=0 --generate id=18,slot=2 --store keys \
        --chip virtual:kit.chip --json
    [ "$(jq -c '[.keys[] | [.id, .slot, .method, .outcome]]' <<<"$output")" = \
        '[[16,0,"register","made"],[18,2,"generate","made"]]' ]
    for key in 0 1; do
        jq -r ".keys[$key].csr" <<<"$output" >csr.pem
        jq -r ".keys[$key].public_key" <<<"$output" >public.pem
        openssl req -in csr.pem -verify -noout
        [ "$(openssl req -in csr.pem -noout -pubkey)" = "$(cat public.pem)" ]
        openssl req -in csr.pem -noout -text | grep -q "Digital Signature"
    done
    cmp keys/0000000000000010.psa_its <(key_file 16 0)
    cmp keys/0000000000000012.psa_its <(key_file 18 2)
    [ "$(stat -c %a keys/*.psa_its | sort -u)" = 600 ]
    untouched kit.chip psa provision --register id=16,slot=0 --generate id=18 --json >again.json
    [ "$(jq -c '[.keys[].outcome]' again.json)" = '["unchanged","unchanged"]' ]
    [ "$(jq -r '.keys[1].public_key' again.json)" = "$(cat public.pem)" ]
    succeeds psa list --store keys --chip virtual:kit.chip --json
    [ "$(jq -c '[.keys[].state]' <<<"$output")" = '["proven","proven"]' ]
    succeeds psa list --store keys
    says "key 18: slot 2, P-256 key pair, ecdsa-sha256, not asked"
}

@test "files of another writer are found and used" {
    application_chip
    seed_keys >/dev/null
    rm keys/*
    key_file 16 0 >keys/0000000000000010.psa_its
    key_file 18 2 >keys/0000000000000012.psa_its
    succeeds psa list --store keys --chip virtual:kit.chip --json
    [ "$(jq -c '[.keys[].state]' <<<"$output")" = '["proven","proven"]' ]
    psa csr 18 --subject 'CN={serial},OU={id},C=DE' | openssl req -verify -noout -subject |
        grep -q "CN = 0123a1b2c3d4e5f6ee, OU = 18, C = DE"
    # and what is no key file is told, with its name
    head -c 59 keys/0000000000000012.psa_its >short && mv short keys/0000000000000012.psa_its
    refuses 3 "0000000000000012.psa_its" psa csr 18 --store keys --chip virtual:kit.chip
}

@test "what the chip cannot do is refused with slot, reason and a way out" {
    application_chip
    seed_keys >/dev/null
    local on=(--store keys --chip virtual:kit.chip)
    refuses 4 "in slot 0: the slot is locked" psa generate id=20,slot=0 "${on[@]}"
    warns "layout application"
    refuses 4 "in slot 5: the slot is not for a private key" psa generate id=20,slot=5 "${on[@]}"
    refuses 4 "in slot 3: there is no key" psa register id=20,slot=3 "${on[@]}"
    refuses 4 "in slot 2: the slot has a key already" psa register id=20,slot=2 "${on[@]}"
    refuses 4 "key 18 is in slot 2" psa generate id=18,slot=3 "${on[@]}"
    refuses 4 "another type, use, algorithm" psa generate id=18,alg=any "${on[@]}"
    key_file 25 2 0x1400 >keys/0000000000000019.psa_its # signs and does not verify
    refuses 4 "another type, use, algorithm" psa generate id=25 "${on[@]}"
    rm keys/0000000000000019.psa_its
    refuses 4 "is not the one that is expected" psa register \
        "id=21,slot=0,expect=$(printf 'a%.0s' {1..64})" --store other --chip virtual:kit.chip
    refuses 2 "0x101" psa generate id=21,lifetime=0xf0 "${on[@]}"
    refuses 2 "slots 0 to 15" psa generate id=21,slot=16 "${on[@]}"
    refuses 2 "id=18" psa generate slot=2 "${on[@]}"
    refuses 2 "given twice" psa provision --generate id=5 --generate id=5 "${on[@]}"
    refuses 3 "no store" psa list --store nowhere
    psa generate id=21 >/dev/null
    psa generate id=22 >/dev/null
    refuses 4 "no slot is free" psa generate id=23 "${on[@]}"
}

@test "nothing is made unless all can be, and not by a dry run" {
    application_chip
    run psa provision --generate id=18 --register id=19,slot=3
    [ "$status" = 4 ]
    succeeds psa provision --generate id=18 --dry-run --store keys --chip virtual:kit.chip
    warns "key 18: slot 2, to be made"
    succeeds psa list --store keys --json
    [ "$(jq -c .keys <<<"$output")" = "[]" ]
}

@test "two keys of one command get two slots" {
    application_chip
    refuses 4 "in slot 2: the slot has a key already" psa provision --generate id=18,slot=2 \
        --generate id=20,slot=2 --store keys --chip virtual:kit.chip
    succeeds psa provision --generate id=18 --generate id=20 --generate id=21 --store keys \
        --chip virtual:kit.chip --json
    [ "$(jq -c '[.keys[].slot]' <<<"$output")" = "[2,3,4]" ]
    [ "$(jq -r '.keys[].fingerprint' <<<"$output" | sort -u | wc -l)" = 3 ]
    succeeds psa list --store keys --chip virtual:kit.chip --json
    [ "$(jq -c '[.keys[].state]' <<<"$output")" = '["proven","proven","proven"]' ]
}

@test "another chip is noticed, and so is another process" {
    application_chip
    seed_keys >/dev/null
    nameplate virtual create other.chip --model atecc608b >/dev/null
    provision other.chip --layout application --yes >/dev/null 2>&1
    refuses 4 "another chip" psa generate id=30 --store keys --chip virtual:other.chip
    exec 8>keys/store.lock
    flock 8
    refuses 6 "keys/store" psa list --store keys
}

@test "a key that nobody knows is overwritten with consent alone, and an orphan is freed" {
    application_chip
    seed_keys >/dev/null
    local on=(--store new --chip virtual:kit.chip)
    refuses 2 "a key that this store does not know" psa generate id=18,slot=2 "${on[@]}"
    local hash=${stderr#*plan: }
    hash=${hash%%$'\n'*}
    refuses 2 "not the one consented to" psa generate id=18,slot=2 "${on[@]}" \
        --plan "$(printf '0%.0s' {1..64})"
    succeeds psa generate id=18,slot=2 "${on[@]}" --plan "$hash"
    rm new/0000000000000012.psa_its
    refuses 2 "a key would be lost" psa gc "${on[@]}"
    succeeds psa gc "${on[@]}" --yes --json
    [ "$(jq -c .freed <<<"$output")" = "[2]" ]
    succeeds psa generate id=19,slot=2 "${on[@]}"
}

@test "a Trust&GO part has its identity registered, and keys made in slots 2 to 4" {
    nameplate virtual create kit.chip --model tngtls >/dev/null
    local on=(--store keys --chip virtual:kit.chip)
    psa register id=16,slot=0 | grep -q "key 16: slot 0, made"
    refuses 4 "in slot 0: " psa generate id=18,slot=0 "${on[@]}"
    psa generate id=18,slot=2 --yes | grep -q "key 18: slot 2, made"
    psa provision --register id=16,slot=0 --generate id=18 | grep -c unchanged | grep -qx 2
    succeeds psa list "${on[@]}" --json
    [ "$(jq -c '[.keys[].state]' <<<"$output")" = '["proven","proven"]' ]
    psa csr 16 | openssl req -verify -noout
    # the key is that of the part's certificate
    [ "$(psa register id=16,slot=0 --json | jq -r '.keys[0].public_key')" = \
        "$(nameplate chip cert virtual:kit.chip | openssl x509 -noout -pubkey)" ]
}

@test "generating in slot 0 of a NervesKey exits 4 and names slot, reason and layout" {
    provisioned_chip
    for wish in id=18,slot=0 id=18,slot=2; do
        refuses 4 "key 18 cannot be made in slot ${wish#*slot=}: the slot" psa generate $wish \
            --store keys --chip virtual:kit.chip
        warns "slots 2 to 4 of a chip of the layout application"
    done
    refuses 4 "in slot 0: the slot is locked, its contents are final" psa provision \
        --generate id=18,slot=0 --store keys --chip virtual:kit.chip
    [ ! -e keys/0000000000000012.psa_its ]
}

@test "a NervesKey has its key registered, and a blank chip has none" {
    provisioned_chip
    psa register id=16,slot=0 | grep -q "key 16: slot 0, made"
    refuses 4 "no slot is free" psa generate id=18 --store keys --chip virtual:kit.chip
    warns "layout application"
    nameplate virtual create blank.chip --model atecc608b >/dev/null
    refuses 4 "is not locked" psa register id=16,slot=0 --store k --chip virtual:blank.chip
    warns "nameplate chip provision"
}
