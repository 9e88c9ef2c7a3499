#!/usr/bin/env bats
# The questions put to virtual chips of each model and lock state.
load helper

@test "a virtual chip of each model agrees, blank and provisioned" {
    nameplate signer create acme >/dev/null
    for model in atecc508a atecc608a atecc608b; do
        nameplate virtual create "$model".chip --model "$model" >/dev/null
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

@test "a blank chip of each model that is spent answers all, and agrees" {
    declare -A all=([atecc508a]=39 [atecc608a]=57 [atecc608b]=57)
    for model in "${!all[@]}"; do
        nameplate virtual create "$model".chip --model "$model" >/dev/null
        succeeds chip conformance virtual:"$model".chip --spend --yes --json
        [ "$(jq -c '[.agreed, .differ, (.questions | length)]' <<<"$output")" = \
            "[${all[$model]},0,73]" ]
        [ "$(jq -r '.questions[] | select(.id == "SELECTOR_FREE_VALUE").asked_when' \
            <<<"$output")" = data-locked ]
        [ "$(jq '[.questions[] | select(.result == "not-asked" and .why_not == null)] | length' \
            <<<"$output")" = 0 ]
        succeeds chip info virtual:"$model".chip --json
        [ "$(jq -c '[.config_is_locked, .data_is_locked]' <<<"$output")" = "[true,true]" ]
    done
}

@test "without consent, or with consent to another plan, nothing is spent" {
    nameplate virtual create new.chip --model atecc608b >/dev/null
    untouched new.chip refuses 2 "there is no terminal to ask on" \
        chip conformance virtual:new.chip --spend
    untouched new.chip refuses 2 "not the one consented to" \
        chip conformance virtual:new.chip --spend --yes --plan "$(printf '0%.0s' {1..64})"
    untouched new.chip refuses 2 "are for --spend" chip conformance virtual:new.chip --yes
    untouched new.chip succeeds chip conformance virtual:new.chip --spend --dry-run --json
    has_keys chip_serial model stage configuration hash
    local hash
    hash=$(jq -r .hash <<<"$output")
    untouched new.chip succeeds chip conformance virtual:new.chip --spend --dry-run
    says "plan hash: $hash"
    says "lock the data zone (for ever)"
    succeeds chip conformance virtual:new.chip --spend --plan "$hash"
    says "57 agreed, 0 differ, 16 not asked"
}

@test "the word LOCK typed on a terminal spends a chip, another word does not" {
    nameplate virtual create new.chip --model atecc508a >/dev/null
    local command before
    before=$(sha256sum new.chip)
    command="$(printf '%q ' "$NAMEPLATE_PROGRAM") chip conformance virtual:new.chip --spend"
    run script -qec "$command" /dev/null < <(echo WRITE)
    [ "$status" = 7 ]
    [ "$(sha256sum new.chip)" = "$before" ]
    run script -qec "$command" /dev/null < <(echo LOCK)
    [ "$status" = 0 ]
    [[ $output == *"39 agreed, 0 differ, 34 not asked"* ]]
}

@test "a spent chip is asked again without consent, a chip with another configuration is refused" {
    nameplate virtual create spent.chip --model atecc608a >/dev/null
    succeeds chip conformance virtual:spent.chip --spend --yes
    succeeds chip conformance virtual:spent.chip --spend --json
    [ "$(jq .differ <<<"$output")" = 0 ]
    [ "$(result_of WRONG_INPUT_MAC)" = agreed ]
    [ "$(result_of GENDIG_CONFIG_BEFORE_LOCK)" = not-asked ]
    nameplate signer create acme >/dev/null
    nameplate virtual create unit.chip --model atecc608a >/dev/null
    nameplate chip provision virtual:unit.chip --signer-cert acme.cert --signer-key acme.key \
        --yes >/dev/null 2>&1
    untouched unit.chip refuses 4 "nor one with the test configuration" \
        chip conformance virtual:unit.chip --spend --yes
}
