#!/usr/bin/env bats
# The targets whose shapes are not tables: read back by Python, openssl, python3-jwcrypto and jose.
load helper
load cloud

# Provisions a virtual chip into units.npj: chip SERIAL.
chip() {
    nameplate virtual create "$1.np" --model atecc608b >/dev/null
    nameplate chip provision "virtual:$1.np" --signer-cert acme.cert --signer-key acme.key \
        --serial "$1" --board Board7 --record units.npj --station-key st07.key --batch b42 --yes \
        >/dev/null 2>&1
}

line_up() {
    nameplate station key create st07 >/dev/null
    make_signer
    make_manifest_signer
}

@test "Golioth gets names, hardware and tags, and only devices of the project" {
    { unit T1 '{"uid":"0123aa","tags":["lab"]}' /O=acme-slug/CN=T1
      unit T2 '{}' /O=acme-slug/CN=T2; } | make_record
    export_to golioth --project acme-slug >/dev/null 2>&1
    diff <(jq -c . golioth/part-0001.ndjson) - <<'END'
{"name":"T1","hardwareIds":["0123aa"],"tags":["lab"]}
{"name":"T2","hardwareIds":["T2"],"tags":[]}
END
    rm -r golioth
    { unit T1 '{}' /O=acme-slug/CN=T1; unit T2 '{}' /O=other/CN=T2; } | make_record
    [ "$(rule golioth --project acme-slug)" = o-not-project ]
    rm -r golioth
    unit T1 '{}' /O=acme-slug/CN=other | make_record
    [ "$(rule golioth --project acme-slug)" = cn-not-id ]
    refuses 2 "golioth needs --project" cloud export units.npj --to golioth --out none
    [ ! -e none ]
}

@test "Mender gets bodies of preauthorisations, the identity as it is asked for" {
    { unit T1 '{"mac":["02:00:00:00:00:01","02:00:00:00:00:02"],"attributes":{"board":"B7"}}'
      unit T2 '{"mac":["02:00:00:00:00:03"],"attributes":{"board":"B7"}}'; } | make_record
    export_to mender --identity mac=mac,sn=serial,board=attributes.board >/dev/null 2>&1
    diff <(jq -c '[.identity_data, .force]' mender/part-0001.ndjson) - <<'END'
[{"mac":"02:00:00:00:00:01","sn":"T1","board":"B7"},false]
[{"mac":"02:00:00:00:00:03","sn":"T2","board":"B7"},false]
END
    for n in 1 2; do
        diff <(sed -n ${n}p mender/part-0001.ndjson | jq -j .pubkey) \
            <(sed -n $((n + 1))p units.npj | jq -r .cert | base64 -d |
                openssl x509 -inform DER -pubkey -noout)
    done
}

@test "units without a member of the identity, or with another's, are refused" {
    { unit T1 '{"mac":["02:00:00:00:00:01"]}'; unit T2; } | make_record
    [ "$(rule mender --identity mac=mac)" = no-identity ]
    rm -r mender
    { unit T1 '{"mac":["02:00:00:00:00:01"]}'; unit T2 '{"mac":["02:00:00:00:00:01"]}'; } |
        make_record
    [ "$(rule mender --identity mac=mac)" = duplicate ]
    rm -r mender
    echo '{"serial":"T1"}' | make_record
    [ "$(rule mender --identity sn=serial)" = no-key ]
    refuses 2 "mender needs --identity" cloud export units.npj --to mender --out none
    for wrong in mac mac= =mac 'mac=mac,mac=serial' 'a b=mac' ''; do
        refuses 2 "NAME=MEMBER" cloud export units.npj --to mender --out none --identity "$wrong"
    done
}

@test "AWS accounts without the CA get a plan of four calls a device" {
    { unit T1; unit T2; } | make_record
    export_to aws-calls >/dev/null 2>&1
    [ "$(jq -r .op aws-calls/part-0001.ndjson | head -n 4 | tr '\n' ' ')" = \
        "RegisterCertificateWithoutCA CreateThing AttachThingPrincipal AttachPolicy " ]
    [ "$(jq -r '.args.thingName // empty' aws-calls/part-0001.ndjson | uniq | tr '\n' ' ')" = \
        "T1 T2 " ]
    diff <(jq -r 'select(.args.certificatePem) | .args.certificatePem' aws-calls/part-0001.ndjson |
        openssl x509 -noout -fingerprint -sha256 | tr -d : | cut -d = -f 2 | tr A-F a-f) \
        <(devices_of_record | head -n 1 | cut -d ' ' -f 2)
    [ "$(jq -c '.devices | map(.row)' aws-calls/index.json)" = "[1,2]" ]
}

