"""Plays the two use cases of the paper that VBS follows, on a whole VBS on this machine: extendable storage (its
figure 2) and snapshots (its figure 3). Installs what is missing, builds, starts everything, compares checksums that
are computed inside the guests, and cleans up. Ends with 1 at the first difference."""

import argparse
import contextlib
import io
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

from ..ending import end_on, end_with
from ..repository import REPOSITORY
from .client import Client, ClientError
from .cluster import Cluster, ClusterError
from .guest_commands import GuestError
from .processes import ProcessError

MEBIBYTES = 16


class Different(Exception):
    """Something is not as it must be."""


class Story:
    """The use cases, a line for each step."""

    def __init__(self, cluster: Cluster):
        self._cluster = cluster
        self._vbs = Client(cluster.programs, cluster.endpoint)

    def extendable_storage(self) -> None:
        chapter("Extendable storage: volumes outlive the VMs that they are attached to (figure 2)")
        site = self.create_volume("web site")
        mail = self.create_volume("mail")
        self.attach(site, "host1", "vm1", "sdb")
        self.attach(mail, "host1", "vm1", "sdc")
        written = {volume: self.fill(volume, "vm1") for volume in (site, mail)}
        self.detach(site, "vm1")
        self.detach(mail, "vm1")

        self.attach(site, "host2", "vm2", "sdb")
        self.attach(mail, "host1", "vm1", "sdb")
        self.expect_checksum(site, "vm2", written[site])
        self.expect_checksum(mail, "vm1", written[mail])
        self.expect_refusal("VolumeInUse", "delete-volume", site)
        self.detach(site, "vm2")
        self.detach(mail, "vm1")
        for volume in (site, mail):
            self.delete_volume(volume)

    def snapshots(self) -> None:
        chapter("Snapshots: one base, several VMs that each go on by themselves (figure 3)")
        base = self.create_volume("base system")
        self.attach(base, "host1", "vm1", "sdb")
        disk = self.disk(base)
        self.in_guest("vm1", f"mke2fs {disk} && mount -t ext2 {disk} /mnt")
        self.in_guest("vm1", f"dd if=/dev/urandom of=/mnt/base bs=1M count={MEBIBYTES}")
        data = self.in_guest("vm1", "sha256sum < /mnt/base; umount /mnt").split()[0]
        told(f"vm1 made a file system in it and wrote {MEBIBYTES} MiB: {data[:16]}…")
        self.detach(base, "vm1")

        with step(f'vbs create-snapshot {base} "base"') as line:
            snapshot = self._vbs.create_snapshot(base, "base", "--wait").id
            line.result(snapshot)
        copies = {"vm1": "host1", "vm2": "host2"}
        volumes = {}
        for vm in copies:
            with step(f'vbs create-volume 1 "for {vm}" {snapshot} --wait') as line:
                volumes[vm] = self._vbs.create_volume("1", f"for {vm}", snapshot, "--wait").id
                line.result(volumes[vm])
        for vm, host in copies.items():
            self.attach(volumes[vm], host, vm, "sdb")
            self.in_guest(vm, f"mount -t ext2 {self.disk(volumes[vm])} /mnt")
            self.expect(f"{vm} sees the base data", self.in_guest(vm, "sha256sum < /mnt/base").split()[0], data)
        for vm in copies:
            self.in_guest(vm, f"echo written by {vm} > /mnt/own && sync")
            told(f"{vm} wrote a file of its own")
        for vm in copies:
            self.in_guest(vm, "umount /mnt")
            self.detach(volumes[vm], vm)

        # Each copy in the other VM, so that nothing can come from a cache.
        for vm, other in (("vm1", "vm2"), ("vm2", "vm1")):
            self.attach(volumes[other], copies[vm], vm, "sdc")
            self.in_guest(vm, f"mount -t ext2 -o ro {self.disk(volumes[other])} /mnt")
            self.expect(f"{vm} reads what {other} wrote", self.in_guest(vm, "cat /mnt/own"), f"written by {other}\n")
            self.in_guest(vm, "umount /mnt")
            self.detach(volumes[other], vm)
        self.attach(base, "host1", "vm1", "sdb")
        self.in_guest("vm1", f"mount -t ext2 -o ro {disk} /mnt")
        self.expect("the base volume has none of it", self.in_guest("vm1", "ls /mnt"), "base\nlost+found\n")
        self.expect("and its data is as it was", self.in_guest("vm1", "sha256sum < /mnt/base").split()[0], data)
        self.in_guest("vm1", "umount /mnt")
        self.detach(base, "vm1")

        self.expect_refusal("DependencyViolation", "delete-volume", base)
        with step(f"vbs delete-snapshot {snapshot}"):
            self._vbs.delete_snapshot(snapshot)
        for volume in (base, *volumes.values()):
            self.delete_volume(volume)

    def nothing_is_left(self) -> None:
        chapter("What is left")
        self.expect("VBS knows no volume", str(self._vbs.describe_volumes()), "[]")
        self.expect("and no snapshot", str(self._vbs.describe_snapshots()), "[]")
        files = ", ".join(sorted(path.name for path in self._cluster.volume_directory.iterdir()))
        self.expect("the volume server has no file", files, "")
        self.expect("and no iSCSI target", ", ".join(self._cluster.targets()), "")
        self.expect("no VM has a disk of ours", ", ".join(self._cluster.devices()), "")

    def create_volume(self, comment: str) -> str:
        with step(f'vbs create-volume 1 "{comment}"') as line:
            volume = self._vbs.create_volume("1", comment).id
            line.result(volume)
        return volume

    def delete_volume(self, volume: str) -> None:
        with step(f"vbs delete-volume {volume}"):
            self._vbs.delete_volume(volume)

    def attach(self, volume: str, host: str, vm: str, device: str) -> None:
        with step(f"vbs attach-volume {volume} {host} {vm} {device}") as line:
            self._vbs.attach_volume(volume, host, vm, device)
            line.result(f"{self.in_guest(vm, f'await-volume {volume}').strip()} in {vm}")

    def detach(self, volume: str, vm: str) -> None:
        with step(f"vbs detach-volume {volume}"):
            self._vbs.detach_volume(volume)
            self.in_guest(vm, f"await-volume --gone {volume}")

    def fill(self, volume: str, vm: str) -> str:
        """Writes random bytes to its beginning. Returns their checksum."""
        self.in_guest(vm, f"dd if=/dev/urandom of={self.disk(volume)} bs=1M count={MEBIBYTES} conv=fsync")
        checksum = self.checksum(volume, vm)
        told(f"{vm} wrote {MEBIBYTES} MiB to {volume}: {checksum[:16]}…")
        return checksum

    def expect_checksum(self, volume: str, vm: str, checksum: str) -> None:
        self.expect(f"{vm} reads the same bytes from {volume}", self.checksum(volume, vm), checksum)

    def checksum(self, volume: str, vm: str) -> str:
        command = f"dd if={self.disk(volume)} bs=1M count={MEBIBYTES} 2> /dev/null | sha256sum"
        return self.in_guest(vm, command).split()[0]

    def expect_refusal(self, code: str, *command: str) -> None:
        with step(f"vbs {' '.join(command)} is refused") as line:
            try:
                self._vbs.run(*command)
            except ClientError as error:
                if code not in error.stderr:
                    raise
                line.result(code)
            else:
                raise Different("it was done")

    def expect(self, what: str, is_: str, must: str) -> None:
        with step(what) as line:
            if is_ != must:
                raise Different(f"expected {must!r}, found {is_!r}")
            line.result(f"{must[:16]}…" if len(must) == 64 else "")

    def in_guest(self, vm: str, command: str) -> str:
        outcome = self._cluster.run_in_guest(vm, [command], timeout=120)
        if outcome.exit_code != 0:
            raise Different(f"in {vm}: {command}: {outcome.stderr.decode(errors='replace').strip()}")
        return outcome.stdout.decode(errors="replace")

    @staticmethod
    def disk(volume: str) -> str:
        return f"/dev/disk/by-serial/{volume}"


