"""What is really there, what VBS says is there, and how the two differ."""

import contextlib
import json
import re
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import environment  # noqa: F401

from localcluster.cluster import GUESTS, Cluster, initiator_of
from localcluster.processes import SEARCH_PATH

import qmp

GIB = 1 << 30
_TRANSITIONAL = ("pending", "attaching", "detaching", "deleting")
# These need no file: they are there to be deleted.
_MAY_BE_EMPTY = ("error",)


@dataclass
class Target:
    name: str
    number: int
    files: list[str]
    initiators: list[str]
    sessions: int


@dataclass
class World:
    files: dict[str, int]  # in the volume server's directory: name and size
    targets: list[Target]
    devices: dict[str, list[qmp.Device]]  # by host

    def is_empty(self) -> bool:
        return not self.files and not self.targets and not any(self.devices.values())


@dataclass
class Metadata:
    volumes: dict[str, dict]
    snapshots: dict[str, dict]

    def is_empty(self) -> bool:
        return not self.volumes and not self.snapshots


def look(cluster: Cluster) -> World:
    return World(
        {file.name: file.stat().st_size for file in cluster.volume_directory.iterdir()},
        _targets(cluster),
        {host: qmp.devices(cluster.vm_directory(host) / f"{guest}.qmp") for host, guest in GUESTS.items()},
    )


def ask(cluster: Cluster) -> Metadata:
    """As any client is answered."""

    def describe(what: str) -> list[dict]:
        command = [cluster.programs / "vbs", "--endpoint", cluster.endpoint, "--output", "json", f"describe-{what}"]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout)[what]

    return Metadata(
        {volume["volumeId"]: volume for volume in describe("volumes")},
        {snapshot["snapshotId"]: snapshot for snapshot in describe("snapshots")},
    )


def unfinished(cluster: Cluster) -> list[str]:
    """What VBS still works on: open operations, and what has a transitional status."""
    found = open_operations(cluster)
    for table in ("volumes", "snapshots"):
        for name, status in _select(cluster, f"SELECT id, status FROM {table}"):
            if status in _TRANSITIONAL:
                found.append(f"{name} is {status}")
    return found


def open_operations(cluster: Cluster) -> list[str]:
    rows = _select(cluster, "SELECT kind, resource_id, state, step, last_error FROM operations")
    return [" ".join(str(field) for field in row) for row in rows]


def _select(cluster: Cluster, query: str) -> list[tuple]:
    """Of the database, as no client can see the journal."""
    with contextlib.closing(sqlite3.connect(f"file:{cluster.database}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()


def differences(
    cluster: Cluster, metadata: Metadata, world: World, forgives_lost_targets: bool = False
) -> list[str]:
    """Between a quiet VBS and what is there. Nothing is leaked and nothing lost when there are none. A QEMU whose target
    was lost cannot log out and keeps a node that no guest sees (docs/userspace.md): that may be forgiven."""
    found = []
    files = dict(world.files)
    targets = {target.name: target for target in world.targets}
    devices = [(host, device) for host, list_of in world.devices.items() for device in list_of]
    if forgives_lost_targets:
        devices = [(host, device) for host, device in devices if device.device or _lets_in(targets, device, host)]

    def take_file(name: str, size: int, may_lack: bool) -> None:
        real = files.pop(name, None)
        if real is None and not may_lack:
            found.append(f"lost: {name} has no file")
        elif real is not None and real != size:
            found.append(f"{name} has {real} bytes instead of {size}")

    for name, snapshot in metadata.snapshots.items():
        take_file(f"{name}.img", snapshot["sizeGiB"] * GIB, snapshot["status"] in _MAY_BE_EMPTY)
    for name, volume in metadata.volumes.items():
        take_file(f"{name}.img", volume["sizeGiB"] * GIB, volume["status"] in _MAY_BE_EMPTY)
        attachment = volume.get("attachment")
        if (volume["status"] == "in-use") != (attachment is not None):
            found.append(f"{name} is {volume['status']}, its attachment is {attachment}")
        if attachment is None:
            continue
        target = next((targets.pop(full) for full in list(targets) if full.endswith(f":{name}")), None)
        if target is None:
            found.append(f"lost: {name} has no target")
            continue
        expected = Target(
            target.name,
            target.number,
            [str(cluster.volume_directory / f"{name}.img")],
            [initiator_of(attachment["vmmHostname"])],
            target.sessions,
        )
        if target != expected:
            found.append(f"{target}, expected {expected}")
        place = (attachment["vmmHostname"], attachment["vmId"], attachment["vmDevice"], name, target.name)
        here = [(host, device) for host, device in devices if device.volume == name]
        if [(host, *device) for host, device in here] != [place]:
            found.append(f"{name} should be at {place}, QEMU has {here}")
        if target.sessions != len(here):
            found.append(f"{target.name} has {target.sessions} sessions")
        devices = [entry for entry in devices if entry not in here]
    found += [f"leaked: file {name}" for name in files]
    found += [f"leaked: target {name}" for name in targets]
    found += [f"leaked: {device} at {host}" for host, device in devices]
    return found


def _lets_in(targets: dict[str, Target], device: qmp.Device, host: str) -> bool:
    return device.target in targets and initiator_of(host) in targets[device.target].initiators


def _targets(cluster: Cluster) -> list[Target]:
    listing = subprocess.run(
        ["tgtadm", "--lld", "iscsi", "--mode", "target", "--op", "show"],
        env={"PATH": SEARCH_PATH, "TGT_IPC_SOCKET": str(cluster.directory / "tgtd")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return [_target(text) for text in re.split(r"(?m)^(?=Target \d+: )", listing) if text.strip()]


def _target(text: str) -> Target:
    heading = re.match(r"Target (\d+): (\S+)", text)
    assert heading, text
    files = [path for path in re.findall(r"Backing store path: (.+)", text) if path != "None"]
    initiators = text.partition("ACL information:")[2].split()
    return Target(heading[2], int(heading[1]), files, initiators, len(re.findall(r"I_T nexus: \d+", text)))
