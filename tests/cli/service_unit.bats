#!/usr/bin/env bats
# The unit for systemd: it is one, and how much it leaves open (systemd-analyze's own measure, from
# 0 to 10) does not grow.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
    sed "s|/usr/bin/nameplate|$NAMEPLATE_PROGRAM|" \
        "$BATS_TEST_DIRNAME/../../data/nameplate-gateway.service" >nameplate-gateway.service
}

@test "systemd understands every line of the unit" {
    run systemd-analyze verify --man=no ./nameplate-gateway.service
    [ "$status" = 0 ]
    [ -z "$output" ]
    # it does say so when it does not
    sed -i 's/^ProtectHome=.*/ProtectHouse=yes/' nameplate-gateway.service
    run systemd-analyze verify --man=no ./nameplate-gateway.service
    [[ $output = *ProtectHouse* ]]
}

@test "the unit leaves little open" {
    systemd-analyze security --offline=true --threshold=11 ./nameplate-gateway.service
    sed -i '/^NoNewPrivileges/d; /^CapabilityBoundingSet/d' nameplate-gateway.service
    run ! systemd-analyze security --offline=true --threshold=11 ./nameplate-gateway.service
}
