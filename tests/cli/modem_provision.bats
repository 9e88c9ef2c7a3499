#!/usr/bin/env bats
# Modems for nRF Cloud: provisioning, its journal and its rows, other people's names for it, and the
# tutorial of nRF Cloud, on a virtual modem in the program or behind a terminal.
load helper
load stub

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NAMEPLATE_CHIP NAMEPLATE_MODEM
    export LC_ALL=C.UTF-8 XDG_STATE_HOME=$PWD/state
}

teardown() {
    end_stub
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

# serve OPTIONS...: modem.np on ./port in the background, until the test ends.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve modem.np --pty port "$@" 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [[ $ready == "pty: port" ]] || { echo "$ready"; return 1; }
}

stop() {
    kill "$server"
    wait "$server" || true
    server=
}

# make_modem [MODEL] [OPTIONS...]: and a signer
make_modem() {
    local model=${1:-nrf9160}
    shift || true
    nameplate virtual create modem.np --model "$model" --imei 355025930000000 "$@" >/dev/null
    [ -f acme.cert ] || make_signer
}

provision() {
    nameplate modem provision virtual:modem.np --signer-cert acme.cert --signer-key acme.key "$@"
}

# succeeds and refuses, for provision
provisions() {
    succeeds modem provision virtual:modem.np --signer-cert acme.cert --signer-key acme.key "$@"
}

fails() {
    local expected=$1 text=$2
    shift 2
    refuses "$expected" "$text" modem provision virtual:modem.np --signer-cert acme.cert \
        --signer-key acme.key "$@"
}

# asks TEXT OPTIONS...: without consent it is refused, after the plan.
asks() {
    local text=$1
    shift
    run --separate-stderr provision "$@"
    [ "$status" = 2 ] || { echo "status $status: $stderr"; return 1; }
    warns "credentials would be lost"
    warns "$text"
}

# The certificate of row N of a file, as Python reads it; its name on stdout.
row_of() {
    python3 -c 'import csv, sys
row = list(csv.reader(open(sys.argv[1], newline=""), strict=True))[int(sys.argv[2]) - 1]
assert len(row) == 5
open("row.pem", "w").write(row[4])
print(*row[:4], sep=",")' "$1" "${2:-1}"
}

# common_name x509|req FILE
common_name() {
    openssl "$1" -in "$2" -noout -subject -nameopt multiline | sed -n 's/.*commonName *= //p'
}

# The digests that the modem lists in nRF Cloud's tag, by type.
digests() {
    nameplate modem list virtual:modem.np --sectag 16842753 --json |
        jq -r '.credentials[] | "\(.type) \(.sha256 | ascii_downcase)"'
}

link() {
    ln -s "$NAMEPLATE_PROGRAM" "$1"
}

@test "a modem gets root, key and certificate, and its row" {
    make_modem
    provisions --csv onboard.csv --devinfo devinfo.csv --json
    has_keys device_id imei sectag fingerprint line_ends identity firmware was_done made_key \
        certificate
    [ "$(jq -r .identity <<<"$output")" = "not checkable" ]
    id=$(jq -r .device_id <<<"$output")
    [ "$(row_of onboard.csv)" = "$id,,," ]
    [ "$(cat devinfo.csv)" = "$id,mfw_nrf9160_1.3.6,355025930000000" ]
    openssl verify -partial_chain -CAfile acme.cert row.pem
    [ "$(common_name x509 row.pem)" = "$id" ]
    sed 's/$/\r/' row.pem | sha256sum | cut -d ' ' -f 1 >digest
    digests >listed
    grep -qx "client-cert $(cat digest)" listed
    grep -qx "root-ca 56ae01e6773bdaec4bfb216d4005adb06e4f680bd8bfb8be4c683ce921681897" listed
    grep -q ^client-key listed
    cp onboard.csv before.csv
    provisions --csv onboard.csv --json
    [ "$(jq -c '[.was_done, .made_key]' <<<"$output")" = '[true,false]' ]
    warns "nothing was written"
    cmp onboard.csv before.csv
    diff <(digests) listed
    fails 4 "provisioned as asked before" --csv onboard.csv --strict || [ "$status" = 4 ]
}

