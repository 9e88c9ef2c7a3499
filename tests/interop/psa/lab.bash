# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets output and status
# The example's programs and the tests' own, linked with a real Mbed TLS that is built once into the
# build folder; a chip for them; power cuts.
bats_require_minimum_version 1.5.0

here=$BATS_TEST_DIRNAME/psa
source_root=$BATS_TEST_DIRNAME/../..

# programs SUITE FOLDER [opaque]: with that suite's Mbed TLS; status 77: its source cannot be had
programs() {
    local mbedtls name folder=$2 built=$NAMEPLATE_BUILD/src
    local names="factory application statuses troubles change" parts=(device bench)
    [ "${3:-}" != opaque ] || { names="application change opaque" parts+=(builtin); }
    mbedtls=$("$here/mbedtls" "$NAMEPLATE_BUILD" "$1" "$source_root" "${@:3}") || return
    mkdir -p "$folder"
    for name in "${parts[@]}" $names; do
        local file=$source_root/examples/psa/$name.c own=""
        [ -f "$file" ] || file=$here/$name.c
        [ $name != bench ] || own="-D_GNU_SOURCE -I$source_root/src"
        eval "\"$NAMEPLATE_CC\" -g -Wall -Wextra -Werror $own $(cat "$mbedtls/flags")" \
            "-I$mbedtls/source/include -I$source_root/include -I$source_root/examples/psa -I$here" \
            "-c '$file' -o '$folder/$name.o'" || return 1
    done
    parts=("${parts[@]/#/$folder/}")
    local wrap=-Wl
    for name in np_link_bus np_link_open_shared mbedtls_platform_entropy_poll; do
        wrap+=,--wrap=$name
    done
    for name in $names; do
        "$NAMEPLATE_CC" -g $wrap -o "$folder/$name" "$folder/$name.o" "${parts[@]/%/.o}" \
            "$mbedtls/libmbedtls-nameplate.a" "$built/psa/libnameplate-psa.a" \
            "$built/link/libnp_link.a" "$built/virtual/libnp_virtual.a" \
            "$built/crypto/libnp_crypto.a" "$built/psa/libnameplate-psa.a" -lnettle -lcrypto ||
            return 1
    done
}

nameplate() {
    "$NAMEPLATE_PROGRAM" "$@"
}

# fresh.chip with the layout application, once a file of tests
make_fresh_chip() {
    cd "$BATS_FILE_TMPDIR" || return 1
    nameplate signer create acme >/dev/null
    nameplate virtual create fresh.chip --model atecc608b --chip-serial 0123a1b2c3d4e5f6ee \
        >/dev/null
    nameplate chip provision virtual:fresh.chip --signer-cert acme.cert --signer-key acme.key \
        --layout application --yes >/dev/null 2>&1
    cc -shared -fPIC -Wall -Wextra -Werror -o cut.so "$here/cut.c" -ldl
}

# A copy of it, with no store.
begin_anew() {
    rm -rf keys
    cp "$BATS_FILE_TMPDIR/fresh.chip" kit.chip
}

# In memory, where there is a file system for it: each power cut waits for many files to be synced.
setup() {
    local fast=/dev/shm
    [ -w $fast ] || fast=$BATS_TEST_TMPDIR
    LAB_FOLDER=$(mktemp -d "$fast/nameplate-psa.XXXXXX")
    cd "$LAB_FOLDER" || return 1
    begin_anew
    unset NAMEPLATE_CHIP
}

teardown() {
    rm -rf "$LAB_FOLDER"
}

# A program of ours, or a command of psa, on the store and the chip.
on_kit() {
    "$1" keys virtual:kit.chip "${@:2}"
}

psa() {
    nameplate psa "$@" --store keys --chip virtual:kit.chip
}

# Keys and slots as in '[[16,0,"proven"],[18,2,"proven"]]'; nothing is open, no slot is lost.
is_consistent() {
    local keys
    [ ! -e keys/00000000ffffff74.psa_its ] || { echo "a transaction is open"; return 1; }
    keys=$(psa list --json | jq -c '[.keys[] | [.id, .slot, .state]]')
    [ "$keys" = "${1:-[[16,0,\"proven\"],[18,2,\"proven\"]]}" ] ||
        { echo "the keys are $keys"; return 1; }
    [ -z "$(psa gc --dry-run 2>&1 >/dev/null)" ] || { echo "a slot is lost"; return 1; }
}

# with_cuts VARIABLE=VALUE COMMAND...: NP_CUT_AT or NP_COUNT for that command
with_cuts() {
    # a function of the shell has its programs run so as well
    (
        export LD_PRELOAD=$BATS_FILE_TMPDIR/cut.so "${1?}"
        export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
        "${@:2}"
    )
}

# sweep RESTORE CHECK COMMAND...: a power cut in front of each of its steps, then the command again
sweep() {
    local restore=$1 check=$2 at count
    shift 2
    "$restore"
    with_cuts NP_COUNT="$PWD/count" "$@" >/dev/null 2>&1
    "$check" || return 1
    count=$(cat count)
    [ "$count" -ge 4 ] || { echo "only $count steps"; return 1; }
    for ((at = 1; at <= count; at++)); do
        "$restore"
        run with_cuts NP_CUT_AT=$at "$@"
        [ "$status" = 77 ] || { echo "step $at: status $status: $output"; return 1; }
        "$@" >log 2>&1 || { echo "after a cut at step $at of $count:"; cat log; return 1; }
        "$check" || { echo "after a cut at step $at of $count"; return 1; }
    done
    echo "# $count steps" >&3
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
    : >server.log # of an earlier login
    openssl s_server -accept 0 -cert server.pem -key server.key -CAfile ca.pem -Verify 2 \
        -verify_return_error "$@" >>server.log 2>&1 <&7 3>&- &
    local server=$! port
    port=$(timeout 20 tail -f -n +1 server.log | sed -nE '/^ACCEPT/ { s/.*:([0-9]+)$/\1/p; q }')
    run on_kit application localhost "$port" server.pem device.pem
    # in TLS 1.3 the client is done before the server has judged it
    timeout 20 tail -f -n +1 server.log | sed '/^hello\|ERROR\|:error:/q' >/dev/null
    kill $server
    [ "$status" = 0 ] || { echo "$output"; cat server.log; return 1; }
    grep -q "hello from the chip" server.log || { cat server.log; return 1; }
}
