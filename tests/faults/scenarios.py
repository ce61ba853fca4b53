"""The operations of VBS: each with what has to be there before, the request, and how to tell whether it took effect."""

from typing import Any, Callable, Optional

from tests.faults import outcomes, preparations
from tests.faults.request import Request
from tests.faults.scenario import DEVICE, HOST, IF_REFUSED, IN_ERROR, UNDONE, UNTIL_THE_SAME, VM, Play, Scenario
from tests.faults.testbed import VMM_DELEGATES, VOLUME_DELEGATE
from tests.harness.world import Metadata

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


# --- trouble


Trouble = Callable[[Play], None]
# What has to be there before, the request, and what became of it.
Played = tuple[Callable[[Play], None], Callable[[Play], Optional[Request]], Callable[[Play, Metadata], str]]


def _fails(host: str, *keys: str) -> Trouble:
    return lambda play: play.fails(host, *keys)


def _cannot_be_reached(name: str, call: str) -> Trouble:
    return lambda play: play.cannot_reach(name, call)


def _is_down(*names: str) -> Trouble:
    return lambda play: play.is_down(*names)


def _all_of(*troubles: Trouble) -> Trouble:
    def happen(play: Play) -> None:
        for trouble in troubles:
            trouble(play)

    return happen


_SERVER = "volume-server"
_BOTH = (VOLUME_DELEGATE, VMM_DELEGATES[HOST])
_CREATE_VOLUME = (preparations.nothing, _asks("create-volume", "1"), outcomes.of_creating)
_COPY_VOLUME = (preparations.a_snapshot, _asks("create-volume", "--snapshot", "SNAPSHOT"), outcomes.of_creating)
_DELETE_VOLUME = (preparations.a_volume, _asks("delete-volume", "VOLUME"), outcomes.of_deleting_the_volume)
_CREATE_SNAPSHOT = (preparations.a_volume, _asks("create-snapshot", "VOLUME"), outcomes.of_creating)
_DELETE_SNAPSHOT = (preparations.a_snapshot, _asks("delete-snapshot", "SNAPSHOT"), outcomes.of_deleting_the_snapshot)
_ATTACH = (preparations.a_volume, _asks("attach-volume", "VOLUME", HOST, VM, DEVICE), outcomes.of_attaching)
_LEFT_TO_ATTACH = ("hang", "kill-all", "stop-service", "late")
_ATTACH_OF_WHAT_THE_VM_HAS = (preparations.a_volume_that_the_vm_has, *_ATTACH[1:])
_DETACH = (preparations.an_attached_volume, _asks("detach-volume", "VOLUME"), outcomes.of_detaching)
_FORCE_DETACH = _asks("detach-volume", "VOLUME", "--force")
_FORCE_DETACH_OF_WHAT_IS_LEFT = (preparations.a_volume_that_its_vm_has_left, _FORCE_DETACH, outcomes.of_detaching)
_RECONCILE = _asks("admin", "reconcile")
_SURVEY = (preparations.an_attached_volume, _RECONCILE, outcomes.of_attaching)
_RESTORE = (preparations.a_volume_that_lost_its_way, _RECONCILE, outcomes.of_attaching)
_REMOVE_TARGET = (preparations.a_volume_with_a_stray_target, _RECONCILE, outcomes.of_tidying_up)
_REMOVE_DEVICE = (preparations.a_volume_that_strays_in_a_vm, _RECONCILE, outcomes.of_tidying_up)
_REMOVE_ORPHANS = (
    preparations.files_that_came_back,
    _asks("admin", "reconcile", "--remove-orphans"),
    outcomes.of_tidying_up,
)
_RESTART_COPY = (preparations.a_copy_that_takes_long, _restart_of_the_volume_delegate, outcomes.of_copying_again)


def _refused(name: str, played: Played, trouble: Trouble, *varies: str, regular: str = UNDONE, **more: Any) -> Scenario:
    """Fails at once, and is rolled back. `more`: of Scenario."""
    return Scenario(name, *played, trouble=trouble, varies=varies, regular=regular, **more)


def _stuck(name: str, played: Played, trouble: Trouble, *varies: str, **more: Any) -> Scenario:
    """Cannot be brought to its end before the trouble has. `more`: of Scenario."""
    return Scenario(name, *played, trouble=trouble, heals=True, varies=varies, **more)


# A delegate that was away is asked whether it is back.
_PROBED = ("answer/describeDelegate",)

_FIRST_RECONCILED = "restore-attachment"


def _reconciled(name: str, played: Played, refusal: Trouble, gap: Trouble) -> list[Scenario]:
    """Differs from the metadata, is mended, and by a later reconciliation when it could not be by the first."""
    more: dict[str, Any] = {"delegates": _BOTH, "again": UNTIL_THE_SAME}
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
            preparations.a_copy_that_takes_long,
            _asks("delete-volume", "VOLUME"),
            outcomes.of_deleting_the_volume,
            again=IF_REFUSED,
            by_chance=("copyWatcher/", "answer/describeCopies"),
        ),
        _refused("delete-volume-refused", _DELETE_VOLUME, _fails(_SERVER, "volume.delete"), "delete-volume"),
        _stuck("delete-volume-stuck", _DELETE_VOLUME, _is_down(VOLUME_DELEGATE), "delete-volume"),
        Scenario("create-snapshot", *_CREATE_SNAPSHOT),
        _refused("create-snapshot-refused", _CREATE_SNAPSHOT, _fails(_SERVER, "snapshot.create.2"), "create-snapshot"),
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
            _all_of(_fails(_SERVER, "target.delete.2"), _cannot_be_reached(VMM_DELEGATES[HOST], "attachVolume")),
            "detach",
            "detach-refused",
            delegates=_BOTH,
            regular=UNDONE,
        ),
        _refused(
            "detach-refused-twice",
            _DETACH,
            _all_of(_fails(_SERVER, "target.delete.2"), _fails(HOST, "vm.attach")),
            "detach-refused",
            delegates=_BOTH,
            heals=True,
        ),
        Scenario(
            "detach-of-what-lost-its-target",
            preparations.an_attached_volume_that_lost_its_target,
            _asks("detach-volume", "VOLUME"),
            outcomes.of_detaching,
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
            (preparations.an_attached_volume, _FORCE_DETACH, outcomes.of_detaching),
            _is_down(VMM_DELEGATES[HOST], VM),
            "force-detach",
            delegates=_BOTH,
            again=IF_REFUSED,
        ),
        _stuck(
            "force-detach-of-a-host-that-lives",
            (preparations.an_attached_volume, _FORCE_DETACH, outcomes.of_detaching),
            _is_down(VMM_DELEGATES[HOST]),
            delegates=_BOTH,
            again=IF_REFUSED,
            keeps_login=".*",
        ),
        _stuck(
            "force-detach-of-a-stuck-attach",
            (preparations.a_stuck_attach, _FORCE_DETACH, outcomes.of_detaching),
            preparations.nothing,
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
