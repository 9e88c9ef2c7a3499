#!/usr/bin/env bats
# The firmware keys of an organisation, and archives judged as at an upload. Keys and archives are
# fwup's own (tests/vectors/fwup).
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=$PWD/fleet.db
    fw=$NAMEPLATE_VECTORS/fwup/fw
    keys=$NAMEPLATE_VECTORS/fwup/keys
    product=$(nameplate firmware info "$fw/signed_k1_v1.0.0.fw" --json | jq -r .product)
}

upload() {
    nameplate registry firmware add "$fw/$1" --org acme --product "$product" --json
}

@test "an archive is accepted by a key of the organisation, and recorded once" {
    nameplate registry key add "$keys/k1.pub" --org acme
    upload signed_k1_v1.0.0.fw >first.json
    [ "$(jq -r .verdict first.json)" = accepted ]
    upload signed_k1_v1.0.0.fw
    [ "$(nameplate registry firmware list --json | jq '.firmware | length')" = 1 ]
    nameplate registry firmware list --org acme --json >list.json
    [ "$(jq -r '.firmware[0].sha256' list.json)" = \
        "$(sha256sum "$fw/signed_k1_v1.0.0.fw" | cut -d ' ' -f 1)" ]
    [ "$(jq -r '.firmware[0].uuid' list.json)" = "$(jq -r .uuid first.json)" ]
    [ "$(nameplate registry key list --json | jq '.keys[0].firmware')" = 1 ]
}

@test "each refusal has its word" {
    run -3 --separate-stderr nameplate registry firmware add "$fw/signed_k1_v1.0.0.fw" --org acme \
        --product "$product"
    warns "registry key add"
    nameplate registry key add "$keys/k1.pub" --org acme
    refuses() {
        run -5 --separate-stderr nameplate registry firmware add "$fw/$1" --org acme \
            --product "$2" --json
        [ "$(jq -r .verdict <<<"$output")" = "$3" ]
    }
    refuses unsigned_v1.0.0.fw "$product" unsigned
    refuses signed_k3_v2.0.0-rc.1.fw "$product" unknown-key
    refuses bad_data_flipped_byte.fw "$product" corrupt
    refuses signed_k1_v1.0.0.fw other wrong-product
    upload signed_k1_v1.1.0.fw
    refuses signed_k1_v1.0.0.fw "$product" downgrade
    [ "$(nameplate registry firmware list --json | jq -c '[.firmware[].version]')" = '["1.1.0"]' ]
}

@test "a retiring key verifies, a revoked one does not, and one in use is not removed" {
    nameplate registry key add "$keys/k1.pub" --org acme --name prod
    run -5 nameplate registry key add "$keys/k1.pub" --org acme --name again
    run -5 nameplate registry key add "$keys/k2.pub" --org acme --name prod
    nameplate registry key retire prod --org acme
    upload signed_k1_v1.0.0.fw
    run -5 --separate-stderr nameplate registry key remove prod --org acme
    warns "1 archives on record"
    nameplate registry key revoke prod --org acme
    [ "$(nameplate registry key list --json | jq -r '.keys[0].state')" = revoked ]
    run -5 --separate-stderr nameplate registry firmware add "$fw/signed_k1_v1.1.0.fw" --org acme \
        --product "$product"
    warns revoked
    nameplate registry key activate prod --org acme
    upload signed_k1_v1.1.0.fw
    nameplate registry key add "$keys/k2.pub" --org acme
    nameplate registry key remove k2 --org acme
    run -3 nameplate registry key remove k2 --org acme
}

@test "a key of one product does not count for another" {
    nameplate registry key add "$keys/k1.pub" --org acme --product other
    run -3 nameplate registry firmware add "$fw/signed_k1_v1.0.0.fw" --org acme \
        --product "$product"
    nameplate registry key add "$keys/k2.pub" --org acme
    run -5 nameplate registry firmware add "$fw/signed_k1_v1.0.0.fw" --org acme \
        --product "$product"
}

@test "firmware verify takes the keys of a registry" {
    nameplate registry key add "$keys/k1.pub" --org acme --product "$product"
    nameplate firmware verify "$fw/signed_k1_v1.0.0.fw" --org acme --product "$product"
    run -3 nameplate firmware verify "$fw/signed_k3_v2.0.0-rc.1.fw" --org acme \
        --product "$product"
    nameplate firmware verify "$fw/signed_k3_v2.0.0-rc.1.fw" --org acme --product "$product" \
        --key "$keys/k3.pub"
    run -5 nameplate firmware verify "$fw/signed_k1_v1.0.0.fw" --org acme --product "$product" \
        --minimum-version 1.0.1
    run -3 nameplate firmware verify "$fw/signed_k1_v1.0.0.fw" --org umbrella \
        --product "$product"
}

@test "keys that no honest program makes are no keys" {
    for bad in weak_identity.pub weak_order4.pub offcurve.pub k1.pub.tailbits empty.pub; do
        run -3 nameplate registry key add "$keys/$bad" --org acme --name bad
    done
    nameplate registry key add "$keys/k1.pub.nl" --org acme --name k1
    run -3 nameplate registry key add "$keys/k2.pub" --org acme --name 'a b'
}
