#!/usr/bin/env bats
# Provisioning: the tutorial, consent, idempotence, conflicts.
load helper

# A terminal that types these lines: on_terminal TEXT COMMAND...
on_terminal() {
    local typed=$1
    shift
    printf '%s' "$typed" | script -qec "$(printf '%q ' "$NAMEPLATE_PROGRAM" "$@")" /dev/null
}

provision_words=(chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key)

@test "the tutorial works for every model, and openssl believes it" {
    make_signer
    for model in atecc508a atecc608a atecc608b; do
        make_chip kit.chip $model
        succeeds "${provision_words[@]}" --serial SN-0001 --yes
        says "serial: SN-0001"
        says "chip serial: 0123a1b2c3d4e5f6ee"
        says "device fingerprint: $(nameplate chip cert virtual:kit.chip |
            openssl x509 -outform DER | sha256sum | cut -d ' ' -f 1)"
        nameplate chip verify virtual:kit.chip --signer-cert acme.cert
        nameplate chip cert virtual:kit.chip >device.pem
        openssl verify -CAfile acme.cert device.pem
        [ "$(openssl x509 -in device.pem -noout -subject)" = "subject=CN = SN-0001" ]
        nameplate chip cert virtual:kit.chip --signer | cmp - acme.cert
        rm kit.chip
    done
}

@test "the plan is shown on stderr before it is carried out" {
    make_signer
    make_chip kit.chip
    succeeds "${provision_words[@]}" --yes
    warns "plan hash: "
    warns "(irreversible)"
    [ "$(wc -l <<<"$output")" = 3 ]
}

@test "without a terminal and without consent nothing is written" {
    make_signer
    make_chip kit.chip
    untouched kit.chip refuses 2 "nothing was written" "${provision_words[@]}" </dev/null
    warns "hint: add --plan HASH"
}

@test "consent to the hash of the plan is consent" {
    make_signer
    make_chip kit.chip
    hash=$(nameplate chip plan virtual:kit.chip --signer-cert acme.cert --json | jq -r .hash)
    succeeds "${provision_words[@]}" --plan "$hash"
    says "serial: "
}

@test "consent to another plan is none" {
    make_signer
    make_chip kit.chip
    hash=$(nameplate chip plan virtual:kit.chip --signer-cert acme.cert --json | jq -r .hash)
    untouched kit.chip refuses 2 "the plan is not the one consented to" \
        "${provision_words[@]}" --serial other --plan "$hash"
    untouched kit.chip refuses 2 "the plan is not the one consented to" \
        "${provision_words[@]}" --serial other --plan "$hash" --yes
    untouched kit.chip refuses 2 "64 hex digits" "${provision_words[@]}" --plan "${hash:0:60}"
}

@test "the word LOCK typed on a terminal is consent" {
    make_signer
    make_chip kit.chip
    run on_terminal $'LOCK\n' "${provision_words[@]}"
    [ "$status" = 0 ]
    says "type LOCK to go on: "
    succeeds chip verify virtual:kit.chip
}

@test "any other word is not, and nothing is written" {
    make_signer
    make_chip kit.chip
    for word in lock yes LOCKED "" "LOCK it"; do
        before=$(sha256sum kit.chip)
        run on_terminal "$word"$'\n' "${provision_words[@]}"
        [ "$status" = 7 ]
        says "nothing was written"
        [ "$(sha256sum kit.chip)" = "$before" ]
    done
}

@test "a terminal that does not show the plan is no place to ask" {
    make_signer
    make_chip kit.chip
    before=$(sha256sum kit.chip)
    command=$(printf '%q ' "$NAMEPLATE_PROGRAM" "${provision_words[@]}")
    run script -qec "$command 2>messages" /dev/null < <(echo LOCK)
    [ "$status" = 2 ]
    grep -q "there is no terminal to ask on" messages
    [ "$(sha256sum kit.chip)" = "$before" ]
}

@test "a dry run shows the plan and stops" {
    make_signer
    make_chip kit.chip
    local now=(--now 2031-05-05T05:05:05Z) # dates are those of the hour
    untouched kit.chip succeeds "${provision_words[@]}" --dry-run "${now[@]}"
    [ "$output" = "$(nameplate chip plan virtual:kit.chip --signer-cert acme.cert "${now[@]}")" ]
}

