"""The three services as they are installed, on loopback, over a stack of plain files (files.properties)."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

import zeep
import zeep.exceptions
import zeep.helpers
import zeep.transports

from scripts.localcluster.patterns import replace, write_at_once
from scripts.localcluster.ports import reserved_ports
from tests.harness.places import PROGRAMS
from tests.harness.waiting import PATIENCE, until

# Any place of a VM, and the command of a pattern that fails.
ATTACH = {"vmmHostname": "host1", "vmId": "vm1", "vmDevice": "xvdb"}
FAILS = "ls --no-such-option-of-ls"

_PATTERNS = Path(__file__).resolve().parent / "files.properties"
_FOLDERS = ("volumes", "snapshots", "targets", "discovered", "sessions", "vms")

Completed = subprocess.CompletedProcess[str]


def run(*command: str | Path) -> Completed:
    """Runs a program to its end."""
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


class Daemon:
    """One of our programs; its log goes to a file."""

    def __init__(self, program: str, arguments: Sequence[str | Path], log: Path):
        self.program, self.arguments, self.log = program, list(arguments), log
        self._process: Optional[subprocess.Popen[bytes]] = None
        self.url = ""

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.program} was not started"
        return self._process

    def start(self) -> "Daemon":
        """Returns when it listens."""
        offset = len(self.text())
        with open(self.log, "ab") as out:
            self._process = subprocess.Popen(
                [PROGRAMS / self.program, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={"PATH": os.environ["PATH"], **_sanitizer_options()},
            )
        self.url = until(lambda: self._listening(offset), f"{self.program} to listen; its log is {self.text()}")
        return self

    def _listening(self, offset: int) -> str:
        found = re.search(r"listening on (http://\S+)", self.text()[offset:])
        if found is None and not self.is_running():
            raise AssertionError(f"{self.program} ended with {self.process.returncode}: {self.text()}")
        return found[1] if found else ""

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def text(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def healthz(self) -> int:
        """The status of the answer."""
        with urllib.request.urlopen(self.url + "/healthz", timeout=PATIENCE) as answer:
            status: int = answer.status
            return status


def _sanitizer_options() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


class Refusal:
    """A typed fault as a client sees it."""

    def __init__(self, fault: zeep.exceptions.Fault):
        detail = fault.detail[0] if fault.detail is not None and len(fault.detail) else ()
        fields = {child.tag.split("}")[1]: child for child in detail}
        texts = {name: child.text for name, child in fields.items()}
        self.code, self.description = texts.get("code"), texts.get("description") or ""
        self.resource = texts.get("resourceId")
        self.command: dict[str, str] = {
            child.tag.split("}")[1]: child.text or "" for child in fields.get("failedCommand", ())
        }

    def __repr__(self) -> str:
        return f"{self.code}: {self.description}"


class Stack:
    """A volume server, one VM host "host1" and a VBS Service; stop() leaves nothing behind."""

    def __init__(self, service_arguments: Sequence[str] = ()):
        self.directory = Path(tempfile.mkdtemp(prefix="vbs-service-test-"))
        for folder in _FOLDERS:
            (self.directory / folder).mkdir()
        self.commands = self.directory / "commands.properties"
        self.commands.write_text(self._good_commands(), encoding="utf-8")
        self._reservations = contextlib.ExitStack()
        self.ports = self._reservations.enter_context(reserved_ports(3))
        service, volume, vmm = (f"127.0.0.1:{port}" for port in self.ports)
        patterns = ("--commands", self.commands, "--log-level", "debug")
        self.volume_delegate = self._daemon(
            "volume-delegate", [*patterns, "--listen", volume, "--vbs-service", f"http://{service}"]
        )
        self.vmm_delegate = self._daemon("vmm-delegate", [*patterns, "--listen", vmm])
        self.service = self._daemon(
            "service",
            [
                *("--database", self.database, "--listen", service),
                *("--volume-delegate", f"http://{volume}/volume-delegate"),
                *("--vmm-delegate", f"host1=http://{vmm}/vmm-delegate"),
                *("--copy-poll", "1"),
                *service_arguments,
            ],
        )
        self.daemons = [self.volume_delegate, self.vmm_delegate, self.service]
        self.endpoint = ""
        self.vbs: Any = None

    def _daemon(self, name: str, arguments: Sequence[str | Path]) -> Daemon:
        return Daemon(f"vbs-{name}", arguments, self.directory / f"{name}.log")

    @property
    def database(self) -> Path:
        return self.directory / "vbs.sqlite"

    def _good_commands(self) -> str:
        return _PATTERNS.read_text(encoding="utf-8").replace("@DIRECTORY@", str(self.directory))

    def start(self) -> "Stack":
        try:
            for daemon in self.daemons:
                daemon.start()
        except BaseException:
            self.stop()
            raise
        self.endpoint = self.service.url + "/vbs"
        self.vbs = self.client()
        return self

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            if daemon.is_running():
                daemon.kill()
        self._reservations.close()
        reports = [daemon.text() for daemon in self.daemons if "Sanitizer" in daemon.text()]
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not reports, reports

    def client(self) -> Any:
        """A client of its own, with its own connection: zeep's."""
        transport = zeep.transports.Transport(timeout=PATIENCE, operation_timeout=PATIENCE)
        return zeep.Client(self.endpoint + "?wsdl", transport=transport).service

    def admin(self, *arguments: str, exit_codes: Sequence[int] = (0,)) -> Any:
        """What `vbs admin ARGUMENTS` answers."""
        done = self.run_admin(*arguments)
        assert done.returncode in exit_codes, done.stdout + done.stderr
        return json.loads(done.stdout)

    def run_admin(self, *arguments: str) -> Completed:
        return run(PROGRAMS / "vbs", "--endpoint", self.endpoint, "--output", "json", "admin", *arguments)

    def edit(self, changes: dict[str, str]) -> None:
        """The pattern file of the beginning with other values for keys, or with more of them."""
        text = self._good_commands()
        for key, value in changes.items():
            if re.search(rf"(?m)^{re.escape(key)}\s*=", text):
                text = replace(text, key, value)
            else:
                text += f"{key} = {value}\n"
        write_at_once(self.commands, text)

    @staticmethod
    def refused(call: Callable[[], Any]) -> Refusal:
        """The fault that `call()` is answered with."""
        try:
            answer = call()
        except zeep.exceptions.Fault as fault:
            return Refusal(fault)
        raise AssertionError(f"expected a fault, got {answer}")

    def files(self) -> list[str]:
        """What exists for real: every file and folder of the stack."""
        paths = [path for folder in _FOLDERS for path in (self.directory / folder).rglob("*")]
        return sorted(str(path.relative_to(self.directory)) for path in paths)

    def inventory(self) -> list[Any]:
        """What both delegates say exists."""
        delegates = ((self.volume_delegate, "/volume-delegate"), (self.vmm_delegate, "/vmm-delegate"))
        return [
            _plain(zeep.Client(daemon.url + path + "?wsdl").service.inventory(requestId="test"))
            for daemon, path in delegates
        ]

    def metadata(self) -> Any:
        """What the service says exists."""
        return _plain([self.vbs.describeVolumes(), self.vbs.describeSnapshots()])

    def state(self) -> dict[str, Any]:
        """Everything that an operation which failed must leave as it was."""
        return {"files": self.files(), "inventory": self.inventory(), "metadata": self.metadata()}

    def volumes(self) -> dict[str, Any]:
        answer = self.vbs.describeVolumes()
        return {volume.volumeId: volume for volume in (answer.volumes.volume if answer.volumes else [])}

    def volume(self, volume_id: str) -> Any:
        return self.vbs.describeVolumes(volumeId=[volume_id]).volumes.volume[0]


def _plain(answer: Any) -> Any:
    return zeep.helpers.serialize_object(answer, dict)


class StackCase(unittest.TestCase):
    """Each test has a stack of its own."""

    service_arguments: Sequence[str] = ()
    stack: Stack
    vbs: Any

    def setUp(self) -> None:
        self.stack = Stack(self.service_arguments)
        self.addCleanup(self.stack.stop)
        self.vbs = self.stack.start().vbs


class Gate:
    """A FIFO that a command reads (`cat <gate>`), so that a test decides when the command ends."""

    def __init__(self, path: Path):
        self.path = path
        self._writer = -1
        os.mkfifo(self.path)

    def wait_until_reached(self) -> None:
        """Returns once a command reads the gate."""
        until(self._is_reached, f"a command to reach {self.path}")

    def _is_reached(self) -> bool:
        try:
            self._writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            return True
        except OSError:
            return False

    def open(self) -> None:
        os.close(self._writer)
