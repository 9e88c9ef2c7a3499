#!/usr/bin/env bats
# Authorizations and the registry that counts. Runs on SQLite; under tests/support/with_postgres on
# that server. openssl and a Python script sign and verify the same files.
load helper

by_python() {
    "$BATS_TEST_DIRNAME/../interop/make_authorization.py" "$@"
}

# A registry that is not there yet, in $registry.
name_registry() {
    registry=$PWD/registry.db
    if [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ]; then
        local schema=b${BATS_TEST_NUMBER}_$$
        psql -q -c "CREATE SCHEMA $schema" "$NAMEPLATE_TEST_POSTGRES"
        registry="$NAMEPLATE_TEST_POSTGRES&options=-csearch_path%3D$schema"
    fi
}

# A list of units T2-00FROM to T2-00TO.
list_units() { # from, to
    echo serial,public_key
    for i in $(seq "$1" "$2"); do
        echo "T2-$(printf %06d "$i"),$(openssl ecparam -name prime256v1 -genkey -noout |
            openssl ec -pubout -outform DER 2>/dev/null | base64 -w 0)"
    done
}

# acme.cert, stations st07 and st08, the authority, units 1 to 5.
make_scene() {
    make_signer
    for name in st07 st08 authority; do
        nameplate station key create $name >/dev/null
    done
    list_units 1 5 >units.csv
    name_registry
}

create() { # out, count, further options
    local out=$1 count=$2
    shift 2
    nameplate authorization create --batch b42 --count "$count" --serials T2-000001..T2-000050 \
        --until 2099-12-31 --station st07.pub --out "$out" "$@" >/dev/null 2>&1
}

authorize() {
    create "$@"
    nameplate authorization sign "$1" --key authority.key >/dev/null
}

# The command of a station: issue_at NAME OUT, further options.
issue_at() {
    at=(issue units.csv --signer-cert acme.cert --signer-key acme.key --profile device
        --authorization b42.auth --station-key "$1.key" --record "$1.npj" --out "$2")
}

authority=(--authority authority.pub)

reasons() {
    jq -r '"\(.serial) \(.reason)"' "$1"
}

@test "an authorization that was not signed says so and allows nothing" {
    make_scene
    succeeds authorization create --batch b42 --count 5 --serials T2-000001..T2-000050 \
        --until 2099-12-31 --station st07.pub --out b42.auth
    warns "b42.auth is not signed: it allows nothing yet"
    succeeds authorization show b42.auth
    says "signed: no"
    warns "not signed"
    refuses 5 "is not signed" authorization show b42.auth --key authority.pub
    issue_at st07 out
    untouched acme.key refuses 5 "is not signed" "${at[@]}" "${authority[@]}" --registry "$registry"
    [ ! -e out ] && [ ! -e st07.npj ]
}

@test "openssl verifies what was signed, and this program what openssl has signed" {
    make_scene
    authorize b42.auth 5 --product 'Lampe é' --profile device
    jq -cj .authorization b42.auth >terms
    jq -r .signature b42.auth | base64 -d >signature
    openssl dgst -sha256 -verify authority.pub -signature signature terms
    succeeds authorization show b42.auth --key authority.pub --json
    [ "$(jq -r .verified <<<"$output")" = true ]
    [ "$(jq -r .until <<<"$output")" = 2099-12-31T23:59:59Z ]
    [ "$(jq -r '.stations[0].key' <<<"$output")" = \
        "$(openssl pkey -pubin -in st07.pub -outform DER | sha256sum | cut -d ' ' -f 1)" ]
    by_python authority.key st07.pub python.auth product='Lampe é'
    succeeds authorization show python.auth --key authority.pub
    says "product: Lampe é"
    sed 's/"count":3/"count":4/' python.auth >more.auth
    refuses 3 "was changed since" authorization show more.auth --key authority.pub
}

