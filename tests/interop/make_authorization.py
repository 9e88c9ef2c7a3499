#!/usr/bin/env python3
"""Writes an authorization by the page of its form alone, signed by openssl.

make_authorization.py KEY STATION_PUB OUT [member=value ...]: further words replace terms.
"""
import base64
import hashlib
import json
import subprocess
import sys


def spki_digest(path, is_private):
    command = ["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"]
    if not is_private:
        command.insert(2, "-pubin")
    return hashlib.sha256(subprocess.run(command, check=True, capture_output=True).stdout).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main(key, station, out, changes):
    terms = {
        "batch": "b42",
        "count": 3,
        "created": "2026-01-01T00:00:00Z",
        "first": "T2-000001",
        "format": "nameplate-authorization",
        "id": "000102030405060708090a0b0c0d0e0f",
        "last": "T2-000050",
        "stations": {spki_digest(station, False): "st07"},
        "until": "2099-12-31T23:59:59Z",
        "version": 1,
    }
    for change in changes:
        name, value = change.split("=", 1)
        terms[name] = int(value) if isinstance(terms.get(name), int) else value
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", key],
        input=canonical(terms).encode(), check=True, capture_output=True).stdout
    file = {
        "authorization": terms,
        "key": spki_digest(key, True),
        "signature": base64.b64encode(signature).decode(),
    }
    with open(out, "w", encoding="utf-8") as stream:
        stream.write(canonical(file) + "\n")


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
