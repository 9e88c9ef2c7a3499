#!/usr/bin/env bats
# The front door with strangers at it: curl, openssl and mosquitto. The registry is a file, or a
# database on a server where $NAMEPLATE_TEST_POSTGRES names one.
load gateway

@test "devices come in, are recorded, and are told who they are; the log says why others are not" {
    configure 'processes = 2'
    start
    for version in 1.2 1.3; do
        run ask N1 /v1/me --tlsv$version --tls-max $version
        [ "$status" != 0 ]
        [[ $output = *"unknown ca"* ]]
    done
    until_true has_event '.event == "refused" and .reason == "unknown_ca" and .tls == "TLSv1.3"'
    events | jq -r 'select(.reason == "unknown_ca").chain[0]' | head -n 1 | base64 -d >refused.der
    cmp refused.der <(openssl x509 -in N1.cert -outform der)
    events | jq -r 'select(.reason == "unknown_ca").next' | grep -q 'registry ca add'
    register
    [ "$(ask N1 /v1/me --tls-max 1.2 | jq -r '.organisation + .identifier + .reason')" = \
        "${org}N1jitp_created" ]
    [ "$(ask N1 /v1/me --tlsv1.3 | jq -r .reason)" = known ]
    [ "$(ask N2 /v1/me | jq -r .reason)" = jitp_created ]
    nameplate registry ca remove "$(openssl x509 -in acme.cert -noout -fingerprint -sha256 |
        cut -d = -f 2)" --org "$org"
    [ "$(ask N1 /v1/me | jq -r .reason)" = known ]
    before=$(date +%s)
    unix=$(ask N1 /v1/time | jq .unix)
    [ "$unix" -ge "$before" ]
    [ "$unix" -le "$(date +%s)" ]
    run curl -sS --cacert server.pem "https://$address/v1/me"
    [ "$status" != 0 ]
    until_true has_event '.event == "refused" and .reason == "no_certificate"'
    stop
    has_event '.event == "stopped"'
}

refused() {
    nameplate registry refused list --json | jq -e ".refusals[] | select($1)"
}

