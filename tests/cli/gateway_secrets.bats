#!/usr/bin/env bats
# Shared secrets (NH1) at the front door: headers that a second implementation makes, which is held
# against NervesHub's own six first, and sent by curl.
load gateway

# What this test needs besides: a product's secret in tracker.json, and a device's own in own.json.
make_secrets() {
    nameplate registry secret add --org "$org" --product tracker --limit 3 --out tracker.json
    nameplate registry device add OWN --org "$org"
    nameplate registry secret add --org "$org" --device OWN --out own.json
    cat >nh1.py <<'PY'
import base64, hashlib, hmac, json, sys, time
def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def sign(alg, key, secret, identifier, seconds):
    _, _, digest, iterations, length = alg.split("-")
    salt = ("NH1:device-socket:shared-secret:connect\n\n" +
            f"x-nh-alg={alg}\nx-nh-key={key}\nx-nh-time={seconds}\n").encode()
    derived = hashlib.pbkdf2_hmac(digest, secret.encode(), salt, int(iterations), int(length))
    name, ms = identifier.encode(), int(seconds) * 1000
    size = (ms.bit_length() + 7) // 8
    payload = (b"\x83h\x03m" + len(name).to_bytes(4, "big") + name + b"n" + bytes([size, 0]) +
               ms.to_bytes(size, "little") + b"b" + (86400).to_bytes(4, "big"))
    text = "SFMyNTY." + b64(payload)
    return text + "." + b64(hmac.new(derived, text.encode(), hashlib.sha256).digest())
rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")][1:]
assert len(rows) == 6
for name, alg, key, secret, identifier, seconds, _, _, _, signature in rows:
    assert sign(alg, key, secret, identifier, seconds) == signature, name
def headers(alg, key, secret, identifier, seconds):
    signature = sign(alg, key, secret, identifier, seconds)
    return (f"x-nh-alg: {alg}\nx-nh-key: {key}\nX-NH-Time: {seconds}\n"
            f"x-nh-signature: {signature}\n")
now = int(time.time())
if sys.argv[2] == "vector":
    row = next(row for row in rows if row[0] == sys.argv[3])
    print(headers(row[1], row[2], row[3], row[4], now), end="")
else:
    pair = json.load(open(sys.argv[2]))
    alg = sys.argv[4] if len(sys.argv) > 4 else "NH1-HMAC-sha256-1000-32"
    age = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    print(headers(alg, pair["key"], pair["secret"], sys.argv[3], now - age), end="")
PY
}

# sign FILE IDENTIFIER [ALGORITHM [AGE]], or sign vector NAME: headers, in the file headers
sign() {
    python3 nh1.py "$NAMEPLATE_VECTORS/nerveshub/nh1.tsv" "$@" >headers
}

# knock PATH [OPTIONS...]: without a certificate, with these headers; the status is in the file code
knock() {
    local path=$1
    shift
    curl -sS --cacert server.pem -H @headers -D answer -w '%{stderr}%{http_code}' "$@" \
        "https://$address$path" 2>code
}

# is_refused REASON [STATUS]
is_refused() {
    knock /v1/me >body || return 1
    [ "$(jq -r .reason body)" = "$1" ] || { cat body headers; return 1; }
    [ "$(cat code)" = "${2:-403}" ]
    until_true has_event ".event == \"refused\" and .reason == \"$1\""
}

