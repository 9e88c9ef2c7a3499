# shellcheck shell=bash
# shellcheck disable=SC2034 # tests use what is set here
# What tests of the management API share: a gateway, tokens, and calls by curl.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=${NAMEPLATE_TEST_POSTGRES:-sqlite:$PWD/fleet.db}
    n=$BATS_TEST_NUMBER
    org=acme$n
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key \
        -out server.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
}

teardown() {
    # shellcheck disable=SC2046 # one word each
    kill $(cat ./*.pid 2>/dev/null) 2>/dev/null || true
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

# configure LINES...: of the management block; plain HTTP on a loopback port unless they say more
configure() {
    {
        printf '%s\n' 'certificate = "server.pem"' 'key = "server.key"' 'listen "127.0.0.1:0" {}'
        printf '%s\n' 'management {' "$@"
        [[ "$*" == *listen* ]] || echo 'listen = "127.0.0.1:0"'
        echo '}'
    } >gateway.conf
}

start() {
    : >log
    "$NAMEPLATE_PROGRAM" gateway run --config gateway.conf --json 2>log 3>&- &
    echo $! >gateway.pid
    until_true has_event '.event == "managing"'
    address=$(events | jq -r 'select(.event == "managing").text' | head -n 1)
    base=http://$address
}

stop() {
    kill "$(cat gateway.pid)"
    wait "$(cat gateway.pid)"
}

# token NAME ROLE [OPTIONS...]: into $NAME
token() {
    local name=$1 role=$2
    shift 2
    printf -v "$name" %s "$(nameplate registry token add "$name$n" --role "$role" "$@" 2>/dev/null)"
}

# api TOKEN METHOD PATH [OPTIONS...]: the body of the answer; its status in the file `status`
api() {
    local token=$1 method=$2 path=$3
    shift 3
    curl -sS -X "$method" -H "Authorization: Bearer $token" -o body -w '%{http_code}' "$@" \
        "$base$path" >status || return
    cat body
}

status_is() {
    [ "$(cat status)" = "$1" ] || { cat status body >&2; return 1; }
}

# json TOKEN METHOD PATH BODY [OPTIONS...]
json() {
    local token=$1 method=$2 path=$3 body=$4
    shift 4
    api "$token" "$method" "$path" -H 'Content-Type: application/json' -d "$body" "$@"
}

# is FILTER [ARGUMENTS...]: of the last answer
is() {
    jq -e "$@" body >/dev/null || { cat status body >&2; return 1; }
}

# certificate FILE: as a text of JSON
certificate() {
    jq -Rs . "$1"
}
