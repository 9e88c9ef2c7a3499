# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets output, stderr and status
# What all tests of the command line share. Each test has a folder of its own and is in it.
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NAMEPLATE_CHIP NAMEPLATE_MODEM
    export LC_ALL=C.UTF-8
}

nameplate() {
    "$NAMEPLATE_PROGRAM" "$@"
}

# From here on permissions bind the program, as they bind everybody but the superuser.
bind_by_permissions() {
    nameplate() {
        local without=(setpriv "--bounding-set=-dac_override,-dac_read_search")
        [ "$(id -u)" = 0 ] || without=()
        "${without[@]}" "$NAMEPLATE_PROGRAM" "$@"
    }
}

# Standard input as hex digits.
hex() {
    od -An -v -tx1 | tr -d ' \n'
}

# A text in what went to stdout or stderr.
says() {
    [[ $output == *"$1"* ]] || { echo "stdout lacks '$1': $output"; return 1; }
}

warns() {
    [[ $stderr == *"$1"* ]] || { echo "stderr lacks '$1': $stderr"; return 1; }
}

# Runs a command, which must succeed; stdout in $output, stderr in $stderr.
succeeds() {
    run --separate-stderr nameplate "$@"
    [ "$status" = 0 ] || { echo "status $status: $stderr"; return 1; }
}

# refuses STATUS TEXT ARGUMENTS...: the status, the text in the message, nothing on stdout.
refuses() {
    local expected=$1 text=$2
    shift 2
    run --separate-stderr nameplate "$@"
    [ "$status" = "$expected" ] || { echo "status $status, not $expected: $stderr"; return 1; }
    warns "$text"
    [[ $stderr == "nameplate: "* || $stderr == "chip serial: "* ]]
    [ -z "$output" ] || { echo "stdout: $output"; return 1; }
}

# unseen COMMAND...: runs it while the processes of the gateway stand still: however long it takes,
# what they see of it they see at one moment.
unseen() {
    pkill -STOP -P "$(cat gateway.pid)"
    "$@"
    pkill -CONT -P "$(cat gateway.pid)"
}

# The keys of the JSON document on stdout, in their order, are these.
has_keys() {
    [ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = "$*" ] || {
        echo "keys: $(jq -r 'keys_unsorted | join(" ")' <<<"$output")"
        return 1
    }
}

# Runs a command that must leave the file as it is.
untouched() {
    local file=$1 before
    shift
    before=$(sha256sum "$file")
    "$@" || return 1
    [ "$(sha256sum "$file")" = "$before" ]
}

# shellcheck disable=SC2120 # tests call it with arguments
make_signer() {
    nameplate signer create "${1:-acme}" --years "${2:-10}" >/dev/null
}

# make_chip FILE [MODEL]
make_chip() {
    nameplate virtual create "$1" --model "${2:-atecc608b}" \
        --chip-serial 0123a1b2c3d4e5f6ee >/dev/null
}

# provision FILE OPTIONS...
provision() {
    local file=$1
    shift
    nameplate chip provision "virtual:$file" --signer-cert acme.cert --signer-key acme.key "$@"
}

provisioned_chip() {
    make_signer acme
    make_chip kit.chip "${1:-atecc608b}"
    provision kit.chip --yes >/dev/null 2>&1
}

# A CA as openssl makes it by default, which no chip can store: other.cert, other.key. Valid for no
# whole number of years, so that its dates are wrong also when it is made at the hour.
make_openssl_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Other \
        -keyout other.key -out other.cert -days 400 2>/dev/null
}

# A configuration zone of a new chip with some bytes changed: config_with OFFSET HEX
config_with() {
    local config
    make_chip factory.chip
    config=$(nameplate virtual show factory.chip --json | jq -r .configuration)
    rm factory.chip
    echo "${config:0:2*$1}$2${config:2*$1+${#2}}"
}
