# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # tests use what is set here; run sets output and status
# What the tests of a front door share: a registry, a gateway that runs, and devices that ask. The
# registry is a file, or a database on a server where $NAMEPLATE_TEST_POSTGRES names one.
load helper

# A registry with the signer of an organisation of this test, and two of his devices.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=${NAMEPLATE_TEST_POSTGRES:-sqlite:$PWD/fleet.db}
    org=acme$BATS_TEST_NUMBER
    nameplate signer create acme --years 5
    for name in N1 N2; do
        nameplate device create $name --signer-cert acme.cert --signer-key acme.key
    done
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key \
        -out server.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
} >/dev/null

teardown() {
    # shellcheck disable=SC2046 # one word each
    kill $(cat ./*.pid 2>/dev/null) 2>/dev/null || true
}

register() {
    nameplate registry ca add acme.cert --org "$org" --trusted --jitp product=t >/dev/null
}

# Waits, in steps, until the command succeeds; a test that waits for ever is ended by its runner.
until_true() {
    until "$@" >/dev/null 2>&1; do sleep 0.02; done
}

# The log's own lines: a sanitizer may have some besides.
events() {
    grep '^{' log
}

has_event() {
    events | jq -e "select($1)" | grep -q .
}

# configure LINES...: one listener on a port that the system chooses, unless the lines have one
configure() {
    printf '%s\n' 'certificate = "server.pem"' 'key = "server.key"' "$@" >gateway.conf
    [[ "$*" == *listen* ]] || echo 'listen "127.0.0.1:0" {}' >>gateway.conf
}

start() {
    : >log # that of the one before has an address too
    "$NAMEPLATE_PROGRAM" gateway run --config gateway.conf --json 2>log 3>&- &
    echo $! >gateway.pid
    until_true has_event '.event == "listening"'
    address=$(events | jq -r 'select(.event == "listening").text' | head -n 1)
}

stop() {
    kill "$(cat gateway.pid)"
    wait "$(cat gateway.pid)"
}

# ask NAME PATH [OPTIONS...]
ask() {
    local name=$1 path=$2
    shift 2
    curl -sS --cacert server.pem --cert "$name.cert" --key "$name.key" "$@" "https://$address$path"
}

# Opens a connection of N1 that stays, with its ticket: its number in $client, what it hears in out.
stay() {
    rm -f in out session
    mkfifo in
    timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
        -key N1.key -ign_eof -sess_out session <in >out 2>&1 &
    client=$!
    exec 8>in
    printf 'GET /v1/me HTTP/1.1\r\n\r\n' >&8
    until_true grep -q '"identifier":"N1"' out
}

# hears TEXT: what the device hears that would resume its session
hears() {
    run timeout 20 openssl s_client -connect "$address" -CAfile server.pem -cert N1.cert \
        -key N1.key -ign_eof -sess_in session </dev/null
    [[ $output = *"$1"* ]]
}

# N1 is known, N2 would be created.
know_one() {
    register
    { echo identifier,certificate; printf 'N1,"%s"\n' "$(cat N1.cert)"; } >known.csv
    nameplate registry import known.csv --org "$org" >/dev/null
}

is_refused() {
    ! ask "$1" /v1/me >/dev/null 2>&1
}

comes_in() {
    ask "$1" /v1/me | jq -e ".identifier == \"$1\""
}
