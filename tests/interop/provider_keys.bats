#!/usr/bin/env bats
# Keys in chips for the openssl program, by key reference and by store, judged by openssl without
# the provider.
load provider

setup() {
    load_folder
    nameplate chip key-reference virtual:kit.chip >key.pem
}

both_orders() {
    "$@" "${PROVIDERS[@]}" && "$@" "${REVERSED[@]}"
}

@test "a key reference says chip, slot, serial and point, and other programs can read it" {
    succeeds chip key-reference virtual:kit.chip --json
    has_keys chip slot chip_serial public_key key_reference
    [ "$(jq -r .chip <<<"$output")" = "virtual:$PWD/kit.chip" ]
    [ "$(jq -r .chip_serial <<<"$output")" = 0123a1b2c3d4e5f6ee ]
    [ "$(jq -r .key_reference <<<"$output")" = "$(cat key.pem)" ]
    openssl asn1parse -in key.pem >parsed
    grep -q 'UTF8STRING *:Nameplate key reference' parsed
    grep -q "UTF8STRING *:virtual:$PWD/kit.chip" parsed
    grep -q 'OCTET STRING *\[HEX DUMP\]:0123A1B2C3D4E5F6EE' parsed
    point=$(openssl pkey -pubin -in device.pub -pubout -outform DER | tail -c 65 | hex)
    grep -qi "HEX DUMP\]:$point" parsed
    [ "$(jq -r .public_key <<<"$output")" = "${point:2}" ]
}

@test "a key reference is refused for what has no key" {
    make_chip blank.chip
    refuses 4 "its stage is 'blank'" chip key-reference virtual:blank.chip
    refuses 3 "there is no slot 16" chip key-reference virtual:kit.chip --slot 16
    refuses 1 "asking for the public key of slot 10" chip key-reference virtual:kit.chip --slot 10
    refuses 3 "no such file" chip key-reference virtual:none
}

@test "a key is loaded without a word to its chip" {
    mv kit.chip elsewhere.chip
    both_orders openssl pkey -in key.pem -pubout -out key.pub
    cmp key.pub device.pub
    openssl pkey -in key.pem "${PROVIDERS[@]}" -noout -text >text
    grep -q "^Private-Key: (256 bit, in a chip)" text
    grep -q "^chip: virtual:$PWD/kit.chip" text
    grep -q "^chip serial: 0123a1b2c3d4e5f6ee" text
    openssl pkey -in key.pem "${PROVIDERS[@]}" -noout -text_pub | grep -q 'NIST CURVE: P-256'
}

@test "without the provider a key reference is no key" {
    run openssl pkey -in key.pem -noout
    [ "$status" != 0 ]
}

@test "the chip signs digests of every size, and openssl verifies them" {
    head -c 70000 /dev/urandom >data
    for digest in sha1 sha224 sha256 sha384 sha512 sha3-256; do
        for order in "${PROVIDERS[*]}" "${REVERSED[*]}"; do
            # shellcheck disable=SC2086 # words
            openssl dgst -$digest $order -sign key.pem -out data.sig data
            openssl dgst -$digest -verify device.pub -signature data.sig data
            # shellcheck disable=SC2086
            openssl dgst -$digest $order -prverify key.pem -signature data.sig data
            # shellcheck disable=SC2086
            run openssl dgst -$digest $order -prverify key.pem -signature data.sig device.pem
            [ "$status" = 1 ]
        done
    done
}

@test "the chip signs a ready digest, and no other size than was said" {
    openssl dgst -sha256 -binary -out digest device.pem
    both_orders openssl pkeyutl -sign -inkey key.pem -in digest -out digest.sig \
        -pkeyopt digest:sha256
    openssl pkeyutl -verify -pubin -inkey device.pub -in digest -sigfile digest.sig
    openssl pkeyutl -verify -inkey key.pem -in digest -sigfile digest.sig "${PROVIDERS[@]}"
    head -c 20 digest >short
    run openssl pkeyutl -sign -inkey key.pem -in short -pkeyopt digest:sha256 "${PROVIDERS[@]}"
    [ "$status" != 0 ]
    openssl pkeyutl -sign -inkey key.pem -in short -out short.sig "${PROVIDERS[@]}"
    openssl pkeyutl -verify -pubin -inkey device.pub -in short -sigfile short.sig
}

