#!/usr/bin/env bats
# With the provider active, in either order, OpenSSL does for everybody else what it does without
# it: the same commands are run three times, and told apart by nothing.
load provider

# note WORDS...: what the three runs are compared by.
note() {
    echo "$*" >>"$journal"
}

# tries NAME COMMAND...: notes the status; the output is in NAME.out.
tries() {
    local name=$1 status=0
    shift
    "$@" >"$name.out" 2>"$name.err" </dev/null || status=$?
    note "$name: status $status"
}

# What is said of a key or certificate, without its numbers.
shape() {
    tr -d ' \n' <"$1" | sed -E 's/([0-9a-f]{2}:)+[0-9a-f]{2}/HEX/g; s/[0-9]{6,}/NUMBER/g'
}

make_keys() {
    tries rsa openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
    tries ec256 openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec256.key
    tries ec384 openssl ecparam -name secp384r1 -genkey -noout -out ec384.key
    tries explicit openssl ecparam -name P-256 -genkey -noout -param_enc explicit -out explicit.key
    tries ed25519 openssl genpkey -algorithm ED25519 -out ed25519.key
    tries x25519 openssl genpkey -algorithm X25519 -out x25519.key
    tries sec1 openssl ec -in ec256.key -out sec1.key
    tries secret openssl pkcs8 -topk8 -in ec256.key -passout pass:word -out secret.key
    tries open openssl pkey -in secret.key -passin pass:word -out open.key
    note "$(cmp ec256.key open.key && echo the same key)"
    for key in rsa ec256 ec384 explicit ed25519 sec1; do
        tries "$key-text" openssl pkey -in "$key.key" -text -noout
        note "$(shape "$key-text.out")"
        tries "$key-der" openssl pkey -in "$key.key" -outform DER -out "$key.der"
        tries "$key-public" openssl pkey -in "$key.key" -pubout -out "$key.pub"
    done
}

make_signatures() {
    for key in rsa ec256 ec384 explicit; do
        for digest in sha1 sha256 sha512; do
            tries "$key-$digest" openssl dgst -$digest -sign "$key.key" -out "$key.sig" device.pem
            tries "$key-$digest-good" openssl dgst -$digest -verify "$key.pub" \
                -signature "$key.sig" device.pem
            tries "$key-$digest-bad" openssl dgst -$digest -verify "$key.pub" \
                -signature "$key.sig" signer.pem
        done
    done
    tries ed-sign openssl pkeyutl -sign -rawin -inkey ed25519.key -in device.pem -out ed.sig
    tries ed-good openssl pkeyutl -verify -rawin -inkey ed25519.key -in device.pem -sigfile ed.sig
    tries rsa-encrypt openssl pkeyutl -encrypt -inkey rsa.key -in without.cnf -out box
    tries rsa-decrypt openssl pkeyutl -decrypt -inkey rsa.key -in box
    note "$(cmp rsa-decrypt.out without.cnf && echo the same text)"
}

# Two soft keys agree; so do a soft one and itself in another form.
make_secrets() {
    tries peer openssl ecparam -name P-256 -genkey -noout -out peer.key
    tries peer-public openssl pkey -in peer.key -pubout -out peer.pub
    tries agree openssl pkeyutl -derive -inkey ec256.key -peerkey peer.pub -out one
    tries agree-back openssl pkeyutl -derive -inkey peer.key -peerkey ec256.pub -out two
    note "$(cmp one two && echo the same secret)"
    tries agree-kdf openssl pkeyutl -derive -inkey ec256.key -peerkey peer.pub \
        -pkeyopt ecdh_kdf_md:sha256 -pkeyopt ecdh_cofactor_mode:1
}

