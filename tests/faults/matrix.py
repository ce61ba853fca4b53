#!/usr/bin/env python3
"""Plays every operation of VBS with every fault at every point where something can fail, on real daemons with a real
tgtd and real QEMUs, and checks after each that VBS, once it is quiet, says what is really there, that nothing is leaked
or lost, and that what the client was told is true. docs/faults.md tells more."""

import argparse
import contextlib
import functools
import multiprocessing
import re
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Optional

import coverage
import environment
import world
from fault_points import Point, until
from scenarios import ANYWAY, DONE, IF_REFUSED, IN_ERROR, SCENARIOS, UNDONE, Play, Scenario
from testbed import CALL_TIMEOUT, DAEMONS, PATIENCE, SERVICE, Request, Testbed

# Every call that changes something has one.
_OF_AN_OPERATION = b"operationId"

KINDS = ("fail", "hang", "kill-service", "kill-delegate", "kill-all", "stop-service", "cut", "late")


class Case(NamedTuple):
    scenario: str
    program: str
    seam: str
    point: str
    kind: str

    @property
    def name(self) -> str:
        return f"{self.scenario}:{self.program}:{self.point}:{self.kind}"


def parse_case(name: str, seams: dict[tuple[str, str], str]) -> Case:
    """`seams`: of the points of its scenario."""
    parts = name.split(":")
    if len(parts) != 4 or parts[3] not in KINDS or (parts[1], parts[2]) not in seams:
        raise SystemExit(f"there is no case {name}: --list shows them")
    return Case(parts[0], parts[1], seams[parts[1], parts[2]], parts[2], parts[3])


class Reached(NamedTuple):
    program: str
    point: Point


@dataclass
class Result:
    name: str
    seconds: float
    # Why it failed; nothing when it did not.
    fault: str = ""
    trace: list[Reached] = field(default_factory=list)


# --- one performance


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
            ]
            self._check(self.scenario.regular == IN_ERROR, self.scenario.regular)
        self.testbed.clean()
        return reached

    def run(self, case: Case) -> None:
        points = self.testbed.points[case.program]
        with self._prepared():
            points.arm(case.point)
            self.request = self.scenario.request(self.play)
            assert until(lambda: self._has_stopped(case.program), PATIENCE), "the point was not reached"
            getattr(self, "_" + case.kind.replace("-", "_"))(case)
            self._finish()
            self._let_all_pass()
            may_err = self.scenario.regular == IN_ERROR or (case.kind == "fail" and case.seam == "command")
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
        again = self.scenario.again
        if again == ANYWAY:
            self.testbed.await_quiet()
        if again == ANYWAY or (again == IF_REFUSED and self.request.exit_code != 0):
            # What it answers now says nothing of the first, which may still be carried out, or have been.
            self._let_all_pass()
            self.request = self.scenario.request(self.play)
            self._await_answer()
        self.testbed.await_quiet()

    def _let_all_pass(self) -> None:
        for proxy in self.testbed.proxies.values():
            proxy.forget()

    def _await_answer(self) -> None:
        assert until(self.request.has_ended, PATIENCE), f"{self.request.arguments} gets no answer"

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
        elif re.search("everything was rolled back|nothing was changed|the roll-back is still being retried", told):
            assert outcome == UNDONE, f"the client was told that it was rolled back, but it is {outcome}"

    # --- faults

    def _fail(self, case: Case) -> None:
        self.testbed.points[case.program].go_on(fail=True)

    def _hang(self, case: Case) -> None:
        if case.program == SERVICE:
            # Nobody gives the service a time but the client, who goes away.
            if self.request is not None:
                self.request.abandon()
        else:
            self._await_reaction(2 * CALL_TIMEOUT)
        self.testbed.points[case.program].go_on()

    def _kill_service(self, case: Case) -> None:
        mark = self.testbed.points[SERVICE].mark()
        self.testbed.kill(SERVICE)
        self.testbed.start(SERVICE)
        if case.program != SERVICE:
            # What the delegate does of the dead service's operation ends after the new one has looked at it.
            self._await_reaction(CALL_TIMEOUT / 2, mark)
            self.testbed.points[case.program].go_on()

    def _kill_delegate(self, case: Case) -> None:
        mark = self.testbed.points[SERVICE].mark()
        concerned = self.scenario.delegates if case.program == SERVICE else (case.program,)
        victims = [name for name in concerned if self.testbed.is_up(name)]
        self.testbed.kill(*victims)
        if case.program == SERVICE:
            self.testbed.points[SERVICE].go_on()
        self._await_reaction(CALL_TIMEOUT / 2, mark)
        self.testbed.start(*victims)

    def _kill_all(self, case: Case) -> None:
        victims = [name for name in DAEMONS if self.testbed.is_up(name)]
        self.testbed.kill(*victims)
        self.testbed.start(*reversed(victims))

    def _stop_service(self, case: Case) -> None:
        self.testbed.stop(SERVICE)
        if case.program != SERVICE:
            # It waits for a call a little longer than for anything else, but not for ever.
            self.testbed.await_end(SERVICE)
            self.testbed.points[case.program].go_on()
        else:
            self.testbed.points[case.program].go_on()
            self.testbed.await_end(SERVICE)
        self.testbed.start(SERVICE)

    def _late(self, case: Case) -> None:
        """The request reaches the delegate after the operation has ended, and another one after that."""
        proxies = self.testbed.proxies.values()
        for proxy in proxies:
            proxy.hold(_OF_AN_OPERATION)
        self.testbed.points[SERVICE].go_on()
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

    def _cut(self, case: Case) -> None:
        if case.program == SERVICE:
            for proxy in self.testbed.proxies.values():
                proxy.cut_next()
        else:
            self.testbed.proxies[case.program].cut()
        self.testbed.points[case.program].go_on()

    def _await_reaction(self, patience: float, since: Optional[int] = None) -> None:
        """Returns when the service has gone on with the operation, or has ended it, or it is in vain to wait."""
        points = self.testbed.points[SERVICE]
        mark = points.mark() if since is None else since

        def reacted() -> bool:
            return any(not re.match("copyWatcher/|answer/", point.name) for point in points.trace(mark))

        until(reacted, patience)


