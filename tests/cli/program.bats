#!/usr/bin/env bats
# The program itself: its help, its manners, what it says to wrong words.
load helper

@test "the version is the project's" {
    succeeds --version
    [[ $output =~ ^nameplate\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "the help names every command" {
    succeeds --help
    help=$output
    nameplate --dump-commands | grep ^command | cut -f 2 | while read -r command; do
        [[ $help == *"$command"* ]]
    done
}

@test "no noun and no command stands twice, and each noun has its manual page" {
    nameplate --help | grep -oE '^[a-z]+:' | grep -v '^usage:' >nouns
    [ "$(wc -l <nouns)" -ge 13 ]
    [ -z "$(sort nouns | uniq -d)" ]
    [ -z "$(nameplate --dump-commands | grep ^command | sort | uniq -d)" ]
    tr -d : <nouns | grep -v '^completion$' | while read -r noun; do
        [ -e "$BATS_TEST_DIRNAME/../../doc/man/nameplate-$noun.1.scd" ]
    done
}

@test "every command has a help with purpose, synopsis, options, statuses and three examples" {
    nameplate --dump-commands | grep ^command | cut -f 2 >commands
    [ "$(wc -l <commands)" -ge 11 ]
    while read -ra words; do
        succeeds "${words[@]}" --help
        says "nameplate ${words[*]} - "
        says "usage: nameplate ${words[*]}"
        says "--json"
        says "exit status:"
        [ "$(grep -c '^  # ' <<<"$output")" = 3 ]
        [ -z "$stderr" ]
    done <commands
}

@test "every noun has a help" {
    for noun in signer device virtual chip issue completion; do
        succeeds "$noun" --help
        says "$noun "
    done
}

@test "the dump has one line a command and one an option" {
    succeeds --dump-commands
    says "$(printf 'command\tchip provision')"
    says "$(printf 'option\tchip provision\t--signer-key')"
    pattern=$'^(command\t[a-z]+( [a-z-]+){0,2}|option\t[a-z]+( [a-z-]+){0,2}\t--[a-z-]+)$'
    [ "$(grep -cvE "$pattern" <<<"$output")" = 0 ]
}

@test "wrong words are wrong usage and say where to look" {
    refuses 2 "a noun and a verb are missing"
    refuses 2 "unknown noun 'chips'" chips info
    refuses 2 "a verb is missing after 'chip'" chip
    refuses 2 "'chip' has no verb 'burn'" chip burn
    warns "hint: see nameplate chip --help"
    refuses 2 "unknown option '--frob'" chip info virtual:x --frob
    refuses 2 "unknown option '-f'" chip info virtual:x -f
    refuses 2 "unknown option '--json=yes'" chip info virtual:x --json=yes
    refuses 2 "option '--now' needs a value" chip verify virtual:x --now
    refuses 2 "unexpected argument 'b'" chip info virtual:x b
    refuses 2 "--yes is given twice" chip provision virtual:x --yes --yes
    refuses 2 "--signer-cert FILE is missing" chip plan virtual:x
    refuses 2 "--now takes a time" chip verify virtual:x --now yesterday
    refuses 2 "--years takes a number" signer create acme --years ten
    refuses 2 "NAME is missing" signer create
    refuses 2 "INPUT is missing" issue
    warns "hint: see nameplate issue --help"
}

@test "options are not abbreviated" {
    refuses 2 "unknown option '--jso'" chip info virtual:x --jso
    refuses 2 "unknown option '--signer-c=acme.cert'" chip plan virtual:x --signer-c=acme.cert
}

@test "without a URI and without NAMEPLATE_CHIP there is no chip" {
    refuses 2 "NAMEPLATE_CHIP is not set" chip info
}

@test "what is no URI of a chip is wrong usage" {
    refuses 2 "'kit.chip' is no URI of a chip" chip info kit.chip
    refuses 2 "no bus speed" chip info 'i2c:/dev/i2c-1?khz=9'
    refuses 2 "no way to wake" chip info 'i2c:/dev/i2c-1?wake=loud'
    refuses 2 "the chip's URI does not know 'adr=1'" chip info 'i2c:/dev/i2c-1?adr=1'
    refuses 2 "khz= and wake= are for i2c: alone" chip info 'unix:kit.socket?khz=400'
}

@test "a node that is not there, or is no bus, is station trouble with a next step" {
    refuses 6 "/dev/i2c-none: cannot be opened: No such file or directory" \
        chip info i2c:/dev/i2c-none
    warns "hint: load the module i2c-dev"
    refuses 6 "/dev/null: not the node of an I2C bus" chip info i2c:/dev/null
    warns "hint: it is called /dev/i2c-N"
}

@test "errors are on stderr as text and with --json on stdout as well" {
    run --separate-stderr nameplate chip info virtual:none.chip --json
    [ "$status" = 3 ]
    warns "nameplate: none.chip: no such file"
    [ "$(jq -r .error.code <<<"$output")" = input-missing ]
    [[ $(jq -r .error.message <<<"$output") == "none.chip: no such file" ]]
    [[ $(jq -r .error.hint <<<"$output") == *"virtual create"* ]]
    run --separate-stderr nameplate chip info --frob --json
    [ "$status" = 2 ]
    [ "$(jq -r .error.code <<<"$output")" = usage ]
}

@test "a folder is no file" {
    mkdir folder
    refuses 3 "folder: a folder, not a file" signer show folder
    refuses 3 "folder: a folder, not a file" record verify folder --key folder
    refuses 3 "folder: a folder, not a file" modem parse folder
}

@test "a stdout that is full is an error" {
    make_chip kit.chip
    for command in "--help" "--version" "chip info virtual:kit.chip" \
        "chip info virtual:kit.chip --json" "completion bash"; do
        # shellcheck disable=SC2016,SC2086 # expanded by the inner shell; a list of words
        run --separate-stderr bash -c '"$0" "$@" >/dev/full' "$NAMEPLATE_PROGRAM" $command
        [ "$status" = 6 ]
        warns "stdout: cannot be written: No space left on device"
    done
}

@test "a stdout that is closed is an error and harms no file" {
    make_chip kit.chip
    before=$(sha256sum kit.chip)
    # shellcheck disable=SC2016 # expanded by the inner shell
    run --separate-stderr bash -c '"$0" chip info virtual:kit.chip >&-' "$NAMEPLATE_PROGRAM"
    [ "$status" = 6 ]
    [ "$(sha256sum kit.chip)" = "$before" ]
}

@test "control characters and bytes that are no text reach neither terminal nor JSON" {
    run --separate-stderr nameplate chip info $'virtual:\e[31mred\xff' --json
    [ "$status" = 3 ]
    [[ $stderr != *$'\e'* ]]
    jq -e .error.message <<<"$output" >/dev/null
}

# What bash offers for the last word.
completed() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _nameplate
    echo "${COMPREPLY[*]}"
}

@test "the completion completes nouns, verbs and options" {
    nameplate completion bash >script.bash
    # shellcheck disable=SC1091 # made just now
    source ./script.bash
    [ "$(completed nameplate ch)" = chip ]
    [ "$(completed nameplate chip pro)" = provision ]
    [ "$(completed nameplate chip provision --signer-)" = "--signer-cert --signer-key" ]
    touch kit.chip
    [ "$(completed nameplate virtual show ki)" = kit.chip ]
    succeeds completion bash --json
    [ "$(jq -r .script <<<"$output")" = "$(cat script.bash)" ]
}

# Shells themselves are asked what they would offer behind a line.

# What fish offers, without what it means.
fish_offers() {
    XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD fish --no-config --command "
        source script.fish
        complete --do-complete '$1'" | cut -f 1 | paste -sd ' '
}

@test "fish completes nouns, verbs, second words, options and files" {
    command -v fish >/dev/null || skip "fish is not installed"
    nameplate completion fish >script.fish
    touch kit.chip
    [ "$(fish_offers 'nameplate ch')" = chip ]
    [ "$(fish_offers 'nameplate chip pro')" = provision ]
    [ "$(fish_offers 'nameplate chip aux ' | tr ' ' '\n' | grep -c '^[a-z]')" = 4 ]
    [ "$(fish_offers 'nameplate chip provision --signer-')" = "--signer-cert --signer-key" ]
    [ "$(fish_offers 'nameplate issue --batch-')" = "--batch-size" ] ||
        [[ "$(fish_offers 'nameplate issue --sig')" = *--signer-cert* ]]
    [ "$(fish_offers 'nameplate virtual show ki')" = kit.chip ]
    [ "$(fish_offers 'nameplate ki')" = "" ]
    fish --no-config --command "source script.fish; complete --do-complete 'nameplate chip prov'" |
        grep -q "$(nameplate chip provision --help | sed -n '1s/.* - //p')"
    succeeds completion fish --json
    [ "$(jq -r .script <<<"$output")" = "$(cat script.fish)" ]
}

# What zsh offers: its completion runs on a terminal of its own (zpty).
zsh_offers() {
    zsh -f "$BATS_TEST_DIRNAME/../support/zsh_offers" "$PWD/script.zsh" "$1" | paste -sd ' '
}

@test "zsh completes nouns, verbs, second words, options and files" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    nameplate completion zsh >script.zsh
    touch kit.chip
    [ "$(zsh_offers 'nameplate ch')" = chip ]
    [ "$(zsh_offers 'nameplate chip pro')" = provision ]
    [ "$(zsh_offers 'nameplate chip aux ' | tr ' ' '\n' | grep -c '^[a-z]')" = 4 ]
    [ "$(zsh_offers 'nameplate chip provision --signer-')" = "--signer-cert --signer-key" ]
    [ "$(zsh_offers 'nameplate virtual show ki')" = kit.chip ]
    succeeds completion zsh --json
    [ "$(jq -r .script <<<"$output")" = "$(cat script.zsh)" ]
    # every option of every command is offered
    nameplate --dump-commands | grep -c ^option >wanted
    [ "$(grep -cE "^ *'--[a-z-]+:" script.zsh)" -ge "$(cat wanted)" ]
}

# rows PAGE: the table of defaults and bounds in a page of the manual, as --dump-keys has it
rows() {
    sed 's/\\//g; s/\*//g' "$BATS_TEST_DIRNAME/../../doc/man/$1" |
        awk '/^# DEFAULTS AND BOUNDS/ { on = 1; next } /^# / { on = 0 }
            on && /^\| / { row = substr($0, 4) } on && /^: / { row = row "\t" substr($0, 4); n++ }
            on && n == 2 { print row; n = 0 }'
}

@test "the manual has every key of the configurations, with its default and what it takes" {
    for name in gateway station; do
        nameplate --dump-keys | sed -n "s/^key\t$name.conf\t//p" | sort >keys
        [ "$(wc -l <keys)" -gt 20 ]
        rows nameplate-$name.1.scd | sort | diff - keys
        # and says what each is for
        sed 's/\\//g' "$BATS_TEST_DIRNAME/../../doc/man/nameplate-$name.1.scd" |
            sed '/^# DEFAULTS AND BOUNDS/,$d' >page
        cut -f 1 keys | sed 's/.*\.//' | while read -r key; do
            grep -qF "*$key*" page || { echo "$name.conf: nothing tells what $key is"; return 1; }
        done
    done
}

