#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output, stderr and status
# All of a registry to another database and back: nothing is lost, and both answer alike. The other
# one is on a server where $NAMEPLATE_TEST_POSTGRES names one, else another file.
load helper

# A registry in old.db of which no table is empty.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=$PWD/old.db
    nameplate signer create acme --years 5
    nameplate signer create zeta --years 5
    for name in b2 N1 N3 a4; do
        nameplate device create $name --signer-cert acme.cert --signer-key acme.key
    done
    { echo identifier,product,tags,certificate
      for name in b2 N1 a4; do printf '%s,tracker,x|y,"%s"\n' $name "$(cat $name.cert)"; done
    } >units.csv
    nameplate registry device add 'Gerät "ü"' --org umbrella --product scale
    nameplate registry import units.csv --org acme
    nameplate registry ca add acme.cert --org acme --trusted --jitp product=tracker,limit=9
    nameplate registry ca challenge zeta.cert --org acme >asked
    nameplate registry device delete a4 --org acme
    nameplate registry device block N1 --org acme --key "$(key_of N1.cert)"
    nameplate registry device block b2 --org acme --certificate \
        "$(openssl x509 -in b2.cert -outform DER | sha256sum | cut -d ' ' -f 1)"
    nameplate registry key add "$NAMEPLATE_VECTORS/fwup/keys/k1.pub" --org acme --name prod
    nameplate registry key add "$NAMEPLATE_VECTORS/fwup/keys/k2.pub" --org acme --name Old
    archive=$NAMEPLATE_VECTORS/fwup/fw/signed_k1_v1.0.0.fw
    nameplate registry firmware add "$archive" --org acme \
        --product "$(nameplate firmware info "$archive" --json | jq -r .product)"
    nameplate registry key retire prod --org acme
    nameplate registry secret add --org acme --product tracker --limit 5 --out product.json
    nameplate registry secret add --org umbrella --device 'Gerät "ü"' --out own.json
    nameplate registry token add zoe --role admin --out zoe.token
    nameplate registry token add ci --role manage --org acme --days 30 --out ci.token
    "$BATS_TEST_DIRNAME/../support/fill_registry" old.db
} >/dev/null

key_of() {
    openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum |
        cut -d ' ' -f 1
}

# new_registry NAME: prints the URI of one that has nothing yet.
new_registry() {
    if [ -n "${NAMEPLATE_TEST_POSTGRES-}" ]; then
        local schema=m${BATS_TEST_NUMBER}_$1
        psql -q "$NAMEPLATE_TEST_POSTGRES" -c "CREATE SCHEMA $schema"
        echo "$NAMEPLATE_TEST_POSTGRES&options=-csearch_path%3D$schema"
    else
        echo "sqlite:$PWD/$1.db"
    fi
}

# move FROM TO FILE: as doc/moving.md says.
move() {
    nameplate registry export --with-secrets --out "$3" --registry "$1"
    run --separate-stderr nameplate registry import "$3" --registry "$2" --json
    [ "$status" = 0 ] || { echo "$status: $output $stderr"; cat "$3.rejects"; return 1; }
}

# What a registry says to all that it can be asked.
answers() {
    local list
    for list in 'ca list' 'device list' 'key list' 'firmware list' 'secret list' 'token list' \
        'refused list' 'changes list' 'changes verify'; do
        # shellcheck disable=SC2086 # two words
        nameplate registry $list --json --registry "$1"
    done
    for name in b2 N1 N3 a4; do
        nameplate registry device show $name --org acme --json --registry "$1" || true
        nameplate registry admit $name.cert --json --registry "$1" || true
    done
    nameplate registry changes export --registry "$1"
} 2>&1

@test "there and back all is the same, whatever the database" {
    there=$(new_registry there)
    move old.db "$there" one.ndjson
    move "$there" back.db two.ndjson
    nameplate registry export --with-secrets --registry back.db --out three.ndjson
    cmp one.ndjson two.ndjson
    cmp one.ndjson three.ndjson
    answers old.db >old.answers
    grep -q '"blocked"' old.answers
    grep -q device_deleted old.answers
    answers "$there" >there.answers
    answers back.db >back.answers
    diff old.answers there.answers
    diff old.answers back.answers
}

