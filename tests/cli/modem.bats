#!/usr/bin/env bats
# Modems: the commands, on a virtual modem in the program and behind a terminal, and other people's
# programs that expect a serial port.
load helper

# serve OPTIONS...: modem.np on ./port in the background, until the test ends.
serve() {
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve modem.np --pty port "$@" 2>&1
    }
    # shellcheck disable=SC2154 # coproc sets it
    server=$SERVER_PID
    read -r ready <&"${SERVER[0]}"
    [[ $ready == "pty: port" || $ready == *'"event":"ready"'* ]] || { echo "$ready"; return 1; }
}

stop() {
    kill "$server"
    wait "$server"
}

teardown() {
    if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
}

# make_modem [MODEL] [OPTIONS...]
make_modem() {
    local model=${1:-nrf9160}
    shift || true
    nameplate virtual create modem.np --model "$model" --imei 355025930000000 "$@" >/dev/null
    root=$NAMEPLATE_VECTORS/nrf/certs/AmazonRootCA1.pem
}

# As refuses, but there are data on stdout as well.
refuses_data() {
    local expected=$1 text=$2
    shift 2
    run --separate-stderr nameplate "$@"
    [ "$status" = "$expected" ] || { echo "status $status, not $expected: $stderr"; return 1; }
    warns "$text"
}

@test "a virtual modem is made, shown and asked who it is" {
    succeeds virtual create modem.np --model nrf9161 --imei 355025930000000 --json
    has_keys path model imei firmware shell
    [ "$(stat -c %a modem.np)" = 600 ]
    untouched modem.np refuses 3 "exists already" virtual create modem.np --model nrf9161
    succeeds virtual show modem.np
    says "model: nrf9161"
    says "firmware: mfw_nrf91x1_2.0.2"
    succeeds modem info virtual:modem.np --json
    has_keys shell line_end model maker hardware firmware imei device_uuid firmware_uuid mode \
        credentials
    [ "$(jq -r .imei <<<"$output")" = 355025930000000 ]
    [ "$(jq -r .shell <<<"$output")" = at ]
}

@test "a file of another kind is refused and left alone" {
    echo nonsense >modem.np
    untouched modem.np refuses 3 "not the state of a virtual modem" modem info virtual:modem.np
    make_chip kit.chip
    untouched kit.chip refuses 3 "no modem image" modem info virtual:kit.chip
    rm modem.np
    make_modem
    printf x | dd of=modem.np bs=1 seek=40 conv=notrunc status=none
    untouched modem.np refuses 3 "SHA-256" modem info virtual:modem.np
    refuses 3 "no such file" modem info virtual:none.np
    warns "virtual create none.np --model nrf9160"
    [ "$(echo *.lock)" = "*.lock" ]
}

@test "what is written is compared, in whatever form it is kept" {
    make_modem nrf9161
    refuses_data 1 "no such credential" modem verify virtual:modem.np "$root" --type root-ca --json
    [ "$(jq -c '[.is_there, .line_ends]' <<<"$output")" = "[false,null]" ]
    succeeds modem write virtual:modem.np "$root" --type root-ca
    says "kept with line ends: LF"
    succeeds modem verify virtual:modem.np "$root" --type root-ca
    sed 's/$/\r/' "$root" >crlf.pem
    succeeds modem verify virtual:modem.np crlf.pem --type root-ca
    says "kept with line ends: LF"
    succeeds modem write virtual:modem.np crlf.pem --type root-ca --json
    [ "$(jq .was_there <<<"$output")" = true ]
    succeeds modem list virtual:modem.np --sectag 16842753 --json
    # specs of the modem 2.3: the digest of the LF form
    [ "$(jq -r '.credentials[0].sha256' <<<"$output")" = \
        2c43952ee9e000ff2acc4e2ed0897c0a72ad5fa72c3d934e81741cbd54f05bd1 ]
    echo other >other
    refuses_data 1 "keeps another text than other" \
        modem verify virtual:modem.np other --type root-ca
    says "kept with line ends: other text"
}

