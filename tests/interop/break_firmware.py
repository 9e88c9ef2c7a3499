#!/usr/bin/env python3
"""Archives that are broken in one way each, made by Python's zipfile and by patching bytes.

usage: break_firmware.py GOOD FOLDER    writes FOLDER/NAME.fw, prints NAME and the reason to refuse it

GOOD is a signed archive of stored entries. Each broken one keeps its signature and meta.conf.
"""
import io
import os
import struct
import sys
import warnings
import zipfile

LOCAL, RECORD, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


class Unseekable(io.RawIOBase):
    """A stream makes zipfile write data descriptors."""

    def __init__(self):
        super().__init__()
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += data
        return len(data)


def entries(good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def info_of(name, method=zipfile.ZIP_STORED, mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def pack(rows, method=zipfile.ZIP_STORED, to=None):
    target = io.BytesIO() if to is None else to
    with zipfile.ZipFile(target, "w") as archive:
        for row in rows:
            name, data = row[0], row[1]
            info = row[2] if len(row) > 2 else info_of(name, method)
            archive.writestr(info, data)
    return bytes(target.data) if to is not None else target.getvalue()


def places(data, signature):
    found, at = [], data.find(signature)
    while at >= 0:
        found.append(at)
        at = data.find(signature, at + 4)
    return found


def patch(data, at, value):
    return data[:at] + value + data[at + len(value):]


def both(data, index, local_at, record_at, value):
    """The same field in the local header and in the directory of one entry."""
    data = patch(data, places(data, LOCAL)[index] + local_at, value)
    return patch(data, places(data, RECORD)[index] + record_at, value)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def move_end(data, by, inside=0):
    """The end record after the directory has moved, and grown."""
    at = data.rfind(END)
    size, start = struct.unpack_from("<II", data, at + 12)
    return patch(data, at + 12, u32(size + inside) + u32(start + by))


def with_gap(data):
    """Four bytes between two entries; everything behind is told of it."""
    second = places(data, LOCAL)[1]
    data = data[:second] + b"\0\0\0\0" + data[second:]
    for record in places(data, RECORD)[1:]:
        (at,) = struct.unpack_from("<I", data, record + 42)
        data = patch(data, record + 42, u32(at + 4))
    return move_end(data, 4)


def with_records_swapped(data):
    records, end = places(data, RECORD), data.rfind(END)
    a, b, c = records[2], records[3], (records + [end])[4]
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def with_extra(data, extra):
    """An extra field in the first directory record."""
    record = places(data, RECORD)[0]
    (name_len,) = struct.unpack_from("<H", data, record + 28)
    at = record + 46 + name_len
    data = patch(data, record + 30, u16(len(extra)))
    return move_end(data[:at] + extra + data[at:], 0, len(extra))


def with_locator(data):
    at = data.rfind(END)
    return data[:at] + b"PK\6\7" + bytes(16) + data[at:]


def bomb(rows):
    """A mebibyte in an entry that says it has the 26 bytes that are declared."""
    data = pack([row if row[0] != "data/one.bin" else
                 (row[0], bytes(1 << 20), info_of(row[0], zipfile.ZIP_DEFLATED)) for row in rows])
    return both(data, 2, 22, 24, u32(26))


def longer_packed(rows):
    """Behind deflate's own end there is one more byte, which the headers count."""
    data = pack(rows, zipfile.ZIP_DEFLATED)
    third, fourth = places(data, LOCAL)[2], places(data, LOCAL)[3]
    (packed,) = struct.unpack_from("<I", data, third + 18)
    data = both(data, 2, 18, 20, u32(packed + 1))
    data = data[:fourth] + b"\0" + data[fourth:]
    for record in places(data, RECORD)[3:]:
        (at,) = struct.unpack_from("<I", data, record + 42)
        data = patch(data, record + 42, u32(at + 1))
    return move_end(data, 1)


def damaged_deflate(rows):
    data = pack(rows, zipfile.ZIP_DEFLATED)
    third = places(data, LOCAL)[2]
    return patch(data, third + 30 + len("data/one.bin"), b"\xff\xff")


def wrong_descriptor(rows):
    data = pack(rows, zipfile.ZIP_DEFLATED, Unseekable())
    return patch(data, places(data, b"PK\7\x08")[2] + 4, b"\0\0\0\0")


def with_zip64(rows):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in rows:
            with archive.open(info_of(name), "w", force_zip64=True) as entry:
                entry.write(data)
    return target.getvalue()


def broken(good):
    rows = entries(good)
    data = pack(rows)
    records, locals_ = places(data, RECORD), places(data, LOCAL)
    end = data.rfind(END)
    folder = info_of("data/", mode=0o040755)
    yield "twice", "resource-twice", pack(rows + [("data/one.bin", dict(rows)["data/one.bin"])])
    yield "traversal", "entry-name", pack(rows + [("data/../../etc/passwd", b"x")])
    yield "absolute", "entry-name", pack(rows + [("/etc/passwd", b"x")])
    yield "backslash", "entry-name", pack(rows + [("data\\one", b"x")])
    yield "control", "entry-name", pack(rows + [("data/a\nb", b"x")])
    yield "no_name", "entry-name", both(data, 7, 26, 28, u16(0))
    yield "bad_crc", "crc", both(data, 2, 14, 16, b"\1\2\3\4")
    yield "no_directory", "truncated", data[:records[0]]
    yield "empty_directory", "directory", patch(data[:records[0]] + data[end:],
                                                records[0] + 8, u32(0) + u32(0) + u32(records[0]))
    yield "entries_miscounted", "directory", patch(data, end + 8, u16(7) + u16(7))
    yield "two_disks", "directory", patch(data, end + 4, u16(1))
    yield "other_name", "headers", data.replace(b"data/one.bin", b"data/two.bin", 1)
    yield "other_size", "headers", patch(data, records[2] + 24, u32(27))
    yield "other_method", "headers", patch(data, locals_[2] + 8, u16(8))
    yield "other_place", "directory", patch(data, records[3] + 42, u32(locals_[2]))
    yield "gap", "directory", with_gap(data)
    yield "order", "directory", with_records_swapped(data)
    yield "bzip2", "method", pack(rows, zipfile.ZIP_BZIP2)
    yield "encrypted", "encrypted", both(data, 2, 6, 8, u16(1))
    yield "aes", "encrypted", with_extra(data, u16(0x9901) + u16(0))
    yield "extra_cut", "headers", with_extra(data, u16(0x5455) + u16(9) + b"x")
    yield "zip64", "zip64", with_zip64(rows)
    yield "zip64_end", "zip64", with_locator(data)
    yield "zip64_count", "zip64", patch(data, end + 8, u16(0xffff) + u16(0xffff))
    yield "link", "entry-type", pack(rows[:-1] + [("README.txt", b"/etc/passwd",
                                                   info_of("README.txt", mode=0o120777))])
    yield "full_folder", "entry-type", pack(rows + [("data/", b"x", folder)])
    yield "bomb", "size", bomb(rows)
    yield "longer_packed", "size", longer_packed(rows)
    yield "damaged_deflate", "deflate", damaged_deflate(rows)
    yield "wrong_descriptor", "descriptor", wrong_descriptor(rows)
    yield "second_signature", "signature-place", pack(rows + [rows[0]])
    yield "no_meta", "meta-missing", pack(rows[:1])


def main():
    good = open(sys.argv[1], "rb").read()
    for name, reason, data in broken(good):
        with open(os.path.join(sys.argv[2], name + ".fw"), "wb") as file:
            file.write(data)
        print(name, reason)


warnings.simplefilter("ignore")  # of names that are there twice
main()