@test "an authorization with a key of its own proves nothing" {
    make_scene
    nameplate station key create mallory >/dev/null
    create b42.auth 50
    nameplate authorization sign b42.auth --key mallory.key >/dev/null
    [ "$(jq -r .key b42.auth)" = \
        "$(openssl pkey -pubin -in mallory.pub -outform DER | sha256sum | cut -d ' ' -f 1)" ]
    issue_at st07 out
    refuses 3 "not signed with the authority's key" "${at[@]}" "${authority[@]}" \
        --registry "$registry"
    echo 'authority = "authority.pub"' >acme.conf
    refuses 3 "not signed with the authority's key" "${at[@]}" --registry "$registry"
    refuses 5 "acme.conf pins another authority than mallory.pub" "${at[@]}" \
        --authority mallory.pub --registry "$registry"
}

@test "a signer with a pinned authority issues nothing without an authorization" {
    make_scene
    echo 'authority = "authority.pub"' >acme.conf
    refuses 5 "issues what is authorized and nothing else" issue units.csv --signer-cert acme.cert \
        --signer-key acme.key --profile device --out out
    refuses 5 "issues what is authorized and nothing else" device create T2-1 \
        --signer-cert acme.cert --signer-key acme.key
    authorize b42.auth 5
    issue_at st07 out
    succeeds "${at[@]}" --registry "$registry"
    says "issued: 5"
    echo 'authorty = "authority.pub"' >acme.conf
    refuses 3 "acme.conf:1: no such option 'authorty'" "${at[@]}" --registry "$registry"
    echo 'registry = "none"' >acme.conf
    refuses 3 "authority is missing" "${at[@]}" --registry "$registry"
    printf 'authority = "authority.pub"\nregistry = "other.db"\n' >acme.conf
    refuses 5 "pins another registry" "${at[@]}" --registry "$registry"
}

@test "number N+1 and a serial outside are refused, each with its reason" {
    make_scene
    list_units 99 99 | tail -n 1 >>units.csv
    authorize b42.auth 4
    issue_at st07 out
    run --separate-stderr nameplate "${at[@]}" "${authority[@]}" --registry "$registry"
    [ "$status" = 8 ]
    says "issued: 4"
    [ "$(reasons out.rejects | sed -n 1p)" = \
        "T2-000005 limit: the authorization is for 4 units, and all are counted" ]
    [ "$(reasons out.rejects | sed -n 2p)" = \
        "T2-000099 not authorized: the serials are T2-000001 to T2-000050" ]
    succeeds authorization show b42.auth --key authority.pub --registry "$registry"
    says "counted so far: 4"
    [ "$(grep -c "\"authorization_id\":\"$(jq -r .authorization.id b42.auth)\"" st07.npj)" = 4 ]
    succeeds record verify st07.npj --key st07.pub
    says "units: 4"
}

@test "a late run, a foreign station and another profile are refused before anything is signed" {
    make_scene
    issue_at st07 out
    by_python authority.key st07.pub b42.auth until=2026-11-28T00:00:00Z
    refuses 5 "b42 has ended at 2026-11-28T00:00:00Z" "${at[@]}" "${authority[@]}" \
        --registry "$registry"
    by_python authority.key st08.pub b42.auth
    refuses 5 "is not for this station" "${at[@]}" "${authority[@]}" --registry "$registry"
    by_python authority.key st07.pub b42.auth profile=nrf-2026
    refuses 5 "for the profile nrf-2026, not for device" "${at[@]}" "${authority[@]}" \
        --registry "$registry"
    [ ! -e out ] && [ ! -e st07.npj ]
}

@test "the registry keeps to the terms that it has seen first" {
    make_scene
    issue_at st07 out
    by_python authority.key st07.pub b42.auth
    run nameplate "${at[@]}" "${authority[@]}" --registry "$registry"
    [ "$status" = 8 ]
    by_python authority.key st07.pub b42.auth count=40
    refuses 5 "with other terms" "${at[@]}" "${authority[@]}" --registry "$registry"
}

