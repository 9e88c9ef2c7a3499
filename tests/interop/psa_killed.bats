#!/usr/bin/env bats
# The commands of psa, killed in front of every step and run again; and many of them at once.
load psa/lab

setup_file() {
    make_fresh_chip
}

# What later tests begin with, kept as it is now.
keep() {
    rm -rf kept
    mkdir kept
    cp -r keys kit.chip kept
}

restore() {
    rm -rf keys
    cp -r kept/keys kept/kit.chip .
}

# Only the key 16, in slot 0.
has_identity() {
    is_consistent '[[16,0,"proven"]]'
}

@test "provision, killed in front of every step" {
    local all='[[16,0,"proven"],[18,2,"proven"],[20,3,"proven"]]'
    is_whole() {
        is_consistent "$all"
    }
    sweep begin_anew is_whole psa provision --register id=16,slot=0 --generate id=18 \
        --generate id=20
}

@test "register and generate, killed in front of every step" {
    sweep begin_anew has_identity psa register id=16,slot=0
    keep
    sweep restore is_consistent psa generate id=18
    is_second() {
        is_consistent '[[16,0,"proven"],[18,2,"proven"],[20,4,"proven"]]'
    }
    keep
    sweep restore is_second psa generate id=20,slot=4
}

# A key over one that nobody knows: consent was given for the one that is lost.
@test "a generation over another store's key, killed in front of every step" {
    psa register id=16,slot=0 >/dev/null
    nameplate psa generate id=7,slot=2 --store other --chip virtual:kit.chip >/dev/null
    keep
    sweep restore is_consistent psa generate id=18,slot=2 --yes
}

# Every state that a killed provision leaves is one to recover from, and recover is killed as well.
@test "recover, killed in front of every step, in every state that asks for it" {
    local at=0 states=0 status=77
    while [ "$status" = 77 ]; do
        at=$((at + 1))
        begin_anew
        run with_cuts NP_CUT_AT=$at psa provision --register id=16,slot=0 --generate id=18
        [ -e keys/00000000ffffff74.psa_its ] || continue
        keep
        is_whole() {
            [ ! -e keys/00000000ffffff74.psa_its ] && is_consistent "$(psa list --json |
                jq -c '[.keys[] | [.id, .slot, "proven"]]')"
        }
        states=$((states + 1))
        # the first recovers from the last of these states; all of them are for a soak
        [ -n "${NP_SOAK:-}" ] || [ $((states % 4)) = 3 ] || continue
        sweep restore is_whole psa recover
        status=77
    done
    [ "$states" -gt 5 ]
}

@test "gc, killed in front of every step" {
    psa provision --register id=16,slot=0 --generate id=18 --generate id=20 >/dev/null
    rm keys/0000000000000012.psa_its keys/0000000000000014.psa_its
    keep
    sweep restore has_identity psa gc --yes
}

@test "commands at once make a key once, and give each key a slot of its own" {
    local n
    for n in 1 2 3 4; do
        psa generate id=18 --wait 60 >made.$n 2>&1 3>&- &
    done
    wait
    [ "$(cat made.* | grep -c 'key 18: slot 2, made')" = 1 ]
    [ "$(cat made.* | grep -c 'key 18: slot 2, unchanged')" = 3 ]
    [ "$(sed -n '/BEGIN PUBLIC/,/END PUBLIC/p' made.* | sort -u | wc -l)" = 4 ]
    for n in 19 20; do
        psa generate id=$n --wait 60 >made.$n 2>&1 3>&- &
    done
    wait
    is_consistent "$(psa list --json | jq -c '[.keys[] | [.id, .slot, "proven"]]')"
    [ "$(psa list --json | jq -c '[.keys[].slot] | sort')" = "[2,3,4]" ]
}

# Its lock ends with it, and the one that waited ends what it began.
@test "a command that is killed in the middle while another waits for it" {
    psa register id=16,slot=0 >/dev/null
    with_cuts NP_STOP_AT=12 psa generate id=18 >/dev/null 2>&1 3>&- &
    local holder="" count
    for ((count = 0; count < 10000; count++)); do
        holder=$(cat keys/store.lock 2>/dev/null) || true
        ! grep -q "^State:.*T" "/proc/$holder/status" 2>/dev/null || break
    done
    refuses_at_once=0
    psa list --wait 0 2>held || refuses_at_once=$?
    [ "$refuses_at_once" = 6 ]
    grep -q "process $holder" held
    psa generate id=18 --wait 60 >made 2>&1 3>&- &
    local waiting=$!
    kill -KILL "$holder"
    wait $waiting
    grep -q "key 18: slot 2" made
    is_consistent
}