@test "who was refused is written down once, with what it has presented and what to do" {
    configure 'processes = 2'
    cat N1.cert acme.cert >N1.chain
    cp N1.key chain.key
    start
    for i in 1 2 3; do
        run curl -sS --cacert server.pem --cert N1.chain --key chain.key "https://$address/v1/me"
        [ "$status" != 0 ]
    done
    run curl -sS --cacert server.pem "https://$address/v1/me"
    until_true refused '.identifier == "N1" and .count == 3'
    until_true refused '.reason == "no_certificate" and .fingerprint == null'
    fingerprint=$(openssl x509 -in N1.cert -outform der | sha256sum | cut -d ' ' -f 1)
    refused "[.fingerprint == \"$fingerprint\", .reason == \"unknown_ca\",
        .remedy.name == \"register_ca\", .gateway == \"$(hostname)\",
        (.peer | startswith(\"127.0.0.1:\")), .admitted_at == null, .org == \"\"] | all"
    id=$(refused ".fingerprint == \"$fingerprint\"" | jq .id)
    succeeds registry refused list
    says unknown_ca
    says "3 times  N1"
    refuses 3 "no refusal has this number" registry refused show 999999
    refuses 2 "by its number" registry refused show N1
    succeeds registry refused show "$id"
    says "what to do: register the CA"
    openssl crl2pkcs7 -nocrl -certfile <(echo "$output") | openssl pkcs7 -print_certs -outform pem |
        grep -v -e ^subject -e ^issuer -e '^$' | cmp - <(cat N1.cert acme.cert)
    # the CA is taken from there
    nameplate registry refused show "$id" --json |
        jq -r '.refusal.chain[] | select(.is_ca).pem' >taken.pem
    cmp <(openssl x509 -in taken.pem -outform der) <(openssl x509 -in acme.cert -outform der)
    nameplate registry ca add taken.pem --org "$org" --trusted --jitp product=t
    ask N1 /v1/me
    refused ".id == $id and .admitted_at != null"
    nameplate registry device block N1 --org "$org"
    run ask N1 /v1/me
    [ "$status" != 0 ]
    # what is on the way is written when the gateway ends
    stop
    refused ".reason == \"blocked\" and .org == \"$org\" and .admitted_at == null"
    refused ".id == $id and .admitted_at == null"
}

@test "a device is told the firmware keys of its product that it may trust now, and no others" {
    register
    for name in prod old gone other; do
        nameplate firmware keygen $name >/dev/null
        product=(--product t)
        [ $name != other ] || product=(--product another)
        [ $name != prod ] || product=()
        nameplate registry key add $name.pub --org "$org" "${product[@]}" >/dev/null
    done
    nameplate registry key retire old --org "$org"
    nameplate registry key revoke gone --org "$org"
    configure
    start
    ask N1 /v1/firmware-keys >keys
    [ "$(jq -r '.keys[] | .name + " " + .state' keys)" = "prod active
old retiring" ]
    [ "$(jq -r '.keys[0].public_key' keys)" = "$(tr -d '\n' <prod.pub)" ]
    nameplate registry key activate gone --org "$org"
    # one after the other on one connection, and the last one says so
    printf 'GET /v1/%s HTTP/1.1\r\n%b\r\n' firmware-keys '' time '' firmware-keys \
        'Connection: close\r\n' >requests
    timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert -key N1.key \
        -quiet <requests >answers 2>/dev/null
    [ "$(grep -c '"gone"' answers)" = 2 ]
    [ "$(grep -o 'HTTP/1.1 200' answers | wc -l)" = 3 ]
    nameplate registry device move N1 --org "$org" --to "umbrella$org"
    [ "$(ask N1 /v1/firmware-keys)" = '{"keys":[]}' ]
    stop
}

@test "what is no request is refused, and what is not there" {
    register
    configure
    start
    [ "$(ask N1 /v1/you -o /dev/null -w '%{http_code}')" = 404 ]
    [ "$(ask N1 /v1/me -X PUT -o /dev/null -w '%{http_code}')" = 405 ]
    [ "$(ask N1 /v1/me -d body -o /dev/null -w '%{http_code}')" = 413 ]
    [ "$(ask N1 /v1/me -H "A: $(printf '%16384s' '')b" -o /dev/null -w '%{http_code}')" = 431 ]
    # several on one connection
    [ "$(ask N1 /v1/me --next --cacert server.pem --cert N1.cert --key N1.key -sS \
        "https://$address/v1/time" -w '%{num_connects}' | tail -c 1)" = 0 ]
    stop
}

@test "a request is heard that comes with the end of the handshake, or a byte at a time" {
    register
    configure
    start
    for version in 1.2 1.3; do
        for step in 0 1 100; do
            printf 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n' |
                timeout 60 python3 "$BATS_TEST_DIRNAME/../support/at_once.py" "$address" \
                    server.pem $version $step N1.cert N1.key >answer
            grep -q '"identifier":"N1"' answer
        done
    done
    stop
}

@test "a slow request is cut, and so is a handshake that does not go on" {
    register
    configure 'request_ms = 200' 'handshake_ms = 200' 'idle_ms = 60000'
    start
    run timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
        -key N1.key -quiet < <(printf 'GET /v1/me HTTP/1.1\r\n'; tail -f /dev/null --pid $BASHPID)
    [ "$status" != 124 ]
    begin_handshake() {
        exec 9<>"/dev/tcp/${address%:*}/${address#*:}"
        printf '\026\003\001' >&9
    }
    unseen begin_handshake
    run timeout 20 cat <&9
    [ "$status" = 0 ]
    until_true has_event '.event == "no_handshake"'
    stop
}

@test "a block ends a live connection in every process, and its tickets" {
    register
    configure 'processes = 2'
    start
    for version in -tls1_2 -tls1_3; do
        nameplate registry device unblock N1 --org "$org" >/dev/null 2>&1 || true
        # one request, so that a ticket has come
        mkfifo in$version
        timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
            -key N1.key -ign_eof $version -sess_out session$version <in$version >out$version 2>&1 &
        client=$!
        exec 8>in$version
        printf 'GET /v1/me HTTP/1.1\r\n\r\n' >&8
        until_true grep -q '"identifier":"N1"' out$version
        nameplate registry device block N1 --org "$org"
        begun=$(date +%s%N)
        wait "$client" || true
        ended=$(date +%s%N)
        exec 8>&-
        echo "ended after $(((ended - begun) / 1000000)) ms"
        until_true has_event '.event == "ended" and .identifier == "N1"'
        run timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
            -key N1.key -ign_eof $version -sess_in session$version </dev/null
        [[ $output = *"certificate revoked"* ]]
    done
    until_true has_event '.event == "refused" and .reason == "blocked"'
    stop
}

@test "a certificate that is blocked ends its connections, and so does its key; no others end" {
    register
    configure 'processes = 2'
    start
    certificate=$(openssl x509 -in N1.cert -noout -fingerprint -sha256 | cut -d = -f 2)
    key=$(openssl x509 -in N1.cert -noout -pubkey | openssl pkey -pubin -outform der | sha256sum |
        cut -c 1-64)
    mkfifo in2
    timeout 60 openssl s_client -connect "$address" -CAfile server.pem -cert N2.cert -key N2.key \
        -quiet <in2 >out2 2>&1 &
    other=$!
    exec 7>in2
    printf 'GET /v1/me HTTP/1.1\r\n\r\n' >&7
    until_true grep -q '"identifier":"N2"' out2
    for what in "--certificate $certificate" "--key $key"; do
        stay
        # shellcheck disable=SC2086 # two words
        nameplate registry device block N1 --org "$org" $what
        wait "$client" || true
        exec 8>&-
        until_true has_event '.event == "ended" and (.text | contains("certificate or key"))'
        hears "certificate revoked"
        # shellcheck disable=SC2086
        nameplate registry device unblock N1 --org "$org" $what
    done
    [ "$(ask N1 /v1/me | jq -r .reason)" = known ]
    printf 'GET /v1/time HTTP/1.1\r\nConnection: close\r\n\r\n' >&7
    wait "$other"
    exec 7>&-
    grep -q unix out2
    stop
}

@test "a device that moves to another organisation is sent away, and comes in as the other one's" {
    register
    configure 'processes = 2'
    start
    stay
    nameplate registry device move N1 --org "$org" --to "umbrella$org"
    wait "$client" || true
    exec 8>&-
    until_true has_event '.event == "ended" and (.text | contains("another organisation"))'
    [ "$(ask N1 /v1/me | jq -r .organisation)" = "umbrella$org" ]
    hears "Reused"
    stop
}

@test "sessions are resumed by any process" {
    register
    configure 'processes = 2'
    start
    for version in -tls1_2 -tls1_3; do
        printf 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n' |
            openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert -key N1.key \
                -ign_eof $version -sess_out session >/dev/null 2>&1
        for visit in 1 2 3 4 5 6; do
            printf 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n' |
                openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
                    -key N1.key -ign_eof $version -sess_in session >out$visit 2>&1
            grep -q ^Reused, out$visit
            grep -q '"identifier":"N1"' out$visit
        done
    done
    stop
}

@test "SIGHUP has certificate and policy read again, and keeps what was good when they are not" {
    register
    configure
    start
    ask N1 /v1/me
    cp server.pem old.pem
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key \
        -out server.pem -subj /CN=new -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    kill -HUP "$(cat gateway.pid)"
    until_true has_event '.event == "reloaded"'
    ask N1 /v1/me
    run curl -sS --cacert old.pem --cert N1.cert --key N1.key "https://$address/v1/me"
    [ "$status" = 60 ]
    configure 'procesess = 3'
    kill -HUP "$(cat gateway.pid)"
    until_true has_event '.event == "trouble" and (.text | contains("gateway.conf:3"))'
    ask N1 /v1/me
    stop
}

@test "those who are inside get a while when it ends" {
    register
    configure 'stop_ms = 60000'
    start
    mkfifo in
    timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert -key N1.key \
        -quiet <in >out 2>&1 &
    client=$!
    exec 8>in
    printf 'GET /v1/me HTTP/1.1\r\n\r\n' >&8
    until_true grep -q identifier out
    kill "$(cat gateway.pid)"
    # nobody new
    until ! ask N2 /v1/me 2>/dev/null; do sleep 0.02; done
    printf 'GET /v1/time HTTP/1.1\r\nConnection: close\r\n\r\n' >&8
    wait "$client"
    exec 8>&-
    grep -q unix out
    wait "$(cat gateway.pid)"
}

@test "a process that dies is replaced, and ends with the gateway" {
    register
    configure
    start
    ask N1 /v1/me
    kill -9 "$(events | jq 'select(.event == "admitted").process')"
    until_true has_event '.event == "trouble" and (.text | contains("signal 9"))'
    [ "$(ask N1 /v1/me | jq -r .reason)" = known ]
    kill -9 "$(cat gateway.pid)"
    until ! ask N1 /v1/me 2>/dev/null; do sleep 0.02; done
}

@test "killed during first connections, each device is on record wholly or not, and comes in then" {
    register
    for i in $(seq 20); do
        nameplate device create D"$i" --signer-cert acme.cert --signer-key acme.key >/dev/null
    done
    configure 'processes = 2'
    for turn in 1 2 3; do
        start
        for i in $(seq 20); do
            ask D"$i" /v1/me >/dev/null 2>&1 &
            [ "$i" != $((5 * turn)) ] || kill -9 "$(cat gateway.pid)"
        done
        wait
    done
    # a device without its certificate would be refused, or be registered and not known
    nameplate registry device list --org "$org" --json |
        jq -r '.devices[] | select(.certificates != 1)' >half
    [ ! -s half ]
    start
    for i in $(seq 20); do
        ask D"$i" /v1/me | jq -e '.reason == "known" or .reason == "jitp_created"'
    done
    [ "$(nameplate registry device list --org "$org" --json | jq '.devices | length')" = 20 ]
    stop
}

@test "connections are passed on to mosquitto, and the log says when it is not there" {
    command -v mosquitto || skip "mosquitto is not installed"
    register
    configure "upstream \"mqtt\" { address = \"unix:$PWD/mqtt\" }" \
        'listen "127.0.0.1:0" { upstream = "mqtt" }'
    start
    publish() {
        mosquitto_pub -h 127.0.0.1 -p "${address#*:}" --cafile server.pem --cert N1.cert \
            --key N1.key -t topic -m "$1" -q 1 -r
    }
    run publish early
    [ "$status" != 0 ]
    until_true has_event '.event == "upstream" and (.text | contains("mqtt"))'
    printf 'listener 0 %s\nallow_anonymous true\nuser root\n' "$PWD/mqtt" >mosquitto.conf
    mosquitto -c mosquitto.conf >mosquitto.log 2>&1 3>&- &
    echo $! >mosquitto.pid
    until_true socat -u OPEN:/dev/null "UNIX-CONNECT:$PWD/mqtt"
    head -c 200000 /dev/urandom | base64 -w 0 >message
    publish "$(head -c 100000 message)"
    run timeout 20 mosquitto_sub -h 127.0.0.1 -p "${address#*:}" --cafile server.pem \
        --cert N2.cert --key N2.key -t topic -C 1
    [ "$output" = "$(head -c 100000 message)" ]
    stop
}

@test "a device with its key in a chip comes in, and hears why it does not" {
    nameplate virtual create kit.chip --model atecc608b >/dev/null
    nameplate chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key \
        --yes >/dev/null 2>&1
    configure
    start
    connect() {
        local status=$1 text=$2
        shift 2
        refuses "$status" "$text" gateway connect "$address" "$@"
    }
    for turn in 1 2 3 4 5; do
        connect 5 "refused the device" --chip virtual:kit.chip --ca-file server.pem
        warns "log"
    done
    connect 4 "does not prove who it is" --chip virtual:kit.chip
    connect 3 "missing.chip" --chip virtual:missing.chip --ca-file server.pem
    connect 3 "key" --cert N1.cert --key N2.key --ca-file server.pem
    connect 2 "--chip"
    refuses 6 "refused" gateway connect 127.0.0.1:1 --chip virtual:kit.chip
    register
    succeeds gateway connect "$address" --chip virtual:kit.chip --ca-file server.pem --json
    jq -e '.answer.reason == "jitp_created" and .tls == "TLSv1.3"' <<<"$output"
    succeeds gateway connect "$address" --cert N1.cert --key N1.key --ca-file server.pem
    says N1
    nameplate registry device block N1 --org "$org" >/dev/null
    connect 5 "certificate revoked" --cert N1.cert --key N1.key --ca-file server.pem
    stop
}

@test "an upstream is told who comes, by PROXY protocol v2" {
    register
    configure "upstream \"app\" { address = \"unix:$PWD/app\" proxy = v2 }" \
        'listen "127.0.0.1:0" { upstream = "app" }'
    start
    cat >app.py <<'PY'
import os, socket, struct, sys
server = socket.socket(socket.AF_UNIX)
server.bind("app.new")
server.listen()
os.rename("app.new", "app")
peer, _ = server.accept()
def take(count):
    got = b""
    while len(got) < count:
        got += peer.recv(count - len(got))
    return got
head = take(16)
assert head[:12] == b"\r\n\r\n\0\r\nQUIT\n", head
body = take(struct.unpack("!H", head[14:])[0])
assert head[12:14] == b"\x21\x11", head
values, at = {}, 12
while at < len(body):
    kind, size = struct.unpack("!BH", body[at:at + 3])
    values[kind] = body[at + 3:at + 3 + size]
    at += 3 + size
print(values[5].decode(), values[0xe0].hex(), socket.inet_ntoa(body[:4]), flush=True)
assert take(5) == b"hello"
peer.sendall(b"goodbye")
peer.close()
PY
    python3 app.py >told 2>&1 3>&- &
    echo $! >app.pid
    until_true test -S app
    mkfifo in
    timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert -key N1.key \
        -quiet <in >out 2>/dev/null &
    client=$!
    exec 8>in
    printf hello >&8
    wait "$client"
    exec 8>&-
    [ "$(cat out)" = goodbye ]
    fingerprint=$(openssl x509 -in N1.cert -outform der | sha256sum | cut -d ' ' -f 1)
    [ "$(cat told)" = "$org/N1 $fingerprint 127.0.0.1" ]
    stop
}

@test "a device that knocks and knocks does not fill the log, and the log says how often it has" {
    configure 'log_refusals_per_source = 2'
    start
    # seven connections of one program, so that all of them come within a period of the log
    run ask N1 /v1/me "https://$address"/{1,2,3,4,5,6}
    [ "$(grep -c 'unknown ca' <<<"$output")" = 7 ]
    run ask N2 /v1/me
    stop
    [ "$(events | jq -r 'select(.reason == "unknown_ca").event' | wc -l)" = 3 ]
    [ "$(events | jq -s 'map(select(.event == "left_out").count) | add')" = 5 ]
    # each was refused all the same, and is counted
    nameplate registry refused list --json |
        jq -e '[.refusals[] | select(.reason == "unknown_ca").count] | max >= 7'
}

@test "a line of the log is one write, whatever is in it, so that those of processes stay apart" {
    cat >whole.py <<'PY'
import socket, subprocess, sys
# what is written at once is read at once
come, go = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
gateway = subprocess.Popen(sys.argv[1:], stderr=go)
go.close()
print(gateway.pid, file=open("gateway.pid", "w"))
with open("log", "wb", buffering=0) as log, open("pieces", "wb", buffering=0) as pieces:
    while piece := come.recv(1 << 20):
        log.write(piece)
        is_whole = piece.endswith(b"\n") and piece.count(b"\n") == 1
        if not is_whole and not piece.startswith(b"=="):  # a sanitizer's
            pieces.write(piece)
sys.exit(gateway.wait())
PY
    names=$(printf ',DNS:%060d.example' {1..60})
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout long.key \
        -out long.pem -subj /CN=Long -addext "subjectAltName=${names#,}" 2>/dev/null
    cat N1.cert long.pem >N1.chain
    configure
    for json in --json ''; do
        : >log
        # shellcheck disable=SC2086 # a word or none
        python3 whole.py "$NAMEPLATE_PROGRAM" gateway run --config gateway.conf $json 3>&- &
        whole=$!
        until_true grep listening log
        address=$(grep listening log | grep -o '127\.0\.0\.1:[0-9]*')
        run curl -sS --cacert server.pem --cert N1.chain --key N1.key "https://$address/v1/me"
        until_true grep unknown_ca log
        [ "$json" = '' ] || [ "$(grep unknown_ca log | wc -c)" -gt 4096 ]
        kill "$(cat gateway.pid)"
        wait $whole
        [ ! -s pieces ] || { cat pieces; false; }
    done
}

@test "the processes that serve have given up what they do not need" {
    configure 'processes = 2' 'management { listen = "127.0.0.1:0" }' 'listen "127.0.0.1:0" {}'
    start
    until [ "$(pgrep -c -P "$(cat gateway.pid)")" = 3 ]; do sleep 0.02; done
    for process in $(pgrep -P "$(cat gateway.pid)"); do
        until_true grep -q '^NoNewPrivs:.*1' "/proc/$process/status"
        until_true grep -q '^Umask:.*0077' "/proc/$process/status"
        until_true grep -q '^Seccomp:.*2' "/proc/$process/status"
    done
    stop
}

@test "what is wrong with a configuration is said before anything is done" {
    configure 'log = loud'
    refuses 3 "gateway.conf:3: log takes all, refused or none" gateway run --config gateway.conf
    configure 'key = "missing.key"'
    refuses 3 "missing.key" gateway run --config gateway.conf
    configure 'key = "N1.key"'
    refuses 3 "not that of its certificate" gateway run --config gateway.conf
    configure 'listen "192.0.2.1:1" {}'
    refuses 6 "192.0.2.1:1: cannot be listened at" gateway run --config gateway.conf
    configure 'registry = "nowhere://x"'
    refuses 2 "nowhere://x" gateway run --config gateway.conf
    refuses 2 "--config" gateway run
}
