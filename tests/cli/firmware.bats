#!/usr/bin/env bats
# Firmware archives: the keys and answers of the real fwup, broken archives of Python's zipfile, and
# fwup itself where it is installed.
load helper

fwup_vectors=$NAMEPLATE_VECTORS/fwup

archive() {
    echo "$fwup_vectors/fw/$1.fw"
}

public() {
    echo "$fwup_vectors/keys/$1.pub"
}

# A copy that others cannot read, as a private key has to be.
private() {
    install -m 600 "$fwup_vectors/keys/$1" "$1"
}

reason() {
    nameplate firmware verify "$@" --json 2>/dev/null | jq -r .reason
}

# Skips by name where fwup is not installed.
needs_fwup() {
    command -v fwup >/dev/null || skip "fwup is not installed"
}

# For each of the 44 rows of manifest.tsv, with its fields.
each_archive() {
    local count=0
    while IFS=$'\t' read -r file _ _ nokey _ _ _ both meta _; do
        "$@" || return 1
        count=$((count + 1))
    done < <(grep -v '^#' "$fwup_vectors/manifest.tsv")
    [ "$count" = 44 ]
}

gives() {
    local wanted=$1
    shift
    run --separate-stderr nameplate firmware "$@" --fwup-compatible
    [ "$status" = "$wanted" ] || { echo "$*: status $status, not $wanted: $stderr"; return 1; }
}

answers_as_fwup() {
    local path=$fwup_vectors/fw/$file
    gives "$nokey" verify "$path"
    gives "$both" verify "$path" --key "$(public k1)" --key "$(public k2)"
    gives "$meta" info "$path"
}

# With single keys they are asked by the unit test of archives.
@test "every archive has fwup's own exit status with --fwup-compatible" {
    each_archive answers_as_fwup
}

# fwup -m, but for the date and the nickname; ${HOME} is not filled in here
words_of_fwup() {
    # shellcheck disable=SC2016 # these words, not the variable
    jq -r --arg file "$1" '.firmware[$file].metadata.stdout' "$fwup_vectors/expected.json" |
        sed '/^meta-creation-date\|^meta-nickname\|^$/d; s/HOME-OF-THE-RECORDER/${HOME}/'
}

tells_as_fwup() {
    [ "$meta" = 0 ] || return 0
    nameplate firmware info "$fwup_vectors/fw/$file" --fwup-compatible >told
    diff told <(words_of_fwup "$file") || { echo "$file"; return 1; }
}

@test "what info tells with --fwup-compatible is what fwup -m tells" {
    each_archive tells_as_fwup
}

@test "fwup's words stand on standard output, as scripts look for them" {
    succeeds firmware verify "$(archive signed_k1_v1.0.0)" --fwup-compatible --key "$(public k1)"
    [ "$output" = "$(jq -r '.firmware["signed_k1_v1.0.0.fw"].verify_k1.stdout' \
        "$fwup_vectors/expected.json")" ]
    succeeds firmware verify "$(archive signed_k1_v1.0.0)" --fwup-compatible
    [ "$output" = "$(jq -r '.firmware["signed_k1_v1.0.0.fw"].verify_nokey.stdout' \
        "$fwup_vectors/expected.json")" ]
}

@test "every archive that is broken in one way is refused for that" {
    "$BATS_TEST_DIRNAME/../interop/break_firmware.py" "$(archive ok_stored_no_dd)" . >broken
    [ "$(wc -l <broken)" -ge 30 ]
    while read -r name wanted; do
        found=$(reason "$name.fw" --key "$(public k1)")
        [ "$found" = "$wanted" ] || { echo "$name: $found, not $wanted"; return 1; }
    done <broken
}

@test "which key signed is told, and without a key nothing is accepted" {
    succeeds firmware verify "$(archive resigned_k1_to_k2_v1.0.0)" --key "$(public k1)" \
        --key "$(public k2)" --json
    has_keys verdict reason kind key key_fingerprint product description version author platform \
        architecture uuid
    [ "$(jq -r '.verdict, .key' <<<"$output" | tr '\n' ' ')" = "accepted $(public k2) " ]
    run --separate-stderr nameplate firmware verify "$(archive signed_k1_v1.0.0)"
    [ "$status" = 3 ]
    warns "no-keys"
    warns "--key FILE"
}

