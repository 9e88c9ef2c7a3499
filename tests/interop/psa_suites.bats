#!/usr/bin/env bats
# Mbed TLS's own test suites, with our driver and our store in the build.
load psa/lab

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
    :
}

# runs SUITE [NAME...]: each suite of the table has run all its cases, passed at least so many and
# skipped at most so many; no other suite was left out. The table was made without us, with the
# core's own files and no driver: Mbed TLS leaves the same cases out there, for its configuration,
# but for one of persistent_key that is about those files.
runs() {
    local name cases passed skipped least most
    "$here/suites" "$NAMEPLATE_BUILD" "$1" "$source_root" "${@:2}" | sort >ran
    cut -d' ' -f1 ran >names
    awk '{ print $1 }' wanted | sort | diff names -
    while read -r name cases passed skipped; do
        read -r least most < <(awk -v name="$name" '$1 == name { print $2, $3 }' wanted)
        echo "$name: $cases cases, $passed passed, $skipped skipped"
        [ "$cases" -gt 0 ]
        [ $((passed + skipped)) = "$cases" ]
        [ "$passed" -ge "$least" ]
        [ "$skipped" -le "$most" ]
    done <ran
    awk '{ ok += $3; left += $4 } END { print "#", ok, "passed,", left, "skipped" }' ran >&3
}

@test "Mbed TLS 2.28's own suites of PSA and secure elements pass" {
    sed 's/^/test_suite_psa_/' >wanted <<'ROWS'
crypto 983 30
crypto_attributes 9 0
crypto_generate_key.generated 68 25
crypto_hash 117 30
crypto_init 15 6
crypto_metadata 89 26
crypto_not_supported.generated 12 224
crypto_not_supported.misc 4 0
crypto_op_fail.generated 1576 6555
crypto_op_fail.misc 8 1
crypto_persistent_key 36 1
crypto_persistent_key-file 37 0
crypto_se_driver_hal 65 0
crypto_se_driver_hal_mocks 20 0
crypto_slot_management 63 3
crypto_storage_format.current 834 1308
crypto_storage_format.misc 2 0
crypto_storage_format.v0 880 1354
its-file 25 0
ROWS
    runs bookworm
}

@test "Mbed TLS 3.6's own suites of PSA and secure elements pass" {
    local result=0
    "$here/mbedtls" "$NAMEPLATE_BUILD" trixie "$source_root" || result=$?
    [ "$result" != 77 ] || skip "Mbed TLS 3.6 of trixie: its source cannot be had"
    sed 's/^/test_suite_psa_/' >wanted <<'ROWS'
crypto 1683 267
crypto.persistent 10 0
crypto_attributes 9 0
crypto_generate_key.generated 85 0
crypto_init 7 1
crypto_persistent_key 50 25
crypto_persistent_key-file 51 24
crypto_se_driver_hal 68 0
crypto_se_driver_hal_mocks 20 0
crypto_slot_management 63 8
crypto_storage_format.current 1365 92
crypto_storage_format.misc 4 1
crypto_storage_format.v0 1419 92
its-file 25 0
ROWS
    # those of keys and their storage
    mapfile -t names < <(cut -d' ' -f1 wanted)
    runs trixie "${names[@]}"
}
