#!/usr/bin/env bats
# The offline steps of Nordic's tutorial, in its own words: names of the scripts, options, files.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    mkdir -p bin
    for name in modem_credentials_parser create_ca_cert create_device_credentials; do
        ln -s "$NAMEPLATE_PROGRAM" "bin/$name"
    done
    PATH=$PWD/bin:$PATH
    vectors=$NAMEPLATE_VECTORS/nrf
    reply=$(cat "$vectors/tokens/seed_keygen_csr.txt")
    uuid=50503041-3539-47eb-807b-102dbb423b9a
    subject=(-c GE -st BE -l Berlin -o "Nordic Semiconductor" -ou Sales -cn nordicsemi.com
        -e kevin.kotinkar@nordicsemi.com)
}

@test "the tutorial, steps 3 to 5: request, CA, device certificate" {
    modem_credentials_parser -k "$reply" -s >shown
    cmp "${uuid}_16842753_csr.pem" "$vectors/certs/seed_16842753_csr.pem"
    cmp "${uuid}_16842753_pub.pem" "$vectors/certs/seed_16842753_pub.pem"
    grep -Fx 'COSE digest matches payload' shown
    grep -Fx e60e82be4b758346c04d20033958b47ae612baefbb6db04e19867182c0f223cb shown
    grep -F "    Dev UUID:   $uuid" shown
    grep -Fx "File created: $PWD/${uuid}_16842753_csr.pem" shown

    create_ca_cert "${subject[@]}" -f nordic_semi-
    ca=$(echo nordic_semi-0x*_ca.pem)
    serial=$(openssl x509 -in "$ca" -noout -serial | cut -d = -f 2)
    [ "$ca" = "nordic_semi-0x${serial,,}_ca.pem" ]
    key=${ca/_ca/_prv}
    cmp "${ca/_ca/_pub}" <(openssl x509 -in "$ca" -noout -pubkey)
    cmp "$key" <(openssl pkey -in "$key")
    [ "$(stat -c %a "$key")" = 600 ]
    for file in "$ca" "$vectors/certs/ca_2022-04_script.pem"; do
        openssl x509 -in "$file" -noout -text -certopt \
            no_serial,no_validity,no_pubkey,no_sigdump | sed 's/= [a-z.]*@/= @/g' \
            >"fields.${file##*/}"
    done
    cmp "fields.$ca" fields.ca_2022-04_script.pem

    create_device_credentials -ca "$ca" -ca_key "$key" -csr "${uuid}_16842753_csr.pem" -dv 2000
    cmp "${uuid}_pub.pem" "$vectors/certs/seed_16842753_pub.pem"
    openssl verify -CAfile "$ca" "${uuid}_crt.pem"
    openssl x509 -in "${uuid}_crt.pem" -noout -text | grep 'Version: 1 '
    openssl x509 -in "${uuid}_crt.pem" -noout -subject | grep -Fx "subject=CN = $uuid"
    start=$(openssl x509 -in "${uuid}_crt.pem" -noout -startdate | cut -d = -f 2)
    end=$(openssl x509 -in "${uuid}_crt.pem" -noout -enddate | cut -d = -f 2)
    [ $(($(date -d "$end" +%s) - $(date -d "$start" +%s))) = $((2000 * 86400)) ]
    [ ! -e onboard.csv ]
}

@test "today's spellings make today's certificates, and a row of onboard.csv" {
    create_ca_cert
    ca=$(echo 0x*_ca.pem)
    openssl x509 -in "$ca" -noout -subject |
        grep 'C = NO, ST = , L = , O = , OU = , CN = example.com, emailAddress = '
    create_device_credentials --ca "$ca" --ca-key "${ca/_ca/_prv}" \
        --csr "$vectors/certs/seed_16842753_csr.pem" -p out -f x-
    openssl verify -CAfile "$ca" "out/x-${uuid}_crt.pem"
    openssl x509 -in "out/x-${uuid}_crt.pem" -noout -text | grep 'Version: 3 '
    python3 - "$uuid" "out/x-${uuid}_crt.pem" <<'END'
import csv, sys
rows = list(csv.reader(open("onboard.csv", newline="")))
assert rows == [[sys.argv[1], "", "", "", open(sys.argv[2]).read()]], rows
END
    run create_device_credentials --ca "$ca" --ca-key "${ca/_ca/_prv}" \
        --csr "$vectors/certs/seed_16842753_csr.pem"
    [ "$status" = 1 ] # it stands in onboard.csv
    [ ! -e "${uuid}_crt.pem" ]
}

