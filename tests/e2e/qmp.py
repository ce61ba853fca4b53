"""One command to a VM over QMP, beside vbs-qmp."""

import fcntl
import json
import socket
from pathlib import Path


def execute(path: Path, command: str) -> None:
    """`path`: the VM's QMP socket."""
    # QEMU serves one client at a time; this is how vbs-qmp takes turns.
    with open(f"{path}.lock", "w", encoding="ascii") as lock, socket.socket(socket.AF_UNIX) as connection:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection.settimeout(60)
        connection.connect(str(path))
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.readline()  # the greeting
            for step in ("qmp_capabilities", command):
                print(json.dumps({"execute": step}), file=stream, flush=True)
                while "event" in (answer := json.loads(stream.readline())):
                    pass
                if "return" not in answer:
                    raise RuntimeError(f"{step}: {answer}")
