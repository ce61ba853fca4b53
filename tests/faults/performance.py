"""A scenario on a testbed, with a fault or without, and what must hold after it."""

import contextlib
import re
from typing import Optional

import world
from cases import Case, Reached
from fault_points import until
from scenarios import DONE, HOST, IF_REFUSED, IN_ERROR, UNDONE, UNTIL_THE_SAME, VM, Play, Scenario
from testbed import CALL_TIMEOUT, DAEMONS, PATIENCE, SERVICE, Request, Testbed

# Less than for other things: what was reached once is reached soon, or not at all.
_PATIENCE_FOR_A_POINT = 20.0

# Every call that changes something has one.
_OF_AN_OPERATION = b"operationId"

_ASKED_BY_THE_TEST = ("answer/describeVolumes", "answer/describeSnapshots")

# One mends what a fault has left undone, and another what could not be seen before.
_MOST_RECONCILIATIONS = 4


class NotReached(AssertionError):
    """The point was not reached this time."""


class Performance:
    """A scenario on a testbed, with a fault or without."""

    def __init__(self, testbed: Testbed, scenario: Scenario):
        self.testbed = testbed
        self.scenario = scenario
        self.play = Play(testbed)
        self.request: Optional[Request] = None
        self._healed = not scenario.heals
        self._marks: dict[str, int] = {}

    def trace(self) -> list[Reached]:
        """What it reaches without a fault."""
        with self._prepared():
            self.request = self.scenario.request(self.play)
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

    def run(self, case: Case) -> None:
        program, point = case.reached
        with self._prepared():
            self.testbed.points[program].arm(point.name)
            self.request = self.scenario.request(self.play)
            if not until(lambda: self._has_stopped(program), _PATIENCE_FOR_A_POINT):
                raise NotReached(f"{program} did not come to {point.name}")
            getattr(self, "_" + case.fault.replace("-", "_"))(program)
            self._finish()
            self._let_all_pass()
            may_err = self.scenario.regular == IN_ERROR or (case.fault == "fail" and point.seam == "command")
            self._check(may_err, None if self.request else self.scenario.regular)
        self.testbed.clean()

    @contextlib.contextmanager
    def _prepared(self):
        with self.play.trouble:
            self.scenario.prepare(self.play)
            if self.scenario.trouble:
                self.scenario.trouble(self.play)
            self._marks = {name: points.mark() for name, points in self.testbed.points.items()}
            yield

    def _has_stopped(self, program: str) -> bool:
        if self.testbed.points[program].has_stopped():
            return True
        self._heal_in_time()
        return False

    def _heal_in_time(self) -> None:
        if not self._healed and self._is_stuck():
            self._healed = True
            self.play.heal()

    def _is_stuck(self) -> bool:
        """What VBS was asked for cannot be brought to its end yet."""
        if self.request is not None:
            return self.request.has_ended()
        trace = self.testbed.points[SERVICE].trace(self._marks[SERVICE])
        return any(point.name.endswith("/note-failure.after") for point in trace)

    def _finish(self) -> None:
        if self.request is not None:
            self._await_answer()
        elif not self._healed:
            assert until(self._is_stuck, PATIENCE), "nothing is in its way"
        self._heal_in_time()
        if self.scenario.again == IF_REFUSED and self.request.exit_code != 0:
            self._ask_again()
        self.testbed.await_quiet()
        if self.scenario.again == UNTIL_THE_SAME:
            tries = 0
            while self.testbed.differences() and tries < _MOST_RECONCILIATIONS:
                tries += 1
                self._ask_again()
                self.testbed.await_quiet()
        elif self._waits_for_reconciliation():
            self._let_all_pass()
            self.testbed.do("admin", "reconcile")

    def _waits_for_reconciliation(self) -> bool:
        """A volume says that it has not got all of its way back yet, and what will see to that."""
        volumes = world.ask(self.testbed.cluster).volumes.values()
        return any("the next reconciliation tries again" in volume.get("statusReason", "") for volume in volumes)

    def _ask_again(self) -> None:
        # What it answers now says nothing of the first, which may still be carried out, or have been.
        self._let_all_pass()
        self.request = self.scenario.request(self.play)
        self._await_answer()

    def _let_all_pass(self) -> None:
        for proxy in self.testbed.proxies.values():
            proxy.forget()

    def _await_answer(self) -> None:
        assert until(self.request.has_ended, PATIENCE), f"{self.request.arguments} gets no answer"

    def _check(self, may_err: bool, expected: Optional[str]) -> None:
        if self.scenario.keeps_login:
            self._end_vm_without_devices()
        metadata = world.ask(self.testbed.cluster)
        differences = world.differences(self.testbed.cluster, metadata, world.look(self.testbed.cluster))
        assert not differences, "; ".join(differences)
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
        devices = world.look(self.testbed.cluster).devices[HOST]
        assert not any(device.device for device in devices), devices
        self.testbed.kill(VM)
        self.testbed.start(VM)

    # --- faults

    def _fail(self, program: str) -> None:
        self.testbed.points[program].go_on(fail=True)

    def _hang(self, program: str) -> None:
        if program == SERVICE:
            # Nobody gives the service a time but the client, who goes away.
            if self.request is not None:
                self.request.abandon()
        else:
            self._await_reaction(2 * CALL_TIMEOUT)
        self.testbed.points[program].go_on()

    def _kill_service(self, program: str) -> None:
        mark = self.testbed.points[SERVICE].mark()
        self.testbed.kill(SERVICE)
        self.testbed.start(SERVICE)
        if program != SERVICE:
            # What the delegate does of the dead service's operation ends after the new one has looked at it.
            self._await_reaction(CALL_TIMEOUT / 2, mark)
            self.testbed.points[program].go_on()

    def _kill_delegate(self, program: str) -> None:
        mark = self.testbed.points[SERVICE].mark()
        concerned = self.scenario.delegates if program == SERVICE else (program,)
        victims = [name for name in concerned if self.testbed.is_up(name)]
        self.testbed.kill(*victims)
        if program == SERVICE:
            self.testbed.points[SERVICE].go_on()
        self._await_reaction(CALL_TIMEOUT / 2, mark)
        self.testbed.start(*victims)

    def _kill_all(self, program: str) -> None:
        del program
        victims = [name for name in DAEMONS if self.testbed.is_up(name)]
        self.testbed.kill(*victims)
        self.testbed.start(*reversed(victims))

    def _stop_service(self, program: str) -> None:
        self.testbed.stop(SERVICE)
        if program != SERVICE:
            # It waits for a call a little longer than for anything else, but not for ever.
            self.testbed.await_end(SERVICE)
            self.testbed.points[program].go_on()
        else:
            self.testbed.points[program].go_on()
            self.testbed.await_end(SERVICE)
        self.testbed.start(SERVICE)

    def _late(self, program: str) -> None:
        """The request reaches the delegate after the operation has ended, and another one after that."""
        proxies = self.testbed.proxies.values()
        for proxy in proxies:
            proxy.hold(_OF_AN_OPERATION)
        self.testbed.points[program].go_on()
        assert until(lambda: any(proxy.holds() for proxy in proxies), PATIENCE), "no request is sent"
        for proxy in proxies:
            proxy.hold_no_more()
        self._finish()
        self._go_on_with_the_volume()
        for proxy in proxies:
            proxy.release()

    def _go_on_with_the_volume(self) -> None:
        """To the other host and back, or a snapshot of it."""
        testbed = self.testbed
        volume = world.ask(testbed.cluster).volumes.get(self.play.volume)
        if volume is None:
            return
        if volume["status"] == "available":
            testbed.do("attach-volume", self.play.volume, "host2", "vm2", "sdc")
            testbed.do("detach-volume", self.play.volume)
        elif volume["status"] == "in-use":
            testbed.do("delete-snapshot", testbed.new_snapshot(self.play.volume))

    def _cut(self, program: str) -> None:
        if program == SERVICE:
            for proxy in self.testbed.proxies.values():
                proxy.cut_next()
        else:
            self.testbed.proxies[program].cut()
        self.testbed.points[program].go_on()

    def _await_reaction(self, patience: float, since: Optional[int] = None) -> None:
        """Returns when the service has gone on with the operation, or has ended it, or it is in vain to wait."""
        points = self.testbed.points[SERVICE]
        mark = points.mark() if since is None else since

        def reacted() -> bool:
            return any(not re.match("copyWatcher/|answer/", point.name) for point in points.trace(mark))

        until(reacted, patience)
