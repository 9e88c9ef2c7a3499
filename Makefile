# Short names for what meson, ninja and tools/ do.
#   make install PREFIX=/usr DESTDIR=/tmp/stage     make fuzz-smoke FUZZ_SECONDS=60
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 10
SOAK_SECONDS ?= 1800

# What the tests run on: the program as gcc makes it for users, and clang's under sanitizers.
BUILDS ?= build/gcc build/clang
SANITIZED = -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
	-Dc_args=-fno-sanitize-recover=all

.PHONY: build test lint bench fuzz-smoke soak install deb clean meson
build: build/release/build.ninja
	@ninja -C build/release

# `make test BUILDS=build/gcc-sanitized` is the same with gcc's sanitizers.
test: $(BUILDS:%=%/build.ninja)
	@tools/run-tests $(BUILDS)

# The first of the builds is looked into, so that nothing is built for the rules alone.
lint: $(firstword $(BUILDS))/build.ninja
	@ninja -C $(firstword $(BUILDS))
	@NP_BUILD=$(firstword $(BUILDS)) tools/lint/run

bench: build/gcc/build.ninja
	@meson test -C build/gcc --benchmark --no-suite soak --verbose

fuzz-smoke: build/clang/build.ninja
	@tools/run-fuzzers build/clang $(FUZZ_SECONDS)

# The fault tests at every point instead of a sample, under gcc's sanitizers, then each fuzz target
# for SOAK_SECONDS. The first part took 25 minutes on two busy processors (power 24, resume 7, side
# by side), the second takes SOAK_SECONDS a target, as many at a time as there are processors: hours
# if not told otherwise. Between them the provider meets the next OpenSSL, which takes ten minutes
# to build, and the packages are installed in a fresh Debian. SOAK_SECONDS=60 keeps the whole at
# half an hour. Then ten million certificates are issued, twice.
soak: deb build/gcc/build.ninja build/gcc-sanitized/build.ninja build/clang/build.ninja
	@NP_SOAK=1 TIMEOUT_MULTIPLIER=100 tools/run-tests build/gcc-sanitized
	@nice tests/interop/openssl_next build/gcc-sanitized
	@nice tests/packages/in_a_fresh_debian build/deb
	@tools/run-fuzzers build/clang $(SOAK_SECONDS)
	@nice meson test -C build/gcc --benchmark --suite soak --verbose

install: build
	@meson configure build/release -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C build/release

# Debian's packages, of what git has, in build/deb.
deb:
	@packaging/make-deb build/deb

clean:
	@rm -rf build

build/release/build.ninja: | meson
	@meson setup build/release -Dbuildtype=release -Dtests=false -Dprefix=$(PREFIX)

build/gcc/build.ninja: | meson
	@CC=gcc meson setup build/gcc -Dbuildtype=release

build/gcc-sanitized/build.ninja: | meson
	@CC=gcc meson setup build/gcc-sanitized $(SANITIZED) -Ddocs=false

build/clang/build.ninja: | meson
	@CC=clang-14 meson setup build/clang $(SANITIZED) -Ddocs=false -Dfuzz=true

meson:
	@command -v meson >/dev/null || \
		{ echo "meson is missing: run tools/install-deps build" >&2; exit 1; }
