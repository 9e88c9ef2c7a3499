#!/usr/bin/env bats
# A first line: what init writes is read by the station, and what it prints is typed.
load helper

# types: the commands of the document, as a person would.
types() {
    jq -r '.commands[].command' >commands.sh
    bash -eux commands.sh >log 2>&1 3>&- || { cat log; return 1; }
}

# The program by its name, as the commands have it.
by_name() {
    mkdir bin
    ln -s "$NAMEPLATE_PROGRAM" bin/nameplate
    PATH=$PWD/bin:$PATH
}

@test "the commands that are printed begin the line, and it makes units" {
    by_name
    succeeds init line --virtual --bays 2 --product 'Tracker 2' --serial 'T2-{6}' --json
    has_keys folder files commands
    types <<<"$output"
    cd line
    [ "$(grep -c '"kind":"unit"' units.npj)" = 2 ]
    [ "$(nameplate record query units.npj T2-000001 | jq -r .result)" = pass ]
    succeeds record verify units.npj --key station.pub
    grep -q 'Tracker 2' first.svg
    grep -q 'FDT2-000001^FS' labels/T2-000001.zpl
    [ "$(echo labels/*)" = 'labels/T2-000001.zpl labels/T2-000002.zpl' ]
    # and goes on by itself
    rm bay?.chip
    for bay in 1 2; do nameplate virtual create bay$bay.chip --model atecc608b; done
    nameplate station run --config station.conf --once
    nameplate record query units.npj T2-000004
}

@test "text is the same commands, with what each is for" {
    text() {
        succeeds init line --virtual
        grep -v '^#' <<<"$output"
        rm -r line
    }
    text >before
    succeeds init line --virtual --json
    jq -r '.commands[].command' <<<"$output" >commands
    [ "$(jq -r '.commands | map(select(.why == "")) | length' <<<"$output")" = 0 ]
    [ "$(jq -r '.files[]' <<<"$output" | xargs ls)" = "$(printf '%s\n' line/label.conf \
        line/station.conf)" ]
    rm -r line
    text >after # a midnight may have changed the day until which units are authorized
    cmp commands before || diff commands after
}

@test "every key stands in the file, once, set or as a comment" {
    succeeds init line --bays 64
    [ "$(grep -c '^bay' line/station.conf)" = 64 ]
    grep -q 'chip = "i2c:/dev/i2c-64"' line/station.conf
    [ "$(grep -cE '^#? *#?[a-z_]+ = ' line/station.conf)" -gt 100 ]
    # whatever is taken out of its comment is a setting
    sed -E 's/^( *)#([a-z_]+ (=|\{))/\1\2/; s/^#\}/}/' line/station.conf >all.conf
    cp line/label.conf .
    run --separate-stderr nameplate station run --config all.conf --once
    [[ $stderr != *all.conf* ]] || { echo "$stderr"; return 1; }
}

@test "nothing is overwritten, and nonsense is refused before anything is written" {
    succeeds init line --virtual
    echo mine >>line/label.conf
    refuses 3 "station.conf" init line --virtual
    grep -q mine line/label.conf
    rm line/station.conf
    refuses 3 "label.conf" init line --virtual
    [ ! -e line/station.conf ]
    refuses 2 "--bays takes 1 to 64" init other --bays 65
    refuses 2 "--product takes" init other --product 'a"b'
    refuses 2 "--serial takes" init other --serial scan
    refuses 3 "" init other --serial 'T2-{'
    refuses 2 "the folder's name" init "it's"
    [ ! -e other ]
}
