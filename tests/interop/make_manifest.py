#!/usr/bin/python3
"""Makes a manifest with python3-jwcrypto, and the certificate of its signer: an independent writer.
make_manifest.py MANIFEST SIGNER CASE...: an element for each case, "good" or one of its faults."""
import base64
import datetime
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jwcrypto import jwk, jws

SIGNER = ec.generate_private_key(ec.SECP256R1())
DEVICE = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def certify(key, common_name):
    """Self-signed, and expired long ago: a signer's dates are not looked at."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(4711)
            .not_valid_before(datetime.datetime(2019, 1, 1))
            .not_valid_after(datetime.datetime(2019, 7, 1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256()))


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


SIGNER_CERT = certify(SIGNER, "Log Signer 9")


def point(key):
    numbers = key.public_key().public_numbers()
    return [b64url(value.to_bytes(32, "big")) for value in (numbers.x, numbers.y)]


def main_key(key, kid, name):
    x, y = point(key)
    chain = [base64.b64encode(der(certify(key, name))).decode(),
             base64.b64encode(der(SIGNER_CERT)).decode()]
    return {"kid": kid, "kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": chain}


def chip(number, version=1, **changes):
    unique = "0123%012x01" % number
    payload = {"version": version, "model": "ATECC608B", "partNumber": "ATECC608B-SSHDA",
               "manufacturer": {"organizationName": "Microchip Technology Inc"},
               "provisioner": {"organizationName": "Acme"},
               "distributor": {"organizationName": "Acme"},
               "groupId": "359SCE55NV38H3CB",
               "provisioningTimestamp": "2026-11-20T09:00:00.000Z", "uniqueId": unique,
               "publicKeySet": {"keys": [main_key(DEVICE, "0", "T2-%06d" % number)]}}
    payload.update(changes)
    return {name: value for name, value in payload.items() if value is not None}


def sign(payload, text=None, protected=None, key=SIGNER, unique=None):
    token = jws.JWS((text if text is not None else json.dumps(payload)).encode())
    key_id = SIGNER_CERT.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    header = {"alg": "ES256", "typ": "JWT", "kid": b64url(key_id),
              "x5t#S256": b64url(SIGNER_CERT.fingerprint(hashes.SHA256()))}
    header.update(protected or {})
    header = {name: value for name, value in header.items() if value is not None}
    private = key
    if not isinstance(key, jwk.JWK):
        private = jwk.JWK.from_pem(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    token.allowed_algs = ["ES256", "HS256", "ES384"]
    token.add_signature(private, None, json.dumps(header),
                        json.dumps({"uniqueId": unique or payload["uniqueId"]}))
    return json.loads(token.serialize())


def with_key(number, **changes):
    key = main_key(DEVICE, "0", "T2-%06d" % number)
    key.update(changes)
    return chip(number, publicKeySet={"keys": [key]})


def nested(number, depth):
    return chip(number, modelInfo=json.loads('{"a":' * depth + "1" + "}" * depth))


def loose_tail(text):
    """The same bytes in another Base64 text: bits that nobody reads are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def alg_none(number):
    entry = sign(chip(number))
    entry["protected"] = b64url(json.dumps({"alg": "none"}).encode())
    entry["signature"] = b64url(bytes(64))
    return entry


def altered(number):
    entry = sign(chip(number))
    payload = json.dumps(chip(number, partNumber="ATECC608B-OTHER")).encode()
    return {**entry, "payload": b64url(payload)}


def other_chain(number):
    return chip(number, publicKeySet={"keys": [
        {**main_key(DEVICE, "0", "T"), "x5c": main_key(OTHER, "0", "T")["x5c"]}]})


def without(payload, name):
    return {key: value for key, value in payload.items() if key != name}


def many(number, keys):
    x, y = point(DEVICE)
    return chip(number, publicKeySet={"keys": [
        {"kid": str(i), "kty": "EC", "crv": "P-256", "x": x, "y": y} for i in range(keys)]})