@test "requests and self-signed certificates carry the algorithm of their digest" {
    for digest in sha1 sha256 sha384 sha512; do
        both_orders openssl req -new -$digest -key key.pem -subj /CN=web -out web.csr
        openssl req -in web.csr -noout -verify
        openssl req -in web.csr -noout -text | grep -qi "ecdsa-with-$digest"
    done
    openssl req -x509 -key key.pem -subj /CN=web -out web.pem "${PROVIDERS[@]}"
    openssl verify -CAfile web.pem web.pem
    openssl req -in web.csr -noout -pubkey | cmp - device.pub
}

@test "the chip agrees on a secret with a peer, as two soft keys do" {
    openssl ecparam -name P-256 -genkey -noout -out peer.pem
    openssl pkey -in peer.pem -pubout -out peer.pub
    both_orders openssl pkeyutl -derive -inkey key.pem -peerkey peer.pub -out secret
    openssl pkeyutl -derive -inkey peer.pem -peerkey device.pub -out theirs
    cmp secret theirs
    openssl ecparam -name P-384 -genkey -noout -out other.pem
    openssl pkey -in other.pem -pubout -out other.pub
    run openssl pkeyutl -derive -inkey key.pem -peerkey other.pub "${PROVIDERS[@]}"
    [ "$status" != 0 ]
}

@test "a store has the key and both certificates" {
    both_orders openssl pkey -in nameplate:virtual:kit.chip -pubout -out key.pub
    cmp key.pub device.pub
    both_orders openssl x509 -in nameplate:virtual:kit.chip -out cert.pem
    cmp cert.pem device.pem
    openssl storeutl "${PROVIDERS[@]}" -noout -certs -text nameplate:virtual:kit.chip >certs
    grep -q '^Total found: 2' certs
    openssl storeutl "${PROVIDERS[@]}" -noout nameplate:virtual:kit.chip | grep -q 'found: 3'
    openssl req -new -key nameplate:virtual:kit.chip -subj /CN=web "${PROVIDERS[@]}" |
        openssl req -noout -verify
}

@test "a store without a chip is the chip of the environment" {
    run openssl storeutl "${PROVIDERS[@]}" nameplate:
    [ "$status" != 0 ]
    says "'nameplate:' names no chip"
    NAMEPLATE_CHIP=virtual:kit.chip openssl storeutl "${PROVIDERS[@]}" -noout nameplate: |
        grep -q 'found: 3'
}

@test "a store of a blank or missing chip says what is the matter" {
    make_chip blank.chip
    run openssl storeutl "${PROVIDERS[@]}" nameplate:virtual:blank.chip
    says "the chip has no key that signs"
    says "nameplate chip provision"
    run openssl storeutl "${PROVIDERS[@]}" nameplate:virtual:none.chip
    says "none.chip"
    says "the chip cannot be reached"
}

@test "a configuration file is enough" {
    for order in default-first nameplate-first; do
        export OPENSSL_CONF=$PWD/$order.cnf
        openssl req -new -key key.pem -subj /CN=web -out web.csr
        openssl dgst -sha256 -sign key.pem -out data.sig device.pem
        openssl list -providers | grep -q 'Nameplate'
        unset OPENSSL_CONF
        openssl req -in web.csr -noout -verify
        openssl dgst -sha256 -verify device.pub -signature data.sig device.pem
    done
}

@test "another chip is told from the right one before it signs" {
    other_chip 0123aabbccddeeffee
    mv other.chip kit.chip
    run openssl dgst -sha256 -sign key.pem -out data.sig "${PROVIDERS[@]}" device.pem
    [ "$status" != 0 ]
    says "another chip is there than the one that was meant"
    says "the chip is 0123aabbccddeeffee, the key reference names 0123a1b2c3d4e5f6ee"
}

@test "a chip that is gone, or that another process holds, is named" {
    serve_chip kit.chip
    run openssl dgst -sha256 -sign key.pem -out data.sig "${PROVIDERS[@]}" device.pem
    says "another process holds the chip"
    says "process $chip_server"
    kill "$chip_server"
    wait "$chip_server" || true
    rm kit.chip
    run openssl dgst -sha256 -sign key.pem -out data.sig "${PROVIDERS[@]}" device.pem
    says "the chip cannot be reached"
    says "kit.chip"
}

# reference HEX-OF-DER FILE
reference() {
    {
        echo '-----BEGIN NAMEPLATE KEY REFERENCE-----'
        xxd -r -p <<<"$1" | base64 -w 64
        echo '-----END NAMEPLATE KEY REFERENCE-----'
    } >"$2"
}

