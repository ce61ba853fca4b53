"""Values in pattern files are replaced, and nothing else is."""

import tempfile
import unittest
from pathlib import Path

from scripts.localcluster.patterns import replace, write_pattern_file
from tests.harness.pattern_edits import edited, rewritten

TEXT = """\
param.directory = /volumes
volume.create = truncate --size=<sizeGiB>G \\
  <directory>/<volumeId>
volume.create.retry = 1s
"""


class Patterns(unittest.TestCase):
    def test_a_value_is_replaced_with_the_lines_that_continue_it(self) -> None:
        replaced = replace(TEXT, "volume.create", r"touch \x")
        self.assertEqual(replaced, "param.directory = /volumes\nvolume.create = touch \\x\nvolume.create.retry = 1s\n")

    def test_a_key_that_is_not_there_or_twice_is_an_error(self) -> None:
        for text in ("", TEXT + TEXT):
            with self.assertRaisesRegex(ValueError, "times volume.create"):
                replace(text, "volume.create", "true")

    def test_a_site_has_a_profile_with_constants_of_its_own(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            profile, site = Path(directory, "profile"), Path(directory, "site")
            profile.write_text(TEXT, encoding="utf-8")
            write_pattern_file(profile, site, {"directory": "/mine"})
            self.assertEqual(site.read_text(encoding="utf-8"), TEXT.replace("/volumes", "/mine"))
            self.assertEqual(sorted(Path(directory).iterdir()), [profile, site])


class Edits(unittest.TestCase):
    def setUp(self) -> None:
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory()), "commands.properties")
        self.file.write_text(TEXT, encoding="utf-8")

    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def test_an_edit_lasts_as_long_as_its_context(self) -> None:
        with edited(self.file, {"param.directory": "/a", "volume.create.retry": "2s"}):
            self.assertIn("param.directory = /a\n", self.text())
            self.assertIn("volume.create.retry = 2s\n", self.text())
        self.assertEqual(self.text(), TEXT)

    def test_it_ends_with_a_failure_too(self) -> None:
        with self.assertRaises(ZeroDivisionError), rewritten(self.file, "nothing"):
            self.assertEqual(self.text(), "nothing")
            _ = 1 // 0
        self.assertEqual(self.text(), TEXT)


if __name__ == "__main__":
    unittest.main()
