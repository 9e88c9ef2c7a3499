# SPDX-License-Identifier: Apache-2.0
"""The few names of OpenHTF that openhtf_bay.py uses, for a machine without it.

Phases, plugs with tearDown, measurements with validators, attachments, an outcome: enough to run a
test and to read its record by the same attributes. No station server, no user input, no threads.
"""
import enum
import logging
import re
import types


class Outcome(enum.Enum):
    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"


class PhaseResult(enum.Enum):
    CONTINUE = "CONTINUE"
    STOP = "STOP"


class Measurement:
    """One value of a phase, and what it has to be."""

    def __init__(self, name):
        self.name = name
        self.validators = []
        self.measured_value = types.SimpleNamespace(value=None, is_value_set=False)

    def equals(self, value):
        self.validators.append(lambda measured: measured == value)
        return self

    def matches_regex(self, regex):
        self.validators.append(lambda measured: re.match(regex, str(measured)) is not None)
        return self

    def fresh(self):
        copy = Measurement(self.name)
        copy.validators = self.validators
        return copy

    def is_good(self):
        return self.measured_value.is_value_set and all(
            check(self.measured_value.value) for check in self.validators)


class _Measured:
    """test.measurements: values by attribute, of those that were declared."""

    def __init__(self, measurements):
        object.__setattr__(self, "_measurements", measurements)

    def __setattr__(self, name, value):
        slot = self._measurements[name].measured_value
        slot.value, slot.is_value_set = value, True


def measures(*measurements):
    def declare(phase):
        phase.measurements = measurements
        return phase
    return declare


class BasePlug:
    def tearDown(self):
        """Ends what the plug has begun."""


def _plug(**wanted):
    def declare(phase):
        phase.plugs = wanted
        return phase
    return declare


plugs = types.SimpleNamespace(BasePlug=BasePlug, plug=_plug)


class Test:
    def __init__(self, *phases, test_name="test"):
        self._phases = phases
        self._callbacks = []
        self._logger = logging.getLogger(test_name)

    def add_output_callbacks(self, *callbacks):
        self._callbacks += callbacks

    def _run_phase(self, phase, record, made):
        measurements = {m.name: m.fresh() for m in getattr(phase, "measurements", ())}
        attachments = {}
        record.phases.append(types.SimpleNamespace(
            name=phase.__name__, measurements=measurements, attachments=attachments))
        test = types.SimpleNamespace(
            test_record=record, measurements=_Measured(measurements), logger=self._logger,
            attach=lambda name, data, mimetype=None: attachments.update({name: data}))
        wanted = getattr(phase, "plugs", {})
        for kind in wanted.values():
            if kind not in made:
                made[kind] = kind()
        result = phase(test, **{name: made[kind] for name, kind in wanted.items()})
        if not all(m.is_good() for m in measurements.values()):
            record.outcome = Outcome.FAIL
        return result

    def execute(self, test_start):
        """True when all measurements are what they have to be."""
        record = types.SimpleNamespace(dut_id=test_start(), phases=[], outcome=Outcome.PASS)
        made = {}
        try:
            for phase in self._phases:
                if self._run_phase(phase, record, made) is PhaseResult.STOP:
                    break
        except Exception as error:  # pylint: disable=broad-except  as OpenHTF does
            self._logger.error("%s: %s", type(error).__name__, error)
            record.outcome = Outcome.ERROR
        finally:
            for plug in made.values():
                plug.tearDown()
        for callback in self._callbacks:
            callback(record)
        return record.outcome is Outcome.PASS
