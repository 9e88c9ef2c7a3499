#!/usr/bin/env bats
# Records of what was made. A Python script of hashlib and openssl verifies the same files.
load helper

verify_by_python() {
    "$BATS_TEST_DIRNAME/../interop/verify_record.py" "$@"
}

recorded=(--record units.npj --station-key st07.key)

make_station() {
    nameplate station key create st07 >/dev/null
    make_signer
}

# make_device SERIAL OPTIONS...
make_device() {
    nameplate device create "$@" --signer-cert acme.cert --signer-key acme.key "${recorded[@]}" \
        >/dev/null
}

make_three() {
    make_station
    make_device T1 --batch b42
    make_device T2 --batch b42
    make_device T3
}

@test "a station key is secret, is never overwritten, and openssl reads both halves" {
    (umask 0; nameplate station key create st07 >/dev/null)
    [ "$(stat -c %a st07.key)" = 600 ]
    openssl ec -in st07.key -pubout 2>/dev/null | cmp - st07.pub
    untouched st07.key refuses 3 "st07.pub: exists already" station key create st07
    rm st07.pub
    untouched st07.key refuses 3 "st07.key: exists already" station key create st07
    [ ! -e st07.pub ]
    succeeds station key create st08 --json
    has_keys public_key_path key_path key
    [ "$(jq -r .key <<<"$output")" = \
        "$(openssl pkey -pubin -in st08.pub -outform DER | sha256sum | cut -d ' ' -f 1)" ]
}

@test "what was recorded verifies, here and by a script of other people's tools" {
    make_three
    succeeds record verify units.npj --key st07.pub
    says "units: 3"
    says "batches: 3"
    [ "$(verify_by_python units.npj st07.pub)" = "3 3" ]
    [ "$(tail -n 1 units.npj | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" = \
        "$(nameplate record verify units.npj --key st07.pub --json | jq -r .head)" ]
}

@test "the recipe of the format's page verifies the last signature" {
    make_three
    tail -n 1 units.npj | sed 's/.*"signature":"\([^"]*\)"}$/\1/' | base64 -d >signature.der
    tail -n 1 units.npj | tr -d '\n' | sed 's/,"signature":"[^"]*"}$/}/' >signed.json
    openssl dgst -sha256 -verify st07.pub -signature signature.der signed.json
}

@test "a record that brings its own key proves nothing" {
    make_three
    mkdir other
    (cd other && make_three)
    cp other/units.npj units.npj
    nameplate record verify other/units.npj --key other/st07.pub
    refuses 3 "line 1: the record is of another station key" record verify units.npj --key st07.pub
    # the header naming the real key does not help
    theirs=$(head -n 1 other/units.npj | jq -r .key)
    ours=$(openssl pkey -pubin -in st07.pub -outform DER | sha256sum | cut -d ' ' -f 1)
    sed -i "s/$theirs/$ours/" units.npj
    refuses 3 "line" record verify units.npj --key st07.pub
    run ! verify_by_python units.npj st07.pub
    refuses 2 "--key FILE is missing" record verify units.npj
}

@test "the first line that was changed is named, with the reason" {
    make_three
    sed -i '4s/"serial":"T2"/"serial":"T9"/' units.npj
    refuses 3 "units.npj: line 4: changed after it was written" record verify units.npj \
        --key st07.pub
    run --separate-stderr nameplate record verify units.npj --key st07.pub --json
    [ "$status" = 3 ]
    [ "$(jq .line <<<"$output")" = 4 ]
    refuses 3 "line 4" record query units.npj T1
    refuses 3 "line 4" record show units.npj
    refuses 3 "line 4" record prove units.npj T1
}

@test "units are found by serial, fingerprint and station, as they stand in the record" {
    make_three
    [ "$(nameplate record query units.npj T2)" = "$(sed -n 4p units.npj)" ]
    for hash in sha256 sha1; do
        fingerprint=$(openssl x509 -in T2.cert -noout -fingerprint -$hash | cut -d = -f 2)
        [ "$(nameplate record query units.npj --fingerprint "$fingerprint")" = \
            "$(sed -n 4p units.npj)" ]
    done
    [ "$(nameplate record query units.npj --station st07 --key st07.pub | wc -l)" = 3 ]
    nameplate record query units.npj T2 --json | jq -e '.units[0].seq == 3'
    nameplate record query units.npj T2 | jq -r .cert | base64 -d |
        cmp - <(openssl x509 -in T2.cert -outform DER)
    refuses 3 "no unit is like that" record query units.npj T4
    refuses 3 "no unit is like that" record query units.npj T1 --station st08
    refuses 2 "what to look for is missing" record query units.npj
    refuses 2 "--fingerprint takes" record query units.npj --fingerprint 1234
}

