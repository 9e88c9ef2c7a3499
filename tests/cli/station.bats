#!/usr/bin/env bats
# The production line as a program: bays with virtual chips in files, one configuration.
load helper
load station

# kill_after LINES: a run that is killed when it has told so many events
kill_after() {
    "$NAMEPLATE_PROGRAM" station run --config station.conf --once --json </dev/null >events \
        2>/dev/null &
    pid=$!
    head -n "$1" <events >/dev/null
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
}

@test "each bay makes its unit, and the record proves it" {
    line 3
    runs 0 --once --operator Jo
    [ "$(grep -c '^PASS ' <<<"$output")" = 3 ]
    succeeds record verify units.npj --key st07.pub
    for number in 1 2 3; do
        succeeds chip verify virtual:$number.np --signer-cert acme.cert --json
        serial=$(jq -r .serial <<<"$output")
        succeeds record query units.npj "$serial"
        chip=$(nameplate virtual show $number.np --json | jq -r .chip_serial)
        [ "$(jq -r .uid <<<"$output")" = "$chip" ]
    done
    [ "$(units '.result + .operator + .sku + .lock_state + .verify.challenge' | sort -u)" = \
        passJotrackerlockedpassed ]
    [ "$(units .serial | sort -u | wc -l)" = 3 ]
    succeeds record prove units.npj T2-000002
}

@test "what is made is confirmed, and says so where that is asked" {
    line 1
    runs 0 --once
    untouched units.npj runs 0 --once
    [[ $output = *confirm* ]]
    runs 4 --once --strict
    [[ $stderr = *"made and recorded before"* ]]
}

@test "a test executive gets the status of its unit, and events as lines of JSON" {
    line 2 'product { serial = scan }'
    runs 0 --once --bay 2 --serial A-1 --json
    [ "$(jq -r 'select(.event == "result").result' <<<"$output")" = PASS ]
    [ "$(jq -rs 'map(.number // empty) | . == ([range(1; length + 1)])' <<<"$output")" = true ]
    [ "$(jq -rs 'map(select(.event == "step").step) | index("lock-data") > index("lock-config")' \
        <<<"$output")" = true ]
    [ "$(tail -n 1 <<<"$output")" = '{"pass":1,"fail":0,"station":0,"policy":0}' ]
    runs 5 --once --bay 1 --serial A-1
    [[ $output = POLICY* ]]
    [[ $stderr = *"another part has this serial"* ]]
    refuses 5 "no control characters" station run --config station.conf --once --bay 1 \
        --serial 'A"1'
    rm 1.np
    runs 6 --once --bay 1 --serial A-2
    [[ $output = STATION* ]]
    config_with 87 00 >config.hex # locked, and not by us
    nameplate virtual create 1.np --model atecc608b --image config.hex >/dev/null
    runs 4 --once --bay 1 --serial A-2
    [[ $output = FAIL* ]]
    [ "$(units .result | tr '\n' ' ')" = "pass policy fail " ]
    refuses 2 "for one bay" station run --config station.conf --once --serial A-3
    refuses 2 "there is no bay '9'" station run --config station.conf --once --bay 9
}

@test "serials are typed or scanned, and a line ends after so many units" {
    line 2 'product { serial = scan }'
    printf 'A-1\nA-2\n' | nameplate station run --config station.conf --units 2 >out
    [ "$(grep -c '^PASS ' out)" = 2 ]
    [ "$(units .serial | sort | tr '\n' ' ')" = "A-1 A-2 " ]
}

@test "a report tells from the record alone" {
    line 2
    runs 0 --once
    rm 1.np && chips 1
    rm 2.np && chips 2
    dd if=/dev/zero bs=1 count=1 of=2.np conv=notrunc status=none
    runs 8 --once
    succeeds station report --config station.conf --key st07.pub
    says "all                3"
    succeeds station report --config station.conf --json
    has_keys all bays failures
    [ "$(jq -c '[.all.pass, .all.station, .all.first_tries, .all.first_pass_permille]' \
        <<<"$output")" = '[3,0,3,1000]' ]
    succeeds station report --config station.conf --json --to 2020-01-01
    [ "$(jq .all.pass <<<"$output")" = 0 ]
    succeeds station report --config station.conf --json --from 2020-01-01
    [ "$(jq -r '.bays[] | .bay' <<<"$output" | sort | tr '\n' ' ')" = "1 2 " ]
    refuses 2 "--shift is this, last, today or yesterday" station report --config station.conf \
        --shift late
    refuses 2 "without --from and --to" station report --config station.conf --shift this \
        --to 2020-01-01
}

