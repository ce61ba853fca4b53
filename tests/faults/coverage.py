"""The points that there are, whether a scenario reaches them or not: of every workflow and step that the service knows,
of every command of the pattern file, and of every call of the contracts."""

import re
import subprocess
from xml.etree import ElementTree

from scripts.localcluster.patterns import text_of
from tests.faults.cases import Traces
from tests.faults.testbed import SERVICE, VMM_DELEGATES, VOLUME_DELEGATE
from tests.harness.places import BUILD, REPOSITORY

_NO_SESSIONS = "the VM hosts of the clusters have no sessions that could be stuck"

# Reached by no scenario, and why that is right.
EXEMPT = {
    (SERVICE, "restoreAttachment/disconnectHost/journal"): _NO_SESSIONS,
    (SERVICE, "restoreAttachment/disconnectHost/call"): _NO_SESSIONS,
    (VOLUME_DELEGATE, "command/capacity"): "no operation asks for it",
    (VOLUME_DELEGATE, "answer/capacity"): "no operation asks for it",
}

_LISTER = BUILD / "tests" / "vbs_list_workflows"
_BOTH_SIDES = (".before", ".after")


def missing(traces: Traces) -> list[str]:
    """What is to be reached and was not, and what is exempt and was reached."""
    reached = {(place.program, place.point.name) for trace in traces.values() for place in trace}
    expected = {place for place in _expected() if _bare(place) not in EXEMPT}
    found = [f"{program}: {point} is reached by no scenario" for program, point in sorted(expected - reached)]
    stale = {_bare(place) for place in reached} & set(EXEMPT)
    return found + [f"{program}: {point} is exempt ({EXEMPT[program, point]}), but reached" for program, point in stale]


def _bare(place: tuple[str, str]) -> tuple[str, str]:
    return place[0], re.sub(r"\.(before|after)$", "", place[1])


def _expected() -> set[tuple[str, str]]:
    found = {(SERVICE, point + side) for point in _of_workflows() for side in _BOTH_SIDES}
    for program, host, contract in (
        (VOLUME_DELEGATE, "volume", "volume-delegate"),
        (VMM_DELEGATES["host1"], "vm", "vmm-delegate"),
    ):
        found |= {(program, f"command/{key}{side}") for key in _commands(host) for side in _BOTH_SIDES}
        found |= {(program, f"answer/{call}") for call in _calls(contract)}
    return found


def _of_workflows() -> set[str]:
    # A step may be listed twice, as operations of a kind insist on it more or less.
    ways_back: dict[str, dict[str, set[str]]] = {}
    for line in subprocess.run([_LISTER], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        kind, step, way_back = line.split()
        ways_back.setdefault(kind, {}).setdefault(step, set()).add(way_back)
    points = set()
    for kind, steps in ways_back.items():
        points |= {f"{kind}/{point}" for point in ("reserve", "commit", "note-failure")}
        if any(ways != {"until-done"} for ways in steps.values()):
            points |= {f"{kind}/{point}" for point in ("journal-roll-back", "abandon")}
        points |= {f"{kind}/{step}/call" for step in steps}
        points |= {f"{kind}/{step}/undo" for step, ways in steps.items() if "undo" in ways}
        points |= {f"{kind}/{step}/journal" for step in list(steps)[1:]}
    return points


def _commands(host: str) -> set[str]:
    """The keys of the commands in the pattern file that the clusters run with."""
    text = text_of(REPOSITORY / "conf" / "profiles" / "userspace.properties")
    actions = {
        "volume": r"(?:volume|snapshot|target)\.[a-z]+|fence|list\.(?:volumes|snapshots|targets)|capacity",
        "vm": r"vm\.[a-z]+|host\.(?:connect|disconnect)|list\.(?:sessions|devices)",
    }[host]
    return set(re.findall(rf"(?m)^({actions}(?:\.\d+)?)\s*[=:]", text))


def _calls(contract: str) -> set[str]:
    file = REPOSITORY / "wsdl" / f"{contract}.wsdl"
    name = "{http://schemas.xmlsoap.org/wsdl/}"
    ports = ElementTree.parse(file).getroot().findall(f"{name}portType")
    # The other port is one that the delegate calls.
    return {
        operation.attrib["name"]
        for port in ports
        if "Status" not in port.attrib["name"]
        for operation in port.findall(f"{name}operation")
    }
