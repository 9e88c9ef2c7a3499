#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output, stderr and status
# Devices into a registry and out of it. The registry is a file, or a database on a server where
# $NAMEPLATE_TEST_POSTGRES names one; exports go from there to a file and back.
load helper
load cloud

# A registry of this test's own, and three devices of a signer as CSV with PEM in a column.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export LC_ALL=C.UTF-8
    new_registry a
    nameplate signer create acme --years 5
    for name in N1 N2 N3; do
        nameplate device create $name --signer-cert acme.cert --signer-key acme.key
    done
    { echo identifier,product,tags,description,certificate
      for name in N1 N2 N3; do
          printf '%s,tracker,field|eu,"a ""good"" one","%s"\n' $name "$(cat $name.cert)"
      done
    } >units.csv
} >/dev/null

# new_registry NAME: $NAMEPLATE_REGISTRY is one that has nothing yet.
new_registry() {
    if [ -n "${NAMEPLATE_TEST_POSTGRES-}" ]; then
        local schema=t${BATS_TEST_NUMBER}_$1
        psql -q "$NAMEPLATE_TEST_POSTGRES" -c "CREATE SCHEMA $schema"
        export NAMEPLATE_REGISTRY="$NAMEPLATE_TEST_POSTGRES&options=-csearch_path%3D$schema"
    else
        export NAMEPLATE_REGISTRY=sqlite:$PWD/$1.db
    fi
}

reason() {
    nameplate registry admit "$@" --json 2>/dev/null | jq -r .reason
}

# counts ADDED UNCHANGED UPDATED KEPT REFUSED: what the import on stdout has counted.
counts() {
    [ "$(jq -c '[.added, .unchanged, .updated, .kept, .refused]' <<<"$output")" = \
        "[$1,$2,$3,$4,$5]" ] || { echo "counted: $output $stderr"; return 1; }
}

