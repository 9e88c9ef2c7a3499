# shellcheck shell=bash
# A factory, a device and the others: what the tests with other people's programs meet in. Everything
# is made by the product itself and by openssl, in a folder of its own, on loopback. Nothing waits for
# a fixed time: `until_true` asks again until something is so, for at most LAB_PATIENCE seconds.
#
#   lab_begin            the folder, entered; everything ends when the script ends
#   lab_chips            two devices: ours, and an impostor, whose chip has the same serial, and a key
#                        that nobody has certified for this device
#   lab_serve ours       which of them is on the socket kit.socket
#   lab_authorities      the certificate authority of the servers, and a server's certificate
#   lab_peer NAME        tls, mqtt, ssh, vpn, wifi: a peer that wants to see a client certificate
LAB_PATIENCE=60
HOST=localhost

# Runs a command until it succeeds. A busy machine is slow, but a second has 20 questions.
until_true() {
    local deadline=$((SECONDS + LAB_PATIENCE))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || { echo "in vain: $*" >&2; return 1; }
        sleep 0.05
    done
}

# shellcheck disable=SC2317 # the trap calls it
lab_end() {
    local pid
    for pid in "$LAB"/children/* "$LAB"/here/*.pid; do
        if [ -s "$pid" ]; then kill "$(cat "$pid")" 2>/dev/null || true; fi
    done
    wait
    rm -rf "$LAB"
}

lab_begin() {
    LAB=$(mktemp -d)
    trap lab_end EXIT
    mkdir "$LAB/here" "$LAB/cache" "$LAB/peers" "$LAB/children"
    cd "$LAB/here" || return 1
    unset OPENSSL_CONF SSL_CERT_FILE SSL_CERT_DIR PKCS11_PROVIDER_MODULE
    export LC_ALL=C.UTF-8 HOME=$LAB NAMEPLATE_CACHE=$LAB/cache
    export NAMEPLATE_CHIP=unix:$LAB/here/kit.socket
}

# ends_with_lab PID
ends_with_lab() {
    echo "$1" >"$LAB/children/$1"
}

# make_device NAME SERIAL: its signer, its chip, provisioned.
make_device() {
    mkdir "$LAB/$1"
    (
        cd "$LAB/$1" || exit 1
        "$NAMEPLATE" signer create factory --years 10 >/dev/null
        "$NAMEPLATE" virtual create kit.chip --model atecc608b --chip-serial "$2" >/dev/null
        "$NAMEPLATE" chip provision virtual:kit.chip --signer-cert factory.cert \
            --signer-key factory.key --serial N1234 --yes >/dev/null 2>&1
        "$NAMEPLATE" chip cert virtual:kit.chip >device.pem
        "$NAMEPLATE" chip cert virtual:kit.chip --chain >chain.pem
    )
}

lab_chips() {
    make_device ours 0123a1b2c3d4e5f6ee
    make_device impostor 0123a1b2c3d4e5f6ee
    cp "$LAB"/ours/{device,chain}.pem .
    cp "$LAB/ours/factory.cert" signer.pem
}

# lab_serve NAME: a device's chip, in the place of another. Its time is LAB_TIME, otherwise zero.
lab_serve() {
    lab_unserve
    [ -p "$LAB/ready" ] || mkfifo "$LAB/ready"
    "$NAMEPLATE" virtual serve "$LAB/$1/kit.chip" --socket kit.socket --time "${LAB_TIME:-zero}" \
        >"$LAB/ready" 2>"$LAB/serve.log" &
    echo $! >"$LAB/children/server"
    read -r _ <"$LAB/ready"
    [ -S kit.socket ]
}

lab_unserve() {
    if [ -e "$LAB/children/server" ]; then
        local server
        server=$(cat "$LAB/children/server")
        kill "$server"
        wait "$server" 2>/dev/null || true # it may be another shell's child
        rm "$LAB/children/server"
        until_true test ! -e kit.socket
        # gone whole: its end of "ready" must not be taken for the next one's
        until_true test ! -e "/proc/$server/fd/1"
    fi
}

# The served chip's numbers: Nonce, Sign, Random, and all other commands.
lab_counts() {
    "$NAMEPLATE" virtual counts "unix:$LAB/here/kit.socket" --json |
        jq -r '.commands | "\(.Nonce) \(.Sign) \(.Random) \(([.[]] | add) - .Nonce - .Sign - .Random)"'
}

# issue NAME SUBJECT EXTENSION: NAME.csr signed by the servers' authority.
issue() {
    printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth' \
        'keyUsage=digitalSignature' >"$LAB/extensions"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
        -extfile "$LAB/extensions" -out "$1.pem" 2>/dev/null
}

lab_authorities() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=servers \
        -keyout ca.key -out ca.pem -days 30 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
        -keyout server.key -out server.csr 2>/dev/null
    issue server
    cat ca.pem signer.pem >both.pem
}

# A port that nobody listens at. Another process may take it before it is used: callers try again.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

is_listening() {
    (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null
}

# start_at LOG COMMAND...: in the background, at a free port that @PORT@ stands for in the command and
# in the file named by `config`; returns when it listens there. The port is in $port.
start_at() {
    local log=$1 child try line
    shift
    for try in 1 2 3; do
        port=${port:-$(free_port)}
        line=("${@//@PORT@/$port}")
        if [ -n "${config:-}" ]; then sed "s/@PORT@/$port/g" "$config" >"$config.at"; fi
        : >"$log"
        "${line[@]}" >>"$log" 2>&1 &
        child=$!
        if until_true "${is_up:-is_up}" "$child" && kill -0 "$child" 2>/dev/null; then
            ends_with_lab "$child"
            echo "$child" >"${log%.log}.pid"
            return 0
        fi
        echo "try $try: $(tail -n 2 "$log")" >&2
        port=
    done
    return 1
}

# Listening, or dead: then nobody needs to wait.
is_up() {
    ! kill -0 "$1" 2>/dev/null || is_listening "$port"
}

# What wants to see a certificate of our signer. A peer's log is $LAB/peers/NAME.log.
peer_tls() {
    start_at "$LAB/peers/tls.log" openssl s_server -accept 127.0.0.1:@PORT@ -www -Verify 4 \
        -verify_return_error -no_ticket -no_cache -CAfile signer.pem -cert server.pem -key server.key
}

peer_mqtt() {
    config=$LAB/peers/mosquitto.conf
    cat >"$config" <<CONF
listener @PORT@ 127.0.0.1
cafile $PWD/signer.pem
certfile $PWD/server.pem
keyfile $PWD/server.key
require_certificate true
use_identity_as_username true
user $(id -un)
log_type all
CONF
    start_at "$LAB/peers/mqtt.log" mosquitto -c "$config.at"
}

# Runs as root or as whoever tests; then only that user can log in.
peer_ssh() {
    if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi
    rm -f "$LAB/peers/host"
    ssh-keygen -q -t ed25519 -N '' -f "$LAB/peers/host"
    openssl x509 -in device.pem -pubkey -noout >"$LAB/peers/device.pub"
    ssh-keygen -i -m PKCS8 -f "$LAB/peers/device.pub" >"$LAB/peers/authorized"
    config=$LAB/peers/sshd.conf
    cat >"$config" <<CONF
Port @PORT@
ListenAddress 127.0.0.1
HostKey $LAB/peers/host
AuthorizedKeysFile $LAB/peers/authorized
AuthenticationMethods publickey
PermitRootLogin prohibit-password
PidFile none
UsePAM no
StrictModes no
LogLevel VERBOSE
CONF
    start_at "$LAB/peers/ssh.log" /usr/sbin/sshd -D -e -f "$config.at"
    sed "s/^/[localhost]:$port /" "$LAB/peers/host.pub" >known_hosts
}

# For one tunnel; the next one asks for another server.
peer_vpn() {
    local is_up=is_bound
    start_at "$LAB/peers/vpn.log" openvpn --dev null --proto udp --local 127.0.0.1 --lport @PORT@ \
        --tls-server --dh none --ca signer.pem --cert server.pem --key server.key --ifconfig-noexec
}

# shellcheck disable=SC2317 # start_at calls it
is_bound() {
    ! kill -0 "$1" 2>/dev/null || grep -qs 'link local (bound)' "$LAB/peers/vpn.log"
}

peer_wifi() {
    local is_up=is_enabled
    config=$LAB/peers/hostapd.conf
    printf '* TLS\n' >"$LAB/peers/users"
    printf '127.0.0.1 secret\n' >"$LAB/peers/clients"
    cat >"$config" <<CONF
interface=lo
driver=none
logger_stdout=-1
logger_stdout_level=1
ieee8021x=1
eap_server=1
eap_user_file=$LAB/peers/users
ca_cert=$PWD/signer.pem
server_cert=$PWD/server.pem
private_key=$PWD/server.key
radius_server_clients=$LAB/peers/clients
radius_server_auth_port=@PORT@
CONF
    start_at "$LAB/peers/wifi.log" /usr/sbin/hostapd "$config.at"
}

# shellcheck disable=SC2317 # start_at calls it
is_enabled() {
    ! kill -0 "$1" 2>/dev/null || grep -qs 'AP-ENABLED' "$LAB/peers/wifi.log"
}

declare -A lab_ports

# lab_peer NAME: started when it is first asked for; its port in $PORT, its log in $peer_log.
lab_peer() {
    local config=
    if [ "$1" = vpn ]; then lab_forget vpn; fi
    # shellcheck disable=SC2034 # for who asks
    peer_log=$LAB/peers/$1.log
    local port=${lab_ports[$1]:-}
    if [ ! -e "$LAB/peers/$1.pid" ]; then
        "peer_$1"
        lab_ports[$1]=$port
    fi
    PORT=${lab_ports[$1]}
    export HOST PORT
}

# lab_port NAME: a port for a server that the test itself starts; in $PORT.
lab_port() {
    if [ -z "${lab_ports[$1]:-}" ]; then
        "${BASH_SOURCE%/*}/../support/hold_port" "$LAB/$1.port" &
        ends_with_lab $!
        until_true test -e "$LAB/$1.port"
        lab_ports[$1]=$(cat "$LAB/$1.port")
    fi
    PORT=${lab_ports[$1]}
    export HOST PORT
}

# lab_forget NAME: the peer is started anew, at its old port, when it is asked for again.
lab_forget() {
    if [ -e "$LAB/peers/$1.pid" ]; then
        local peer
        peer=$(cat "$LAB/peers/$1.pid")
        kill "$peer" 2>/dev/null || true
        # its last words would stand in the log of the next one
        wait "$peer" 2>/dev/null || true
        rm "$LAB/peers/$1.pid"
    fi
}

tap_count=0
tap_failed=0

# tap_result WORDS STATUS: what was run is in $LAB/block, what was said in $LAB/output and $LAB/heard.
tap_result() {
    tap_count=$((tap_count + 1))
    if [ "$2" = 0 ]; then
        echo "ok $tap_count - $1"
        return
    fi
    tap_failed=1
    echo "not ok $tap_count - $1"
    cat "$LAB"/{block,output,heard} 2>/dev/null | tail -n 60 | sed 's/^/# /'
}

# has NEED: a program, or one of the things with other names; what is missing is in $missing.
has() {
    case $1 in
    engine)
        missing=libengine-pkcs11-openssl
        openssl engine pkcs11 >/dev/null 2>&1
        ;;
    PyKCS11)
        missing=python3-pykcs11
        /usr/bin/python3 -c 'import PyKCS11' 2>/dev/null
        ;;
    p11-kit-client)
        missing=p11-kit-modules
        [ -e "/usr/lib/$(uname -m)-linux-gnu/pkcs11/p11-kit-client.so" ]
        ;;
    registration) # a view of /usr/share of its own
        missing="unshare (or the right to use it)"
        unshare --mount --map-root-user true 2>/dev/null
        ;;
    *)
        missing=$1
        PATH=$PATH:/usr/sbin command -v "$1" >/dev/null
        ;;
    esac
}

# tap_has_all WORDS NEEDS...: false, with a result, when something is not there.
tap_has_all() {
    local words=$1 missing need
    shift
    for need in "$@"; do
        if ! has "$need"; then
            tap_count=$((tap_count + 1))
            echo "ok $tap_count - $words # SKIP $missing is not installed"
            return 1
        fi
    done
}

tap_end() {
    echo "1..$tap_count"
    exit "$tap_failed"
}
