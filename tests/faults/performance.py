"""A scenario on a testbed, with a fault or without, and what must hold after it."""

import contextlib
import re
from typing import Callable, Optional

import world
from cases import Case, Reached
from fault_points import until
from scenarios import DONE, HOST, IF_REFUSED, IN_ERROR, UNDONE, UNTIL_THE_SAME, VM, Play, Scenario
from testbed import DAEMONS, PATIENCE, SERVICE, VMM_DELEGATES, VOLUME_DELEGATE, Request, Testbed

# Every call that changes something has one.
_OF_AN_OPERATION = b"operationId"

_ASKED_BY_THE_TEST = ("answer/describeVolumes", "answer/describeSnapshots")

# What is seen to differ goes only when a second survey sees it, too.
_SURVEYS_UNTIL_REMOVED = 2
_TAKES_FROM_A_VM = ("command/vm.detach", "command/host.disconnect")
_WAY_OUT = "detach-volume --force"
_TAKES_ITS_TARGET = ("command/target.delete", "command/fence")

# One mends what a fault has left undone, and another what could not be seen before.
_MOST_RECONCILIATIONS = 4


class Stopped(Exception):
    """The program that a fault is meant for has come to its point."""


class Performance:
    """A scenario on a testbed, with a fault or without."""

    def __init__(self, testbed: Testbed, scenario: Scenario):
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
        # The name of the case, if it is one.
        self._case = ""
        self._marks: dict[str, int] = {}
        # Whether a reconciliation has been asked for, which may take away what is stray.
        self._is_surveyed = False

    def trace(self) -> list[Reached]:
        """What it reaches without a fault."""
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

    def run(self, case: Case) -> None:
        program, point = case.reached
        points = self.testbed.points[program]
        self._case = case.name
        with self._prepared():
            points.arm(point.name)
            self._is_stopped = points.has_stopped
            try:
                self._begin()
                self._finish()
                self._await(lambda: False, lambda: f"{program} does not come to {point.name}")
            except Stopped:
                self._is_stopped = lambda: False
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

    def _await(self, condition: Callable[[], bool], failure: Callable[[], str]) -> None:
        """Raises Stopped when a program stops first."""
        assert until(lambda: self._is_stopped() or condition(), PATIENCE), failure()
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
        if self.scenario.again == IF_REFUSED and self.request.exit_code != 0:
            self._begin_again()
        self._await_quiet()
        self._check_that_the_vm_keeps_it()
        if self.scenario.keeps_login is not None and re.fullmatch(self.scenario.keeps_login, self._case):
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
        return tried or not world.unfinished(self.testbed.cluster)

    def _heal(self) -> None:
        self._healed = True
        self.play.heal()

    def _lacks_a_reconciliation(self) -> bool:
        if self.scenario.drifts or self.scenario.again == UNTIL_THE_SAME:
            return bool(self.testbed.differences())
        # A volume says what it lacks.
        volumes = world.ask(self.testbed.cluster).volumes.values()
        return any(volume["status"] == "in-use" and "statusReason" in volume for volume in volumes)

    def _check_that_the_vm_keeps_it(self) -> None:
        if not self.scenario.is_in_vm or self._is_surveyed:
            return
        if self.scenario.trouble and self._case.endswith(":listing-empty"):
            return  # a listing that can be trusted is believed
        devices = world.look(self.testbed.cluster).devices[HOST]
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
        self._await(self._asked.has_ended, lambda: f"{self._asked.arguments} gets no answer")

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
        volume = world.ask(self.testbed.cluster).volumes[self.play.volume]
        return volume["status"] == "attaching" and _WAY_OUT in volume.get("statusReason", "")

    def _check(self, may_err: bool, expected: Optional[str]) -> None:
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
        if not any(device.device for device in world.look(self.testbed.cluster).devices[HOST]):
            self.testbed.kill(VM)
            self.testbed.start(VM)

    # --- faults

    def _fail(self, program: str) -> None:
        self.testbed.points[program].go_on(fail=True)

    def _hang(self, program: str) -> None:
        points = self.testbed.points[program]
        if program != SERVICE:
            self._await(self._goes_on_without(program), lambda: "the service waits for ever")
            points.go_on()
        elif self._asked is None or self._asked.has_ended():
            points.go_on()
        else:
            # Nobody gives the service a time but the client, who goes away.
            self._asked.abandon()
            points.go_on()
            answer = f"answer/{self._asked.call}"
            self._await(
                lambda: any(point.name == answer for point in points.trace(self._asked_mark)),
                lambda: f"{self._asked.call} is not carried out",
            )

    def _kill_service(self, program: str) -> None:
        mark = self.testbed.points[SERVICE].mark()
        self.testbed.kill(SERVICE)
        self.testbed.start(SERVICE)
        if program != SERVICE:
            # What the delegate does of the dead service's operation ends after the new one has looked at it.
            self._await_reaction(mark)
            self.testbed.points[program].go_on()

    def _kill_delegate(self, program: str) -> None:
        mark = self.testbed.points[SERVICE].mark()
        concerned = self.scenario.delegates if program == SERVICE else (program,)
        victims = [name for name in concerned if self.testbed.is_up(name)]
        self.testbed.kill(*victims)
        if program == SERVICE:
            self.testbed.points[SERVICE].go_on()
        self._await_reaction(mark)
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

        def is_sent() -> bool:
            if not self._healed and self._is_stuck():
                self._heal()
            return any(proxy.holds() for proxy in proxies)

        self._await(is_sent, lambda: "no request is sent")
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

    def _listing_empty(self, program: str) -> None:
        self._lie(program, "empty")

    def _listing_cut(self, program: str) -> None:
        self._lie(program, "cut")

    def _listing_foreign(self, program: str) -> None:
        self._lie(program, "foreign")

    def _lie(self, program: str, lie: str) -> None:
        key = self._case.split(":")[2].removeprefix("command/").removesuffix(".before")
        with self._taking_nothing(), self.testbed.lying(program, key, lie):
            self.testbed.points[program].go_on()
            self._survey_until_it_takes()

    def _host_named_twice(self, program: str) -> None:
        with self._taking_nothing():
            self.testbed.kill(program)
            with self.testbed.host_named_twice(HOST, "again"):
                self._survey_until_it_takes()

    def _survey_until_it_takes(self) -> None:
        if self.request is not None:
            self._await_answer()
        self._check_that_the_vm_keeps_it()
        self._is_surveyed = True
        for _ in range(_SURVEYS_UNTIL_REMOVED):
            self._asked = self.testbed.begin("admin", "reconcile")
            self._await_answer()

    @contextlib.contextmanager
    def _taking_nothing(self):
        """Of what is in a VM, meanwhile, but what a client has asked for."""
        asks_for_it = self.request is not None and self.request.call == "detachVolume"
        marks = {name: points.mark() for name, points in self.testbed.points.items()}
        held = self._held_volumes()
        yield
        if asks_for_it:
            return
        taken = held - self._held_volumes()
        assert not taken, f"taken from a VM: {taken}"
        for host in {host for host, _ in held}:
            self._check_not_run(VMM_DELEGATES[host], marks, _TAKES_FROM_A_VM)
        if held:
            self._check_not_run(VOLUME_DELEGATE, marks, _TAKES_ITS_TARGET)

    def _check_not_run(self, program: str, marks: dict[str, int], taking: tuple[str, ...]) -> None:
        reached = {point.name for point in self.testbed.points[program].trace(marks[program])}
        ran = sorted(name for name in reached if name.startswith(taking))
        assert not ran, f"{program} runs {ran}"

    def _held_volumes(self) -> set[tuple[str, str]]:
        """Hosts and the volumes that are attached there, and are."""
        if not self.testbed.is_up(VM):
            return set()
        attached = {
            (volume["attachment"]["vmmHostname"], name)
            for name, volume in world.ask(self.testbed.cluster).volumes.items()
            if volume["status"] == "in-use"
        }
        devices = world.look(self.testbed.cluster).devices
        return {(host, volume) for host, volume in attached if any(one.volume == volume for one in devices[host])}

    def _cut(self, program: str) -> None:
        if program == SERVICE:
            for proxy in self.testbed.proxies.values():
                proxy.cut_next()
        else:
            self.testbed.proxies[program].cut()
        self.testbed.points[program].go_on()

    def _goes_on_without(self, delegate: str) -> Callable[[], bool]:
        """The service has given up the call that hangs or, where none does, has looked at the volume meanwhile."""
        proxy, points = self.testbed.proxies[delegate], self.testbed.points[SERVICE]
        mark = points.mark()

        def has_looked() -> bool:
            return points.mark() > mark or not world.unfinished(self.testbed.cluster)

        return lambda: proxy.was_given_up() or proxy.idle() and has_looked()

    def _await_reaction(self, since: int) -> None:
        """Returns when the service has gone on with an operation, or has none."""

        def has_reacted() -> bool:
            trace = self.testbed.points[SERVICE].trace(since)
            gone_on = any(not re.match("copyWatcher/|answer/", point.name) for point in trace)
            return gone_on or not world.open_operations(self.testbed.cluster)

        self._await(has_reacted, lambda: "the service does nothing about it")