imports() {
    rm -f ./*.rejects
    run --separate-stderr nameplate registry import "$@" --json
}

der() {
    openssl x509 -in "$1" -outform DER | base64 -w 0
}

@test "devices of CSV with PEM come in by their certificates, and twice changes nothing" {
    imports units.csv --org acme
    [ "$status" = 0 ]
    counts 3 0 0 0 0
    [ "$(reason N2.cert)" = known ]
    nameplate registry device show N2 --org acme --json >N2.json
    [ "$(jq -c '.device | [.product, .tags, .description, .state, .certificates]' N2.json)" = \
        '["tracker",["field","eu"],"a \"good\" one","active",1]' ]
    imports units.csv --org acme
    counts 0 3 0 0 0
}

@test "DER in Base64, a key's hash, a name alone, and NDJSON" {
    key=$(openssl x509 -in N2.cert -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum)
    printf 'serial,cert,spki_sha256\nN1,%s,\nN2,,%s\nN3,,\n,%s,\n' "$(der N1.cert)" \
        "${key%% *}" "$(der N3.cert)" >short.csv
    imports short.csv --org acme
    [ "$status" = 8 ] # the fourth row is N3 too, by its common name, and says more
    counts 3 0 0 0 1
    [ "$(reason N1.cert)" = known ]
    nameplate registry ca add acme.cert --org acme --trusted
    [ "$(reason N2.cert)" = renewed ]
    [ "$(reason N3.cert)" = registered ]
    jq -cn --arg cert "$(der N3.cert)" '{identifier: "N3", cert: $cert, tags: ["a"], more: 1}' \
        >units.ndjson
    imports units.ndjson --org acme --on-conflict update
    counts 0 0 1 0 0
    [ "$(reason N3.cert)" = known ]
}

@test "bad rows and rows that are there twice are named, with the reason" {
    { cat units.csv
      echo 'N4,tracker,,,'
      echo 'N4,other,,,'
      printf 'N5,,,,"%s"\n' "$(cat N1.cert)"
      echo ',tracker,,,'
      echo 'N6,tracker,,,AAAA'
      echo 'N7,tracker'
      printf 'N\xff,tracker,,,\n'
    } >bad.csv
    imports bad.csv --org acme --rejects r.ndjson
    [ "$status" = 8 ]
    counts 4 0 0 0 6
    jq -r '"\(.row) \(.reason)"' r.ndjson | sort -n >reasons
    diff reasons - <<'END'
5 the organisation has this device with another product
6 its key is on record for another device
7 it has no identifier
8 certificate: no certificate: the bytes are not one whole DER sequence
9 the row has 2 fields, the header 5
10 a text is no UTF-8
END
    run -3 --separate-stderr nameplate registry import bad.csv --org acme --rejects r.ndjson
    [[ $stderr = *"r.ndjson: exists already"* ]]
    imports bad.csv --org acme
    counts 0 4 0 0 6
    imports units.csv
    counts 0 0 0 0 3
    grep -q 'names no organisation' units.csv.rejects
}

@test "certificates and keys that no gateway would take are refused, the row and the reason named" {
    hub=$NAMEPLATE_VECTORS/nerveshub
    openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -subj /CN=weak -out weak.pem \
        -addext basicConstraints=critical,CA:FALSE \
        2>/dev/null
    openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -subj /CN=rsa -out rsa.pem \
        -addext basicConstraints=critical,CA:FALSE 2>/dev/null
    { echo identifier,certificate,public_key
      printf 'expired,"%s",\n' "$(cat "$hub/device1_expired.pem")"
      printf 'server,"%s",\n' "$(cat "$hub/device_server_auth_only.pem")"
      printf 'critical,"%s",\n' "$(cat "$hub/device_unknown_critical_ext.pem")"
      printf 'proof,"%s",\n' "$(cat "$hub/verification_cert_ca1.pem")"
      printf 'ca,"%s",\n' "$(cat "$hub/intermediate_ca_template.pem")"
      printf 'weak,"%s",\n' "$(cat weak.pem)"
      printf 'key,,"%s"\n' "$(openssl pkey -in weak.key -pubout)"
      printf 'rsa,"%s",\n' "$(cat rsa.pem)"
      printf 'ed25519,,"%s"\n' "$(openssl genpkey -algorithm ed25519 | openssl pkey -pubout)"
      printf 'x25519,,"%s"\n' "$(openssl genpkey -algorithm x25519 | openssl pkey -pubout)"
    } >judged.csv
    imports judged.csv --org acme
    [ "$status" = 8 ]
    counts 3 0 0 0 7
    jq -r '"\(.row) \(.identifier) \(.reason | split(": ")[:2] | join(": "))"' judged.csv.rejects |
        sort -n >reasons
    diff reasons - <<'END'
2 server certificate: wrong_eku
3 critical certificate: critical_extension
4 proof certificate: ownership_proof
5 ca certificate: ca_as_leaf
6 weak certificate: weak_key
7 key public key: weak_key
10 x25519 public key: weak_key
END
    grep -q '(RSA)' judged.csv.rejects
    new_registry b
    nameplate registry device add expired --org acme
    nameplate registry export >whole.ndjson
    jq -c --arg cert "$(der "$hub/device_server_auth_only.pem")" \
        --arg key "$(openssl x509 -in "$hub/device_server_auth_only.pem" -noout -pubkey |
            openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)" \
        'if .kind == "device" then .keys = [{blocked: false, sha256: $key, certificates:
            [{blocked: false, certificate: $cert, pin: "leaf"}]}] else . end' \
        whole.ndjson >altered.ndjson
    new_registry c
    imports altered.ndjson
    [ "$(jq -r '.reason | split(": ")[1]' altered.ndjson.rejects)" = wrong_eku ]
}

@test "what differs is refused, kept or updated, as --on-conflict says" {
    imports units.csv --org acme
    printf 'identifier,product,state\nN1,drone,blocked\nN2,tracker,\n' >changed.csv
    imports changed.csv --org acme
    [ "$status" = 8 ]
    counts 0 1 0 0 1
    imports changed.csv --org acme --on-conflict keep
    [ "$status" = 0 ]
    counts 0 1 0 1 0
    [ "$(reason N1.cert)" = known ]
    imports changed.csv --org acme --on-conflict update
    counts 0 1 1 0 0
    [ "$(reason N1.cert)" = blocked ]
    nameplate registry device show N1 --org acme --json >N1.json
    [ "$(jq -c '.device | [.product, .description]' N1.json)" = '["drone","a \"good\" one"]' ]
    run -2 nameplate registry import changed.csv --org acme --on-conflict replace
}

@test "--dry-run judges as the import would, and stores nothing" {
    printf 'identifier\nN1\nN1\n\nN2\n' >names.csv
    imports names.csv --org acme --dry-run
    counts 2 1 0 0 0
    [ "$(nameplate registry device list --json | jq '.devices | length')" = 0 ]
    imports names.csv --org acme
    counts 2 1 0 0 0
}

@test "a manifest that Microchip signed, by its signer alone" {
    manifest=$NAMEPLATE_VECTORS/manifest/microchip.json
    cp "$manifest" m.json
    run -2 --separate-stderr nameplate registry import m.json --org acme
    [[ $stderr = *"--signer-cert"* ]]
    imports m.json --org acme --signer-cert "$NAMEPLATE_VECTORS/manifest/microchip_signer_005.pem"
    [ "$status" = 0 ]
    counts 2 0 0 0 0
    jq -r '.[0].payload | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson |
        .publicKeySet.keys[0].x5c[0]' m.json 2>/dev/null | base64 -d |
        openssl x509 -inform DER -out chip.pem
    [ "$(reason chip.pem)" = known ]
    imports m.json --org acme \
        --signer-cert "$NAMEPLATE_VECTORS/manifest/microchip_log_signer_001.pem"
    [ "$status" = 8 ]
}

@test "a record, proven by its station's key" {
    { unit T1; unit T2 '{"device_id":"D2","tags":["x"]}'; } | make_record
    imports units.npj --org acme
    counts 2 0 0 0 0
    base64 -d <<<"$(jq -r 'select(.serial == "T2").cert' units.npj)" | openssl x509 -inform DER \
        -out T2.pem
    [ "$(nameplate registry admit T2.pem --json | jq -r .identifier)" = D2 ]
    sed 's/"T1"/"T9"/' units.npj >forged.npj
    imports forged.npj --org acme
    [ "$status" = 3 ]
    [[ $stderr = *"forged.npj: line"* ]]
}

@test "an export is imported elsewhere, on the other database too, and exports the same" {
    nameplate registry ca add acme.cert --org acme --trusted \
        --jitp product=tracker,tags=a+b,limit=9
    nameplate registry device add 'Gerät "ü"' --org umbrella --product scale
    imports units.csv --org acme
    nameplate registry device block N1 --org acme
    nameplate registry device delete N2 --org acme
    nameplate registry device rekey-window N3 --org acme
    nameplate firmware keygen prod
    nameplate registry key add prod.pub --org acme
    nameplate registry key retire prod --org acme
    nameplate registry export >one.ndjson
    imports one.ndjson --registry other.db
    [ "$status" = 0 ]
    nameplate registry export --registry other.db --out two.ndjson
    diff one.ndjson two.ndjson
    new_registry b
    imports two.ndjson
    counts $(($(wc -l <two.ndjson) - 2)) 0 0 0 0 # but its first line and its last
    nameplate registry export --out three.ndjson
    diff one.ndjson three.ndjson
    imports three.ndjson
    counts 0 $(($(wc -l <three.ndjson) - 2)) 0 0 0
    [ "$(reason N1.cert) $(reason N2.cert) $(reason N3.cert)" = "blocked device_deleted known" ]
    nameplate registry export --org umbrella | jq -r 'select(.kind != "registry").kind' >kinds
    diff kinds - <<<"$(printf 'organisation\ndevice\nend')"
}

@test "an export that was cut off, of another version, or with a forged line is refused" {
    imports units.csv --org acme
    nameplate registry export >whole.ndjson
    new_registry b
    head -n 3 whole.ndjson >cut.ndjson
    imports cut.ndjson
    [ "$status" = 3 ]
    [[ $stderr = *"not whole"* ]]
    sed 's/"version":2/"version":3/' whole.ndjson >newer.ndjson
    imports newer.ndjson
    [ "$status" = 3 ]
    new_registry c
    jq -c 'if .identifier == "N1" then
            .keys[0].sha256 |= (if startswith("00") then "ff" else "00" end) + .[2:]
        elif .identifier == "N2" then .keys[0].certificates[0].pin = "root"
        else . end' whole.ndjson >forged.ndjson
    imports forged.ndjson
    [ "$status" = 8 ]
    counts 4 0 0 0 2 # with what was changed, and the hash of that
}

# many COUNT: a CSV with so many devices.
many() {
    echo identifier,product
    seq -f 'M%07.0f,tracker' "$1"
}

@test "an import that is killed is run again, and all is there once" {
    many 20000 >many.csv
    head -n 2 many.csv >first.csv
    imports first.csv --org acme # not empty: in lots, each a transaction
    for wait in 0.1 0.3 0.6; do
        "$NAMEPLATE_PROGRAM" registry import many.csv --org acme >/dev/null 2>&1 3>&- &
        sleep $wait
        kill -9 $! || true
        wait $! || true
    done
    imports many.csv --org acme
    [ "$status" = 0 ]
    [ "$(jq '.added + .unchanged' <<<"$output")" = 20000 ]
    nameplate registry export | tail -n 1 | grep -qx '{"kind":"end","devices":20000}'
}

@test "a load that is killed leaves nothing, and one that is interrupted says so" {
    many 30000 >many.csv
    for wait in 0.05 0.2 0.5; do
        "$NAMEPLATE_PROGRAM" registry import many.csv --org acme >/dev/null 2>&1 3>&- &
        sleep $wait
        kill -9 $! || true
        wait $! || true
    done
    "$NAMEPLATE_PROGRAM" registry import many.csv --org acme >/dev/null 2>err 3>&- &
    sleep 0.2
    kill -INT $! || true # it may be done
    status=0
    wait $! || status=$?
    [ "$status" = 0 ] || { [ "$status" = 7 ] && grep -q 'run the same command again' err; }
    head -n 3 many.csv >few.csv
    imports few.csv --org acme
    [ "$status" = 0 ] || { echo "$status: $output $stderr"; return 1; }
}
