#!/usr/bin/env bats
# What clouds take, read back by Python's csv and json; certificates by openssl.
load helper
load cloud

@test "every target's files are read back by others, device by device" {
    for n in 1 2 3 4 5; do unit "T2-00$n"; done | make_record
    for target in csv json nrfcloud aws azure nerveshub; do
        export_to "$target" --chunk 2 >/dev/null 2>&1
        diff <(read_by_python "$target" "$target") <(devices_of_record)
        [ "$(jq .parts "$target/index.json")" = 3 ]
        [ "$(jq -c . "$target/refused.json")" = "[]" ]
    done
}

@test "what a station has recorded and signed is exported" {
    nameplate station key create st07 >/dev/null
    make_signer
    for serial in T1 T2; do
        nameplate device create $serial --signer-cert acme.cert --signer-key acme.key \
            --record units.npj --station-key st07.key --batch b42 >/dev/null
    done
    succeeds cloud export units.npj --to nrfcloud --out nrf --key st07.pub --json
    has_keys target folder exported refused parts
    [ "$(jq -c '[.target, .exported, .refused, .parts]' <<<"$output")" = '["nrfcloud",2,0,1]' ]
    diff <(read_by_python nrfcloud nrf) <(devices_of_record)
    [ "$(python3 -c 'import csv, sys; print(list(csv.reader(sys.stdin))[0][4], end="")' \
        <nrf/part-0001.csv)" = "$(cat T1.cert)" ]
    sed -i 's/"serial":"T2"/"serial":"T3"/' units.npj
    refuses 3 "line 4" cloud export units.npj --to aws --out aws --key st07.pub
    [ ! -e aws ]
}

@test "Azure gets bodies of at most ten, and no two names that differ in case only" {
    { for n in $(seq 21); do unit "d$n"; done; unit D7; } | make_record
    [ "$(rule azure)" = duplicate ]
    [ "$(jq -r '.[0] | "\(.serial) \(.line)"' azure/refused.json)" = "D7 23" ]
    [ "$(wc -l <azure/part-0001.ndjson)" = 3 ]
    [ "$(read_by_python azure azure | wc -l)" = 21 ]
    succeeds cloud export units.npj --to aws --out aws
    [ "$(rule nrfcloud)" = duplicate ]
}

@test "a CN that is not the device's name is refused where the cloud compares them" {
    unit T1 "{}" /CN=other | make_record
    for target in nrfcloud aws azure nerveshub; do [ "$(rule $target)" = cn-not-id ]; done
    succeeds cloud export units.npj --to csv --out csv
    succeeds cloud export units.npj --to json --out json
}

@test "the device's name is device_id where the unit has one" {
    unit T1 '{"device_id":"nrf-355025930000000"}' /CN=nrf-355025930000000 | make_record
    for target in csv json nrfcloud aws azure nerveshub; do
        export_to $target >/dev/null 2>&1
        [ "$(read_by_python $target $target | cut -d ' ' -f 1)" = nrf-355025930000000 ]
    done
    [ "$(jq -r .SerialNumber aws/part-0001.ndjson)" = T1 ]
}

@test "characters, ends and lengths that a cloud refuses are refused here" {
    unit "T 1" | make_record
    for target in nrfcloud aws azure; do [ "$(rule $target)" = bad-character ]; done
    unit T1- | make_record
    rm -r azure nrfcloud aws
    [ "$(rule azure)" = bad-end ]
    succeeds cloud export units.npj --to aws --out aws
    unit T1 '{"serial":"a b","device_id":"T1"}' | make_record
    rm -r aws
    [ "$(rule aws)" = bad-serial ]
    unit T1 '{"tags":["lab","c d"]}' | make_record
    [ "$(rule nrfcloud)" = bad-tag ]
    unit T1 '{"model":"a\u0000b"}' | make_record
    [ "$(rule csv)" = control-character ]
}

@test "units without a certificate, with a damaged one, and those that failed are refused" {
    echo '{"serial":"T1"}' | make_record
    [ "$(rule aws)" = no-certificate ]
    succeeds cloud export units.npj --to csv --out table
    echo '{"serial":"T1","cert":"MAA="}' | make_record
    rm -r aws
    [ "$(rule aws)" = bad-certificate ]
    unit T1 '{"result":"fail"}' | make_record
    [ "$(rule csv)" = not-passed ]
    run --separate-stderr nameplate cloud export units.npj --to json --out json
    warns "1 of 1 units were refused"
    warns "json/refused.json tells which"
    [ "$(jq .parts json/index.json)" = 0 ]
}