class Line:
    """Of the story: its check mark comes when the step is done."""

    def __init__(self, text: str):
        self._text = text
        self._result = ""
        self._begin = time.monotonic()
        if sys.stdout.isatty():
            print(f"  … {text}", end="\r", flush=True)

    def result(self, text: str) -> None:
        self._result = f" → {text}" if text else ""

    def end(self, mark: str) -> None:
        seconds = time.monotonic() - self._begin
        duration = f"  ({seconds:.1f} s)" if seconds >= 0.5 else ""
        print(f"  {mark} {self._text}{self._result}{duration}", flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[Line]:
    line = Line(text)
    try:
        yield line
    except BaseException:
        line.end("✗")
        raise
    line.end("✓")


def told(text: str) -> None:
    with step(text):
        pass


def chapter(title: str) -> None:
    print(f"\n{title}", flush=True)


def prepare_directory(directory: Path) -> None:
    """Makes it, or empties it of what an earlier demo left: the story ends with looking for what is there."""
    mark = directory / ".demo"
    if directory.exists() and any(directory.iterdir()):
        if Cluster(directory).table.running():
            stop = f"scripts/cluster down --dir {shlex.quote(str(directory))}"
            raise ClusterError(f"a cluster runs in {directory}; to stop it: {stop}")
        if not mark.exists():
            raise ClusterError(f"{directory} is not empty: give another --dir")
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    mark.touch()


def what_to_try(directory: Path) -> str:
    return f"""
It is still running. To try it yourself:
  eval "$(scripts/cluster env --dir {directory})"
  vbs create-volume 1 "mine"                     # prints its id
  vbs attach-volume <volume id> host1 vm1 sdb
  scripts/cluster exec --dir {directory} vm1 -- 'echo hello > /dev/disk/by-serial/<volume id>; sync'
  vbs detach-volume <volume id>
  vbs describe-volumes
  vbs --help
The command patterns are in {directory}/*/commands.properties: an edit holds at once. The logs are in {directory}/logs.
To stop it: scripts/cluster down --dir {directory}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it running and say what to try")
    parser.add_argument("--dir", type=Path, help="where its state is (default: run/demo)")
    parser.add_argument("--preset", default="release", help="what to build and run (default: release)")
    parser.add_argument("--programs", type=Path, help="build nothing; take the programs of this directory")
    options = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    end_on(signal.SIGTERM)

    directory = (options.dir or REPOSITORY / "run" / "demo").absolute()
    cluster = Cluster(directory, options.programs or REPOSITORY / "build" / options.preset / "bin")
    begin = time.monotonic()
    started = done = False
    try:
        prepare_directory(directory)
        if not options.programs:
            chapter("Building (some minutes the first time)")
            subprocess.run([REPOSITORY / "scripts" / "build", options.preset], check=True)
        chapter("A whole VBS on this machine")
        with step("the three services, tgtd, and two VMs: vm1 on host1, vm2 on host2") as line:
            cluster.up()
            started = True
            line.result(cluster.endpoint)
        story = Story(cluster)
        story.extendable_storage()
        story.snapshots()
        story.nothing_is_left()
        done = True
    except subprocess.CalledProcessError as error:
        return error.returncode
    except (Different, ClientError, ClusterError, GuestError, ProcessError) as error:
        print(f"\nscripts/demo: {error}", file=sys.stderr)
        if (directory / "logs").exists():
            print(f"scripts/demo: the logs are in {directory / 'logs'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        if started and not (done and options.keep):
            cluster.down()
        if done and not options.keep:
            shutil.rmtree(directory)
    print(f"\nAll as it should be, in {time.monotonic() - begin:.0f} seconds.")
    if options.keep:
        print(what_to_try(directory))
    return 0


if __name__ == "__main__":
    end_with(main)
