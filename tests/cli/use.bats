#!/usr/bin/env bats
# Using a chip that has its identity: sign, jwt, random; and explaining one. Judged by openssl.
load helper

# The public key of the device's certificate, as openssl takes it.
public_key() {
    nameplate chip cert virtual:kit.chip | openssl x509 -noout -pubkey >device.pub
}

@test "openssl verifies what the chip signs, on every model" {
    head -c 100000 /dev/urandom >report
    for model in atecc508a atecc608a atecc608b; do
        rm -f kit.chip acme.*
        provisioned_chip $model
        public_key
        nameplate chip sign virtual:kit.chip report >report.sig
        openssl dgst -sha256 -verify device.pub -signature report.sig report
        run openssl dgst -sha256 -verify device.pub -signature report.sig acme.cert
        [ "$status" = 1 ]
    done
}

@test "a digest that was made elsewhere is signed as it is" {
    provisioned_chip
    public_key
    echo data >data
    digest=$(sha256sum data | cut -d ' ' -f 1)
    nameplate chip sign virtual:kit.chip --digest "$digest" >data.sig
    openssl dgst -sha256 -verify device.pub -signature data.sig data
    succeeds chip sign virtual:kit.chip --digest "$digest" --json
    has_keys digest form signature
    [ "$(jq -r .digest <<<"$output")" = "$digest" ]
    jq -r .signature <<<"$output" | xxd -r -p >data.sig
    openssl dgst -sha256 -verify device.pub -signature data.sig data
}

# r and s as two hex numbers, in DER.
to_der() {
    printf 'asn1=SEQUENCE:pair\n[pair]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$1" "$2" >pair.cnf
    openssl asn1parse -genconf pair.cnf -noout -out "$3"
}

@test "a raw signature is r and s of 32 bytes each" {
    provisioned_chip
    public_key
    echo data >data
    nameplate chip sign virtual:kit.chip data --raw >data.raw
    [ "$(wc -c <data.raw)" = 64 ]
    raw=$(hex <data.raw)
    to_der "${raw:0:64}" "${raw:64}" data.sig
    openssl dgst -sha256 -verify device.pub -signature data.sig data
}

@test "the standard input is signed, and the chip of the environment signs" {
    provisioned_chip
    public_key
    export NAMEPLATE_CHIP=virtual:kit.chip
    echo data >data
    nameplate chip sign - <data >data.sig
    openssl dgst -sha256 -verify device.pub -signature data.sig data
    nameplate chip sign data >data.sig
    openssl dgst -sha256 -verify device.pub -signature data.sig data
}

@test "what is to be signed must be said once" {
    provisioned_chip
    refuses 2 "either --digest HEX or a FILE" chip sign virtual:kit.chip
    refuses 2 "either --digest HEX or a FILE" chip sign virtual:kit.chip acme.cert --digest 00
    refuses 2 "64 hex digits" chip sign virtual:kit.chip --digest 00
    refuses 3 "none: no such file" chip sign virtual:kit.chip none
    refuses 2 "unexpected argument 'b'" chip sign virtual:kit.chip a b
}

@test "a chip without its identity signs nothing and says why" {
    make_chip kit.chip
    echo data >data
    echo '{}' >claims.json
    refuses 4 "its stage is 'blank'" chip sign virtual:kit.chip data
    refuses 4 "its stage is 'blank'" chip jwt virtual:kit.chip --claims claims.json
    refuses 4 "its stage is 'blank'" chip random virtual:kit.chip
    warns "hint: give it its identity: nameplate chip provision"
}

