"""What the whole-system tests have in common: where things are, and a directory of their own."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("VBS_PROGRAMS", REPOSITORY / "build" / "debug" / "bin"))

sys.path.insert(0, str(REPOSITORY / "scripts"))


def temporary_directory(add_cleanup: Callable) -> Path:
    """`add_cleanup`: such as a class's addClassCleanup. Short, since UNIX sockets will be in it."""
    directory = Path(tempfile.mkdtemp(prefix="vbs-"))
    add_cleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory
