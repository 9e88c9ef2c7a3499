#!/usr/bin/env bats
# Signers: made, shown and checked; openssl looks at them too.
load helper

@test "a signer is a certificate and a secret key, and says where they are" {
    succeeds signer create acme
    says "certificate: acme.cert"
    says "key: acme.key"
    fingerprint=$(openssl x509 -in acme.cert -outform DER | sha256sum | cut -d ' ' -f 1)
    says "fingerprint: $fingerprint"
    [ -z "$stderr" ]
    [ "$(stat -c %a acme.key)" = 600 ]
    openssl verify -CAfile acme.cert acme.cert
    openssl x509 -in acme.cert -noout -pubkey | cmp - <(openssl ec -in acme.key -pubout 2>/dev/null)
}

@test "the key is secret whatever the umask is" {
    (umask 0; nameplate signer create acme >/dev/null)
    [ "$(stat -c %a acme.key)" = 600 ]
}

@test "a signer is valid for the years asked for" {
    for years in 1 31; do
        nameplate signer create "y$years" --years "$years" >/dev/null
        from=$(openssl x509 -in "y$years.cert" -noout -startdate | cut -d = -f 2)
        to=$(openssl x509 -in "y$years.cert" -noout -enddate | cut -d = -f 2)
        [ $(($(date -ud "$to" +%Y) - $(date -ud "$from" +%Y))) = "$years" ]
    done
    refuses 3 "years" signer create none --years 0
    refuses 3 "years" signer create none --years 32
    [ ! -e none.cert ] && [ ! -e none.key ]
}

@test "creating never overwrites and makes nothing then" {
    echo mine >acme.cert
    untouched acme.cert refuses 3 "acme.cert: exists already" signer create acme
    [ ! -e acme.key ]
    rm acme.cert
    echo mine >acme.key
    untouched acme.key refuses 3 "acme.key: exists already" signer create acme
    [ ! -e acme.cert ]
}

@test "a certificate that cannot be written leaves no key behind" {
    # shellcheck disable=SC2016 # expanded by the inner shell
    run --separate-stderr bash -c \
        'trap "" XFSZ; exec prlimit --fsize=400 "$0" signer create acme' "$NAMEPLATE_PROGRAM"
    [ "$status" = 6 ]
    warns "acme.cert: cannot be written"
    [ ! -e acme.key ] && [ ! -e acme.cert ]
}

@test "a folder that is not there or cannot be written is station trouble" {
    refuses 6 "none/acme.key: cannot be made" signer create none/acme
    refuses 6 "cannot be made" signer create /proc/self/acme
}

@test "a certificate is shown from PEM and from DER alike" {
    make_signer
    openssl x509 -in acme.cert -outform DER -out acme.der
    succeeds signer show acme.cert
    text=$output
    says "subject: Signer"
    says "can be stored on a chip: yes"
    succeeds signer show acme.der
    [ "$output" = "$text" ]
}

@test "what is shown is what openssl sees" {
    make_signer
    succeeds signer show acme.cert --json
    serial=$(openssl x509 -in acme.cert -noout -serial | cut -d = -f 2)
    [ "$(jq -r .certificate_serial <<<"$output")" = "${serial,,}" ]
    end=$(openssl x509 -in acme.cert -noout -enddate | cut -d = -f 2)
    [ "$(jq -r .not_after <<<"$output")" = "$(date -ud "$end" +%Y-%m-%dT%H:%M:%SZ)" ]
}

@test "a signer made here can be stored" {
    make_signer
    succeeds signer check acme.cert
    says "can be stored on a chip: yes"
    [ -z "$stderr" ]
}

@test "NervesKey's own signer can be stored" {
    succeeds signer check "$NAMEPLATE_VECTORS/nerveskey/generated/mix_signer_ca.cert.pem"
    says "can be stored on a chip: yes"
}

@test "a certificate of another form is refused with its causes" {
    make_openssl_ca
    run --separate-stderr nameplate signer check other.cert
    [ "$status" = 3 ]
    warns "other.cert: a chip cannot store this certificate"
    says "can be stored on a chip: no"
    says "subject: "
    says "dates: "
    run --separate-stderr nameplate signer check other.cert --json
    [ "$status" = 3 ]
    has_keys is_storable findings error
    [ "$(jq -r '.findings[0] | keys_unsorted | join(" ")' <<<"$output")" = "cause text" ]
    [ "$(jq -r .error.code <<<"$output")" = input-storable ]
}

