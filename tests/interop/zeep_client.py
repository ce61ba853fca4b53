#!/usr/bin/python3
"""Plays all operations of vbs.wsdl through a client that zeep generates from ENDPOINT?wsdl.

usage: zeep_client.py ENDPOINT VMM_HOSTNAME VM_ID VM_DEVICE [--soap12]
   eg: zeep_client.py http://127.0.0.1:8080/vbs node-1 guest-1 xvdb

Works with any VBS Service whose VM host VMM_HOSTNAME has a running VM VM_ID with VM_DEVICE free. Deletes what it
created. Exits 1 at the first difference.
"""

import argparse
import sys
import time
import uuid
from typing import Any, Callable

import zeep
import zeep.exceptions

WAIT_SECONDS = 60
UNKNOWN_VOLUME = "vol-00000000"
UNKNOWN_SNAPSHOT = "snap-00000000"
COMMENT = 'zeep: h\u00e9llo <&> "quoted" \U0001f600'


class Difference(Exception):
    pass


class Story:
    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.client = zeep.Client(arguments.endpoint + "?wsdl")
        port = "VbsSoap12" if arguments.soap12 else "VbsSoap11"
        self.vbs = self.client.bind("Vbs", port)
        self.checks = 0
        self.volumes: list[str] = []
        self.snapshots: list[str] = []

    # Checks

    def equal(self, actual: object, expected: object, what: str) -> None:
        self.checks += 1
        if actual != expected:
            raise Difference(f"{what}: expected {expected!r}, got {actual!r}")

    def true(self, condition: object, what: str) -> None:
        self.equal(bool(condition), True, what)

    def fault(self, codes: list[str], operation: str, **parameters: Any) -> Any:
        """Expects a fault of one of the codes, with the typed detail; returns the detail."""
        try:
            answer = getattr(self.vbs, operation)(**parameters)
        except zeep.exceptions.Fault as fault:
            detail = self.client.wsdl.types.deserialize(fault.detail[0])
            self.true(detail.code in codes, f"{operation}: {detail.code} ({detail.description}) is one of {codes}")
            self.true(detail.description, f"{operation}: the fault has a description")
            self.true(detail.requestId, f"{operation}: the fault names the request")
            blamed = "Sender" if self.arguments.soap12 else "Client"
            self.equal(fault.code.split(":")[-1], blamed, f"{operation}: who is blamed")
            return detail
        raise Difference(f"{operation}: expected a fault of {codes}, got {answer!r}")

    def until(self, describe: Callable[[], Any], status: str, what: str) -> Any:
        """Asks until the record has the status; returns it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            record = describe()
            if record.status == status:
                return record
            if record.status == "error" or time.monotonic() > deadline:
                raise Difference(f"{what}: waited for {status}, is {record.status} ({record.statusReason})")
            time.sleep(0.05)

    # Shorthands

    def volume(self, volume_id: str) -> Any:
        answer = self.vbs.describeVolumes(volumeId=[volume_id])
        self.equal(len(answer.volumes.volume), 1, f"volumes described for {volume_id}")
        return answer.volumes.volume[0]

    def snapshot(self, snapshot_id: str) -> Any:
        answer = self.vbs.describeSnapshots(snapshotId=[snapshot_id])
        self.equal(len(answer.snapshots.snapshot), 1, f"snapshots described for {snapshot_id}")
        return answer.snapshots.snapshot[0]

    def available_volume(self, **parameters: Any) -> Any:
        volume = self.vbs.createVolume(**parameters)
        self.volumes.append(volume.volumeId)
        return self.until(lambda: self.volume(volume.volumeId), "available", volume.volumeId)

    def pages(self, operation: str) -> list[str]:
        """The ids on all pages of at most 2 records."""
        ids: list[str] = []
        token = None
        while True:
            answer = getattr(self.vbs, operation)(maxResults=2, nextToken=token)
            if operation == "describeVolumes":
                page = [volume.volumeId for volume in answer.volumes.volume]
            else:
                page = [snapshot.snapshotId for snapshot in answer.snapshots.snapshot]
            self.true(len(page) <= 2, f"{operation}: at most 2 records on a page")
            ids += page
            token = answer.nextToken
            if not token:
                return ids

    # The story

    def wsdl_shows_the_endpoint(self) -> None:
        address = self.vbs._binding_options["address"]  # pylint: disable=protected-access
        self.equal(address, self.arguments.endpoint, "address in the WSDL")

    def volumes_are_created_and_described(self) -> None:
        volume = self.available_volume(size=1, comment=COMMENT)
        self.equal(volume.sizeGiB, 1, "size")
        self.equal(volume.comment, COMMENT, "comment")
        self.equal(volume.snapshotId, None, "snapshot of an empty volume")
        self.equal(volume.attachment, None, "attachment of a new volume")
        self.true(volume.createTime.tzinfo is not None, "the create time has a time zone")

    def a_client_token_makes_creation_idempotent(self) -> None:
        token = str(uuid.uuid4())
        first = self.available_volume(size=1, clientToken=token)
        again = self.vbs.createVolume(size=1, clientToken=token)
        self.equal(again.volumeId, first.volumeId, "volume of the same token")
        self.fault(["IdempotencyMismatch"], "createVolume", size=2, clientToken=token)

    def listings_come_in_pages(self) -> None:
        self.available_volume(size=2)
        everything = [volume.volumeId for volume in self.vbs.describeVolumes().volumes.volume]
        self.equal([id for id in everything if id in self.volumes], self.volumes, "order of creation")
        self.equal(self.pages("describeVolumes"), everything, "volumes on all pages")

    def snapshots_are_taken_and_become_volumes(self) -> None:
        origin = self.volumes[0]
        token = str(uuid.uuid4())
        snapshot = self.vbs.createSnapshot(volumeId=origin, comment=COMMENT, clientToken=token)
        self.snapshots.append(snapshot.snapshotId)
        again = self.vbs.createSnapshot(volumeId=origin, comment=COMMENT, clientToken=token)
        self.equal(again.snapshotId, snapshot.snapshotId, "snapshot of the same token")
        snapshot = self.until(lambda: self.snapshot(snapshot.snapshotId), "completed", snapshot.snapshotId)
        self.equal(snapshot.volumeId, origin, "volume of the snapshot")
        self.equal(snapshot.sizeGiB, 1, "size of the snapshot")
        self.equal(snapshot.comment, COMMENT, "comment of the snapshot")
        everything = [s.snapshotId for s in self.vbs.describeSnapshots().snapshots.snapshot]
        self.true(snapshot.snapshotId in everything, "the snapshot is listed")
        self.equal(self.pages("describeSnapshots"), everything, "snapshots on all pages")
        copy = self.available_volume(snapshotId=snapshot.snapshotId)
        self.equal(copy.sizeGiB, 1, "size of a volume from a snapshot")
        self.equal(copy.snapshotId, snapshot.snapshotId, "snapshot of the volume")

    def a_volume_is_attached_and_detached(self) -> None:
        volume = self.volumes[0]
        place = {
            "vmmHostname": self.arguments.vmm_hostname,
            "vmId": self.arguments.vm_id,
            "vmDevice": self.arguments.vm_device,
        }
        attachment = self.vbs.attachVolume(volumeId=volume, **place)
        self.equal(attachment.volumeId, volume, "volume of the attachment")
        self.equal(attachment.status, "attached", "status of the attachment")
        for name in ("vmmHostname", "vmId"):
            self.equal(attachment[name], place[name], name)
        self.equal(attachment.vmDevice, place["vmDevice"].removeprefix("/dev/"), "vmDevice")
        self.true(attachment.attachTime, "the attachment has a time")
        described = self.volume(volume)
        self.equal(described.status, "in-use", "status of an attached volume")
        self.equal(described.attachment, attachment, "attachment as described")
        self.fault(["VolumeInUse", "IncorrectState"], "attachVolume", volumeId=volume, **place)
        self.fault(["VolumeInUse", "IncorrectState"], "deleteVolume", volumeId=volume)
        self.fault(["DeviceInUse"], "attachVolume", volumeId=self.volumes[1], **place)
        self.equal(self.vbs.detachVolume(volumeId=volume).volumeId, volume, "volume of the ended attachment")
        described = self.volume(volume)
        self.equal(described.status, "available", "status of a detached volume")
        self.equal(described.attachment, None, "attachment of a detached volume")
        self.fault(["IncorrectState"], "detachVolume", volumeId=volume)

    def faults_are_typed(self) -> None:
        detail = self.fault(["VolumeNotFound"], "describeVolumes", volumeId=[self.volumes[0], UNKNOWN_VOLUME])
        self.equal(detail.resourceId, UNKNOWN_VOLUME, "the id that the fault is about")
        self.fault(["VolumeNotFound"], "deleteVolume", volumeId=UNKNOWN_VOLUME)
        self.fault(["VolumeNotFound"], "createSnapshot", volumeId=UNKNOWN_VOLUME)
        self.fault(["VolumeNotFound"], "detachVolume", volumeId=UNKNOWN_VOLUME, force=True)
        self.fault(["SnapshotNotFound"], "deleteSnapshot", snapshotId=UNKNOWN_SNAPSHOT)
        self.fault(["SnapshotNotFound"], "describeSnapshots", snapshotId=[UNKNOWN_SNAPSHOT])
        self.fault(["SnapshotNotFound"], "createVolume", size=1, snapshotId=UNKNOWN_SNAPSHOT)
        self.fault(
            ["UnknownVmmHost"],
            "attachVolume",
            volumeId=self.volumes[0],
            vmmHostname="no-such-node",
            vmId="1",
            vmDevice="xvdz",
        )
        self.fault(["InvalidParameter"], "deleteVolume", volumeId="nonsense")
        self.fault(["InvalidParameter"], "createVolume", size=0)
        self.fault(["InvalidParameter"], "createVolume", size=-5)
        self.fault(["InvalidParameter"], "createVolume")
        self.fault(["InvalidParameter"], "createVolume", size=1, comment="x" * 256)
        self.fault(["InvalidParameter"], "describeVolumes", maxResults=0)
        self.fault(["InvalidParameter"], "describeVolumes", nextToken="no token of ours")

    def everything_is_deleted(self) -> None:
        for snapshot in self.snapshots:
            self.vbs.deleteSnapshot(snapshotId=snapshot)
            self.fault(["SnapshotNotFound"], "describeSnapshots", snapshotId=[snapshot])
        for volume in self.volumes:
            self.vbs.deleteVolume(volumeId=volume)
            self.fault(["VolumeNotFound"], "describeVolumes", volumeId=[volume])

    def play(self) -> int:
        self.wsdl_shows_the_endpoint()
        self.volumes_are_created_and_described()
        self.a_client_token_makes_creation_idempotent()
        self.listings_come_in_pages()
        self.snapshots_are_taken_and_become_volumes()
        self.a_volume_is_attached_and_detached()
        self.faults_are_typed()
        self.everything_is_deleted()
        return self.checks


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("endpoint", help="URL of the VBS Service, such as http://127.0.0.1:8080/vbs")
    parser.add_argument("vmm_hostname", help="a VM host that the service knows")
    parser.add_argument("vm_id", help="a VM that runs there")
    parser.add_argument("vm_device", help="a free device of that VM, such as xvdb")
    parser.add_argument("--soap12", action="store_true", help="speak SOAP 1.2 instead of SOAP 1.1")
    try:
        checks = Story(parser.parse_args()).play()
    except Difference as difference:
        print(f"zeep: {difference}", file=sys.stderr)
        return 1
    print(f"zeep: {checks} checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
