"""Runs commands inside a demonstration guest, over its second serial port (scripts/guest/serve-commands)."""

import base64
import contextlib
import fcntl
import secrets
import shlex
import socket
import time
from pathlib import Path
from typing import Iterator, NamedTuple

# The guest's terminal queue holds 64 KiB; what a person or a test types stays far below.
MAX_COMMAND_BYTES = 16 * 1024


class GuestError(Exception):
    """The guest cannot be asked: it is not running, or does not answer in time."""


class Outcome(NamedTuple):
    exit_code: int
    stdout: bytes
    stderr: bytes


def command_line(arguments: list[str]) -> str:
    """One argument is a shell command line as it is, several are the words of one command."""
    return arguments[0] if len(arguments) == 1 else shlex.join(arguments)


def run(port: Path, command: str, timeout: float) -> Outcome:
    """Runs the shell command line in the guest whose command port is the socket `port`.

    A guest that has just been started is waited for. Callers take turns. Raises GuestError after `timeout`
    seconds, or when the guest is not running.
    """
    encoded = base64.b64encode(command.encode())
    if len(encoded) > MAX_COMMAND_BYTES:
        raise GuestError(f"the command is too long: {len(encoded)} of at most {MAX_COMMAND_BYTES} bytes")
    deadline = time.monotonic() + timeout
    request = secrets.token_hex(6).encode()
    with _turn(port, deadline), _connect(port) as connection:
        # The newline ends what an earlier caller may have left half written.
        connection.sendall(b"\n" + request + b" " + encoded + b"\n")
        return _read_answer(connection, request, port, deadline)


def wait_until_ready(port: Path, timeout: float) -> None:
    """Returns when the guest runs commands. What is sent while it boots is lost, so it is asked repeatedly."""
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        try:
            run(port, "true", min(left, 1))
            return
        except GuestError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def _turn(port: Path, deadline: float) -> Iterator[None]:
    """The port serves one caller at a time; a second one would be kept waiting without a word."""
    with open(f"{port}.lock", "w", encoding="ascii") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise GuestError(f"{port} is busy with another command") from None
                time.sleep(0.02)
        yield


def _connect(port: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(port))
    except OSError as error:
        connection.close()
        raise GuestError(f"the guest is not running: {port}: {error.strerror or error}") from error
    return connection


def _read_answer(connection: socket.socket, request: bytes, port: Path, deadline: float) -> Outcome:
    received = bytearray()
    while True:
        while (newline := received.find(b"\n")) >= 0:
            words = bytes(received[:newline]).split()
            del received[: newline + 1]
            # Others are late answers to callers that gave up.
            if len(words) == 4 and words[0] == request:
                return Outcome(int(words[1]), _decode(words[2]), _decode(words[3]))
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            raise GuestError(f"the guest at {port} did not answer in time") from None
        if not piece:
            raise GuestError(f"the guest at {port} ended")
        received += piece


def _decode(word: bytes) -> bytes:
    return b"" if word == b"-" else base64.b64decode(word)
