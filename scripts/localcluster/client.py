"""The vbs client, for scripts: its commands and the records that it answers with --output text."""

import subprocess
from pathlib import Path
from typing import NamedTuple, Optional, Sequence

_TIMEOUT_SECONDS = 300


class ClientError(Exception):
    """vbs ended with an error; `stderr` has what it said, `exit_code` how it ended."""

    def __init__(self, command: list[str], exit_code: int, stderr: str):
        super().__init__(f"vbs {' '.join(command)}: {stderr.strip() or f'exit code {exit_code}'}")
        self.exit_code = exit_code
        self.stderr = stderr


class Attachment(NamedTuple):
    volume: str
    vm: str
    device: str
    status: str
    time: str
    host: str
    host_device: str


class Volume(NamedTuple):
    id: str
    size: int
    snapshot: str
    status: str
    time: str
    progress: str
    comment: str
    reason: str
    attachment: Optional[Attachment] = None


class Snapshot(NamedTuple):
    id: str
    volume: str
    status: str
    time: str
    progress: str
    size: int
    comment: str
    reason: str


class Client:
    """Thread-safe. Every call raises ClientError."""

    def __init__(self, programs: Path, endpoint: str, launcher: Sequence[str] = ()):
        """`launcher`: what the client's command line is put behind, such as what runs it in another network."""
        self._command = [*launcher, str(programs / "vbs"), "--endpoint", endpoint, "--output", "text"]

    def create_volume(self, *arguments: str) -> Volume:
        return self._volumes("create-volume", *arguments)[0]

    def delete_volume(self, volume: str) -> None:
        self.run("delete-volume", volume)

    def describe_volumes(self, *volumes: str) -> list[Volume]:
        return self._volumes("describe-volumes", *volumes)

    def create_snapshot(self, *arguments: str) -> Snapshot:
        return self._snapshots("create-snapshot", *arguments)[0]

    def delete_snapshot(self, snapshot: str) -> None:
        self.run("delete-snapshot", snapshot)

    def describe_snapshots(self, *snapshots: str) -> list[Snapshot]:
        return self._snapshots("describe-snapshots", *snapshots)

    def attach_volume(self, volume: str, host: str, vm: str, device: str) -> Attachment:
        return _attachment(self.run("attach-volume", volume, host, vm, device)[0])

    def detach_volume(self, volume: str, *options: str) -> None:
        self.run("detach-volume", *options, volume)

    def reconcile(self, *options: str) -> list[list[str]]:
        """The records of the report, also when not all could be looked at or mended."""
        command = ["admin", "reconcile", *options]
        result = self._call(command)
        report = _records(result.stdout)
        if not report or report[-1][0] != "DRIFTS":
            raise ClientError(command, result.returncode, result.stderr)
        return report

    def run(self, *arguments: str) -> list[list[str]]:
        """The fields of each line of the answer."""
        command = list(arguments)
        result = self._call(command)
        if result.returncode != 0:
            raise ClientError(command, result.returncode, result.stderr)
        return _records(result.stdout)

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *command],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )

    def _volumes(self, *arguments: str) -> list[Volume]:
        volumes: list[Volume] = []
        for record in self.run(*arguments):
            if record[0] == "VOLUME":
                volumes.append(_volume(record))
            elif record[0] == "ATTACHMENT":
                volumes[-1] = volumes[-1]._replace(attachment=_attachment(record))
        return volumes

    def _snapshots(self, *arguments: str) -> list[Snapshot]:
        return [_snapshot(record) for record in self.run(*arguments) if record[0] == "SNAPSHOT"]


def _records(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def _volume(record: list[str]) -> Volume:
    name, size, snapshot, status, time, progress, comment, reason = record[1:9]
    return Volume(name, int(size), snapshot, status, time, progress, comment, reason)


def _snapshot(record: list[str]) -> Snapshot:
    name, volume, status, time, progress, size, comment, reason = record[1:9]
    return Snapshot(name, volume, status, time, progress, int(size), comment, reason)


def _attachment(record: list[str]) -> Attachment:
    return Attachment(*record[1:8])
