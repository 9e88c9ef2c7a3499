#!/usr/bin/env bats
# What clouds answer goes into the registry, and a second export holds what is missing.
load helper
load cloud

# units N: a record of T1 to TN.
units() {
    for n in $(seq "$1"); do unit "T$n"; done | make_record
}

# check TARGET ANSWER [MORE]: into reg.db
check() {
    run --separate-stderr nameplate cloud export "$1" --check-result "$2" --registry reg.db "${@:3}"
}

# The devices of an export, in one line.
devices() {
    jq -r '.devices | map(.device) | join(" ")' "$1/index.json"
}

# again TARGET [MORE]: a second export into again; which devices are in it.
again() {
    rm -rf again
    nameplate cloud export units.npj --to "$1" --out again --registry reg.db "${@:2}" \
        >/dev/null 2>&1
    devices again
}

@test "nRF Cloud's refused rows are failed, the others registered, in both of its forms" {
    units 3
    for form in '{"errors":["[0]: Device already exists","[2]: Certificate is not valid"]}' \
        '{"error":"Error: 2 errors occurred. Row numbers [array] (1-based)]: {\"Bad\":[1,3]}."}'; do
        rm -rf nrfcloud reg.db
        export_to nrfcloud >/dev/null 2>&1
        echo "$form" >answer.json
        check nrfcloud answer.json --json
        [ "$status" = 8 ]
        has_keys target registered failed unanswered failures error
        [ "$(jq -c '[.registered, .failed, .unanswered, (.failures | map(.serial))]' \
            <<<"$output")" = '[1,2,0,["T1","T3"]]' ]
        [ "$(again nrfcloud)" = "T1 T3" ]
        [ "$(again nrfcloud --all)" = "T1 T2 T3" ]
        [ "$(again aws)" = "T1 T2 T3" ]
    done
    warns "2 devices were refused by nrfcloud"
}

@test "an answer is about one part, whose name is asked for when there are several" {
    units 3
    export_to nrfcloud --chunk 2 >/dev/null 2>&1
    echo '{"errors":["[0]: Device already exists"]}' >answer.json
    refuses 2 "--part NAME" cloud export nrfcloud --check-result answer.json --registry reg.db
    refuses 2 "has no devices" cloud export nrfcloud --check-result answer.json --registry reg.db \
        --part part-0009.csv
    check nrfcloud answer.json --part part-0002.csv
    says "failed: T3: Device already exists"
    [ "$(again nrfcloud)" = "T1 T2 T3" ]
    check nrfcloud answer.json --part part-0001.csv
    says "failed: T1"
    [ "$(again nrfcloud)" = "T1 T3" ]
    echo '{"errors":["[5]: Device already exists"]}' >answer.json
    refuses 3 "rows that the part does not have" cloud export nrfcloud --check-result answer.json \
        --registry reg.db --part part-0001.csv
}

@test "AWS's reports are read, by thing and by line" {
    units 4
    export_to aws >/dev/null 2>&1
    local arn=arn:aws:iot:eu-west-1:123456789012
    cat >results.json <<END
{"lineNumber":1,"response":{"ResourceArns":{"certificate":"$arn:cert/0a","thing":"$arn:thing/T1"}}}
{"lineNumber":3,"response":{"resourceArns":{"thing":"$arn:thing/T3"}}}
END
    cat >errors.json <<'END'
{"lineNumber":"2","offset":1,"errorCode":"400","errorMessage":"The certificate is in use"}
END
    check aws results.json
    [ "$status" = 0 ]
    says "registered: 2"
    says "unanswered: 2"
    check aws errors.json
    [ "$status" = 8 ]
    says "failed: T2: The certificate is in use"
    [ "$(again aws)" = "T2 T4" ]
    echo '{"lineNumber":9,"errorMessage":"x"}' >errors.json
    refuses 3 "does not have" cloud export aws --check-result errors.json --registry reg.db
    echo '{"what":1}' >errors.json
    refuses 3 "neither a thing nor an error" cloud export aws --check-result errors.json \
        --registry reg.db
}