@test "nothing is overwritten and no key deleted without --force" {
    make_modem
    NAMEPLATE_MODEM=virtual:modem.np
    export NAMEPLATE_MODEM
    echo one >one
    echo two >two
    succeeds modem write one --type root-ca --sectag 7
    refuses 4 "security tag 7 has another root-ca" modem write two --type root-ca --sectag 7
    succeeds modem write two --type root-ca --sectag 7 --force
    succeeds modem keygen --out reply.txt --sectag 7
    untouched reply.txt refuses 3 "reply.txt" modem keygen --out reply.txt --sectag 8
    refuses 4 "security tag 7 has a key already" modem keygen --out second.txt --sectag 7
    [ ! -e second.txt ]
    refuses 2 "nobody can get a deleted key back" modem delete --type client-key --sectag 7
    succeeds modem keygen --out second.txt --sectag 7 --force
    run ! cmp -s reply.txt second.txt
    succeeds modem delete --type client-key --sectag 7 --force
    says "was there: yes"
    succeeds modem delete --type client-key --sectag 7 --force
    says "was there: no"
}

@test "the request in a reply is openssl's to verify, and its subject ours to choose" {
    make_modem nrf9151
    nameplate modem keygen virtual:modem.np --out reply.txt --subject CN=nrf-355025930000000 \
        --key-usage 101 >/dev/null
    python3 -c 'import base64; body = open("reply.txt").read().split(".")[0]
open("csr.der", "wb").write(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))'
    run openssl req -inform der -in csr.der -verify -noout -subject
    [[ $output == *"verify OK"* ]]
    [[ $output == *"CN = nrf-355025930000000"* ]]
}

@test "an old modem makes no keys, and says so" {
    make_modem nrf9160 --firmware mfw_nrf9160_1.2.7
    refuses 1 "AT%KEYGEN=16842753,2,0: the modem answers ERROR" \
        modem keygen virtual:modem.np --out reply.txt
    [ ! -e reply.txt ]
}

@test "bad usage is told before anything is opened" {
    make_modem
    refuses 2 "there is no type 'key'" modem write virtual:none.np modem.np --type key
    refuses 2 "--sectag takes a number" modem list virtual:none.np --sectag x
    refuses 2 "no URI of a modem" modem info unix:modem
    refuses 2 "does not know 'speed=1'" modem info 'virtual:modem.np?speed=1'
    refuses 2 "no serial port runs at 12345 baud" modem info '/dev/ptmx?baud=12345'
    refuses 2 "URI is missing, and \$NAMEPLATE_MODEM is not set" modem info
    refuses 2 "--pty PATH is missing" virtual serve modem.np
    refuses 2 "--shell, --line-end, --imei and --firmware are for modems" \
        virtual create kit.chip --model atecc608b --shell at
    refuses 2 "'x' is no fault" virtual serve modem.np --pty port --fault x
}

@test "each kind of shell is found and does the same, on a terminal" {
    for shell in at at-shell tls-shell; do
        rm -f modem.np
        make_modem nrf9151 --shell $shell
        serve --time zero
        succeeds modem info port
        says "shell: $shell"
        succeeds modem write port "$root" --type root-ca
        succeeds modem verify port "$root" --type root-ca
        succeeds modem delete port --type root-ca
        says "was there: yes"
        stop
    done
    [ ! -e port ]
}

@test "whatever ends a command is found out or can be said" {
    for line_end in cr lf crlf null; do
        rm -f modem.np
        make_modem nrf9160 --line-end $line_end
        succeeds modem info virtual:modem.np
        [[ $output == *"line end: crlf"* || $line_end == null ]]
        succeeds modem info "virtual:modem.np?line-end=$line_end&shell=at"
        says "line end: $line_end"
    done
}

@test "a second program is told who has the port" {
    make_modem nrf9160
    serve
    sleep 60 <>port &
    holder=$!
    flock -n port true
    exec {held}<>port
    flock "$held"
    refuses 6 "held by process" modem info port --wait 0
    exec {held}>&-
    kill "$holder"
    succeeds modem info port
    refuses 6 "held by process" modem info virtual:modem.np --wait 0
}

@test "a port that is none, or not there, is told apart" {
    touch file
    refuses 3 "no such port" modem info serial:none
    refuses 3 "not a serial port" modem info ./file
}

