# SPDX-License-Identifier: Apache-2.0
"""Device CAs and devices as other programs make them: with Python's cryptography and with openssl. A
certificate is said in a line (Ca, Leaf) and made by a Workshop, the same one for the same line."""

import dataclasses
import datetime
import hashlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

YEARS = 365 * 86400
DAY = 86400

# From the line's word to a key; "p256" is every device's unless it says otherwise.
KEY_KINDS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
}


@dataclasses.dataclass(frozen=True)
class Ca:
    """One that signs. Those of one `key` share it; `subject` is the name unless another is given."""

    name: str
    key: str = ""
    subject: str = ""
    parent: str = ""
    lasts: tuple = (-YEARS, 30 * YEARS)  # seconds from now
    is_ca: bool = True
    may_sign: bool = True
    path_length: int = None
    key_id: bytes = None  # the SubjectKeyIdentifier; None: of the key
    has_authority_id: bool = True
    unknown_critical: bool = False


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A device's. Those of one `key` share it; `serial` tells renewals apart."""

    cn: str = "d"
    key: str = "k"
    kind: str = "p256"
    ca: str = "ca"
    forged_by: str = ""  # the CA whose key signs in place of ca's
    serial: int = 1
    lasts: tuple = (-DAY, 10 * YEARS)
    serial_number: str = ""  # the attribute of the subject
    dns: tuple = ()
    uris: tuple = ()
    usages: tuple = ("client",)  # extended; empty: no such extension
    signs: bool = True  # keyUsage has digitalSignature
    is_ca: bool = False
    unknown_critical: bool = False
    is_sloppy: bool = False  # basicConstraints of no definite length
    version: int = 3
    behind: tuple = ()  # CAs whose certificates are presented behind it


    def __str__(self):
        changes = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return f"Leaf {[item for item in changes.items() if item[1] != getattr(Leaf, item[0])]}"


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def der_of(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def name_of(text, serial_number=""):
    parts = [(NameOID.SERIAL_NUMBER, serial_number), (NameOID.COMMON_NAME, text)]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts if value])


class Workshop:
    """Makes what the lines say. Names of CAs get `tag` behind them, so that those of several
    workshops differ."""

    def __init__(self, folder, tag):
        self.folder = folder
        self.tag = tag
        self.keys = {}
        self.cas = {}
        self.made = {}

    def key(self, name, kind="p256"):
        if name not in self.keys:
            self.keys[name] = KEY_KINDS[kind]()
        return self.keys[name]

    def ca_key(self, name):
        line = self.cas[name]
        return self.key("ca " + (line.key or line.name))

    def add(self, *lines):
        for line in lines:
            self.cas[line.name] = line

    def ca(self, name):
        if name not in self.made:
            self.made[name] = self._make_ca(self.cas[name])
        return self.made[name]

    def leaf(self, line):
        line = dataclasses.replace(line, behind=())
        if line not in self.made:
            self.made[line] = self._make_v1(line) if line.version == 1 else self._make_leaf(line)
        return self.made[line]

    def write(self, line):
        """The files that a client takes: chain and key."""
        chain = [self.leaf(line)] + [self.ca(name) for name in line.behind]
        stem = self.folder / f"{self.tag}-{abs(hash(line))}"
        key = self.key(line.key, line.kind).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        stem.with_suffix(".cert").write_bytes(b"".join(pem_of(each) for each in chain))
        stem.with_suffix(".key").write_bytes(key)
        return stem.with_suffix(".cert"), stem.with_suffix(".key")

    def write_ca(self, name):
        path = self.folder / f"{self.tag}-{name}.pem"
        path.write_bytes(pem_of(self.ca(name)))
        return path

    def fingerprint_of_ca(self, name):
        return hashlib.sha256(der_of(self.ca(name))).hexdigest()

    def fingerprints(self, line):
        """Of the certificate, and of its key."""
        certificate = self.leaf(line)
        key = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "certificate": hashlib.sha256(der_of(certificate)).hexdigest(),
            "key": hashlib.sha256(key).hexdigest(),
        }

    def _subject(self, line):
        return name_of(f"{line.subject or line.name} {self.tag}")

    def _begin(self, subject, issuer, public_key, serial, lasts):
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = (now + datetime.timedelta(seconds=each) for each in lasts)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
        builder = builder.public_key(public_key).serial_number(serial)
        return builder.not_valid_before(begin).not_valid_after(end)

    def _finish(self, builder, line, key):
        if line.unknown_critical:
            strange = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\5\0")
            builder = builder.add_extension(strange, critical=True)
        is_edwards = isinstance(key, ed25519.Ed25519PrivateKey)
        return builder.sign(key, None if is_edwards else hashes.SHA256())

    def _make_ca(self, line):
        key = self.ca_key(line.name)
        parent = self.cas[line.parent] if line.parent else line
        builder = self._begin(
            self._subject(line),
            self._subject(parent),
            key.public_key(),
            x509.random_serial_number(),
            line.lasts,
        )
        limits = x509.BasicConstraints(line.is_ca, line.path_length if line.is_ca else None)
        own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(limits, critical=True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier(line.key_id) if line.key_id else own_id, critical=False
        )
        builder = builder.add_extension(usage(signs=not line.may_sign, ca=line.may_sign), True)
        if line.has_authority_id:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier(line.key_id or own_id.digest, None, None), False
            )
        return self._finish(builder, line, self.ca_key(parent.name))

    def _make_leaf(self, line):
        key = self.key(line.key, line.kind)
        ca = self.cas[line.ca]
        subject = name_of(line.cn, line.serial_number)
        public_key = key.public_key()
        builder = self._begin(subject, self._subject(ca), public_key, line.serial, line.lasts)
        names = [x509.DNSName(each) for each in line.dns]
        names += [x509.UniformResourceIdentifier(each) for each in line.uris]
        kinds = {
            "client": ExtendedKeyUsageOID.CLIENT_AUTH,
            "server": ExtendedKeyUsageOID.SERVER_AUTH,
        }
        constraints = x509.BasicConstraints(line.is_ca, None)
        if line.is_sloppy:
            constraints = x509.UnrecognizedExtension(constraints.oid, b"\x30\x80\x00\x00")
        builder = builder.add_extension(constraints, critical=True)
        builder = builder.add_extension(usage(signs=line.signs, ca=line.is_ca), critical=True)
        if line.usages:
            usages = x509.ExtendedKeyUsage([kinds[each] for each in line.usages])
            builder = builder.add_extension(usages, critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return self._finish(builder, line, self.ca_key(line.forged_by or line.ca))

    def _make_v1(self, line):
        """cryptography makes none; openssl does when it is given no extensions."""
        cert, key = self.write(dataclasses.replace(line, version=3))
        ca, ca_key = cert.with_suffix(".ca"), cert.with_suffix(".ca-key")
        ca.write_bytes(pem_of(self.ca(line.ca)))
        ca_key.write_bytes(
            self.ca_key(line.ca).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        command = f"openssl req -new -key {key} -subj /CN={line.cn} | openssl x509 -req -days 30"
        made = subprocess.run(
            f"{command} -CA {ca} -CAkey {ca_key} -set_serial {line.serial}",
            shell=True, check=True, capture_output=True,
        ).stdout
        certificate = x509.load_pem_x509_certificate(made)
        assert certificate.version == x509.Version.v1
        return certificate


def usage(signs, ca):
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
