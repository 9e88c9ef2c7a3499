#!/usr/bin/env bats
# Servers that are there already: nginx asks whether a device may come in, HAProxy and mosquitto are
# told who has. The registry is a file, or a database on a server where $NAMEPLATE_TEST_POSTGRES
# names one.
load gateway

# answered URL OPTIONS...: the status that curl gets, the body in the file body
answered() {
    local url=$1
    shift
    curl -sS --cacert server.pem -o body -w '%{http_code}' "$@" "$url"
}

# A port for a server of this test, in $port.
hold_port() {
    "$BATS_TEST_DIRNAME/../support/hold_port" port 3>&- &
    echo $! >port.pid
    until_true test -e port
    port=$(cat port)
}

# The management API with /v1/admit; its address in $api, a token in $token.
manage() {
    configure 'listen "127.0.0.1:0" {}' 'management { listen = "127.0.0.1:0" }'
    start
    until_true has_event '.event == "managing"'
    api=$(events | jq -r 'select(.event == "managing").text')
    token=$(nameplate registry token add "door$org" --role admit)
}

# nginx at $port, which asks for each request
run_nginx() {
    hold_port
    mkdir -p n
    cat >nginx.conf <<CONF
daemon off;
master_process off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $PWD/n/1;
    proxy_temp_path $PWD/n/2;
    fastcgi_temp_path $PWD/n/3;
    uwsgi_temp_path $PWD/n/4;
    scgi_temp_path $PWD/n/5;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $PWD/server.pem;
        ssl_certificate_key $PWD/server.key;
        ssl_verify_client optional_no_ca;
        location / {
            auth_request /admit;
            auth_request_set \$reason \$upstream_http_x_nameplate_reason;
            add_header X-Reason \$reason always;
            root $PWD/www;
        }
        location = /admit {
            internal;
            proxy_pass http://$api/v1/admit;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Authorization "Bearer $token";
            proxy_set_header X-Nameplate-Certificate \$ssl_client_escaped_cert;
            proxy_set_header X-Real-IP \$remote_addr;
        }
    }
}
CONF
    mkdir -p www
    echo welcome >www/hello
    nginx -e nginx.log -c "$PWD/nginx.conf" >nginx.out 2>&1 3>&- &
    echo $! >nginx-own.pid
    until_true curl -sk "https://127.0.0.1:$port/hello" -o /dev/null
}

# through NAME: what nginx answers a device with this certificate and key
through() {
    answered "https://127.0.0.1:$port/hello" --cert "$1" --key "$2" -D head
}

# is_refused REASON FILTER: a refusal is on record
is_refused() {
    nameplate registry refused list --json |
        jq -e ".refusals[] | select(.reason == \"$1\") | select($2)"
}

reason_is() {
    grep -qi "^x-reason: $1" head || { cat head; return 1; }
}

