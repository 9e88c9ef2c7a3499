#!/usr/bin/env bats
# One bay of a line by libnameplate-station: the examples in C and Python, and the plug for OpenHTF,
# on the record that `station run` writes as well.
load ../cli/helper

# bay LINES...: a signer, a station key, a bay with a fresh chip
bay() {
    nameplate signer create acme --years 10 >/dev/null
    nameplate station key create st07 >/dev/null
    chip
    printf '%s\n' 'key = "st07.key"' 'record = "units.npj"' \
        'signer { certificate = "acme.cert" key = "acme.key" }' \
        'bay "1" { chip = "virtual:1.np" }' "$@" >station.conf
    [[ "$*" == *policy* ]] || echo 'policy { poll_ms = 10 }' >>station.conf
}

chip() {
    rm -f 1.np
    nameplate virtual create 1.np --model atecc608b >/dev/null
}

in_c() {
    "$NAMEPLATE_DRIVE_BAY" station.conf "$@" 2>>events
}

# A sanitized library wants its runtime to be there first.
python() {
    env ${NP_RUNTIME:+"LD_PRELOAD=$NP_RUNTIME"} ASAN_OPTIONS=detect_leaks=0 \
        PYTHONPATH="$NAMEPLATE_EXAMPLES/python" PYTHONDONTWRITEBYTECODE=1 \
        NAMEPLATE_STATION_LIBRARY="$NAMEPLATE_STATION_LIBRARY" python3 "$@"
}

in_python() {
    python "$NAMEPLATE_EXAMPLES/python/nameplate_bay.py" station.conf "$@" 2>>events
}

units() {
    grep '"kind":"unit"' units.npj | jq -r "$@"
}

until_true() {
    until "$@" >/dev/null 2>&1; do sleep 0.02; done
}

is_locked() {
    [ -s units.npj ] && ! flock --nonblock units.npj true
}

# gives STATUS LINE COMMAND...: one line on stdout that begins so
gives() {
    local expected=$1 line=$2
    shift 2
    run "$@"
    if [ "$status" != "$expected" ] || [[ $output != "$line"* ]]; then
        echo "status $status, not $expected: $output"
        tail -n 3 events
        return 1
    fi
}

@test "a unit that C makes is the one that the record, the chip and station run know" {
    bay
    gives 0 "PASS T2-000017 make " in_c T2-000017
    [ "${output##* }" = "$(units .cert_sha256)" ]
    succeeds record verify units.npj --key st07.pub
    succeeds chip verify virtual:1.np --signer-cert acme.cert --json
    [ "$(jq -r .serial <<<"$output")" = T2-000017 ]
    # events are those of station run, in their order, without gaps
    [ "$(jq -r .number events | paste -sd ' ')" = "$(seq -s ' ' "$(wc -l <events)")" ]
    [ "$(jq -r 'select(.event == "result") | .result' events)" = PASS ]
    # and the one goes on where the other has stopped
    run "$NAMEPLATE_PROGRAM" station run --config station.conf --once --serial T2-000017 </dev/null
    [ "$status" = 0 ] && [[ $output == *confirm* ]]
    gives 0 "PASS T2-000017 confirm " in_python T2-000017
    succeeds record verify units.npj --key st07.pub
    [ "$(units .serial | wc -l)" = 1 ]
}

@test "whose trouble it is: FAIL, STATION and POLICY, with the statuses of station run" {
    bay
    gives 0 "PASS " in_c A-1
    gives 5 "POLICY A-2 policy the part has passed with another serial" in_c A-2
    gives 5 "POLICY A-2 policy" in_python A-2
    # a part that another signer has made is bad for this line
    chip
    nameplate signer create other >/dev/null
    nameplate chip provision virtual:1.np --signer-cert other.cert --signer-key other.key \
        --serial A-3 --yes >/dev/null 2>&1
    gives 4 "FAIL A-3 conflict-other" in_c A-3
    gives 4 "FAIL A-3 conflict-other" in_python A-3
    rm 1.np
    gives 6 "STATION A-4 " in_c A-4
    gives 6 "STATION A-4 " in_python A-4
    # each is in the record, but for parts that nobody has seen
    [ "$(units .result | sort | uniq -c | tr -s ' ' | paste -sd,)" = " 2 fail, 1 pass, 2 policy" ]
    succeeds record verify units.npj --key st07.pub
}