@test "files that are no certificate are refused" {
    refuses 3 "none.cert: no such file" signer show none.cert
    echo hello >hello
    refuses 3 "hello: " signer check hello
    : >empty
    refuses 3 "empty: " signer check empty
    make_signer
    refuses 3 "acme.key: " signer show acme.key
    head -c 300 acme.cert >half
    refuses 3 "half: " signer show half
    openssl x509 -in acme.cert -outform DER | head -c 200 >half.der
    refuses 3 "half.der: " signer show half.der
    head -c 1048577 /dev/zero >large
    refuses 3 "large: larger than" signer show large
    refuses 3 ".: a folder, not a file" signer show .
}

# Is a device of the profile device accepted below this CA, by openssl, strictly, by certtool?
verdicts_below() {
    local point
    openssl ecparam -name prime256v1 -genkey -noout -out unit.key
    point=$(openssl ec -in unit.key -pubout -outform DER 2>/dev/null | tail -c 65 | hex)
    printf 'serial,public_key\nT-1,%s\n' "$point" >units.csv
    nameplate issue units.csv --signer-cert "$1.cert" --signer-key "$1.key" --profile device \
        --days 30 --out "$1.pem" --out-format pem >/dev/null
    for strict in "" -x509_strict; do
        # shellcheck disable=SC2086 # one of them is no word
        openssl verify $strict -CAfile "$1.cert" "$1.pem" >/dev/null 2>&1 && echo -n "accepts " ||
            echo -n "refuses "
    done
    certtool --verify --load-ca-certificate "$1.cert" --infile "$1.pem" 2>&1 |
        grep -q 'certificate is trusted' && echo accepts || echo refuses
}

@test "CAs of every profile, and what programs say of a device below them" {
    local name='C=DE,ST=BE,L=Berlin,O=Acme\, Inc.,OU=Sales,CN=CA,emailAddress=a@acme.example'
    for profile in device nrf-2022 nrf-2026; do
        succeeds signer create $profile --profile $profile --subject "$name" --days 100
        [ "$(openssl x509 -in $profile.cert -noout -subject -nameopt sname,sep_comma_plus)" = \
            "subject=${name/\\/}" ]
        end=$(openssl x509 -in $profile.cert -noout -enddate | cut -d = -f 2)
        start=$(openssl x509 -in $profile.cert -noout -startdate | cut -d = -f 2)
        [ $(($(date -d "$end" +%s) - $(date -d "$start" +%s))) = 8640000 ]
    done
    [ "$(verdicts_below device)" = "accepts accepts accepts" ]
    [ "$(verdicts_below nrf-2022)" = "accepts refuses accepts" ]
    [ "$(verdicts_below nrf-2026)" = "accepts accepts accepts" ]
    # an attribute that is missing is written without a text
    nameplate signer create short --profile nrf-2026 >/dev/null
    [ "$(verdicts_below short)" = "accepts accepts refuses" ]
    openssl x509 -in short.cert -noout -subject |
        grep 'C = NO, ST = , L = , O = , OU = , CN = example.com'
}

@test "a CA of a profile may have an encrypted key, and its options need the profile" {
    umask 077
    echo secret >pass
    succeeds signer create acme --profile device --key-passphrase-file pass
    openssl pkey -in acme.key -passin file:pass -noout
    refuses 2 "there is no profile 'x'" signer create other --profile x
    refuses 2 "--subject and --days need a --profile" signer create other --days 3
    refuses 2 "--days is 1 to 36500" signer create other --profile device --days 36501
    refuses 3 "'X' is no attribute" signer create other --profile device --subject X=1
    [ ! -e other.cert ] && [ ! -e other.key ]
}

@test "the JSON keys are stable" {
    succeeds signer create acme --json
    has_keys certificate_path key_path fingerprint not_before not_after
    succeeds signer show acme.cert --json
    has_keys subject issuer certificate_serial not_before not_after public_key fingerprint \
        is_storable
    succeeds signer check acme.cert --json
    has_keys is_storable findings compressed suits_old_readers
}