@test "devices come in by a secret of their product or their own, and are told who they are" {
    make_secrets
    configure 'listen "127.0.0.1:0" { shared_secrets = true }'
    start
    sign tracker.json T-1
    [ "$(knock /v1/me | jq -r '.organisation + .identifier + .reason')" = "${org}T-1jitp_created" ]
    grep -qi '^date: .* GMT' answer
    sign tracker.json T-1 NH1-HMAC-sha512-2000-64
    [ "$(knock /v1/me | jq -r .reason)" = known ]
    sign own.json OWN
    [ "$(knock /v1/me | jq -r .reason)" = registered ]
    key=$(jq -r .key own.json)
    until_true has_event ".event == \"admitted\" and .identifier == \"OWN\" and .secret == \"$key\""
    nameplate registry device show T-1 --org "$org" --json | jq -e '.device.product == "tracker"'
    # a certificate is as good there, and a secret is good nowhere else
    register
    [ "$(ask N1 /v1/me | jq -r .reason)" = jitp_created ]
    # the secret itself is in no list and no log
    nameplate registry secret list --json >known
    [ "$(jq -r ".secrets[] | select(.org == \"$org\" and .product == \"tracker\") |
        [.created, .create_limit] | @csv" known)" = 1,3 ]
    run ! grep -qF -e "$(jq -r .secret tracker.json)" known log
    [ "$(stat -c %a tracker.json)" = 600 ]
    stop
}

@test "all six of NervesHub's vectors, signed for this moment, come in" {
    make_secrets
    configure 'nh1_iterations_min = 1' 'listen "127.0.0.1:0" { shared_secrets = true }'
    tail -n +2 "$NAMEPLATE_VECTORS/nerveshub/nh1.tsv" >rows
    while IFS=$'\t' read -r name _ key secret identifier _; do
        jq -n --arg key "$key" --arg secret "$secret" '{$key, $secret}' >"$name.json"
        case $key in
        nhp_*) whose=(--product vectors) ;;
        *)
            whose=(--device "$identifier")
            nameplate registry device add "$identifier" --org "$org" 2>/dev/null || true
            ;;
        esac
        # several vectors have one key
        nameplate registry secret add --org "$org" "${whose[@]}" --secret-file "$name.json" ||
            [ $? = 5 ]
    done <rows
    start
    while IFS=$'\t' read -r name _ _ _ identifier _; do
        sign vector "$name"
        # two of them differ in their time alone: signed in one second they are one
        until [ "$(knock /v1/me | tee body | jq -r .identifier)" = "$identifier" ]; do
            [ "$(jq -r .reason body)" = nh1_replayed ]
            sign vector "$name"
        done
    done <rows
    stop
    while IFS=$'\t' read -r _ _ key _; do
        nameplate registry secret remove "$key" --org "$org" || [ $? = 3 ]
    done <rows
}

@test "what is wrong with a secret is said by its reason, and nobody comes in" {
    make_secrets
    configure 'listen "127.0.0.1:0" { shared_secrets = true }'
    start
    sign tracker.json T-1
    knock /v1/me >/dev/null
    is_refused nh1_replayed
    : >headers
    is_refused no_certificate 401
    grep -qi '^www-authenticate: NH1' answer
    sign tracker.json T-1 NH1-HMAC-md5-1000-32
    is_refused nh1_malformed
    sign tracker.json T-1
    grep -v -i x-nh-time headers >fewer.txt
    mv fewer.txt headers
    is_refused nh1_malformed
    sign tracker.json T-1
    grep -i x-nh-time headers >twice.txt
    cat twice.txt >>headers
    is_refused nh1_malformed
    sign tracker.json T-1 NH1-HMAC-sha256-999-32
    is_refused nh1_cost
    sign tracker.json T-1 NH1-HMAC-sha256-10001-32
    is_refused nh1_cost
    sign tracker.json T-1 NH1-HMAC-sha256-1000-32 95
    is_refused nh1_time
    sign tracker.json T-1 NH1-HMAC-sha256-1000-32 -30
    is_refused nh1_time
    jq '.key |= sub("^nhp_...."; "nhp_zzzz")' tracker.json >unknown.json
    sign unknown.json T-1
    is_refused nh1_unknown_key
    jq '.secret |= ltrimstr(.[0:1]) + "x"' tracker.json >wrong.json
    sign wrong.json T-1
    is_refused nh1_bad_signature
    sign own.json T-1
    is_refused nh1_identifier
    sign tracker.json OWN
    is_refused nh1_identifier
    # who has proven to be a device by a certificate is nobody's who has the product's secret
    register
    ask N1 /v1/me >/dev/null
    sign tracker.json N1
    is_refused nh1_identifier
    sign tracker.json T-2
    knock /v1/me >/dev/null
    sign tracker.json T-3
    knock /v1/me >/dev/null
    sign tracker.json T-4
    is_refused limit
    nameplate registry device block T-2 --org "$org"
    sign tracker.json T-2
    is_refused blocked
    nameplate registry device delete T-3 --org "$org"
    sign tracker.json T-3
    is_refused device_deleted
    sign tracker.json "$(printf 'T\001')"
    is_refused missing_identifier
    stop
}

