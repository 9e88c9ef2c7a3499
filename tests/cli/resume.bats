#!/usr/bin/env bats
# Interruptions: whatever moment a run is ended at, the next one completes it.
load helper

words=(chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key)

# How long a whole run takes here, in microseconds.
measure_run() {
    local begin end
    make_chip kit.chip
    begin=$(date +%s%N)
    nameplate "${words[@]}" --yes >/dev/null 2>&1
    end=$(date +%s%N)
    echo $(((end - begin) / 1000))
}

# ended_by SIGNAL MICROSECONDS: a run on a new chip that gets the signal after that time.
ended_by() {
    rm -f kit.chip
    make_chip kit.chip
    run --separate-stderr timeout --preserve-status -s "$1" \
        "$(printf '%d.%06d' $(($2 / 1000000)) $(($2 % 1000000)))" \
        "$NAMEPLATE_PROGRAM" "${words[@]}" --yes
}

@test "a run that was killed at any moment is completed by the next one" {
    make_signer
    whole=$(measure_run)
    stages=""
    moments=30
    [ -z "${NP_SOAK:-}" ] || moments=1000
    for i in $(seq 1 $moments); do
        ended_by KILL $((whole * i / moments))
        stages+=" $(nameplate virtual show kit.chip --json | jq -r .stage)"
        # the hash is of what was consented to, so that it is still the same
        hash=$(nameplate chip plan virtual:kit.chip --signer-cert acme.cert --json | jq -r .hash)
        [ "$hash" = "${first_hash:=$hash}" ]
        succeeds "${words[@]}" --plan "$hash"
        succeeds chip verify virtual:kit.chip --signer-cert acme.cert
        [ "$(echo kit.chip*)" = kit.chip ]
    done
    echo "# stages after the kill:$stages"
}

@test "a signal ends a run between two steps, with status 7, or comes too late" {
    make_signer
    whole=$(measure_run)
    for i in $(seq 1 8); do
        ended_by TERM $((whole * i / 8))
        # 143: before the plan was begun, or after it was done
        [ "$status" = 7 ] || [ "$status" = 0 ] || [ "$status" = 143 ]
        [ "$status" != 7 ] || warns "hint: run the same command again"
        succeeds "${words[@]}" --yes
        succeeds chip verify virtual:kit.chip --signer-cert acme.cert
    done
}
