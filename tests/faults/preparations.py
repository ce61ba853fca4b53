"""What has to be there before a request of a scenario."""

from tests.faults.scenario import DATA, DEVICE, HOST, VM, Play
from tests.faults.testbed import SERVICE, VMM_DELEGATES, VOLUME_DELEGATE
from tests.harness.pattern_edits import edited
from tests.harness.waiting import PATIENCE, comes_true

# What the service gives where no other is taken.
_FIRST_TARGET_ID = 1


def nothing(play: Play) -> None:
    del play


def a_volume(play: Play) -> None:
    play.volume = play.testbed.new_volume()
    play.testbed.write_into(play.volume, DATA)


def a_snapshot(play: Play) -> None:
    a_volume(play)
    play.snapshot = play.testbed.new_snapshot(play.volume)


def an_attached_volume(play: Play) -> None:
    a_volume(play)
    play.testbed.do("attach-volume", play.volume, HOST, VM, DEVICE)


def a_volume_that_its_vm_has_left(play: Play) -> None:
    an_attached_volume(play)
    play.testbed.unplug(HOST, DEVICE, play.volume)


def a_volume_that_lost_its_way(play: Play) -> None:
    """As after the volume server and the VM were started anew."""
    a_volume_that_its_vm_has_left(play)
    play.testbed.remove_target(play.volume)


def an_attached_volume_that_lost_its_target(play: Play) -> None:
    """As after tgtd was started anew."""
    an_attached_volume(play)
    play.testbed.remove_target(play.volume)


def _see_it_once(play: Play) -> None:
    """What is stray goes only when a second survey sees it, too."""
    play.testbed.do("admin", "reconcile")


def a_volume_with_a_stray_target(play: Play) -> None:
    a_volume(play)
    play.testbed.make_target(play.volume, HOST)
    _see_it_once(play)


def a_volume_that_strays_in_a_vm(play: Play) -> None:
    a_volume(play)
    play.testbed.plug(HOST, DEVICE, play.volume, play.testbed.make_target(play.volume, HOST))
    _see_it_once(play)


def a_volume_that_the_vm_has(play: Play) -> None:
    """As after an older copy of the metadata was restored."""
    a_volume(play)
    play.testbed.plug(HOST, DEVICE, play.volume, play.testbed.make_target(play.volume, HOST, _FIRST_TARGET_ID))
    play.testbed.kill(SERVICE)  # what it has seen at hosts was seen before
    play.testbed.start(SERVICE)


def files_that_came_back(play: Play) -> None:
    """Of a volume and of a snapshot that were deleted."""
    a_snapshot(play)
    gone = play.testbed.new_volume()
    play.testbed.do("delete-volume", gone)
    play.testbed.do("delete-snapshot", play.snapshot)
    for name in (gone, play.snapshot):
        play.testbed.file_of(name).write_bytes(DATA)


def a_copy_that_takes_long(play: Play) -> None:
    a_snapshot(play)
    testbed = play.testbed
    points = testbed.points[VOLUME_DELEGATE]
    mark = points.mark()

    def has_begun() -> bool:
        return any(point.name == "command/volume.copy.before" for point in points.trace(mark))

    with edited(testbed.cluster.pattern_file("volume-server"), {"volume.copy": "sleep 1000"}):
        play.volume = testbed.new_volume("--snapshot", play.snapshot)
        assert comes_true(has_begun, PATIENCE), "no copy begins"


def a_stuck_attach(play: Play) -> None:
    """The host went away in the middle of it."""
    a_volume(play)
    play.cannot_reach(VMM_DELEGATES[HOST], "operationId")
    refusal = play.testbed.begin("attach-volume", play.volume, HOST, VM, DEVICE)
    assert "the roll-back is still being retried" in refusal.stderr, str(refusal)