@test "a modem that is silent, restarts or fails is reported as what it is" {
    make_modem nrf9160
    # AT, +CMEE, +CFUN?, %CMNG=1, %KEYGEN
    serve --time zero --fault cme@4:515,restart@9
    refuses 1 "memory full (CME error 515)" modem keygen port --out reply.txt
    warns "delete a credential"
    refuses 7 "restarted meanwhile" modem keygen port --out reply.txt
    succeeds modem keygen port --out reply.txt
    stop
}

@test "the radio is off meanwhile, and on again" {
    make_modem nrf9160
    serve --time zero
    /usr/bin/python3 - <<'PYTHON'
import serial
port = serial.Serial("port", 115200, timeout=60)
port.write(b"AT+CFUN=1\r\n")
assert port.readline() == b"OK\r\n"
PYTHON
    succeeds modem write port "$root" --type root-ca
    warns "the radio is off meanwhile"
    succeeds modem info port
    says "mode (CFUN): 1"
}

@test "a trace shows what passes, but no secrets" {
    make_modem nrf9160
    echo 0123456789abcdef >psk
    run --separate-stderr nameplate modem write virtual:modem.np psk --type psk --trace
    [ "$status" = 0 ]
    warns 'AT%CMNG=0,16842753,3,"(17 bytes)"'
    [[ $stderr != *0123456789abcdef* ]]
}

# asks_by COMMAND...: a terminal program sends what the modem is asked, and ends with its standard
# input, which ends once the answer is there; the answer is in $output.
# shellcheck disable=SC2094 # what is read is written by the other end
asks_by() {
    : >heard
    {
        printf 'AT+CGSN\r\n'
        for _ in {1..1200}; do
            ! grep -q OK heard || break
            sleep 0.05
        done
    } | timeout 80 "$@" >heard
    output=$(cat heard)
}

@test "pyserial, socat, picocom, chat and runscript find an ordinary modem" {
    make_modem nrf9160
    serve --time zero
    run /usr/bin/python3 - <<'PYTHON'
import serial
port = serial.Serial("port", 115200, rtscts=True, timeout=60)
port.write(b"AT+CGSN\r\n")
print(port.readline().decode().strip(), port.readline().decode().strip())
PYTHON
    [ "$output" = "355025930000000 OK" ]
    asks_by socat - ./port,raw,echo=0
    [[ $output == *355025930000000*OK* ]]
    asks_by picocom -q -b 115200 ./port
    [[ $output == *355025930000000*OK* ]]
    timeout 60 /usr/sbin/chat -t 60 '' 'AT+CGSN' 355025930000000-AT-355025930000000 <>port >&0
    cat >script <<'SCRIPT'
send "AT+CGMM"
timeout 60
expect {
    "nRF9160-SICA" exit 0
    timeout 60 exit 1
}
SCRIPT
    timeout 60 runscript script <>port >&0
    succeeds modem info port
}

@test "hosts that were recorded enrol through the terminal" {
    make_modem nrf9151
    serve --time zero
    /usr/bin/python3 - "$NAMEPLATE_VECTORS/nrf/transcripts/head_at.txt" <<'PYTHON'
import ast, sys, serial
port = serial.Serial("port", 115200, timeout=60)
answer = b""
for line in open(sys.argv[1]):
    text = ast.literal_eval(line[2:]).encode()
    if line[0] == ">":
        port.write(text + b"\r\n")
        answer = b""
        while not answer.endswith((b"OK\r\n", b"ERROR\r\n")):
            got = port.read(1)
            assert got, (text, answer)
            answer += got
    else:
        assert answer.endswith(b"OK\r\n") == text.endswith(b"OK\r\n"), (text, answer)
PYTHON
    stop
    succeeds virtual show modem.np
    says "16842753 root-ca, 1208 bytes"
    says "16842753 client-key, 32 bytes, made in the modem"
}

@test "in JSON, serving says one line when it is ready and one when it has ended" {
    make_modem nrf9160
    serve --json --time zero
    [ "$(jq -r '[.event, .pty, .time] | join(" ")' <<<"$ready")" = "ready port zero" ]
    [ -c "$(jq -r .device <<<"$ready")" ]
    [ "$(readlink port)" = "$(jq -r .device <<<"$ready")" ]
    exec {stream}<&"${SERVER[0]}"
    stop
    read -r last <&"$stream"
    [ "$(jq -r .event <<<"$last")" = ended ]
    [ ! -e port ] && [ ! -L port ]
}