@test "no table is left out" {
    there=$(new_registry there)
    count() { "$BATS_TEST_DIRNAME/../support/fill_registry" --count "$1"; }
    move old.db "$there" one.ndjson
    diff <(count old.db) <(count "$there")
}

@test "what was open goes on there: a challenge, numbers, the list of changes" {
    there=$(new_registry there)
    move old.db "$there" one.ndjson
    export NAMEPLATE_REGISTRY=$there
    head=$(nameplate registry changes verify --registry old.db --json | jq -r .head)
    nameplate signer prove "$(cat asked)" --signer-cert zeta.cert --signer-key zeta.key \
        --out proof.pem
    nameplate registry ca add zeta.cert --org acme --proof proof.pem
    nameplate registry changes verify --head "$head"
    nameplate registry device add N9 --org acme
    nameplate registry secret add --org acme --product tracker --out more.json
    nameplate registry token add more --role view --out more.token
    nameplate registry key add "$NAMEPLATE_VECTORS/fwup/keys/k3.pub" --org acme
    nameplate registry changes verify
    [ "$(nameplate registry admit N3.cert --json | jq -r .reason)" = jitp_created ]
}

@test "secrets go along when that is said, into a file of mode 0600, and never to stdout" {
    run --separate-stderr nameplate registry export
    [ "$status" = 0 ]
    warns "5 shared secrets, tokens"
    secret=$(jq -r .secret product.json)
    [[ $output != *"$secret"* && $output != *'"kind":"token"'* ]]
    refuses 2 "--with-secrets needs --out" registry export --with-secrets
    (umask 0; nameplate registry export --with-secrets --out whole.ndjson)
    [ "$(stat -c %a whole.ndjson)" = 600 ]
    grep -qF -e "$secret" whole.ndjson
    ! grep -qF -e "$(cat zoe.token)" whole.ndjson || false
}

@test "one organisation goes alone, and what is of none stays" {
    nameplate registry export --org umbrella --with-secrets --out umbrella.ndjson
    jq -r 'select(.kind != "registry").kind' umbrella.ndjson >kinds
    diff kinds - <<<"$(printf 'organisation\ndevice\nsecret\nend')"
    there=$(new_registry there)
    nameplate registry import umbrella.ndjson --registry "$there"
    nameplate registry changes verify --registry "$there" # it has a list of its own
    [ "$(nameplate registry changes list --registry "$there" --json |
        jq '[.changes[].what] | length > 1')" = true ]
}

@test "into a registry that has something, what is there stays, and once more changes nothing" {
    there=$(new_registry there)
    nameplate registry device add N0 --org other --registry "$there"
    before=$(nameplate registry changes verify --json --registry "$there" | jq -r .head)
    move old.db "$there" one.ndjson
    nameplate registry changes verify --head "$before" --registry "$there"
    all=$(wc -l <one.ndjson)
    [ "$(jq .added <<<"$output")" -gt 20 ]
    run --separate-stderr nameplate registry import one.ndjson --registry "$there" --json
    [ "$status" = 0 ]
    [ "$(jq -c '[.added, .refused]' <<<"$output")" = '[0,0]' ] || { echo "$output"; false; }
    [ "$(jq '.unchanged + .kept' <<<"$output")" = $((all - 2)) ]
}

@test "lines that were altered are refused by their number, and the rest comes in" {
    nameplate registry export --with-secrets --out one.ndjson
    jq -c 'if .kind == "secret" then del(.device)
        elif .kind == "firmware_key" then .public_key |= .[4:]
        elif .kind == "authorization" and .limit == 500 then .limit = 0
        elif .name == "zoe" then .role = "king"
        elif .name == "ci" then .sha256 |= .[2:] else . end' one.ndjson >altered.ndjson
    run -8 --separate-stderr nameplate registry import altered.ndjson --json \
        --registry "$(new_registry there)"
    jq -r '"\(.identifier): \(.reason)"' altered.ndjson.rejects | sort | uniq -c |
        sed 's/^ *//' >reasons
    grep -q '^2 firmware_key: public_key has not 32 bytes' reasons
    grep -q '^1 token: sha256 has not 32 bytes' reasons
    grep -q '^1 token: role is not as it must be' reasons
    grep -q '^1 secret: something of this secret' reasons
    grep -q '^1 authorization: something of this authorization' reasons
}
