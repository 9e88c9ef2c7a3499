#!/usr/bin/env bats
# Labels: what others read in them (zbar, librsvg, a reader of ZPL that knows nothing of us), and
# what a scanner's text is told to be.
load helper

FONT=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf

# One unit for all tests of the file.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    nameplate signer create acme >/dev/null
    nameplate station key create st07 >/dev/null
    nameplate virtual create kit.chip --model atecc608b --chip-serial 0123a1b2c3d4e5f6ee >/dev/null
    nameplate chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key \
        --serial T2-000017 --yes --record units.npj --station-key st07.key >/dev/null 2>&1
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NAMEPLATE_CHIP
    export LC_ALL=C.UTF-8
    cp "$BATS_FILE_TMPDIR"/{units.npj,st07.pub} .
    words=(station label T2-000017 --record units.npj --template label.conf)
}

# template LINE...: 60 by 30 millimetres with these lines.
template() {
    printf '%s\n' 'size 60 30' "font $FONT" "$@" >label.conf
}

# scans FILE: what zbar reads in a picture.
scans() {
    zbarimg --quiet --raw --nodbus "$1" 2>/dev/null
}

member() {
    nameplate record query units.npj T2-000017 | jq -r ".$1"
}

# reads_everywhere TEXT: all three formats say this to others.
reads_everywhere() {
    local format
    for format in svg png zpl; do
        succeeds "${words[@]}" --out "label.$format"
    done
    rsvg-convert --dpi-x 203 --dpi-y 203 label.svg -o drawn.png
    [ "$(scans drawn.png)" = "$1" ] || { echo "svg: $(scans drawn.png)"; return 1; }
    [ "$(scans label.png)" = "$1" ] || { echo "png: $(scans label.png)"; return 1; }
    python3 "$BATS_TEST_DIRNAME/../interop/read_zpl.py" label.zpl >zpl.json
    [ "$(jq -r '[.fields[] | select(.kind == "qr")][0].text' zpl.json)" = "$1" ]
}

@test "a code says the same in every format, and somebody else reads it" {
    template 'qr 2 2 20 M https://acme.example/{serial}?chip={uid}&k={cert_sha256:16}' \
        'text 25 4 3 {serial}'
    fingerprint=$(member cert_sha256)
    reads_everywhere \
        "https://acme.example/T2-000017?chip=0123a1b2c3d4e5f6ee&k=${fingerprint:0:16}"
    [ "$(jq -r '[.fields[] | select(.kind == "text")][0].text' zpl.json)" = T2-000017 ]
}

@test "a code at each level, from one character to hundreds" {
    for level in L M Q H; do
        template "qr 1 1 28 $level {serial:1}"
        reads_everywhere T
        rm label.???
        template "qr 1 1 28 $level $(seq -s / 1 25)/{cert_sha256}"
        reads_everywhere "$(seq -s / 1 25)/$(member cert_sha256)"
        rm label.???
    done
}

@test "texts in other scripts, and characters that formats use themselves" {
    template 'qr 1 1 20 M Gerät №{serial} €5 <&"> ^~_\ {{x}}' \
        'text 1 22 2 Gerät №{serial} €5 <&"> ^~_\ {{x}}' 'text 30 6 2 Ωμέγα Ж'
    text='Gerät №T2-000017 €5 <&"> ^~_\ {x}'
    reads_everywhere "$text"
    [ "$(jq -r '.fields[1].text' zpl.json)" = "$text" ]
    [ "$(LC_ALL=C tr -d '\012\040-\176' <label.zpl | wc -c)" = 0 ]
    python3 - "$text" <<'PY'
import sys, xml.etree.ElementTree as tree
texts = [t.text for t in tree.parse('label.svg').iter('{http://www.w3.org/2000/svg}text')]
assert texts == [sys.argv[1], 'Ωμέγα Ж'], texts
PY
}

@test "a PNG has the label's size in dots and says how large a dot is" {
    template 'qr 1 1 28 M {serial}' 'resolution 300'
    succeeds "${words[@]}" --out label.png
    python3 - <<'PY'
import struct
data = open('label.png', 'rb').read()
width, height, depth = struct.unpack('>IIB', data[16:25])
at = data.index(b'pHYs') + 4
metre = struct.unpack('>IIB', data[at:at + 9])
assert (width, height, depth) == (709, 354, 1), (width, height, depth)
assert metre == (11811, 11811, 1), metre
PY
}

@test "a code is whole modules of the printer's dots, and none that scanners cannot read" {
    template 'qr 1 1 20 M {cert_sha256}'
    succeeds "${words[@]}" --out label.zpl
    magnification=$(sed -n 's/.*^BQN,2,\([0-9]*\),.*/\1/p' label.zpl)
    [ "$magnification" = 4 ]
    template 'qr 1 1 8 M {cert_sha256}'
    refuses 3 "which no scanner reads" "${words[@]}" --out other.zpl
    warns "make the code larger"
    [ ! -e other.zpl ]
}

