#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output, stderr and status
# A registry that cannot be written to: what can be read is read, what cannot be stored is refused
# with the next step and status 6, and nothing is lost.
load helper

# A registry with a device that is known.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    mkdir data
    export NAMEPLATE_REGISTRY=$PWD/data/fleet.db
    nameplate signer create acme --years 5
    for name in N1 N2; do
        nameplate device create $name --signer-cert acme.cert --signer-key acme.key
    done
    nameplate registry ca add acme.cert --org acme --trusted
    { echo identifier,certificate; printf 'N1,"%s"\n' "$(cat N1.cert)"; } >known.csv
    nameplate registry import known.csv --org acme
    nameplate registry device add N2 --org acme
} >/dev/null

teardown() {
    chmod -R u+w data
    umount data 2>/dev/null || true
}

reason() {
    nameplate registry admit "$@" --json 2>/dev/null | jq -r .reason
}

reads_and_refuses() {
    [ "$(reason N1.cert)" = known ]
    [ "$(reason N2.cert)" = registered ]
    [ "$(nameplate registry device list --json | jq '.devices | length')" = 2 ]
    [ "$(nameplate registry export | tail -n 1)" = '{"kind":"end","devices":2}' ]
    nameplate registry changes verify >/dev/null
    run -6 --separate-stderr nameplate registry device add N3 --org acme
    [[ $stderr = *"read-only"*"who may write"* ]]
    rm -f ./*.rejects
    echo 'N9,' >>known.csv
    run -6 --separate-stderr nameplate registry import known.csv --org acme
    [[ $stderr = *"read-only"* ]]
}

@test "a file that may not be written to is read" {
    bind_by_permissions
    chmod a-w data/fleet.db
    reads_and_refuses
    chmod u+w data/fleet.db* # what SQLite has made beside it too
    nameplate registry import known.csv --org acme
}

@test "a file in a folder that may not be written to is read" {
    bind_by_permissions
    chmod a-w data data/fleet.db
    reads_and_refuses
    chmod u+w data data/fleet.db
    nameplate registry import known.csv --org acme
    [ "$(nameplate registry device list --json | jq '.devices | length')" = 3 ]
}

@test "a full disk is named, and the same command goes on when there is room" {
    mkdir small
    mount -t tmpfs -o size=2m tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    mount --bind small data
    export NAMEPLATE_REGISTRY=$PWD/small/fleet.db
    { echo identifier; seq -f 'M%06.0f' 60000; } >many.csv
    head -n 100 many.csv >few.csv
    nameplate registry import few.csv --org acme
    run -6 --separate-stderr nameplate registry import many.csv --org acme
    umount data
    [[ $stderr = *"the disk of the registry is full"*"make room"* ]] || { umount small; false; }
    nameplate registry changes verify
    mount -o remount,size=64m small
    nameplate registry import many.csv --org acme --json >counts
    [ "$(jq '.added + .unchanged' counts)" = 60000 ]
    nameplate registry changes verify
    umount small
}

@test "a file that another process holds is read, and waited for" {
    "$BATS_TEST_DIRNAME/../support/hold_file" data/fleet.db 3>&- &
    holder=$!
    until [ -e held ]; do read -r -t 0.05 <> <(:) || true; done
    [ "$(reason N1.cert)" = known ]
    [ "$(nameplate registry device list --json | jq '.devices | length')" = 2 ]
    nameplate registry device add N3 --org acme &
    adding=$!
    touch let_go
    wait $holder
    wait $adding
    [ "$(nameplate registry device list --json | jq '.devices | length')" = 3 ]
}
