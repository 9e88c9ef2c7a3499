#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A plug for OpenHTF, and a test whose phase gives a unit its identity.

Whose trouble it is stays what it is: a bad unit, and one that the rules refuse, fail its measurement
(outcome FAIL); a station in trouble raises, and OpenHTF's outcome is ERROR, since the unit may be
good. Without OpenHTF the few names that are used here come from openhtf_shim.py beside this file.

    openhtf_bay.py STATION.CONF SERIAL     makes one unit, prints the outcome and the measurements
"""
import json
import os
import sys

from nameplate_bay import Bay

try:
    import openhtf as htf
    from openhtf import plugs
except ImportError:
    import openhtf_shim as htf
    from openhtf_shim import plugs

CONFIG = "NAMEPLATE_STATION_CONF"


class StationTrouble(Exception):
    """The station is bad; the unit may be good."""


class BayPlug(plugs.BasePlug):
    """The bay, open from the first phase that wants it until the test has ended."""

    def __init__(self):
        super().__init__()
        self.bay = Bay(os.environ[CONFIG])

    def tearDown(self):
        self.bay.close()

    def provision(self, serial, listen=None):
        """A unit's result, which is of the unit and not of the station."""
        result = self.bay.run(serial, listen)
        if result.verdict == "STATION":
            raise StationTrouble(f"{result.code}: {result.message}")
        return result


@plugs.plug(bay=BayPlug)
@htf.measures(
    htf.Measurement("verdict").equals("PASS"),
    htf.Measurement("action"),
    htf.Measurement("fingerprint").matches_regex("^[0-9a-f]{64}$"),
    htf.Measurement("duration_ms"),
)
def provision(test, bay):
    """Keys, certificate, locks, and a fresh signature after them."""
    result = bay.provision(test.test_record.dut_id, lambda event: test.logger.debug("%s", event))
    test.measurements.verdict = result.verdict
    test.measurements.action = result.action
    test.measurements.fingerprint = result.fingerprint
    test.measurements.duration_ms = result.duration_ms
    if result.passed:
        test.attach("certificate.der", result.certificate, "application/pkix-cert")
        return htf.PhaseResult.CONTINUE
    test.logger.error("%s: %s", result.code, result.message)
    return htf.PhaseResult.STOP


def show(record):
    """What a person and a script want of the record."""
    measured = {name: measurement.measured_value.value
                for phase in record.phases
                for name, measurement in (phase.measurements or {}).items()
                if measurement.measured_value.is_value_set}
    print(json.dumps({"outcome": record.outcome.name, "serial": record.dut_id,
                      "framework": htf.__name__, "measurements": measured}))


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: openhtf_bay.py STATION.CONF SERIAL")
    os.environ[CONFIG] = sys.argv[1]
    test = htf.Test(provision, test_name="nameplate")
    test.add_output_callbacks(show)
    sys.exit(0 if test.execute(test_start=lambda: sys.argv[2]) else 1)


if __name__ == "__main__":
    main()