# clock_shows HOUR SECOND COMMAND...: where the clock on the wall showed HOUR:00:00 at that second
clock_shows() {
    local west=$((${2} % 86400 - $1 * 3600)) sign=
    [ "$west" -ge 0 ] || { sign=-; west=$((-west)); }
    shift 2
    TZ=HERE$sign$(printf %02d:%02d:%02d $((west / 3600)) $((west / 60 % 60)) $((west % 60))) "$@"
}

# passed WHICH: how many the report of that shift has
passed() {
    nameplate station report --config station.conf --json --shift "$1" | jq .all.pass
}

@test "a report is of this shift or the last one, and a night is one with its midnight" {
    local finished hour
    line 1 'shifts = {"22:00", "06:00"}'
    runs 0 --once
    finished=$(date -d "$(units .finished)" +%s)
    for hour in 22 23 0 5; do # half an hour ago
        [ "$(clock_shows $hour $((finished - 1800)) passed this)" = 1 ]
        [ "$(clock_shows $hour $((finished - 1800)) passed last)" = 0 ]
        [ "$(clock_shows $hour $((finished - 1800)) passed today)" = 1 ]
    done
    # the unit was the last second's of its shift, of its day, and of neither
    until [ "$(date +%s)" -gt "$finished" ]; do :; done
    [ "$(clock_shows 6 $((finished + 1)) passed this)" = 0 ]
    [ "$(clock_shows 6 $((finished + 1)) passed last)" = 1 ]
    [ "$(clock_shows 6 $((finished + 1)) passed today)" = 1 ]
    [ "$(clock_shows 0 $((finished + 1)) passed today)" = 0 ]
    [ "$(clock_shows 0 $((finished + 1)) passed yesterday)" = 1 ]
    [ "$(clock_shows 0 $((finished + 1)) passed this)" = 1 ]
    line 1 'shifts = {"22:00", "6:00"}'
    refuses 3 'shifts takes times of a day, as "22:00", not' station report --config station.conf
}

@test "an authorization is kept: no unit beyond its count, none beyond its serials" {
    line 3
    nameplate station key create authority >/dev/null
    nameplate authorization create --batch b42 --count 2 --serials T2-000001..T2-000002 \
        --until 2099-12-31 --station st07.pub --out b42.auth >/dev/null 2>&1
    line 3 'authorization { file = "b42.auth" authority = "authority.pub" }'
    refuses 5 "is not signed" station run --config station.conf --once
    nameplate authorization sign b42.auth --key authority.key >/dev/null
    runs 8 --once
    [ "$(grep -c '^PASS ' <<<"$output")" = 2 ]
    [ "$(grep -c '^POLICY ' <<<"$output")" = 1 ]
    [ "$(units 'select(.result == "pass") | .batch + .authorization_id' | sort -u)" = \
        "b42$(nameplate authorization show b42.auth --json | jq -r .id)" ]
    runs 8 --once
    [ "$(units 'select(.result == "pass") | .serial' | wc -l)" = 2 ]
}

@test "two stations share a registry: one count, and no serial twice" {
    line 2
    nameplate station key create authority >/dev/null
    nameplate station key create st08 >/dev/null
    nameplate authorization create --batch b42 --count 3 --serials T2-000001..T2-000009 \
        --until 2099-12-31 --station st07.pub --station st08.pub --out b42.auth >/dev/null 2>&1
    nameplate authorization sign b42.auth --key authority.key >/dev/null
    registry='authorization { file = "b42.auth" authority = "authority.pub"
        registry = "sqlite:line.db" }'
    line 2 "$registry" 'product { serial = scan }'
    runs 0 --once --bay 1 --serial T2-000001
    runs 0 --once --bay 2 --serial T2-000002
    sed 's/st07.key/st08.key/; s/units.npj/other.npj/; s/1.np/3.np/' station.conf >other.conf
    chips 3
    refuses_other() {
        run --separate-stderr nameplate station run --config other.conf --once --bay 1 \
            --serial "$1" </dev/null
    }
    refuses_other T2-000001
    [ "$status" = 5 ]
    [[ $stderr = *duplicate* ]]
    refuses_other T2-000003
    [ "$status" = 0 ] || { echo "$output $stderr"; false; }
    chips 4
    mv 4.np 1.np
    runs 5 --once --bay 1 --serial T2-000004
    [[ $stderr = *"all are counted"* ]]
    # a record that is older than what the registry knows
    rm units.npj units.npj.intents
    refuses 5 "was rolled back" station run --config station.conf --once
}

