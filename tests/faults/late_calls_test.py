"""Calls that come too late: after the service has given them up, undone them, and gone on with the volume."""

import unittest

from tests.faults.proxy import Proxy
from tests.faults.testbed import CALL_TIMEOUT, VMM_DELEGATES, VOLUME_DELEGATE, Testbed
from tests.harness.pattern_edits import edited
from tests.harness.places import PROGRAMS
from tests.harness.waiting import PATIENCE, comes_true
from tests.harness.world import Device

_LONGER_THAN_A_CALL = 2 * CALL_TIMEOUT


class LateCalls(unittest.TestCase):
    testbed: Testbed

    @classmethod
    def setUpClass(cls) -> None:
        cls.testbed = cls.enterClassContext(Testbed(PROGRAMS))

    def tearDown(self) -> None:
        for proxy in self.testbed.proxies.values():
            proxy.forget()
        self.testbed.await_quiet()
        self.assertEqual(self.testbed.differences(), [])
        self.testbed.clean()

    def hold_the_first(self, delegate: str, call: str) -> Proxy:
        proxy = self.testbed.proxies[delegate]
        proxy.hold(f":{call}>".encode())
        return proxy

    def begin_with_a_held_call(self, delegate: str, call: str, *arguments: str) -> Proxy:
        """Returns once the service has given the call up and undone it, with what lets the call reach the delegate."""
        proxy = self.hold_the_first(delegate, call)
        request = self.testbed.begin(*arguments)
        self.assertTrue(comes_true(proxy.holds, PATIENCE), f"no {call} is sent")
        self.assertEqual(request.exit_code, 1)
        self.assertIn("Timeout", request.stderr)
        self.testbed.await_quiet()
        return proxy

    def answers_of(self, delegate: str, since: int, call: str) -> int:
        return sum(point.name == f"answer/{call}" for point in self.testbed.points[delegate].trace(since))

    def release(self, proxy: Proxy, delegate: str, call: str) -> str:
        """Returns what the delegate logs of it."""
        points, log = self.testbed.points[delegate], self.testbed.cluster.log(delegate)
        mark, size = points.mark(), log.stat().st_size
        proxy.release()
        self.assertTrue(
            comes_true(lambda: self.answers_of(delegate, mark, call) == 1, PATIENCE), f"{call} never arrives"
        )
        self.testbed.await_quiet()
        return log.read_text(encoding="utf-8")[size:]

    def devices_at(self, host: str) -> list[Device]:
        return self.testbed.look().devices_at(host)

    def test_an_export_that_was_undone_makes_no_target_when_the_volume_is_free_again(self) -> None:
        volume = self.testbed.new_volume()
        attach = ("attach-volume", volume, "host1", "vm1", "sdb")
        proxy = self.begin_with_a_held_call(VOLUME_DELEGATE, "exportVolume", *attach)
        self.testbed.do(*attach)
        self.testbed.do("detach-volume", volume)
        self.assertIn("came too late and did nothing", self.release(proxy, VOLUME_DELEGATE, "exportVolume"))
        self.assertEqual(self.testbed.look().targets, [])

    def test_an_attach_that_was_undone_gives_no_disk_to_a_second_vm(self) -> None:
        volume = self.testbed.new_volume()
        host1 = VMM_DELEGATES["host1"]
        proxy = self.begin_with_a_held_call(host1, "attachVolume", "attach-volume", volume, "host1", "vm1", "sdb")
        self.testbed.do("attach-volume", volume, "host2", "vm2", "sdb")
        self.assertIn("came too late and did nothing", self.release(proxy, host1, "attachVolume"))
        self.assertEqual(([], 1), (self.devices_at("host1"), len(self.devices_at("host2"))))

    def test_an_undo_that_was_repeated_leaves_the_next_attachment_alone(self) -> None:
        volume = self.testbed.new_volume()
        attach = ("attach-volume", volume, "host1", "vm1", "sdb")
        proxy = self.hold_the_first(VMM_DELEGATES["host1"], "detachVolume")
        with self.testbed.failing("host1", "vm.attach"):
            refusal = self.testbed.begin(*attach)
            self.assertTrue(comes_true(proxy.holds, PATIENCE), "nothing is undone")
            self.assertEqual(refusal.exit_code, 1)
            self.testbed.await_quiet()
        self.testbed.do(*attach)
        log = self.release(proxy, VMM_DELEGATES["host1"], "detachVolume")
        self.assertIn("came too late and did nothing", log)
        self.assertEqual(len(self.devices_at("host1")), 1)

    def test_a_volume_whose_creation_was_undone_is_not_created(self) -> None:
        proxy = self.begin_with_a_held_call(VOLUME_DELEGATE, "createVolume", "create-volume", "1")
        self.assertIn("came too late and did nothing", self.release(proxy, VOLUME_DELEGATE, "createVolume"))
        self.assertTrue(self.testbed.look().is_empty())

    def test_the_undo_waits_for_the_command_that_it_undoes(self) -> None:
        slow = f'sh -c "sleep {_LONGER_THAN_A_CALL}; truncate --size=<sizeGiB>G <volumeDirectory>/<volumeId>.img"'
        points = self.testbed.points[VOLUME_DELEGATE]
        mark = points.mark()
        with edited(self.testbed.cluster.pattern_file("volume-server"), {"volume.create": slow}):
            refusal = self.testbed.begin("create-volume", "1")
            self.assertEqual(refusal.exit_code, 1)
            self.assertIn("Timeout", refusal.stderr)
            self.testbed.await_quiet()
        commands = [point.name for point in points.trace(mark) if point.seam == "command"]
        self.assertEqual(commands[:3], [f"command/volume.{name}" for name in _CREATED_THEN_DELETED])
        self.assertTrue(self.testbed.look().is_empty())

    def test_a_detached_disk_stays_away_when_its_slow_attach_ends(self) -> None:
        volume = self.testbed.new_volume()
        patterns = self.testbed.cluster.pattern_file("host1")
        lines = patterns.read_text(encoding="utf-8").splitlines()
        attach = next(line.partition("=")[2] for line in lines if line.startswith("vm.attach ="))
        slow = f'sh -c "sleep {_LONGER_THAN_A_CALL}; exec{attach}"'
        with edited(patterns, {"vm.attach": slow}):
            refusal = self.testbed.begin("attach-volume", volume, "host1", "vm1", "sdb")
            self.assertEqual(refusal.exit_code, 1)
            self.testbed.await_quiet()
        self.assertEqual(self.devices_at("host1"), [])
        self.testbed.do("attach-volume", volume, "host2", "vm2", "sdb")


_CREATED_THEN_DELETED = ("create.before", "create.after", "delete.before")


if __name__ == "__main__":
    unittest.main()
