"""The VBS Service, the Volume Delegate and the VMM Delegate as processes, called over SOAP on loopback."""

import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

from stack import BIN, HERE, PATIENCE, Daemon, Gate, Stack, at_once, until

ATTACH = dict(vmmHostname="host1", vmId="vm1", vmDevice="xvdb")
FAILS = "ls --no-such-option-of-ls"


class StackTest(unittest.TestCase):
    service_arguments = ()

    def setUp(self):
        self.stack = Stack(self.service_arguments).start()
        self.addCleanup(self.stack.stop)
        self.vbs = self.stack.vbs


class Story(StackTest):
    def test_a_volume_lives_from_create_to_delete(self):
        volume = self.vbs.createVolume(size=2, comment="data <&> äöü")
        self.assertEqual((volume.sizeGiB, volume.status, volume.comment), (2, "available", "data <&> äöü"))
        self.assertEqual((self.stack.directory / "volumes" / volume.volumeId).stat().st_size, 2 << 20)

        attachment = self.vbs.attachVolume(volumeId=volume.volumeId, **ATTACH)
        self.assertEqual((attachment.status, attachment.vmDevice), ("attached", "xvdb"))
        self.assertRegex(attachment.hostDevice, f"^iscsi://127.0.0.1:3260/iqn.2009-09.org.vbs:{volume.volumeId}/1$")
        self.assertEqual(self.stack.volume(volume.volumeId).status, "in-use")
        self.assertIn(f"vms/vm1/xvdb/{volume.volumeId}", self.stack.world())

        self.assertEqual(self.stack.refused(lambda: self.vbs.deleteVolume(volumeId=volume.volumeId)).code, "VolumeInUse")
        self.vbs.detachVolume(volumeId=volume.volumeId)
        self.assertEqual(self.stack.world(), ["vms/vm1", f"volumes/{volume.volumeId}"])
        self.vbs.deleteVolume(volumeId=volume.volumeId)
        self.assertEqual(self.stack.world(), ["vms/vm1"])
        self.assertEqual(self.stack.volumes(), {})

    def test_volumes_from_a_snapshot_have_its_bytes_and_then_their_own(self):
        base = self.vbs.createVolume(size=1).volumeId
        (self.stack.directory / "volumes" / base).write_bytes(b"base" * (1 << 18))
        snapshot = self.vbs.createSnapshot(volumeId=base, comment="base data")
        self.assertEqual((snapshot.status, snapshot.sizeGiB), ("completed", 1))
        (self.stack.directory / "volumes" / base).write_bytes(b"late" * (1 << 18))

        clone = self.vbs.createVolume(size=2, snapshotId=snapshot.snapshotId)
        self.assertEqual((clone.status, clone.snapshotId), ("pending", snapshot.snapshotId))
        until(lambda: self.stack.volume(clone.volumeId).status == "available", "the copy to end")
        content = (self.stack.directory / "volumes" / clone.volumeId).read_bytes()
        self.assertEqual((content[:1 << 20], len(content)), (b"base" * (1 << 18), 2 << 20))

    def test_every_log_line_of_an_attach_carries_the_same_ids_in_all_three(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        request = re.findall(r"attachVolume.*request=(\S+)|request=(\S+).*attachVolume", self.stack.service.text())
        ids = {a or b for a, b in request}
        self.assertEqual(len(ids), 1, self.stack.service.text())
        request_id = ids.pop()
        for daemon in (self.stack.volume_delegate, self.stack.vmm_delegate):
            self.assertIn(f"request={request_id}", daemon.text())


class Contract(StackTest):
    def test_each_service_answers_its_wsdl_with_the_address_the_client_used(self):
        for daemon, path in ((self.stack.service, "/vbs"), (self.stack.service, "/vbs/admin"),
                             (self.stack.volume_delegate, "/volume-delegate"),
                             (self.stack.vmm_delegate, "/vmm-delegate")):
            with urllib.request.urlopen(daemon.url + path + "?wsdl", timeout=PATIENCE) as answer:
                self.assertIn(f'location="{daemon.url}{path}"', answer.read().decode())

    def test_clients_generated_from_the_wsdl_run_all_operations(self):
        interop = HERE.parent / "interop"
        place = [self.stack.endpoint, "host1", "vm1", "xvdb"]
        for command in (["/usr/bin/python3", "-B", interop / "zeep_client.py", *place],
                        ["php", interop / "php_client.php", *place],
                        ["perl", interop / "soap_lite_client.pl", self.stack.endpoint]):
            with self.subTest(command=str(command[:3])):
                done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_axis_1_makes_a_client_of_the_contract_for_soap_1_1(self):
        jars = [pathlib.Path("/usr/share/java") / f"{name}.jar"
                for name in ("axis", "axis-jaxrpc", "axis-saaj", "jaxrpc", "saaj", "wsdl4j", "commons-discovery",
                             "commons-logging", "javax.activation", "javax.mail")]
        if not shutil.which("java") or not all(jar.exists() for jar in jars):
            self.skipTest("needs libaxis-java, libwsdl4j-java and a JRE")
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run(["java", "-cp", ":".join(map(str, jars)), "org.apache.axis.wsdl.WSDL2Java", "-o", directory,
                                   self.stack.endpoint + "?wsdl=soap11"], capture_output=True, text=True, timeout=PATIENCE)
            made = {path.name for path in pathlib.Path(directory).rglob("*.java")}
            self.assertLessEqual({"VbsPortType.java", "Volume.java", "VbsFault.java"}, made, done.stdout + done.stderr)

    def test_a_fault_tells_no_address_of_a_delegate(self):
        self.stack.volume_delegate.kill()
        fault = self.stack.refused(lambda: self.vbs.createVolume(size=1))
        self.assertEqual(fault.code, "DelegateUnreachable")
        self.assertIn(" at the Volume Delegate failed: Connection refused", fault.description)
        self.assertNotIn("http://", fault.description)
        self.assertNotIn("127.0.0.1", fault.description)
        self.assertIn(f"the Volume Delegate does not answer at {self.stack.volume_delegate.url}", self.stack.service.text())

    def test_control_characters_and_bad_utf8_never_get_in(self):
        for comment in (b"&#1;", b"\x01", b"\xff\xfe", b"\xed\xa0\x80", b"a&#0;b", b"&#x110000;"):
            envelope = (b'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
                        b' xmlns:v="urn:vbs:service:1"><e:Body><v:createVolume><v:size>1</v:size><v:comment>' + comment +
                        b"</v:comment></v:createVolume></e:Body></e:Envelope>")
            request = urllib.request.Request(self.stack.endpoint, envelope, {"Content-Type": "text/xml; charset=utf-8"})
            with self.assertRaises(urllib.error.HTTPError, msg=comment) as refusal:
                urllib.request.urlopen(request, timeout=PATIENCE)
            self.assertIn(b"InvalidParameter", refusal.exception.read(), comment)
        self.assertEqual(self.stack.volumes(), {})

    def test_the_same_client_token_answers_the_first_volume_again(self):
        first = self.vbs.createVolume(size=1, clientToken="t1")
        self.assertEqual(self.vbs.createVolume(size=1, clientToken="t1").volumeId, first.volumeId)
        self.assertEqual(self.stack.refused(lambda: self.vbs.createVolume(size=2, clientToken="t1")).code,
                         "IdempotencyMismatch")
        self.assertEqual(len(self.stack.volumes()), 1)

    def test_describe_pages(self):
        made = [self.vbs.createVolume(size=1).volumeId for _ in range(5)]
        seen, token = [], None
        while True:
            page = self.vbs.describeVolumes(maxResults=2, nextToken=token)
            seen += [volume.volumeId for volume in page.volumes.volume]
            token = page.nextToken
            if token is None:
                break
        self.assertEqual(seen, made)
        self.assertEqual(self.stack.refused(lambda: self.vbs.describeVolumes(volumeId=["vol-00000000"])).resource,
                         "vol-00000000")


class RollBack(StackTest):
    """Each command of each operation made to fail in turn: the client is told which, and nothing has changed."""

    def fails(self, key, call):
        before = self.stack.state()
        self.stack.edit({key: FAILS})
        refusal = self.stack.refused(call)
        self.stack.edit({})
        self.assertEqual(refusal.code, "CommandFailed", refusal)
        self.assertEqual(refusal.command.get("action"), key)
        self.assertEqual(refusal.command.get("exitCode"), "2")
        self.assertIn("unrecognized option", refusal.command.get("stderrTail"))
        self.assertIn(key, refusal.description)
        self.assertIn("unrecognized option", refusal.description)
        self.assertEqual(self.stack.state(), before)

    def test_attach(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)  # leaves the VM's folder, which belongs to no volume
        self.vbs.detachVolume(volumeId=volume)
        for key in ("target.create.1", "target.create.2", "host.connect.1", "host.connect.2", "vm.attach"):
            with self.subTest(key=key):
                self.fails(key, lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.vbs.attachVolume(volumeId=volume, **ATTACH)

    def test_detach(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        for key in ("vm.detach", "host.disconnect.1", "host.disconnect.2", "target.delete"):
            with self.subTest(key=key):
                self.fails(key, lambda: self.vbs.detachVolume(volumeId=volume))
        self.vbs.detachVolume(volumeId=volume)

    def test_create_and_delete_of_volumes_and_snapshots(self):
        volume = self.vbs.createVolume(size=1).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=volume).snapshotId
        other = self.vbs.createVolume(size=1).volumeId
        self.fails("volume.create", lambda: self.vbs.createVolume(size=1))
        self.fails("volume.create", lambda: self.vbs.createVolume(snapshotId=snapshot))
        self.fails("snapshot.create", lambda: self.vbs.createSnapshot(volumeId=volume))
        self.fails("snapshot.delete", lambda: self.vbs.deleteSnapshot(snapshotId=snapshot))
        self.fails("volume.delete", lambda: self.vbs.deleteVolume(volumeId=other))

    def test_a_copy_that_fails_leaves_a_volume_in_error_that_can_only_be_deleted(self):
        volume = self.vbs.createVolume(size=1).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=volume).snapshotId
        self.stack.edit({"volume.copy": FAILS})
        clone = self.vbs.createVolume(snapshotId=snapshot).volumeId
        until(lambda: self.stack.volume(clone).status == "error", "the failed copy to be told")
        self.assertIn("unrecognized option", self.stack.volume(clone).statusReason)
        self.assertEqual(self.stack.refused(lambda: self.vbs.attachVolume(volumeId=clone, **ATTACH)).code, "IncorrectState")
        self.vbs.deleteVolume(volumeId=clone)
        self.assertEqual(set(self.stack.volumes()), {volume})
        self.assertNotIn(f"volumes/{clone}", self.stack.world())

    def test_a_delegate_that_is_away_is_named_and_nothing_is_left(self):
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.vmm_delegate.kill()
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.assertEqual(refusal.code, "DelegateUnreachable")
        self.assertIn("the VMM Delegate of host1", refusal.description)
        self.assertNotIn(self.stack.vmm_delegate.url, refusal.description)
        # The host's side is owed an undo, as the call may have arrived; once the delegate is back all is as before.
        self.stack.vmm_delegate.start()
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)

    def test_an_undo_that_fails_is_tried_until_it_succeeds(self):
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.assertEqual((refusal.code, refusal.command.get("action")), ("CommandFailed", "vm.attach"))
        waiting = self.stack.volume(volume)
        self.assertEqual(waiting.status, "attaching")
        self.assertIn("target.delete", waiting.statusReason)
        self.stack.edit({})
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)

    def test_a_roll_back_outlives_the_service(self):
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.stack.service.kill()
        self.stack.edit({})
        self.stack.service.start()
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)


