"""Waiting for what takes its time."""

import os
import time
from typing import Callable, TypeVar

T = TypeVar("T")

# How long anything may take before it counts as hung. A bound, never an expectation.
PATIENCE = float(os.environ.get("VBS_TEST_PATIENCE", "120"))

_FIRST_PAUSE_SECONDS = 0.001
_GROWTH = 1.1


def comes_true(condition: Callable[[], T], seconds: float, longest_pause: float = 0.05) -> T:
    """Waits for `condition()` to be true. Returns its last value, which is false when it did not come true in time."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * _GROWTH, longest_pause)
    return value


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE, longest_pause: float = 0.05) -> T:
    """Waits for `condition()` to be true and returns its value. Raises AssertionError when `what`, which is awaited,
    does not come in time."""
    value = comes_true(condition, seconds, longest_pause)
    if not value:
        raise AssertionError(f"waited in vain {seconds:.0f} seconds for {what}")
    return value
