#!/usr/bin/env bats
# nRF Cloud over TLS: a server made from its documentation answers, and remembers what it was asked.
load helper
load stub

nrf() {
    # shellcheck disable=SC2046 # words
    case $1 in
    claim | unclaim) nameplate cloud nrf "$@" $(provisioning_options) ;;
    *) nameplate cloud nrf "$@" $(cloud_options) ;;
    esac
}

# ends STATUS TEXT ARGUMENTS...: a nrf command with this status and this text on stderr
ends() {
    local expected=$1 text=$2
    shift 2
    run --separate-stderr nrf "$@"
    [ "$status" = "$expected" ] || { echo "status $status, not $expected: $stderr"; return 1; }
    warns "$text"
}

@test "rows become devices, and the server gets the file as it is" {
    begin_stub pending=2
    { device a1 lab\|berlin APP\|MODEM gateway; device b2; } >onboard.csv
    ends 0 "2 rows are accepted as operation 01EZZ" onboard onboard.csv --json
    has_keys onboarded existing refused unfit open rows operations
    [ "$(jq -c '[.onboarded, .refused, [.rows[].device]]' <<<"$output")" = '[2,0,["a1","b2"]]' ]
    [ "$(asked | head -1)" = "POST /v1/devices" ]
    [ "$(asked | grep -c bulk-ops)" = 3 ]
    diff <(jq -j 'select(.method == "POST") | .body' cloud/log) onboard.csv
    [ "$(jq -r 'select(.method == "POST") | "\(.type) \(.authorization)"' cloud/log)" = \
        "text/csv Bearer $(cat nrf.key)" ]
    [[ $(jq -r .agent cloud/log | uniq) == nameplate/* ]]
}

@test "both forms of the error file name the refused rows, and the store never sees the key" {
    for mode in new-errors old-errors; do
        begin_stub $mode
        device a1 >first.csv
        nrf onboard first.csv >/dev/null 2>&1
        { device c3; device A1; device d4; } >onboard.csv
        ends 8 "1 of 3 rows were refused" onboard onboard.csv --results results-$mode.csv
        says "row 2: A1: refused: Device already exists"
        says "onboarded: 2"
        [ "$(jq -c 'select(.port == "store") | [.method, .authorization]' cloud/log)" = \
            '["GET",null]' ]
        grep -qx 'A1,Device already exists' results-$mode.csv
        grep -qx 'd4,OK' results-$mode.csv
    done
}

@test "a failure without a file of errors leaves the rows open" {
    begin_stub quiet
    device a1 >onboard.csv
    nrf onboard onboard.csv >/dev/null 2>&1
    ends 6 "does not tell which rows" onboard onboard.csv
    says "open: 1"
}

@test "certificates of another device are not sent" {
    begin_stub
    device shared >/dev/null
    for n in $(seq 3); do printf 'd%d,,,,"%s\n"\n' "$n" "$(<device.pem)"; done >many.csv
    ends 8 "3 of 3 rows were refused" onboard many.csv --json
    [ "$(jq .unfit <<<"$output")" = 3 ]
    [ ! -s cloud/log ]
}

@test "unfit rows are not sent, the others are" {
    begin_stub
    { device a1; device "b 2"; device c3; device a1; echo x,y; } >onboard.csv
    ends 8 "3 of 5 rows were refused" onboard onboard.csv
    says "row 2: b 2: unfit: the device id 'b 2' has others than letters"
    says "row 4: a1: unfit: a row before has the same device id"
    says "onboarded: 2"
    [ "$(jq -r 'select(.method == "POST") | .body' cloud/log | grep -c BEGIN)" = 2 ]
    begin_stub
    ends 8 "3 of 5 rows were refused" onboard onboard.csv --dry-run
    says "open: 2"
    [ ! -s cloud/log ]
}

@test "after an answer that was lost, --skip-existing sends what is missing" {
    begin_stub cut
    { device a1; device b2; } >onboard.csv
    ends 6 "onboarding" onboard onboard.csv
    warns "--skip-existing"
    device c3 >>onboard.csv
    ends 0 "1 rows are accepted" onboard onboard.csv --skip-existing --confirm
    says "existing: 2"
    says "onboarded: 1"
    [ "$(asked | tail -1)" = "GET /v1/devices/c3" ]
}

@test "firmware and names are reported for devices that are there" {
    begin_stub
    { device a1; device b2; } >onboard.csv
    printf 'a1,mfw_nrf91x1_2.0.2,355025930000000\nother,mfw_x,1\n' >devinfo.csv
    ends 0 "" onboard onboard.csv --devinfo devinfo.csv --name-prefix nrf- --results results.csv
    says "firmware reported: 1"
    [ "$(jq -c 'select(.method == "PUT") | [.path, .body]' cloud/log)" = \
        '["/v1/devices/a1/name","[\"nrf-355025930000000\"]"]' ]
    [ "$(tail -1 results.csv)" = a1,mfw_nrf91x1_2.0.2,OK ]
    begin_stub fail=PATCH:/v1/devices/a1/state:400
    ends 8 "1 did not get" onboard onboard.csv --devinfo devinfo.csv
    says "a1: its firmware was not reported"
}

@test "every failure has its status" {
    device a1 >onboard.csv
    begin_stub fail=POST:/v1/devices:400:1 fail=GET:/v1/account:403 fail=GET:/v1/devices/x:500
    ends 3 "made to fail, code 40000" onboard onboard.csv
    ends 5 "the account may not do this" status
    ends 6 "the service is in trouble" status x
    [ "$(asked | grep -c /v1/devices/x)" = 4 ]
    ends 3 "the account has no device y" status y
    (umask 077 && echo 1123456789abcdef0123456789abcdef01234567 >nrf.key)
    ends 5 "the API key is not accepted" onboard onboard.csv
    (umask 077 && echo 0123456789abcdef0123456789abcdef01234567 >nrf.key)
    begin_stub fail=POST:/v1/devices:429:2 fail=GET:/v1/account:500:2
    ends 0 "" onboard onboard.csv
    ends 0 "" status
    says "team: lab"
}

@test "no redirect is followed" {
    begin_stub redirect
    ends 6 "a redirection, which is not followed" status
    [ "$(jq -r .port cloud/log)" = service ]
}

@test "answers in pieces and compressed ones are read" {
    begin_stub gzip chunked
    device a1 >onboard.csv
    ends 0 "" onboard onboard.csv
    ends 0 "" status a1
    says "device: a1"
}

@test "a server that does not prove who it is gets no key" {
    begin_stub
    device a1 >onboard.csv
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -subj /CN=other -out other.pem 2>/dev/null
    # another root, the system's roots, another name
    refuses 6 "certificate" cloud nrf status --api-key-file nrf.key --ca-file other.pem \
        --url "https://127.0.0.1:$port/v1" --poll 0
    refuses 6 "certificate" cloud nrf status --api-key-file nrf.key \
        --url "https://127.0.0.1:$port/v1" --poll 0
    refuses 6 "" cloud nrf status --api-key-file nrf.key --ca-file cloud/root.pem \
        --url "https://localhost:$port/v1" --poll 0
    [ ! -s cloud/log ]
    refuses 2 "is no address of a service" cloud nrf status --api-key-file nrf.key \
        --url "http://127.0.0.1:$port/v1"
}

@test "the key comes from a file that is closed to others, or from the environment" {
    begin_stub
    ends 0 "" status
    chmod 644 nrf.key
    ends 3 "others can read" status
    chmod 600 nrf.key
    NRFCLOUD_API_KEY=$(cat nrf.key) succeeds cloud nrf status --ca-file cloud/root.pem \
        --url "https://127.0.0.1:$port/v1"
    refuses 3 "there is no API key" cloud nrf status
    refuses 2 "unknown option '--api-key'" cloud nrf status --api-key 0123
    : >empty
    chmod 600 empty
    refuses 3 "its first line" cloud nrf status --api-key-file empty
    refuses 2 "bearer or as basic" cloud nrf status --api-key-file nrf.key --token-form digest
}

@test "an operation is asked for by its name" {
    begin_stub
    { device a1; device b2; } >onboard.csv
    nrf onboard onboard.csv >/dev/null 2>&1
    ends 0 "" status 01EZZJVDQJPWT7V4FWNVDHNM00 --operation
    says "status: SUCCEEDED"
    nrf onboard onboard.csv >/dev/null 2>&1 || true
    ends 8 "2 rows were refused" status 01EZZJVDQJPWT7V4FWNVDHNM01 --operation
    says "row 2: refused: Device already exists"
    ends 3 "not found" status 01EZZJVDQJPWT7V4FWNVDHNM09 --operation
    ends 2 "--operation needs" status --operation
}

@test "devices are claimed by their tokens" {
    begin_stub
    cp "$NAMEPLATE_VECTORS/nrf/csv/attestation_tokens.csv" tokens.csv
    token=$(cut -d , -f 3 tokens.csv)
    ends 0 "" claim tokens.csv --tags lab,berlin
    says "claimed: 1"
    [ "$(jq -r .body cloud/log)" = "\"$token\",\"lab,berlin\"" ]
    echo "$token" >plain.txt
    ends 0 "" claim plain.txt --dry-run
    says "claimable: 1"
    ends 0 "" unclaim 50343956-3037-4738-800d-1f29e0a0f7bf
    ends 3 "not found" unclaim 50343956-3037-4738-800d-1f29e0a0f7bf
    printf '%s\nMIIB.0oRD\n' "$token" >two.txt
    ends 8 "1 of 2 tokens were refused" claim two.txt
    says "refused: MIIB.0oRD"
    ends 8 "1 of 2 tokens were refused" claim two.txt --dry-run
    printf 'no token\n' >bad.txt
    ends 3 "row 1 has no attestation token" claim bad.txt
    : >none.txt
    ends 3 "none.txt" claim none.txt
    end_stub
    ends 6 "--dry-run asks what can still be claimed" claim plain.txt
}

@test "a team's token is what PyJWT would make, and openssl verifies it" {
    key=$NAMEPLATE_VECTORS/nrf/certs/proxy_jwt_service_key.pem
    succeeds cloud nrf jwt --key "$key" --team-id 11111111-2222 --device-id nrf-1 --days-valid 0
    IFS=. read -r header claims signature <<<"$output"
    decode() { python3 -c 'import base64, sys
text = sys.argv[1]
sys.stdout.buffer.write(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))' "$1"; }
    [ "$(decode "$header")" = '{"alg":"ES256","typ":"JWT"}' ]
    [ "$(decode "$claims")" = '{"aud":"11111111-2222","sub":"nrf-1"}' ]
    decode "$signature" >raw
    python3 - >der <<'END'
import sys
raw = open("raw", "rb").read()
def integer(b):
    b = b.lstrip(b"\0")
    b = b"\0" + b if b[0] & 0x80 else b
    return b"\x02" + bytes([len(b)]) + b
body = integer(raw[:32]) + integer(raw[32:])
sys.stdout.buffer.write(b"\x30" + bytes([len(body)]) + body)
END
    openssl pkey -in "$key" -pubout -out key.pub
    printf %s "$header.$claims" | openssl dgst -sha256 -verify key.pub -signature der
    succeeds cloud nrf jwt --key "$key" --team-id t
    claims=$(decode "$(cut -d . -f 2 <<<"$output")")
    [ "$(jq "(.exp - $(date +%s) - 30 * 86400) | . >= -60 and . <= 60" <<<"$claims")" = true ]
    [ "$(jq -c 'keys_unsorted' <<<"$claims")" = '["aud","exp"]' ]
    refuses 3 "key.pub" cloud nrf jwt --key key.pub --team-id t
}

# A device of the account that has answered KEYGEN: its UUID in $uuid.
claimed_device() {
    nameplate virtual create modem.np --model nrf9160
    nameplate modem keygen virtual:modem.np --sectag 16842753 --out reply.txt >/dev/null
    grep -oE '[A-Za-z0-9_-]{100,}[.][A-Za-z0-9_-]+' reply.txt >cloud/keygen
    uuid=$(nameplate modem parse cloud/keygen --json | jq -r .uuid)
    nameplate virtual create other.np --model nrf9160
    # what claims it is the attestation token, whose message has the same UUID
    python3 - "$uuid" >claims.csv <<'PY'
import base64, sys
message = bytes.fromhex("d9d9f7850150" + sys.argv[1].replace("-", "")) + bytes(35)
print(base64.urlsafe_b64encode(message).decode().rstrip("=") + ".AAAA")
PY
    # shellcheck disable=SC2046
    nameplate cloud nrf claim claims.csv $(provisioning_options)
    nameplate signer create ca --profile nrf-2026 --subject CN=CA --days 3650 >/dev/null
}

# shellcheck disable=SC2046
on_air() {
    nameplate cloud nrf provision "$uuid" --signer-cert ca.cert --signer-key ca.key "$@" \
        $(provisioning_options)
}

@test "a claimed device gets its certificate on the air, and its row is onboarded" {
    begin_stub pending=2
    claimed_device
    on_air --csv onboard.csv >device.pem
    openssl verify -CAfile ca.cert device.pem
    [ "$(openssl x509 -in device.pem -noout -subject -nameopt multiline |
        sed -n 's/.*commonName *= //p')" = "$uuid" ]
    mkdir saved
    nameplate modem parse cloud/keygen --save --out saved >/dev/null
    [ "$(openssl x509 -in device.pem -noout -pubkey)" = \
        "$(cat saved/*_pub.pem)" ]
    # as Nordic's own tool tells a device (tests/vectors/nrf/rest/claim_provision.txt)
    jq -r 'select(.method == "POST" and (.path | endswith("/provisioning"))) | .body' cloud/log |
        jq -r '[.description, (.request | keys[0])] | join(": ")' >told
    diff told - <<'TOLD'
Generate CSR: certificateSigningRequest
Update client cert: clientCertificate
Update server cert: serverCertificate
Finished: finished
TOLD
    jq -r 'select(.body | contains("clientCertificate")) | .body' cloud/log |
        jq -j .request.clientCertificate.content | diff - device.pem
    # shellcheck disable=SC2046
    nameplate cloud nrf onboard onboard.csv $(cloud_options)
}

@test "nothing is signed for a request of another device, and a device that fails is told" {
    begin_stub
    claimed_device
    nameplate modem keygen virtual:other.np --sectag 16842753 --out other.txt >/dev/null
    grep -oE '[A-Za-z0-9_-]{100,}[.][A-Za-z0-9_-]+' other.txt >cloud/keygen
    run -1 --separate-stderr on_air --csv onboard.csv
    [[ $stderr = *"$uuid"* ]]
    [ ! -s onboard.csv ]
    run ! grep -q clientCertificate cloud/log
    begin_stub refuse=certificateSigningRequest
    # shellcheck disable=SC2046
    nameplate cloud nrf claim claims.csv $(provisioning_options)
    run -1 --separate-stderr on_air
    [[ $stderr = *"could not do its command"*"already exists"* ]]
    uuid=00000000-0000-4000-8000-000000000000
    run -3 --separate-stderr on_air
    run -2 nameplate cloud nrf provision short --signer-cert ca.cert --signer-key ca.key
}