# --- all of them


class Stage:
    """A testbed that is made anew when a performance has failed on it."""

    def __init__(self, logs: Path):
        self._logs = logs
        self._stack = contextlib.ExitStack()
        self._testbed: Optional[Testbed] = None

    def perform(self, task) -> Result:
        """`task`: the name of a scenario, to trace it, or a case."""
        name = task if isinstance(task, str) else task.name
        begin = time.monotonic()
        trace: list[Reached] = []
        try:
            if self._testbed is None:
                self._testbed = self._stack.enter_context(Testbed(environment.PROGRAMS))
        except Exception as error:  # pylint: disable=broad-except
            return Result(name, time.monotonic() - begin, f"the cluster does not start: {error}")
        sizes = {log: log.stat().st_size for log in self._log_files()}
        performance = Performance(self._testbed, SCENARIOS[task if isinstance(task, str) else task.scenario])
        fault = ""
        try:
            if isinstance(task, str):
                trace = performance.trace()
            else:
                performance.run(task)
        except Exception as error:  # pylint: disable=broad-except
            fault = f"{error or type(error).__name__}"
            self._keep(name, sizes, f"{performance.request}\n{traceback.format_exc()}")
            self.close()
        return Result(name, time.monotonic() - begin, fault, trace)

    def close(self) -> None:
        self._testbed = None
        self._stack.close()

    def _log_files(self) -> list[Path]:
        return [file for file in (self._testbed.cluster.directory / "logs").iterdir() if file.suffix == ".log"]

    def _keep(self, name: str, sizes: dict[Path, int], text: str) -> None:
        """What it logged, and what it left."""
        directory = self._logs / name.replace("/", "_")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "what-happened.txt").write_text(text, encoding="utf-8")
        for file, size in sizes.items():
            with open(file, "rb") as log:
                log.seek(size)
                (directory / file.name).write_bytes(log.read())
        for file in self._testbed.cluster.directory.glob("vbs.db*"):
            shutil.copy(file, directory)


