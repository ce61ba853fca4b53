"""What an administrator gets wrong in a minute and mends the next costs a guest nothing: it writes all the while."""

import contextlib
import re
import sqlite3
import unittest
from pathlib import Path
from typing import ContextManager, NamedTuple

from cluster_case import ClusterCase, Writer, until

from localcluster.cluster import initiator_of
from localcluster.patterns import edited, replace, rewritten
from localcluster.ports import reserved_ports
from localcluster.processes import Process, ProcessTable

# Enough for whatever needs to be seen by two surveys in a row.
RECONCILIATIONS = 3
# QEMU logs in by itself; so that there are sessions to be mistaken about, its logins are taken for the host's.
SESSIONS = r"""
host.connect = true
host.disconnect = sh -c "echo <volumeId> >> <vmDirectory>/disconnected"
list.sessions = vbs-qmp list --directory <vmDirectory>
list.sessions.output = ^\S+\t\S+\t\S+\tiscsi://(?<portal>[^/\s]+)/(?<targetName>[^/\s]+)/(?<lun>\d+)$
"""
SERVICE = "vbs-service"
DELEGATE = "vbs-vmm-delegate-host1"
OTHER_DELEGATE = "vbs-vmm-delegate-host2"
LOGS = (SERVICE, "vbs-volume-delegate", DELEGATE, OTHER_DELEGATE)
PATTERNS_IN_FORCE = "read again, its patterns are in force"
NO_DEVICES = "list.devices of the VMM Delegate of host1 cannot be trusted"
NO_SESSIONS = "list.sessions of the VMM Delegate of host1 cannot be trusted"


class Misconfiguration(NamedTuple):
    name: str
    stands: ContextManager
    # Said in the logs or by `vbs admin reconcile` while it stands: it is in force.
    sign: str


