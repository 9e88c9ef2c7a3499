#!/usr/bin/env python3
"""Reads what nameplate cloud export wrote with Python's csv, json and base64, certificates with
openssl, and checks index.json against it: read_export.py TARGET FOLDER. Prints a line a device: its
name, and the SHA-256 of its certificate."""
import base64
import csv
import json
import os
import subprocess
import sys


def read_csv(file):
    return [(row["device_id"], row["certificate"]) for row in csv.DictReader(file, strict=True)]


def read_json(file):
    return [(unit.get("device_id", unit["serial"]), base64.b64decode(unit["cert"]))
            for unit in json.load(file)]


def read_nrfcloud(file):
    rows = list(csv.reader(file, strict=True))
    assert len(rows) <= 1000
    for row in rows:
        assert len(row) == 5 and row[1] == "" and row[3] == "", row
    return [(row[0], row[4]) for row in rows]


def read_aws(file):
    things = [json.loads(line) for line in file]
    for thing in things:
        assert list(thing) == ["ThingName", "SerialNumber", "CertificatePem"]
        assert all(isinstance(value, str) for value in thing.values())
    return [(thing["ThingName"], thing["CertificatePem"]) for thing in things]


def read_azure(file):
    bodies = [json.loads(line) for line in file]
    devices = []
    for body in bodies:
        assert list(body) == ["mode", "enrollments"] and body["mode"] == "create"
        assert 1 <= len(body["enrollments"]) <= 10
        devices += body["enrollments"]
    # all bodies but the last are full: a row tells its body
    assert all(len(body["enrollments"]) == 10 for body in bodies[:-1])
    for device in devices:
        assert device["registrationId"] == device["deviceId"]
        assert device["provisioningStatus"] == "enabled"
        assert device["attestation"]["type"] == "x509"
    return [(device["registrationId"],
             device["attestation"]["x509"]["clientCertificates"]["primary"]["certificate"])
            for device in devices]


def read_nerveshub(file):
    devices = []
    for entry in json.load(file):
        # as its importer: the standard alphabet, the first key that has certificates
        text = entry["payload"]
        payload = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        first = next(key for key in payload["publicKeySet"]["keys"] if "x5c" in key)
        assert payload["uniqueId"] == entry["header"]["uniqueId"]
        devices.append((entry["header"]["uniqueId"], base64.b64decode(first["x5c"][0])))
    return devices


def fingerprint(certificate):
    form = "PEM" if isinstance(certificate, str) else "DER"
    data = certificate.encode() if isinstance(certificate, str) else certificate
    said = subprocess.run(["openssl", "x509", "-inform", form, "-noout", "-sha256", "-fingerprint"],
                          input=data, check=True, capture_output=True).stdout.decode()
    return said.split("=")[1].strip().replace(":", "").lower()


def main():
    target, folder = sys.argv[1:]
    names = sorted(name for name in os.listdir(folder) if name.startswith("part-"))
    parts = {}
    for name in names:
        with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
            parts[name] = globals()["read_" + target](file)
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    assert index["target"] == target and index["parts"] == len(parts)
    assert index["exported"] == len(index["devices"]) == sum(map(len, parts.values()))
    for entry in index["devices"]:
        device, certificate = parts[entry["part"]][entry["row"] - 1]
        assert device == entry["device"], entry
        assert fingerprint(certificate) == entry["cert_sha256"], entry
        print(device, entry["cert_sha256"])


main()