@test "provisioning again changes nothing and says so" {
    provisioned_chip
    untouched kit.chip succeeds "${provision_words[@]}"
    warns "was provisioned as asked before"
    says "serial: "
    run --separate-stderr nameplate "${provision_words[@]}" --strict
    [ "$status" = 4 ]
    succeeds chip plan virtual:kit.chip --signer-cert acme.cert
    says "the chip is provisioned as asked; nothing is written"
}

@test "a chip that carries something else than asked for is refused" {
    provisioned_chip
    untouched kit.chip refuses 4 "serial" "${provision_words[@]}" --yes --serial other
    untouched kit.chip refuses 4 "board" "${provision_words[@]}" --yes --board other
    echo data >data
    untouched kit.chip refuses 4 "user data" "${provision_words[@]}" --yes --user-data data
    make_signer second
    untouched kit.chip refuses 4 "signer" chip provision virtual:kit.chip --yes \
        --signer-cert second.cert --signer-key second.key
}

@test "the certificate of the 29th of February holds" {
    make_signer
    make_chip kit.chip
    provision kit.chip --yes --now 2028-02-29T12:34:56Z
    nameplate chip cert virtual:kit.chip >device.pem
    openssl verify -attime "$(date -ud 2028-03-01 +%s)" -CAfile acme.cert device.pem
    succeeds chip info virtual:kit.chip --json
    [ "$(jq -r .not_before <<<"$output")" = 2028-02-28T12:00:00Z ]
    [ "$(jq -r .not_after <<<"$output")" = 2059-02-28T12:00:00Z ]
}

@test "serial, board and user data are bytes as they were given" {
    make_signer
    make_chip kit.chip
    printf '\001user' >data
    provision kit.chip --yes --serial 'Gerät, 7' --board Bäume --user-data data
    succeeds chip info virtual:kit.chip --json
    [ "$(jq -r .serial <<<"$output")" = 'Gerät, 7' ]
    [ "$(jq -r .board <<<"$output")" = Bäume ]
    [[ $(jq -r .user_data <<<"$output") == 0175736572* ]]
}

@test "a disk that is full is station trouble, and the run can be resumed" {
    make_signer
    make_chip kit.chip
    # stderr is a file of bats, so that the limit would be its limit too
    # shellcheck disable=SC2016 # expanded by the inner shell
    untouched kit.chip run --separate-stderr bash -c \
        'trap "" XFSZ; prlimit --fsize=400 "$0" "$@" 2>&1 | cat >&2; exit ${PIPESTATUS[0]}' \
        "$NAMEPLATE_PROGRAM" "${provision_words[@]}" --yes
    [ "$status" = 6 ]
    warns "cannot be written"
    succeeds "${provision_words[@]}" --yes
}

@test "the key of the signer is nowhere in what is printed or stored" {
    make_signer
    make_chip kit.chip
    provision kit.chip --yes --json >answer 2>&1
    # SEC1: 30 77 02 01 01 04 20, then the 32 bytes
    key=$(openssl ec -in acme.key -outform DER 2>/dev/null | hex | cut -c 15-78)
    [ ${#key} = 64 ]
    run grep -qi "$key" answer
    [ "$status" = 1 ]
    [[ $(hex <kit.chip) != *"$key"* ]]
}

@test "the JSON keys are stable" {
    make_signer
    make_chip kit.chip
    succeeds "${provision_words[@]}" --yes --json
    has_keys serial chip_serial device_fingerprint signer_fingerprint device_certificate \
        signer_certificate was_done is_issued
    [ "$(jq -r '[.was_done, .is_issued] | join(" ")' <<<"$output")" = "false true" ]
    openssl verify -CAfile acme.cert <(jq -r .device_certificate <<<"$output")
    succeeds "${provision_words[@]}" --json
    [ "$(jq -r '[.was_done, .is_issued] | join(" ")' <<<"$output")" = "true false" ]
    succeeds "${provision_words[@]}" --dry-run --json
    has_keys chip_serial model layout stage serial board user_data \
        signer_fingerprint is_done hash steps
    [ "$(jq .is_done <<<"$output")" = true ]
}