@test "product, platform and version have a status of their own" {
    local with=("$(archive signed_k1_v1.0.0)" --key "$(public k1)")
    succeeds firmware verify "${with[@]}" --product sensor-node --platform testboard \
        --minimum-version 1.0.0
    for asked in "--product other wrong-product" "--platform other wrong-platform" \
        "--minimum-version 1.0.1 below-minimum"; do
        read -r option value wanted <<<"$asked"
        run --separate-stderr nameplate firmware verify "${with[@]}" "$option" "$value" --json
        [ "$status" = 5 ]
        [ "$(jq -r .reason <<<"$output")" = "$wanted" ]
    done
    refuses 2 "no semantic version" firmware verify "${with[@]}" --minimum-version 1
}

@test "a delta is checked by its instructions, and by what it gives with its source" {
    succeeds firmware verify "$(archive delta_k1_v1.0.0_to_v1.1.0)" --key "$(public k1)" \
        --delta-source "$fwup_vectors/src/rootfs_v1.img"
    [ "$(reason "$(archive quirk_delta_corrupt_patch_body)" --key "$(public k1)")" = delta-format ]
    [ "$(reason "$(archive delta_k1_v1.0.0_to_v1.1.0)" --key "$(public k1)" \
        --delta-source "$fwup_vectors/src/two.bin")" = delta-content ]
}

@test "new keys are in fwup's form, for nobody else to read, and sign what they verify" {
    succeeds firmware keygen prod --json
    has_keys public_path private_path fingerprint
    [ "$(stat -c '%a %s' prod.priv)" = "600 88" ]
    [ "$(stat -c %s prod.pub)" = 44 ]
    [ "$(jq -r .fingerprint <<<"$output")" = "$(base64 -d prod.pub | sha256sum | cut -d ' ' -f 1)" ]
    [ "$(base64 -d prod.priv | tail -c 32 | hex)" = "$(base64 -d prod.pub | hex)" ]
    refuses 3 "prod.pub: exists already" firmware keygen prod
    succeeds firmware sign "$(archive unsigned_v1.0.0)" --key prod.priv --out new.fw
    succeeds firmware verify new.fw --key prod.pub
}

@test "openssl verifies our signature and reads our encrypted key" {
    echo correct-horse >word
    chmod 600 word
    succeeds firmware keygen vault --key-passphrase-file word
    succeeds firmware sign "$(archive unsigned_v1.0.0)" --key vault.priv \
        --key-passphrase-file word --out new.fw
    unzip -p new.fw meta.conf >text
    unzip -p new.fw meta.conf.ed25519 >signature
    openssl pkey -in vault.priv -passin file:word -pubout -out vault.pem
    openssl pkeyutl -verify -pubin -inkey vault.pem -rawin -in text -sigfile signature
    [ "$(openssl pkey -pubin -in vault.pem -outform DER | tail -c 32 | base64 -w 0)" = \
        "$(cat vault.pub)" ]
    echo wrong >word
    refuses 3 "does not open" firmware sign "$(archive unsigned_v1.0.0)" --key vault.priv \
        --key-passphrase-file word --out other.fw
}

@test "a signed archive has the real program's signature and every entry as it was" {
    private k1.priv
    succeeds firmware sign "$(archive unsigned_v1.0.0)" --key k1.priv --out new.fw --json
    has_keys path key_fingerprint product description version author platform architecture uuid \
        unchanged
    unzip -tq new.fw
    unzip -p new.fw meta.conf.ed25519 | cmp - "$fwup_vectors/fw/sig_k1_v1.0.0.bin"
    unzip -p new.fw meta.conf | cmp - "$fwup_vectors/fw/meta_v1.0.0.conf"
    cmp <(tail -c +112 new.fw | head -c 7000) <(head -c 7000 "$(archive unsigned_v1.0.0)")
}

@test "signing in place keeps the mode, follows links, and signing again changes nothing" {
    private k2.priv
    install -m 640 "$(archive signed_k1_v1.0.0)" app.fw
    ln -s app.fw link.fw
    succeeds firmware sign link.fw --key k2.priv --json
    [ "$(jq .unchanged <<<"$output")" = false ]
    [ -L link.fw ]
    [ "$(stat -c %a app.fw)" = 640 ]
    [ "$(reason app.fw --key "$(public k2)")" = accepted ]
    before=$(stat -c '%i %Y' app.fw)
    succeeds firmware sign app.fw --key k2.priv --json
    [ "$(jq .unchanged <<<"$output")" = true ]
    [ "$(stat -c '%i %Y' app.fw)" = "$before" ]
    [ ! -e app.fw.new ]
}

