"""Many clients want the same thing at the same time."""

import re
import unittest
from typing import Any, Callable

from scripts.localcluster.client import ClientError
from tests.e2e.cluster_case import ClusterCase
from tests.harness.at_once import at_once
from tests.harness.world import differences

CLIENTS = 64


class RacingClients(ClusterCase):
    def outcomes(self, function: Callable[..., Any], arguments: list[tuple[str, ...]]) -> list[str]:
        """Of the calls, which are made at once: "done", or the code it was refused with."""

        def outcome(number: int) -> str:
            try:
                function(*arguments[number])
                return "done"
            except ClientError as error:
                code = re.search(r"\b[A-Z]\w+\b", error.stderr)
                return code[0] if code else error.stderr

        return at_once(len(arguments), outcome)

    def test_one_of_many_attaches_wins(self) -> None:
        volume = self.new_volume()
        hosts = [("host1", "vm1"), ("host2", "vm2")]
        outcomes = self.outcomes(
            self.vbs.attach_volume,
            [(volume, *hosts[number % 2], f"sd{chr(ord('b') + number % 8)}") for number in range(CLIENTS)],
        )
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"done", "IncorrectState", "VolumeInUse"})

        self.assertEqual(self.ask().volumes[volume].status, "in-use")
        self.assertEqual(differences(self.ask(), self.look()), [])
        self.vbs.detach_volume(volume)
        self.assert_is_detached(volume)

    def test_one_of_many_detaches_wins(self) -> None:
        volume = self.attached_volume()
        outcomes = self.outcomes(self.vbs.detach_volume, [(volume,)] * CLIENTS)
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        self.assertLessEqual(set(outcomes), {"done", "IncorrectState"})
        self.assert_is_detached(volume)

    def test_a_device_is_given_to_one_of_many_volumes(self) -> None:
        volumes = [self.new_volume() for _ in range(8)]
        outcomes = self.outcomes(self.vbs.attach_volume, [(volume, "host1", "vm1", "sdb") for volume in volumes])
        self.assertEqual(sorted(outcomes), ["DeviceInUse"] * 7 + ["done"])
        world, winner = self.look(), volumes[outcomes.index("done")]
        self.assertEqual([device.volume for device in world.devices], [winner])
        self.assertEqual([target.volume for target in world.targets], [winner])

    def assert_is_detached(self, volume: str) -> None:
        self.assertFalse(self.look().has_attachments())
        self.assertEqual(self.status_of(volume)[0], "available")


if __name__ == "__main__":
    unittest.main()