@test "a listener that does not say so wants a certificate" {
    make_secrets
    configure
    start
    sign tracker.json T-1
    run knock /v1/me
    [ "$status" != 0 ]
    until_true has_event '.event == "refused" and .reason == "no_certificate"'
    # hot: the configuration is read again
    configure 'listen "127.0.0.1:0" { shared_secrets = true }'
    kill -HUP "$(cat gateway.pid)"
    until_true has_event '.event == "reloaded"'
    [ "$(knock /v1/me | jq -r .reason)" = jitp_created ]
    stop
}

@test "a secret that is removed ends its connections, and so does a block" {
    make_secrets
    configure 'processes = 2' 'listen "127.0.0.1:0" { shared_secrets = true }'
    start
    # opens a connection that stays: enter FILE IDENTIFIER
    enter() {
        sign "$1" "$2"
        rm -f in out
        mkfifo in
        timeout 20 openssl s_client -connect "$address" -CAfile server.pem -quiet <in >out 2>&1 &
        client=$!
        exec 8>in
        { printf 'GET /v1/me HTTP/1.1\r\n'; sed 's/$/\r/' headers; printf '\r\n'; } >&8
        until_true grep -q "\"identifier\":\"$2\"" out
    }
    enter tracker.json T-1
    nameplate registry device block T-1 --org "$org"
    wait "$client" || true
    exec 8>&-
    until_true has_event '.event == "ended" and (.text | contains("was blocked"))'
    enter own.json OWN
    nameplate registry secret remove "$(jq -r .key own.json)" --org "$org"
    wait "$client" || true
    exec 8>&-
    until_true has_event '.event == "ended" and (.text | contains("secret was removed"))'
    sign own.json OWN
    is_refused nh1_unknown_key
    stop
}

@test "an upstream gets the request that a device has proven itself with, and who it is" {
    make_secrets
    configure "upstream \"app\" { address = \"unix:$PWD/app\" proxy = v2 }" \
        'listen "127.0.0.1:0" { upstream = "app" shared_secrets = true }'
    start
    cat >app.py <<'PY'
import os, socket, struct
server = socket.socket(socket.AF_UNIX)
server.bind("app.new")
server.listen()
os.rename("app.new", "app")
peer, _ = server.accept()
got = b""
while b"\r\n\r\n" not in got[16:] or not got.endswith(b"\r\n\r\n"):
    got += peer.recv(65536)
size = struct.unpack("!H", got[14:16])[0]
body, request = got[16:16 + size], got[16 + size:]
values, at = {}, 12
while at < len(body):
    kind, length = struct.unpack("!BH", body[at:at + 3])
    values[kind] = body[at + 3:at + 3 + length]
    at += 3 + length
client, verify = struct.unpack("!BI", values[0x20][:5])
print(values[5].decode(), 0xe0 in values, client, verify, request.split(b"\r\n")[0].decode(),
      flush=True)
peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
peer.close()
PY
    python3 app.py >told 2>&1 3>&- &
    echo $! >app.pid
    until_true test -S app
    sign tracker.json T-1
    [ "$(knock /socket/websocket)" = hi ]
    [ "$(cat told)" = "$org/T-1 False 1 1 GET /socket/websocket HTTP/1.1" ]
    stop
}

@test "what the commands do not take is said" {
    make_secrets
    refuses 2 "--product or --device" registry secret add --org "$org" --out x.json
    refuses 2 "--out" registry secret add --org "$org" --product p
    refuses 2 "--limit" registry secret add --org "$org" --device OWN --limit 3 --out x.json
    refuses 3 "tracker.json" registry secret add --org "$org" --product p --out tracker.json
    refuses 3 "no device of this identifier" registry secret add --org "$org" --device NONE \
        --out x.json
    refuses 5 "on record already" registry secret add --org "$org" --product p \
        --secret-file tracker.json
    refuses 3 "nhd_" registry secret add --org "$org" --device OWN --secret-file tracker.json
    echo '{}' >empty.json
    refuses 3 "empty.json" registry secret add --org "$org" --product p --secret-file empty.json
    refuses 3 "no shared secret of this name" registry secret remove nhp_x --org "$org"
    configure 'nh1_window_s = 0'
    refuses 3 "nh1_window_s takes 1 to 3600" gateway run --config gateway.conf
}
