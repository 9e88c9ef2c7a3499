#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output, stderr and status
# A front door whose registry is a file on a disk that is full. when_unwritable says whether those
# who are known come in.
load gateway

teardown() {
    # shellcheck disable=SC2046 # one word each
    kill $(cat ./*.pid 2>/dev/null) 2>/dev/null || true
    umount -l small 2>/dev/null || true
}

@test "a full disk lets in who is known, and who is not when there is room again" {
    mkdir small
    mount -t tmpfs -o size=4m tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    export NAMEPLATE_REGISTRY=sqlite:$PWD/small/fleet.db
    know_one
    for policy in serve_known refuse; do
        configure "when_unwritable = \"$policy\"" "registry = \"$NAMEPLATE_REGISTRY\""
        start
        comes_in N1
        dd if=/dev/zero of=small/filler bs=4096 2>/dev/null || true
        if [ $policy = refuse ]; then
            until_true is_refused N1
        else
            comes_in N1
            is_refused N2
        fi
        until_true has_event '.event == "refused" and .reason == "storage_unavailable"'
        events | jq -r 'select(.reason == "storage_unavailable") | tostring' | grep -q 'is full'
        rm small/filler
        until_true comes_in N1
        [ $policy = serve_known ] || until_true comes_in N2
        stop
    done
    umount small
}
