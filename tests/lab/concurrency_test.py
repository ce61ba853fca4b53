"""Many operations at the same time: the tools below are not all made for that."""

import unittest

from tests.harness.at_once import at_once
from tests.harness.world import differences
from tests.lab.lab_case import LabCase


class Concurrency(LabCase):
    def test_volumes_are_attached_and_detached_at_once(self) -> None:
        volumes = [self.new_volume() for _ in range(6)]
        places = [
            (f"host{number % 2 + 1}", f"vm{number % 2 + 1}", self.devices[number // 2])
            for number in range(len(volumes))
        ]
        at_once(len(volumes), lambda number: self.vbs.attach_volume(volumes[number], *places[number]))
        metadata = self.ask()
        found = [metadata.volumes[volume].attachment for volume in volumes]
        self.assertEqual([each and (each.host, each.vm, each.device) for each in found], places)
        self.assertEqual(differences(metadata, self.look()), [])
        at_once(len(volumes), lambda number: self.vbs.detach_volume(volumes[number]))
        self.assert_nothing_is_attached()


if __name__ == "__main__":
    unittest.main()
