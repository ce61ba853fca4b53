"""Many operations at the same time: the tools below are not all made for that."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from lab_case import LabCase


class Concurrency(LabCase):
    def test_volumes_are_attached_and_detached_at_once(self):
        volumes = [self.new_volume() for _ in range(6)]
        with ThreadPoolExecutor(len(volumes)) as pool:
            attachments = [
                (volume, f"host{number % 2 + 1}", f"vm{number % 2 + 1}", self.devices[number // 2])
                for number, volume in enumerate(volumes)
            ]
            list(pool.map(lambda attachment: self.vbs.attach_volume(*attachment), attachments))
            world = self.world()
            self.assertEqual(world.targets, sorted(volumes))
            self.assertEqual(len(world.sessions), len(volumes))
            self.assertEqual(world.devices, sorted(f"{vm}: {volume}" for volume, _, vm, _ in attachments))
            list(pool.map(self.vbs.detach_volume, volumes))
        self.assert_nothing_is_attached()


if __name__ == "__main__":
    unittest.main()
