"""What the whole-system tests have in common: where things are, and a directory of their own."""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("VBS_PROGRAMS", REPOSITORY / "build" / "debug" / "bin"))

sys.path.insert(0, str(REPOSITORY / "scripts"))


def temporary_directory(test: type[unittest.TestCase]) -> Path:
    """Removed when the test class is done. Short, since UNIX sockets will be in it."""
    directory = Path(tempfile.mkdtemp(prefix="vbs-"))
    test.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory
