"""The processes of a local cluster: started, remembered in a file, and stopped again by whoever comes later."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence

_POLL_SECONDS = 0.01

StrPath = str | Path

# tgtd is in /usr/sbin, which is not on everybody's PATH.
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class ProcessError(Exception):
    """A process did not start, become ready or end as it should. The message has the end of its log."""


@dataclass
class Process:
    name: str
    argv: list[str]
    log: str
    pid: int = 0
    start_time: int = 0  # in clock ticks since boot, so that a pid given to another process is not taken for it
    log_offset: int = 0  # where the log of this start begins
    environment: dict[str, str] = field(default_factory=dict)  # beside what is inherited
    stop_signal: int = signal.SIGTERM

    def is_running(self) -> bool:
        return self.pid > 0 and _start_time(self.pid) == self.start_time

    def log_text(self) -> str:
        """What it logged since it was started."""
        with open(self.log, "rb") as log:
            log.seek(self.log_offset)
            return log.read().decode(errors="replace")

    def log_tail(self) -> str:
        lines = self.log_text().splitlines()[-20:]
        return "\n".join([f"--- the end of {self.log}:", *(f"  {line}" for line in lines)])

    def await_ready(self, is_ready: Callable[[], bool], timeout: float) -> None:
        """Returns once `is_ready` says so. Raises ProcessError when the process ends before, or after `timeout`."""
        deadline = time.monotonic() + timeout
        while not is_ready():
            if not self.is_running():
                raise ProcessError(f"{self.name} ended at once\n{self.log_tail()}")
            if time.monotonic() >= deadline:
                raise ProcessError(f"{self.name} is not ready after {timeout:.0f} seconds\n{self.log_tail()}")
            time.sleep(_POLL_SECONDS)


class ProcessTable:
    """The processes that were started, in that order, kept in a JSON file beside other facts of the cluster."""

    def __init__(self, file: Path):
        self._file = file
        self._processes: dict[str, Process] = {}
        self.facts: dict[str, str] = {}
        if file.exists():
            content = json.loads(file.read_text(encoding="utf-8"))
            self.facts = content["facts"]
            self._processes = {entry["name"]: Process(**entry) for entry in content["processes"]}

    def __iter__(self) -> Iterator[Process]:
        return iter(self._processes.values())

    def find(self, name: str) -> Optional[Process]:
        return self._processes.get(name)

    def running(self) -> list[Process]:
        return [process for process in self if process.is_running()]

    def start(self, process: Process) -> Process:
        program = shutil.which(process.argv[0], path=SEARCH_PATH)
        if program is None:
            raise ProcessError(f"there is no program {process.argv[0]}")
        with open(process.log, "ab") as log:
            process.log_offset = log.tell()
            process.pid = os.posix_spawn(
                program,
                process.argv,
                _clean_environment() | process.environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                    (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
                ],
                # Ctrl-C in the terminal is for the caller, which then stops things in order.
                setsid=True,
                setsigdef=[signal.SIGPIPE],  # which Python ignores
            )
        process.start_time = _start_time(process.pid, even_if_dead=True)
        self._processes[process.name] = process
        self.save()
        return process

    def stop(self, processes: Iterable[Process], patience: float) -> None:
        """Ends the processes and returns when they are gone; those that ignore the request are killed."""
        remaining = [process for process in processes if process.is_running()]
        for process in remaining:
            _signal(process, process.stop_signal)
        remaining = await_end(remaining, patience)
        for process in remaining:
            self.kill(process)

    def kill(self, process: Process) -> None:
        """Ends it as a power cut does, with what it started itself, and returns when all of it is gone."""
        if not process.is_running():
            return
        # Each was started as the leader of a process group.
        os.killpg(process.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while _group_exists(process.pid):
            if time.monotonic() >= deadline:
                raise ProcessError(f"not even SIGKILL ends {process.name} (pid {process.pid})")
            _reap(process)
            time.sleep(_POLL_SECONDS)

    def forget(self) -> None:
        self._processes.clear()
        self.save()

    def save(self) -> None:
        content = {"facts": self.facts, "processes": [asdict(process) for process in self]}
        draft = self._file.with_suffix(".part")
        draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        draft.replace(self._file)


def run_to_its_end(argv: Sequence[StrPath], **options: Any) -> int:
    """Runs a program and returns its exit code. An exception meanwhile, such as Ctrl-C, asks it to end, and waits for
    that. `options`: Popen's."""
    program = subprocess.Popen(argv, start_new_session=True, **options)
    try:
        return program.wait()
    except BaseException:
        with uninterrupted():
            program.terminate()
            program.wait()
        raise


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Another Ctrl-C has to wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_time(pid: int, even_if_dead: bool = False) -> int:
    """Field 22 of /proc/PID/stat; 0 when there is no such process, or only what is left of it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = stat[stat.rindex(")") + 2 :].split()
    if even_if_dead or fields[0] not in "ZX":
        return int(fields[19])
    # Its first thread has ended; while others have not, the files are open still.
    return int(fields[19]) if _has_threads(pid) else 0


def _has_threads(pid: int) -> bool:
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def _signal(process: Process, number: int) -> None:
    if process.is_running():
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            pass


def _group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
        return True
    except ProcessLookupError:
        return False


def await_end(processes: list[Process], patience: float) -> list[Process]:
    """Those that still run after `patience` seconds."""
    deadline = time.monotonic() + patience
    while processes and time.monotonic() < deadline:
        running = [process for process in processes if process.is_running()]
        for process in processes:
            if process not in running:
                _reap(process)
        processes = running
        if processes:
            time.sleep(_POLL_SECONDS)
    return processes


def _reap(process: Process) -> None:
    """Whoever started it has its zombie."""
    try:
        os.waitpid(process.pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _clean_environment() -> dict[str, str]:
    """Ours without settings for VBS programs, which a person may have exported for another cluster."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VBS_")}
    return ours | {"PATH": SEARCH_PATH}
