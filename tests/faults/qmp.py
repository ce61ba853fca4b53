"""What a QEMU has of volumes, asked over QMP by other means than the product's own."""

import json
import socket
from pathlib import Path
from typing import NamedTuple, Optional


class Device(NamedTuple):
    vm: str
    device: Optional[str]  # absent where QEMU is logged in but no device of the VM shows the volume
    volume: str
    target: str


def devices(qmp: Path) -> list[Device]:
    """Of the QEMU with the socket `qmp`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(qmp))
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.readline()  # the greeting

            def execute(command: str, **arguments):
                print(json.dumps({"execute": command, "arguments": arguments}), file=stream, flush=True)
                while "event" in (answer := json.loads(stream.readline())):
                    pass
                return answer["return"]

            execute("qmp_capabilities")
            nodes = execute("query-named-block-nodes", flat=True)
            blocks = execute("query-block")
            plugged = execute("qom-list", path="/machine/peripheral")
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
            lingering.discard(in_vm.get(name))
            found.append(Device(qmp.stem, in_vm.get(name), name, _target(node["file"])))
    return found + [Device(qmp.stem, device, "", "") for device in lingering]


def _target(file: str) -> str:
    if file.startswith("json:"):
        return json.loads(file.removeprefix("json:"))["target"]
    return file.split("/")[-2]