@test "damaged key references are refused with a reason" {
    der=$(openssl asn1parse -in key.pem -noout -out /dev/stdout | hex)
    reference "$der" same.pem
    openssl pkey -in same.pem -noout "${PROVIDERS[@]}"
    reference "${der/5265666572656e6365020101/5265666572656e6365020102}" same.pem
    reference "${der/0201010c/0201020c}" version.pem
    run openssl pkey -in version.pem -noout "${PROVIDERS[@]}"
    says "the key reference has version 2"
    reference "${der}00" long.pem
    run openssl pkey -in long.pem -noout "${PROVIDERS[@]}"
    says "something stands behind its end"
    sed 's/^MI/!!/' key.pem >text.pem
    run openssl pkey -in text.pem -noout "${PROVIDERS[@]}"
    says "the PEM block NAMEPLATE KEY REFERENCE"
}

@test "one file may have the certificates before the key reference" {
    cat chain.pem key.pem >both.pem
    openssl pkey -in both.pem -pubout "${PROVIDERS[@]}" | cmp - device.pub
    openssl x509 -in both.pem "${PROVIDERS[@]}" | cmp - device.pem
}

@test "nothing writes a private key" {
    for form in "-outform PEM" "-outform DER" "-traditional"; do
        # shellcheck disable=SC2086
        run openssl pkey -in key.pem $form "${PROVIDERS[@]}"
        [ "$status" != 0 ]
        [[ $output != *PRIVATE* ]]
    done
    run openssl pkcs12 -export -inkey key.pem -in device.pem -passout pass:x "${PROVIDERS[@]}"
    [ "$status" != 0 ]
}

@test "Node.js, which may carry a libcrypto of its own, uses the key beside its own ones" {
    needs node
    for order in default-first nameplate-first; do
        sed 's/^openssl_conf/nodejs_conf/' $order.cnf >node.cnf
        node --openssl-config="$PWD/node.cnf" -e '
            const crypto = require("crypto"), fs = require("fs");
            const key = crypto.createPrivateKey(fs.readFileSync("key.pem"));
            fs.writeFileSync("data.sig", crypto.sign("sha256", fs.readFileSync("device.pem"), key));
            const pair = crypto.generateKeyPairSync("ec", {namedCurve: "P-256"});
            const text = Buffer.from("text");
            const good = crypto.verify("sha256", text, pair.publicKey,
                crypto.sign("sha256", text, pair.privateKey));
            process.exit(good ? 0 : 1);'
        openssl dgst -sha256 -verify device.pub -signature data.sig device.pem
    done
}

@test "every model signs, and a Trust&GO part with Microchip's certificates" {
    for model in atecc508a atecc608a tngtls; do
        if [ $model = tngtls ]; then
            nameplate virtual create $model.chip --model $model >/dev/null 2>&1
        else
            nameplate virtual create $model.chip --model $model >/dev/null
            provision $model.chip --yes >/dev/null 2>&1
        fi
        nameplate chip key-reference virtual:$model.chip >$model.pem
        nameplate chip cert virtual:$model.chip >$model.crt
        openssl x509 -in $model.crt -noout -pubkey >$model.pub
        openssl dgst -sha256 -sign $model.pem -out data.sig "${PROVIDERS[@]}" device.pem
        openssl dgst -sha256 -verify $model.pub -signature data.sig device.pem
        openssl x509 -in nameplate:virtual:$model.chip "${PROVIDERS[@]}" | cmp - $model.crt
    done
}

@test "a volatile key signs once it is authorised, and says so before" {
    head -c 16 /dev/urandom >activation
    head -c 16 /dev/urandom >encryption
    make_chip volatile.chip
    provision volatile.chip --layout nerveskey-volatile --activation-key-file activation \
        --encryption-key-file encryption --yes >/dev/null 2>&1
    serve_chip volatile.chip
    nameplate chip key-reference unix:kit.socket >volatile.pem
    run openssl dgst -sha256 -sign volatile.pem -out data.sig "${PROVIDERS[@]}" device.pem
    [ "$status" != 0 ]
    says "the chip refuses"
    says "nameplate chip authorize"
    nameplate chip authorize unix:kit.socket --activation-key-file activation >/dev/null
    openssl dgst -sha256 -sign volatile.pem -out data.sig "${PROVIDERS[@]}" device.pem
    openssl pkey -in volatile.pem -pubout -out volatile.pub "${PROVIDERS[@]}"
    openssl dgst -sha256 -verify volatile.pub -signature data.sig device.pem
}
