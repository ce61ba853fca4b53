"""How programs end that people start in a terminal."""

import os
import signal
import sys
from typing import Callable, NoReturn


def end_on(*numbers: signal.Signals) -> None:
    """These signals end the program as Ctrl-C does: what was started is stopped."""
    for number in numbers:
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def end_with(main: Callable[[], int]) -> NoReturn:
    """Ends the program as `main` does, also when nobody reads any more what it prints."""
    try:
        sys.exit(main())
    except BrokenPipeError:
        # What is still buffered must go somewhere at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
