#!/usr/bin/env bats
# Devices without a chip. openssl judges; NervesKey's own task made the certificate to compare with.
load helper

signed_by=(--signer-cert acme.cert --signer-key acme.key)

@test "a software device is a secret key and a certificate that its signer signed" {
    make_signer
    (umask 0; nameplate device create N1234 "${signed_by[@]}" >/dev/null)
    openssl verify -CAfile acme.cert N1234.cert
    [ "$(openssl x509 -in N1234.cert -noout -subject)" = "subject=CN = N1234" ]
    openssl x509 -in N1234.cert -noout -pubkey |
        cmp - <(openssl ec -in N1234.key -pubout 2>/dev/null)
    [ "$(stat -c %a N1234.key)" = 600 ]
    grep -q 'BEGIN EC PRIVATE KEY' N1234.key
}

@test "the certificate has the form of the one that NervesKey's task makes" {
    make_signer
    nameplate device create DEV0001 "${signed_by[@]}" >/dev/null
    theirs=$NAMEPLATE_VECTORS/nerveskey/generated/mix_device_DEV0001.cert.pem
    # what differs from device to device and signer to signer left out
    form() {
        openssl x509 -in "$1" -noout -text |
            sed -E '/^ +([0-9a-f]{2}:)+[0-9a-f]{0,2}$/Id; /keyid:|^ +([0-9A-F]{2}:)+/d; /Not /d'
    }
    diff <(form DEV0001.cert) <(form "$theirs")
    from=$(date -ud "$(openssl x509 -in DEV0001.cert -noout -startdate | cut -d = -f 2)" +%s)
    to=$(openssl x509 -in DEV0001.cert -noout -enddate | cut -d = -f 2)
    [ $((from % 3600)) = 0 ]
    [ "$(date -ud "$to" +%m%d%H%M%S)" = "$(date -ud "@$from" +%m%d%H%M%S)" ]
    [ $(($(date -ud "$to" +%Y) - $(date -ud "@$from" +%Y))) = 31 ]
}

@test "two devices of one name have different keys and serial numbers" {
    make_signer
    mkdir one two
    nameplate device create one/N1 "${signed_by[@]}" >/dev/null
    nameplate device create two/N1 "${signed_by[@]}" >/dev/null
    [ "$(openssl x509 -in one/N1.cert -noout -serial)" != \
        "$(openssl x509 -in two/N1.cert -noout -serial)" ]
    run cmp one/N1.key two/N1.key
    [ "$status" = 1 ]
}

@test "the name may have a folder, and a serial of its own may be given" {
    make_signer
    mkdir devices
    succeeds device create devices/N1 "${signed_by[@]}"
    says "certificate: devices/N1.cert"
    says "serial: N1"
    [ "$(openssl x509 -in devices/N1.cert -noout -subject)" = "subject=CN = N1" ]
    nameplate device create devices/N2 "${signed_by[@]}" --serial 'Other, 7' >/dev/null
    [ "$(openssl x509 -in devices/N2.cert -noout -subject -nameopt RFC2253)" = \
        'subject=CN=Other\, 7' ]
}

@test "nothing is overwritten and nothing is made by half" {
    make_signer
    echo mine >N1.cert
    untouched N1.cert refuses 3 "N1.cert: exists already" device create N1 "${signed_by[@]}"
    [ ! -e N1.key ]
    mv N1.cert N1.key
    untouched N1.key refuses 3 "N1.key: exists already" device create N1 "${signed_by[@]}"
    [ ! -e N1.cert ]
    refuses 6 "none/N1.key: cannot be made" device create none/N1 "${signed_by[@]}"
}

@test "a signer that cannot sign is refused, and so are serials that do not fit" {
    make_signer
    make_signer second
    make_openssl_ca
    refuses 3 "second.key" device create N1 --signer-cert acme.cert --signer-key second.key
    refuses 3 "no chip can store" device create N1 --signer-cert other.cert --signer-key other.key
    vectors=$NAMEPLATE_VECTORS/nerveskey/upstream
    refuses 3 "expired" device create N1 --signer-cert "$vectors/livebook_test_signer_cert.pem" \
        --signer-key "$vectors/livebook_test_signer_key.pem"
    refuses 3 "at most 32" device create N1 "${signed_by[@]}" \
        --serial 123456789012345678901234567890123
    refuses 3 "is empty" device create devices/ "${signed_by[@]}"
    refuses 2 "--signer-key FILE is missing" device create N1 --signer-cert acme.cert
    [ ! -e N1.cert ] && [ ! -e N1.key ]
}

@test "the JSON keys are stable" {
    make_signer
    succeeds device create N1 "${signed_by[@]}" --json
    has_keys certificate_path key_path serial chip_serial fingerprint not_before not_after
    [ "$(jq -r .fingerprint <<<"$output")" = \
        "$(openssl x509 -in N1.cert -outform DER | sha256sum | cut -d ' ' -f 1)" ]
}