class Misconfigurations(ClusterCase):
    def setUp(self):
        host1 = self.cluster.pattern_file("host1")
        host1.write_text(host1.read_text(encoding="utf-8") + SESSIONS, encoding="utf-8")
        self.empty = self.cluster.directory / "empty"
        self.empty.mkdir()
        self.volume = self.new_volume("4")
        self.other = self.new_volume()
        # Of a time when another VM had the volume.
        self.vbs.attach_volume(self.volume, "host2", "vm2", "sdd")
        self.old_backup = self.vbs.run("admin", "backup", "old.sqlite")[0][1]
        self.vbs.detach_volume(self.volume)
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        self.vbs.attach_volume(self.other, "host1", "vm1", "sdc")
        self.attached_volume("sdb", "host2", "vm2")
        self.devices = self.cluster.devices()
        self.writer = Writer(self, self.volume)
        until(lambda: self.writer.written() > 0, "the guest to write")

    def test_a_guest_writes_on_through_each_misconfiguration_and_its_mending(self):
        for number, each in enumerate(self.misconfigurations(), 1):
            with self.subTest(each.name, number=number):
                self.assert_unharmed_by(each)
        self.assertTrue(self.has_no_drift())
        self.assertEqual(self.cluster.devices(), self.devices)
        self.writer.end()

    def assert_unharmed_by(self, misconfiguration: Misconfiguration) -> None:
        offsets = {name: self.cluster.log(name).stat().st_size for name in LOGS}
        with misconfiguration.stands:
            reports = [self.vbs.reconcile() for _ in range(RECONCILIATIONS)]
            said = "".join(log_since(self.cluster.log(name), offset) for name, offset in offsets.items())
            self.assertRegex(f"{reports}\n{said}", misconfiguration.sign)
            self.assert_writing()
        until(self.has_no_drift, "the service to find all as it should be")
        self.assertEqual(self.status_of(self.volume), ("in-use", ""))
        self.assert_writing()

    def has_no_drift(self) -> bool:
        return [record[0] for record in self.vbs.reconcile()] == ["DRIFTS"]

    def assert_writing(self) -> None:
        self.assertEqual(self.cluster.devices(), self.devices)
        self.assertEqual(self.cluster.initiators(self.volume), [initiator_of("host1")])
        self.assertNotIn(self.volume, self.disconnected())
        before = self.writer.check_last_block()
        until(lambda: self.writer.check_last_block() > before, "the guest to go on")

    def disconnected(self) -> str:
        file = self.cluster.vm_directory("host1") / "disconnected"
        return file.read_text(encoding="ascii") if file.exists() else ""

    def misconfigurations(self) -> list[Misconfiguration]:
        return [*self.of_the_settings(), *self.of_the_host(), *self.of_the_volume_server()]

    def of_the_settings(self) -> list[Misconfiguration]:
        argv = self.cluster.arguments(SERVICE)
        host1, host2 = (value.partition("=")[2] for value in self.options("--vmm-delegate"))
        [volume_delegate] = self.options("--volume-delegate")
        second_name = ["--vmm-delegate", f"host1.example.org={host1}"]

        def settings(name: str, arguments: list[str], sign: str) -> Misconfiguration:
            return Misconfiguration(name, self.cluster.with_arguments(SERVICE, arguments), sign)

        def other(values: dict[str, str]) -> list[str]:
            return [values.get(argument, argument) for argument in argv]

        return [
            settings("the host has a second name, too", [*argv, *second_name], "is the same host as host1"),
            settings(
                "the host has a second name, in front of the first",
                [argv[0], *second_name, *argv[1:]],
                "is the same host as host1",
            ),
            settings(
                "the host has another name",
                other({f"host1={host1}": second_name[1]}),
                "VMM host host1 is not registered",
            ),
            settings(
                "the addresses of two hosts are exchanged",
                other({f"host1={host1}": f"host1={host2}", f"host2={host2}": f"host2={host1}"}),
                "host1 is the same host as host2(.|\n)*host2 is the same host as host1",
            ),
            settings(
                "two names lead to one host",
                other({f"host1={host1}": f"host1={host2}"}),
                "host1 is the same host as host2",
            ),
            settings(
                "the URL of the Volume Delegate leads to another delegate",
                other({volume_delegate: host1.replace("/vmm-delegate", "/volume-delegate")}),
                "the Volume Delegate cannot be trusted",
            ),
            settings(
                "the service has a new, empty database",
                other({str(self.cluster.database): str(self.cluster.directory / "new.sqlite")}),
                f"orphan-volume: .*{self.volume}",
            ),
            settings(
                "the service has a backup of a time when another VM had the volume",
                other({str(self.cluster.database): self.old_backup}),
                "two VMs would write to it",
            ),
            Misconfiguration(
                "a second delegate of the host has another name", self.second_delegate(), "shows the same device"
            ),
            Misconfiguration(
                "the delegate listens at another port", self.moved_delegate(), "is not the machine that it was"
            ),
            Misconfiguration(
                "another host's delegate has the identity of this one", self.one_identity(), "is the same host as host1"
            ),
            Misconfiguration(
                "a second service has a copy of the database",
                self.second_service(),
                "another VBS Service commands it too",
            ),
        ]

    def of_the_host(self) -> list[Misconfiguration]:
        file = self.cluster.pattern_file("host1")
        text = file.read_text(encoding="utf-8")
        no_such_volume = "^(?<volumeId>vol-x)$"
        logins = f"{self.cluster.programs}/vbs-qmp list --directory <vmDirectory>"
        without_programs = self.cluster.arguments(DELEGATE)
        without_programs[without_programs.index("--command-path") + 1] = str(self.empty)

        def edit(name: str, values: dict[str, str], sign: str) -> Misconfiguration:
            return Misconfiguration(name, edited(file, values), sign)

        def other(name: str, changed: str, sign: str) -> Misconfiguration:
            return Misconfiguration(name, rewritten(file, changed), sign)

        here = {"param.vmDirectory": str(self.cluster.vm_directory("host1"))}
        return [
            Misconfiguration(
                "another host's delegate looks at the VMs of this one",
                edited(self.cluster.pattern_file("host2"), here),
                "shows the same device",
            ),
            other(
                "the pattern file is cut in a line",
                text[: text.index("<vmDev>", text.index("vm.attach ="))],
                "the last line has no end",
            ),
            other(
                "the pattern file is cut at a line's end",
                text[: text.index("vm.attach =")],
                "has lost what volumes in use depend on",
            ),
            other("the pattern file is empty", "\n", "is empty"),
            other(
                "a pattern has typographic quotes",
                replace(text, "list.devices", "vbs-qmp list --directory \u201c<vmDirectory>\u201d"),
                "a typographic quotation mark",
            ),
            other(
                "vm.detach is removed",
                without(text, "vm.detach") + "removed = vm.detach\n",
                "vm.detach: is missing",
            ),
            other(
                "vm.attach and vm.detach are removed",
                without(text, "vm.") + "removed = vm.attach vm.detach\n",
                PATTERNS_IN_FORCE,
            ),
            edit("list.devices prints nothing", {"list.devices": "true"}, f"missing-device: volume {self.volume}"),
            edit("list.devices prints another format", {"list.devices": r"""printf '{"vm": "vm1"}\n'"""}, NO_DEVICES),
            edit("list.devices fails", {"list.devices": "false"}, NO_DEVICES),
            edit("list.devices.output matches nothing", {"list.devices.output": no_such_volume}, NO_DEVICES),
            other(
                "list.devices is misspelt",
                re.sub(r"(?m)^list\.devices =", "list.device =", text),
                "list.device: unknown key",
            ),
            edit("list.sessions.output matches nothing", {"list.sessions.output": no_such_volume}, NO_SESSIONS),
            edit(
                "list.sessions is cut in a line", {"list.sessions": f'sh -c "{logins} | head -c 100"'}, NO_SESSIONS
            ),
            edit(
                "list.sessions leaves out the volume",
                {"list.sessions": f'sh -c "{logins} | grep -v {self.volume}"'},
                f"missing-device: volume {self.volume}",
            ),
            edit(
                "list.sessions.output takes each session for a broken one",
                {"list.sessions.output": r"\tiscsi://[^/\s]+/(?<targetName>[^/\s]+)/(?<defect>\d+)$"},
                f"stuck-session: .* to volume {self.volume}",
            ),
            edit(
                "the VMs are looked for in another directory",
                {"param.vmDirectory": str(self.empty)},
                f"missing-device: volume {self.volume}",
            ),
            edit("host.device is another path", {"host.device": "/dev/disk/by-id/<targetName>"}, PATTERNS_IN_FORCE),
            edit(
                "host.device is another reference",
                {"host.device": "iscsi://<portal>/<targetName>/2"},
                PATTERNS_IN_FORCE,
            ),
            edit("the host's portal is another one", {"param.portal": "127.0.0.2:3260"}, PATTERNS_IN_FORCE),
            Misconfiguration(
                "vm.detach does nothing, and a user detaches another volume", self.idle_detach(), PATTERNS_IN_FORCE
            ),
            Misconfiguration(
                "the delegate does not find the programs of its patterns",
                self.cluster.with_arguments(DELEGATE, without_programs),
                NO_DEVICES,
            ),
        ]

    def of_the_volume_server(self) -> list[Misconfiguration]:
        file = self.cluster.pattern_file("volume-server")

        def edit(name: str, values: dict[str, str], sign: str) -> Misconfiguration:
            return Misconfiguration(name, edited(file, values), sign)

        return [
            edit("list.targets prints nothing", {"list.targets": "true"}, f"missing-target: volume {self.volume}"),
            edit(
                "list.targets asks another target daemon",
                {"param.tgtSocket": str(self.empty / "tgtd")},
                "list.targets of the Volume Delegate cannot be trusted",
            ),
            edit(
                "list.targets.output does not find what a target serves",
                {"list.targets.output": r"\ATarget (?<targetId>\d+): (?<targetName>\S+)$(?<volumeId>vol-x)?"},
                f"broken-target: volume {self.volume}",
            ),
            edit(
                "the volumes are looked for in another directory",
                {"param.volumeDirectory": str(self.empty)},
                f"missing-volume: .*{self.volume}",
            ),
            edit("list.volumes prints nothing", {"list.volumes": "true"}, f"missing-volume: .*{self.volume}"),
            edit(
                "list.volumes prints another format",
                {"list.volumes": "find <volumeDirectory>/ -name vol-*.img"},
                "list.volumes of the Volume Delegate cannot be trusted",
            ),
        ]

    def options(self, name: str) -> list[str]:
        """Their values on the service's command line."""
        argv = self.cluster.arguments(SERVICE)
        return [value for argument, value in zip(argv, argv[1:]) if argument == name]

    @contextlib.contextmanager
    def moved_delegate(self):
        argv = self.cluster.arguments(DELEGATE)
        old = argv[argv.index("--listen") + 1].partition(":")[2]
        with reserved_ports(1) as [new]:
            moved = [argument.replace(f":{old}", f":{new}") for argument in argv]
            settings = [argument.replace(f":{old}/", f":{new}/") for argument in self.cluster.arguments(SERVICE)]
            with self.cluster.with_arguments(DELEGATE, moved), self.cluster.with_arguments(SERVICE, settings):
                yield

    @contextlib.contextmanager
    def second_delegate(self):
        argv = self.cluster.arguments(DELEGATE)
        table = ProcessTable(self.cluster.directory / "second-delegate.json")
        with reserved_ports(1) as [port]:
            argv[argv.index("--listen") + 1] = f"127.0.0.1:{port}"
            log = str(self.cluster.log("second-delegate"))
            second = table.start(Process(name="second-delegate", argv=argv, log=log))
            try:
                second.await_ready(lambda: "listening on" in second.log_text(), 60)
                host = f"host1.example.org=http://127.0.0.1:{port}/vmm-delegate"
                arguments = [*self.cluster.arguments(SERVICE), "--vmm-delegate", host]
                with self.cluster.with_arguments(SERVICE, arguments):
                    yield
            finally:
                table.stop([second], 20)

    @contextlib.contextmanager
    def one_identity(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.cluster.database}?mode=ro", uri=True)) as database:
            query = "SELECT delegate_id FROM vmm_hosts WHERE name = 'host1'"
            [identity] = database.execute(query).fetchone()
        arguments = [*self.cluster.arguments(OTHER_DELEGATE), "--identity", identity]
        # The service met its hosts before: it meets them again when it is restarted.
        with self.cluster.with_arguments(OTHER_DELEGATE, arguments):
            self.cluster.restart(SERVICE)
            yield

    @contextlib.contextmanager
    def second_service(self):
        copy = self.vbs.run("admin", "backup", "copy.sqlite")[0][1]
        argv = self.cluster.arguments(SERVICE)
        listen = argv.index("--listen") + 1
        table = ProcessTable(self.cluster.directory / "second.json")
        with reserved_ports(1) as [port]:
            argv[listen] = f"127.0.0.1:{port}"
            argv[argv.index("--database") + 1] = copy
            log = str(self.cluster.log("second-vbs-service"))
            second = table.start(Process(name="second-vbs-service", argv=argv, log=log))
            try:
                second.await_ready(lambda: "listening on" in second.log_text(), 60)
                until(lambda: "commands it too" in second.log_text(), "the second service to notice the first")
                yield
            finally:
                table.stop([second], 20)
        # The delegates remember the other one for some minutes, of a service that was there at the time.
        self.cluster.restart(SERVICE)

    @contextlib.contextmanager
    def idle_detach(self):
        with edited(self.cluster.pattern_file("host1"), {"vm.detach": "true"}):
            refusal = self.assert_refused("CommandFailed", self.vbs.detach_volume, self.other)
            self.assertIn("stays connected", refusal.stderr)
            yield
        self.vbs.detach_volume(self.other)
        self.vbs.attach_volume(self.other, "host1", "vm1", "sdc")


def log_since(file: Path, offset: int) -> str:
    with open(file, "rb") as log:
        log.seek(offset)
        return log.read().decode(errors="replace")


def without(text: str, key: str) -> str:
    """The pattern file without all keys that begin so."""
    return re.sub(rf"(?m)^{re.escape(key)}.*\n", "", text)


if __name__ == "__main__":
    unittest.main()
