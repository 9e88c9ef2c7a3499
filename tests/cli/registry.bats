#!/usr/bin/env bats
# Who may come in, by commands; proofs of ownership are made by openssl as well.
load helper

# A registry, a signer, and a device of his.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    export NAMEPLATE_REGISTRY=$PWD/fleet.db
    nameplate signer create acme --years 5
    nameplate device create N1 --signer-cert acme.cert --signer-key acme.key >/dev/null
}

# fingerprint FILE: as openssl prints it, colons and all
fingerprint() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d = -f 2
}

reason() {
    nameplate registry admit "$@" --json 2>/dev/null | jq -r .reason
}

@test "a CA is registered by a proof, once, and its devices would come in" {
    [ "$(reason N1.cert)" = unknown_ca ]
    run -5 --separate-stderr nameplate registry admit N1.cert
    [[ $stderr = *"unknown_ca"*"registry ca add"* ]]
    challenge=$(nameplate registry ca challenge acme.cert --org acme 2>/dev/null)
    nameplate signer prove "$challenge" --signer-cert acme.cert --signer-key acme.key \
        --out proof.pem
    nameplate registry ca add acme.cert --org acme --proof proof.pem \
        --jitp product=tracker,tags=a+b,limit=100
    [ "$(reason N1.cert)" = jitp_created ]
    [ "$(reason proof.pem)" = ownership_proof ]
    [ "$(reason acme.cert)" = ca_as_leaf ]
    run -5 --separate-stderr nameplate registry ca add acme.cert --org acme --proof proof.pem
    [[ $stderr = *"used already"*"ca challenge"* ]]
    nameplate registry ca show "$(fingerprint acme.cert)" --json >ca.json
    [ "$(jq -c .authority.tags ca.json)" = '["a","b"]' ]
    [ "$(jq -r .authority.product ca.json)" = tracker ]
    [ "$(jq -r .authority.create_limit ca.json)" = 100 ]
    nameplate registry ca list | grep -q "acme  until .*creates tracker"
}

@test "a proof that openssl makes is as good, as URI and as common name" {
    challenge=$(nameplate registry ca challenge acme.cert --org acme 2>/dev/null)
    openssl req -new -newkey ed25519 -nodes -keyout p.key -subj /CN=proof -out p.csr \
        -addext "subjectAltName=URI:urn:nerveshub:verify:$challenge" 2>/dev/null
    openssl x509 -req -in p.csr -CA acme.cert -CAkey acme.key -CAcreateserial -days 1 \
        -copy_extensions copy -out uri.pem 2>/dev/null
    nameplate registry ca add acme.cert --org acme --proof uri.pem
    challenge=$(nameplate registry ca challenge acme.cert --org umbrella 2>/dev/null)
    openssl req -new -newkey ed25519 -nodes -keyout p.key -subj "/CN=$challenge" -out p.csr \
        2>/dev/null
    openssl x509 -req -in p.csr -CA acme.cert -CAkey acme.key -CAcreateserial -days 1 \
        -out cn.pem 2>/dev/null
    run -5 --separate-stderr nameplate registry ca add acme.cert --org umbrella --proof cn.pem
    [[ $stderr = *"another organisation has registered a CA with this key"* ]]
    nameplate registry ca remove "$(fingerprint acme.cert)" --org acme
    nameplate registry ca add acme.cert --org umbrella --proof cn.pem
}

@test "a proof of another CA, without a challenge or not asked for is refused" {
    nameplate signer create other
    challenge=$(nameplate registry ca challenge acme.cert --org acme 2>/dev/null)
    nameplate signer prove "$challenge" --signer-cert other.cert --signer-key other.key \
        --out other.pem
    run -3 --separate-stderr nameplate registry ca add acme.cert --org acme --proof other.pem
    [[ $stderr = *"other.pem"*"not signed by this CA"* ]]
    run -3 --separate-stderr nameplate registry ca add acme.cert --org acme --proof N1.cert
    [[ $stderr = *"N1.cert"*"carries no challenge"* ]]
    nameplate signer prove 0123456789012345678901234567890123456789012 \
        --signer-cert acme.cert --signer-key acme.key --out mine.pem
    run -5 nameplate registry ca add acme.cert --org acme --proof mine.pem
    run -2 --separate-stderr nameplate registry ca add acme.cert --org acme
    [[ $stderr = *"--proof"*"--trusted"* ]]
    run -3 --separate-stderr nameplate registry ca add N1.cert --org acme --trusted
    [[ $stderr = *"N1.cert"*"not of a CA"* ]]
}

@test "what --jitp, --identifier, --pin and a name are not is said" {
    for bad in tags=a product= products=x product=x,limit=0 product=x,limit=many; do
        run -2 nameplate registry ca add acme.cert --org acme --trusted --jitp "$bad"
    done
    run -2 nameplate registry ca add acme.cert --org acme --trusted --identifier email
    run -2 nameplate registry ca add acme.cert --org acme --trusted --pin root
    run -3 nameplate registry ca add acme.cert --org 'a b' --trusted
    run -3 nameplate registry ca show 0123456789
    run -2 nameplate registry ca show nothex
    [ "$(nameplate registry ca list --json | jq '.authorities | length')" = 0 ]
}

