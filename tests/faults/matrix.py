"""Plays every operation of VBS with every fault at every point where something can fail, on real daemons with a real
tgtd and real QEMUs, and checks after each that VBS, once it is quiet, says what is really there, that nothing is leaked
or lost, and that what the client was told is true. docs/faults.md tells more."""

import argparse
import signal
import time
from pathlib import Path

from scripts.ending import end_on, end_with
from tests.faults import coverage
from tests.faults.cases import FAULTS, Case, Traces, cases_of, find_case
from tests.faults.scenarios import SCENARIOS
from tests.faults.stages import Ensemble, Result, Stage
from tests.harness.places import REPOSITORY

_CASES_A_REPORT = 250


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="CASE", help="run this case alone, as it is named in the report")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="run these scenarios alone")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="run these kinds of fault alone")
    parser.add_argument(
        "--share", metavar="N/M", type=parse_share, default=(1, 1), help="run every Mth case, beginning with the Nth"
    )
    parser.add_argument("--list", action="store_true", help="print the names of all cases and end")
    # Many cases wait for a call's time to be over.
    parser.add_argument("--stages", type=int, default=4, help="how many clusters at a time (default: 4)")
    parser.add_argument(
        "--logs",
        type=Path,
        default=REPOSITORY / "build" / "faults",
        help="where the logs of failed cases go (default: build/faults)",
    )
    options = parser.parse_args()
    end_on(signal.SIGTERM)
    if options.only:
        return run_alone(options.only, options.logs)
    with Ensemble(options.stages, options.logs) as ensemble:
        return run(ensemble, options)


def run(ensemble: Ensemble, options: argparse.Namespace) -> int:
    wanted = [name for name in SCENARIOS if not options.scenario or name in options.scenario]
    traces: Traces = {}
    failed: list[Result] = []
    for result in ensemble.perform(with_those_they_vary(wanted)):
        traces[result.name] = result.trace
        tell(result, failed)
    if failed:
        print(f"{len(failed)} scenarios fail without any fault; their logs are in {options.logs}")
        return 1
    if not options.scenario and (gaps := coverage.missing(traces)):
        print("\n".join(gaps))
        return 1
    kinds = options.fault or FAULTS
    every = [case for case in cases_of(traces) if case.scenario in wanted and case.fault in kinds]
    first, step = options.share
    cases = every[first - 1 :: step]
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    points = len({(case.scenario, case.reached) for case in every})
    print(f"{len(wanted)} scenarios, {points} points, {len(kinds)} kinds of fault: {len(every)} cases", flush=True)
    if step > 1:
        print(f"{len(cases)} of them run: every {step}th, beginning with number {first}", flush=True)
    return play(ensemble, cases, options.logs)


def with_those_they_vary(scenarios: list[str]) -> list[str]:
    varied = {name for scenario in scenarios for name in SCENARIOS[scenario].varies}
    return [name for name in SCENARIOS if name in scenarios or name in varied]


def play(ensemble: Ensemble, cases: list[Case], logs: Path) -> int:
    begin = time.monotonic()
    failed: list[Result] = []
    for count, result in enumerate(ensemble.perform(cases), 1):
        tell(result, failed)
        if count % _CASES_A_REPORT == 0:
            print(f"{count} cases ran in {time.monotonic() - begin:.0f} s, {len(failed)} failed", flush=True)
    print(f"{len(cases)} cases ran in {time.monotonic() - begin:.0f} s, {len(failed)} failed")
    if failed:
        print(f"logs: {logs}; to run one alone: python3 -m tests.faults.matrix --only {failed[0].name}")
    return 1 if failed else 0


def parse_share(text: str) -> tuple[int, int]:
    first, _, step = text.partition("/")
    if not (first.isdigit() and step.isdigit() and 1 <= int(first) <= int(step)):
        raise argparse.ArgumentTypeError("expected such as 1/8")
    return int(first), int(step)


def tell(result: Result, failed: list[Result]) -> None:
    if result.failure:
        failed.append(result)
        print(f"{result.name}: {result.failure}", flush=True)


def run_alone(name: str, logs: Path) -> int:
    """A case, or a scenario without a fault."""
    scenario = name.partition(":")[0]
    if scenario not in SCENARIOS:
        print(f"there is no case {name}: --list shows them")
        return 2
    stage = Stage(logs)
    try:
        result = stage.perform(scenario)
        if not result.failure and scenario != name:
            result = stage.perform(find_case(name, result.trace))
    except LookupError:
        print(f"{scenario} does not come to the point of {name}")
        return 2
    finally:
        stage.close()
    print(f"{result.name}: {result.failure or 'good'} ({result.seconds:.1f} s)")
    if result.failure:
        print(f"its logs are in {logs}")
    return 1 if result.failure else 0


if __name__ == "__main__":
    end_with(main)