def misspelled(number):
    payload = chip(number, distributor=None)
    payload["distributer"] = {"organizationName": "Acme"}
    return payload


CASES = {
    "good": lambda n: sign(chip(n)),
    "version2": lambda n: sign(without(chip(n, 2), "publicKeySet")),
    "version3": lambda n: sign(chip(n, 3, modelInfo={"deviceRevision": "00006003", "publicData": [
        {"zone": "otp", "offset": 0, "data": b64url(b"Nrvs")}]})),
    "distributer": lambda n: sign(misspelled(n)),
    "escapes": lambda n: sign(chip(n, groupId="a\"b\\\u00e4\U0001f600>")),
    "by-kid": lambda n: sign(chip(n), protected={"x5t#S256": None}),
    "32-keys": lambda n: sign(many(n, 32)),
    "version4": lambda n: sign(chip(n, 4)),
    "no-model": lambda n: sign(chip(n, model=None)),
    "alg-none": alg_none,
    "alg-hmac": lambda n: sign(chip(n), protected={"alg": "HS256"},
                               key=jwk.JWK(kty="oct", k=b64url(b"k" * 32))),
    "alg-es384": lambda n: sign(chip(n), protected={"alg": "ES384"},
                                key=ec.generate_private_key(ec.SECP384R1())),
    "other-signer": lambda n: sign(chip(n), protected={"kid": None, "x5t#S256": b64url(b"x" * 32)}),
    "kid-of-other": lambda n: sign(chip(n), protected={"kid": b64url(b"k" * 20)}),
    "no-signer": lambda n: sign(chip(n), protected={"kid": None, "x5t#S256": None}),
    "crit": lambda n: sign(chip(n), protected={"crit": ["b64"], "b64": True}),
    "forged": lambda n: sign(chip(n), key=OTHER),
    "altered": altered,
    "other-id": lambda n: sign(chip(n), unique="0123ffffffffffff01"),
    "bad-id": lambda n: sign(chip(n, uniqueId="T2-17")),
    "off-curve": lambda n: sign(with_key(n, x=b64url(b"\x01" * 32))),
    "short-x": lambda n: sign(with_key(n, x=b64url(b"\x01" * 31))),
    "other-key": lambda n: sign(other_chain(n)),
    "private": lambda n: sign(with_key(n, d=b64url(b"\x01" * 32))),
    "oct": lambda n: sign(chip(n, publicKeySet={"keys": [{"kid": "0", "kty": "oct",
                                                         "k": b64url(b"k" * 32)}]})),
    "33-keys": lambda n: sign(many(n, 33)),
    "5-certificates": lambda n: sign(with_key(n, x5c=main_key(DEVICE, "0", "T")["x5c"][:1] * 5)),
    "no-certificate": lambda n: sign(with_key(n, x5c=["MAA="])),
    "deep": lambda n: sign(nested(n, 9)),
    "twice": lambda n: sign(chip(n), text=json.dumps(chip(n))[:-1] + ',"version":1}'),
    "loose-tail": lambda n: {**(entry := sign(chip(n))),
                             "signature": loose_tail(entry["signature"])},
    "padded": lambda n: {**(entry := sign(chip(n))), "signature": entry["signature"] + "=="},
    "no-header": lambda n: without(sign(chip(n)), "header"),
    "more-members": lambda n: {**sign(chip(n)), "more": 1},
    "large": lambda n: sign(chip(n, groupId="g" * 70000)),
    "number": lambda n: 17,
    "repeated": lambda n: sign(chip(1)),
}


def main():
    manifest, signer, *names = sys.argv[1:]
    with open(signer, "wb") as file:
        file.write(SIGNER_CERT.public_bytes(serialization.Encoding.PEM))
    with open(manifest, "w", encoding="utf-8") as file:
        json.dump([CASES[name](i + 1) for i, name in enumerate(names)], file, indent=1)


main()
