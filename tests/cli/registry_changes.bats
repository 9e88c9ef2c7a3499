#!/usr/bin/env bats
# Who has changed what: the list, that it is whole, and that others find it so too.
load helper

# Five changes in a registry of this test's own.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=$PWD/fleet.db
    nameplate signer create acme --years 5
    nameplate registry ca add acme.cert --org acme --trusted
    nameplate registry device add 'Gerät "ü"' --org umbrella
    nameplate registry device add N1 --org acme
    nameplate registry device block N1 --org acme
    nameplate registry device move N1 --org acme --to umbrella
} >/dev/null

tamper() {
    python3 -c 'import sqlite3, sys
with sqlite3.connect("fleet.db") as file: file.execute(sys.argv[1])' "$1"
}

@test "the list tells who has changed what" {
    changes=$(nameplate registry changes list --json)
    jq -r '.changes[] | "\(.what) \(.org)/\(.subject)"' <<<"$changes" | sed -n '2,4p' >found
    diff found - <<'END'
device add umbrella/Gerät "ü"
device add acme/N1
device block acme/N1
END
    [ "$(jq -r '.changes[].who' <<<"$changes" | sort -u)" = "$(id -un)" ]
    run nameplate registry changes list --org umbrella
    [ "${#lines[@]}" = 2 ]
    [[ ${lines[1]} = *"device arrive  umbrella/N1"* ]]
}

@test "the list is verified here, and by a program of others" {
    nameplate registry changes verify --json >report
    nameplate registry changes export >changes.ndjson
    run "$BATS_TEST_DIRNAME/../interop/verify_changes.py" changes.ndjson
    [ "$status" = 0 ]
    [ "$output" = "$(jq -r '"\(.changes) \(.head)"' report)" ]
    nameplate registry changes export --out again.ndjson
    cmp changes.ndjson again.ndjson
    run -3 nameplate registry changes export --out again.ndjson
}

@test "a change that was altered is named, here and there" {
    nameplate registry changes verify --json | jq -r .head >kept
    tamper "UPDATE changes SET who = 'nobody' WHERE seq = 3"
    run -3 --separate-stderr nameplate registry changes verify
    [[ $stderr = *"change 3: it is not what was hashed"* ]]
    nameplate registry changes export >changes.ndjson 2>note
    grep -q "change 3 does not fit" note
    run -1 "$BATS_TEST_DIRNAME/../interop/verify_changes.py" changes.ndjson
    [[ $output = *"change 4 does not follow change 3"* ]]
}

@test "changes that were taken off the end, head and all, are missed by an earlier head" {
    nameplate registry changes verify --json | jq -r .head >kept
    nameplate registry changes verify --head "$(cat kept)"
    tamper "DELETE FROM changes WHERE seq > 4"
    run -3 nameplate registry changes verify
    tamper "UPDATE changes_head SET seq = 4, hash = (SELECT hash FROM changes WHERE seq = 4)"
    nameplate registry changes verify
    run -3 --separate-stderr nameplate registry changes verify --head "$(cat kept)"
    [[ $stderr = *"no change has this hash"* ]]
    run -2 nameplate registry changes verify --head 12
}