class Reload(StackTest):
    def test_an_edited_pattern_is_what_the_next_attach_runs(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.stack.edit({"vm.attach": "mkdir -p <directory>/vms/<vmId>/<vmDev>/edited-<volumeId>"})
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.assertIn(f"vms/vm1/xvdb/edited-{volume}", self.stack.world())

    def test_a_broken_edit_is_reported_with_its_line_and_changes_nothing(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.stack.edit({"vm.attach": "mkdir -p <directory>/vms/<vmId>/<vmDeviec>"})
        line = 1 + [text.startswith("vm.attach") for text in self.stack.commands.read_text().splitlines()].index(True)
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.assertIn(f"vms/vm1/xvdb/{volume}", self.stack.world())
        self.assertRegex(self.stack.vmm_delegate.text(), rf"commands\.properties:{line}: .*vmDeviec")

    def test_check_config_reports_every_fault_and_explain_shows_the_commands(self):
        delegate = BIN / "vbs-vmm-delegate"
        good = subprocess.run([delegate, "--check-config", self.stack.commands], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.stack.edit({"vm.attach": "mkdir <vmDeviec>", "vm.detach": "rm 'unbalanced"})
        bad = subprocess.run([delegate, "--check-config", self.stack.commands], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(bad.returncode, 1)
        self.assertIn("vmDeviec", bad.stdout + bad.stderr)
        self.assertIn("vm.detach", bad.stdout + bad.stderr)
        self.stack.edit({})
        shown = subprocess.run([delegate, "--commands", self.stack.commands, "--explain", "attachVolume", "vmId=web7"],
                               capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"vm\.attach.*mkdir -p \S+/vms/web7/")


class Hangup(unittest.TestCase):
    """SIGHUP: the settings and the pattern file are read again."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        arguments = self.stack.service.arguments
        at = arguments.index("--vmm-delegate")
        self.host1 = arguments[at + 1]
        arguments[at:at + 2] = ["--config", self.stack.directory / "service.conf"]
        self.settings(f"vmm-delegate = {self.host1}\n")
        self.stack.start()
        self.vbs = self.stack.vbs

    def settings(self, text):
        (self.stack.directory / "service.conf").write_text(text)

    def hang_up(self, daemon, expected):
        """Waits for what it logs then."""
        offset = len(daemon.text())
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: re.search(expected, daemon.text()[offset:]), f"{expected} in {daemon.text()[offset:]}")
        return daemon.text()[offset:]

    def test_a_vm_host_is_registered_without_a_restart(self):
        volume = self.vbs.createVolume(size=1).volumeId
        place = dict(ATTACH, vmmHostname="host2")
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **place))
        self.assertEqual(refusal.code, "UnknownVmmHost")
        self.assertIn("did you mean host1?", refusal.description)
        self.settings(f"vmm-delegate = {self.host1}\nvmm-delegate = {self.host1.replace('host1', 'host2')}\n")
        self.hang_up(self.stack.service, "settings read again: vmm-delegate has changed")
        self.assertEqual(self.vbs.attachVolume(volumeId=volume, **place).status, "attached")

    def test_a_vm_host_that_is_no_longer_registered_keeps_its_volumes_and_they_are_named(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        before = self.stack.world()
        self.settings(f"vmm-delegate = {self.host1.replace('host1', 'host2')}\n")
        self.hang_up(self.stack.service, rf"VM host host1 is not registered .*, but has volumes: {volume}\.")
        self.assertEqual(self.stack.refused(lambda: self.vbs.detachVolume(volumeId=volume)).code, "UnknownVmmHost")
        self.assertEqual(self.stack.world(), before)
        self.settings(f"vmm-delegate = {self.host1}\n")
        self.hang_up(self.stack.service, "vmm-delegate has changed")
        until(lambda: self.stack.volume(volume).status == "in-use", "the detach that failed to be rolled back")
        self.vbs.detachVolume(volumeId=volume)

    def test_a_bad_settings_file_is_told_with_its_line_and_changes_nothing(self):
        self.settings("vmm-delegate = host2=http://127.0.0.1:1/vmm-delegate\nlog-levle = debug\n")
        self.hang_up(self.stack.service,
                     r"SIGHUP: nothing has changed: \S+service\.conf:2: log-levle: unknown setting; did you mean log-level\?")
        volume = self.vbs.createVolume(size=1).volumeId
        self.assertEqual(self.vbs.attachVolume(volumeId=volume, **ATTACH).status, "attached")

    def test_what_cannot_change_at_run_time_is_said_to_need_a_restart(self):
        self.settings(f"vmm-delegate = {self.host1}\nlog-level = debug\nworkflows = 3\n")
        for _ in range(2):
            self.hang_up(self.stack.service, "workflows needs a restart")
        self.assertEqual(self.stack.service.text().count("log-level has changed"), 1)

    def test_a_delegate_reads_its_pattern_file_at_once(self):
        self.hang_up(self.stack.volume_delegate, "commands.properties: read again, its patterns are in force")
        self.stack.edit({"vm.attach": "mkdir <vmDeviec>"})
        for _ in range(2):
            log = self.hang_up(self.stack.vmm_delegate, "settings read again: no setting has changed")
            self.assertRegex(log, r"commands\.properties:\d+: .*vmDeviec")
            self.assertIn("still using the patterns", log)


class Samples(unittest.TestCase):
    """What is installed as a sample is accepted by the programs it is for."""

    conf = HERE.parents[1] / "conf"

    def test_every_daemon_starts_with_its_sample_settings(self):
        with tempfile.TemporaryDirectory() as directory:
            database = ["--database", pathlib.Path(directory) / "vbs.sqlite"]
            commands = ["--commands", self.conf / "commands.properties"]
            for program, arguments in (("vbs-service", database), ("vbs-volume-delegate", commands),
                                       ("vbs-vmm-delegate", commands)):
                daemon = Daemon(program, ["--config", self.conf / f"{program}.conf", "--listen", "127.0.0.1:0", *arguments],
                                pathlib.Path(directory) / "log").start()
                self.assertEqual(daemon.terminate(), 0, daemon.text())

    def test_settings_under_which_a_service_cannot_work_keep_it_from_starting(self):
        for arguments, code, complaint in (
                (["--workflow-queue", "200"], 1, "max-requests is 128, but must be greater"),
                (["--volume-delegate", "http://127.0.0.1:8092/vmm-delegate"], 2,
                 "volume-delegate: .* expected http://HOST:PORT/vol"),
                (["--vmm-delegate", "host1=http://127.0.0.1:8092"], 2,
                 "vmm-delegate: .* expected http://HOST:PORT/vmm-delegate")):
            with self.subTest(arguments=arguments), tempfile.TemporaryDirectory() as directory:
                refused = subprocess.run(
                    [BIN / "vbs-service", "--config", self.conf / "vbs-service.conf", "--listen", "127.0.0.1:0",
                     "--database", pathlib.Path(directory) / "vbs.sqlite", *arguments],
                    capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(refused.returncode, code)
                self.assertRegex(refused.stderr, complaint)

    def test_every_setting_that_a_sample_shows_is_one(self):
        for program in ("vbs-service", "vbs-volume-delegate", "vbs-vmm-delegate"):
            text = (self.conf / f"{program}.conf").read_text()
            shown = set(re.findall(r"^(?:# )?([a-z-]+) = ", text, re.MULTILINE))
            usage = subprocess.run([BIN / program, "--help"], capture_output=True, text=True, timeout=PATIENCE).stdout
            self.assertGreater(len(shown), 3)
            self.assertLessEqual(shown, set(re.findall(r"--([a-z-]+)", usage)), program)

    def test_a_program_whose_output_is_lost_fails(self):
        check = f"--check-config {self.conf / 'commands.properties'}"
        explain = f"--commands {self.conf / 'commands.properties'} --explain"
        for arguments in ("vbs-service --help", "vbs-service --version", f"vbs-volume-delegate {check}",
                          f"vbs-volume-delegate {explain} exportVolume", f"vbs-vmm-delegate {check}"):
            for lost in (">/dev/full", ">&-"):
                with self.subTest(arguments=arguments, lost=lost):
                    run = subprocess.run(f"{BIN}/{arguments} {lost}", shell=True, capture_output=True, text=True,
                                         timeout=PATIENCE)
                    self.assertEqual(run.returncode, 1, run.stderr)
                    self.assertIn("the output could not be written", run.stderr)

    def test_every_pattern_file_is_good_on_both_kinds_of_host(self):
        files = [self.conf / "commands.properties", *sorted((self.conf / "profiles").glob("*.properties"))]
        self.assertGreaterEqual(len(files), 5)
        for file in files:
            for program in ("vbs-volume-delegate", "vbs-vmm-delegate"):
                checked = subprocess.run([BIN / program, "--check-config", file], capture_output=True, text=True,
                                         timeout=PATIENCE)
                self.assertEqual(checked.returncode, 0, checked.stderr)


class Races(StackTest):
    def test_64_clients_attach_one_volume_and_one_wins(self):
        volume = self.vbs.createVolume(size=1).volumeId
        world = self.stack.world()
        clients = [self.stack.client() for _ in range(64)]

        def attach(i):
            call = lambda: clients[i].attachVolume(volumeId=volume, vmmHostname="host1", vmId=f"vm{i}", vmDevice="xvdb")
            try:
                return call().status
            except Exception:
                return self.stack.refused(call).code

        outcomes = at_once(64, attach)
        self.assertEqual(outcomes.count("attached"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"attached", "IncorrectState", "VolumeInUse"})
        self.vbs.detachVolume(volumeId=volume)
        self.assertEqual([path for path in self.stack.world() if not path.startswith("vms/")], world)

    def test_64_clients_create_volumes_and_each_has_its_own(self):
        clients = [self.stack.client() for _ in range(64)]
        ids = at_once(64, lambda i: clients[i].createVolume(size=1).volumeId)
        self.assertEqual(len(set(ids)), 64)
        self.assertEqual(set(self.stack.volumes()), set(ids))


class Crowd(StackTest):
    service_arguments = ("--workflows", "1", "--workflow-queue", "0")

    def test_describes_answer_and_more_workflows_are_busy_while_every_slot_is_taken(self):
        first, second = (self.vbs.createVolume(size=1).volumeId for _ in range(2))
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        attach = threading.Thread(target=lambda: client.attachVolume(volumeId=first, **ATTACH))
        attach.start()
        gate.wait_until_reached()
        self.assertEqual(self.stack.volume(first).status, "attaching")
        busy = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=second, vmmHostname="host1", vmId="vm1", vmDevice="xvdc"))
        self.assertEqual(busy.code, "Busy")
        self.assertEqual(self.stack.volume(second).status, "available")
        gate.open()
        attach.join(PATIENCE)
        self.assertEqual(self.stack.volume(first).status, "in-use")


class Ending(StackTest):
    def test_sigterm_ends_each_daemon_with_0_though_clients_hold_connections(self):
        held = []
        for daemon in self.stack.daemons:
            port = int(daemon.url.rsplit(":", 1)[1])
            idle = socket.create_connection(("127.0.0.1", port))
            stalled = socket.create_connection(("127.0.0.1", port))
            stalled.sendall(b"POST /vbs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<half")
            held += [idle, stalled]
        for daemon in reversed(self.stack.daemons):
            self.assertEqual(daemon.terminate(), 0, daemon.text())
        for connection in held:
            connection.close()

    def test_sigterm_lets_a_running_attach_end_and_be_answered(self):
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client, answers = self.stack.client(), []
        attach = threading.Thread(target=lambda: answers.append(client.attachVolume(volumeId=volume, **ATTACH)))
        attach.start()
        gate.wait_until_reached()
        self.stack.service.process.terminate()
        until(lambda: "stopping" in self.stack.service.text(), "the service to be stopping")
        gate.open()
        attach.join(PATIENCE)
        self.assertEqual(answers[0].status, "attached")
        self.assertEqual(self.stack.service.process.wait(PATIENCE), 0)
        self.stack.service.start()
        self.assertEqual(self.stack.volume(volume).status, "in-use")

    def test_the_client_that_goes_away_changes_nothing(self):
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        body = (f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vbs:service:1"><e:Body>'
                f"<v:attachVolume><v:volumeId>{volume}</v:volumeId><v:vmmHostname>host1</v:vmmHostname><v:vmId>vm1</v:vmId>"
                f"<v:vmDevice>xvdb</v:vmDevice></v:attachVolume></e:Body></e:Envelope>").encode()
        with socket.create_connection(("127.0.0.1", self.stack.ports[0])) as connection:
            connection.sendall(b"POST /vbs HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" %
                               (len(body), body))
            gate.wait_until_reached()
        gate.open()
        until(lambda: self.stack.volume(volume).status == "in-use", "the attach to end")

    def test_a_second_sigterm_ends_a_daemon_whose_command_hangs(self):
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        attach = threading.Thread(target=lambda: self.assertRaises(Exception, client.attachVolume, volumeId=volume, **ATTACH))
        attach.start()
        gate.wait_until_reached()
        self.stack.service.process.terminate()
        until(lambda: "stopping" in self.stack.service.text(), "the service to be stopping")
        self.assertEqual(self.stack.service.terminate(), 0)
        attach.join(PATIENCE)
        gate.open()

    def test_health_is_told_by_each(self):
        for daemon in self.stack.daemons:
            self.assertEqual(self.stack.healthz(daemon), 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
