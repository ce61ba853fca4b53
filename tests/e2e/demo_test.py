"""scripts/demo as a newcomer runs it, but for the build."""

import subprocess
import unittest

from tests.harness.places import PROGRAMS, REPOSITORY, temporary_directory


class Demo(unittest.TestCase):
    def test_plays_both_use_cases_and_leaves_nothing(self) -> None:
        directory = temporary_directory(self.addCleanup) / "demo"
        demo = subprocess.run(
            [REPOSITORY / "scripts" / "demo", "--programs", PROGRAMS, "--dir", directory],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.assertEqual(demo.returncode, 0, demo.stdout)
        self.assertNotIn("\N{BALLOT X}", demo.stdout)
        self.assertIn("All as it should be", demo.stdout)
        self.assertFalse(directory.exists())


if __name__ == "__main__":
    unittest.main()
