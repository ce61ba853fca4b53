"""What clients were told, and so what may be true: for each volume and snapshot the set of states it can be in.

An operation that was acknowledged leaves one state, one that was refused changes nothing, and one whose answer was lost
leaves both the state before it and the one after it."""

from dataclasses import dataclass, field
from typing import NamedTuple, Optional


class Place(NamedTuple):
    """Where a volume is attached."""

    host: str
    vm: str
    device: str


GONE = "gone"
FREE = "available"
State = str | Place


@dataclass
class Belief:
    """What one client knows of a volume or a snapshot of its own."""

    id: str
    states: set[State] = field(default_factory=lambda: {FREE})
    content: Optional[bytes] = None  # the first bytes; None where nothing was written
    copying: bool = False  # being filled from a snapshot, as far as is known

    def is_certainly(self, state: State) -> bool:
        return self.states == {state}

    def may_exist(self) -> bool:
        return self.states != {GONE}

    def acknowledged(self, state: State) -> None:
        self.states = {state}

    def unanswered(self, state: State) -> None:
        self.states = self.states | {state}


@dataclass
class Beliefs:
    """What one client knows."""

    volumes: dict[str, Belief] = field(default_factory=dict)
    snapshots: dict[str, Belief] = field(default_factory=dict)

    def forget_the_gone(self) -> None:
        for beliefs in (self.volumes, self.snapshots):
            for belief in [each for each in beliefs.values() if not each.may_exist()]:
                del beliefs[belief.id]


def contradictions(what: str, beliefs: dict[str, Belief], found: dict[str, State]) -> list[str]:
    """Where what is there is none of what may be. What is there becomes what is known."""
    complaints = []
    for belief in beliefs.values():
        state = found.get(belief.id, GONE)
        if state not in belief.states:
            expected = " or ".join(str(each) for each in sorted(belief.states, key=str))
            complaints.append(f"{what} {belief.id} is {state}, but clients were told: {expected}")
        belief.states = {state}
    return complaints