# A part of a token, decoded.
decoded() {
    local text=${1//-/+}
    text=${text//_//}
    while ((${#text} % 4)); do
        text+='='
    done
    base64 -d <<<"$text"
}

@test "openssl verifies a token of the chip" {
    provisioned_chip
    public_key
    printf '{ "aud": "fleet", "iat": 1795165200, "ratio": 0.10 }\n' >claims.json
    echo '{"kid": "N1"}' >header.json
    token=$(nameplate chip jwt virtual:kit.chip --claims claims.json --header header.json)
    [[ $token =~ ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$ ]]
    IFS=. read -r header claims signature <<<"$token"
    [ "$(decoded "$header" | jq -c .)" = '{"alg":"ES256","typ":"JWT","kid":"N1"}' ]
    [ "$(decoded "$claims")" = '{ "aud": "fleet", "iat": 1795165200, "ratio": 0.10 }' ]
    raw=$(decoded "$signature" | hex)
    to_der "${raw:0:64}" "${raw:64}" token.sig
    printf %s "$header.$claims" >signed
    openssl dgst -sha256 -verify device.pub -signature token.sig signed
    succeeds chip jwt virtual:kit.chip --claims - --json <claims.json
    has_keys token
}

@test "claims that are no object and other algorithms are refused" {
    provisioned_chip
    echo '[1]' >list.json
    echo '{"a": 1,}' >bad.json
    echo '{"a": 1, "a": 2}' >twice.json
    echo '{"alg": "none"}' >none.json
    echo '{}' >claims.json
    refuses 3 "list.json: no JSON object" chip jwt virtual:kit.chip --claims list.json
    refuses 3 "bad.json: line 1" chip jwt virtual:kit.chip --claims bad.json
    refuses 3 "twice.json: line 1" chip jwt virtual:kit.chip --claims twice.json
    refuses 3 'none.json: "alg" must be "ES256"' chip jwt virtual:kit.chip \
        --claims claims.json --header none.json
}

@test "random bytes are as many as asked for, and not the same twice" {
    provisioned_chip
    for count in 1 32 33 100; do
        [ "$(nameplate chip random virtual:kit.chip --bytes $count | wc -c)" = $count ]
    done
    first=$(nameplate chip random virtual:kit.chip | hex)
    [ "$first" != "$(nameplate chip random virtual:kit.chip | hex)" ]
    succeeds chip random virtual:kit.chip --bytes 8 --json
    has_keys random
    [[ $(jq -r .random <<<"$output") =~ ^[0-9a-f]{16}$ ]]
    refuses 2 "--bytes takes 1 to 1000000" chip random virtual:kit.chip --bytes 0
    # what repeats cannot be compressed away
    nameplate chip random virtual:kit.chip --bytes 4096 >pool
    [ "$(gzip -9 <pool | wc -c)" -gt 4096 ]
}

@test "a terminal gets hex instead of bytes" {
    provisioned_chip
    command=$(printf '%q ' "$NAMEPLATE_PROGRAM" chip random virtual:kit.chip --bytes 8)
    run script -qec "$command" /dev/null
    [[ ${output%$'\r'} =~ ^[0-9a-f]{16}$ ]]
}

@test "a provisioned chip is explained slot by slot" {
    provisioned_chip
    untouched kit.chip succeeds chip explain virtual:kit.chip
    says "layout of NervesKey: yes"
    says "I2C address: 0x60"
    says "counter 0: 0"
    says "slot 0: private key, P-256, 36 bytes, locked"
    says "  purpose: device private key"
    says "  write: nobody, the slot is locked"
    says "  use: signs digests from outside"
    says "slot 8: data, 416 bytes, not locked, lockable"
    [ "$(grep -c '^slot ' <<<"$output")" = 16 ]
}

@test "a blank chip is explained too, in JSON with stable keys" {
    make_chip kit.chip atecc508a
    succeeds chip explain virtual:kit.chip --json
    has_keys model revision chip_serial stage config_is_locked data_is_locked key_is_locked \
        is_nerveskey i2c_address otp_mode chip_mode counter0 counter1 user_extra slots
    [ "$(jq -r '.slots[0] | keys_unsorted | join(" ")' <<<"$output")" = \
        "slot size purpose type is_locked is_lockable read write use" ]
    [ "$(jq '.slots | length' <<<"$output")" = 16 ]
    [ "$(jq -r '.slots[0].purpose' <<<"$output")" = null ]
    make_chip new.chip
    succeeds chip explain virtual:new.chip --json
    [ "$(jq -r '.chip_options, .volatile_key, .secure_boot' <<<"$output" | wc -l)" = 3 ]
}
