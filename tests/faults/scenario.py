"""What a scenario is: an operation of VBS as the matrix of faults plays it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Callable, Optional

from tests.faults.request import Request
from tests.faults.testbed import VOLUME_DELEGATE, Testbed
from tests.harness.world import Metadata

# What became of an operation. In error: a volume whose contents were refused, or whose deletion was.
DONE, UNDONE, IN_ERROR = "done", "undone", "in error"
# When it is asked for again.
IF_REFUSED, UNTIL_THE_SAME = "if refused", "until the same"

HOST = "host1"
VM = "vm1"
DEVICE = "sdb"
DATA = b"what was written must stay" * 8


@dataclass
class Play:
    """One performance of a scenario."""

    testbed: Testbed
    volume: str = ""
    snapshot: str = ""
    # Undone by heal(), or at the end.
    trouble: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def fails(self, host: str, *keys: str) -> None:
        self.trouble.enter_context(self.testbed.failing(host, *keys))

    def is_down(self, *names: str) -> None:
        self.testbed.kill(*names)
        self.trouble.callback(self.testbed.start, *reversed(names))

    def cannot_reach(self, name: str, call: str) -> None:
        """Requests with `call` in them do not reach the delegate."""
        proxy = self.testbed.proxies[name]
        proxy.refuse(call.encode())
        self.trouble.callback(proxy.refuse, None)

    def heal(self) -> None:
        self.trouble.close()


@dataclass(frozen=True)
class Scenario:
    name: str
    prepare: Callable[[Play], None]
    # What the client asks for; nothing where VBS acts by itself.
    request: Callable[[Play], Optional[Request]]
    outcome: Callable[[Play, Metadata], str]
    # Those that take part.
    delegates: tuple[str, ...] = (VOLUME_DELEGATE,)
    # Makes the operation fail; called after prepare.
    trouble: Optional[Callable[[Play], None]] = None
    # The trouble ends once the client has been answered, and not at the end of all.
    heals: bool = False
    # What it is about does not end by itself, so it is asked for again: once where it took no effect, or until what is
    # there is what the metadata say (IF_REFUSED, UNTIL_THE_SAME).
    again: Optional[str] = None
    # The cases after which the VM's QEMU keeps a login, without a device, to a target that was taken away from it; it
    # ends with the VM.
    keeps_login: Optional[str] = None
    # The VM has the volume as the request wants it, and keeps it until a reconciliation, whatever becomes of the
    # request.
    is_in_vm: bool = False
    # What was there differs from the metadata before: where VBS does not come to that, a reconciliation mends it, and
    # initiators log in again.
    drifts: bool = False
    # What it comes to without a fault.
    regular: str = DONE
    # The points that these have as well are left to them.
    varies: tuple[str, ...] = ()
    # The kinds of fault that are left to others at all points.
    leaves_out: tuple[str, ...] = ()
    # It comes to points whose names begin so by chance only, from what goes on beside it; others play them.
    by_chance: tuple[str, ...] = ()