@test "the plan is shown, hashed and kept to" {
    make_modem nrf9161
    cp modem.np before
    provisions --dry-run --json
    has_keys imei model firmware device_id sectag signer_fingerprint is_done losses hash steps
    [ "$(jq -c '.steps' <<<"$output")" = \
        '["make-key","issue","write-root","write-certificate","verify"]' ]
    hash=$(jq -r .hash <<<"$output")
    cmp modem.np before
    fails 2 "its hash is $hash" --plan "${hash//[0-9]/0}"
    provisions --plan "$hash"
    digests >before
    asks "lost for ever: the private key that is in tag 16842753" --new-key
    diff <(digests) before
    provisions --new-key --yes
    run ! diff <(digests) before
}

# identity_of FILE: the identity key of a virtual modem, as PEM
identity_of() {
    {
        printf 3059301306072a8648ce3d020106082a8648ce3d03010703420004
        nameplate virtual show "$1" --json | jq -r .identity_point
    } | xxd -r -p | openssl pkey -pubin -inform DER
}

@test "a reply that the modem's identity key has not signed gets no certificate" {
    make_modem nrf9161
    nameplate virtual create other.np --model nrf9161 --imei 355025930000001 >/dev/null
    identity_of other.np >other.pem
    fails 1 "not signed with the device's identity key" --identity-key other.pem --csv onboard.csv
    warns "nothing was signed"
    run ! grep -q client-cert <(digests)
    [ ! -s onboard.csv ]
    run ! grep -rq certificate state
    # the key stays: with the right one the same reply is good
    digests >before
    identity_of modem.np >identity.pem
    provisions --identity-key identity.pem --csv onboard.csv --json
    [ "$(jq -c '[.identity, .made_key]' <<<"$output")" = '["ok",false]' ]
    diff before <(digests | grep client-key)
    fails 1 "not signed with the device's identity key" --identity-key other.pem
    fails 2 "attests nothing" --local-key --pins pins
    fails 3 "acme.cert" --identity-key acme.cert --new-key --yes
    fails 3 "nowhere" --identity-key nowhere --new-key --yes
    fails 3 "state: a folder, not a file" --pins state --new-key --yes
    diff before <(digests | grep client-key)
}

@test "pins learn a modem's identity key, and another's is found out" {
    make_modem nrf9161
    provisions --pins pins --dry-run
    [ ! -e pins ]
    for outcome in first made kept; do
        provisions --pins pins --new-key --yes --json
        [ "$(jq -r .pin <<<"$output")" = "$outcome" ]
    done
    [ "$(jq -r .identity <<<"$output")" = ok ]
    point=$(nameplate virtual show modem.np --json | jq -r .identity_point)
    [ "$(cut -d ' ' -f 2 pins)" = "$point" ]
    [ ! -e pins.lock ]
    # the same UUID with another key
    nameplate virtual create other.np --model nrf9161 >/dev/null
    sed -i "s/ .*/ $(nameplate virtual show other.np --json | jq -r .identity_point)/" pins
    cp pins before
    run --separate-stderr provision --pins pins --new-key --yes
    [ "$status" = 1 ]
    warns "not signed with the key that the pins have for this device"
    cmp pins before
    run ! grep -q client-cert <(digests)
}

@test "a row that another device has is refused before the modem is touched" {
    make_modem
    cp modem.np before
    device nrf-355025930000000 >onboard.csv
    fails 5 "has a row of nrf-355025930000000 already" --id nrf- --id-imei --csv onboard.csv
    warns "--replace"
    cmp modem.np before
    fails 5 "has a row of" --id NRF- --id-imei --csv onboard.csv
    provisions --id nrf- --id-imei --csv onboard.csv --replace --tags 'a|b' --subtype gateway \
        --fwtypes 'APP|MODEM|BOOT'
    [ "$(row_of onboard.csv)" = 'nrf-355025930000000,gateway,a|b,APP|MODEM|BOOT' ]
    [ "$(grep -c BEGIN onboard.csv)" = 1 ]
    fails 3 "is no tag" --tags 'a b'
    fails 3 "is no firmware type" --fwtypes FOO
    fails 3 "letters, digits" --id 'a/b'
    fails 2 "no profile" --profile nope
    fails 3 "none.pem" --root none.pem
}

