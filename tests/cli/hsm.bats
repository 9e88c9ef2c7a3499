#!/usr/bin/env bats
# The signer's key in an HSM (SoftHSM) or in an encrypted file.
load helper

module=/usr/lib/softhsm/libsofthsm2.so

# A token "ca" with PIN 1234 in this folder, and the URI of a key in it.
make_token() {
    [ -e "$module" ] || skip "softhsm2 is not installed"
    mkdir tokens
    echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    softhsm2-util --init-token --free --label ca --so-pin 0000 --pin 1234 >/dev/null
    (umask 077; echo 1234 >pin)
    uri="pkcs11:token=ca;object=signer?pin-source=file:$PWD/pin&module-path=$module"
}

@test "a signer's key is made in a token and signs from there" {
    make_token
    succeeds signer create factory --key "$uri" --generate --years 10
    says "certificate: factory.cert"
    [ ! -e factory.key ]
    openssl verify -CAfile factory.cert factory.cert
    pkcs11-tool --module "$module" --token-label ca --login --pin 1234 --list-objects \
        --type privkey | grep -q 'sensitive, always sensitive, never extractable, local'
    succeeds device create T2-1 --signer-cert factory.cert --signer-key "$uri"
    openssl verify -CAfile factory.cert T2-1.cert
    make_chip kit.chip
    succeeds chip provision virtual:kit.chip --signer-cert factory.cert --signer-key "$uri" \
        --serial T2-2 --yes
    succeeds chip verify virtual:kit.chip --signer-cert factory.cert
}

@test "a key that is there already is taken, and not made again" {
    make_token
    nameplate signer create first --key "$uri" --generate >/dev/null
    refuses 3 "has a private key of that name already" signer create second --key "$uri" --generate
    [ ! -e second.cert ]
    succeeds signer create second --key "$uri"
    [ "$(openssl x509 -in first.cert -noout -pubkey)" = \
        "$(openssl x509 -in second.cert -noout -pubkey)" ]
}

@test "what is wrong with token, PIN or key is said by name" {
    make_token
    nameplate signer create factory --key "$uri" --generate >/dev/null
    nameplate signer create other >/dev/null
    refuses 3 "not the key of the signer certificate" device create T2-1 --signer-cert other.cert \
        --signer-key "$uri"
    echo 4321 >pin
    refuses 6 "ca: the PIN is wrong" device create T2-1 --signer-cert factory.cert \
        --signer-key "$uri"
    warns "hint: correct it before the token locks it"
    chmod 644 pin
    refuses 3 "pin: a secret that others can read" device create T2-1 --signer-cert factory.cert \
        --signer-key "$uri"
    refuses 3 "no token fits" device create T2-1 --signer-cert factory.cert \
        --signer-key "pkcs11:token=none?module-path=$module"
    refuses 2 "would be seen in the list of processes" device create T2-1 \
        --signer-cert factory.cert --signer-key "pkcs11:token=ca?pin-value=1234"
    run --separate-stderr setsid -w "$NAMEPLATE_PROGRAM" device create T2-1 \
        --signer-cert factory.cert --signer-key "pkcs11:token=ca?module-path=$module" </dev/null
    [ "$status" = 2 ]
    warns "there is no terminal to ask for the PIN of ca on"
    [ ! -e T2-1.cert ]
}

@test "an encrypted key file is read by openssl, and openssl's by us" {
    (umask 077; echo "correct horse" >pass; echo wrong >bad)
    succeeds signer create acme --key-passphrase-file pass
    grep -q 'BEGIN ENCRYPTED PRIVATE KEY' acme.key
    openssl pkey -in acme.key -passin file:pass -noout
    succeeds device create T2-1 --signer-cert acme.cert --signer-key acme.key \
        --key-passphrase-file pass
    openssl verify -CAfile acme.cert T2-1.cert
    refuses 3 "does not open with this passphrase" device create T2-2 --signer-cert acme.cert \
        --signer-key acme.key --key-passphrase-file bad
    openssl pkey -in acme.key -passin file:pass -out plain.key
    openssl ec -in plain.key -aes128 -passout file:pass -out old.key 2>/dev/null
    grep -q 'Proc-Type: 4,ENCRYPTED' old.key
    openssl pkcs8 -topk8 -in plain.key -scrypt -passout file:pass -out scrypt.key
    for key in old.key scrypt.key plain.key; do
        succeeds device create "with-$key" --signer-cert acme.cert --signer-key "$key" \
            --key-passphrase-file pass
    done
}

@test "a passphrase is asked for on the terminal, and not shown" {
    cat >typist.py <<'END'
import os, pty, sys
secret, prompts, seen = sys.argv[1].encode() + b"\n", int(sys.argv[2]), b""
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[3], sys.argv[3:])
for _ in range(prompts):
    while not seen.endswith(b": "):
        seen += os.read(terminal, 1)
    os.write(terminal, secret)
    seen += b" "
try:
    while chunk := os.read(terminal, 4096):
        seen += chunk
except OSError:
    pass
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    run python3 typist.py "correct horse" 2 "$NAMEPLATE_PROGRAM" signer create acme --encrypt
    [ "$status" = 0 ]
    [[ $output == *"passphrase of the new key"* ]]
    [[ $output != *horse* ]]
    echo "correct horse" >pass
    openssl pkey -in acme.key -passin file:pass -noout
    run python3 typist.py "correct horse" 1 "$NAMEPLATE_PROGRAM" device create T2-1 \
        --signer-cert acme.cert --signer-key acme.key
    [ "$status" = 0 ]
    openssl verify -CAfile acme.cert T2-1.cert
}

@test "options that do not go together are refused" {
    refuses 2 "--generate is for a key in an HSM" signer create acme --generate
    refuses 2 "--key takes a PKCS#11 URI" signer create acme --key acme.key
    refuses 2 "a passphrase is for keys in files" signer create acme --key pkcs11:token=ca --encrypt
    [ ! -e acme.cert ] && [ ! -e acme.key ]
}
