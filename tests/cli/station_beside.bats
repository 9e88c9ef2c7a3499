#!/usr/bin/env bats
# What a production line waits for, and what it does not: shares, registries, scanners, modems.
load helper
load station

# held_line SECONDS: a line that brings its record every second to a copy that is a pipe, which
# holds up whoever opens it; it may take so many seconds. Serials come through another pipe (8).
held_line() {
    mkdir transfer
    mkfifo transfer/st07.npj serials
    line 2 'product { serial = scan }' "sync { to = \"transfer\" every_s = 1 timeout_s = $1 }"
    "$NAMEPLATE_PROGRAM" station run --config station.conf --json <serials >events 3>&- &
    echo $! >station.pid
    exec 8>serials
}

@test "a share that does not answer holds up no unit, and gets the record when it does" {
    held_line 600
    exec 9>transfer/st07.npj # the sync has opened it, and reads
    printf 'A-1\nA-2\n' >&8
    happens '.[]; .event == "result" and .serial == "A-1"'
    happens '.[]; .event == "result" and .serial == "A-2"'
    run ! grep -E '"event":"(synced|trouble)"' events
    mv transfer/st07.npj gone
    exec 9>&-
    happens '.[]; .event == "synced" and .message == "transfer/st07.npj"'
    until_true nameplate record verify transfer/st07.npj --key st07.pub
    kill "$(cat station.pid)"
    wait "$(cat station.pid)"
    rm transfer/st07.npj && mkfifo transfer/st07.npj
    "$NAMEPLATE_PROGRAM" station run --config station.conf --json <serials >events 3>&- &
    echo $! >station.pid
    exec 9>transfer/st07.npj
    kill "$(cat station.pid)" # the line ends although a sync does not
    wait "$(cat station.pid)"
}

@test "a sync that takes too long is ended, and the next one is begun" {
    held_line 1
    happens '.[]; .event == "trouble" and .code == "station-timeout"'
    rm transfer/st07.npj
    happens '.[]; .event == "synced"'
}

@test "a registry that takes the call and says nothing holds up no unit" {
    python3 - >called 3>&- <<'PYTHON' &
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
held = []
while True:
    held.append(server.accept())
    print("called", flush=True)
PYTHON
    echo $! >server.pid
    until_true test -s called
    line 1 'product { serial = scan }' \
        "sync { to = \"postgresql://127.0.0.1:$(head -n 1 called)/fleet\" organisation = \"acme\"
            every_s = 1 timeout_s = 2 }"
    mkfifo serials
    "$NAMEPLATE_PROGRAM" station run --config station.conf --units 1 --json <serials >events 3>&- &
    echo $! >station.pid
    exec 8>serials
    until_true grep -q called called
    happens '.[]; .event == "trouble" and .code == "station-timeout"'
    echo A-1 >&8
    wait "$(cat station.pid)"
    happens '.[]; .event == "result" and .result == "PASS"'
}

# scanned_line LINES...: a line whose labels are read back, with serials of other letters
scanned_line() {
    mkdir -p labels
    printf '%s\n' 'size 50 25' 'font /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' \
        'qr 2 2 21 M https://acme.example/u/{serial}?f={cert_sha256:8}' 'text 24 3 3 {serial}' \
        >label.conf
    line 1 "product { serial = \"Größe-{3}\" label = \"label.conf\" label_output = \"labels\"
            label_format = \"png\" label_scan_back = on }" "$@"
}

# What a scanner reads on a label, when it is there.
read_label() {
    until_true test -e "labels/$1.png"
    zbarimg --quiet --raw --nodbus "labels/$1.png" 2>/dev/null
}

@test "a unit passes when its label was read, and a wrong one is asked for again" {
    scanned_line
    { read_label Größe-001 | sed 's/001/002/'; read_label Größe-001; } |
        nameplate station run --config station.conf --once >out 2>err
    grep -q '^PASS .*Größe-001' out
    grep -q 'bay 1: scan the label of Größe-001' err
    grep -q 'another unit: serial is Größe-002, not Größe-001; scan the label' err
    [ "$(units .verify.scan)" = passed ]
    refuses 2 "nobody can tell" station run --config station.conf --once </dev/null
    sed -i '/^qr/d' label.conf
    refuses 3 "has no qr that could be scanned" station run --config station.conf --once
}

@test "killed between print and scan, a unit is asked for its label and gets no second one" {
    local life
    scanned_line 'events = "events.sock"'
    begin() { # with events of its own: those of the life before are told nobody again
        : >events
        "$NAMEPLATE_PROGRAM" station run --config station.conf --once --json </dev/null >events \
            3>&- &
        echo $! >station.pid
    }
    for life in 1 2; do
        begin
        happens '.[]; .event == "bay" and .state == "label"'
        kill -9 "$(cat station.pid)"
        wait "$(cat station.pid)" || true
        [ $life = 2 ] || { read_label Größe-001 >printed && rm labels/*; }
    done
    begin
    happens '.[]; .event == "bay" and .state == "label"'
    echo "scan 1 $(cat printed)" | socat - UNIX-CONNECT:events.sock >/dev/null
    wait "$(cat station.pid)"
    [ "$(units 'select(.result == "pass") | .serial')" = Größe-001 ]
    [ -z "$(ls labels)" ]
}

# How the unit of one bay ended.
attested() {
    "$NAMEPLATE_PROGRAM" station run --config station.conf --once --json </dev/null 2>/dev/null |
        grep '"event":"result"' >result || true
    jq -r '.result + " " + (.code // "ok")' result
}

@test "modems attest: one that is new is pinned, and foreign where only known ones may come" {
    local uuid before
    modems 'modem { pins = "pins" }' 'bay "1" { modem = "virtual:m1.np" }'
    [ "$(attested)" = "PASS ok" ]
    uuid=$(units .device_id)
    # one key alone, and the token that modem parse judges by it is good
    [[ $(cat pins) =~ ^$uuid\ [0-9a-f]{128}$ ]]
    [ "$(attested)" = "PASS ok" ]
    before=$(sha256sum m2.np pins)
    modems 'modem { pins = "pins" only_pinned = on }' 'bay "1" { modem = "virtual:m2.np" }'
    [ "$(attested)" = "FAIL conflict-foreign" ]
    runs 4 --once
    [ "$(sha256sum m2.np pins)" = "$before" ]
    modems 'modem { pins = "other" }' 'bay "1" { modem = "virtual:m2.np" }'
    [ "$(attested)" = "PASS ok" ]
    # the key that the file has for it is another's
    sed "s/^$uuid/$(cut -d ' ' -f 1 other)/" pins >swapped
    before=$(sha256sum m2.np swapped)
    modems 'modem { pins = "swapped" }' 'bay "1" { modem = "virtual:m2.np" }'
    [ "$(attested)" = "FAIL device-verify" ]
    runs 1 --once
    [[ $stderr = *"not signed with the key that the pins have for this device"* ]]
    [ "$(sha256sum m2.np swapped)" = "$before" ]
    modems 'modem { pins = "pins" }' 'bay "1" { modem = "virtual:m2.np" }'
    [ "$(attested)" = "PASS ok" ]
    [ "$(wc -l <pins)" = 2 ]
}