# eight kills a round; NP_SOAK=1: two hundred, each round with four more chips for the same record
@test "killed at any moment and run again, every unit is finished once" {
    local number rounds=1
    [ -z "${NP_SOAK:-}" ] || rounds=25
    mkfifo events
    for _ in $(seq $rounds); do
        rm -f ./*.np
        line 4
        for lines in 6 14 22 30 38 46 54 62; do
            kill_after $lines
        done
        runs 0 --once
        for number in 1 2 3 4; do
            succeeds chip verify virtual:$number.np --signer-cert acme.cert
        done
    done
    [ "$(units 'select(.result == "pass") | .serial' | sort -u | wc -l)" = $((4 * rounds)) ]
    [ "$(units 'select(.result == "pass") | .uid' | sort | uniq -d | wc -l)" = 0 ]
    succeeds record verify units.npj --key st07.pub
}

@test "a record is brought to a folder, once, and only if it is the same" {
    mkdir transfer
    line 1 'sync { to = "transfer" }'
    runs 0 --once
    succeeds station sync --config station.conf --json
    has_keys to lines bytes
    cmp units.npj transfer/st07.npj
    nameplate record verify transfer/st07.npj --key st07.pub >/dev/null
    succeeds station sync --config station.conf --json
    [ "$(jq .bytes <<<"$output")" = 0 ]
    rm 1.np && chips 1
    runs 0 --once
    succeeds station sync --config station.conf
    cmp units.npj transfer/st07.npj
    sed -i 's/T2-000001/T2-000009/' transfer/st07.npj
    refuses 4 "is no beginning of this record" station sync --config station.conf
    rm -r transfer
    refuses 3 "there is no such folder" station sync --config station.conf
}

@test "a record is brought to a registry: each unit that passed is a device, once" {
    line 2 'sync { to = "sqlite:fleet.db" organisation = "acme" }'
    runs 0 --once
    succeeds station sync --config station.conf --json
    [ "$(jq -c '[.units, .devices]' <<<"$output")" = '[2,2]' ]
    succeeds station sync --config station.conf --json
    [ "$(jq -c '[.units, .devices]' <<<"$output")" = '[2,0]' ]
    succeeds registry device list --registry sqlite:fleet.db --json
    [ "$(jq -r '.devices[] | .identifier + .product' <<<"$output" | sort | tr '\n' ' ')" = \
        "T2-000001tracker T2-000002tracker " ]
    line 1 'sync { to = "sqlite:fleet.db" }'
    refuses 2 "sync.organisation is missing" station sync --config station.conf
    line 1
    refuses 3 "sync.to is missing" station sync --config station.conf
}

@test "who connects to the socket gets the state, then events, and gives orders" {
    line 1 'events = "events.sock"' 'product { serial = scan }'
    nameplate station run --config station.conf --units 1 </dev/null >out 2>&1 &
    until_true socat -u OPEN:/dev/null UNIX-CONNECT:events.sock
    for _ in 1 2 3 4 5 6 7 8; do # who goes before he has read anything holds up nobody
        socat -u OPEN:/dev/null UNIX-CONNECT:events.sock
    done
    python3 - >told <<'PYTHON'
import json, socket
wire = socket.socket(socket.AF_UNIX)
wire.connect("events.sock")
lines = wire.makefile("rw")
state = json.loads(lines.readline())["state"]
print(state["bays"][0]["name"], state["is_halted"])
lines.write("dance\n"); lines.flush()
refused = None
while refused is None or state["bays"][0]["state"] != "waiting":
    event = json.loads(lines.readline())
    if event["event"] == "refused":
        refused = event["message"]
    if event["event"] == "bay":
        state["bays"][0] = event
print("refused", refused)
lines.write("scan - B-1\n"); lines.flush()
while event["event"] != "result":
    event = json.loads(lines.readline())
print(event["result"], event["serial"])
PYTHON
    wait
    [ "$(cat told)" = "1 False
refused this is no order
PASS B-1" ]
    [ ! -e events.sock ]
}

@test "at the end of the line each unit knocks at the gateway that plays the cloud" {
    line 2
    nameplate registry ca add acme.cert --org acme --trusted --jitp product=tracker \
        --registry sqlite:fleet.db >/dev/null
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key \
        -out server.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    printf '%s\n' 'certificate = "server.pem"' 'key = "server.key"' 'registry = "sqlite:fleet.db"' \
        'listen "127.0.0.1:0" {}' >gateway.conf
    "$NAMEPLATE_PROGRAM" gateway run --config gateway.conf --json 2>log 3>&- &
    echo $! >gateway.pid
    until_true grep -q listening log
    address=$(grep '^{' log | jq -r 'select(.event == "listening").text')
    line 2 "test { gateway = \"$address\" ca = \"server.pem\" }"
    runs 0 --once
    [ "$(units .verify.gateway | sort -u)" = passed ]
    succeeds registry device list --registry sqlite:fleet.db --json
    [ "$(jq '.devices | length' <<<"$output")" = 2 ]
    # a signer that nobody there knows
    rm acme.cert acme.key units.npj* 1.np
    line 1 "test { gateway = \"$address\" ca = \"server.pem\" }" 'policy { retries = 0 }'
    runs 5 --once --bay 1
    [[ $stderr = *"$address"* ]]
    kill "$(cat gateway.pid)"
    wait "$(cat gateway.pid)"
    runs 6 --once --bay 1
}

@test "a line of modems: key, certificate and root, and a line that names the device" {
    modems 'bay "1" { modem = "virtual:m1.np" }' 'bay "2" { modem = "virtual:m2.np" }'
    runs 0 --once
    [ "$(units '.serial + .origin + .verify.modem' | sort | tr '\n' ' ')" = \
        "M-0001modempassed M-0002modempassed " ]
    for number in 1 2; do
        succeeds modem list virtual:m$number.np --json
        [ "$(jq '[.credentials[] | select(.sectag == 16842753)] | length' <<<"$output")" = 3 ]
    done
    # the device id is the certificate's name, and openssl says who has signed it
    units 'select(.serial == "M-0001").cert' | base64 -d >unit.der
    [ "$(openssl x509 -inform der -in unit.der -noout -subject -nameopt RFC2253)" = \
        "subject=CN=$(units 'select(.serial == "M-0001").device_id')" ]
    openssl x509 -inform der -in unit.der -out unit.pem
    openssl verify -partial_chain -trusted acme.cert unit.pem
    untouched units.npj runs 0 --once
    [[ $output = *confirm* ]]
    succeeds record verify units.npj --key st07.pub
}

@test "a chip and a modem are one unit: two lines, and the second names the first" {
    modems 'bay "1" { chip = "virtual:1.np" modem = "virtual:m1.np" }'
    chips 1
    runs 0 --once
    [ "$(units 'select(.origin == "chip").serial')" = M-0001 ]
    [ "$(units 'select(.origin == "modem").attributes.unit')" = M-0001 ]
    [ "$(units 'select(.origin == "modem") | .serial == .device_id')" = true ]
    untouched units.npj runs 0 --once
    succeeds record verify units.npj --key st07.pub
    # somebody has put another modem on the board
    nameplate virtual create m3.np --model nrf9160 >/dev/null && mv m3.np m1.np
    runs 4 --once
}

@test "modems that are killed while they are made are finished with the key that they have" {
    modems 'bay "1" { modem = "virtual:m1.np" }'
    mkfifo events
    for lines in 4 7 9 11 13; do
        kill_after $lines
    done
    runs 0 --once
    [ "$(units 'select(.result == "pass") | .serial')" = M-0001 ]
    [ "$(units 'select(.cert) | .spki_sha256' | sort -u | wc -l)" = 1 ]
}

@test "a configuration that is wrong is refused with its line, before anything is touched" {
    line 1 'policy { retries = many }'
    refuses 3 "station.conf:4: invalid integer value" station run --config station.conf --once
    line 1 'chip { layout = "round" }'
    refuses 3 "'round' is no layout of a line" station run --config station.conf --once
    line 1
    refuses 3 "nowhere.conf" station run --config nowhere.conf --once
    refuses 3 "units.npj: no such file" station report --config station.conf
    rm acme.key
    refuses 3 "acme.key" station run --config station.conf --once
    [ ! -e units.npj ]
}

@test "the line that ./demo shows makes its units through faults and a power cut" {
    mkdir shown && cd shown
    local shown=$BATS_TEST_DIRNAME/../../tools/demo-line
    PATH=${NAMEPLATE_PROGRAM%/*}:$PATH DEMO_PACE=zero run "$shown" 27
    [ "$status" = 0 ] || { echo "$output"; return 1; }
    [[ "$output" = *"26 good chips, 26 serials that passed, 1 put aside."* ]]
    [[ "$output" = *"goes on with what is in the bays"* ]]
    [ -z "$(grep '"result":"pass"' units.npj | jq -r .serial | sort | uniq -d)" ]
    [ "$(grep -c 'BEGIN CERTIFICATE' export/part-0001.csv)" = 26 ]
}
