#!/usr/bin/env bats
# Virtual chips: their files, who holds them, what happens to files that are none.
load helper

@test "a chip is made for each model, with its serial and a secret file" {
    for model in atecc508a atecc608a atecc608b; do
        succeeds virtual create $model.chip --model $model --chip-serial 0123A1B2C3D4E5F6EE
        says "path: $model.chip"
        says "model: $model"
        says "chip serial: 0123a1b2c3d4e5f6ee"
        [ "$(stat -c %a $model.chip)" = 600 ]
        succeeds chip info virtual:$model.chip
        says "model: $model"
        says "chip serial: 0123a1b2c3d4e5f6ee"
        says "stage: blank"
    done
}

@test "serials are random when none is given, and of the form that parts have" {
    succeeds virtual create a.chip --model atecc608b --json
    one=$(jq -r .chip_serial <<<"$output")
    succeeds virtual create b.chip --model atecc608b --json
    other=$(jq -r .chip_serial <<<"$output")
    [ "$one" != "$other" ]
    [[ $one =~ ^0123[0-9a-f]{12}ee$ ]]
}

@test "wrong models and serials are wrong usage" {
    refuses 2 "no virtual part 'atecc108'" virtual create kit.chip --model atecc108
    for serial in 0123 0124a1b2c3d4e5f6ee 0123a1b2c3d4e5f6ef 0123a1b2c3d4e5f6eeff xyz; do
        refuses 2 "--chip-serial takes 18 hex digits" virtual create kit.chip \
            --model atecc608b --chip-serial $serial
    done
    [ ! -e kit.chip ]
}

@test "creating never overwrites" {
    echo mine >kit.chip
    untouched kit.chip refuses 3 "kit.chip: exists already" virtual create kit.chip \
        --model atecc608b
    refuses 6 "cannot be made" virtual create /proc/self/kit.chip --model atecc608b
}

@test "a chip can begin with a given configuration, in hex or in bytes" {
    config_with 84 aa >config.hex
    succeeds virtual create hex.chip --model atecc608b --image config.hex
    says "chip serial: 0123a1b2c3d4e5f6ee"
    succeeds virtual show hex.chip --json
    [ "$(jq -r .configuration <<<"$output")" = "$(cat config.hex)" ]
    # shellcheck disable=SC2001 # a pattern for each pair
    printf '%b' "$(sed 's/../\\x&/g' config.hex)" >config.bin
    succeeds virtual create bin.chip --model atecc608b --image config.bin \
        --chip-serial 0123000000000000ee
    says "chip serial: 0123000000000000ee"
    refuses 3 "revision" virtual create no.chip --model atecc508a --image config.hex
    refuses 3 "neither the 128 bytes" virtual create no.chip --model atecc608b --image hex.chip
    refuses 3 "no such file" virtual create no.chip --model atecc608b --image none.hex
    [ ! -e no.chip ]
}

@test "what is shown is what the chip answers" {
    provisioned_chip
    succeeds virtual show kit.chip --json
    shown=$(jq -r '[.model, .chip_serial, .stage, .key_is_locked] | join(" ")' <<<"$output")
    succeeds chip info virtual:kit.chip --json
    [ "$(jq -r '[.model, .chip_serial, .stage, .key_is_locked] | join(" ")' <<<"$output")" = \
        "$shown" ]
}

@test "a file that is damaged, foreign, cut or empty is refused and never written" {
    make_chip good.chip
    make_signer
    head -c 1000 good.chip >cut.chip
    (cat good.chip; echo) >long.chip
    (head -c 500 good.chip; printf X; tail -c +502 good.chip) >damaged.chip
    : >empty.chip
    cp acme.cert foreign.chip
    for kind in cut long damaged empty foreign; do
        untouched $kind.chip refuses 3 "$kind.chip" chip info virtual:$kind.chip
        untouched $kind.chip refuses 3 "$kind.chip" virtual show $kind.chip
        untouched $kind.chip refuses 3 "$kind.chip" chip provision virtual:$kind.chip \
            --signer-cert acme.cert --signer-key acme.key --yes
        [ ! -e $kind.chip.lock ]
    done
    mkdir folder.chip
    refuses 3 "not a regular file" chip info virtual:folder.chip
}

@test "a second process waits until the chip is free" {
    make_chip kit.chip
    exec {lock}>kit.chip.lock
    flock "$lock"
    nameplate chip info virtual:kit.chip --wait 60 >answer {lock}>&- &
    flock -u "$lock"
    exec {lock}>&-
    wait $!
    grep -q "stage: blank" answer
}

@test "a second process that waited in vain says who holds the chip" {
    make_chip kit.chip
    exec {lock}>kit.chip.lock
    flock "$lock"
    echo 4711 >&"$lock"
    refuses 6 "held by process 4711 (waited 0 ms)" chip info virtual:kit.chip --wait 0 {lock}>&-
    warns "hint: let process 4711 end"
    succeeds virtual show kit.chip {lock}>&-
}

@test "two processes that provision the same chip at once agree" {
    make_signer
    make_chip kit.chip
    provision kit.chip --yes >one 2>/dev/null &
    first=$!
    provision kit.chip --yes >two 2>/dev/null
    wait "$first"
    cmp one two
}

@test "a folder that cannot be written is station trouble" {
    bind_by_permissions
    mkdir closed
    make_chip closed/kit.chip
    chmod 500 closed
    untouched closed/kit.chip refuses 6 "kit.chip.lock: cannot be made" \
        chip info virtual:closed/kit.chip
    refuses 6 "cannot be made" virtual create closed/other.chip --model atecc608b
    chmod 700 closed
}

@test "the lock is gone when nobody holds the chip" {
    make_chip kit.chip
    succeeds chip info virtual:kit.chip
    [ "$(echo kit.chip*)" = kit.chip ]
}

@test "the JSON keys are stable" {
    succeeds virtual create kit.chip --model atecc608b --json
    has_keys path model chip_serial
    succeeds virtual show kit.chip --json
    has_keys model revision chip_serial stage config_is_locked data_is_locked key_is_locked \
        configuration
}
