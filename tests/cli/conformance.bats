#!/usr/bin/env bats
# The questions put to virtual chips of each model and lock state.
load helper

@test "a virtual chip of each model agrees, blank and provisioned" {
    nameplate signer create acme >/dev/null
    for model in atecc508a atecc608a atecc608b; do
        nameplate virtual create $model.chip --model $model >/dev/null
        untouched $model.chip succeeds chip conformance virtual:$model.chip --json
        [ "$(jq '.differ' <<<"$output")" = 0 ]
        [ "$(jq '.agreed' <<<"$output")" -ge 12 ]
        nameplate chip provision virtual:$model.chip --signer-cert acme.cert \
            --signer-key acme.key --yes >/dev/null 2>&1
        untouched $model.chip succeeds chip conformance virtual:$model.chip
        [[ $output == *" agreed, 0 differ, "* ]]
        [[ $output == *"agreed: What answers an ECDH with a point off the curve?"* ]]
    done
}

# What became of one question, by its stable name.
result_of() {
    jq -r --arg id "$1" '.questions[] | select(.id == $id).result' <<<"$output"
}

@test "the lock question waits for consent, and locks nothing" {
    nameplate virtual create new.chip --model atecc608b >/dev/null
    succeeds chip conformance virtual:new.chip --json
    [ "$(result_of LOCK_WRONG_SUMMARY)" = not-asked ]
    untouched new.chip succeeds chip conformance virtual:new.chip --may-lock --json
    [ "$(result_of LOCK_WRONG_SUMMARY)" = agreed ]
}