@test "Azure's answers are read, one a body" {
    units 12
    export_to azure >/dev/null 2>&1
    cat >answers.json <<'END'
{"isSuccessful":false,
 "errors":[{"registrationId":"T2","errorCode":409001,"errorStatus":"Already there"}]}
{
  "isSuccessful": true,
  "errors": []
}
END
    check azure answers.json
    [ "$status" = 8 ]
    says "failed: T2: 409001: Already there"
    says "registered: 11"
    [ "$(again azure)" = T2 ]
    head -n 2 answers.json >one.json
    rm reg.db
    check azure one.json
    says "unanswered: 2"
}

@test "Mender's conflicts are failed, unless they are with the very device" {
    units 4
    export_to mender --identity sn=serial >/dev/null 2>&1
    same=$(sed -n 2p mender/part-0001.ndjson |
        jq -c '{id: "e", identity_data, auth_sets: [{pubkey}]}')
    other=$(sed -n 3p mender/part-0001.ndjson |
        jq -c '{id: "e", identity_data, auth_sets: [{pubkey: "another"}]}')
    cat >answers.json <<END
{"status":201}
{"status":409,"body":$same}
{"status":409,"body":$other}
END
    check mender answers.json
    [ "$status" = 8 ]
    says "registered: 2"
    says "failed: T3: 409"
    says "unanswered: 1"
    rm -rf again
    nameplate cloud export units.npj --to mender --identity sn=serial --out again \
        --registry reg.db >/dev/null 2>&1
    [ "$(devices again)" = "T3 T4" ]
}

@test "a plan of calls has succeeded when all four have" {
    units 2
    export_to aws-calls >/dev/null 2>&1
    printf '{"status":200}\n%.0s' 1 2 3 4 5 >answers.json
    echo '{"status":403,"body":{"message":"not authorized"}}' >>answers.json
    check aws-calls answers.json
    [ "$status" = 8 ]
    says "registered: 1"
    says "failed: T2: 403: not authorized"
    printf '{"status":200}\n%.0s' $(seq 9) >answers.json
    refuses 3 "more answers than rows" cloud export aws-calls --check-result answers.json \
        --registry reg.db
}

@test "NervesHub says only that it does not take a file" {
    units 2
    export_to nerveshub >/dev/null 2>&1
    echo '{"status":201}' >answer.json
    check nerveshub answer.json
    [ "$status" = 0 ]
    says "unanswered: 2"
    echo '{"status":422,"body":{"error":"bad format"}}' >answer.json
    check nerveshub answer.json
    says "failed: T1: 422: bad format"
}

@test "what is no answer, or to something else, changes nothing" {
    units 2
    export_to azure >/dev/null 2>&1
    echo '{"isSuccessful":true,"errors":[]}' >good.json
    check azure good.json
    [ "$(again azure)" = "" ]
    for text in '' '[]' '{' '{"isSuccessful":1}' \
        '{"isSuccessful":false,"errors":[{"registrationId":"T9"}]}'; do
        echo "$text" >bad.json
        [ -z "$text" ] || refuses 3 "bad.json" cloud export azure --check-result bad.json \
            --registry reg.db
    done
    [ "$(again azure)" = "" ]
    refuses 4 "is of an export to azure" cloud export azure --check-result good.json --to aws \
        --registry reg.db
    refuses 3 "none/index.json" cloud export none --check-result good.json --registry reg.db
    export_to csv >/dev/null 2>&1
    refuses 2 "csv gives no answers" cloud export csv --check-result good.json --registry reg.db
    echo '{}' >csv/index.json
    refuses 3 "is no index" cloud export csv --check-result good.json --registry reg.db
    refuses 3 "none.json" cloud export azure --check-result none.json --registry reg.db
}
