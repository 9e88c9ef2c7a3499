#!/usr/bin/env bats
# Debian's packages: made of what git has, judged by lintian, unpacked beside each other, and used
# from there. How they are installed is the matter of in_a_fresh_debian, which `make soak` runs.
load ../cli/helper

setup_file() {
    "$NAMEPLATE_SOURCE"/packaging/make-deb "$NAMEPLATE_PACKAGES" >&2
    export ROOT=$BATS_FILE_TMPDIR/root
    local package
    for package in "$NAMEPLATE_PACKAGES"/*.deb; do
        dpkg-deb -x "$package" "$ROOT"
    done
    LIBRARIES=$ROOT/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
    export LIBRARIES
    export NAMEPLATE_PROGRAM=$ROOT/usr/bin/nameplate
}

# lists PACKAGE PATH...: it has each of them, a file that is not empty or a link.
lists() {
    local package=$1 path
    dpkg-deb --fsys-tarfile "$NAMEPLATE_PACKAGES/$1"_*.deb | tar -t >"$1.list"
    shift
    for path in "$@"; do
        grep -qxE "\./$path" "$package.list" || { echo "$package lacks $path"; return 1; }
    done
}

make_device() {
    nameplate signer create acme >/dev/null
    nameplate virtual create kit.chip --model atecc608b >/dev/null
    nameplate chip provision virtual:kit.chip --signer-cert acme.cert --signer-key acme.key \
        --yes >/dev/null 2>&1
    nameplate chip cert virtual:kit.chip >device.pem
    openssl x509 -in device.pem -noout -pubkey >device.pub
    echo proof >message
}

@test "lintian finds no error and nothing to warn of" {
    run lintian --fail-on error,warning "$NAMEPLATE_PACKAGES"/*.changes
    [ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "each package has what it is named for" {
    local lib="usr/lib/[^/]*"
    lists nameplate usr/bin/nameplate usr/bin/nrf_cloud_onboard \
        lib/systemd/system/nameplate-gateway.service lib/systemd/system/nameplate-station.service \
        usr/lib/sysusers.d/nameplate.conf \
        usr/lib/udev/rules.d/60-nameplate.rules usr/share/man/man1/nameplate.1.gz \
        usr/share/bash-completion/completions/nameplate \
        usr/share/fish/vendor_completions.d/nameplate.fish \
        usr/share/zsh/vendor-completions/_nameplate \
        usr/share/doc/nameplate/examples/gateway.conf
    lists libnameplate0 "$lib/libnameplate.so.0"
    lists libnameplate-station0 "$lib/libnameplate-station.so.0"
    lists libnameplate-dev "$lib/libnameplate-station.so" "$lib/pkgconfig/nameplate-station.pc" \
        usr/include/nameplate/station.h usr/share/man/man3/nameplate_station.3.gz
    lists libnameplate-dev "$lib/libnameplate.so" "$lib/libnameplate.a" "$lib/libnameplate-psa.a" \
        "$lib/pkgconfig/nameplate.pc" usr/include/nameplate/nameplate.h
    lists nameplate-pkcs11 "$lib/pkcs11/nameplate-pkcs11.so" \
        usr/share/p11-kit/modules/nameplate.module usr/share/man/man8/nameplate-pkcs11.8.gz
    lists nameplate-openssl-provider "$lib/ossl-modules/nameplate.so"
    lists nameplate-preload "$lib/libnameplate-i2c.so"
    lists nameplate-doc usr/share/doc/nameplate/openssl.md usr/share/doc/nameplate/README.md \
        usr/share/doc/nameplate/test-executive.md usr/share/doc/nameplate/examples/drive_bay.c \
        usr/share/doc/nameplate/examples/python/nameplate_bay.py \
        usr/share/doc/nameplate/examples/python/openhtf_bay.py
}

@test "nothing names the folder in which it was made" {
    run grep -rlF "$NAMEPLATE_PACKAGES" "$ROOT"
    [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "the program makes a device and proves it" {
    make_device
    succeeds chip verify virtual:kit.chip --signer-cert acme.cert
    [ "$(nameplate --version)" = "nameplate $(sed -n "s/^  version: '\(.*\)',/\1/p" \
        "$NAMEPLATE_SOURCE/meson.build")" ]
}

@test "the PKCS #11 module signs, for pkcs11-tool" {
    make_device
    "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket >/dev/null 2>&1 3>&- &
    until nameplate virtual counts "unix:$PWD/kit.socket" >/dev/null 2>&1; do kill -0 $!; done
    module=$LIBRARIES/pkcs11/nameplate-pkcs11.so
    export NAMEPLATE_CHIP=unix:$PWD/kit.socket
    run --separate-stderr pkcs11-tool --module "$module" --sign --mechanism ECDSA-SHA256 \
        --signature-format openssl --input-file message --output-file signature
    kill %1
    [ "$status" = 0 ] || { echo "$stderr"; return 1; }
    openssl dgst -sha256 -verify device.pub -signature signature message
}

@test "the provider signs, for openssl" {
    make_device
    nameplate chip key-reference virtual:kit.chip >kit.key
    OPENSSL_MODULES=$LIBRARIES/ossl-modules openssl dgst -sha256 -provider default \
        -provider nameplate -sign kit.key -out signature message
    openssl dgst -sha256 -verify device.pub -signature signature message
}

@test "the library before the C library's shows a served chip, to i2cdetect" {
    make_device
    "$NAMEPLATE_PROGRAM" virtual serve kit.chip --socket kit.socket >/dev/null 2>&1 3>&- &
    until nameplate virtual counts "unix:$PWD/kit.socket" >/dev/null 2>&1; do kill -0 $!; done
    run env LD_PRELOAD="$LIBRARIES/libnameplate-i2c.so" NAMEPLATE_I2C="7=unix:$PWD/kit.socket" \
        i2cdetect -F 7
    kill %1
    [ "$status" = 0 ] && [[ $output == *I2C*yes* ]] || { echo "$output"; return 1; }
}

@test "a program is built with what pkg-config says" {
    export PKG_CONFIG_SYSROOT_DIR=$ROOT PKG_CONFIG_PATH=$LIBRARIES/pkgconfig
    # shellcheck disable=SC2046 # words
    gcc $(pkg-config --cflags nameplate) -o info "$NAMEPLATE_SOURCE/examples/info.c" \
        $(pkg-config --libs nameplate)
    make_device
    LD_LIBRARY_PATH=$LIBRARIES ./info virtual:kit.chip
}

@test "a test executive in C and one in Python drive a bay" {
    export PKG_CONFIG_SYSROOT_DIR=$ROOT PKG_CONFIG_PATH=$LIBRARIES/pkgconfig
    # shellcheck disable=SC2046 # words
    gcc $(pkg-config --cflags nameplate-station) -o drive_bay \
        "$NAMEPLATE_SOURCE/examples/drive_bay.c" $(pkg-config --libs nameplate-station)
    nameplate signer create acme >/dev/null
    nameplate station key create st07 >/dev/null
    nameplate virtual create 1.chip --model atecc608b >/dev/null
    printf '%s\n' 'key = "st07.key"' 'record = "units.npj"' 'bay "1" { chip = "virtual:1.chip" }' \
        'signer { certificate = "acme.cert" key = "acme.key" }' >station.conf
    LD_LIBRARY_PATH=$LIBRARIES ./drive_bay station.conf A-1 2>/dev/null
    LD_LIBRARY_PATH=$LIBRARIES python3 \
        "$ROOT/usr/share/doc/nameplate/examples/python/nameplate_bay.py" station.conf A-1 \
        2>/dev/null
    succeeds record verify units.npj --key st07.pub
}

@test "systemd accepts units and users" {
    mkdir -p "$ROOT"/{etc,run}
    for unit in "$ROOT"/lib/systemd/system/*.service; do
        # the program is where it will be
        sed "s|=/usr/bin/|=$ROOT/usr/bin/|" "$unit" >"${unit##*/}"
        run systemd-analyze verify --man=no "./${unit##*/}"
        [ "$status" = 0 ] && [ -z "$output" ] || { echo "$output"; return 1; }
    done
    systemd-sysusers --root="$ROOT" "$ROOT/usr/lib/sysusers.d/nameplate.conf"
    grep -q '^i2c:.*nameplate$' "$ROOT/etc/group"
    grep -q '^lp:.*nameplate$' "$ROOT/etc/group"
    grep -q '^nameplate:' "$ROOT/etc/passwd"
}

@test "udev reads the rules without complaint, and they are for buses and for Nordic's ports" {
    rules=$ROOT/usr/lib/udev/rules.d/60-nameplate.rules
    # shellcheck disable=SC2016 # for the other shell
    run unshare --mount --map-root-user sh -c \
        'mount --bind "$1" /lib/udev/rules.d && udevadm test /sys/devices/virtual/tty/tty0 2>&1' \
        - "${rules%/*}"
    [[ $output == *60-nameplate.rules* ]] || { echo "$output"; return 1; }
    [[ $output != *"60-nameplate.rules:"* ]] || { echo "$output"; return 1; }
}

@test "the shell completes commands" {
    # shellcheck source=/dev/null
    . "$ROOT/usr/share/bash-completion/completions/nameplate"
    complete -p nameplate
    fish --no-execute "$ROOT/usr/share/fish/vendor_completions.d/nameplate.fish"
    zsh -n "$ROOT/usr/share/zsh/vendor-completions/_nameplate"
}
