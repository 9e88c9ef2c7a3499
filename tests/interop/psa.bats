#!/usr/bin/env bats
# The example's programs with a real Mbed TLS: the driver, the store, power cuts at every step, and
# a login by TLS. Mbed TLS 2.28 is built once into the build folder, and so is 3.6 of the next
# suite, where it can be had. Without 2.28 these tests fail: nothing is left out unnoticed.
bats_require_minimum_version 1.5.0

# programs SUITE FOLDER [opaque]: the example and the tests' own programs, linked with that suite's
# Mbed TLS
programs() {
    local mbedtls name here=$BATS_TEST_DIRNAME
    local source=$here/../.. folder=$2
    local built=$NAMEPLATE_BUILD/src names="factory application statuses destroy"
    local parts=(device)
    [ "${3:-}" != opaque ] || { names="application opaque" parts+=(builtin); }
    mbedtls=$("$here/psa/mbedtls" "$NAMEPLATE_BUILD" "$1" "$source" "${@:3}") || return
    mkdir -p "$folder"
    local wrap="-Wl,--wrap=np_link_bus,--wrap=np_link_open_shared"
    wrap+=",--wrap=psa_its_set,--wrap=psa_its_remove"
    "$NAMEPLATE_CC" -g -D_GNU_SOURCE -I"$source/src" -I"$source/include" \
        -I"$source/include/nameplate/mbedtls" -c "$here/psa/kills.c" -o "$folder/kills.o"
    for name in "${parts[@]}" $names; do
        local file=$source/examples/psa/$name.c
        [ -f "$file" ] || file=$here/psa/$name.c
        eval "\"$NAMEPLATE_CC\" -g -Wall -Wextra -Werror $(cat "$mbedtls/flags")" \
            "-I$mbedtls/source/include -I$source/include -I$source/examples/psa -I$here/psa" \
            "-c '$file' -o '$folder/$name.o'"
    done
    parts=("${parts[@]/#/$folder/}")
    for name in $names; do
        "$NAMEPLATE_CC" -g $wrap -o "$folder/$name" "$folder/$name.o" "$folder/kills.o" \
            "${parts[@]/%/.o}" "$mbedtls/libmbedtls-nameplate.a" \
            "$built/psa/libnameplate-psa.a" "$built/link/libnp_link.a" \
            "$built/virtual/libnp_virtual.a" "$built/crypto/libnp_crypto.a" \
            "$built/psa/libnameplate-psa.a" -lnettle -lcrypto
    done
}

setup_file() {
    programs bookworm "$BATS_FILE_TMPDIR/2.28"
}

nameplate() {
    "$NAMEPLATE_PROGRAM" "$@"
}

# A chip of the layout application as kit.chip; use SUITE'S programs by name.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    PATH=$BATS_FILE_TMPDIR/2.28:$PATH
    nameplate signer create acme >/dev/null
    nameplate virtual create fresh.chip --model atecc608b --chip-serial 0123a1b2c3d4e5f6ee \
        >/dev/null
    nameplate chip provision virtual:fresh.chip --signer-cert acme.cert --signer-key acme.key \
        --layout application --yes >/dev/null 2>&1
    cp fresh.chip kit.chip
}

on_kit() {
    "$1" keys virtual:kit.chip "${@:2}"
}

# Both keys are there and sign, nothing is open, no slot is lost.
is_consistent() {
    on_kit application >/dev/null || return 1
    [ ! -e keys/00000000ffffff74.psa_its ] || { echo "a transaction is open"; return 1; }
    [ "$(nameplate psa list --store keys --chip virtual:kit.chip --json | jq -c \
        '[.keys[] | [.id, .slot, .state]]')" = '[[16,0,"proven"],[18,2,"proven"]]' ] || return 1
    [ -z "$(nameplate psa gc --store keys --chip virtual:kit.chip --dry-run 2>&1 >/dev/null)" ]
}

@test "the example's factory and application, restarted, with openssl's word on the requests" {
    on_kit factory >log
    [ "$(grep -c 'done\.$' log)" = 6 ]
    awk -v RS= '/BEGIN/' log >/dev/null
    awk '/BEGIN CERT/ { n++ } /BEGIN CERT/, /END CERT/ { print > n ".csr" }' log
    for n in 1 2; do openssl req -in $n.csr -verify -noout; done
    is_consistent
    on_kit factory >again
    [ "$(grep -A 3 'BEGIN PUBLIC' log)" = "$(grep -A 3 'BEGIN PUBLIC' again)" ]
}

@test "keys of the command line and of the core are the same, byte for byte" {
    on_kit factory >/dev/null
    mv keys core
    cp fresh.chip kit.chip
    nameplate psa provision --store keys --chip virtual:kit.chip --register id=16,slot=0 \
        --generate id=18,slot=2 >/dev/null
    for file in 0000000000000010 0000000000000012 00000000fffffe01; do
        cmp core/$file.psa_its keys/$file.psa_its
    done
    on_kit application >/dev/null
    on_kit factory | grep -q "Device provisioned"
}

@test "the statuses that careless applications get" {
    on_kit factory >/dev/null
    run on_kit statuses
    [ "$status" = 0 ] || { grep "^not ok" <<<"$output"; return 1; }
    [ "$(grep -c '^ok ' <<<"$output")" = 26 ]
    is_consistent
}

