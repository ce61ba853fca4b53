"""A scenario with a fault at one of its points."""

import contextlib
import re
from typing import Callable, Iterator

from tests.faults.cases import Case, Reached
from tests.faults.performance import Performance, Stopped
from tests.faults.scenario import HOST, IN_ERROR, VM
from tests.faults.scenarios import SCENARIOS
from tests.faults.testbed import DAEMONS, SERVICE, VMM_DELEGATES, VOLUME_DELEGATE, Testbed
from tests.harness import local_world

# Every call that changes something has one.
_OF_AN_OPERATION = b"operationId"

# What is seen to differ goes only when a second survey sees it, too.
_SURVEYS_UNTIL_REMOVED = 2
_TAKES_FROM_A_VM = ("command/vm.detach", "command/host.disconnect")
_TAKES_ITS_TARGET = ("command/target.delete", "command/fence")


class FaultyPerformance(Performance):
    """The scenario of a case, with its fault. docs/faults.md tells what each fault is."""

    def __init__(self, testbed: Testbed, case: Case):
        super().__init__(testbed, SCENARIOS[case.scenario], case.name)
        self._case = case
        # What happens when the program, which is given, has stopped at the case's point.
        self._faults: dict[str, Callable[[str], None]] = {
            "fail": self._fail,
            "hang": self._hang,
            "cut": self._cut,
            "kill-service": self._kill_service,
            "kill-delegate": self._kill_delegate,
            "kill-all": self._kill_all,
            "stop-service": self._stop_service,
            "late": self._late,
            "listing-empty": lambda program: self._lie(program, "empty"),
            "listing-cut": lambda program: self._lie(program, "cut"),
            "listing-foreign": lambda program: self._lie(program, "foreign"),
            "host-named-twice": self._host_named_twice,
        }

    def perform(self) -> list[Reached]:
        """Returns nothing."""
        program, point = self._case.reached
        points = self.testbed.points[program]
        with self._prepared():
            points.arm(point.name)
            self._is_stopped = points.has_stopped
            try:
                self._begin()
                self._finish()
                self._await(lambda: False, lambda: f"{program} does not come to {point.name}")
            except Stopped:
                self._is_stopped = lambda: False
            self._faults[self._case.fault](program)
            self._finish()
            self._let_all_pass()
            may_err = self.scenario.regular == IN_ERROR or (self._case.fault == "fail" and point.seam == "command")
            self._check(may_err, None if self.request else self.scenario.regular)
        self.testbed.clean()
        return []

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
            call = self._asked.call
            self._asked.abandon()
            points.go_on()
            self._await(
                lambda: any(point.name == f"answer/{call}" for point in points.trace(self._asked_mark)),
                lambda: f"{call} is not carried out",
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
        volume = testbed.ask().volumes.get(self.play.volume)
        if volume is None:
            return
        if volume.status == "available":
            testbed.do("attach-volume", self.play.volume, "host2", "vm2", "sdc")
            testbed.do("detach-volume", self.play.volume)
        elif volume.status == "in-use":
            testbed.do("delete-snapshot", testbed.new_snapshot(self.play.volume))

    def _lie(self, program: str, lie: str) -> None:
        key = self._case_name.split(":")[2].removeprefix("command/").removesuffix(".before")
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
    def _taking_nothing(self) -> Iterator[None]:
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
            (volume.attachment.host, name)
            for name, volume in self.testbed.ask().volumes.items()
            if volume.status == "in-use" and volume.attachment
        }
        return attached & {(device.host, device.volume) for device in self.testbed.look().devices}

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
            return points.mark() > mark or not local_world.unfinished(self.testbed.cluster)

        return lambda: proxy.was_given_up() or proxy.idle() and has_looked()

    def _await_reaction(self, since: int) -> None:
        """Returns when the service has gone on with an operation, or has none."""

        def has_reacted() -> bool:
            trace = self.testbed.points[SERVICE].trace(since)
            gone_on = any(not re.match("copyWatcher/|answer/", point.name) for point in trace)
            return gone_on or not local_world.open_operations(self.testbed.cluster)

        self._await(has_reacted, lambda: "the service does nothing about it")