@test "a key of its own, and files for the compiler" {
    create_ca_cert --cn CA
    ca=$(echo 0x*_ca.pem)
    create_device_credentials --ca "$ca" --ca-key "${ca/_ca/_prv}" --csv=
    device=$(echo ????????-????-4???-????-????????????_crt.pem)
    openssl x509 -in "$device" -noout -subject | grep -Fx "subject=C = NO, CN = ${device%_crt.pem}"
    openssl pkey -in "${device/_crt/_prv}" -pubout | cmp - "${device/_crt/_pub}"
    create_device_credentials -ca "$ca" -ca_key "${ca/_ca/_prv}" -c NO -cn "unit 7" -embed_save
    sed 's/^"//; s/\\n"$//' client-cert.pem >plain.pem
    openssl verify -CAfile "$ca" plain.pem
    # the lines of Nordic's own file have the same form
    [ "$(sed 's/"[A-Za-z0-9+/=]*\\n"/BASE64/' client-cert.pem | sort -u)" = \
        "$(sed 's/"[A-Za-z0-9+/=]*\\n"/BASE64/' "$vectors/certs/embed_save_client-cert.txt" |
            sort -u)" ]
    sed 's/^"//; s/\\n"$//' private-key.pem | openssl pkey -pubout |
        cmp - <(openssl x509 -in plain.pem -noout -pubkey)
    # the servers' roots go with them
    sed 's/^"//; s/\\n"$//' ca-cert.pem | cmp - "$vectors/certs/AmazonRootCA1.pem"
    create_device_credentials --ca "$ca" --ca-key "${ca/_ca/_prv}" --embed-save --coap --csv=
    sed 's/^"//; s/\\n"$//' ca-cert.pem | cmp - "$vectors/certs/nrfcloud_aws_plus_coap.pem"
    [ "$(grep -cv '^".*\\n"$' ca-cert.pem)" = 0 ]
}

@test "what is wrong has a status and a reason" {
    run create_ca_cert -c GER -cn a
    [ "$status" = 1 ] && [[ $output == *"2 characters"* ]]
    run create_ca_cert --cn a -st b
    [ "$status" = 2 ] && [[ $output == *mixed* ]]
    run create_ca_cert --colour red
    [ "$status" = 2 ] && [[ $output == *"unrecognized argument: --colour"* ]]
    run create_device_credentials --csr x
    [ "$status" = 2 ]
    run modem_credentials_parser
    [ "$status" = 1 ]
    run modem_credentials_parser -k "$(cat "$vectors/tokens/bad_truncated_keygen.txt")" -s
    [ "$status" = 1 ] && [[ $output == *"attestation's"* ]]
    run modem_credentials_parser -k "$(cat "$vectors/tokens/t1235_keygen_csr_altered.txt")" -s
    [ "$status" = 1 ] && [[ $output == *"COSE digest does NOT match payload"* ]]
    run modem_credentials_parser -k "${reply%.*}" -s
    [ "$status" = 1 ] && [[ $output == *"whole reply"* ]]
    [ -z "$(find . -name '*.pem')" ]
    create_ca_cert -c NO -cn one -f one-
    create_ca_cert -c NO -cn two -f two-
    run create_device_credentials -ca one-*_ca.pem -ca_key two-*_prv.pem \
        -csr "$vectors/certs/seed_16842753_csr.pem"
    [ "$status" = 1 ] && [[ $output == *"not the key of"* ]]
    run modem_credentials_parser -h
    [ "$status" = 0 ] && [[ $output == *usage* ]]
}

@test "an attestation token and a public key are shown" {
    modem_credentials_parser -a "$(cat "$vectors/tokens/u_attest.txt")" >shown
    grep -Fx 'Dev UUID:    50363154-3931-44f0-8022-121b6401627d' shown
    grep -Fx 'Dev Type:    nRF9160 SICA' shown
    grep -Fx 'FW UUID:     1aff3acb-f1a6-4764-a263-4c2646c1c654' shown
    modem_credentials_parser -k "$(cat "$vectors/tokens/u16_keygen_pub.txt")" -s >/dev/null
    openssl pkey -pubin -in 50363154-3931-44f0-8022-121b6401627d_16_pub.pem -outform DER |
        cmp - "$vectors/tokens/u16_keygen_pub.spki.der"
}
