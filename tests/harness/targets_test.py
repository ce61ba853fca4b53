"""What tgtadm prints is understood."""

import unittest
from pathlib import Path

from tests.harness.targets import parse_targets
from tests.harness.world import Target

LISTING = """\
Target 1: iqn.2009-09.org.vbs:vol-1
    System information:
        Driver: iscsi
        State: ready
    I_T nexus information:
        I_T nexus: 3
            Initiator: iqn.2009-09.org.vbs:host1 alias: none
            Connection: 0
                IP Address: 127.0.0.1
    LUN information:
        LUN: 0
            Type: controller
            Backing store type: null
            Backing store path: None
            Backing store flags:
        LUN: 1
            Type: disk
            Backing store type: rdwr
            Backing store path: /volumes/vol-1.img
            Backing store flags:
    Account information:
    ACL information:
        iqn.2009-09.org.vbs:host1
        iqn.2009-09.org.others:one
Target 77: iqn.2009-09.org.others:disk
    System information:
        Driver: iscsi
        State: ready
    I_T nexus information:
    LUN information:
        LUN: 0
            Type: controller
            Backing store path: None
        LUN: 1
            Type: disk
            Backing store path: /elsewhere/vol-1.img
    Account information:
    ACL information:
        ALL
"""


class Targets(unittest.TestCase):
    def test_each_target_with_what_it_serves_whom_it_admits_and_who_is_logged_in(self) -> None:
        found = parse_targets(LISTING, Path("/volumes"), {"iqn.2009-09.org.vbs:host1": "host1"})
        self.assertEqual(
            found,
            [
                Target(
                    "iqn.2009-09.org.vbs:vol-1",
                    1,
                    ("vol-1",),
                    ("host1", "iqn.2009-09.org.others:one"),
                    ("host1",),
                ),
                Target("iqn.2009-09.org.others:disk", 77, ("/elsewhere/vol-1.img",), ("ALL",), ()),
            ],
        )

    def test_none(self) -> None:
        self.assertEqual(parse_targets("", Path("/volumes"), {}), [])


if __name__ == "__main__":
    unittest.main()