@test "a front door is answered by a status and a reason, by GET and by POST, and records" {
    manage
    # ask_api OPTIONS...: the status; head has the headers
    ask_api() {
        answered "http://$api/v1/admit" -H "Authorization: Bearer $token" -D head "$@"
    }
    header() {
        tr -d '\r' <./head | grep -i "^x-nameplate-$1:" | cut -d ' ' -f 2
    }
    escaped=$(jq -Rsr @uri N1.cert)
    [ "$(ask_api)" = 401 ]
    [ "$(header reason)" = no_certificate ]
    [ "$(ask_api -H "X-Nameplate-Certificate: $escaped")" = 403 ]
    [ "$(header reason)" = unknown_ca ]
    [ "$(jq -r .reason body)" = unknown_ca ]
    until_true is_refused unknown_ca '.identifier == "N1" and .subject == "CN=N1"'
    until_true is_refused no_certificate '.fingerprint == null'
    register
    [ "$(ask_api -H "X-Nameplate-Certificate: $escaped")" = 204 ]
    [ "$(header reason) $(header organisation) $(header identifier)" = "jitp_created $org N1" ]
    [ "$(ask_api -H "X-Nameplate-Certificate: $escaped")" = 204 ]
    [ "$(header reason)" = known ]
    nameplate registry device show N1 --org "$org" --json | jq -e '.device.certificates == 1'
    cat N2.cert acme.cert >chain.pem
    [ "$(ask_api --data-binary @chain.pem)" = 204 ]
    [ "$(header identifier)" = N2 ]
    [ "$(ask_api --data-binary nonsense)" = 403 ]
    [ "$(header reason)" = malformed ]
    until_true is_refused malformed '.fingerprint != null and .identifier == ""'
    [ "$(ask_api -H 'X-Nameplate-Certificate: %zz')" = 403 ]
    [ "$(header reason)" = malformed ]
    for _ in 1 2 3 4 5 6 7 8 9; do cat N1.cert; done >many.pem
    [ "$(ask_api --data-binary @many.pem)" = 403 ]
    nameplate registry device block N1 --org "$org"
    [ "$(ask_api -H "X-Nameplate-Certificate: $escaped")" = 403 ]
    [ "$(header reason)" = blocked ]
    # who asks must be allowed to; a token of one organisation lets in nobody else's
    [ "$(answered "http://$api/v1/admit" -D head)" = 401 ]
    [ -z "$(header reason)" ]
    token=$(nameplate registry token add "view$org" --role view)
    [ "$(ask_api --data-binary @chain.pem)" = 403 ]
    [ -z "$(header reason)" ]
    nameplate registry device add X --org "other$org" >/dev/null
    token=$(nameplate registry token add "other$org" --role admit --org "other$org")
    [ "$(ask_api --data-binary @chain.pem)" = 403 ]
    [ "$(header reason)" = mismatched_org ]
    stop
}

@test "nginx lets in whom the registry admits, and its own limits are what the page says" {
    command -v nginx || skip "nginx is not installed"
    manage
    run_nginx
    [ "$(through N1.cert N1.key)" = 403 ]
    reason_is unknown_ca
    [ "$(answered "https://127.0.0.1:$port/hello" -D head)" = 401 ]
    register
    [ "$(through N1.cert N1.key)" = 200 ]
    reason_is jitp_created
    [ "$(cat body)" = welcome ]
    nameplate registry device block N1 --org "$org"
    [ "$(through N1.cert N1.key)" = 403 ]
    reason_is blocked
    # the registry would welcome a device that is on record when its certificate has expired; nginx
    # answers 400 and asks nobody
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout old.key \
        -out old.csr -subj /CN=OLD 2>/dev/null
    printf 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n' >ext
    issue_until() {
        mkdir -p ca && : >ca/index && echo "$2" >ca/serial
        printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=ca/index' 'serial=ca/serial' \
            'new_certs_dir=ca' 'default_md=sha256' 'policy=p' '[p]' 'commonName=supplied' >ca.cnf
        openssl ca -batch -config ca.cnf -cert acme.cert -keyfile acme.key -in old.csr -out "$1" \
            -startdate 20250101000000Z -enddate "$3" -extfile ext -notext 2>/dev/null
    }
    issue_until expired.cert 1001 20250201000000Z
    [ "$(through expired.cert old.key)" = 400 ]
    grep -q 'SSL certificate error' body
    run ! grep -qi x-reason head
    # a chain: only its leaf is passed on, so that below an intermediate nobody comes in
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout mid.key \
        -out mid.csr -subj /CN=Middle 2>/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout top.key \
        -out top.cert -subj /CN=Top -days 30 2>/dev/null
    openssl x509 -req -in mid.csr -CA top.cert -CAkey top.key -CAcreateserial -days 30 \
        -extfile <(echo 'basicConstraints=critical,CA:TRUE') -out mid.cert 2>/dev/null
    openssl x509 -req -in old.csr -CA mid.cert -CAkey mid.key -CAcreateserial -days 30 \
        -extfile ext -out below.cert 2>/dev/null
    nameplate registry ca add top.cert --org "$org" --trusted --jitp product=t
    cat below.cert mid.cert >below.chain
    [ "$(through below.chain old.key)" = 403 ]
    reason_is unknown_ca
    [ "$(answered "http://$api/v1/admit" -H "Authorization: Bearer $token" \
        --data-binary @below.chain)" = 204 ]
    stop
}

# set_seen SECONDS: when N1 was last seen, behind the program's back
set_seen() {
    local change="UPDATE devices SET last_seen = $1 WHERE identifier = 'N1' AND org =
        (SELECT id FROM organisations WHERE name = '$org')"
    if [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ]; then
        psql -q -c "$change" "$NAMEPLATE_TEST_POSTGRES"
    else
        python3 -c 'import sqlite3, sys
with sqlite3.connect("fleet.db") as file: file.execute(sys.argv[1])' "$change"
    fi
}

@test "nginx's token may ask and nothing else; refusals and visits are recorded as at the gateway" {
    command -v nginx || skip "nginx is not installed"
    manage
    run_nginx
    fingerprint=$(openssl x509 -in N1.cert -outform der | sha256sum | cut -d ' ' -f 1)
    for path in me devices tokens "devices/$org/N1"; do
        [ "$(answered "http://$api/v1/$path" -H "Authorization: Bearer $token")" = 403 ]
    done
    # the same device at both doors is one row, which is the same whoever has written it
    row() {
        nameplate registry refused list --json |
            jq -cS --arg f "$fingerprint" '.refusals[] | select(.fingerprint == $f) |
                del(.seq, .last_at, .peer, .first_at)'
    }
    [ "$(through N1.cert N1.key)" = 403 ]
    until_true is_refused unknown_ca ".fingerprint == \"$fingerprint\" and .count == 1 and
        .identifier == \"N1\" and .peer == \"127.0.0.1\""
    row >of_nginx
    id=$(jq .id of_nginx)
    nameplate registry refused show "$id" | sed -n '/BEGIN/,$p' >chain_of_nginx
    ask N1 || true
    until_true is_refused unknown_ca ".fingerprint == \"$fingerprint\" and .count == 2"
    cmp of_nginx <(row | jq -cS '.count = 1')
    nameplate registry refused show "$id" | sed -n '/BEGIN/,$p' | cmp - chain_of_nginx
    # seen again, long after the first time: so the registry is told to have last seen it long ago
    register
    [ "$(through N1.cert N1.key)" = 200 ]
    seen() {
        nameplate registry device show N1 --org "$org" --json | jq -r .device.last_seen
    }
    first=$(seen)
    [ "$first" != null ]
    # the first visit has been noted when two who came later have been, one after the other
    nameplate signer create other --years 5
    nameplate device create F1 --signer-cert other.cert --signer-key other.key
    for count in 1 2; do
        [ "$(through F1.cert F1.key)" = 403 ]
        until_true is_refused unknown_ca ".identifier == \"F1\" and .count == $count"
    done
    set_seen 1700000000
    [ "$(seen)" = 2023-11-14T22:13:20Z ]
    [ "$(through N1.cert N1.key)" = 200 ]
    reason_is known
    is_seen_again() {
        [[ ! "$(seen)" < "$first" ]]
    }
    until_true is_seen_again
    stop
}

@test "HAProxy is told who has come in, and says so in its log and to servers behind it" {
    command -v haproxy || skip "HAProxy is not installed"
    register
    hold_port
    configure "upstream \"haproxy\" { address = \"127.0.0.1:$port\" proxy = v2 }" \
        'listen "127.0.0.1:0" { upstream = "haproxy" }'
    cat >haproxy.cfg <<CONF
global
    log stdout format raw local0
defaults
    mode http
    log global
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend devices
    bind 127.0.0.1:$port accept-proxy
    log-format "told %[fc_pp_unique_id] from %ci"
    http-request return status 200 content-type text/plain lf-string "%[fc_pp_unique_id] %[src]"
CONF
    haproxy -c -f haproxy.cfg
    haproxy -db -f haproxy.cfg >haproxy.log 2>&1 3>&- &
    echo $! >haproxy.pid
    start
    until [ "$(ask N1 / 2>/dev/null)" = "$org/N1 127.0.0.1" ]; do sleep 0.02; done
    [ "$(ask N2 /)" = "$org/N2 127.0.0.1" ]
    until_true grep -q "told $org/N2 from 127.0.0.1" haproxy.log
    stop
}
