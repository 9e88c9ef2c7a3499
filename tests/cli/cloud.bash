# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets output, stderr and status
# What the tests of exports share: records of units that Nameplate itself would not make.

read_by_python() {
    "$BATS_TEST_DIRNAME/../interop/read_export.py" "$@"
}

# Units as JSON, one a line, become units.npj; ISSUERS (files in DER) stand in its header.
make_record() {
    "$BATS_TEST_DIRNAME/../interop/make_record.py" "$@" >units.npj
}

# unit SERIAL [JSON] [SUBJECT]: a unit with a certificate of openssl's, and members besides
unit() {
    local extra=${2:-"{}"}
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -subj "${3:-/CN=$1}" -addext basicConstraints=critical,CA:FALSE \
        -outform DER -out unit.der 2>/dev/null
    jq -cn --arg serial "$1" --arg cert "$(base64 -w 0 unit.der)" --argjson extra "$extra" \
        --arg hash "$(sha256sum unit.der | cut -d ' ' -f 1)" \
        '{serial: $serial, cert: $cert, cert_sha256: $hash} + $extra'
}

# Every device of the record, in order, with the hash of its certificate.
devices_of_record() {
    jq -r 'select(.kind == "unit") | "\(.device_id // .serial) \(.cert_sha256)"' units.npj
}

export_to() {
    nameplate cloud export units.npj --to "$1" --out "$1" "${@:2}"
}

# The rule by which the only refused device of a target is refused.
rule() {
    run --separate-stderr export_to "$@"
    [ "$status" = 8 ] || { echo "status $status: $stderr"; return 1; }
    jq -r '.[] | .rule' "$1/refused.json"
}

# A signer of manifests, with openssl: mf.key and mf.cert.
make_manifest_signer() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout mf.key \
        -subj "/O=Acme/OU=Line 7/CN=Log Signer 001" -days 30 -out mf.cert 2>/dev/null
}