@test "another file is never overwritten, and nothing is left of a refusal" {
    private k1.priv
    echo mine >out.fw
    untouched out.fw refuses 3 "exists already" firmware sign "$(archive unsigned_v1.0.0)" \
        --key k1.priv --out out.fw
    refuses 3 "resource-hash" firmware sign "$(archive bad_data_flipped_byte)" --key k1.priv \
        --out bad.fw
    refuses 3 "no such file" firmware sign none.fw --key k1.priv
    [ "$(echo ./*.fw* ./*.priv)" = "./out.fw ./k1.priv" ]
}

@test "a private key comes from a variable or a descriptor as well, and must belong together" {
    private k1.priv
    private mismatch.priv
    KEY=$(cat k1.priv) succeeds firmware sign "$(archive unsigned_v1.0.0)" --key env:KEY --out a.fw
    run --separate-stderr nameplate firmware sign "$(archive unsigned_v1.0.0)" --key fd:7 \
        --out b.fw 7<k1.priv
    [ "$status" = 0 ]
    cmp a.fw b.fw
    refuses 3 "do not belong together" firmware sign "$(archive unsigned_v1.0.0)" \
        --key mismatch.priv --out c.fw
    refuses 3 "no such variable" firmware sign "$(archive unsigned_v1.0.0)" --key env:NO_KEY
    chmod 644 k1.priv
    refuses 3 "others can read" firmware sign "$(archive unsigned_v1.0.0)" --key k1.priv --out c.fw
}

@test "a public key is read in every form that fwup reads, and no degenerate one" {
    while IFS=$'\t' read -r file use in_file _ _ point; do
        [ "$use" = verify ] || continue
        wanted=3
        if [ "$in_file" = 0 ]; then wanted=0; fi
        run --separate-stderr nameplate firmware verify "$(archive signed_k1_v1.0.0)" \
            --key "$fwup_vectors/keys/$file"
        [ "$status" = "$wanted" ] || { echo "$file: $status"; return 1; }
        if [ "$point" = 0 ]; then warns "no public key that an honest signer can have"; fi
    done < <(grep -v '^#' "$fwup_vectors/keyfiles.tsv")
}

@test "info shows what is declared and never fills anything in" {
    succeeds firmware info "$(archive signed_k1_sparse)" --json
    has_keys product version platform architecture uuid created signed resources
    [ "$(jq -c '.resources[0] | [.name, .length, .sparse]' <<<"$output")" = '["s.img",98304,true]' ]
    HOME=/secret refuses 3 "meta-expansion" firmware info "$(archive quirk_env_expansion_signed)"
    HOME=/secret run nameplate firmware info "$(archive quirk_env_expansion_signed)" \
        --fwup-compatible
    [[ $output != *secret* ]]
}

@test "large archives need no more memory than small ones" {
    private k1.priv
    peak() {
        python3 - "$NAMEPLATE_PROGRAM" "$@" <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
    }
    make() {
        python3 - "$1" "$2" <<'END'
import hashlib, sys, zipfile
data = bytes(range(256)) * (int(sys.argv[2]) << 12)
text = 'file-resource "big" {\nlength=%d\nblake2b-256=%s\n}\n' % (
    len(data), hashlib.blake2b(data, digest_size=32).hexdigest())
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    archive.writestr("meta.conf", text)
    archive.writestr("data/big", data)
END
    }
    make small.fw 1
    make large.fw 64
    small=$(peak firmware sign small.fw --key k1.priv)
    large=$(peak firmware sign large.fw --key k1.priv)
    echo "# signing: $small KiB for 1 MiB, $large KiB for 64 MiB"
    [ "$large" -lt $((small + 4096)) ]
    small=$(peak firmware verify small.fw --key "$(public k1)")
    large=$(peak firmware verify large.fw --key "$(public k1)")
    echo "# verifying: $small KiB for 1 MiB, $large KiB for 64 MiB"
    [ "$large" -lt $((small + 4096)) ]
}

@test "fwup verifies what we sign with the key that we made" {
    needs_fwup
    nameplate firmware keygen prod >/dev/null
    for name in unsigned_v1.0.0 signed_k1_v1.1.0 signed_k1_sparse delta_k1_v1.0.0_to_v1.1.0; do
        nameplate firmware sign "$(archive $name)" --key prod.priv --out "$name.fw" >/dev/null
        fwup -V -p prod.pub -i "$name.fw"
        diff <(nameplate firmware info "$name.fw" --fwup-compatible) \
            <(fwup -m -i "$name.fw" | grep -v '^meta-creation-date\|^meta-nickname')
    done
}

@test "we verify what fwup signs with the key that it made" {
    needs_fwup
    fwup -g -o theirs
    fwup -S -s theirs.priv -i "$(archive unsigned_v1.0.0)" -o theirs.fw
    succeeds firmware verify theirs.fw --key theirs.pub
}
