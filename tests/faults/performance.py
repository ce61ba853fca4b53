"""A scenario on a testbed, and what must hold after it."""

import contextlib
import re
from typing import Callable, Iterator, Optional

from tests.faults.cases import Reached
from tests.faults.request import Request
from tests.faults.scenario import DONE, HOST, IF_REFUSED, IN_ERROR, UNDONE, UNTIL_THE_SAME, VM, Play, Scenario
from tests.faults.testbed import SERVICE, Testbed
from tests.harness import local_world
from tests.harness.waiting import PATIENCE, comes_true
from tests.harness.world import ONLY_LOGGED_IN, differences

_ASKED_BY_THE_TEST = ("answer/describeVolumes", "answer/describeSnapshots")

_WAY_OUT = "detach-volume --force"

# One mends what a fault has left undone, and another what could not be seen before.
_MOST_RECONCILIATIONS = 4


class Stopped(Exception):
    """The program that a fault is meant for has come to its point."""


class Performance:
    """A scenario on a testbed, without a fault."""

    def __init__(self, testbed: Testbed, scenario: Scenario, case_name: str = ""):
        self.testbed = testbed
        self.scenario = scenario
        self.play = Play(testbed)
        # Whose answer is to be true.
        self.request: Optional[Request] = None
        # What a client waits for now, and where the service's trace was then.
        self._asked: Optional[Request] = None
        self._asked_mark = 0
        # Whether a program stands at its point.
        self._is_stopped: Callable[[], bool] = lambda: False
        self._healed = not scenario.heals
        # Empty where it is none.
        self._case_name = case_name
        self._marks: dict[str, int] = {}
        # Whether a reconciliation has been asked for, which may take away what is stray.
        self._is_surveyed = False

    def perform(self) -> list[Reached]:
        """Returns what the scenario reaches. Raises AssertionError when something is not as it must be."""
        with self._prepared():
            self._begin()
            self._finish()
            reached = [
                Reached(name, point)
                for name, points in self.testbed.points.items()
                for point in points.trace(self._marks[name])
                if point.name not in _ASKED_BY_THE_TEST
            ]
            self._check(self.scenario.regular == IN_ERROR, self.scenario.regular)
        self.testbed.clean()
        return reached

    @contextlib.contextmanager
    def _prepared(self) -> Iterator[None]:
        with self.play.trouble:
            self.scenario.prepare(self.play)
            if self.scenario.trouble:
                self.scenario.trouble(self.play)
            self._marks = {name: points.mark() for name, points in self.testbed.points.items()}
            yield

    def _await(self, condition: Callable[[], bool], failure: Callable[[], str]) -> None:
        """Raises Stopped when a program stops first."""
        assert comes_true(lambda: self._is_stopped() or condition(), PATIENCE), failure()
        if self._is_stopped():
            raise Stopped

    def _begin(self) -> None:
        self._asked_mark = self.testbed.points[SERVICE].mark()
        self.request = self._asked = self.scenario.request(self.play)

    def _finish(self) -> None:
        """Brings what was begun to its end, whatever it takes."""
        if self.request is not None:
            self._await_answer()
        if not self._healed:
            self._await(self._is_stuck, lambda: "nothing is in its way")
            self._heal()
        if self.scenario.again == IF_REFUSED and self.request is not None and self.request.exit_code != 0:
            self._begin_again()
        self._await_quiet()
        self._check_that_the_vm_keeps_it()
        if self.scenario.keeps_login is not None and re.fullmatch(self.scenario.keeps_login, self._case_name):
            self._end_vm_without_devices()
        for _ in range(_MOST_RECONCILIATIONS):
            if not self._lacks_a_reconciliation():
                break
            self._reconcile()
            self._await_quiet()
        if self.scenario.drifts:
            self._await(lambda: not self.testbed.differences(), lambda: "; ".join(self.testbed.differences()))

    def _is_stuck(self) -> bool:
        """VBS has tried in vain to bring it to its end, or has ended it without."""
        trace = self.testbed.points[SERVICE].trace(self._marks[SERVICE])
        tried = any(point.name.endswith("/note-failure.after") for point in trace)
        return tried or not local_world.unfinished(self.testbed.cluster)

    def _heal(self) -> None:
        self._healed = True
        self.play.heal()

    def _lacks_a_reconciliation(self) -> bool:
        if self.scenario.drifts or self.scenario.again == UNTIL_THE_SAME:
            return bool(self.testbed.differences())
        # A volume says what it lacks.
        volumes = self.testbed.ask().volumes.values()
        return any(volume.status == "in-use" and volume.reason for volume in volumes)

    def _check_that_the_vm_keeps_it(self) -> None:
        if not self.scenario.is_in_vm or self._is_surveyed:
            return
        if self.scenario.trouble and self._case_name.endswith(":listing-empty"):
            return  # a listing that can be trusted is believed
        devices = self.testbed.look().devices_at(HOST)
        assert any(one.volume == self.play.volume for one in devices), f"{HOST}'s VM has lost {self.play.volume}"

    def _reconcile(self) -> None:
        self._is_surveyed = True
        if self.scenario.again == UNTIL_THE_SAME:
            self._begin_again()
        else:
            self._let_all_pass()
            self._asked_mark = self.testbed.points[SERVICE].mark()
            self._asked = self.testbed.begin("admin", "reconcile")
            self._await_answer()

    def _begin_again(self) -> None:
        # What it answers now says nothing of the first, which may still be carried out, or have been.
        self._let_all_pass()
        self._begin()
        self._await_answer()

    def _let_all_pass(self) -> None:
        for proxy in self.testbed.proxies.values():
            proxy.forget()

    def _await_answer(self) -> None:
        assert self._asked is not None
        gets_no_answer = f"{self._asked.arguments} gets no answer"
        self._await(self._asked.has_ended, lambda: gets_no_answer)

    def _await_quiet(self) -> None:
        if self.scenario.is_in_vm:
            self._await(lambda: self.testbed.is_quiet() or self._waits_for_a_person(), self.testbed.unrest)
            if self._waits_for_a_person():
                self._check_that_the_vm_keeps_it()
                self._is_surveyed = True
                self.testbed.do("detach-volume", self.play.volume, "--force")
        self._await(self.testbed.is_quiet, self.testbed.unrest)

    def _waits_for_a_person(self) -> bool:
        """Whether the VM had the volume before could not be told."""
        volume = self.testbed.ask().volumes[self.play.volume]
        return volume.status == "attaching" and _WAY_OUT in volume.reason

    def _check(self, may_err: bool, expected: Optional[str]) -> None:
        metadata = self.testbed.ask()
        found = differences(metadata, self.testbed.look())
        assert not found, "; ".join(found)
        outcome = self.scenario.outcome(self.play, metadata)
        if outcome == IN_ERROR:
            assert may_err, "the volume is in error"
            return
        if expected is not None:
            assert outcome == expected, f"it is {outcome} instead of {expected}"
        if self.request is None:
            return
        told = self.request.stderr
        if self.request.exit_code == 0:
            assert outcome == DONE, f"the client was told that it is done, but it is {outcome}"
        elif re.search("was rolled back|nothing was changed|the roll-back is still being retried", told):
            assert outcome == UNDONE, f"the client was told that it was rolled back, but it is {outcome}"

    def _end_vm_without_devices(self) -> None:
        if not any(device.device != ONLY_LOGGED_IN for device in self.testbed.look().devices_at(HOST)):
            self.testbed.kill(VM)
            self.testbed.start(VM)