@test "a device is announced, blocked, moved and deleted" {
    nameplate registry ca add acme.cert --org acme --trusted
    [ "$(reason N1.cert)" = device_not_registered ]
    nameplate registry device add N1 --org acme --product tracker
    run -5 nameplate registry device add N1 --org acme
    [ "$(reason N1.cert)" = registered ]
    nameplate registry device block N1 --org acme
    [ "$(reason N1.cert)" = blocked ]
    nameplate registry device unblock N1 --org acme
    nameplate registry device rekey-window N1 --org acme --hours 2
    [ "$(nameplate registry device show N1 --org acme --json | jq -r .device.rekey_until)" != null ]
    nameplate registry device move N1 --org acme --to umbrella
    [ "$(reason N1.cert)" = device_not_registered ]
    nameplate registry device add N1 --org acme
    nameplate registry device delete N1 --org acme
    [ "$(reason N1.cert)" = device_deleted ]
    run -3 --separate-stderr nameplate registry device show N2 --org acme
    [[ $stderr = *"no device of this identifier"* ]]
    [ "$(nameplate registry device list --json | jq -r '.devices[] | "\(.org) \(.state)"')" = \
        "acme deleted
umbrella active" ]
}

@test "identifiers and names in UTF-8 are kept, and what is no certificate is refused" {
    nameplate registry device add 'Gerät-ü' --org 'Größe'
    [ "$(nameplate registry device list --json | jq -r '.devices[0].identifier')" = 'Gerät-ü' ]
    echo nothing >nothing.pem
    run -3 nameplate registry admit nothing.pem
    run -3 nameplate registry admit missing.pem
    cat N1.cert acme.cert | nameplate registry admit - || [ $? = 5 ]
}

# make_ca NAME EXTENSIONS...: a CA of the same subject as all signers here, by openssl
make_ca() {
    local name=$1
    shift
    printf '%s\n' '[req]' 'distinguished_name = dn' '[dn]' '[ca]' \
        'basicConstraints = critical, CA:TRUE' "$@" >"$name.cnf"
    openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -config "$name.cnf" \
        -extensions ca -subj /CN=Signer -days 30 -keyout "$name.key" -out "$name.cert" 2>/dev/null
}

@test "of several CAs with one name, the one whose key verifies counts, and no other is blamed" {
    nameplate registry ca add acme.cert --org acme --trusted --jitp product=t
    nameplate signer create other --years 5
    nameplate device create N2 --signer-cert other.cert --signer-key other.key
    [ "$(openssl x509 -in N2.cert -noout -issuer_hash)" = \
        "$(openssl x509 -in acme.cert -noout -subject_hash)" ]
    # the key identifier says that another CA is meant
    [ "$(reason N2.cert)" = unknown_ca ]
    # a CA that claims the same key identifier, as anybody can
    identifier=$(openssl x509 -in other.cert -noout -ext subjectKeyIdentifier | tail -n 1)
    make_ca hostile "subjectKeyIdentifier = $identifier"
    nameplate registry ca add hostile.cert --org hostile --trusted --jitp product=h
    [ "$(reason N2.cert)" = bad_signature ]
    nameplate registry ca add other.cert --org other --trusted --jitp product=o
    [ "$(reason N2.cert)" = jitp_created ]
    [ "$(nameplate registry admit N2.cert --json | jq -r .org)" = other ]
    [ "$(nameplate registry admit N1.cert --json | jq -r .org)" = acme ]
    # where one of both sides names no key, the name alone says who is meant
    make_ca silent 'subjectKeyIdentifier = none'
    for name in acme hostile other; do
        nameplate registry ca remove "$(fingerprint $name.cert)" --org $name
    done
    [ "$(reason N2.cert)" = unknown_ca ]
    nameplate registry ca add silent.cert --org silent --trusted
    [ "$(reason N2.cert)" = bad_signature ]
}

@test "a certificate or a key is blocked alone, by the fingerprint that openssl prints" {
    nameplate registry ca add acme.cert --org acme --trusted
    nameplate registry device add N1 --org acme
    key=$(openssl x509 -in N1.cert -noout -pubkey | openssl pkey -pubin -outform der | sha256sum |
        cut -c 1-64)
    # nothing is on record before it came in
    run -3 --separate-stderr nameplate registry device block N1 --org acme --key "$key"
    [[ $stderr = *"no key of this fingerprint"*"device show"* ]]
    run -2 nameplate registry device block N1 --org acme --key "$key" --certificate "$key"
    run -2 --separate-stderr nameplate registry device block N1 --org acme --certificate 0123456789
    [[ $stderr = *"64 hex digits"* ]]
    [ "$(nameplate registry device show N1 --org acme --json | jq -c .device.credentials)" = '[]' ]
}

@test "each reason is in the manual" {
    sources=$BATS_TEST_DIRNAME/../..
    grep -oE '(ADMITTED\("|= \{"|^ +\{")[a-z0-9_]+"' "$sources/src/registry/reasons.c" |
        grep -oE '[a-z0-9_]+"$' | tr -d '"' >reasons
    [ "$(wc -l <reasons)" = 36 ]
    while read -r reason; do
        grep -q "^\*$reason\*" "$sources/doc/man/nameplate-registry.1.scd"
    done <reasons
}
