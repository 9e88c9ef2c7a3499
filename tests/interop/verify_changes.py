#!/usr/bin/env python3
"""Checks what `registry changes export` wrote, with Python's hashlib and json and nothing of
Nameplate's: each line is canonical JSON and has the hash of the line before in it.

verify_changes.py CHANGES    prints the number of changes and the hash of the last one
"""
import hashlib
import json
import sys


def main():
    head = "00" * 32
    seq = 0
    count = 0
    with open(sys.argv[1], "rb") as file:
        for line in file:
            text = line.rstrip(b"\n")
            change = json.loads(text)
            plain = json.dumps(change, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            if plain.encode() != text:
                sys.exit("refused: change %d is not canonical" % change["seq"])
            if change["prev"] != head or change["seq"] <= seq:
                sys.exit("refused: change %d does not follow change %d" % (change["seq"], seq))
            seq = change["seq"]
            head = hashlib.sha256(text).hexdigest()
            count += 1
    print(count, head)


main()
