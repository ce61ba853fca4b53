"""Many clients at once, and more than there are slots for."""

import threading
import unittest
from typing import Optional

import zeep.exceptions

from tests.harness.at_once import at_once
from tests.harness.waiting import PATIENCE
from tests.service.stack import ATTACH, Gate, Refusal, StackCase


class Races(StackCase):
    def test_64_clients_attach_one_volume_and_one_wins(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.files()
        clients = [self.stack.client() for _ in range(64)]

        def attach(number: int) -> Optional[str]:
            place = ATTACH | {"vmId": f"vm{number}"}
            try:
                status: str = clients[number].attachVolume(volumeId=volume, **place).status
                return status
            except zeep.exceptions.Fault as fault:
                return Refusal(fault).code

        outcomes = at_once(64, attach)
        self.assertEqual(outcomes.count("attached"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"attached", "IncorrectState", "VolumeInUse"})
        self.vbs.detachVolume(volumeId=volume)
        self.assertEqual([path for path in self.stack.files() if not path.startswith("vms/")], before)

    def test_64_clients_create_volumes_and_each_has_its_own(self) -> None:
        clients = [self.stack.client() for _ in range(64)]
        ids = at_once(64, lambda i: clients[i].createVolume(size=1).volumeId)
        self.assertEqual(len(set(ids)), 64)
        self.assertEqual(set(self.stack.volumes()), set(ids))


class Crowd(StackCase):
    service_arguments = ("--workflows", "1", "--workflow-queue", "0")

    def test_describes_answer_and_more_workflows_are_busy_while_every_slot_is_taken(self) -> None:
        first, second = (self.vbs.createVolume(size=1).volumeId for _ in range(2))
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        attach = threading.Thread(target=lambda: client.attachVolume(volumeId=first, **ATTACH))
        attach.start()
        gate.wait_until_reached()
        self.assertEqual(self.stack.volume(first).status, "attaching")
        elsewhere = ATTACH | {"vmDevice": "xvdc"}
        busy = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=second, **elsewhere))
        self.assertEqual(busy.code, "Busy")
        self.assertEqual(self.stack.volume(second).status, "available")
        gate.open()
        attach.join(PATIENCE)
        self.assertEqual(self.stack.volume(first).status, "in-use")


if __name__ == "__main__":
    unittest.main()
