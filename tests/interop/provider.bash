# shellcheck shell=bash
# shellcheck disable=SC2154 # run and coproc set variables
# What the tests of the OpenSSL provider share: a device whose chip is a file or is served, the
# configurations that activate the provider, and peers that want to see a client certificate.
load ../cli/helper

PROVIDERS=(-provider default -provider nameplate)
REVERSED=(-provider nameplate -provider default)

# configuration FILE PROVIDER...: an OPENSSL_CONF that activates these, in this order.
configuration() {
    local file=$1 name
    shift
    {
        printf 'openssl_conf = init\n[init]\nproviders = providers\n[providers]\n'
        printf '%s = active\n' "$@"
        printf '[active]\nactivate = 1\n'
        # what openssl req wants to find in every configuration
        printf '[req]\ndistinguished_name = name\n[name]\n'
    } >"$file"
}

# One device for all tests of a file: its signer, chip, certificates and key reference.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    make_signer acme
    make_chip kit.chip
    provision kit.chip --yes >/dev/null 2>&1
    nameplate chip cert virtual:kit.chip >device.pem
    nameplate chip cert virtual:kit.chip --signer >signer.pem
    cat device.pem signer.pem >chain.pem
    openssl x509 -in device.pem -noout -pubkey >device.pub
    configuration default-first.cnf default nameplate
    configuration nameplate-first.cnf nameplate default
    configuration without.cnf default
}

# What setup does for all of them.
load_folder() {
    cd "$BATS_TEST_TMPDIR" || return 1
    cp "$BATS_FILE_TMPDIR"/* . 2>/dev/null || true
    unset NAMEPLATE_CHIP OPENSSL_CONF
    export LC_ALL=C.UTF-8 NAMEPLATE_CACHE=''
    export OPENSSL_MODULES=${NAMEPLATE_PROVIDER%/*}
    children=()
}

setup() {
    load_folder
}

teardown() {
    local child
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
    done
    wait
}

openssl() {
    command ${NAMEPLATE_OPENSSL:-openssl} "$@"
}

# Asks again until it is so; a busy machine is slow.
until_true() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || { echo "in vain: $*"; return 1; }
        sleep 0.05
    done
}

# serve_chip FILE: at kit.socket, in the place of another; its time costs nothing.
serve_chip() {
    if [ -n "${chip_server:-}" ]; then
        kill "$chip_server"
        until_true test ! -e kit.socket
    fi
    : >serve.log
    "$NAMEPLATE_PROGRAM" virtual serve "$1" --socket kit.socket --time zero >serve.log 2>&1 3>&- &
    chip_server=$!
    children+=("$chip_server")
    until_true grep -q socket: serve.log
}

# A second chip at other.chip, provisioned by the same signer: other_chip CHIP-SERIAL
other_chip() {
    nameplate virtual create other.chip --model atecc608b --chip-serial "$1" >/dev/null
    provision other.chip --yes >/dev/null 2>&1
}

# Nonce and Sign commands of the served chip so far.
signatures() {
    nameplate virtual counts unix:kit.socket --json | jq -r '.commands | "\(.Nonce) \(.Sign)"'
}

# costs NUMBER COMMAND...: this many Nonce and Sign commands, which the command must not fail for.
costs() {
    local number=$1 nonce sign before_nonce before_sign
    shift
    read -r before_nonce before_sign < <(signatures)
    "$@" || { echo "status $?: $*"; return 1; }
    read -r nonce sign < <(signatures)
    [ "$((nonce - before_nonce)) $((sign - before_sign))" = "$number $number" ] || {
        echo "Nonce $((nonce - before_nonce)), Sign $((sign - before_sign)) instead of $number: $*"
        return 1
    }
}

# A server's authority and certificate, both soft: ca.pem, server.pem, server.key.
make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=servers \
        -keyout ca.key -out ca.pem -days 30 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
        -keyout server.key -out server.csr 2>/dev/null
    issue server
}

# issue NAME: NAME.csr becomes NAME.pem, for a server on this machine.
issue() {
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile \
        <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n') \
        -out "$1.pem" 2>/dev/null
}

# in_background LOG COMMAND...
in_background() {
    local log=$1
    shift
    : >"$log" # of an earlier one: nobody may take its words for this one's
    "$@" >>"$log" 2>&1 3>&- &
    children+=("$!")
}

# s_server LOG OPTIONS...: openssl's server at a free port, which is in $port.
s_server() {
    local log=$1
    shift
    in_background "$log" env ${SERVER_CONF:+OPENSSL_CONF=$SERVER_CONF} \
        ${NAMEPLATE_OPENSSL:-openssl} s_server -accept 127.0.0.1:0 -www "$@"
    until_true grep -q '^ACCEPT 127' "$log"
    port=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$log")
}

# A server that lets in who has a certificate of our signer.
strict_server() {
    s_server peer.log -Verify 4 -verify_return_error -CAfile signer.pem -cert server.pem \
        -key server.key "$@"
}

# A page of s_server tells whom it has seen.
is_welcome() {
    grep -q 'Client certificate' "$1" && grep -q "Subject: CN *= *$(subject)" "$1"
}

subject() {
    openssl x509 -in device.pem -noout -subject -nameopt multiline | sed -n 's/.*commonName *= //p'
}

# A port for a server of this test, in $port.
hold_port() {
    rm -f port
    in_background port.log "$BATS_TEST_DIRNAME/../support/hold_port" port
    until_true test -e port
    port=$(cat port)
}

# Asks the kernel: a connection would be a handshake to some of them.
is_listening() {
    grep -q ": 0100007F:$(printf %04X "$1") 00000000:0000 0A " /proc/net/tcp
}

# needs PROGRAM...: skips the test, by name, where one is not installed.
needs() {
    local program
    for program in "$@"; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "$program is not installed"
    done
}
