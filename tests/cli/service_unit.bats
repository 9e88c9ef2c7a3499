#!/usr/bin/env bats
# The units for systemd: they are such, and how much they leave open (systemd-analyze's own measure,
# from 0 to 10) does not grow.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
    for unit in gateway station; do
        sed "s|/usr/bin/nameplate|$NAMEPLATE_PROGRAM|" \
            "$BATS_TEST_DIRNAME/../../data/nameplate-$unit.service" >nameplate-$unit.service
    done
}

@test "systemd understands every line of the units" {
    for unit in gateway station; do
        run systemd-analyze verify --man=no ./nameplate-$unit.service
        [ "$status" = 0 ]
        [ -z "$output" ] || { echo "$output"; return 1; }
        # it does say so when it does not
        sed -i 's/^ProtectHome=.*/ProtectHouse=yes/' nameplate-$unit.service
        run systemd-analyze verify --man=no ./nameplate-$unit.service
        [[ $output = *ProtectHouse* ]]
    done
}

# leaves THRESHOLD UNIT: no more than this is open, in tenths; with less hardening it is more
leaves() {
    systemd-analyze security --offline=true --threshold="$1" ./nameplate-"$2".service
    sed -i '/^NoNewPrivileges/d; /^CapabilityBoundingSet/d' nameplate-"$2".service
    run ! systemd-analyze security --offline=true --threshold="$1" ./nameplate-"$2".service
}

@test "the units leave little open" {
    leaves 11 gateway
    leaves 15 station # buses, modems and printers are there
}

@test "a station's unit reaches what bays are at, and nothing else of /dev" {
    unit=nameplate-station.service
    grep -q '^DevicePolicy=closed$' $unit
    [ "$(sed -n 's/^DeviceAllow=char-\(.*\) rw$/\1/p' $unit | paste -sd ' ')" = \
        "i2c ttyACM ttyUSB usb lp" ]
    # the groups are those of the rules for udev and of Debian
    [ "$(sed -n 's/^SupplementaryGroups=//p' $unit)" = "i2c dialout lp" ]
    grep -q 'SUBSYSTEM=="i2c-dev".*GROUP="i2c"' "$BATS_TEST_DIRNAME/../../data/60-nameplate.rules"
    # each state of systemd has its folder
    for key in StateDirectory RuntimeDirectory; do
        [ "$(sed -n "s/^$key=//p" $unit)" = nameplate-station ]
    done
}