@test "tags, quotes and commas survive the tables" {
    unit 'a,"b"' '{"tags":["lab","berlin"],"model":"x, \"y\""}' | make_record
    export_to csv >/dev/null 2>&1
    python3 -c 'import csv, sys
row = next(csv.DictReader(sys.stdin))
assert [row["serial"], row["tags"], row["model"]] == ["a,\"b\"", "lab|berlin", "x, \"y\""], row' \
        <csv/part-0001.csv
    unit T1 '{"tags":["lab","berlin"]}' | make_record
    export_to nrfcloud >/dev/null 2>&1
    [[ $(head -n 1 nrfcloud/part-0001.csv) == 'T1,,lab|berlin,,"-----BEGIN CERTIFICATE-----' ]]
}

@test "NervesHub's decoder takes names with > ? and ~ at every offset" {
    { for name in '>>>' '???' '~~~' 'a?~>b'; do unit "$name" "{}" "/CN=$name"; done; } |
        make_record
    export_to nerveshub >/dev/null 2>&1
    jq -r '.[].payload' nerveshub/part-0001.json | { run ! grep -q '[-_]'; }
    [ "$(read_by_python nerveshub nerveshub | cut -d ' ' -f 1 | tr '\n' ' ')" = \
        '>>> ??? ~~~ a?~>b ' ]
}

@test "the template for AWS refers to just what the lines have" {
    unit T1 | make_record
    export_to aws >/dev/null 2>&1
    [ "$(jq -c '[.. | .Ref? // empty] | unique' aws/template.json)" = \
        '["CertificatePem","PolicyName","SerialNumber","ThingName"]' ]
    [ "$(jq -c '.Parameters | [to_entries[] | select(.value.Default == null) | .key] | sort' \
        aws/template.json)" = "$(jq -c 'keys' aws/part-0001.ndjson)" ]
    [ "$(stat -c %s aws/template.json)" -le 10240 ]
}

@test "a line in the JSON export is the line of the record, so that its proof still holds" {
    unit T1 | make_record
    export_to json >/dev/null 2>&1
    grep -qxF "$(sed -n 2p units.npj)" json/part-0001.json
}

@test "nothing is overwritten, and mistakes of usage make no folder" {
    unit T1 | make_record
    mkdir mine
    echo notes >mine/notes
    untouched mine/notes refuses 3 "mine: has files in it" cloud export units.npj --to csv \
        --out mine
    [ "$(ls mine)" = notes ]
    mkdir empty
    succeeds cloud export units.npj --to csv --out empty
    refuses 3 "empty: has files in it" cloud export units.npj --to csv --out empty
    refuses 2 "csv, json, nrfcloud, aws, aws-calls, azure, azure-group, golioth" \
        cloud export units.npj --to gcp --out gcp
    [ ! -e gcp ]
    refuses 2 "at most 1000 devices" cloud export units.npj --to nrfcloud --out nrf --chunk 1001
    refuses 2 "--to TARGET is missing" cloud export units.npj --out nrf
    refuses 2 "--out DIR is missing" cloud export units.npj --to csv
    refuses 3 "none.npj" cloud export none.npj --to csv --out nrf
    [ ! -e nrf ]
    refuses 6 "none/deep: cannot be made" cloud export units.npj --to csv --out none/deep
}

@test "a full disk leaves no index" {
    for n in $(seq 12); do unit "T$n"; done | make_record
    full() {
        trap '' XFSZ
        ulimit -f 4
        nameplate cloud export units.npj --to aws --out aws
    }
    run --separate-stderr full
    [ "$status" = 6 ]
    warns "cannot be written"
    [ ! -e aws/index.json ]
    succeeds cloud export units.npj --to aws --out aws
    [ "$(read_by_python aws aws | wc -l)" = 12 ]
}

@test "an export that was killed is made again by the same command" {
    for n in $(seq 4); do unit "T$n"; done | make_record
    export_to aws --chunk 1 >/dev/null 2>&1
    cp -r aws expected
    for left in "" part-0001.ndjson "part-0001.ndjson template.json refused.json"; do
        rm -r aws
        mkdir aws
        for name in index.json.new $left; do head -c 99 expected/part-0001.ndjson >"aws/$name"; done
        succeeds cloud export units.npj --to aws --out aws --chunk 1
        diff -r aws expected
    done
    rm aws/index.json
    refuses 3 "has files in it" cloud export units.npj --to aws --out aws
    touch aws/index.json.new aws/mine
    refuses 3 "has files in it" cloud export units.npj --to aws --out aws
    rm aws/mine
    exec 9>>aws/index.json.new
    flock 9
    refuses 6 "another export" cloud export units.npj --to aws --out aws
    exec 9>&-
    succeeds cloud export units.npj --to aws --out aws
}
