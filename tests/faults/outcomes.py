"""How to tell what became of the request of a scenario."""

from scripts.localcluster.client import Snapshot
from tests.faults.scenario import DATA, DONE, IN_ERROR, UNDONE, Play
from tests.harness.world import Metadata


def of_creating(play: Play, metadata: Metadata) -> str:
    made = (set(metadata.volumes) | set(metadata.snapshots)) - {play.volume, play.snapshot}
    if not made:
        return UNDONE
    assert len(made) == 1, f"made {made}"
    return _of_filling(play, metadata, made.pop())


def of_copying_again(play: Play, metadata: Metadata) -> str:
    assert play.volume in metadata.volumes, f"{play.volume} is lost"
    return _of_filling(play, metadata, play.volume)


def _of_filling(play: Play, metadata: Metadata, name: str) -> str:
    found = metadata.volumes.get(name) or metadata.snapshots[name]
    if found.status == "error":
        return IN_ERROR
    assert found.status in ("available", "completed"), found
    if isinstance(found, Snapshot) or found.snapshot:
        contents = play.testbed.read_from(name, len(DATA))
        assert contents == (DATA, DATA), f"{name} lacks what it was copied from: {contents}"
    return DONE


def _of_deleting(metadata: Metadata, name: str) -> str:
    found = metadata.volumes.get(name) or metadata.snapshots.get(name)
    if found is None:
        return DONE
    if found.status == "error":
        return IN_ERROR
    assert found.status in ("available", "completed"), found
    return UNDONE


def of_deleting_the_volume(play: Play, metadata: Metadata) -> str:
    return _of_deleting(metadata, play.volume)


def of_deleting_the_snapshot(play: Play, metadata: Metadata) -> str:
    return _of_deleting(metadata, play.snapshot)


def of_attaching(play: Play, metadata: Metadata) -> str:
    volume = metadata.volumes[play.volume]
    assert volume.status in ("available", "in-use"), volume
    assert play.testbed.read_from(play.volume, len(DATA)) == (DATA, DATA), f"{play.volume} lost its data"
    return DONE if volume.status == "in-use" else UNDONE


def of_detaching(play: Play, metadata: Metadata) -> str:
    return UNDONE if of_attaching(play, metadata) == DONE else DONE


def of_tidying_up(play: Play, metadata: Metadata) -> str:
    """That nothing is left over is checked after every play."""
    del play, metadata
    return DONE