@test "a record that was rolled back, or left out, is noticed" {
    make_scene
    authorize b42.auth 5
    issue_at st07 out
    succeeds "${at[@]}" "${authority[@]}" --registry "$registry"
    cp st07.npj whole.npj
    head -n 3 whole.npj >st07.npj
    issue_at st07 again
    refuses 5 "st07.npj was rolled back: it has 2 units" "${at[@]}" "${authority[@]}" \
        --registry "$registry"
    rm st07.npj
    refuses 5 "was rolled back: it has 0 units" "${at[@]}" "${authority[@]}" --registry "$registry"
    refuses 5 "knows a record of this station with 5 units" issue units.csv \
        --signer-cert acme.cert --signer-key acme.key --profile device --authorization b42.auth \
        --station-key st07.key --out again "${authority[@]}" --registry "$registry"
    mv whole.npj st07.npj
    succeeds "${at[@]}" "${authority[@]}" --registry "$registry"
    says "recorded before: 5"
    cmp out again
    name_registry_anew
    refuses 5 "has counted 0 in all" "${at[@]}" "${authority[@]}" --registry "$registry"
}

# Another registry, as if the first had been lost.
name_registry_anew() {
    if [ -n "${NAMEPLATE_TEST_POSTGRES:-}" ]; then
        psql -q -c "CREATE SCHEMA anew_$$" "$NAMEPLATE_TEST_POSTGRES"
        registry="$NAMEPLATE_TEST_POSTGRES&options=-csearch_path%3Danew_$$"
    else
        registry=$PWD/anew.db
    fi
}

@test "without a registry the record counts, and the rest is said to be unknown" {
    make_scene
    authorize b42.auth 3
    issue_at st07 out
    run --separate-stderr nameplate "${at[@]}" "${authority[@]}" --registry none
    [ "$status" = 8 ]
    warns "without a registry nobody knows whether the record was rolled back"
    says "issued: 3"
    list_units 6 7 >units.csv
    issue_at st07 more
    run --separate-stderr nameplate "${at[@]}" "${authority[@]}" --registry none
    [ "$status" = 8 ]
    says "issued: 0"
    [ "$(reasons more.rejects | head -n 1)" = \
        "T2-000006 limit: the authorization is for 3 units, and all are counted" ]
}

@test "what an authorization is given must be possible, and nothing is overwritten" {
    make_scene
    create b42.auth 5
    untouched b42.auth refuses 3 "b42.auth: exists already" authorization create --batch b42 \
        --count 5 --serials T1..T9 --until 2099-12-31 --station st07.pub --out b42.auth
    refuses 3 "the range has 9 serials" authorization create --batch b --count 10 --serials T1..T9 \
        --until 2099-12-31 --station st07.pub --out new.auth
    refuses 2 "--until takes a day" authorization create --batch b --count 1 --serials T1 \
        --until tomorrow --station st07.pub --out new.auth
    refuses 2 "there is no profile 'x'" authorization create --batch b --count 1 --serials T1 \
        --until 2099-12-31 --profile x --station st07.pub --out new.auth
    refuses 3 "is named twice" authorization create --batch b --count 1 --serials T1 \
        --until 2099-12-31 --station st07.pub --station st07.pub --out new.auth
    refuses 3 "acme.cert: this is no authorization" authorization show acme.cert
    issue_at st07 out
    refuses 2 "nothing says whose authorizations count" "${at[@]}"
    refuses 2 "needs --station-key" issue units.csv --signer-cert acme.cert --signer-key acme.key \
        --profile device --authorization b42.auth --out out "${authority[@]}"
    [ ! -e new.auth ]
}

@test "signing again changes nothing, and another key is refused" {
    make_scene
    authorize b42.auth 5
    untouched b42.auth nameplate authorization sign b42.auth --key authority.key
    untouched b42.auth refuses 4 "a signature of another key" authorization sign b42.auth \
        --key st07.key
    openssl ec -in authority.key -aes256 -passout pass:sesame -out locked.key 2>/dev/null
    (umask 077; echo sesame >passphrase)
    create locked.auth 5
    succeeds authorization sign locked.auth --key locked.key --key-passphrase-file passphrase
    succeeds authorization show locked.auth --key authority.pub
}

