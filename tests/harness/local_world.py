"""Where what is really there is to be seen on a local cluster: by tools of others, and in the metadata's file what no
client is told."""

import contextlib
import sqlite3
from typing import Any

from scripts.localcluster.cluster import GUESTS, Cluster, initiator_of

from .qmp import devices
from .targets import parse_targets
from .world import World

_TRANSITIONAL = ("pending", "attaching", "detaching", "deleting")


def look(cluster: Cluster) -> World:
    hosts = {initiator_of(host): host for host in GUESTS}
    listing = cluster.tgtadm("--mode", "target", "--op", "show")
    plugged = [
        device
        for host, guest in GUESTS.items()
        for device in devices(host, cluster.vm_directory(host) / f"{guest}.qmp")
    ]
    return World(
        # What has another name is none of VBS's; it keeps its name, which no volume has.
        {
            file.stem if file.suffix == ".img" else f"./{file.name}": file.stat().st_size
            for file in cluster.volume_directory.iterdir()
        },
        sorted(parse_targets(listing, cluster.volume_directory, hosts), key=lambda target: target.name),
        sorted(plugged),
    )


def unfinished(cluster: Cluster) -> list[str]:
    """What VBS still works on: open operations, and what has a transitional status."""
    found = open_operations(cluster)
    for table in ("volumes", "snapshots"):
        for name, status in select(cluster, f"SELECT id, status FROM {table}"):
            if status in _TRANSITIONAL:
                found.append(f"{name} is {status}")
    return found


def open_operations(cluster: Cluster) -> list[str]:
    rows = select(cluster, "SELECT kind, resource_id, state, step, last_error FROM operations")
    return [" ".join(str(field) for field in row) for row in rows]


def select(cluster: Cluster, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Of the metadata's database, in which is what no client can see, such as the journal."""
    with contextlib.closing(sqlite3.connect(f"file:{cluster.database}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query, values).fetchall()
