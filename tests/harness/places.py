"""Where things are, and a directory of a test's own."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable

from scripts.repository import REPOSITORY

__all__ = ["BUILD", "PROGRAMS", "REPOSITORY", "temporary_directory"]

BUILD = Path(os.environ.get("VBS_BUILD", REPOSITORY / "build" / "debug")).absolute()
PROGRAMS = BUILD / "bin"


def temporary_directory(add_cleanup: Callable[..., Any]) -> Path:
    """`add_cleanup`: such as a class's addClassCleanup. Short, since UNIX sockets will be in it."""
    directory = Path(tempfile.mkdtemp(prefix="vbs-"))
    add_cleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory
