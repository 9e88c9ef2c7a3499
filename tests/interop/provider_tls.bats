#!/usr/bin/env bats
# TLS with the key in a served chip: client logins and servers, of programs that know nothing of
# chips. Each full handshake costs one Nonce and one Sign, by the chip's own counters.
load provider

setup() {
    load_folder
    serve_chip kit.chip
    nameplate chip key-reference unix:kit.socket >key.pem
    make_authority
    cat ca.pem signer.pem >both.pem
    export OPENSSL_CONF=$PWD/default-first.cnf
}

# get OPTIONS...: one page from the server at $port, as page.
get() {
    printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem \
        -verify_return_error -quiet "$@" >page 2>client.log
}

# A login: the page tells who came.
login() {
    get -cert device.pem -key key.pem "$@" && is_welcome page
}

# The server saw no certificate that it believes, or none at all.
is_refused() {
    ! login "$@"
}

@test "a client logs in by TLS 1.2 and 1.3, in either order of the providers" {
    strict_server
    for order in default-first nameplate-first; do
        export OPENSSL_CONF=$PWD/$order.cnf
        costs 1 login -tls1_2
        costs 1 login -tls1_3
    done
    unset OPENSSL_CONF
    costs 1 login "${PROVIDERS[@]}"
    costs 1 login "${REVERSED[@]}"
}

@test "a client takes key and certificates from the store" {
    strict_server
    costs 1 get -cert nameplate:unix:kit.socket -key nameplate:unix:kit.socket \
        -cert_chain nameplate:unix:kit.socket
    is_welcome page
}

@test "a session that is resumed costs no signature" {
    strict_server
    costs 1 login -tls1_2 -sess_out session
    costs 0 login -tls1_2 -sess_in session
}

@test "another chip in its place is noticed before it signs" {
    strict_server
    costs 1 login
    other_chip 0123aabbccddeeffee
    serve_chip other.chip
    costs 0 is_refused
    grep -q "another chip is there than the one that was meant" client.log
    grep -q "the chip is 0123aabbccddeeffee" client.log
}

@test "another key in the same chip is refused by the peer" {
    strict_server
    other_chip 0123a1b2c3d4e5f6ee
    serve_chip other.chip
    costs 1 is_refused
    grep -qi "alert" client.log
}

cat_python() {
    cat >login.py <<'PYTHON'
import socket, ssl, sys
context = ssl.create_default_context(cafile="ca.pem")
context.load_cert_chain("chain.pem", "key.pem")
for _ in range(int(sys.argv[2])):
    with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))),
                             server_hostname="localhost") as peer:
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with peer.makefile("rb") as page:
            sys.stdout.buffer.write(page.read())
PYTHON
}

python_login() {
    python3 login.py "$port" "$1" >page 2>python.log
}

# What the served chip was asked for besides signing.
other_commands() {
    nameplate virtual counts unix:kit.socket --json |
        jq '.commands | ([.[]] | add) - .Nonce - .Sign'
}

@test "a process that comes after another asks for the chip serial and signs" {
    export NAMEPLATE_CACHE=$PWD/cache
    strict_server
    before=$(other_commands)
    costs 1 login
    first=$(other_commands)
    [ "$((first - before))" -le 17 ]
    costs 1 login
    [ "$(other_commands)" = "$((first + 1))" ]
    ls cache/0123a1b2c3d4e5f6ee*
}

@test "a process reads the chip once, however often it signs" {
    cat_python
    strict_server
    before=$(other_commands)
    costs 5 python_login 5
    [ "$(($(other_commands) - before))" -le 17 ]
}

# chip_server OPTIONS...: openssl's server with a key of the chip, at $port.
chip_server() {
    openssl req -new -key key.pem -subj /CN=localhost -out web.csr
    OPENSSL_CONF=$PWD/without.cnf issue web
    SERVER_CONF=$OPENSSL_CONF s_server server.log -cert web.pem -key key.pem "$@"
}

@test "a server has its key in the chip, by TLS 1.2 and 1.3" {
    for order in default-first nameplate-first; do
        export OPENSSL_CONF=$PWD/$order.cnf
        chip_server
        export OPENSSL_CONF=$PWD/without.cnf
        for version in tls1_2 tls1_3; do
            costs 1 get -$version
            grep -q "HTTP/1.0 200" page
            costs 1 get -$version -groups P-256
        done
        kill "${children[-1]}"
    done
}

@test "client and server share one chip" {
    chip_server -Verify 4 -verify_return_error -CAfile signer.pem
    costs 2 login
}

@test "curl logs in with the key reference as its key" {
    needs curl
    strict_server
    for version in 1.2 1.3; do
        costs 1 curl -sS -o page "--tlsv$version" --tls-max "$version" --cacert ca.pem \
            --cert device.pem --key key.pem "https://localhost:$port/"
        is_welcome page
        costs 1 curl -sS -o page --cacert ca.pem --cert chain.pem --key key.pem \
            "https://localhost:$port/"
        is_welcome page
    done
    other_chip 0123a1b2c3d4e5f6ee
    serve_chip other.chip
    run curl -sS --cacert ca.pem --cert device.pem --key key.pem "https://localhost:$port/"
    [ "$status" != 0 ]
}

@test "Python's ssl logs in, as often as it likes" {
    python3 -c 'import ssl; assert ssl.OPENSSL_VERSION_INFO >= (3, 0)' ||
        skip "Python has an older OpenSSL"
    cat_python
    strict_server
    costs 1 python_login 1
    is_welcome page
    costs 3 python_login 3
    [ "$(grep -c 'Client certificate' page)" = 3 ]
    other_chip 0123aabbccddeeffee
    serve_chip other.chip
    run python_login 1
    [ "$status" != 0 ]
    grep -q "ssl.SSLError" python.log
}

# nginx PORT: two workers, the key in the chip.
write_nginx() {
    mkdir -p nginx
    cat >nginx.conf <<NGINX
daemon off;
user $(id -un); # who may use the chip
worker_processes 2;
pid $PWD/nginx/pid;
error_log $PWD/nginx/error.log info;
events { worker_connections 32; }
http {
    access_log off;
    client_body_temp_path $PWD/nginx;
    proxy_temp_path $PWD/nginx;
    fastcgi_temp_path $PWD/nginx;
    uwsgi_temp_path $PWD/nginx;
    scgi_temp_path $PWD/nginx;
    server {
        listen 127.0.0.1:$1 ssl;
        ssl_certificate $PWD/web.pem;
        ssl_certificate_key $PWD/key.pem;
        ssl_session_cache off;
        ssl_session_tickets off;
        keepalive_timeout 0;
        location / { return 200 "worker \$pid\n"; }
    }
}
NGINX
}

ask_nginx() {
    OPENSSL_CONF=$PWD/without.cnf curl -sS --cacert ca.pem "https://localhost:$port/"
}

# Until both workers have signed: the kernel decides who answers.
ask_both_workers() {
    for _ in {1..10}; do
        ask_nginx >>answers
    done
    [ "$(sort -u answers | wc -l)" = 2 ]
}

@test "nginx serves with the key in the chip, in every worker" {
    needs nginx curl
    openssl req -new -key key.pem -subj /CN=localhost -out web.csr
    OPENSSL_CONF=$PWD/without.cnf issue web
    hold_port
    write_nginx "$port"
    in_background nginx.log env PATH="$PATH:/usr/sbin" \
        nginx -e "$PWD/nginx/early.log" -c "$PWD/nginx.conf"
    until_true is_listening "$port"
    ask_nginx >answers
    costs 10 eval 'for i in {1..10}; do ask_nginx >>answers; done'
    until_true ask_both_workers
    other_chip 0123a1b2c3d4e5f6ee
    serve_chip other.chip
    run ask_nginx
    [ "$status" != 0 ]
}

publish() {
    mosquitto_pub -h localhost -p "$port" --cafile ca.pem --cert chain.pem --key key.pem \
        -t test -m hello -q 1
}

@test "mosquitto_pub logs in with a plain --key" {
    needs mosquitto mosquitto_pub
    hold_port
    cat >broker.conf <<BROKER
listener $port 127.0.0.1
cafile $PWD/signer.pem
certfile $PWD/server.pem
keyfile $PWD/server.key
require_certificate true
use_identity_as_username true
user $(id -un)
log_type all
BROKER
    in_background broker.log env OPENSSL_CONF="$PWD/without.cnf" PATH="$PATH:/usr/sbin" \
        mosquitto -c broker.conf
    until_true is_listening "$port"
    costs 1 publish
    grep -q "u'$(subject)'" broker.log
    other_chip 0123a1b2c3d4e5f6ee
    serve_chip other.chip
    run publish
    [ "$status" != 0 ]
}

@test "stunnel is a client with the key in the chip" {
    needs stunnel
    strict_server
    inner=$port
    hold_port
    cat >stunnel.conf <<STUNNEL
foreground = yes
pid =
[tunnel]
client = yes
sessionResume = no
accept = 127.0.0.1:$port
connect = 127.0.0.1:$inner
cert = $PWD/chain.pem
key = $PWD/key.pem
CAfile = $PWD/ca.pem
verifyChain = yes
STUNNEL
    in_background stunnel.log stunnel stunnel.conf
    until_true is_listening "$port"
    costs 1 curl -sS -o page "http://127.0.0.1:$port/"
    is_welcome page
    other_chip 0123a1b2c3d4e5f6ee
    serve_chip other.chip
    run curl -sS "http://127.0.0.1:$port/"
    [ "$status" != 0 ]
}