@test "the members of a unit are what openssl says of its certificate" {
    make_three
    unit=$(nameplate record query units.npj T1)
    member() { jq -r ".$1" <<<"$unit"; }
    pem() { openssl x509 -in T1.cert -noout "$@" | cut -d = -f 2-; }
    plain() { tr -d ':' | tr '[:upper:]' '[:lower:]'; }
    [ "$(member cert_serial)" = "$(pem -serial | plain)" ]
    [ "$(member cert_sha1)" = "$(pem -fingerprint -sha1 | plain)" ]
    [ "$(member not_before)" = "$(date -ud "$(pem -startdate)" +%FT%TZ)" ]
    [ "$(member not_after)" = "$(date -ud "$(pem -enddate)" +%FT%TZ)" ]
    openssl x509 -in T1.cert -noout -pubkey | openssl pkey -pubin -outform DER >spki.der
    [ "$(member public_key)" = "$(base64 -w 0 spki.der)" ]
    [ "$(member spki_sha256)" = "$(sha256sum spki.der | cut -d ' ' -f 1)" ]
    [ "$(member aki)" = "$(openssl x509 -in T1.cert -noout -ext authorityKeyIdentifier |
        tail -n 1 | tr -d ' ' | sed 's/^keyid://' | plain)" ]
    [ "$(member issuer_id)" = \
        "$(openssl x509 -in acme.cert -outform DER | sha256sum | cut -d ' ' -f 1)" ]
    [ "$(head -n 1 units.npj | jq -r '.issuers[0]' | base64 -d | sha256sum | cut -d ' ' -f 1)" = \
        "$(member issuer_id)" ]
}

@test "one unit is proven without the others, to us and to the script" {
    make_three
    nameplate record prove units.npj T2 >proof
    nameplate record query units.npj T2 >unit.json
    [ "$(stat -c %s proof)" -lt 1000 ]
    rm units.npj
    succeeds record check-proof proof unit.json --key st07.pub
    says "serial: T2"
    says "batch: b42"
    [ "$(verify_by_python proof st07.pub unit.json)" = T2 ]
    sed 's/"serial":"T2"/"serial":"T3"/' unit.json >other.json
    refuses 3 "the proof is of another line" record check-proof proof other.json --key st07.pub
    nameplate station key create st08 >/dev/null
    refuses 3 "not of the given station key" record check-proof proof unit.json --key st08.pub
    run ! verify_by_python proof st08.pub unit.json
    refuses 3 "not a proof" record check-proof unit.json unit.json --key st07.pub
    refuses 3 "canonical" record check-proof proof proof --key st07.pub
}

@test "a serial is recorded for one unit; a second one is refused before it is made" {
    make_three
    before=$(sha256sum <units.npj)
    refuses 5 "line 2 has the serial T1 already" device create again --serial T1 \
        --signer-cert acme.cert --signer-key acme.key "${recorded[@]}"
    [ ! -e again.cert ] && [ ! -e again.key ]
    make_chip kit.chip
    untouched kit.chip refuses 5 "line 2 has the serial T1 already" chip provision \
        virtual:kit.chip --signer-cert acme.cert --signer-key acme.key --serial T1 --yes \
        "${recorded[@]}"
    [ "$(sha256sum <units.npj)" = "$before" ]
}

@test "a provisioned chip is recorded once, also when it was provisioned before" {
    make_station
    make_chip kit.chip
    provision kit.chip --serial N1 --yes >/dev/null 2>&1
    provision kit.chip --serial N1 --yes "${recorded[@]}" --batch b42
    [ "$(nameplate record query units.npj N1 | jq -r .uid)" = 0123a1b2c3d4e5f6ee ]
    [ "$(nameplate record query units.npj N1 | jq -r .cert | base64 -d | sha256sum)" = \
        "$(nameplate chip cert virtual:kit.chip | openssl x509 -outform DER | sha256sum)" ]
    before=$(sha256sum <units.npj)
    succeeds chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key \
        --serial N1 --yes "${recorded[@]}"
    warns "line 2 has this unit already"
    [ "$(sha256sum <units.npj)" = "$before" ]
    succeeds record verify units.npj --key st07.pub
}

@test "the signer's certificate is in the header, or with the unit when it is another" {
    make_three
    make_signer second
    nameplate device create S1 --signer-cert second.cert --signer-key second.key \
        "${recorded[@]}" >/dev/null
    nameplate record query units.npj S1 | jq -r '.chain[0]' | base64 -d |
        cmp - <(openssl x509 -in second.cert -outform DER)
    nameplate record query units.npj T3 | jq -e '.chain == null'
    [ "$(verify_by_python units.npj st07.pub)" = "4 4" ]
}

