"""A client of the soak: asks for random things about volumes of its own, and remembers what it was told."""

import random
import threading
import time
import uuid
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Callable, Optional

from scripts.localcluster.client import Client, ClientError
from tests.faults.soak_killer import LostHosts
from tests.faults.soak_model import FREE, GONE, Belief, Beliefs, Place, State

CONTENT_BYTES = 4096
_MAX_VOLUMES = 4
_MAX_SNAPSHOTS = 3
# Most likely the service is not there: it is to find work to do when it is back, not this machine busy.
_NO_ANSWER_PAUSE = 0.05


class Told(Enum):
    DONE = "done"
    REFUSED = "refused"
    NOTHING = "nothing"  # the answer was lost, or leaves open what becomes of it


# The exit code of vbs when it got no answer.
_NO_ANSWER = 3
_OPEN_ENDED = ("so it is asked again until it is", "ask again", "InternalError", "Timeout: no answer")
# Ends like a refusal, only later.
_ROLLED_BACK = (
    "everything was rolled back",
    "it was rolled back, but",
    "the roll-back is still being retried",
    "nothing was changed",
)


class SoakClient(threading.Thread):
    """`gate` is shut while the system is looked at; then no request is under way."""

    def __init__(
        self,
        number: int,
        seed: int,
        vbs: Client,
        volume_directory: Path,
        places: list[Place],
        lost_hosts: LostHosts,
        gate: "Gate",
    ):
        super().__init__(name=f"client-{number}", daemon=True)
        self.beliefs = Beliefs()
        self.counts = {told: 0 for told in Told}
        self.failure: Optional[BaseException] = None
        self._random = random.Random(f"{seed}/client-{number}")
        self._vbs = vbs
        self._volume_directory = volume_directory
        self._places = places
        self._lost_hosts = lost_hosts
        self._gate = gate
        self._unfinished: Optional[Callable[[], bool]] = None

    def run(self) -> None:
        try:
            while self._gate.enter():
                try:
                    self._act()
                finally:
                    self._gate.leave()
        except BaseException as error:  # told by the main thread  # pylint: disable=broad-exception-caught
            self.failure = error

    def settle(self) -> None:
        """Ends a creation whose answer was lost: called while the gate is shut and all parts are up."""
        while self._unfinished and not self._unfinished():
            pass

    def _act(self) -> None:
        if self._unfinished:
            self._unfinished()
            return
        self.beliefs.forget_the_gone()
        volumes = list(self.beliefs.volumes.values())
        snapshots = list(self.beliefs.snapshots.values())
        actions: list[tuple[int, Callable[[], None]]] = []
        if len(volumes) < _MAX_VOLUMES:
            actions.append((6, self._create_volume))
            for snapshot in snapshots:
                actions.append((3, partial(self._create_volume, snapshot)))
        for volume in volumes:
            actions.append((5, partial(self._attach, volume)))
            actions.append((4, partial(self._detach, volume)))
            actions.append((5, partial(self._detach_by_force, volume)))
            actions.append((2, partial(self._delete_volume, volume)))
            actions.append((2, partial(self._write, volume)))
            if len(snapshots) < _MAX_SNAPSHOTS:
                actions.append((1, partial(self._create_snapshot, volume)))
        for snapshot in snapshots:
            actions.append((1, partial(self._delete_snapshot, snapshot)))
        weights = [weight for weight, _ in actions]
        self._random.choices([action for _, action in actions], weights)[0]()

    # What is asked

    def _create_volume(self, snapshot: Optional[Belief] = None) -> None:
        arguments = ["create-volume", "1", self.name, *(["--snapshot", snapshot.id] if snapshot else [])]
        content = snapshot.content if snapshot else None

        def made(volume: str) -> None:
            self.beliefs.volumes[volume] = Belief(volume, content=content, copying=snapshot is not None)

        self._create(arguments, made)

    def _create_snapshot(self, volume: Belief) -> None:
        content = volume.content

        def made(snapshot: str) -> None:
            self.beliefs.snapshots[snapshot] = Belief(snapshot, content=content)

        self._create(["create-snapshot", volume.id, self.name], made)

    def _create(self, arguments: list[str], made: Callable[[str], None]) -> None:
        """With a token: when no answer comes the same is asked again, until one does."""
        token = str(uuid.UUID(int=self._random.getrandbits(128)))

        def ask() -> bool:
            told, answer = self._ask(*arguments, "--client-token", token)
            if told is Told.NOTHING:
                return False
            if told is Told.DONE:
                made(answer[0][1])
            self._unfinished = None
            return True

        self._unfinished = ask
        ask()

    def _delete_volume(self, volume: Belief) -> None:
        self._move(volume, GONE, "delete-volume", volume.id)

    def _delete_snapshot(self, snapshot: Belief) -> None:
        self._move(snapshot, GONE, "delete-snapshot", snapshot.id)

    def _attach(self, volume: Belief) -> None:
        place = self._random.choice(self._places)
        self._move(volume, place, "attach-volume", volume.id, *place)

    def _detach(self, volume: Belief) -> None:
        self._move(volume, FREE, "detach-volume", volume.id)

    def _detach_by_force(self, volume: Belief) -> None:
        """Only from a host that is off: one that lives may hang when its target is torn away."""
        hosts = {state.host for state in volume.states if isinstance(state, Place)}
        if len(hosts) != 1:
            return
        with self._lost_hosts.counting_on(hosts.pop()) as is_lost:
            if is_lost:
                self._move(volume, FREE, "detach-volume", volume.id, "--force")

    def _write(self, volume: Belief) -> None:
        """As a VM would have, were there one that runs: straight into the file."""
        if not volume.is_certainly(FREE) or self._is_copying(volume):
            return
        content = self._random.randbytes(CONTENT_BYTES)
        with open(self._volume_directory / f"{volume.id}.img", "r+b") as file:
            file.write(content)
        volume.content = content

    def _is_copying(self, volume: Belief) -> bool:
        if volume.copying:
            told, answer = self._ask("describe-volumes", volume.id)
            volume.copying = told is not Told.DONE or answer[0][4] == "pending"
        return volume.copying

    def _move(self, belief: Belief, state: State, *command: str) -> None:
        told, _ = self._ask(*command)
        if told is Told.DONE:
            belief.acknowledged(state)
        elif told is Told.NOTHING:
            belief.unanswered(state)

    def _ask(self, *command: str) -> tuple[Told, list[list[str]]]:
        try:
            answer = self._vbs.run(*command)
        except ClientError as error:
            told = told_by(error)
            self.counts[told] += 1
            if told is Told.NOTHING:
                time.sleep(_NO_ANSWER_PAUSE)
            return told, []
        self.counts[Told.DONE] += 1
        return Told.DONE, answer


def told_by(error: ClientError) -> Told:
    if error.exit_code == _NO_ANSWER:
        return Told.NOTHING
    if any(text in error.stderr for text in _ROLLED_BACK):
        return Told.REFUSED
    if any(text in error.stderr for text in _OPEN_ENDED):
        return Told.NOTHING
    return Told.REFUSED


class Gate:
    """Lets clients act while it is open, and tells when none of them acts. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = True
        self._ended = False
        self._inside = 0

    def enter(self) -> bool:
        """Waits until the gate is open; False when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._open or self._ended)
            if not self._ended:
                self._inside += 1
            return not self._ended

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def shut(self, timeout: float) -> bool:
        """False when somebody is still inside after `timeout` seconds."""
        with self._changed:
            self._open = False
            return self._changed.wait_for(lambda: self._inside == 0, timeout)

    def reopen(self) -> None:
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