@test "Azure gets one group for all devices of a CA" {
    line_up
    for serial in T1 T2; do chip $serial; done
    export_to azure-group >/dev/null 2>&1
    [ "$(wc -l <azure-group/part-0001.ndjson)" = 1 ]
    diff <(jq -r .attestation.x509.signingCertificates.primary.certificate \
        azure-group/part-0001.ndjson | openssl x509) <(openssl x509 -in acme.cert)
    jq -e '.attestation.type == "x509" and (.enrollmentGroupId | test("^ca-[0-9a-f]{16}$"))' \
        azure-group/part-0001.ndjson
    [ "$(jq -c '.devices | map([.device, .row])' azure-group/index.json)" = '[["T1",1],["T2",1]]' ]
    unit T3 | make_record
    rm -r azure-group
    [ "$(rule azure-group)" = no-issuer ]
}

@test "a manifest is verified by jwcrypto and jose, and imported again it is the record" {
    line_up
    for serial in T2-000001 "T2-000000000000000002"; do chip "$serial"; done
    for version in 1 3; do
        rm -rf manifest units.ndjson
        export_to manifest --manifest-key mf.key --manifest-cert mf.cert \
            --manifest-version $version >/dev/null 2>&1
        "$BATS_TEST_DIRNAME/../interop/read_manifest.py" manifest/part-0001.json mf.cert >seen
        diff <(jq -r '"\(.[0]) \(.[1]) \(.[2]) \(.[3])"' seen) \
            <(jq -r 'select(.kind == "unit") | "\(.uid) \(.serial) \(.public_key) \(.cert)"' \
                units.npj)
        succeeds cloud import manifest/part-0001.json --signer-cert mf.cert --out units.ndjson
        members='[.uid, .serial, .model, .public_key, .cert, .cert_sha256]'
        diff <(jq -cS "$members" units.ndjson) \
            <(jq -cS "select(.kind == \"unit\") | $members" units.npj)
        diff <(jq -r '.chain[0]' units.ndjson | uniq | base64 -d | openssl x509 -inform DER) \
            acme.cert
    done
    openssl x509 -in mf.cert -pubkey -noout >mf.pub
    jq -c '.[0]' manifest/part-0001.json >first.json
    jose_key=$(/usr/bin/python3 -c 'import sys
from jwcrypto import jwk
print(jwk.JWK.from_pem(sys.stdin.buffer.read()).export_public())' <mf.pub)
    jose jws ver -i first.json -k <(echo "$jose_key") -O payload
    jq -e '.version == 3 and .model == "ATECC608B" and .groupId == "b42"' payload
    [ "$(jq -r 'keys_unsorted | join(" ")' payload)" = "version model partNumber manufacturer \
provisioner distributor groupId provisioningTimestamp uniqueId publicKeySet modelInfo" ]
    [ "$(jq -c .provisioner payload)" = \
        '{"organizationName":"Acme","organizationalUnitName":"Line 7"}' ]
    jq -e '.provisioningTimestamp | test("^[0-9-]+T[0-9:]+\\.[0-9]{3}Z$")' payload
}

@test "the public data of a manifest is what the chip has in its OTP zone" {
    line_up
    chip T2-000001
    chip T2-000000000000000002
    export_to manifest --manifest-key mf.key --manifest-cert mf.cert >/dev/null 2>&1
    for n in 0 1; do
        jq -r ".[$n].payload" manifest/part-0001.json | tr '_-' '/+' |
            base64 -d 2>/dev/null >payload || true
        serial=$(jq -r "select(.kind == \"unit\") | .serial" units.npj | sed -n $((n + 1))p)
        jq -r '.modelInfo.publicData[] | select(.zone == "otp") | .data' payload | tr '_-' '/+' |
            { base64 -d 2>/dev/null || true; } | hex >claimed
        hex <"$serial.np" | grep -qF "$(cat claimed)"
        [ "$(wc -c <claimed)" -ge 64 ]
        [ "$(jq -r .modelInfo.deviceRevision payload)" = 00006003 ]
    done
}

@test "a manifest has no byte that NervesHub's decoder refuses" {
    make_manifest_signer
    { for serial in '>>>' '???' '~~~' 'a?~>b' 'ä€😀'; do
        unit "$serial" "$(jq -cn --arg uid "0123$(printf %s "$serial" | md5sum | head -c 12)01" \
            --arg batch "$serial" '{uid: $uid, model: "atecc608b", batch: $batch}')" "/CN=x"
    done; } | make_record
    export_to manifest --manifest-key mf.key --manifest-cert mf.cert >/dev/null 2>&1
    jq -r '.[].payload' manifest/part-0001.json | { run ! grep -q '[-_]'; }
    "$BATS_TEST_DIRNAME/../interop/read_manifest.py" manifest/part-0001.json mf.cert >/dev/null
    succeeds cloud import manifest/part-0001.json --signer-cert mf.cert --out units.ndjson
    diff <(jq -r .attributes.group_id units.ndjson) <(jq -r '.batch // empty' units.npj)
}

@test "NervesHub's identifier is the common name, a manifest's the serial of the chip" {
    line_up
    chip T1
    export_to nerveshub >/dev/null 2>&1
    export_to manifest --manifest-key mf.key --manifest-cert mf.cert >/dev/null 2>&1
    [ "$(jq -r '.[0].header.uniqueId' nerveshub/part-0001.json)" = T1 ]
    [ "$(jq -r '.[0].header.uniqueId' manifest/part-0001.json)" = \
        "$(sed -n 2p units.npj | jq -r .uid)" ]
}

@test "units that are no chips are in no manifest, and keys that do not fit sign none" {
    make_manifest_signer
    manifest() { rule manifest --manifest-key mf.key --manifest-cert mf.cert; rm -r manifest; }
    unit T1 | make_record
    [ "$(manifest)" = bad-uid ]
    unit T1 '{"uid":"50343956-3037-4738-800d-1f29e0a0f7bf","model":"nrf9160"}' | make_record
    [ "$(manifest)" = bad-uid ]
    unit T1 '{"uid":"0123f2408ea1fcf201"}' | make_record
    [ "$(manifest)" = no-model ]
    { unit T1 '{"uid":"0123f2408ea1fcf201","model":"m"}'
      unit T2 '{"uid":"0123F2408EA1FCF201","model":"m"}'; } | make_record
    [ "$(manifest)" = duplicate ]
    openssl ecparam -name prime256v1 -genkey -noout -out other.key
    refuses 3 "not that of its certificate" cloud export units.npj --to manifest --out none \
        --manifest-key other.key --manifest-cert mf.cert
    refuses 2 "manifest needs" cloud export units.npj --to manifest --out none
    refuses 2 "need each other" cloud export units.npj --to manifest --out none \
        --manifest-key mf.key
    refuses 2 "1 or 3" cloud export units.npj --to manifest --out none --manifest-key mf.key \
        --manifest-cert mf.cert --manifest-version 2
    [ ! -e none ]
}

@test "the key of a manifest's signer may be encrypted" {
    make_manifest_signer
    unit T1 '{"uid":"0123f2408ea1fcf201","model":"atecc608b"}' | make_record
    (umask 077 && echo secret >pass)
    openssl pkcs8 -topk8 -in mf.key -out enc.key -v2 aes-256-cbc -passout file:pass
    export_to manifest --manifest-key enc.key --manifest-cert mf.cert \
        --key-passphrase-file pass >/dev/null 2>&1
    "$BATS_TEST_DIRNAME/../interop/read_manifest.py" manifest/part-0001.json mf.cert >/dev/null
    echo wrong >pass
    refuses 3 "enc.key" cloud export units.npj --to manifest --out none --manifest-key enc.key \
        --manifest-cert mf.cert --key-passphrase-file pass
}
