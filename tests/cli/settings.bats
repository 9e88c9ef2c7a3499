#!/usr/bin/env bats
# Settings: JSON in and out, the bytes as Erlang writes them.
# shellcheck disable=SC2016 # "$" in settings is no variable
load helper

# The bytes on the chip up to the end of the term, as hex.
stored() {
    rm -f area
    nameplate chip settings get virtual:kit.chip --raw area >/dev/null
    hex <area | sed 's/\(00\)*$//'
}

@test "settings come back as they went in" {
    provisioned_chip
    echo '{"ssid": "home", "port": 8080, "dhcp": true, "dns": null, "gain": 2.5,
        "hosts": ["a", {"b": []}]}' >settings.json
    succeeds chip settings put virtual:kit.chip settings.json
    says "of 524 bytes"
    untouched kit.chip succeeds chip settings get virtual:kit.chip
    [ "$(jq -cS . <<<"$output")" = "$(jq -cS . settings.json)" ]
    [ -z "$stderr" ]
    nameplate chip verify virtual:kit.chip --signer-cert acme.cert
}

@test "the bytes are those that Erlang writes, old and new" {
    provisioned_chip
    echo '{"k": {"$1": 2.5, ":big": 70000, ":neg": -5, "l": [1, 2, null, true]}}' >settings.json
    vectors=$NAMEPLATE_VECTORS/nerveskey/generated/settings_etf.txt
    nameplate chip settings put virtual:kit.chip settings.json
    [ "$(stored)" = "$(grep '^2 "k"' "$vectors" | grep -o '[0-9a-f]*$')" ]
    nameplate chip settings put virtual:kit.chip settings.json --atoms latin1
    [ "$(stored)" = "$(grep '^1 "k"' "$vectors" | grep -o '[0-9a-f]*$')" ]
    succeeds chip settings get virtual:kit.chip --json
    has_keys settings is_empty atoms used capacity
    [ "$(jq -c .settings <<<"$output")" = "$(jq -c . settings.json)" ]
    [ "$(jq -r .atoms <<<"$output")" = latin1 ]
    warns "--atoms latin1 writes them so"
    refuses 2 "--atoms takes utf8 or latin1" chip settings put virtual:kit.chip settings.json \
        --atoms utf16
}

@test "a chip without settings has none, and that is no error" {
    provisioned_chip
    succeeds chip settings get virtual:kit.chip
    [ "$output" = "{}" ]
    warns "carries no settings"
    succeeds chip settings get virtual:kit.chip --json
    [ "$(jq -c '[.settings, .is_empty, .used]' <<<"$output")" = '[{},true,0]' ]
}

@test "what is too large is refused before anything is written" {
    provisioned_chip
    jq -n '{fill: ("x" * 504)}' >fits.json
    jq -n '{fill: ("x" * 505)}' >large.json
    succeeds chip settings put virtual:kit.chip fits.json
    says "524 of 524 bytes"
    untouched kit.chip refuses 3 "need 525 bytes; a chip stores at most 524" \
        chip settings put virtual:kit.chip large.json
    head -c 525 /dev/zero >large
    untouched kit.chip refuses 3 "need 525 bytes" chip settings put virtual:kit.chip --raw large
}

@test "raw bytes go in and out unchanged" {
    provisioned_chip
    head -c 300 /dev/urandom >bytes
    nameplate chip settings put virtual:kit.chip --raw bytes
    succeeds chip settings get virtual:kit.chip --raw out
    says "settings: out"
    [ "$(stat -c '%a %s' out)" = "600 524" ]
    cmp -n 300 bytes out
    untouched out refuses 3 "out: exists already" chip settings get virtual:kit.chip --raw out
}

@test "bytes behind the term are ignored, other bytes are named" {
    provisioned_chip
    printf '\203t\0\0\0\1m\0\0\0\1aa\1left over' >bytes
    nameplate chip settings put virtual:kit.chip --raw bytes
    succeeds chip settings get virtual:kit.chip
    [ "$(jq -c . <<<"$output")" = '{"a":1}' ]
    printf 'other' >bytes
    nameplate chip settings put virtual:kit.chip --raw bytes
    refuses 3 "it does not begin with 83" chip settings get virtual:kit.chip
    warns "hint: --raw FILE stores their bytes as they are"
}

@test "what is no map, no JSON or said twice is refused" {
    provisioned_chip
    echo '[1]' >list.json
    echo '{"a": 1,}' >bad.json
    echo '{"a": {"$foo": 1}}' >typed.json
    untouched kit.chip refuses 3 "settings are a map" chip settings put virtual:kit.chip list.json
    untouched kit.chip refuses 3 "bad.json: line 1" chip settings put virtual:kit.chip bad.json
    untouched kit.chip refuses 3 "stands no JSON" chip settings put virtual:kit.chip typed.json
    refuses 2 "either a FILE with JSON or --raw FILE" chip settings put virtual:kit.chip
    refuses 2 "either a FILE with JSON or --raw FILE" chip settings put virtual:kit.chip list.json \
        --raw bad.json
    refuses 3 "none.json: no such file" chip settings put virtual:kit.chip none.json
}

@test "a chip that is not provisioned has no room for settings" {
    make_chip kit.chip
    echo '{}' >settings.json
    refuses 4 "data zone is not locked" chip settings get virtual:kit.chip
    refuses 4 "data zone is not locked" chip settings put virtual:kit.chip settings.json
}

@test "settings pass through a pipe" {
    provisioned_chip
    export NAMEPLATE_CHIP=virtual:kit.chip
    echo '{"a": 1}' | nameplate chip settings put -
    nameplate chip settings get >before.json
    jq '.b = 2' before.json | nameplate chip settings put -
    [ "$(nameplate chip settings get | jq -c .)" = '{"a":1,"b":2}' ]
    succeeds chip settings put before.json --json
    has_keys used capacity
}
