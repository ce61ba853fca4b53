"""Many clients want the same thing at the same time."""

import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from cluster_case import ClusterCase

from localcluster.client import ClientError

CLIENTS = 64


class RacingClients(ClusterCase):
    def at_once(self, function, arguments: list[tuple]) -> list[str]:
        """The outcome of each call: "done", or the code it was refused with."""

        def outcome(each: tuple) -> str:
            try:
                function(*each)
                return "done"
            except ClientError as error:
                code = re.search(r"\b[A-Z]\w+\b", error.stderr)
                return code[0] if code else error.stderr

        with ThreadPoolExecutor(len(arguments)) as pool:
            return list(pool.map(outcome, arguments))

    def test_one_of_many_attaches_wins(self):
        volume = self.new_volume()
        hosts = [("host1", "vm1"), ("host2", "vm2")]
        outcomes = self.at_once(
            self.vbs.attach_volume,
            [(volume, *hosts[number % 2], f"sd{chr(ord('b') + number % 8)}") for number in range(CLIENTS)],
        )
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"done", "IncorrectState", "VolumeInUse"})

        world = self.world()
        attachment = world.volumes[0].attachment
        self.assertEqual([line.split("\t")[:3] for line in world.devices], [[attachment.vm, attachment.device, volume]])
        self.assertEqual(len(world.targets), 1)
        self.vbs.detach_volume(volume)
        world = self.world()
        self.assertEqual((world.targets, world.devices, world.volumes[0].status), ([], [], "available"))

    def test_one_of_many_detaches_wins(self):
        volume = self.attached_volume()
        outcomes = self.at_once(self.vbs.detach_volume, [(volume,)] * CLIENTS)
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"done", "IncorrectState"})
        world = self.world()
        self.assertEqual((world.targets, world.devices, world.volumes[0].status), ([], [], "available"))

    def test_a_device_is_given_to_one_of_many_volumes(self):
        volumes = [self.new_volume() for _ in range(8)]
        outcomes = self.at_once(self.vbs.attach_volume, [(volume, "host1", "vm1", "sdb") for volume in volumes])
        self.assertEqual(sorted(outcomes), ["DeviceInUse"] * 7 + ["done"])
        self.assertEqual([line.split("\t")[2] for line in self.cluster.devices()], [volumes[outcomes.index("done")]])
        self.assertEqual(len(self.cluster.targets()), 1)


if __name__ == "__main__":
    unittest.main()
