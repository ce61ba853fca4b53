"""Edits of pattern files that do not last."""

import contextlib
from pathlib import Path
from typing import Iterator

from scripts.localcluster.patterns import replace, write_at_once


@contextlib.contextmanager
def edited(file: Path, values: dict[str, str]) -> Iterator[None]:
    """The pattern file with other values, for as long as the context lasts. Their keys must be there."""
    text = file.read_text(encoding="utf-8")
    for key, value in values.items():
        text = replace(text, key, value)
    with rewritten(file, text):
        yield


@contextlib.contextmanager
def rewritten(file: Path, text: str) -> Iterator[None]:
    """The pattern file with another text, for as long as the context lasts."""
    before = file.read_text(encoding="utf-8")
    write_at_once(file, text)
    try:
        yield
    finally:
        write_at_once(file, before)
