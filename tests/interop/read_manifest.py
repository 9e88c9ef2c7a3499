#!/usr/bin/python3
"""Reads a manifest with python3-jwcrypto and cryptography: read_manifest.py MANIFEST SIGNER. Prints
a line of JSON an element: uid, serial, public key, first two certificates, kids of further keys."""
import base64
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from jwcrypto import jwk, jws


def spki(key):
    public = jwk.JWK(**{name: key[name] for name in ("kty", "crv", "x", "y")})
    der = public.get_op_key("verify").public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def describe(entry, signer):
    token = jws.JWS()
    token.deserialize(json.dumps(entry))
    token.verify(signer)
    assert sorted(entry) == ["header", "payload", "protected", "signature"]
    payload = json.loads(token.payload)
    assert payload["uniqueId"] == entry["header"]["uniqueId"]
    keys = payload.get("publicKeySet", {"keys": []})["keys"]
    main = keys[0] if keys else {}
    chain = main.get("x5c", [])
    name = payload["uniqueId"]
    if chain:
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
        name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return [payload["uniqueId"], name, spki(main) if main else None,
            chain[0] if chain else None, chain[1] if len(chain) > 1 else None,
            [key["kid"] for key in keys[1:]]]


def main():
    with open(sys.argv[2], "rb") as file:
        signer = jwk.JWK.from_pem(file.read())
    with open(sys.argv[1], encoding="utf-8") as file:
        for entry in json.load(file):
            print(json.dumps(describe(entry, signer)))


main()
