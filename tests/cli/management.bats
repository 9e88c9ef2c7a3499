#!/usr/bin/env bats
# The management API, by curl. The registry is a file, or a database on a server where
# $NAMEPLATE_TEST_POSTGRES names one.
load management

@test "a token lets in, by TLS and plain on loopback, and what is none does not" {
    token root admin
    token mine view --org "$org"
    configure
    start
    api "$root" GET /v1/organisations | jq -e ".organisations[] | select(.name == \"$org\")"
    status_is 200
    seen=$(api "$mine" GET /v1/organisations)
    [ "$(jq -r '[.organisations[].name] | join(" ")' <<<"$seen")" = "$org" ]
    for wrong in '' x "${root}x" "$(tr a b <<<"$root")x"; do
        [ "$(api "$wrong" GET /v1/organisations | jq -r .error.code)" = unauthorized ]
        status_is 401
    done
    curl -sS -D - -o /dev/null "$base/v1/organisations" | grep -qi '^www-authenticate: bearer'
    [ "$(api "$root" GET /v1/nothing | jq -r .error.code)" = not_found ]
    status_is 404
    api "$root" PUT /v1/organisations -D head | jq -e '.error.code == "method_not_allowed"'
    grep -qi '^allow: GET' head
    nameplate registry token remove "root$n"
    [ "$(api "$root" GET /v1/organisations | jq -r .error.code)" = unauthorized ]
    stop
    has_event '.event == "stopped"'
    configure 'certificate = "server.pem"' 'key = "server.key"'
    start
    base=https://$address
    [ "$(api "$mine" GET /v1/organisations --cacert server.pem)" = "$seen" ]
    api "$mine" GET /nothing --cacert server.pem --tls-max 1.2
    status_is 404
    stop
}

@test "a request is heard that comes with the end of the handshake, or a byte at a time" {
    token root admin
    configure 'certificate = "server.pem"' 'key = "server.key"'
    start
    for version in 1.2 1.3; do
        for step in 0 1 100; do
            printf 'GET /v1/me HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n' \
                "$root" | timeout 60 python3 "$BATS_TEST_DIRNAME/../support/at_once.py" "$address" \
                server.pem $version $step >answer
            head -n 1 answer | grep '200 OK'
        done
    done
    stop
}
