#!/usr/bin/env bats
# The same programs with Mbed TLS 3.6 of the next suite, by both of its interfaces for drivers.
# Where its source cannot be had these tests are left out, by name.
load psa/lab

setup_file() {
    local result=0
    make_fresh_chip
    programs trixie "$BATS_FILE_TMPDIR/3.6" || result=$?
    export PATH=$BATS_FILE_TMPDIR/3.6:$PATH
    [ "$result" != 77 ] || { touch "$BATS_FILE_TMPDIR/cannot"; return 0; }
    programs trixie "$BATS_FILE_TMPDIR/opaque" opaque
}

need_3_6() {
    [ ! -e "$BATS_FILE_TMPDIR/cannot" ] || skip "Mbed TLS 3.6 of trixie: its source cannot be had"
}

use_opaque_driver() {
    PATH=$BATS_FILE_TMPDIR/opaque:$PATH
}

@test "the factory, the application and the statuses with Mbed TLS 3.6" {
    need_3_6
    on_kit factory >/dev/null
    for program in statuses troubles; do
        run on_kit $program
        [ "$status" = 0 ] || { grep -v "^ok" <<<"$output"; return 1; }
    done
    psa gc --yes
    is_consistent
    on_kit application >/dev/null
}

@test "a login by TLS 1.3 with Mbed TLS 3.6, with suites of both hashes" {
    need_3_6
    login -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256
    [[ $output == *"TLSv1.3, TLS1-3-AES-128-GCM-SHA256"* ]]
    login -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384
    [[ $output == *"TLSv1.3, TLS1-3-AES-256-GCM-SHA384"* ]]
}

@test "the opaque driver in Mbed TLS 3.6, with what the command line and the other driver stored" {
    need_3_6
    psa provision --register id=16,slot=0 >/dev/null
    use_opaque_driver
    run on_kit opaque
    [ "$status" = 0 ] || { grep -v "^ok" <<<"$output"; return 1; }
    [ "$(grep -c '^ok ' <<<"$output")" = 37 ]
    # the slot of the key 20, which the core destroyed without a word to the driver
    psa gc --yes
    is_consistent
    on_kit application >/dev/null
    # the other way round
    begin_anew
    on_kit "$BATS_FILE_TMPDIR/3.6/factory" >/dev/null
    on_kit application >/dev/null
    run env NP_UNPLUGGED=1 application keys virtual:kit.chip
    [[ $status = 1 && $output == *"key... failed with status=-145"* ]]
}

# This core has no transactions: a slot may be lost, and is found.
@test "power cuts at every step of the opaque driver's making and destroying of a key" {
    need_3_6
    use_opaque_driver
    psa provision --register id=16,slot=0 >/dev/null
    cp -r keys keys.before
    cp kit.chip chip.before
    restore() {
        rm -rf keys
        cp -r keys.before keys
        cp chip.before kit.chip
    }
    both_sign() {
        on_kit application >log || { cat log; return 1; }
        psa gc --yes >log 2>&1 || { cat log; return 1; }
        [ "$(wc -l <log)" -le 3 ] || { cat log; return 1; }
        is_consistent "[[16,0,\"proven\"],[18,$(psa list --json | jq '.keys[1].slot'),\"proven\"]]"
    }
    sweep restore both_sign on_kit change make
    restore
    on_kit change make >/dev/null
    rm -rf keys.before
    cp -r keys keys.before
    cp kit.chip chip.before
    is_gone() {
        psa gc --yes >/dev/null 2>&1 && is_consistent '[[16,0,"proven"]]' &&
            on_kit change make >/dev/null && both_sign
    }
    sweep restore is_gone on_kit change destroy
}
