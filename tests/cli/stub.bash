# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets output, stderr and status
# nRF Cloud in this folder: a server made from its documentation, with a CA of its own.

# begin_stub MODE...: the server runs until the test ends.
begin_stub() {
    if [ ! -f cloud/root.pem ]; then
        mkdir -p cloud
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout cloud/root.key \
            -subj "/CN=root of a test" -days 30 -out cloud/root.pem 2>/dev/null
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -keyout cloud/server.key -subj /CN=127.0.0.1 -out cloud/server.csr 2>/dev/null
        openssl x509 -req -in cloud/server.csr -CA cloud/root.pem -CAkey cloud/root.key -days 30 \
            -extfile <(echo subjectAltName=IP:127.0.0.1) -out cloud/server.cert 2>/dev/null
        cat cloud/server.key cloud/server.cert >cloud/server.pem
        (umask 077 && echo 0123456789abcdef0123456789abcdef01234567 >nrf.key)
    fi
    end_stub
    rm -f cloud/port cloud/log
    mkfifo cloud/port
    python3 "$BATS_TEST_DIRNAME/../support/nrf_cloud_stub.py" cloud "$@" 3>&- &
    read -r port <cloud/port
}

end_stub() {
    if [ -f cloud/pid ]; then
        kill "$(cat cloud/pid)" 2>/dev/null || true
        rm cloud/pid
    fi
}

teardown() {
    end_stub
}

# cloud VERB ARGUMENTS...: nameplate cloud nrf with the stub's addresses
cloud_options() {
    echo --api-key-file nrf.key --url "https://127.0.0.1:$port/v1" --ca-file cloud/root.pem \
        --poll 0
}

provisioning_options() {
    echo "$(cloud_options)" --provisioning-url "https://127.0.0.1:$port/prov/v1"
}

# What the server was asked for: method and path, a line a request.
asked() {
    jq -r '"\(.method) \(.path)"' cloud/log
}

# A device's key and certificate, and its row: device ID [TAGS] [TYPES] [SUBTYPE]
device() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -subj "/CN=$1" -out device.pem 2>/dev/null
    printf '%s,%s,%s,%s,"%s\n"\n' "$1" "${4-}" "${2-}" "${3-}" "$(cat device.pem)"
}
