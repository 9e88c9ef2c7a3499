#!/usr/bin/env bats
# Many certificates at once: openssl makes keys and requests, and judges what comes out.
load helper

# An authority as ca.pem and ca.key.
make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
        -out ca.pem -subj /C=DE/O=Acme/CN=Root -days 3650 \
        -addext keyUsage=critical,keyCertSign 2>/dev/null
}

# The point of a new key in hex, its SubjectPublicKeyInfo in base64.
new_point() {
    openssl ecparam -name prime256v1 -genkey -noout -out unit.key
    openssl ec -in unit.key -pubout -outform DER 2>/dev/null | tail -c 65 | hex
}

new_spki() {
    openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -outform DER 2>/dev/null |
        base64 -w 0
}

new_request() { # file, subject
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -subj "$2" -out "$1" 2>/dev/null
}

# Certificate of a serial as PEM on stdout.
certificate_of() {
    jq -r --arg serial "$1" 'select(.serial == $serial).cert' "$2" | base64 -d |
        openssl x509 -inform DER
}

by_ca=(--signer-cert ca.pem --signer-key ca.key)

@test "a CSV becomes certificates in its order, which strict programs accept" {
    make_authority
    {
        echo 'serial,public_key,OU,dns,uri'
        echo "T-1,$(new_point),Line 1,t-1.acme.example,urn:acme:t-1"
        echo "T-2,$(new_spki),\"Line \"\"2\"\", left\",,"
    } >units.csv
    succeeds issue units.csv "${by_ca[@]}" --profile device --subject 'C=DE,O=Acme' --out out
    says "issued: 2"
    [ "$(jq -r .serial out | tr '\n' ' ')" = "T-1 T-2 " ]
    [ ! -e out.rejects ]
    for serial in T-1 T-2; do
        certificate_of $serial out >unit.pem
        openssl verify -x509_strict -CAfile ca.pem unit.pem
        certtool --verify --load-ca-certificate ca.pem --infile unit.pem | grep 'is trusted'
        [ "$(openssl x509 -in unit.pem -noout -enddate)" = "notAfter=Dec 31 23:59:59 9999 GMT" ]
    done
    openssl x509 -in unit.pem -noout -subject -nameopt sep_comma_plus,sname,dn_rev |
        grep -Fx 'subject=CN=T-2,OU=Line "2", left,serialNumber=T-2,O=Acme,C=DE'
    certificate_of T-1 out | openssl x509 -noout -ext subjectAltName |
        grep -F 'DNS:t-1.acme.example, URI:urn:acme:t-1'
    [ "$(jq -r 'select(.serial == "T-1").cert_sha256' out)" = \
        "$(certificate_of T-1 out | openssl x509 -outform DER | sha256sum | cut -d ' ' -f 1)" ]
    certificate_of T-1 out | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER |
        base64 -w 0 | cmp - <(jq -rj 'select(.serial == "T-1").public_key' out)
    diff <(certificate_of T-1 out | openssl x509 -noout -pubkey) \
        <(openssl ec -in unit.key -pubout 2>/dev/null)
}

@test "bad rows are refused with line and reason, and the others are issued" {
    make_authority
    point=$(new_point)
    {
        echo 'serial,public_key,CN'
        echo "A,$(new_point),a"       # 2
        echo "B,$(new_point),a"       # 3: common name of line 2
        echo "C,$point,c"             # 4
        echo "D,$point,d"             # 5: key of line 4
        echo "A,$(new_point),e"       # 6: serial of line 2
        echo "F,04$(printf '1%.0s' {1..128}),f" # 7: off the curve
        echo "G,abc,g"                # 8
        echo "H,$(new_point)"         # 9: a field is missing
        echo ",$(new_point),i"        # 10
        printf 'J,%s,"j\n' "$(new_point)" # 11
        echo "F,$(new_point),f"       # 12: line 7 was refused, so this is the first
    } >units.csv
    run -8 --separate-stderr nameplate issue units.csv "${by_ca[@]}" --profile device --out out \
        --rejects bad --json
    [ "$(jq -r '.issued, .refused' <<<"$output" | tr '\n' ' ')" = "3 8 " ]
    [ "$(jq -r .serial out | tr '\n' ' ')" = "A C F " ]
    [ "$(jq -r .line bad | tr '\n' ' ')" = "3 5 6 7 8 9 10 11 " ]
    reasons=("this common name" "this public key" "this serial" "no point of P-256"
        "neither 130 hex digits" "the row has 2 fields" "the serial has 0 bytes" "no CSV row")
    for i in "${!reasons[@]}"; do
        sed -n "$((i + 1))p" bad | grep -F "${reasons[i]}"
    done
}

