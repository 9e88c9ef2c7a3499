#!/usr/bin/env bats
# The example's programs with a real Mbed TLS 2.28: the driver, the store, power cuts at every step,
# and a login by TLS. Without its source these tests fail: nothing is left out unnoticed.
load psa/lab

setup_file() {
    programs bookworm "$BATS_FILE_TMPDIR/2.28"
    make_fresh_chip
    export PATH=$BATS_FILE_TMPDIR/2.28:$PATH
}

# The folder as users have it: headers, archive and nameplate-psa.pc, and nothing of the source.
install_library() {
    DESTDIR=$PWD/stage meson install -C "$NAMEPLATE_BUILD" --no-rebuild --tags devel >/dev/null
    PKG_CONFIG_PATH=$(dirname "$(find stage -name nameplate-psa.pc)")
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$PWD/stage
}

# compile_installed PROGRAM: the example, as doc/psa.md tells
compile_installed() {
    local mbedtls=$NAMEPLATE_BUILD/mbedtls-bookworm
    # shellcheck disable=SC2046,SC2153 # lists of words; not a misspelling
    "$NAMEPLATE_CC" -Wall -Wextra -Werror -DMBEDTLS_USER_CONFIG_FILE='<nameplate_config.h>' \
        -I"$mbedtls" -I"$mbedtls/source/include" $(pkg-config --cflags nameplate-psa) -o "$1" \
        "$source_root/examples/psa/$1.c" "$source_root/examples/psa/device.c" \
        "$mbedtls/libmbedtls-nameplate.a" $(pkg-config --libs nameplate-psa)
}

@test "the example with the installed library, on a served chip and on an I2C bus" {
    install_library
    [ -f "$PKG_CONFIG_SYSROOT_DIR$(pkg-config --variable=mbedtlsdir nameplate-psa \
        | sed "s|^$PWD/stage||")/psa/internal_trusted_storage.h" ]
    compile_installed factory
    compile_installed application
    coproc SERVER {
        exec "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket 2>&1 3>&-
    }
    # shellcheck disable=SC2154 # coproc sets it
    local server=$SERVER_PID
    read -r _ <&"${SERVER[0]}"
    ./factory keys unix:kit.socket | grep -q "Device provisioned"
    ./application keys unix:kit.socket
    export NAMEPLATE_I2C="1=unix:$PWD/kit.socket"
    export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
    LD_PRELOAD=$NAMEPLATE_PRELOAD ./application keys i2c:/dev/i2c-1
    LD_PRELOAD=$NAMEPLATE_PRELOAD ./factory keys i2c:/dev/i2c-1 | grep -q "Device provisioned"
    kill "$server"
    wait "$server" || true
    run ./application keys unix:kit.socket
    [ "$status" = 1 ]
    is_consistent
}

@test "the example's factory and application, restarted, with openssl's word on the requests" {
    on_kit factory >log
    [ "$(grep -c 'done\.$' log)" = 6 ]
    awk '/BEGIN CERT/ { n++ } /BEGIN CERT/, /END CERT/ { print > n ".csr" }' log
    for n in 1 2; do openssl req -in $n.csr -verify -noout; done
    on_kit application >/dev/null
    is_consistent
    on_kit factory >again
    [ "$(grep -A 3 'BEGIN PUBLIC' log)" = "$(grep -A 3 'BEGIN PUBLIC' again)" ]
}

@test "keys of the command line and of the core are the same, byte for byte" {
    on_kit factory >/dev/null
    mv keys core
    cp "$BATS_FILE_TMPDIR/fresh.chip" kit.chip
    psa provision --register id=16,slot=0 --generate id=18,slot=2 >/dev/null
    for file in 0000000000000010 0000000000000012 00000000fffffe01; do
        cmp core/$file.psa_its keys/$file.psa_its
    done
    on_kit application >/dev/null
    on_kit factory | grep -q "Device provisioned"
}

# Every status of PSA that can occur: doc/psa.md says why -143 and -151 cannot.
@test "the statuses that applications get, each of them" {
    on_kit factory >/dev/null
    for program in statuses troubles; do
        run on_kit $program
        [ "$status" = 0 ] || { grep -v "^ok" <<<"$output"; return 1; }
        echo "$output" >>log
    done
    is_consistent
    # the store's keys are those of another chip
    rm keys/0000000000000012.psa_its
    rm kit.chip
    nameplate virtual create kit.chip --model tngtls >/dev/null
    run on_kit change make
    [[ $status = 1 && $output == *"status=-137"* ]]
    run env NP_UNPLUGGED=1 change keys virtual:kit.chip make
    [[ $status = 1 && $output == *"status=-145"* ]]
    [ "$(sed -nE 's/^ok .*: (-[0-9]+), .*/\1/p' log | sort -rnu | tr '\n' ' ')" = \
        "-132 -133 -134 -135 -136 -137 -138 -139 -140 -141 -142 -146 -147 -148 -149 -152 -153 " ]
}

@test "power cuts at every step of the factory" {
    sweep begin_anew is_consistent on_kit factory
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
        is_consistent '[[16,0,"proven"]]' && on_kit factory >/dev/null && is_consistent
    }
    sweep restore is_gone on_kit change destroy
}

# The core and the command line, on one store and one chip. Who waits too long says so and is run
# again.
@test "programs and commands at once: one key each, and all of them see the same" {
    local n
    again_and_again() {
        local count
        for ((count = 0; count < 50; count++)); do
            ! "$@" 2>>said || return 0
        done
        return 1
    }
    for n in 1 2; do
        again_and_again on_kit factory >made.$n 3>&- &
    done
    again_and_again psa provision --register id=16,slot=0 --generate id=18,slot=2 --wait 60 \
        >made.3 3>&- &
    again_and_again psa generate id=20,slot=3 --wait 60 >made.4 3>&- &
    wait
    is_consistent '[[16,0,"proven"],[18,2,"proven"],[20,3,"proven"]]'
    for n in 1 2 3; do
        awk '/BEGIN PUBLIC/, /END PUBLIC/' made.$n >public.$n
        tail -n 8 public.$n | cmp - <(tail -n 8 public.1)
    done
    [ "$(grep -c BEGIN public.1)" = 2 ]
    on_kit application
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

@test "the tests that the table of the core's defects names are there" {
    cd "$source_root" || return 1
    # shellcheck disable=SC2016 # no command, but the quotes of the page
    sed -n '/^| the core /,/^$/s/.*| `\(.*\)` |$/\1/p' doc/psa.md >"$LAB_FOLDER/names"
    [ "$(wc -l <"$LAB_FOLDER/names")" = 18 ]
    while read -r name; do
        grep -qrF -e "@test \"$name\"" -e "cmocka_unit_test($name)" tests/interop tests/unit/psa ||
            { echo "no test: $name"; return 1; }
    done <"$LAB_FOLDER/names"
}
