"""A VM host whose delegate is dead while its VM runs on and writes: the worst host to take a volume from."""

import unittest

from tests.lab.lab_case import LabCase


class LostHost(LabCase):
    def test_a_lost_host_that_runs_on_is_kept_out_and_cleaned_when_it_is_back(self) -> None:
        if "<initiatorPrefix>" not in self.on("volume", "cat /etc/vbs/commands.properties"):
            self.skipTest("the targets of this profile let every host in: lost hosts have to be switched off")
        volume = self.new_volume()
        disk = self.attach(volume, "vm1")
        host = self.lab.vms["vm1"].name
        writer = f"while dd if=/dev/zero of={disk} bs=64k count=16 conv=fsync; do :; done; echo ended > /tmp/writer"
        self.on("vm1", f"setsid sh -c '{writer}' > /dev/null 2>&1 < /dev/null &")
        # Rather than two minutes, for the test's sake.
        self.on(host, "for each in /sys/class/iscsi_session/*/recovery_tmo; do echo 10 > $each; done")
        self.on(host, "kill -STOP $(pidof vbs-vmm-delegate)")
        try:
            self.vbs.detach_volume(volume, "--force")
            self.assertEqual(self.look().targets, [])
            there = self.attach(volume, "vm2")
            self.on("vm2", f"echo mine > {there}; sync")
        finally:
            self.on(host, "kill -CONT $(pidof vbs-vmm-delegate)")
        # open-iscsi tries to log in again until it is told to stop; what the VM has under way fails after a while.
        self.await_("the writer to fail", lambda: self.lab.run("vm1", "test -e /tmp/writer").exit_code == 0)
        self.await_("the lost host to be cleaned", lambda: self.is_clean(host))
        self.assertEqual(self.on("vm2", f"head -n 1 {there}"), "mine\n")
        self.on("vm1", "rm /tmp/writer")
        self.detach(volume)

        disk = self.attach(volume, "vm1")
        self.assertEqual(self.on("vm1", f"head -n 1 {disk}"), "mine\n")
        self.detach(volume)
        self.assert_nothing_is_attached()

    def is_clean(self, host: str) -> bool:
        world = self.look()
        has_session = any(session.host == host for session in world.sessions or ())
        return not has_session and not world.devices_at(host) and not self.vbs.run("admin", "describe-operations")


if __name__ == "__main__":
    unittest.main()