# sweep PROGRAM: a power cut at each of its steps, then the program again
sweep() {
    local at count
    NP_COUNT=count on_kit "$1" >/dev/null
    count=$(cat count)
    [ "$count" -gt 20 ]
    for ((at = 1; at <= count; at++)); do
        restore
        run env NP_CUT_AT=$at "$1" keys virtual:kit.chip
        [ "$status" = 77 ] || { echo "step $at: status $status"; return 1; }
        on_kit "$1" >log 2>&1 || { echo "after a cut at step $at:"; cat log; return 1; }
        "$2" || { echo "after a cut at step $at"; return 1; }
    done
}

@test "power cuts at every step of the factory" {
    restore() {
        rm -rf keys
        cp fresh.chip kit.chip
    }
    sweep factory is_consistent
}

@test "power cuts at every step of a destruction" {
    on_kit factory >/dev/null
    cp -r keys keys.before
    cp kit.chip chip.before
    restore() {
        rm -rf keys
        cp -r keys.before keys
        cp chip.before kit.chip
    }
    is_gone() {
        [ ! -e keys/0000000000000012.psa_its ] && [ ! -e keys/00000000ffffff74.psa_its ] &&
            on_kit factory >/dev/null && is_consistent
    }
    sweep destroy is_gone
}

# login OPTIONS...: the application against openssl s_server with these options, which asks for a
# certificate; what the application printed is left in $output
login() {
    on_kit factory >log
    awk '/BEGIN CERT/ { n++ } /BEGIN CERT/, /END CERT/ { print > n ".csr" }' log
    for name in ca server; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -keyout $name.key -out $name.pem -subj /CN=localhost 2>/dev/null
    done
    openssl x509 -req -in 2.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out device.pem \
        2>/dev/null
    rm -f silence
    mkfifo silence && exec 7<>silence # its standard input: an end would end the server
    openssl s_server -accept 0 -cert server.pem -key server.key -CAfile ca.pem -Verify 2 \
        -verify_return_error "$@" >server.log 2>&1 <&7 3>&- &
    local server=$! port
    port=$(timeout 20 tail -f -n +1 server.log | sed -nE '/^ACCEPT/ { s/.*:([0-9]+)$/\1/p; q }')
    run on_kit application localhost "$port" server.pem device.pem
    # in TLS 1.3 the client is done before the server has judged it
    timeout 20 tail -f -n +1 server.log | sed '/^hello\|ERROR\|:error:/q' >/dev/null
    kill $server
    [ "$status" = 0 ] || { echo "$output"; cat server.log; return 1; }
    grep -q "hello from the chip" server.log || { cat server.log; return 1; }
}

@test "a login by TLS 1.2 with the generated key, and openssl asks for it" {
    login -tls1_2
    [[ $output == *"TLSv1.2"*"SHA256"* ]]
}

@test "an unplugged chip: the core starts, operations say so, and recover" {
    on_kit factory >/dev/null
    run env NP_UNPLUGGED=1 application keys virtual:kit.chip
    [ "$status" = 1 ]
    [[ $output == *"Initializing PSA Crypto... done."*"key... failed with status=-145"* ]]
    on_kit application >/dev/null
}

# Mbed TLS 3.6's programs by name; skips the test where its source cannot be had.
use_3_6() {
    local result=0
    [ -x "$BATS_FILE_TMPDIR/3.6/destroy" ] || programs trixie "$BATS_FILE_TMPDIR/3.6" || result=$?
    [ "$result" != 77 ] || skip "Mbed TLS 3.6 of trixie: its source cannot be had"
    [ "$result" = 0 ] || return 1
    PATH=$BATS_FILE_TMPDIR/3.6:$PATH
}

@test "the same with Mbed TLS 3.6" {
    use_3_6
    on_kit factory >/dev/null
    run on_kit statuses
    [ "$status" = 0 ] || { grep "^not ok" <<<"$output"; return 1; }
    is_consistent
    # what one core has stored, the other uses
    PATH=$BATS_FILE_TMPDIR/2.28:$PATH
    is_consistent
}

@test "a login by TLS 1.3 with Mbed TLS 3.6, with suites of both hashes" {
    use_3_6
    login -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256
    [[ $output == *"TLSv1.3, TLS1-3-AES-128-GCM-SHA256"* ]]
    login -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384
    [[ $output == *"TLSv1.3, TLS1-3-AES-256-GCM-SHA384"* ]]
}

@test "the opaque driver in Mbed TLS 3.6, with what the command line and the other driver stored" {
    use_3_6
    programs trixie "$BATS_FILE_TMPDIR/opaque" opaque
    nameplate psa provision --store keys --chip virtual:kit.chip --register id=16,slot=0 >/dev/null
    run on_kit "$BATS_FILE_TMPDIR/opaque/opaque"
    [ "$status" = 0 ] || { echo "$output"; return 1; }
    [ "$(grep -c '^ok ' <<<"$output")" = 37 ]
    # the slot of the key 20, which the core destroyed without a word to the driver
    nameplate psa gc --store keys --chip virtual:kit.chip --yes
    is_consistent
    on_kit application >/dev/null
    # the other way round
    rm -rf keys
    cp fresh.chip kit.chip
    on_kit factory >/dev/null
    PATH=$BATS_FILE_TMPDIR/opaque:$PATH
    on_kit application >/dev/null
    run env NP_UNPLUGGED=1 application keys virtual:kit.chip
    [[ $status = 1 && $output == *"key... failed with status=-145"* ]]
}