@test "what cannot be printed is refused with its line, and nothing is left" {
    template 'text 1 1 3 {imei}'
    refuses 3 "line 3 of the label's template: the unit has no such fact: imei" "${words[@]}" \
        --out label.svg
    template 'text 1 1 3 SN{imei?}'
    succeeds "${words[@]}" --out label.svg
    template 'text 1 1 9 {cert_sha256}'
    refuses 3 "wider than the label" "${words[@]}" --out label.png
    template 'text 1 1 3 漢'
    refuses 3 "the font has no character U+6F22" "${words[@]}" --out label.png
    sed -i '/^font/d' label.conf
    refuses 3 "names no font" "${words[@]}" --out label.png
    template "qr 0 0 30 H $(printf '%01200d' 0)"
    refuses 3 "too long" "${words[@]}" --out label.png
    [ ! -e label.png ]
    template 'qr 50 1 20 M {serial}'
    refuses 3 "label.conf:3: this is not wholly on the label" "${words[@]}" --out label.png
    refuses 3 "no unit has the serial T2-000018" station label T2-000018 --record units.npj \
        --template label.conf --out label.png
    template 'text 1 1 3 {serial}'
    refuses 3 "label.svg" "${words[@]}" --out label.svg
    refuses 2 "--format takes" "${words[@]}" --out label.gif
    refuses 2 "give --out" "${words[@]}"
}

@test "the record is proven first when its key is given" {
    template 'text 1 1 3 {serial}'
    succeeds "${words[@]}" --out label.svg --key st07.pub
    sed 's/T2-000017/T2-000071/' units.npj >changed.npj
    run --separate-stderr nameplate station label T2-000071 --record changed.npj \
        --template label.conf --out other.svg --key st07.pub
    [ "$status" = 3 ] && [ ! -e other.svg ]
}

@test "a scan is the label's, or why not" {
    template 'qr 1 1 28 M SN-{serial}/ü'
    succeeds "${words[@]}" --out label.png
    scans label.png >scanned
    succeeds "${words[@]}" --check scanned
    says "verdict: same"
    while IFS='|' read -r verdict text; do
        printf '%b' "$text" >scanned
        run --separate-stderr nameplate "${words[@]}" --check - --json <scanned
        [ "$(jq -r .verdict <<<"$output")" = "$verdict" ] || { echo "$text: $output"; return 1; }
        if [ "$verdict" = same ]; then [ "$status" = 0 ]; else [ "$status" = 1 ]; fi
    done <<'TABLE'
same|SN-T2-000017/ü\r\n
same|]Q1SN-T2-000017/ü
nothing|
nothing|\r\n
cut|SN-T2-0000
more|SN-T2-000017/üSN-T2-000017/ü
capitals|sn-t2-000017/ü
encoding|SN-T2-000017/Ã¼
keyboard|SNßT2ß000017-ü
other-unit|SN-T2-000018/ü
other|https://example.com
TABLE
    run --separate-stderr nameplate "${words[@]}" --check - --json <<<'SN-T2-000018/ü'
    [ "$(jq -c '[.fact, .printed, .scanned]' <<<"$output")" = \
        '["serial","T2-000017","T2-000018"]' ]
    template 'text 1 1 3 {serial}'
    refuses_check=(refuses 3 "no code that could be scanned" "${words[@]}" --check scanned)
    "${refuses_check[@]}"
}

@test "members of the document" {
    template 'qr 1 1 28 M {serial}' 'text 30 1 2 {attributes.board}'
    succeeds "${words[@]}" --out label.zpl --json
    has_keys serial path format printed
    [ "$(jq -c .printed <<<"$output")" = \
        '[{"kind":"qr","text":"T2-000017"},{"kind":"text","text":"NervesKey"}]' ]
}

# line OUTPUT [FORMAT]: a station with one bay that prints there.
line() {
    cp "$BATS_FILE_TMPDIR"/{acme.cert,acme.key,st07.key} .
    rm -f units.npj* new.np
    nameplate virtual create new.np --model atecc608b >/dev/null
    printf '%s\n' 'key = "st07.key"' 'record = "units.npj"' \
        'signer { certificate = "acme.cert" key = "acme.key" }' \
        "product { serial = \"T2-{6}\" name = \"t2\" label = \"label.conf\" $1 }" \
        'bay "1" { chip = "virtual:new.np" }' >station.conf
}

@test "a running line prints what station label makes of the record" {
    template 'qr 2 2 20 M {serial} {uid} {cert_sha256}' 'text 25 4 3 {serial}'
    mkdir made
    for format in svg png zpl; do
        line "label_output = \"made\" label_format = $format"
        succeeds station run --config station.conf --once
        succeeds station label T2-000001 --record units.npj --template label.conf \
            --out "again.$format"
        cmp "made/T2-000001.$format" "again.$format"
    done
    template 'text 1 1 3 {product} of {station}, {finished:4}'
    line 'label_output = "made" label_format = "svg"'
    succeeds station run --config station.conf --once
    grep -q ">t2 of st07, 2[0-9]*<" made/T2-000001.svg
}

@test "a line begins only when it can print, and a printer that fails is a fault of the station" {
    template 'text 1 1 3 {serial}'
    line ''
    refuses 3 "product.label_output is missing" station run --config station.conf --once
    line 'label_output = "nowhere"'
    refuses 6 "label_output: nowhere" station run --config station.conf --once
    line 'label_output = "units.csv"'
    touch units.csv
    refuses 3 "neither a folder nor a device" station run --config station.conf --once
    line 'label_output = "/dev/full"'
    run --separate-stderr nameplate station run --config station.conf --once
    [ "$status" = 6 ] || { echo "status $status: $output $stderr"; return 1; }
    # the printer is mended, and the unit gets its label without being made again
    sed -i 's|/dev/full|made|' station.conf
    mkdir made
    succeeds station run --config station.conf --once
    [ -s made/T2-000001.zpl ]
    [ "$(jq -r 'select(.kind == "unit") | [.serial, .result] | @tsv' units.npj)" = \
        "$(printf 'T2-000001\tstation\nT2-000001\tpass')" ]
}