def _end_on_request() -> None:
    """SIGTERM ends it as Ctrl-C does: what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _work(logs: Path, tasks, results) -> None:
    _end_on_request()
    stage = Stage(logs)
    try:
        for task in iter(tasks.get, None):
            results.put(stage.perform(task))
    finally:
        stage.close()


class Ensemble:
    """Several stages, each in a process of its own."""

    def __init__(self, count: int, logs: Path):
        context = multiprocessing.get_context("spawn")
        self._tasks, self._results = context.Queue(), context.Queue()
        work = functools.partial(_work, logs, self._tasks, self._results)
        self._processes = [context.Process(target=work) for _ in range(count)]
        for process in self._processes:
            process.start()

    def __enter__(self) -> "Ensemble":
        return self

    def __exit__(self, kind, *_) -> None:
        for process in self._processes:
            if kind is None:
                self._tasks.put(None)
            else:
                process.terminate()
        for process in self._processes:
            process.join()

    def perform(self, tasks: list):
        for task in tasks:
            self._tasks.put(task)
        for _ in tasks:
            yield self._results.get()


def faults_of(program: str, point: Point) -> list[str]:
    kinds = list(KINDS)
    if point.seam == "written":  # it cannot fail any more
        kinds.remove("fail")
    if program == SERVICE:
        kinds.remove("kill-all")  # no delegate is at work
    else:
        kinds.remove("stop-service")  # it stops between two steps
    if program != SERVICE or not re.fullmatch("(?!copyWatcher/).*/(call|undo).before", point.name):
        kinds.remove("late")  # there is no call that could come too late
    return kinds


def cases_of(traces: dict[str, list[Reached]]) -> list[Case]:
    cases = []
    for name, scenario in SCENARIOS.items():
        if name not in traces:
            continue
        elsewhere = {reached for other in scenario.varies for reached in traces.get(other, [])}
        for reached in dict.fromkeys(traces[name]):
            if reached in elsewhere:
                continue
            cases += [
                Case(name, reached.program, reached.point.seam, reached.point.name, kind)
                for kind in faults_of(reached.program, reached.point)
            ]
    return cases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="CASE", help="run this case alone, as it is named in the report")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="run these scenarios alone")
    parser.add_argument("--list", action="store_true", help="print the names of all cases and end")
    parser.add_argument("--stages", type=int, default=2, help="how many clusters at a time (default: 2)")
    parser.add_argument(
        "--logs",
        type=Path,
        default=environment.REPOSITORY / "build" / "faults",
        help="where the logs of failed cases go (default: build/faults)",
    )
    options = parser.parse_args()
    _end_on_request()
    begin = time.monotonic()
    if options.only:
        return run_alone(options.only, options.logs)
    names = [name for name in SCENARIOS if not options.scenario or name in options.scenario]
    needed = [name for name in SCENARIOS if name in names or any(name in SCENARIOS[one].varies for one in names)]
    failed: list[Result] = []
    traces: dict[str, list[Reached]] = {}
    with Ensemble(options.stages, options.logs) as ensemble:
        for result in ensemble.perform(needed):
            traces[result.name] = result.trace
            if result.fault:
                failed.append(result)
                print(f"{result.name}: {result.fault}", flush=True)
        if failed:
            print(f"{len(failed)} scenarios fail without any fault; their logs are in {options.logs}")
            return 1
        if not options.scenario:
            reached = {(place.program, place.point.name) for trace in traces.values() for place in trace}
            if gaps := coverage.missing(reached):
                print("\n".join(gaps))
                return 1
        cases = [case for case in cases_of(traces) if case.scenario in names]
        if options.list:
            print("\n".join(case.name for case in cases))
            return 0
        points = len({(case.scenario, case.program, case.point) for case in cases})
        print(f"{len(names)} scenarios, {points} points, {len(KINDS)} kinds of fault: {len(cases)} cases", flush=True)
        seconds = []
        for result in ensemble.perform(cases):
            seconds.append((result.seconds, result.name))
            if result.fault:
                failed.append(result)
                print(f"{result.name}: {result.fault}", flush=True)
    seconds.sort()
    print(f"slowest: {', '.join(f'{name} {time_of:.1f} s' for time_of, name in seconds[-5:])}")
    print(f"{len(cases)} cases ran in {time.monotonic() - begin:.0f} s, {len(failed)} failed")
    if failed:
        print(f"logs: {options.logs}; to run one alone: python3 tests/faults/matrix.py --only {failed[0].name}")
    return 1 if failed else 0


def run_alone(name: str, logs: Path) -> int:
    stage = Stage(logs)
    try:
        scenario = name.split(":")[0]
        if scenario not in SCENARIOS:
            raise SystemExit(f"there is no case {name}: --list shows them")
        result = stage.perform(scenario)
        if not result.fault and ":" in name:
            seams = {(reached.program, reached.point.name): reached.point.seam for reached in result.trace}
            result = stage.perform(parse_case(name, seams))
    finally:
        stage.close()
    print(f"{result.name}: {result.fault or 'good'} ({result.seconds:.1f} s)")
    if result.fault:
        print(f"its logs are in {logs}")
    return 1 if result.fault else 0


if __name__ == "__main__":
    sys.exit(main())