@test "an authority in an HSM signs, and openssl verifies" {
    local module=/usr/lib/softhsm/libsofthsm2.so
    [ -e "$module" ] || skip "softhsm2 is not installed"
    make_scene
    mkdir tokens
    echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    softhsm2-util --init-token --free --label office --so-pin 0000 --pin 1234 >/dev/null
    (umask 077; echo 1234 >pin)
    local uri="pkcs11:token=office;object=authority?pin-source=file:$PWD/pin&module-path=$module"
    nameplate signer create office --key "$uri" --generate >/dev/null
    openssl x509 -in office.cert -noout -pubkey >office.pub
    create b42.auth 5
    succeeds authorization sign b42.auth --key "$uri"
    succeeds authorization show b42.auth --key office.pub
    jq -cj .authorization b42.auth >terms
    jq -r .signature b42.auth | base64 -d >signature
    openssl dgst -sha256 -verify office.pub -signature signature terms
}

@test "two stations share the count, and one that is killed loses nothing" {
    make_scene
    list_units 1 60 >all.csv
    nameplate authorization create --batch b42 --count 50 --serials T2-000001..T2-000060 \
        --until 2099-12-31 --station st07.pub --station st08.pub --out b42.auth >/dev/null 2>&1
    nameplate authorization sign b42.auth --key authority.key >/dev/null
    # each has its own units: 30 and 30 want one of 50 places
    head -n 31 all.csv >st07.csv
    { head -n 1 all.csv; tail -n 30 all.csv; } >st08.csv
    at_station() {
        nameplate issue "$1.csv" --signer-cert acme.cert --signer-key acme.key --profile device \
            --authorization b42.auth --station-key "$1.key" --record "$1.npj" --out "$1.out" \
            "${authority[@]}" --registry "$registry" >/dev/null 2>&1
    }
    at_station st08 &
    for limit in 0.01 0.02 0.03 0.04 0.05 0.06 0.08 0.1; do
        timeout -s KILL $limit "$NAMEPLATE_PROGRAM" issue st07.csv --signer-cert acme.cert \
            --signer-key acme.key --profile device --authorization b42.auth \
            --station-key st07.key --record st07.npj --out st07.out "${authority[@]}" \
            --registry "$registry" >/dev/null 2>&1 || true
    done
    wait $! || [ $? = 8 ]
    at_station st07 || [ $? = 8 ]
    issued=$(($(wc -l <st07.out) + $(wc -l <st08.out)))
    [ "$issued" = 50 ]
    nameplate record verify st07.npj --key st07.pub
    nameplate record verify st08.npj --key st08.pub
    [ "$(cat st07.npj st08.npj | grep -c '"kind":"unit"')" = 50 ]
    succeeds authorization show b42.auth --registry "$registry"
    says "counted so far: 50"
}

@test "a registry that cannot be written to is named, and nothing is issued" {
    [ -z "${NAMEPLATE_TEST_POSTGRES:-}" ] || skip "about files"
    make_scene
    authorize b42.auth 5
    issue_at st07 out
    echo "not a database, however long the text may be that stands in it" >notes.txt
    refuses 6 "notes.txt: this is no registry, or a damaged one" "${at[@]}" "${authority[@]}" \
        --registry notes.txt
    refuses 2 "no registry has this scheme" "${at[@]}" "${authority[@]}" --registry mysql://host/db
    refuses 6 "the registry's server cannot be reached" "${at[@]}" "${authority[@]}" \
        --registry "postgresql:///units?host=$PWD"
    nameplate authorization show b42.auth --registry "$registry" >/dev/null 2>&1
    chmod 400 registry.db
    bind_by_permissions
    refuses 6 "registry.db: the registry is read-only" "${at[@]}" "${authority[@]}" \
        --registry "$registry"
    [ ! -e out ]
    [ "$(stat -c %a registry.db)" = 400 ]
}

@test "without an option the registry is the user's own file" {
    [ -z "${NAMEPLATE_TEST_POSTGRES:-}" ] || skip "about files"
    make_scene
    authorize b42.auth 5
    issue_at st07 out
    XDG_DATA_HOME=$PWD/data succeeds "${at[@]}" "${authority[@]}"
    [ "$(stat -c %a data/nameplate/registry.db)" = 600 ]
    succeeds authorization show b42.auth --registry data/nameplate/registry.db
    says "counted so far: 5"
    NAMEPLATE_REGISTRY=$registry succeeds authorization show b42.auth --registry "$registry"
    says "counted so far: 0"
}