@test "requests of a folder and of a bundle are issued as Nordic's tools do" {
    make_authority
    mkdir requests
    cp "$NAMEPLATE_VECTORS"/nrf/tokens/*.csr.pem requests
    openssl req -in requests/u17_keygen_csr.csr.pem -outform DER -out damaged.der
    printf '\x55' | dd of=damaged.der bs=1 seek=30 conv=notrunc status=none # in the common name
    openssl req -inform DER -in damaged.der -out requests/zz_damaged.pem
    run -8 --separate-stderr nameplate issue requests "${by_ca[@]}" --profile nrf-2022 --days 3650 \
        --out folder.out
    says "issued: 9"
    says "refused: 1"
    grep -F '"line":10' folder.out.rejects | grep -F "not signed by the key"
    cat requests/*.pem >bundle.pem
    run -8 --separate-stderr nameplate issue bundle.pem "${by_ca[@]}" --profile nrf-2026 \
        --days 3650 --out bundle.out --workers 3
    for form in folder:1 bundle:3; do
        [ "$(wc -l <"${form%:*}.out")" = 9 ]
        for request in "$NAMEPLATE_VECTORS"/nrf/tokens/*.csr.pem; do
            name=$(openssl req -in "$request" -noout -subject -nameopt multiline,-align |
                sed -n 's/ *commonName = //p')
            certificate_of "$name" "${form%:*}.out" >unit.pem
            openssl verify -CAfile ca.pem unit.pem
            openssl x509 -in unit.pem -noout -text | grep "Version: ${form#*:} "
            [ "$(openssl x509 -in unit.pem -noout -text | grep -c "X509v3 extensions")" = 0 ]
            diff <(openssl x509 -in unit.pem -noout -subject) \
                <(openssl req -in "$request" -noout -subject)
            diff <(openssl x509 -in unit.pem -noout -pubkey) \
                <(openssl req -in "$request" -noout -pubkey)
        done
    done
}

@test "device takes the common name of a request, and nothing else from it" {
    make_authority
    new_request request.pem '/C=XX/O=Other/CN=unit 7'
    succeeds issue request.pem "${by_ca[@]}" --profile device --subject O=Acme --out out
    certificate_of "unit 7" out >unit.pem
    [ "$(openssl x509 -in unit.pem -noout -subject -nameopt sname,sep_comma_plus)" = \
        "subject=O=Acme,serialNumber=unit 7,CN=unit 7" ]
    openssl verify -x509_strict -CAfile ca.pem unit.pem
}

@test "NDJSON has the names of the columns" {
    make_authority
    {
        printf '{"serial":"T-1","public_key":"%s","O":"Ac\\u006de"}\n' "$(new_spki)"
        printf '{"serial":"T-2","public_key":"%s","colour":"red"}\n' "$(new_spki)"
        echo '[]'
    } >units.ndjson
    run -8 --separate-stderr nameplate issue units.ndjson "${by_ca[@]}" --profile device --out out
    [[ "$stderr" == *"'colour' is not known and was passed over"* ]]
    [ "$(certificate_of T-1 out | openssl x509 -noout -subject -nameopt sname,sep_comma_plus)" = \
        "subject=serialNumber=T-1,O=Acme,CN=T-1" ]
    [ "$(jq -r .serial out | tr '\n' ' ')" = "T-1 T-2 " ]
    sed -n 1p out.rejects | grep -F '"line":3,"reason":"the line is no JSON object"'
}

@test "a thousand units come out in order with any number of workers, each with its own number" {
    make_authority
    python3 - >units.csv <<'END'
# points of P-256: multiples of the base point
p = 2**256 - 2**224 + 2**192 + 2**96 - 1
g = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
def add(a, b):
    if a == b:
        k = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
    else:
        k = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (k * k - a[0] - b[0]) % p
    return x, (k * (a[0] - x) - a[1]) % p
print("serial,public_key")
at = g
for i in range(1000):
    print("T-%04d,04%064x%064x" % (i, at[0], at[1]))
    at = add(at, g)
END
    for workers in 1 2 5; do
        succeeds issue units.csv "${by_ca[@]}" --profile device --out "out$workers" \
            --workers $workers
        says "issued: 1000"
        cmp <(jq -r .serial "out$workers") <(tail -n +2 units.csv | cut -d , -f 1)
    done
    nameplate issue units.csv "${by_ca[@]}" --profile device --out out.pem --out-format pem
    openssl crl2pkcs7 -nocrl -certfile out.pem | openssl pkcs7 -print_certs -text -noout \
        >certificates.txt
    [ "$(grep -A 1 'Serial Number' certificates.txt | grep ':..:' | sort -u | wc -l)" = 1000 ]
    [ "$(grep -A 1 'Serial Number' certificates.txt | grep -c '^ *[089a-f].:')" = 0 ] # positive
    csplit -s -z -f unit out.pem '/BEGIN/' '{9}'
    openssl verify -x509_strict -CAfile ca.pem unit0[0-8]
}

@test "nothing is overwritten, and nothing is made when the input or the signer is no good" {
    make_authority
    printf 'serial,public_key\nT-1,%s\n' "$(new_point)" >units.csv
    echo mine >out
    untouched out refuses 3 "out: exists already" issue units.csv "${by_ca[@]}" --profile device \
        --out out
    rm out
    echo mine >out.rejects
    refuses 3 "out.rejects: exists already" issue units.csv "${by_ca[@]}" --profile device --out out
    rm out.rejects
    refuses 2 "no profile 'x'" issue units.csv "${by_ca[@]}" --profile x --out out
    refuses 2 "--out-format" issue units.csv "${by_ca[@]}" --profile device --out out \
        --out-format xml
    refuses 2 "--workers" issue units.csv "${by_ca[@]}" --profile device --out out --workers 65
    refuses 3 "'X' is no attribute" issue units.csv "${by_ca[@]}" --profile device --out out \
        --subject X=1
    refuses 3 "none: " issue none "${by_ca[@]}" --profile device --out out
    printf 'serial,key,point\n' >bad.csv
    refuses 3 "two columns are the public_key" issue bad.csv "${by_ca[@]}" --profile device \
        --out out
    printf 'serial\n' >bad.csv
    refuses 3 "serial and public_key" issue bad.csv "${by_ca[@]}" --profile device --out out
    nameplate signer create other >/dev/null
    refuses 3 "other.key" issue units.csv --signer-cert ca.pem --signer-key other.key \
        --profile device --out out
    openssl req -x509 -key ca.key -subj /CN=leaf -addext basicConstraints=CA:FALSE -out leaf.pem
    refuses 3 "not of a CA" issue units.csv --signer-cert leaf.pem --signer-key ca.key \
        --profile device --out out
    [ ! -e out ]
}

@test "a signer made here issues for everybody, and its key may be encrypted" {
    umask 077
    echo secret >pass
    nameplate signer create acme --encrypt --key-passphrase-file pass --years 31 >/dev/null
    printf 'serial,public_key\nT-1,%s\n' "$(new_point)" >units.csv
    succeeds issue units.csv --signer-cert acme.cert --signer-key acme.key \
        --key-passphrase-file pass --profile device --days 365 --out out
    certificate_of T-1 out >unit.pem
    openssl verify -x509_strict -CAfile acme.cert unit.pem
    certtool --verify --load-ca-certificate acme.cert --infile unit.pem | grep 'is trusted'
}

# Rows of a list, with keys of their own.
make_list() { # file, first, last
    echo serial,public_key >"$1"
    for i in $(seq "$2" "$3"); do
        echo "T-$i,$(new_point)" >>"$1"
    done
}

@test "with a record a run is resumed and repeated: no unit is issued twice" {
    make_authority
    nameplate station key create st07 >/dev/null
    recorded=("${by_ca[@]}" --profile device --record units.npj --station-key st07.key)
    make_list all.csv 1 6
    head -n 4 all.csv >some.csv
    sed -n 3p some.csv >>all.csv # line 8 is line 3 once more
    succeeds issue some.csv "${recorded[@]}" --batch b1 --out some.out
    says "issued: 3"
    run -8 --separate-stderr nameplate issue all.csv "${recorded[@]}" --batch b2 --out all.out \
        --json
    [ "$(jq -r '.issued, .recorded, .refused' <<<"$output" | tr '\n' ' ')" = "3 3 1 " ]
    cmp <(head -n 3 all.out) some.out
    [ "$(jq -r .serial all.out | tr '\n' ' ')" = "T-1 T-2 T-3 T-4 T-5 T-6 " ]
    succeeds record verify units.npj --key st07.pub
    says "units: 6"
    says "batches: 2"
    cp all.out before
    cp units.npj record.before
    run -8 --separate-stderr nameplate issue all.csv "${recorded[@]}" --batch b2 --out all.out
    says "recorded before: 6"
    cmp all.out before
    cmp units.npj record.before
    [ "$(jq -r 'select(.kind == "unit") | .serial' units.npj | sort | uniq -d)" = "" ]
    cmp <(jq -r 'select(.kind == "unit") | .cert' units.npj) <(jq -r .cert all.out)
}

@test "a record refuses what another unit has, and nothing is signed for an output that exists" {
    make_authority
    nameplate station key create st07 >/dev/null
    recorded=("${by_ca[@]}" --profile device --record units.npj --station-key st07.key)
    make_list one.csv 1 1
    succeeds issue one.csv "${recorded[@]}" --out one.out
    key=$(sed -n 's/^T-1,//p' one.csv)
    {
        echo serial,public_key,CN
        echo "T-1,$(new_point),other" # 2: serial
        echo "T-2,$key,another"       # 3: key
        echo "T-3,$(new_point),T-1"   # 4: common name
        echo "T-1,$key,renamed"       # 5: the unit, but another subject
    } >two.csv
    run -8 --separate-stderr nameplate issue two.csv "${recorded[@]}" --out two.out
    reasons=("this serial" "this public key" "this common name" "with another subject")
    for i in "${!reasons[@]}"; do
        sed -n "$((i + 1))p" two.out.rejects | grep -F "${reasons[i]}"
    done
    make_list three.csv 1 3
    untouched one.out refuses 3 "one.out: exists already, and this run would have more" \
        issue three.csv "${recorded[@]}" --out one.out
    untouched one.out refuses 3 "one.out: exists already" issue two.csv "${recorded[@]}" \
        --out one.out
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key \
        -out other.pem -subj /CN=Other -addext keyUsage=critical,keyCertSign 2>/dev/null
    run -8 --separate-stderr nameplate issue one.csv --signer-cert other.pem \
        --signer-key other.key --profile device --record units.npj --station-key st07.key \
        --out four.out
    grep -F "with another signer" four.out.rejects
    succeeds record verify units.npj --key st07.pub
    says "units: 1"
    refuses 2 "station key create" issue one.csv "${by_ca[@]}" --profile device --out five \
        --record units.npj
    refuses 2 "give --record" issue one.csv "${by_ca[@]}" --profile device --out five --batch b1
    nameplate station key create st08 >/dev/null
    untouched units.npj refuses 4 "another station key" issue one.csv "${by_ca[@]}" \
        --profile device --out five --record units.npj --station-key st08.key
}

@test "what an interrupted run has left is made anew, and a whole output is never" {
    make_authority
    make_list units.csv 1 3
    echo "half a certi" >out.new
    echo "of that run" >out.rejects # only made when out.new was there
    succeeds issue units.csv "${by_ca[@]}" --profile device --out out
    [ "$(wc -l <out)" = 3 ]
    [ ! -e out.new ]
    [ ! -e out.rejects ]
    untouched out refuses 3 "out: exists already" issue units.csv "${by_ca[@]}" --profile device \
        --out out
}

@test "lists of spreadsheets and of other tools are read as they are" {
    make_authority
    printf "\xef\xbb\xbfDevice-ID;PubKey;colour;OU\r\n" >list.csv
    printf 'T-1;%s;red;"Line; 1"\r\n' "$(new_point)" >>list.csv
    succeeds issue list.csv "${by_ca[@]}" --profile device --out out
    [[ "$stderr" == *"'colour' is not known and was passed over"* ]]
    [ "$(certificate_of T-1 out | openssl x509 -noout -subject -nameopt sname,sep_comma_plus)" = \
        "subject=serialNumber=T-1,OU=Line; 1,CN=T-1" ]
}

@test "points alone are units that are called by their key identifier" {
    make_authority
    for i in 1 2 3; do
        new_point >>points.txt
        echo >>points.txt
    done
    xxd -r -p points.txt >points.bin
    cut -c 3- points.txt >short.txt
    xxd -r -p short.txt >short.bin
    for form in points.txt points.bin short.txt short.bin; do
        succeeds issue $form "${by_ca[@]}" --profile device --out $form.out
        says "issued: 3"
        cmp <(jq -r .serial $form.out) <(jq -r .serial points.txt.out)
    done
    serial=$(sed -n 2p points.txt.out | jq -r .serial)
    [ "$(certificate_of "$serial" short.bin.out | openssl x509 -noout -ext subjectKeyIdentifier |
        tail -n 1 | tr -d ' :' | tr A-F a-f)" = "$serial" ]
    { head -c 64 short.bin; head -c 64 /dev/zero; head -c 10 short.bin; } >bad.bin
    run -8 --separate-stderr nameplate issue bad.bin "${by_ca[@]}" --profile device --out bad.out
    says "issued: 1"
    sed -n 1p bad.out.rejects | grep -F '"line":2,"reason":"the public key is no point of P-256"'
    sed -n 2p bad.out.rejects | grep -F '"line":3,"reason":"the file ends in the middle of a point'
}

@test "a point that begins as a request does is a point" {
    make_authority
    # 107,099 times the base point: it begins with 30 82
    xxd -r -p >points.bin <<<"3082ceba4312d600a1435a462c7fc6625dc537c280dd4315a7fe7ba18c93416b
        cdc7dd4b52510af97494bc017d66f6cf1f0d2b9a9d6cb16d06cfc5758699f834"
    [ "$(stat -c %s points.bin)" = 64 ]
    succeeds issue points.bin "${by_ca[@]}" --profile device --out out
    says "issued: 1"
    [ "$(jq -r .public_key out | base64 -d | tail -c 64 | cmp - points.bin)" = "" ]
}

@test "requests in DER, of a folder or one behind the other, and a file for each certificate" {
    make_authority
    mkdir requests
    for i in 1 2; do
        new_request unit$i.pem "/CN=unit $i"
        openssl req -in unit$i.pem -outform DER -out requests/$i.der
    done
    cp unit1.pem requests/3.csr # the first once more
    cat requests/1.der requests/2.der >bundle.der
    printf '\x30\x82\x01\x00rubbish' >>bundle.der
    run -8 --separate-stderr nameplate issue requests "${by_ca[@]}" --profile device --out folder \
        --out-format pem-files
    says "issued: 2"
    [ "$(ls folder)" = "unit%201.pem
unit%202.pem" ]
    openssl verify -x509_strict -CAfile ca.pem folder/*
    run -8 --separate-stderr nameplate issue bundle.der "${by_ca[@]}" --profile device --out files \
        --out-format der-files
    grep -F '"line":3' files.rejects
    openssl x509 -inform DER -in "files/unit%202.der" -noout -subject | grep "unit 2"
    refuses 3 "folder: exists already" issue requests "${by_ca[@]}" --profile device --out folder \
        --out-format pem-files
    nameplate station key create st07 >/dev/null
    recorded=("${by_ca[@]}" --profile device --record units.npj --station-key st07.key
        --out-format pem-files)
    mkdir one.new
    echo "half a certi" >"one.new/of an interrupted run.pem"
    succeeds issue unit1.pem "${recorded[@]}" --out one
    [ "$(ls one)" = "unit%201.pem" ]
    succeeds issue unit1.pem "${recorded[@]}" --out one
    says "recorded before: 1"
    refuses 3 "one: exists already" issue unit2.pem "${recorded[@]}" --out one
    echo >one/more.pem
    refuses 3 "has more than this run" issue unit1.pem "${recorded[@]}" --out one
}

@test "certificates of NervesKey's form come back from their 72 bytes" {
    nameplate signer create acme --years 31 >/dev/null
    make_authority
    {
        echo serial,public_key,chip_serial
        echo "T-1,$(new_point),0123000000000000ee"
        echo "T-2,$(new_point),0123000000000001EE"
        echo "T-3,$(new_point),"   # 4
        echo "T-4,$(new_point),01" # 5
    } >units.csv
    by_acme=(--signer-cert acme.cert --signer-key acme.key --profile nerveskey)
    nameplate station key create st07 >/dev/null
    recorded=("${by_acme[@]}" --record units.npj --station-key st07.key)
    run -8 --separate-stderr nameplate issue units.csv "${recorded[@]}" --out out
    says "issued: 2"
    sed -n 1p out.rejects | grep -F '"line":4,"reason":"there is no chip_serial'
    sed -n 2p out.rejects | grep -F '"line":5,"reason":"the chip serial is not 18 hex digits"'
    certificate_of T-1 out >unit.pem
    openssl verify -CAfile acme.cert unit.pem
    openssl verify -x509_strict -CAfile acme.cert unit.pem
    certtool --verify --load-ca-certificate acme.cert --infile unit.pem | grep 'is trusted'
    [ "$(openssl x509 -in unit.pem -noout -subject)" = "subject=CN = T-1" ]
    run -8 --separate-stderr nameplate issue units.csv "${recorded[@]}" --out compressed \
        --out-format compressed
    says "recorded before: 2"
    [ "$(stat -c %s compressed)" = 144 ]
    refuses 3 "no chip can store" issue units.csv "${by_ca[@]}" --profile device --out other \
        --out-format compressed
    refuses 3 "ca.pem" issue units.csv "${by_ca[@]}" --profile nerveskey --out other
    refuses 2 "--days" issue units.csv "${by_acme[@]}" --days 5 --out other
    refuses 2 "--subject" issue units.csv "${by_acme[@]}" --subject O=Acme --out other
}