@test "an authorization's count is one, whoever makes the units" {
    nameplate station key create authority >/dev/null
    bay 'authorization { file = "b.auth" authority = "authority.pub" }'
    nameplate authorization create --batch b42 --count 2 --serials N-1..N-9 --station st07.pub \
        --out b.auth --until 2031-01-01T00:00:00Z >/dev/null
    nameplate authorization sign b.auth --key authority.key >/dev/null
    gives 0 "PASS N-1 make" in_c N-1
    chip
    run "$NAMEPLATE_PROGRAM" station run --config station.conf --once --serial N-2 </dev/null
    [ "$status" = 0 ] || { echo "$output"; return 1; }
    chip
    gives 5 "POLICY N-3 policy" in_c N-3
    gives 5 "POLICY N-3 policy" in_python N-3
    chip
    gives 5 "POLICY N-3 policy" in_python N-3
    [ "$(units 'select(.result == "pass") | .serial' | paste -sd ' ')" = "N-1 N-2" ]
}

@test "a record is written by one process at a time, and the other says so" {
    bay
    "$NAMEPLATE_PROGRAM" station run --config station.conf --json </dev/null >told 2>&1 3>&- &
    until_true grep -q '"event":"bay"' told # the line runs, and can be ended
    is_locked
    run "$NAMEPLATE_DRIVE_BAY" station.conf T2-000001
    [ "$status" = 6 ] && [[ $output == *units.npj*"another process"* ]] || {
        echo "$output"
        return 1
    }
    kill $! && wait $!
    # the other way round, and twice in one process
    run python - <<'PROGRAM'
import subprocess, os
from nameplate_bay import Bay, BayError
with Bay("station.conf") as bay:
    other = subprocess.run([os.environ["NAMEPLATE_PROGRAM"], "station", "run", "--config",
                            "station.conf", "--once", "--serial", "T2-000001"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           env={"PATH": "/usr/bin:/bin"})
    assert other.returncode == 6 and "units.npj" in other.stderr, other.stderr
    try:
        Bay("station.conf")
        raise AssertionError("opened twice")
    except BayError as error:
        assert "units.npj" in str(error), error
Bay("station.conf").close()
print("free again")
PROGRAM
    [ "$status" = 0 ] && [ "$output" = "free again" ] || { echo "$output"; return 1; }
}

# killed_after LINES COMMAND...: a program that is killed when it has told so many events
killed_after() {
    local count=$1
    shift
    mkfifo told
    "$@" 2>told >/dev/null 3>&- &
    local pid=$!
    head -n "$count" <told >/dev/null
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    rm told
}

@test "a killed executive's unit goes on where it was, with the certificate that it has" {
    bay
    number=0
    points="3 10 13 16"
    [ -z "${NP_SOAK:-}" ] || points=$(seq 2 19)
    for events in $points; do
        number=$((number + 1))
        chip
        killed_after "$events" "$NAMEPLATE_DRIVE_BAY" station.conf "K-$number"
        # any other serial is not for this part, once it has a certificate
        gives 0 "PASS K-$number " in_c "K-$number"
        succeeds chip verify virtual:1.np --signer-cert acme.cert
    done
    succeeds record verify units.npj --key st07.pub
    [ "$(units 'select(.result == "pass") | .serial' | sort | uniq -d)" = "" ]
    [ "$(units 'select(.result == "pass") | .serial' | wc -l)" = "$number" ]
    # one certificate a key, in the lines of interrupted units as well: between its locks a chip
    # makes another key
    [ "$(units 'select(.cert_sha256 and .spki_sha256) | .spki_sha256 + " " + .cert_sha256' |
        sort -u | cut -d ' ' -f 1 | uniq -d)" = "" ]
}

@test "the same in Python, resumed by C" {
    bay
    drive=(python "$NAMEPLATE_EXAMPLES/python/nameplate_bay.py" station.conf)
    for events in 8 14; do
        chip
        mkfifo told
        (exec env ${NP_RUNTIME:+"LD_PRELOAD=$NP_RUNTIME"} ASAN_OPTIONS=detect_leaks=0 \
            NAMEPLATE_STATION_LIBRARY="$NAMEPLATE_STATION_LIBRARY" \
            python3 "${drive[1]}" station.conf "P-$events") 2>told >/dev/null 3>&- &
        pid=$!
        head -n "$events" <told >/dev/null
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        rm told
        gives 0 "PASS P-$events " in_c "P-$events"
    done
    succeeds record verify units.npj --key st07.pub
}

@test "step by step in Python: a descriptor, patterns, cancelling, a configuration as text" {
    bay
    run python - <<'PROGRAM'
import select
from nameplate_bay import Bay, BayError

def refused(call, word):
    try:
        call()
    except BayError as error:
        assert word in str(error), error
        return error
    raise AssertionError(f"not refused: {word}")

text = open("station.conf").read()
refused(lambda: Bay(), "either")
refused(lambda: Bay("no.conf"), "no.conf")
assert "configuration:1" in str(refused(lambda: Bay(text="nonsense"), "configuration"))
refused(lambda: Bay("station.conf", bay="7"), "no bay '7'")
with Bay(text=text + '\nproduct { serial = "T2-{6}" first = 7 }\n', bay="1", operator="Jo") as bay:
    assert bay.fileno() == -1 and bay.is_done
    refused(bay.end, "no unit")
    bay.begin()
    refused(bay.begin, "in work")
    events = []
    while not bay.is_done:
        assert select.select([bay], [], [], 60)[0]
        events += bay.events()
    first = bay.end()
    assert first.passed and first.serial == "T2-000007" and first.action == "make", first
    assert events[-1]["event"] == "stopped" and len(first.certificate) > 300
    # a serial that is given is ahead of the pattern
    again = bay.run("T2-000007")
    assert again.action == "confirm" and again.certificate == first.certificate
with Bay("station.conf") as bay:
    refused(bay.begin, "serial is missing")
    assert refused(lambda: bay.run("x" * 65), "").code != 0
    bay.cancel()  # nothing is in work
    assert bay.run("T2-000007").action == "confirm"
print("done")
PROGRAM
    [ "$status" = 0 ] && [ "$output" = "done" ] || { echo "$output"; return 1; }
    [ "$(units .operator)" = Jo ]
}

@test "station faults in a row stop the bay until somebody has looked" {
    bay 'policy { poll_ms = 10 stop_after = 2 retries = 0 }'
    mv 1.np there
    run python - <<'PROGRAM'
import os
from nameplate_bay import Bay, BayError
with Bay("station.conf") as bay:
    assert [bay.run("S-1").verdict for _ in range(2)] == ["STATION", "STATION"]
    os.rename("there", "1.np")
    try:
        bay.run("S-1")
        raise AssertionError("begun")
    except BayError as error:
        assert "2 station faults" in str(error), error
    bay.resume()
    assert bay.run("S-1").passed
print("done")
PROGRAM
    [ "$status" = 0 ] && [ "$output" = "done" ] || { echo "$output"; return 1; }
}

@test "a secret that no file has is asked of nobody" {
    bay
    openssl ec -aes128 -passout pass:horse -in acme.key -out locked.key 2>/dev/null
    sed -i 's/acme.key/locked.key/' station.conf
    run setsid "$NAMEPLATE_DRIVE_BAY" station.conf A-1
    [ "$status" = 2 ] && [[ $output == *"passphrase of locked.key"*passphrase_file* ]] || {
        echo "$output"
        return 1
    }
    (umask 077 && echo horse >pass)
    sed -i 's/key = "locked.key"/key = "locked.key" passphrase_file = "pass"/' station.conf
    gives 0 "PASS A-1 make" in_c A-1
}

# htf MODULE: the plug's test with a framework of this name, for the outcomes
htf() {
    bay
    plug() { python "$NAMEPLATE_EXAMPLES/python/openhtf_bay.py" station.conf "$@" 2>>events; }
    run plug T2-000017
    [ "$status" = 0 ] || { cat events; return 1; }
    [ "$(jq -r .framework <<<"$output")" = "$1" ]
    [ "$(jq -r '.outcome + " " + .measurements.verdict' <<<"$output")" = "PASS PASS" ]
    [ "$(jq -r .measurements.fingerprint <<<"$output")" = "$(units .cert_sha256)" ]
    run plug T2-000018
    [ "$status" = 1 ]
    [ "$(jq -r '.outcome + " " + .measurements.verdict' <<<"$output")" = "FAIL POLICY" ]
    rm 1.np
    run plug T2-000019
    [ "$status" = 1 ] && [ "$(jq -r .outcome <<<"$output")" = ERROR ]
    succeeds record verify units.npj --key st07.pub
}

@test "an OpenHTF plug: PASS, FAIL, and ERROR for a station in trouble (the shim)" {
    # the real one is hidden
    mkdir hide
    echo 'raise ImportError' >hide/openhtf.py
    python() {
        env ${NP_RUNTIME:+"LD_PRELOAD=$NP_RUNTIME"} ASAN_OPTIONS=detect_leaks=0 \
            PYTHONPATH="$PWD/hide" PYTHONDONTWRITEBYTECODE=1 \
            NAMEPLATE_STATION_LIBRARY="$NAMEPLATE_STATION_LIBRARY" python3 "$@"
    }
    htf openhtf_shim
}

@test "the same with openhtf itself" {
    python3 -c 'import openhtf' 2>/dev/null || skip "openhtf is not installed"
    htf openhtf
}
