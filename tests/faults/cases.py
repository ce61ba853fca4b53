"""The faults, and the cases: a fault at a point that a scenario reaches."""

import re
from typing import NamedTuple

from tests.faults.fault_points import Point
from tests.faults.scenarios import SCENARIOS
from tests.faults.testbed import SERVICE

# Whose undo leaves things as they are.
_UNDONE_WITHOUT_A_CALL = ("detachVolume/exportVolume/undo.before", "attachVolume/inventory/undo.before")

# Once an operation has begun, or a reconciliation has looked.
_BEGIN = re.compile("[a-zA-Z]+/reserve.after|answer/reconcile")

# What a list command shows, at the points before one.
LISTING_FAULTS = ("listing-empty", "listing-cut", "listing-foreign")
# What comes of these depends on all that the scenario does, and not on the point alone.
_BY_SCENARIO = (*LISTING_FAULTS, "host-named-twice")
FAULTS = ("fail", "hang", "cut", "kill-service", "kill-delegate", "kill-all", "stop-service", "late", *_BY_SCENARIO)


class Reached(NamedTuple):
    program: str
    point: Point


class Case(NamedTuple):
    scenario: str
    reached: Reached
    fault: str

    @property
    def name(self) -> str:
        return f"{self.scenario}:{self.reached.program}:{self.reached.point.name}:{self.fault}"


# What each scenario reaches without a fault.
Traces = dict[str, list[Reached]]


def cases_of(traces: Traces) -> list[Case]:
    found = []
    for name, trace in traces.items():
        elsewhere = {reached for other in SCENARIOS[name].varies for reached in traces.get(other, [])}
        for reached in dict.fromkeys(trace):
            if reached.point.name.startswith(SCENARIOS[name].by_chance):
                continue
            is_left_to_others = reached in elsewhere
            found += [
                Case(name, reached, fault)
                for fault in _faults_at(reached)
                if fault not in SCENARIOS[name].leaves_out and (fault in _BY_SCENARIO or not is_left_to_others)
            ]
    return found


def find_case(name: str, trace: list[Reached]) -> Case:
    """`trace`: of its scenario. Raises LookupError."""
    for reached in trace:
        for fault in _faults_at(reached):
            case = Case(name.partition(":")[0], reached, fault)
            if case.name == name:
                return case
    raise LookupError(name)


def _faults_at(reached: Reached) -> list[str]:
    faults = list(FAULTS)
    if reached.point.seam == "written":
        faults.remove("fail")  # it cannot any more
    if reached.program == SERVICE:
        faults.remove("kill-all")  # no delegate is at work
    else:
        faults.remove("stop-service")  # it stops between two steps
    if not _begins_a_call(reached):
        faults.remove("late")  # there is no call that could come too late
    if not (reached.program == SERVICE and _BEGIN.fullmatch(reached.point.name)):
        faults.remove("host-named-twice")  # once for an operation
    if not re.fullmatch(r"command/list\..*\.before", reached.point.name):
        faults = [fault for fault in faults if fault not in LISTING_FAULTS]
    return faults


def _begins_a_call(reached: Reached) -> bool:
    name = reached.point.name
    is_step = reached.program == SERVICE and re.fullmatch("(?!copyWatcher/).*/(call|undo).before", name)
    return bool(is_step) and name not in _UNDONE_WITHOUT_A_CALL
