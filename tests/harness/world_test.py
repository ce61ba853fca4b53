"""The comparison of what is there and what VBS says finds whatever differs."""

import dataclasses
import unittest

from scripts.localcluster.client import Attachment, Snapshot, Volume
from tests.harness.world import ONLY_LOGGED_IN, Device, Metadata, Session, Target, World, differences

GIB = 1 << 30
TARGET = Target("iqn.2009-09.org.vbs:vol-1", 7, ("vol-1",), ("host1",), ("host1",))
DEVICE = Device("host1", "vm1", "sdb", "vol-1", TARGET.name)
ATTACHMENT = Attachment("vol-1", "vm1", "sdb", "attached", "", "host1", "")
VOLUME = Volume("vol-1", 2, "", "in-use", "", "", "", "", ATTACHMENT)
SNAPSHOT = Snapshot("snap-1", "vol-1", "completed", "", "", 1, "", "")
METADATA = Metadata({VOLUME.id: VOLUME}, {SNAPSHOT.id: SNAPSHOT})
WORLD = World({"vol-1": 2 * GIB, "snap-1": GIB}, [TARGET], [DEVICE])


class Differences(unittest.TestCase):
    def assert_differs(self, sign: str, world: World = WORLD, metadata: Metadata = METADATA) -> None:
        found = differences(metadata, world)
        self.assertTrue(any(sign in each for each in found), f"{sign!r} in {found}")

    def test_what_is_as_described_differs_in_nothing(self) -> None:
        self.assertEqual(differences(METADATA, WORLD), [])
        self.assertEqual(differences(Metadata({}, {}), World()), [])

    def test_storage_that_is_lost_leaked_or_of_another_size(self) -> None:
        for storage, sign in (
            ({"snap-1": GIB}, "lost: vol-1"),
            ({"vol-1": 2 * GIB}, "lost: snap-1"),
            (WORLD.storage | {"vol-2": GIB}, "leaked: vol-2"),
            (WORLD.storage | {"vol-1": GIB}, f"vol-1 has {GIB} bytes"),
        ):
            self.assert_differs(sign, dataclasses.replace(WORLD, storage=storage))

    def test_what_is_in_error_may_have_no_storage(self) -> None:
        broken = Metadata({}, {"snap-1": SNAPSHOT._replace(status="error")})
        self.assertEqual(differences(broken, World()), [])
        self.assertEqual(differences(broken, World({"snap-1": GIB})), [])

    def test_a_status_that_its_attachment_contradicts(self) -> None:
        for volume in (VOLUME._replace(status="available"), VOLUME._replace(attachment=None)):
            self.assert_differs("its attachment is", metadata=METADATA._replace(volumes={"vol-1": volume}))

    def test_a_target_that_is_lost_leaked_or_another(self) -> None:
        other = dataclasses.replace(TARGET, name="iqn.2009-09.org.vbs:vol-2")
        for targets, sign in (
            ([], "lost: vol-1 has no target"),
            ([TARGET, other], "leaked: Target"),
            ([TARGET, dataclasses.replace(TARGET, number=8)], "leaked: Target"),
            ([dataclasses.replace(TARGET, serves=("vol-2",))], "expected ('vol-1',)"),
            ([dataclasses.replace(TARGET, admits=("host1", "host2"))], "expected ('host1',)"),
            ([dataclasses.replace(TARGET, logged_in=())], "expected ('host1',)"),
        ):
            self.assert_differs(sign, dataclasses.replace(WORLD, targets=targets))

    def test_a_device_that_is_lost_leaked_or_elsewhere(self) -> None:
        for devices, sign in (
            ([], "vol-1 should be at"),
            ([DEVICE, DEVICE._replace(host="host2", vm="vm2")], "vol-1 should be at"),
            ([DEVICE._replace(device="sdc")], "vol-1 should be at"),
            ([DEVICE._replace(device=ONLY_LOGGED_IN)], "vol-1 should be at"),
            ([DEVICE, DEVICE._replace(volume="vol-2", device="sdc")], "leaked: Device"),
            ([DEVICE, Device("host1", "vm1", "sdc", "", "")], "leaked: Device"),
        ):
            self.assert_differs(sign, dataclasses.replace(WORLD, devices=devices))

    def test_a_session_that_is_lost_or_leaked(self) -> None:
        session = Session("host1", "vol-1")
        self.assertEqual(differences(METADATA, dataclasses.replace(WORLD, sessions=[session])), [])
        self.assert_differs("lost: Session", dataclasses.replace(WORLD, sessions=[]))
        stray = dataclasses.replace(WORLD, sessions=[session, Session("host2", "vol-1")])
        self.assert_differs("leaked: Session", stray)

    def test_what_nobody_looked_at_differs_in_nothing(self) -> None:
        blind = World({"vol-1": None, "snap-1": None}, [Target("vol-1")], [DEVICE._replace(device=None, target=None)])
        self.assertEqual(differences(METADATA, blind), [])

    def test_a_login_to_a_lost_target_may_be_forgiven(self) -> None:
        detached = METADATA._replace(volumes={"vol-1": VOLUME._replace(status="available", attachment=None)})
        login = DEVICE._replace(device=ONLY_LOGGED_IN)
        without_target = dataclasses.replace(WORLD, targets=[], devices=[login])
        self.assert_differs("leaked: Device", without_target, detached)
        self.assertEqual(differences(detached, without_target, forgives_lost_targets=True), [])
        # Not where the target is there and lets the host in, nor where the VM has the device.
        for world in (
            dataclasses.replace(WORLD, devices=[login]),
            dataclasses.replace(without_target, devices=[DEVICE]),
        ):
            found = differences(detached, world, forgives_lost_targets=True)
            self.assertTrue(any("leaked: Device" in each for each in found), found)


class Worlds(unittest.TestCase):
    def test_emptiness(self) -> None:
        self.assertTrue(World().is_empty())
        for world in (
            World({"vol-1": None}),
            World(targets=[TARGET]),
            World(devices=[DEVICE]),
            World(sessions=[Session("host1", "vol-1")]),
        ):
            self.assertFalse(world.is_empty(), world)
            self.assertEqual(world.has_attachments(), not world.storage, world)

    def test_what_is_asked_of_it(self) -> None:
        self.assertEqual(WORLD.target_of("vol-1"), TARGET)
        self.assertIsNone(WORLD.target_of("vol-2"))
        self.assertEqual((WORLD.devices_at("host1"), WORLD.devices_at("host2")), ([DEVICE], []))


if __name__ == "__main__":
    unittest.main()
