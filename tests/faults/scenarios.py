"""The operations of VBS, as the matrix of faults plays them: each with what has to be there before, the request, and
how to tell whether it took effect."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Callable, Optional

from localcluster.patterns import edited

from fault_points import until
from testbed import PATIENCE, SERVICE, VMM_DELEGATES, VOLUME_DELEGATE, Request, Testbed
from world import Metadata

# What became of an operation. In error: a volume whose contents were refused, or whose deletion was.
DONE, UNDONE, IN_ERROR = "done", "undone", "in error"

HOST = "host1"
VM = "vm1"
DEVICE = "sdb"
# What the service gives where no other is taken.
_FIRST_TARGET_ID = 1
_DATA = b"what was written must stay" * 8


@dataclass
class Play:
    """One performance of a scenario."""

    testbed: Testbed
    volume: str = ""
    snapshot: str = ""
    # Undone by heal(), or at the end.
    trouble: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def fails(self, host: str, *keys: str) -> None:
        self.trouble.enter_context(self.testbed.failing(host, *keys))

    def is_down(self, *names: str) -> None:
        self.testbed.kill(*names)
        self.trouble.callback(self.testbed.start, *reversed(names))

    def heal(self) -> None:
        self.trouble.close()


@dataclass(frozen=True)
class Scenario:
    name: str
    prepare: Callable[[Play], None]
    # What the client asks for; nothing where VBS acts by itself.
    request: Callable[[Play], Optional[Request]]
    outcome: Callable[[Play, Metadata], str]
    # Those that take part.
    delegates: tuple[str, ...] = (VOLUME_DELEGATE,)
    # Makes the operation fail; called after prepare.
    trouble: Optional[Callable[[Play], None]] = None
    # The trouble ends once the client has been answered, and not at the end of all.
    heals: bool = False
    # What it is about does not end by itself, so it is asked for again: once where it took no effect, or until what is
    # there is what the metadata say.
    again: Optional[str] = None
    # The cases after which the VM's QEMU keeps a login, without a device, to a target that was taken away from it; it ends
    # with the VM.
    keeps_login: Optional[str] = None
    # The VM has the volume as the request wants it, and keeps it until a reconciliation, whatever becomes of the request.
    is_in_vm: bool = False
    # What was there differs from the metadata before: where VBS does not come to that, a reconciliation mends it, and
    # initiators log in again.
    drifts: bool = False
    # What it comes to without a fault.
    regular: str = DONE
    # The points that these have as well are left to them.
    varies: tuple[str, ...] = ()
    # The kinds of fault that are left to others at all points.
    leaves_out: tuple[str, ...] = ()
    # It comes to points whose names begin so by chance only, from what goes on beside it; others play them.
    by_chance: tuple[str, ...] = ()


IF_REFUSED, UNTIL_THE_SAME = "if refused", "until the same"


# --- what has to be there before


def _nothing(play: Play) -> None:
    del play


def _a_volume(play: Play) -> None:
    play.volume = play.testbed.new_volume()
    play.testbed.write_into(play.volume, _DATA)


def _a_snapshot(play: Play) -> None:
    _a_volume(play)
    play.snapshot = play.testbed.new_snapshot(play.volume)


def _an_attached_volume(play: Play) -> None:
    _a_volume(play)
    play.testbed.do("attach-volume", play.volume, HOST, VM, DEVICE)


def _a_volume_that_its_vm_has_left(play: Play) -> None:
    _an_attached_volume(play)
    play.testbed.unplug(HOST, DEVICE, play.volume)


def _a_volume_that_lost_its_way(play: Play) -> None:
    """As after the volume server and the VM were started anew."""
    _a_volume_that_its_vm_has_left(play)
    play.testbed.remove_target(play.volume)


def _an_attached_volume_that_lost_its_target(play: Play) -> None:
    """As after tgtd was started anew."""
    _an_attached_volume(play)
    play.testbed.remove_target(play.volume)


def _see_it_once(play: Play) -> None:
    """What is stray goes only when a second survey sees it, too."""
    play.testbed.do("admin", "reconcile")


def _a_volume_with_a_stray_target(play: Play) -> None:
    _a_volume(play)
    play.testbed.make_target(play.volume, HOST)
    _see_it_once(play)


def _a_volume_that_strays_in_a_vm(play: Play) -> None:
    _a_volume(play)
    play.testbed.plug(HOST, DEVICE, play.volume, play.testbed.make_target(play.volume, HOST))
    _see_it_once(play)


def _a_volume_that_the_vm_has(play: Play) -> None:
    """As after an older copy of the metadata was restored."""
    _a_volume(play)
    play.testbed.plug(HOST, DEVICE, play.volume, play.testbed.make_target(play.volume, HOST, _FIRST_TARGET_ID))
    play.testbed.kill(SERVICE)  # what it has seen at hosts was seen before
    play.testbed.start(SERVICE)


def _files_that_came_back(play: Play) -> None:
    """Of a volume and of a snapshot that were deleted."""
    _a_snapshot(play)
    gone = play.testbed.new_volume()
    play.testbed.do("delete-volume", gone)
    play.testbed.do("delete-snapshot", play.snapshot)
    for name in (gone, play.snapshot):
        play.testbed.file_of(name).write_bytes(_DATA)


def _a_copy_that_takes_long(play: Play) -> None:
    _a_snapshot(play)
    testbed = play.testbed
    points = testbed.points[VOLUME_DELEGATE]
    mark = points.mark()

    def has_begun() -> bool:
        return any(point.name == "command/volume.copy.before" for point in points.trace(mark))

    with edited(testbed.cluster.pattern_file("volume-server"), {"volume.copy": "sleep 1000"}):
        play.volume = testbed.new_volume("--snapshot", play.snapshot)
        assert until(has_begun, PATIENCE), "no copy begins"


def _a_stuck_attach(play: Play) -> None:
    """The host went away in the middle of it."""
    _a_volume(play)
    _cannot_be_reached(VMM_DELEGATES[HOST], "operationId")(play)
    refusal = play.testbed.begin("attach-volume", play.volume, HOST, VM, DEVICE)
    assert "the roll-back is still being retried" in refusal.stderr, str(refusal)


# --- requests


def _asks(*words: str) -> Callable[[Play], Request]:
    """`VOLUME` and `SNAPSHOT` stand for those of the play."""

    def ask(play: Play) -> Request:
        names = {"VOLUME": play.volume, "SNAPSHOT": play.snapshot}
        return play.testbed.begin(*(names.get(word, word) for word in words))

    return ask


def _restart_of_the_volume_delegate(play: Play) -> None:
    play.testbed.kill(VOLUME_DELEGATE)
    play.testbed.start(VOLUME_DELEGATE)


# --- outcomes


def _of_creating(play: Play, metadata: Metadata) -> str:
    made = (set(metadata.volumes) | set(metadata.snapshots)) - {play.volume, play.snapshot}
    if not made:
        return UNDONE
    assert len(made) == 1, f"made {made}"
    return _of_filling(play, metadata, made.pop())


def _of_copying_again(play: Play, metadata: Metadata) -> str:
    assert play.volume in metadata.volumes, f"{play.volume} is lost"
    return _of_filling(play, metadata, play.volume)


def _of_filling(play: Play, metadata: Metadata, name: str) -> str:
    found = metadata.volumes.get(name) or metadata.snapshots[name]
    if found["status"] == "error":
        return IN_ERROR
    assert found["status"] in ("available", "completed"), found
    if "snapshotId" in found:
        contents = play.testbed.read_from(name, len(_DATA))
        assert contents == (_DATA, _DATA), f"{name} lacks what it was copied from: {contents}"
    return DONE


def _of_deleting(play: Play, metadata: Metadata, name: str) -> str:
    found = metadata.volumes.get(name) or metadata.snapshots.get(name)
    if found is None:
        return DONE
    if found["status"] == "error":
        return IN_ERROR
    assert found["status"] in ("available", "completed"), found
    return UNDONE


def _of_deleting_the_volume(play: Play, metadata: Metadata) -> str:
    return _of_deleting(play, metadata, play.volume)


def _of_deleting_the_snapshot(play: Play, metadata: Metadata) -> str:
    return _of_deleting(play, metadata, play.snapshot)


def _of_attaching(play: Play, metadata: Metadata) -> str:
    volume = metadata.volumes[play.volume]
    assert volume["status"] in ("available", "in-use"), volume
    assert play.testbed.read_from(play.volume, len(_DATA)) == (_DATA, _DATA), f"{play.volume} lost its data"
    return DONE if volume["status"] == "in-use" else UNDONE


def _of_detaching(play: Play, metadata: Metadata) -> str:
    return UNDONE if _of_attaching(play, metadata) == DONE else DONE


def _of_tidying_up(play: Play, metadata: Metadata) -> str:
    # That nothing is left over is checked after every play.
    del play, metadata
    return DONE


# --- trouble


def _fails(host: str, *keys: str) -> Callable[[Play], None]:
    return lambda play: play.fails(host, *keys)


def _cannot_be_reached(name: str, call: str) -> Callable[[Play], None]:
    def happen(play: Play) -> None:
        play.testbed.proxies[name].refuse(call.encode())
        play.trouble.callback(play.testbed.proxies[name].refuse, None)

    return happen


def _is_down(*names: str) -> Callable[[Play], None]:
    return lambda play: play.is_down(*names)


_SERVER = "volume-server"
_BOTH = (VOLUME_DELEGATE, VMM_DELEGATES[HOST])
_CREATE_VOLUME = (_nothing, _asks("create-volume", "1"), _of_creating)
_COPY_VOLUME = (_a_snapshot, _asks("create-volume", "--snapshot", "SNAPSHOT"), _of_creating)
_DELETE_VOLUME = (_a_volume, _asks("delete-volume", "VOLUME"), _of_deleting_the_volume)
_CREATE_SNAPSHOT = (_a_volume, _asks("create-snapshot", "VOLUME"), _of_creating)
_DELETE_SNAPSHOT = (_a_snapshot, _asks("delete-snapshot", "SNAPSHOT"), _of_deleting_the_snapshot)
_ATTACH = (_a_volume, _asks("attach-volume", "VOLUME", HOST, VM, DEVICE), _of_attaching)
_LEFT_TO_ATTACH = ("hang", "kill-all", "stop-service", "late")
_ATTACH_OF_WHAT_THE_VM_HAS = (_a_volume_that_the_vm_has, *_ATTACH[1:])
_DETACH = (_an_attached_volume, _asks("detach-volume", "VOLUME"), _of_detaching)
_FORCE_DETACH = _asks("detach-volume", "VOLUME", "--force")
_FORCE_DETACH_OF_WHAT_IS_LEFT = (_a_volume_that_its_vm_has_left, _FORCE_DETACH, _of_detaching)
_RECONCILE = _asks("admin", "reconcile")
_SURVEY = (_an_attached_volume, _RECONCILE, _of_attaching)
_RESTORE = (_a_volume_that_lost_its_way, _RECONCILE, _of_attaching)
_REMOVE_TARGET = (_a_volume_with_a_stray_target, _RECONCILE, _of_tidying_up)
_REMOVE_DEVICE = (_a_volume_that_strays_in_a_vm, _RECONCILE, _of_tidying_up)
_REMOVE_ORPHANS = (_files_that_came_back, _asks("admin", "reconcile", "--remove-orphans"), _of_tidying_up)
_RESTART_COPY = (_a_copy_that_takes_long, _restart_of_the_volume_delegate, _of_copying_again)


def _refused(name: str, played: tuple, trouble: Callable[[Play], None], *varies: str, **more) -> Scenario:
    """Fails at once, and is rolled back."""
    return Scenario(name, *played, trouble=trouble, varies=varies, **({"regular": UNDONE} | more))


def _stuck(name: str, played: tuple, trouble: Callable[[Play], None], *varies: str, **more) -> Scenario:
    """Cannot be brought to its end before the trouble has."""
    return Scenario(name, *played, trouble=trouble, heals=True, varies=varies, **more)


# A delegate that was away is asked whether it is back.
_PROBED = ("answer/describeDelegate",)

_FIRST_RECONCILED = "restore-attachment"


def _reconciled(
    name: str, played: tuple, refusal: Callable[[Play], None], gap: Callable[[Play], None]
) -> list[Scenario]:
    """Differs from the metadata, is mended, and by a later reconciliation when it could not be by the first."""
    more = {"delegates": _BOTH, "again": UNTIL_THE_SAME}
    # All of them look the same way first.
    varied = () if name == _FIRST_RECONCILED else (_FIRST_RECONCILED,)
    return [
        Scenario(name, *played, varies=varied, **more),
        _stuck(f"{name}-refused", played, refusal, name, *varied, **more),
        _stuck(f"{name}-stuck", played, gap, name, *varied, **more),
    ]


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("create-volume", *_CREATE_VOLUME),
        _refused("create-volume-refused", _CREATE_VOLUME, _fails(_SERVER, "volume.create"), "create-volume"),
        _stuck(
            "create-volume-stuck",
            _CREATE_VOLUME,
            _fails(_SERVER, "volume.create", "volume.delete"),
            "create-volume",
            "create-volume-refused",
            regular=UNDONE,
        ),
        Scenario("copy-volume", *_COPY_VOLUME),
        Scenario("restart-copy", *_RESTART_COPY, by_chance=_PROBED),
        _refused(
            "restart-copy-refused",
            _RESTART_COPY,
            _fails(_SERVER, "volume.create"),
            "restart-copy",
            regular=IN_ERROR,
            by_chance=_PROBED,
        ),
        _stuck(
            "restart-copy-stuck",
            _RESTART_COPY,
            _fails(_SERVER, "volume.create", "volume.delete"),
            "restart-copy",
            "restart-copy-refused",
            by_chance=_PROBED,
        ),
        Scenario("delete-volume", *_DELETE_VOLUME),
        Scenario(
            "delete-volume-during-copy",
            _a_copy_that_takes_long,
            _asks("delete-volume", "VOLUME"),
            _of_deleting_the_volume,
            again=IF_REFUSED,
            by_chance=("copyWatcher/", "answer/describeCopies"),
        ),
        _refused("delete-volume-refused", _DELETE_VOLUME, _fails(_SERVER, "volume.delete"), "delete-volume"),
        _stuck("delete-volume-stuck", _DELETE_VOLUME, _is_down(VOLUME_DELEGATE), "delete-volume"),
        Scenario("create-snapshot", *_CREATE_SNAPSHOT),
        _refused(
            "create-snapshot-refused", _CREATE_SNAPSHOT, _fails(_SERVER, "snapshot.create.2"), "create-snapshot"
        ),
        _stuck(
            "create-snapshot-stuck",
            _CREATE_SNAPSHOT,
            _fails(_SERVER, "snapshot.create.2", "snapshot.delete"),
            "create-snapshot",
            "create-snapshot-refused",
            regular=UNDONE,
        ),
        Scenario("delete-snapshot", *_DELETE_SNAPSHOT),
        _refused("delete-snapshot-refused", _DELETE_SNAPSHOT, _fails(_SERVER, "snapshot.delete"), "delete-snapshot"),
        _stuck("delete-snapshot-stuck", _DELETE_SNAPSHOT, _is_down(VOLUME_DELEGATE), "delete-snapshot"),
        Scenario("attach", *_ATTACH, delegates=_BOTH),
        _refused("attach-refused", _ATTACH, _fails(HOST, "vm.attach"), "attach", delegates=_BOTH),
        _stuck(
            "attach-stuck-at-host",
            _ATTACH,
            _fails(HOST, "vm.attach", "vm.detach"),
            "attach",
            "attach-refused",
            delegates=_BOTH,
            regular=UNDONE,
        ),
        Scenario(
            "attach-of-what-the-vm-has",
            *_ATTACH_OF_WHAT_THE_VM_HAS,
            delegates=_BOTH,
            is_in_vm=True,
            drifts=True,
            leaves_out=_LEFT_TO_ATTACH,
        ),
        _refused(
            "attach-of-what-the-vm-has-refused",
            _ATTACH_OF_WHAT_THE_VM_HAS,
            _fails(HOST, "vm.attach"),
            "attach-of-what-the-vm-has",
            delegates=_BOTH,
            is_in_vm=True,
            drifts=True,
            leaves_out=_LEFT_TO_ATTACH,
            # In doubt, so that it is ended by force.
            keeps_login=".*:listing-foreign",
            # The target stays, so nothing is asked of anybody there.
            by_chance=("attachVolume/exportVolume/undo.before",),
        ),
        Scenario("detach", *_DETACH, delegates=_BOTH),
        _refused("detach-refused", _DETACH, _fails(_SERVER, "target.delete.2"), "detach", delegates=_BOTH),
        _stuck(
            "detach-stuck-at-host",
            _DETACH,
            lambda play: (
                play.fails(_SERVER, "target.delete.2"),
                _cannot_be_reached(VMM_DELEGATES[HOST], "attachVolume")(play),
            ),
            "detach",
            "detach-refused",
            delegates=_BOTH,
            regular=UNDONE,
        ),
        _refused(
            "detach-refused-twice",
            _DETACH,
            lambda play: (play.fails(_SERVER, "target.delete.2"), play.fails(HOST, "vm.attach")),
            "detach-refused",
            delegates=_BOTH,
            heals=True,
        ),
        Scenario(
            "detach-of-what-lost-its-target",
            _an_attached_volume_that_lost_its_target,
            _asks("detach-volume", "VOLUME"),
            _of_detaching,
            delegates=_BOTH,
            drifts=True,
            # What cannot be exported any more is detached all the same.
            keeps_login=r".*:command/target\.create.*:fail",
        ),
        Scenario("force-detach", *_FORCE_DETACH_OF_WHAT_IS_LEFT, delegates=_BOTH, again=IF_REFUSED),
        _stuck(
            "force-detach-stuck",
            _FORCE_DETACH_OF_WHAT_IS_LEFT,
            _fails(_SERVER, "target.delete.1"),
            "force-detach",
            delegates=_BOTH,
            again=IF_REFUSED,
        ),
        _stuck(
            "force-detach-of-a-lost-host",
            (_an_attached_volume, _FORCE_DETACH, _of_detaching),
            _is_down(VMM_DELEGATES[HOST], VM),
            "force-detach",
            delegates=_BOTH,
            again=IF_REFUSED,
        ),
        _stuck(
            "force-detach-of-a-host-that-lives",
            (_an_attached_volume, _FORCE_DETACH, _of_detaching),
            _is_down(VMM_DELEGATES[HOST]),
            delegates=_BOTH,
            again=IF_REFUSED,
            keeps_login=".*",
        ),
        _stuck(
            "force-detach-of-a-stuck-attach",
            (_a_stuck_attach, _FORCE_DETACH, _of_detaching),
            _nothing,
            delegates=_BOTH,
            by_chance=("attachVolume/", "cleanHost/note-failure", "command/target.create", "answer/exportVolume"),
        ),
        Scenario("reconcile", *_SURVEY, delegates=_BOTH, varies=(_FIRST_RECONCILED,)),
        *_reconciled(
            _FIRST_RECONCILED,
            _RESTORE,
            _fails(HOST, "vm.attach"),
            _cannot_be_reached(VMM_DELEGATES[HOST], "attachVolume"),
        ),
        *_reconciled(
            "remove-target",
            _REMOVE_TARGET,
            _fails(_SERVER, "target.delete.2"),
            _cannot_be_reached(VOLUME_DELEGATE, "unexportVolume"),
        ),
        *_reconciled(
            "remove-device",
            _REMOVE_DEVICE,
            _fails(HOST, "vm.detach"),
            _cannot_be_reached(VMM_DELEGATES[HOST], "detachVolume"),
        ),
        *_reconciled(
            "remove-orphans",
            _REMOVE_ORPHANS,
            _fails(_SERVER, "volume.delete", "snapshot.delete"),
            _cannot_be_reached(VOLUME_DELEGATE, ":delete"),
        ),
    )
}