make_certificates() {
    for key in rsa ec256 ec384 ed25519; do
        tries "$key-request" openssl req -new -key "$key.key" -subj /CN=localhost -out "$key.csr"
        tries "$key-request-good" openssl req -in "$key.csr" -noout -verify
        tries "$key-own" openssl req -x509 -key "$key.key" -subj /CN=localhost -days 2 \
            -addext subjectAltName=DNS:localhost -out "$key.crt"
        tries "$key-own-good" openssl verify -CAfile "$key.crt" "$key.crt"
        tries "$key-text" openssl x509 -in "$key.crt" -noout -text
        note "$(grep -oE 'Signature Algorithm: .*' "$key-text.out")"
        tries "$key-issued" openssl x509 -req -in "$key.csr" -CA ec256.crt -CAkey ec256.key \
            -CAcreateserial -out "$key.issued"
        tries "$key-pack" openssl pkcs12 -export -in "$key.crt" -inkey "$key.key" \
            -passout pass:word -out "$key.p12"
        tries "$key-unpack" openssl pkcs12 -in "$key.p12" -passin pass:word -nodes
        note "$(grep -c BEGIN "$key-unpack.out")"
    done
    tries both openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout both.key -out both.crt -subj /CN=x
    tries chain openssl verify -CAfile signer.pem device.pem
    tries cms-sign openssl cms -sign -in without.cnf -signer ec256.crt -inkey ec256.key -out m.cms
    tries cms-good openssl cms -verify -in m.cms -CAfile ec256.crt -purpose any
    tries cms-encrypt openssl cms -encrypt -in without.cnf -out e.cms ec256.crt
    tries cms-decrypt openssl cms -decrypt -in e.cms -inkey ec256.key
    note "$(tr -d '\r' <cms-decrypt.out | cmp - without.cnf && echo the same text)"
}

# What s_client of any version says about what was settled.
SETTLED='^(New,|(Server|Peer) Temp Key|Negotiated TLS1.3|Peer sign).*|Verify return.*|HTTP/1.0 200'

# One handshake; what both sides settled on.
shake() {
    local key=$1
    shift
    printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect "127.0.0.1:$port" \
        -CAfile "$key.crt" -servername localhost -verify_return_error -ign_eof "$@" \
        >shake.out 2>shake.err || note "shake: status $?"
    note "$key $*: $(grep -aoE "$SETTLED" shake.out | sort -u)"
}

make_connections() {
    local key
    for key in rsa ec256 ec384 ed25519; do
        SERVER_CONF=$OPENSSL_CONF s_server "$key.server" -cert "$key.crt" -key "$key.key" \
            -Verify 4 -CAfile ec256.crt -verify_return_error
        shake "$key" -tls1_2 -cert ec256.crt -key ec256.key
        shake "$key" -tls1_3 -cert ec256.crt -key ec256.key
        shake "$key" -tls1_3 -groups P-256 -cert ec256.crt -key ec256.key
        shake "$key" -tls1_3 -groups P-384 -cert rsa.issued -key rsa.key
        shake "$key" -tls1_3 -groups X25519
        kill "${children[-1]}"
    done
}

# all_of CONFIGURATION STEPS...: these, in a folder of its name.
all_of() {
    local step
    mkdir "$1"
    cp ./*.pem ./*.cnf "$1"
    pushd "$1" >/dev/null || return 1
    journal=$PWD/journal
    export OPENSSL_CONF=$PWD/$1.cnf
    for step in "${@:2}"; do
        "$step"
    done
    popd >/dev/null || return 1
}

# same STEPS...: the three runs leave the same journal, and not an empty one.
same() {
    local order
    for order in without default-first nameplate-first; do
        all_of "$order" "$@"
    done
    [ "$(grep -c 'status 0' without/journal)" -ge 5 ]
    diff without/journal default-first/journal
    diff without/journal nameplate-first/journal
}

@test "keys are made, shown and converted as without it" {
    same make_keys
}

@test "soft keys sign, verify, encrypt and agree as without it" {
    same make_keys make_signatures make_secrets
}

@test "requests, certificates, PKCS#12 and CMS are as without it" {
    same make_keys make_certificates
}

@test "TLS with soft keys and ECDHE is as without it, as client and as server" {
    same make_keys make_certificates make_connections
    grep -qE "(ECDH, prime256v1|secp256r1)" without/journal
    grep -q "HTTP/1.0 200" without/journal
}

@test "digests, ciphers and random numbers come from where they came from" {
    for order in default-first nameplate-first; do
        export OPENSSL_CONF=$PWD/$order.cnf
        for list in digest-algorithms cipher-algorithms kdf-algorithms mac-algorithms \
            random-generators kem-algorithms asymcipher-algorithms; do
            openssl list -$list >"$list.$order"
            OPENSSL_CONF=$PWD/without.cnf openssl list -$list | diff - "$list.$order"
        done
    done
    openssl list -signature-algorithms | grep -q 'NAMEPLATE-ECDSA @ nameplate'
}
