#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One bay of a Nameplate line, for test executives in Python: libnameplate-station by ctypes.

    with Bay("station.conf") as bay:
        result = bay.run("T2-000017", listen=print)
        print(result.verdict, result.serial, result.fingerprint)

A unit that fails is no exception: its verdict is PASS, FAIL (the unit is bad), STATION (the station
is) or POLICY (the rules say no). BayError is raised when a call did nothing at all. Nothing but the
standard library is needed; $NAMEPLATE_STATION_LIBRARY names another libnameplate-station.so.0.

As a program it makes a unit for each serial: nameplate_bay.py STATION.CONF SERIAL...
"""
import ctypes
import json
import os
import select
import sys
from ctypes import POINTER, Structure, byref, c_bool, c_char, c_char_p, c_int, c_size_t
from ctypes import c_uint, c_uint8, c_uint64, c_void_p
from dataclasses import dataclass

JSON_SIZE = 4608
LIBRARY = "libnameplate-station.so.0"


class _Error(Structure):
    _fields_ = [("code", c_int), ("sub", c_int), ("message", c_char * 320), ("hint", c_char * 240)]


class _Options(Structure):
    _fields_ = [("size", c_size_t), ("config", c_char_p), ("config_text", c_char_p),
                ("bay", c_char_p), ("operator_name", c_char_p)]


class _Result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("verdict", c_int),
        ("code", c_int),
        ("status", c_int),
        ("attempt", c_uint),
        ("duration_ms", c_uint64),
        ("code_name", c_char * 32),
        ("action", c_char * 32),
        ("step", c_char * 32),
        ("serial", c_char * 65),
        ("uid", c_char * 64),
        ("message", c_char * 320),
        ("hint", c_char * 240),
        ("fingerprint", c_char * 65),
        ("certificate_len", c_size_t),
        ("certificate", c_uint8 * 2048),
    ]


@dataclass(frozen=True)
class Result:
    """How a unit ended; texts that are not known are empty."""
    verdict: str
    status: int  # what `nameplate station run --once` would exit with
    attempt: int
    duration_ms: int
    code: str  # stable, for logs: "input-storable"
    action: str  # make, resume, record, confirm, refuse
    step: str  # at which it failed
    serial: str
    uid: str
    message: str
    hint: str
    fingerprint: str
    certificate: bytes  # DER

    @property
    def passed(self):
        return self.verdict == "PASS"


class BayError(Exception):
    """The library's own sentence, with the next step where there is one."""

    def __init__(self, err):
        self.code = err.code
        self.hint = err.hint.decode("utf-8", "replace")
        super().__init__(err.message.decode("utf-8", "replace"))


def _load():
    library = ctypes.CDLL(os.environ.get("NAMEPLATE_STATION_LIBRARY", LIBRARY))
    for name, result, arguments in (
        ("open", c_int, [POINTER(_Options), POINTER(c_void_p), POINTER(_Error)]),
        ("close", c_int, [c_void_p, POINTER(_Error)]),
        ("begin", c_int, [c_void_p, c_char_p, POINTER(_Error)]),
        ("fd", c_int, [c_void_p]),
        ("next", c_bool, [c_void_p, c_char_p, c_size_t]),
        ("is_done", c_bool, [c_void_p]),
        ("end", c_int, [c_void_p, POINTER(_Result), POINTER(_Error)]),
        ("cancel", None, [c_void_p]),
        ("resume", None, [c_void_p]),
        ("verdict_name", c_char_p, [c_int]),
    ):
        function = getattr(library, f"np_station_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _bytes(text):
    return None if text is None else os.fsencode(text)


class Bay:
    """One bay. config is the path of a station.conf, text the same as text; one of the two."""

    def __init__(self, config=None, *, text=None, bay=None, operator=None):
        self._library = _load()
        self._station = c_void_p()
        options = _Options(ctypes.sizeof(_Options), _bytes(config), _bytes(text), _bytes(bay),
                           _bytes(operator))
        self._call("open", byref(options), byref(self._station))

    def _call(self, name, *arguments):
        err = _Error()
        if getattr(self._library, f"np_station_{name}")(*arguments, byref(err)) != 0:
            raise BayError(err)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """The station signs the record, and it is free for others."""
        station, self._station = self._station, c_void_p()
        if station:
            self._call("close", station)

    def begin(self, serial=None):
        """Begins a unit and returns at once; serial None: the pattern of the configuration."""
        self._call("begin", self._station, _bytes(serial))

    def fileno(self):
        """Readable when there are events: for select, asyncio and the like; -1 without a unit."""
        return self._library.np_station_fd(self._station)

    def events(self):
        """Those that there are now, as dictionaries."""
        text = ctypes.create_string_buffer(JSON_SIZE)
        while self._library.np_station_next(self._station, text, len(text)):
            yield json.loads(text.value)

    @property
    def is_done(self):
        return self._library.np_station_is_done(self._station)

    def end(self):
        """Waits for the unit's result and returns it."""
        raw = _Result(size=ctypes.sizeof(_Result))
        self._call("end", self._station, byref(raw))
        texts = {name: getattr(raw, name).decode("utf-8", "replace")
                 for name in ("action", "step", "serial", "uid", "message", "hint", "fingerprint")}
        return Result(verdict=self._library.np_station_verdict_name(raw.verdict).decode(),
                      status=raw.status, attempt=raw.attempt, duration_ms=raw.duration_ms,
                      code=raw.code_name.decode(),
                      certificate=bytes(raw.certificate[:raw.certificate_len]), **texts)

    def run(self, serial=None, listen=None):
        """A unit from its beginning to its result; listen is called with each event."""
        self.begin(serial)
        while not self.is_done:
            select.select([self], [], [])
            for event in self.events():
                if listen is not None:
                    listen(event)
        return self.end()

    def cancel(self):
        """A unit that has not begun does not; one in work is finished. From any thread."""
        self._library.np_station_cancel(self._station)

    def resume(self):
        """After station faults in a row: units begin again."""
        self._library.np_station_resume(self._station)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: nameplate_bay.py STATION.CONF SERIAL...")
    status = 0
    try:
        with Bay(sys.argv[1]) as bay:
            for serial in sys.argv[2:]:
                result = bay.run(serial, lambda event: print(json.dumps(event), file=sys.stderr))
                print(result.verdict, result.serial,
                      result.action if result.passed else result.code,
                      result.fingerprint if result.passed else result.message)
                status = result.status
                if status != 0:
                    break
    except BayError as error:
        sys.exit(f"nameplate_bay: {error}")
    sys.exit(status)


if __name__ == "__main__":
    main()
