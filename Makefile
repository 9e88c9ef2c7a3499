# Short names for what meson, ninja and tools/ do.
#   make install PREFIX=/usr DESTDIR=/tmp/stage     make fuzz-smoke FUZZ_SECONDS=60
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 10
SOAK_SECONDS ?= 1800

SANITIZED = -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

.PHONY: build test lint bench fuzz-smoke soak install clean meson
build: build/release/build.ninja
	@ninja -C build/release

# Everything, under the address and undefined sanitizers, with both compilers.
test: build/gcc/build.ninja build/clang/build.ninja
	@tools/run-tests build/gcc build/clang

lint: build
	@tools/lint/run

bench: build/bench/build.ninja
	@meson test -C build/bench --benchmark --no-suite soak --verbose

fuzz-smoke: build/fuzz/build.ninja
	@tools/run-fuzzers build/fuzz $(FUZZ_SECONDS)

# The fault tests at every point instead of a sample, then each fuzz target for SOAK_SECONDS. The
# first part took 25 minutes on two busy processors (power 24, resume 7, side by side), the second
# takes SOAK_SECONDS a target, as many at a time as there are processors: hours, if not told
# otherwise. Between them the provider meets the next OpenSSL, which takes ten minutes to build.
# SOAK_SECONDS=60 keeps the whole at half an hour. Then ten million certificates are issued, twice.
soak: build/fuzz/build.ninja build/gcc/build.ninja build/bench/build.ninja
	@NP_SOAK=1 TIMEOUT_MULTIPLIER=100 tools/run-tests build/gcc
	@nice tests/interop/openssl_next build/gcc
	@tools/run-fuzzers build/fuzz $(SOAK_SECONDS)
	@nice meson test -C build/bench --benchmark --suite soak --verbose

install: build
	@meson configure build/release -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C build/release

clean:
	@rm -rf build

build/release/build.ninja: | meson
	@meson setup build/release -Dbuildtype=release -Dtests=false -Dprefix=$(PREFIX)

build/bench/build.ninja: | meson
	@meson setup build/bench -Dbuildtype=release -Ddocs=false

build/gcc/build.ninja: | meson
	@CC=gcc meson setup build/gcc $(SANITIZED) -Dc_args=-fno-sanitize-recover=all

build/clang/build.ninja: | meson
	@CC=clang-14 meson setup build/clang $(SANITIZED) -Ddocs=false \
		-Dc_args=-fno-sanitize-recover=all

build/fuzz/build.ninja: | meson
	@CC=clang-14 meson setup build/fuzz $(SANITIZED) -Ddocs=false -Dfuzz=true \
		-Dc_args='-fno-sanitize-recover=all -fsanitize=fuzzer-no-link'

meson:
	@command -v meson >/dev/null || \
		{ echo "meson is missing: run tools/install-deps build" >&2; exit 1; }
