"""What is really there, what VBS says is there, and how the two differ. How to look is up to each suite: local_world
does it for a local cluster, the lab for its nodes. What nobody has looked at is None."""

from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from scripts.localcluster.client import Attachment, Client, Snapshot, Volume

ONLY_LOGGED_IN = "-"

_GIB = 1 << 30
# These need no storage: they are there to be deleted.
_MAY_BE_EMPTY = ("error",)


@dataclass(frozen=True)
class Target:
    """An iSCSI target of the volume server."""

    name: str  # ends in that of its volume
    number: Optional[int] = None
    serves: Optional[tuple[str, ...]] = None  # volumes; what is none of VBS's, by its path
    admits: Optional[tuple[str, ...]] = None  # hosts; others by their initiator's name
    logged_in: Optional[tuple[str, ...]] = None  # as `admits`, one for each session

    @property
    def volume(self) -> str:
        return self.name.rpartition(":")[2]


class Session(NamedTuple):
    """A VM host is logged in to a volume's target."""

    host: str
    volume: str


class Device(NamedTuple):
    """A VM has a volume."""

    host: str
    vm: str
    device: Optional[str]  # ONLY_LOGGED_IN: its QEMU is logged in, but the VM has no device for it
    volume: str
    target: Optional[str]  # the target's name


@dataclass(frozen=True)
class World:
    """What is really there of VBS."""

    # Volumes and snapshots that the volume server holds, and their bytes.
    storage: dict[str, Optional[int]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    # None also where hosts have none, as their VMs log in themselves.
    sessions: Optional[list[Session]] = None

    def is_empty(self) -> bool:
        return not (self.storage or self.targets or self.devices or self.sessions)

    def has_attachments(self) -> bool:
        """Or what is left of them."""
        return bool(self.targets or self.devices or self.sessions)

    def devices_at(self, host: str) -> list[Device]:
        return [device for device in self.devices if device.host == host]

    def target_of(self, volume: str) -> Optional[Target]:
        return next((target for target in self.targets if target.volume == volume), None)


class Metadata(NamedTuple):
    """What VBS says is there."""

    volumes: dict[str, Volume]
    snapshots: dict[str, Snapshot]

    def is_empty(self) -> bool:
        return not self.volumes and not self.snapshots


class State(NamedTuple):
    """Everything that an operation which failed must leave as it was."""

    world: World
    metadata: Metadata


def ask(vbs: Client) -> Metadata:
    """As any client is answered."""
    return Metadata(
        {volume.id: volume for volume in vbs.describe_volumes()},
        {snapshot.id: snapshot for snapshot in vbs.describe_snapshots()},
    )


def differences(metadata: Metadata, world: World, forgives_lost_targets: bool = False) -> list[str]:
    """Between a quiet VBS and what is there. Nothing is leaked and nothing lost when there are none. A QEMU whose
    target was lost cannot log out and keeps a node that no guest sees (docs/userspace.md): that may be forgiven."""
    comparison = _Comparison(world, forgives_lost_targets)
    for snapshot in metadata.snapshots.values():
        comparison.take_storage(snapshot)
    for volume in metadata.volumes.values():
        comparison.take_storage(volume)
        if (volume.status == "in-use") != (volume.attachment is not None):
            comparison.found.append(f"{volume.id} is {volume.status}, its attachment is {volume.attachment}")
        if volume.attachment is not None:
            comparison.take_attachment(volume.attachment)
    comparison.tell_leaks()
    return comparison.found


class _Comparison:
    """Takes from the world what must be there; what is left at the end is leaked."""

    def __init__(self, world: World, forgives_lost_targets: bool):
        self.found: list[str] = []
        self._world = world
        self._storage = dict(world.storage)
        self._targets = list(world.targets)
        self._sessions = list(world.sessions or ())
        self._devices = [each for each in world.devices if not forgives_lost_targets or not self._is_lost_login(each)]

    def _is_lost_login(self, device: Device) -> bool:
        targets = [target for target in self._world.targets if target.name == device.target]
        is_admitted = any(device.host in (target.admits or ()) for target in targets)
        return device.device == ONLY_LOGGED_IN and not is_admitted

    def take_storage(self, described: Volume | Snapshot) -> None:
        name, size = described.id, described.size * _GIB
        if name not in self._storage:
            if described.status not in _MAY_BE_EMPTY:
                self.found.append(f"lost: {name} is not on the volume server")
            return
        real = self._storage.pop(name)
        if real not in (None, size):
            self.found.append(f"{name} has {real} bytes instead of {size}")

    def take_attachment(self, attachment: Attachment) -> None:
        target = self._world.target_of(attachment.volume)
        if target is None:
            self.found.append(f"lost: {attachment.volume} has no target")
            return
        self._targets.remove(target)
        self._compare_target(target, attachment)
        self._take_session(attachment)
        self._take_device(target, attachment)

    def _compare_target(self, target: Target, attachment: Attachment) -> None:
        for seen, expected in (
            (target.serves, (attachment.volume,)),
            (target.admits, (attachment.host,)),
            (target.logged_in, (attachment.host,)),
        ):
            if seen not in (None, expected):
                self.found.append(f"{target}, expected {expected}")

    def _take_session(self, attachment: Attachment) -> None:
        if self._world.sessions is None:
            return
        session = Session(attachment.host, attachment.volume)
        if session in self._sessions:
            self._sessions.remove(session)
        else:
            self.found.append(f"lost: {session}")

    def _take_device(self, target: Target, attachment: Attachment) -> None:
        here = [device for device in self._devices if device.volume == attachment.volume]
        self._devices = [device for device in self._devices if device not in here]
        expected = Device(attachment.host, attachment.vm, attachment.device, attachment.volume, target.name)
        if [_as_far_as_seen(expected, device) for device in here] != here or len(here) != 1:
            self.found.append(f"{attachment.volume} should be at {expected}, there is {here}")

    def tell_leaks(self) -> None:
        for name in self._storage:
            self.found.append(f"leaked: {name} on the volume server")
        for left in (*self._targets, *self._sessions, *self._devices):
            self.found.append(f"leaked: {left}")


def _as_far_as_seen(expected: Device, seen: Device) -> Device:
    return expected._replace(
        device=None if seen.device is None else expected.device,
        target=None if seen.target is None else expected.target,
    )
