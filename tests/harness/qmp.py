"""A VM's QEMU over QMP, beside vbs-qmp: what it has of volumes, and commands to it."""

import contextlib
import fcntl
import json
import socket
from pathlib import Path
from typing import Any, Callable, Iterator, TextIO

from .waiting import comes_true
from .world import ONLY_LOGGED_IN, Device

_TIMEOUT_SECONDS = 60.0

# A command and its arguments; returns what it returns.
Execute = Callable[..., Any]


def execute(path: Path, command: str) -> None:
    """`path`: the VM's QMP socket. Raises OSError when there is no QEMU or no answer."""
    with _session(path) as ask:
        ask(command)


def devices(host: str, path: Path) -> list[Device]:
    """What the QEMU with the socket `path` on `host` has of volumes. Raises OSError as above."""
    with _session(path) as ask:
        nodes = ask("query-named-block-nodes", flat=True)
        blocks = ask("query-block")
        plugged = ask("qom-list", path="/machine/peripheral")
    in_vm = {
        block["inserted"]["node-name"]: block["qdev"].removeprefix("vbs-")
        for block in blocks
        if "inserted" in block and block.get("qdev")
    }
    # A device that is on its way out of the VM has its node still, and no other.
    lingering = {entry["name"].removeprefix("vbs-") for entry in plugged if entry["name"].startswith("vbs-")}
    found = []
    for node in nodes:
        name = node["node-name"]
        if node["drv"] == "iscsi":
            device = in_vm.get(name, ONLY_LOGGED_IN)
            lingering.discard(device)
            found.append(Device(host, path.stem, device, name, _target(node["file"])))
    return found + [Device(host, path.stem, device, "", "") for device in lingering]


def _target(file: str) -> str:
    if file.startswith("json:"):
        return json.loads(file.removeprefix("json:"))["target"]
    return file.split("/")[-2]


@contextlib.contextmanager
def _session(path: Path) -> Iterator[Execute]:
    with _turn(path), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        connection.connect(str(path))
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.readline()  # the greeting

            def ask(command: str, **arguments: Any) -> Any:
                return _execute(stream, command, arguments)

            ask("qmp_capabilities")
            yield ask


def _execute(stream: TextIO, command: str, arguments: dict[str, Any]) -> Any:
    print(json.dumps({"execute": command, "arguments": arguments}), file=stream, flush=True)
    while "event" in (answer := json.loads(stream.readline())):
        pass
    if "return" not in answer:
        raise RuntimeError(f"{command}: {answer}")
    return answer["return"]


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[None]:
    """QEMU serves one client at a time; this is how vbs-qmp takes turns."""
    with open(f"{path}.lock", "w", encoding="ascii") as lock:
        if not comes_true(lambda: _is_locked_by_us(lock), _TIMEOUT_SECONDS):
            raise TimeoutError(f"somebody else has {path} for a long time")
        yield


def _is_locked_by_us(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
