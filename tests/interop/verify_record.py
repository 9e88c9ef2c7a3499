#!/usr/bin/env python3
"""Checks a record, or a proof of one unit, by doc/formats/record.md: with Python's hashlib, json and
base64 and the openssl program, and nothing of Nameplate's.

verify_record.py RECORD STATION.pub              prints the number of units and of batches
verify_record.py PROOF STATION.pub UNIT.json     prints the unit's serial
"""
import base64
import hashlib
import json
import struct
import subprocess
import sys
import tempfile


def refuse(why):
    sys.exit("refused: " + why)


def canonical(line):
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(text):
    return sha256(b"\x00" + text)


def root_of(leaves):
    """RFC 6962, section 2.1, by its recursion."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:]))


def key_id(public_key):
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", public_key, "-outform", "DER"],
                         check=True, capture_output=True).stdout
    return sha256(der).hex()


def is_signed(signed, signature, public_key):
    with tempfile.NamedTemporaryFile() as message, tempfile.NamedTemporaryFile() as der:
        message.write(signed)
        message.flush()
        der.write(signature)
        der.flush()
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature",
                               der.name, message.name], capture_output=True).returncode == 0


def check_hashes(line):
    for value, member, function in (("cert", "cert_sha256", "sha256"), ("cert", "cert_sha1", "sha1"),
                                    ("public_key", "spki_sha256", "sha256")):
        if value in line and member in line:
            data = base64.b64decode(line[value], validate=True)
            if hashlib.new(function, data).hexdigest() != line[member]:
                refuse("line %d: %s" % (line["seq"] + 1, member))


def check_trailer(line, units, public_key):
    signature = base64.b64decode(line.pop("signature"), validate=True)
    if line["count"] != len(units) or line["first"] != units[0]["seq"]:
        refuse("line %d does not count its units" % (line["seq"] + 1))
    if line["root"] != root_of([leaf(canonical(unit)) for unit in units]).hex():
        refuse("line %d has another root" % (line["seq"] + 1))
    if line["key"] != key_id(public_key) or not is_signed(canonical(line), signature, public_key):
        refuse("line %d is not signed by the key" % (line["seq"] + 1))


def verify_record(path, public_key):
    before = b"\x00" * 32
    batches, total, units = 0, 0, []
    with open(path, "rb") as file:
        texts = file.read().split(b"\n")
    if texts.pop() != b"":
        refuse("the last line is not complete")
    for number, text in enumerate(texts):
        line = json.loads(text)
        if canonical(line) != text or len(text) >= 16384:
            refuse("line %d is not canonical" % (number + 1))
        if line["seq"] != number or line["prev"] != before.hex():
            refuse("line %d does not follow" % (number + 1))
        if (line["kind"] == "header") != (number == 0):
            refuse("line %d is or is not a header" % (number + 1))
        if line["kind"] == "unit":
            check_hashes(line)
            units.append(line)
        if line["kind"] == "trailer":
            total, batches = total + len(units), batches + 1
            check_trailer(line, units, public_key)
            units = []
        before = sha256(text)
    if units or not batches:
        refuse("not everything is signed")
    print(total, batches)


def climb(node, index, count, path):
    """RFC 9162, section 2.1.3.2."""
    last = count - 1
    for sibling in path:
        if last == 0:
            refuse("the path is too long")
        if index % 2 == 1 or index == last:
            node = sha256(b"\x01" + sibling + node)
            while index % 2 == 0 and index != 0:
                index, last = index // 2, last // 2
        else:
            node = sha256(b"\x01" + node + sibling)
        index, last = index // 2, last // 2
    if last != 0:
        refuse("the path is too short")
    return node


def der_integer(data):
    data = data.lstrip(b"\x00") or b"\x00"
    data = b"\x00" + data if data[0] >= 0x80 else data
    return bytes([2, len(data)]) + data


def verify_proof(path, public_key, unit_path):
    with open(path, "rb") as file:
        proof = file.read()
    with open(unit_path, "rb") as file:
        text = file.read().rstrip(b"\n")
    magic, version, length, batch_length, zero = struct.unpack_from(">4sBBBB", proof)
    if magic != b"NPRP" or version != 1 or zero != 0:
        refuse("not a proof")
    seq, first, count, trailer_seq, recovered, finished = struct.unpack_from(">6Q", proof, 8)
    prev, signature, node = proof[56:88], proof[88:152], proof[152:184]
    batch = proof[184:184 + batch_length]
    hashes = proof[184 + batch_length:]
    if len(hashes) != 32 * length or node != leaf(text) or not 0 <= seq - first < count:
        refuse("the proof is of something else")
    nodes = [hashes[i:i + 32] for i in range(0, len(hashes), 32)]
    time = subprocess.run(["date", "-u", "-d", "@%d" % finished, "+%Y-%m-%dT%H:%M:%SZ"],
                          check=True, capture_output=True, text=True).stdout.strip()
    trailer = {"count": count, "finished": time, "first": first, "key": key_id(public_key),
               "kind": "trailer", "prev": prev.hex(), "recovered": recovered,
               "root": climb(node, seq - first, count, nodes).hex(), "seq": trailer_seq}
    if batch:
        trailer["batch"] = batch.decode()
    pair = der_integer(signature[:32]) + der_integer(signature[32:])
    if not is_signed(canonical(trailer), bytes([0x30, len(pair)]) + pair, public_key):
        refuse("the key has not signed this")
    print(json.loads(text)["serial"])


if __name__ == "__main__":
    (verify_proof if len(sys.argv) == 4 else verify_record)(*sys.argv[1:])
