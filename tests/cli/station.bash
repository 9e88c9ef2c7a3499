# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets output, stderr and status
# What the tests of a production line share: a configuration, bays with virtual parts in files.

teardown() {
    # shellcheck disable=SC2046 # one word each
    kill $(cat ./*.pid 2>/dev/null) 2>/dev/null || true
}

chips() {
    local number
    for number in "$@"; do
        nameplate virtual create "$number.np" --model atecc608b >/dev/null
    done
}

# line BAYS LINES...: a signer, a station, so many bays with a fresh chip each
line() {
    local bays=$1 number
    shift
    [ -e acme.cert ] || nameplate signer create acme --years 10 >/dev/null
    [ -e st07.key ] || nameplate station key create st07 >/dev/null
    printf '%s\n' 'key = "st07.key"' 'record = "units.npj"' \
        'signer { certificate = "acme.cert" key = "acme.key" }' "$@" >station.conf
    [[ "$*" == *product* ]] || echo 'product { serial = "T2-{6}" name = "tracker" }' >>station.conf
    [[ "$*" == *policy* ]] || echo 'policy { poll_ms = 10 }' >>station.conf
    for number in $(seq "$bays"); do
        echo "bay \"$number\" { chip = \"virtual:$number.np\" }" >>station.conf
        [ -e "$number.np" ] || chips "$number"
    done
}

station() {
    local verb=$1
    shift
    nameplate station "$verb" --config station.conf "$@" </dev/null
}

# runs STATUS OPTIONS...
runs() {
    local expected=$1
    shift
    run --separate-stderr station run "$@"
    [ "$status" = "$expected" ] || {
        echo "status $status, not $expected: $output $stderr"
        return 1
    }
}

until_true() {
    until "$@" >/dev/null 2>&1; do sleep 0.02; done
}

# The lines of units, as jq sees them.
units() {
    grep '"kind":"unit"' units.npj | jq -r "$@"
}

happens() {
    until_true jq -es "any($1)" events
}

# modems LINES...: the same with a modem in each bay, and no chip
modems() {
    [ -e acme.cert ] || nameplate signer create acme --years 20 >/dev/null
    [ -e st07.key ] || nameplate station key create st07 >/dev/null
    for number in 1 2; do
        [ -e m$number.np ] || nameplate virtual create m$number.np --model nrf9160 >/dev/null
    done
    printf '%s\n' 'key = "st07.key"' 'record = "units.npj"' \
        'signer { certificate = "acme.cert" key = "acme.key" }' \
        'product { serial = "M-{4}" }' 'policy { poll_ms = 10 }' "$@" >station.conf
}
