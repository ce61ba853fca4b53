"""The three services as they are installed, on loopback, over a stack of plain files (files.properties)."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import zeep
import zeep.exceptions
import zeep.helpers
import zeep.transports

BIN = pathlib.Path(os.environ["VBS_BIN"])
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

from localcluster.ports import reserved_ports

# How long anything may take before it counts as hung. A bound, never an expectation.
PATIENCE = float(os.environ.get("VBS_TEST_PATIENCE", "60"))


def until(condition, what):
    """Waits for `condition()` to be true and returns its value."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.02)


class Daemon:
    """One of our programs; its log goes to a file."""

    def __init__(self, program, arguments, log):
        self.program, self.arguments, self.log = program, arguments, pathlib.Path(log)
        self.process = None
        self.url = None

    def start(self):
        offset = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([BIN / self.program, *self.arguments], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, env={"PATH": os.environ["PATH"], **sanitizer_options()})
        self.url = until(lambda: self._listening(offset), f"{self.program} to listen; its log is {self.text()}")
        return self

    def _listening(self, offset):
        found = re.search(r"listening on (http://\S+)", self.text()[offset:])
        if not found and self.process.poll() is not None:
            raise AssertionError(f"{self.program} ended with {self.process.returncode}: {self.text()}")
        return found and found[1]

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


def sanitizer_options():
    return {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


class Refusal:
    """A typed fault as a client sees it."""

    def __init__(self, fault):
        self.faultcode = fault.code
        detail = fault.detail[0] if fault.detail is not None and len(fault.detail) else None
        fields = {} if detail is None else {child.tag.split("}")[1]: child for child in detail}
        text = lambda name: fields[name].text if name in fields else None
        self.code, self.description = text("code"), text("description")
        self.resource, self.request = text("resourceId"), text("requestId")
        self.command = {}
        if "failedCommand" in fields:
            self.command = {child.tag.split("}")[1]: child.text for child in fields["failedCommand"]}

    def __repr__(self):
        return f"{self.code}: {self.description}"


class Stack:
    """A volume server, one VM host "host1" and a VBS Service; stop() leaves nothing behind."""

    def __init__(self, service_arguments=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="vbs-service-test-"))
        for folder in ("volumes", "snapshots", "targets", "discovered", "sessions", "vms"):
            (self.directory / folder).mkdir()
        self.commands = self.directory / "commands.properties"
        self.commands.write_text(self.good_commands())
        self.reservations = contextlib.ExitStack()
        self.ports = self.reservations.enter_context(reserved_ports(3))
        service, volume, vmm = (f"127.0.0.1:{port}" for port in self.ports)
        self.volume_delegate = Daemon("vbs-volume-delegate", [
            "--commands", self.commands, "--listen", volume, "--vbs-service", f"http://{service}",
            "--log-level", "debug"], self.directory / "volume-delegate.log")
        self.vmm_delegate = Daemon("vbs-vmm-delegate", ["--commands", self.commands, "--listen", vmm, "--log-level", "debug"],
                                   self.directory / "vmm-delegate.log")
        self.service = Daemon("vbs-service", [
            "--database", self.directory / "vbs.sqlite", "--listen", service,
            "--volume-delegate", f"http://{volume}/volume-delegate",
            "--vmm-delegate", f"host1=http://{vmm}/vmm-delegate", "--copy-poll", "1", *service_arguments],
            self.directory / "service.log")
        self.daemons = [self.volume_delegate, self.vmm_delegate, self.service]

    def good_commands(self):
        return (HERE / "files.properties").read_text().replace("@DIRECTORY@", str(self.directory))

    def start(self):
        try:
            for daemon in self.daemons:
                daemon.start()
        except BaseException:
            self.stop()
            raise
        self.endpoint = self.service.url + "/vbs"
        self.vbs = self.client()
        return self

    def stop(self):
        for daemon in reversed(self.daemons):
            if daemon.process and daemon.process.poll() is None:
                daemon.kill()
        self.reservations.close()
        reports = [daemon.text() for daemon in self.daemons if "Sanitizer" in daemon.text()]
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not reports, reports

    def client(self):
        """A client of its own, with its own connection."""
        transport = zeep.transports.Transport(timeout=PATIENCE, operation_timeout=PATIENCE)
        return zeep.Client(self.endpoint + "?wsdl", transport=transport).service

    def edit(self, changes):
        """Replaces the values of keys in the pattern file, as an editor that writes a new file does."""
        text = self.good_commands()
        for key, value in changes.items():
            line = re.compile(rf"^{re.escape(key)}\s*=.*$", re.MULTILINE)
            replacement = f"{key} = {value}"
            text, count = line.subn(lambda _: replacement, text)
            if not count:
                text += replacement + "\n"
        fresh = self.commands.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.commands)

    def refused(self, call):
        """The fault that `call()` is answered with."""
        try:
            answer = call()
        except zeep.exceptions.Fault as fault:
            return Refusal(fault)
        raise AssertionError(f"expected a fault, got {answer}")

    def world(self):
        """What exists for real: every file and folder of the stack."""
        return sorted(str(path.relative_to(self.directory))
                      for folder in ("volumes", "snapshots", "targets", "discovered", "sessions", "vms")
                      for path in (self.directory / folder).rglob("*"))

    def inventory(self):
        """What both delegates say exists."""
        delegates = ((self.volume_delegate, "/volume-delegate"), (self.vmm_delegate, "/vmm-delegate"))
        return [self._plain(zeep.Client(daemon.url + path + "?wsdl").service.inventory(requestId="test"))
                for daemon, path in delegates]

    def metadata(self):
        """What the service says exists."""
        return self._plain([self.vbs.describeVolumes(), self.vbs.describeSnapshots()])

    @staticmethod
    def _plain(answer):
        return zeep.helpers.serialize_object(answer, dict)

    def state(self):
        """Everything that an operation which failed must leave as it was."""
        return {"world": self.world(), "inventory": self.inventory(), "metadata": self.metadata()}

    def volumes(self):
        answer = self.vbs.describeVolumes()
        return {volume.volumeId: volume for volume in (answer.volumes.volume if answer.volumes else [])}

    def volume(self, volume_id):
        return self.vbs.describeVolumes(volumeId=[volume_id]).volumes.volume[0]

    def healthz(self, daemon):
        with urllib.request.urlopen(daemon.url + "/healthz", timeout=PATIENCE) as answer:
            return answer.status


class Gate:
    """A FIFO that a command reads (`cat <gate>`), so that a test decides when the command ends."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        os.mkfifo(self.path)

    def wait_until_reached(self):
        """Returns once a command reads the gate."""
        self.writer = until(self._open, f"a command to reach {self.path}")

    def _open(self):
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    def open(self):
        os.close(self.writer)


def at_once(count, call):
    """Calls call(i) from `count` threads that start together; returns the results in order."""
    barrier = threading.Barrier(count)

    def run(i):
        barrier.wait()
        return call(i)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