@test "what a crash leaves is mended by the next run, and verify says until then what is wrong" {
    make_three
    # without the last trailer, and with the beginning of another one
    sed -i '7d' units.npj
    refuses 3 "line 6: no trailer signs" record verify units.npj --key st07.pub
    succeeds record show units.npj
    warns "no trailer signs the last 1 units yet"
    refuses 3 "no trailer signs this unit yet" record prove units.npj T3
    printf '{"batch":"b4' >>units.npj
    refuses 3 "line 7: not complete" record verify units.npj --key st07.pub
    succeeds record query units.npj T3
    warns "the last line is not complete"
    make_device T4 2>said
    grep -q "12 bytes that a crash had left behind" said
    succeeds record verify units.npj --key st07.pub
    says "units: 4"
    says "recovered after a crash: 1"
    [ "$(verify_by_python units.npj st07.pub)" = "4 3" ]
    # the last two are one batch now
    for serial in T3 T4; do
        nameplate record prove units.npj $serial >proof
        nameplate record query units.npj $serial >unit.json
        [ "$(stat -c %s proof)" = $((184 + 32)) ]
        nameplate record check-proof proof unit.json --key st07.pub
        [ "$(verify_by_python proof st07.pub unit.json)" = $serial ]
    done
}

@test "an end that was cut off is found by the head of an earlier time" {
    make_three
    head=$(nameplate record show units.npj --json 2>/dev/null | jq -r .head)
    make_device T4
    succeeds record verify units.npj --key st07.pub --head "$head"
    sed -i '6,$d' units.npj
    succeeds record verify units.npj --key st07.pub
    refuses 3 "the end was cut off" record verify units.npj --key st07.pub --head "$head"
    refuses 2 "--head" record verify units.npj --key st07.pub --head 1234
}

@test "a record is of one station, and other files are left alone" {
    make_three
    device=(device create T5 --signer-cert acme.cert --signer-key acme.key)
    nameplate station key create st08 >/dev/null
    untouched units.npj refuses 4 "of another station key" "${device[@]}" --record units.npj \
        --station-key st08.key
    echo "my notes" >notes
    untouched notes refuses 3 "notes: line 1" "${device[@]}" --record notes --station-key st07.key
    refuses 2 "need each other" "${device[@]}" --record units.npj
    refuses 2 "need each other" "${device[@]}" --station-key st07.key
    refuses 3 "st07.pub" "${device[@]}" --record units.npj --station-key st07.pub
    refuses 6 "none/units.npj" "${device[@]}" --record none/units.npj --station-key st07.key
    refuses 3 "batch's name" "${device[@]}" "${recorded[@]}" --batch 'a "b"'
    refuses 3 "no such file" record verify none.npj --key st07.pub
    refuses 3 "st07.key" record verify units.npj --key st07.key
    [ ! -e T5.key ]
}

@test "keys of other kinds, and what is no file, are refused with their names" {
    make_three
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 2>/dev/null |
        openssl pkey -pubout >p384.pub
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 2>/dev/null |
        openssl pkey -pubout >rsa.pub
    for key in p384.pub rsa.pub; do
        refuses 3 "$key: the public key is none of P-256" record verify units.npj --key $key
    done
    refuses 3 "acme.cert: there is no line" record verify units.npj --key acme.cert
    refuses 3 "/dev/null: not a regular file" record verify /dev/null --key st07.pub
    refuses 3 "st07.pub: line 1" record verify st07.pub --key st07.pub
}

@test "one process writes at a time" {
    make_three
    exec 9<>units.npj
    flock 9
    refuses 6 "another process is writing to it" device create T4 --signer-cert acme.cert \
        --signer-key acme.key "${recorded[@]}"
    [ ! -e T4.key ]
    succeeds record verify units.npj --key st07.pub
    exec 9>&-
    make_device T4
}

@test "what a full disk took no more is taken away again, and the next run goes on" {
    make_three
    before=$(sha256sum <units.npj)
    # a limit in kB in the middle of the next line
    limit=$((($(stat -c %s units.npj) + 1024) / 1024))
    full() {
        trap '' XFSZ
        ulimit -f "$limit"
        nameplate device create T4 --signer-cert acme.cert --signer-key acme.key "${recorded[@]}"
    }
    run --separate-stderr full
    [ "$status" = 6 ]
    warns "units.npj: cannot be written"
    warns "was taken away again"
    [ ! -e T4.key ]
    [ "$(sha256sum <units.npj)" = "$before" ]
    make_device T4
    succeeds record verify units.npj --key st07.pub
}

@test "a device whose record cannot be written is not handed out" {
    make_station
    mkdir units.npj
    refuses 6 "units.npj" device create T1 --signer-cert acme.cert --signer-key acme.key \
        "${recorded[@]}"
    [ ! -e T1.key ] && [ ! -e T1.cert ]
}

@test "the JSON keys are stable" {
    make_three
    succeeds record verify units.npj --key st07.pub --json
    has_keys units batches recovered key last_line head
    succeeds record show units.npj --json
    has_keys station key created issuers batches units unsigned_units last_line head
    [ "$(jq '.batches | length' <<<"$output")" = 3 ]
    succeeds record query units.npj T1 --json
    has_keys units
    succeeds record prove units.npj T1 --json
    has_keys proof line batch_units path_length
    jq -r .proof <<<"$output" |
        python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >proof
    nameplate record query units.npj T1 >unit.json
    succeeds record check-proof proof unit.json --key st07.pub --json
    has_keys unit line batch batch_units key
}
