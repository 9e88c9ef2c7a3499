#!/usr/bin/env bats
# Auxiliary certificates: a second pair for the same key, which can be replaced. openssl judges.
load helper

field=(--signer-cert field.cert --signer-key field.key)

@test "openssl verifies the auxiliary pair, and the primary one stays, on every model" {
    make_signer field
    for model in atecc508a atecc608a atecc608b; do
        rm -f kit.chip acme.*
        provisioned_chip $model
        nameplate chip cert virtual:kit.chip --chain >primary.pem
        succeeds chip aux provision virtual:kit.chip "${field[@]}" --yes
        says "auxiliary certificates: present"
        says "signer fingerprint: $(nameplate signer show field.cert --json | jq -r .fingerprint)"
        nameplate chip aux cert virtual:kit.chip >aux.pem
        openssl verify -CAfile field.cert aux.pem
        run openssl verify -CAfile acme.cert aux.pem
        [ "$status" != 0 ]
        nameplate chip aux cert virtual:kit.chip --signer | cmp - field.cert
        nameplate chip cert virtual:kit.chip --chain | cmp - primary.pem
        cmp <(openssl x509 -in aux.pem -noout -pubkey) \
            <(openssl x509 -in primary.pem -noout -pubkey)
        nameplate chip verify virtual:kit.chip --signer-cert acme.cert
    done
}

@test "both names of the command print the same" {
    make_signer field
    provisioned_chip
    nameplate chip aux provision virtual:kit.chip "${field[@]}" --yes
    for option in "" --signer --chain; do
        # shellcheck disable=SC2086 # none or one option
        cmp <(nameplate chip aux cert virtual:kit.chip $option) \
            <(nameplate chip cert virtual:kit.chip --aux $option)
    done
    refuses 2 "exclude each other" chip aux cert virtual:kit.chip --chain --signer
}

@test "presence is an outcome at every stage" {
    make_chip kit.chip
    succeeds chip aux show virtual:kit.chip
    says "auxiliary certificates: unreadable"
    rm kit.chip
    provisioned_chip
    succeeds chip aux show virtual:kit.chip
    says "auxiliary certificates: absent"
    make_signer field
    nameplate chip aux provision virtual:kit.chip "${field[@]}" --yes
    untouched kit.chip succeeds chip aux show virtual:kit.chip
    says "auxiliary certificates: present"
    succeeds chip aux clear virtual:kit.chip
    says "auxiliary certificates before: present"
    succeeds chip aux show virtual:kit.chip --json
    has_keys state device_fingerprint signer_fingerprint not_before not_after
    [ "$(jq -r .state <<<"$output")" = absent ]
}

@test "a chip without a pair has no auxiliary certificates, and without an identity gets none" {
    make_signer field
    make_chip kit.chip
    refuses 4 "data zone is not locked" chip aux cert virtual:kit.chip
    refuses 4 "data zone is not locked" chip aux provision virtual:kit.chip "${field[@]}" --yes
    refuses 4 "data zone is not locked" chip aux clear virtual:kit.chip
    rm kit.chip
    provisioned_chip
    refuses 4 "carries no auxiliary certificates" chip aux cert virtual:kit.chip
    warns "hint: give it some: nameplate chip aux provision"
}

@test "consent is asked for, by word, option or hash" {
    make_signer field
    provisioned_chip
    run --separate-stderr nameplate chip aux provision virtual:kit.chip "${field[@]}" </dev/null
    [ "$status" = 2 ]
    warns "nothing was written"
    untouched kit.chip succeeds chip aux provision virtual:kit.chip "${field[@]}" --dry-run --json
    has_keys chip_serial model serial signer_fingerprint state is_done hash
    hash=$(jq -r .hash <<<"$output")
    make_signer second
    untouched kit.chip refuses 2 "the plan is not the one consented to" chip aux provision \
        virtual:kit.chip --signer-cert second.cert --signer-key second.key --plan "$hash"
    succeeds chip aux provision virtual:kit.chip "${field[@]}" --plan "$hash"
    command=$(printf '%q ' "$NAMEPLATE_PROGRAM" chip aux provision virtual:kit.chip \
        --signer-cert second.cert --signer-key second.key)
    run script -qec "$command" /dev/null < <(echo LOCK)
    [ "$status" = 7 ]
    run script -qec "$command" /dev/null < <(echo WRITE)
    [ "$status" = 0 ]
    nameplate chip aux cert virtual:kit.chip --signer | cmp - second.cert
}

@test "a pair of the same signer is left as it is, and another signer replaces it" {
    make_signer field
    make_signer second
    provisioned_chip
    nameplate chip aux provision virtual:kit.chip "${field[@]}" --yes
    untouched kit.chip succeeds chip aux provision virtual:kit.chip "${field[@]}"
    warns "already; nothing was written"
    run nameplate chip aux provision virtual:kit.chip "${field[@]}" --strict
    [ "$status" = 4 ]
    succeeds chip aux provision virtual:kit.chip --signer-cert second.cert \
        --signer-key second.key --yes --json
    has_keys state device_fingerprint signer_fingerprint not_before not_after was_done
    nameplate chip aux cert virtual:kit.chip >aux.pem
    openssl verify -CAfile second.cert aux.pem
}

@test "signers that no chip can store, expired ones and strange keys are refused" {
    make_signer field
    make_signer second
    make_openssl_ca
    provisioned_chip
    untouched kit.chip refuses 3 "no chip can store" chip aux provision virtual:kit.chip \
        --signer-cert other.cert --signer-key other.key --yes
    untouched kit.chip refuses 3 "second.key" chip aux provision virtual:kit.chip \
        --signer-cert field.cert --signer-key second.key --yes
    untouched kit.chip refuses 3 "expired" chip aux provision virtual:kit.chip "${field[@]}" \
        --yes --now 2050-01-01
}

@test "what an interruption left is named and mended" {
    make_signer field
    make_signer second
    provisioned_chip
    nameplate chip aux provision virtual:kit.chip "${field[@]}" --yes
    cp kit.chip first.chip
    nameplate chip aux provision virtual:kit.chip --signer-cert second.cert \
        --signer-key second.key --yes
    # slot 9 of the second pair, slots 14 and 15 of the first; the file ends with its digest
    python3 - <<'PYTHON'
import hashlib
first, second = (bytearray(open(name, "rb").read()) for name in ("first.chip", "kit.chip"))
slot9 = next(i for i in range(len(first)) if first[i] != second[i])
first[slot9:slot9 + 72] = second[slot9:slot9 + 72]
first[-32:] = hashlib.sha256(first[:-32]).digest()
open("torn.chip", "wb").write(first)
PYTHON
    run --separate-stderr nameplate chip aux show virtual:torn.chip
    [ "$status" = 1 ]
    warns "run nameplate chip aux provision again"
    nameplate chip aux provision virtual:torn.chip "${field[@]}" --yes
    nameplate chip aux cert virtual:torn.chip >aux.pem
    openssl verify -CAfile field.cert aux.pem
}
