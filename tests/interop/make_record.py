#!/usr/bin/env python3
"""Makes a record by doc/formats/record.md, without trailers: units come as JSON, one a line, on the
standard input. For units that Nameplate itself would not make."""
import hashlib
import json
import sys


def main():
    lines = [{"kind": "header", "format": "nameplate-record", "version": 1, "station": "st07",
              "created": "2026-11-20T09:00:00Z", "key": "00" * 32, "issuers": []}]
    lines += [{"kind": "unit", **json.loads(line)} for line in sys.stdin]
    before = "00" * 32
    for seq, line in enumerate(lines):
        line.update(seq=seq, prev=before)
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256(text.encode()).hexdigest()
        print(text)


main()