@test "what fails writes no row, and the same command goes on" {
    make_modem
    serve --time zero --fault cme@14:515
    run --separate-stderr nameplate modem provision ./port --signer-cert acme.cert \
        --signer-key acme.key --csv onboard.csv
    [ "$status" = 1 ] || { echo "$status $stderr"; return 1; }
    warns "memory full"
    [ ! -s onboard.csv ]
    stop
    [ "$(digests | grep -c client-key)" = 1 ]
    digests | grep client-key >key
    provisions --csv onboard.csv --json
    [ "$(jq .made_key <<<"$output")" = false ]
    digests | grep client-key | cmp - key
    row_of onboard.csv
}

@test "a journal that is damaged is told, and moved away by people" {
    make_modem
    provisions
    for journal in state/nameplate/*.journal; do
        [ "$(stat -c %a "$journal")" = 600 ]
        echo more >>"$journal"
        fails 3 "damaged"
        mv "$journal" away
    done
    asks "lost for ever: the certificate"
    provisions --yes --journal elsewhere/deep
    [ -n "$(ls elsewhere/deep)" ]
}

@test "firmware before 1.3 gets a key that was made here, and nobody keeps it" {
    make_modem nrf9160 --firmware mfw_nrf9160_1.2.7
    fails 3 "makes no keys" --id dev1
    provisions --id dev1 --local-key --csv onboard.csv --profile nrf-2022
    [ "$(row_of onboard.csv)" = dev1,,, ]
    run ! grep -r "PRIVATE KEY\|^key " state
    digests | grep -q client-key
    make_modem_tls() {
        nameplate virtual create tls.np --model nrf9160 --shell tls-shell >/dev/null
    }
    make_modem_tls
    refuses 2 "add --local-key" modem provision virtual:tls.np --signer-cert acme.cert \
        --signer-key acme.key --id dev2 || [ "$status" = 2 ]
    succeeds modem provision virtual:tls.np --signer-cert acme.cert --signer-key acme.key \
        --id dev2 --local-key --csv onboard.csv
    [ "$(row_of onboard.csv 2)" = dev2,,, ]
}

@test "what was made is recorded, for the line that it was" {
    make_modem
    nameplate station key create st07 >/dev/null
    provisions --record units.npj --station-key st07.key --json
    id=$(jq -r .device_id <<<"$output")
    succeeds record verify units.npj --key st07.pub
    succeeds record query units.npj "$id" --json
    [ "$(jq -r '.units[0] | [.uid, .model, .origin] | join(" ")' <<<"$output")" = \
        "355025930000000 nRF9160-SICA modem" ]
    provisions --record units.npj --station-key st07.key
    [ "$(grep -c '"kind":"unit"' units.npj)" = 1 ]
}

@test "the root for CoAP goes behind the other, as Nordic's tools have it" {
    make_modem
    provisions --coap
    sum=$(sed 's/$/\r/' "$NAMEPLATE_VECTORS/nrf/certs/nrfcloud_aws_plus_coap.pem" | sha256sum)
    digests | grep -qx "root-ca ${sum%% *}"
}

@test "the installer takes both generations of its options" {
    make_modem
    link device_credentials_installer
    export NAMEPLATE_MODEM=virtual:modem.np
    run --separate-stderr ./device_credentials_installer --ca acme.cert --ca-key acme.key \
        --id-str nrf- --id-imei -s -d -p . -f today- -t 'a|b' -T gateway
    [ "$status" = 0 ] || { echo "$stderr"; return 1; }
    [ "$(row_of onboard.csv)" = 'nrf-355025930000000,gateway,a|b,APP|MODEM' ]
    for suffix in crt pub csr; do [ -s "today-nrf-355025930000000_$suffix.pem" ]; done
    cmp row.pem today-nrf-355025930000000_crt.pem
    openssl x509 -in row.pem -noout -text | grep -q 'Version: 3'
    openssl req -in today-nrf-355025930000000_csr.pem -noout -pubkey |
        cmp - today-nrf-355025930000000_pub.pem
    # 2022: underscores, provision.csv, version 1, LF
    run --separate-stderr ./device_credentials_installer -ca acme.cert -ca_key acme.key -dv 2000 \
        --id_str old -d
    [ "$status" = 0 ] || { echo "$stderr"; return 1; }
    [ "$(row_of provision.csv)" = old,,,APP\|MODEM ]
    openssl x509 -in row.pem -noout -text | grep -q 'Version: 1'
    digests | grep -qx "client-cert $(sha256sum <row.pem | cut -d ' ' -f 1)"
    [ "$(python3 -c 'import subprocess
from datetime import datetime
said = subprocess.run(["openssl", "x509", "-in", "row.pem", "-noout", "-dates"], check=True,
                      capture_output=True, text=True).stdout.split("\n")
times = [datetime.strptime(line.split("=")[1], "%b %d %H:%M:%S %Y GMT") for line in said[:2]]
print((times[1] - times[0]).days)')" = 2000 ]
}

@test "the installer ends with its statuses" {
    make_modem
    link device_credentials_installer
    install_ca=(./device_credentials_installer --ca acme.cert --ca-key acme.key)
    ends() {
        local expected=$1
        shift
        run --separate-stderr "$@"
        [ "$status" = "$expected" ] || { echo "status $status, not $expected: $stderr"; return 1; }
        warns "device_credentials_installer: error: "
    }
    ends 2 "${install_ca[@]}"
    export NAMEPLATE_MODEM=virtual:modem.np
    ends 2 "${install_ca[@]}" --no-such-option
    ends 2 "${install_ca[@]}" --dv x
    ends 11 ./device_credentials_installer --ca none.pem --ca-key acme.key
    ends 1 "${install_ca[@]}" --port nowhere
    "${install_ca[@]}"
    ends 9 "${install_ca[@]}" --id-str other --csv other.csv
    warns "add -d"
    [ ! -s other.csv ]
    "${install_ca[@]}" --id-str other -d --csv ''
    nameplate virtual create old.np --model nrf9160 --firmware mfw_nrf9160_1.2.7 >/dev/null
    NAMEPLATE_MODEM=virtual:old.np ends 8 "${install_ca[@]}"
    NAMEPLATE_MODEM=virtual:old.np "${install_ca[@]}" --local-cert --id-str old
    run ./device_credentials_installer --help
    says "[-S VALUE]"
}

@test "tokens are gathered, and claimed" {
    make_modem nrf9151
    link gather_attestation_tokens
    link claim_devices
    export NAMEPLATE_MODEM=virtual:modem.np
    ./gather_attestation_tokens >said
    ./gather_attestation_tokens >>said
    grep -q "token saved" said
    [ "$(wc -l <attestation_tokens.csv)" = 1 ]
    IFS=, read -r imei uuid token when <attestation_tokens.csv
    [ "$imei" = 355025930000000 ]
    [ "$uuid" = "$(nameplate modem info virtual:modem.np --json | jq -r .device_uuid)" ]
    [[ $when =~ ^20..-..-..T..:..:..\.[0-9]{6}\+00:00$ ]]
    cp attestation_tokens.csv before
    ./gather_attestation_tokens --keep
    cmp attestation_tokens.csv before
    begin_stub
    export NRFCLOUD_URL=https://127.0.0.1:$port/v1 NRFCLOUD_CA_FILE=cloud/root.pem
    export NRFCLOUD_PROVISIONING_URL=https://127.0.0.1:$port/prov/v1
    run --separate-stderr ./claim_devices --api-key 0123456789 --provisioning-tags lab
    [ "$status" = 2 ]
    warns "seen by everybody"
    ./claim_devices --api-key @nrf.key --provisioning-tags lab
    [ "$(jq -r .body cloud/log)" = "\"$token\",\"lab\"" ]
}

@test "the tutorial of nRF Cloud, step by step, on a serial port" {
    make_modem
    serve --time zero
    for name in modem_credentials_parser create_ca_cert create_device_credentials \
        device_credentials_installer nrf_cloud_onboard; do link $name; done
    terminal() { python3 "$BATS_TEST_DIRNAME/../support/at_terminal.py" port "$@"; }
    # step 1
    [ "$(terminal 'AT+CFUN=4')" = OK ]
    [ "$(terminal 'AT%CMNG=1' | tail -1)" = OK ]
    for type in 0 1 2; do
        [[ $(terminal "AT%CMNG=3,16842753,$type") == *ERROR* ]]
    done
    # step 2
    terminal 'AT%KEYGEN=16842753,2,0' >keygen
    [ "$(tail -1 keygen)" = OK ]
    # step 3
    ./modem_credentials_parser -k "$(sed -n 's/%KEYGEN: "\(.*\)"/\1/p' keygen)" -s >decoded
    grep -qx 'COSE digest matches payload' decoded
    csr=$(echo ????????-????-????-????-????????????_16842753_csr.pem)
    id=$(common_name req "$csr")
    [ "$csr" = "${id}_16842753_csr.pem" ]
    [ -s "${id}_16842753_pub.pem" ]
    # step 4
    ./create_ca_cert -c GE -st BE -l Berlin -o "Nordic Semiconductor" -ou "Sales" \
        -cn nordicsemi.com -e kevin.kotinkar@nordicsemi.com -f nordic_semi- >/dev/null
    ca=$(echo nordic_semi-0x*_ca.pem)
    # step 5
    ./create_device_credentials -ca "$ca" -ca_key "${ca/_ca/_prv}" -csr "$csr" -dv 2000 >/dev/null
    cp "${id}_crt.pem" crt.pem
    # steps 6 and 7
    terminal "AT%CMNG=0,16842753,0,\"$(cat "$NAMEPLATE_VECTORS/nrf/certs/AmazonRootCA1.pem")
\"" | grep -qx OK
    terminal "AT%CMNG=0,16842753,1,\"$(cat crt.pem)
\"" | grep -qx OK
    terminal 'AT%CMNG=1,16842753' >listed
    root=2C43952EE9E000FF2ACC4E2ED0897C0A72AD5FA72C3D934E81741CBD54F05BD1
    grep -qx "%CMNG: 16842753,0,\"$root\"" listed
    grep -qxi "%CMNG: 16842753,1,\"$(sha256sum <crt.pem | cut -d ' ' -f 1)\"" listed
    # step 8
    printf '%s,,,APP|MODEM,"%s\n"\n' "$id" "$(cat crt.pem)" >onboard.csv
    begin_stub pending=1
    export NRFCLOUD_URL=https://127.0.0.1:$port/v1 NRFCLOUD_CA_FILE=cloud/root.pem
    curl -s --cacert cloud/root.pem -H "Authorization: Bearer $(cat nrf.key)" \
        -H "Content-Type: application/octet-stream" --data-binary @onboard.csv \
        "$NRFCLOUD_URL/devices" >answer
    [ "$(jq -r .bulkOpsRequestId answer)" = 01EZZJVDQJPWT7V4FWNVDHNM00 ]
    run ! nameplate cloud nrf onboard onboard.csv --api-key-file nrf.key --poll 0
    says "Device already exists"
    succeeds cloud nrf status "$id" --api-key-file nrf.key --poll 0
    says "device: $id"
    # and all of it at once
    stop
    rm modem.np
    make_modem
    serve --time zero
    ./device_credentials_installer --port port --ca "$ca" --ca-key "${ca/_ca/_prv}" \
        --csv second.csv
    begin_stub
    NRFCLOUD_URL=https://127.0.0.1:$port/v1 NRFCLOUD_API_KEY=$(cat nrf.key) \
        ./nrf_cloud_onboard --csv second.csv --res results.csv
    grep -qx "$(cut -d , -f 1 second.csv | head -1),OK" results.csv
}
