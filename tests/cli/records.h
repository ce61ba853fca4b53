#pragma once

#include <chrono>

#include "common/api/vbs_admin.h"
#include "common/model/records.h"

namespace vbs::cli {

// The records that the tests of the client show.

inline Time atTen() {
  using namespace std::chrono_literals;
  return std::chrono::sys_days(std::chrono::year(2009) / 12 / 9) + 10h;
}

inline Volume availableVolume() {
  return {.volumeId = VolumeId("vol-0a1b2c3d"),
          .size = SizeGiB(10),
          .comment = "data of the wiki",
          .snapshotId = {},
          .status = VolumeStatus::Available,
          .statusReason = {},
          .progressPercent = {},
          .createTime = atTen(),
          .attachment = {}};
}

inline Attachment attachment() {
  return {.volumeId = VolumeId("vol-9e8f7a6b"),
          .vmmHostname = VmmHostname("node7"),
          .vmId = VmId("web1"),
          .vmDevice = VmDevice("xvdb"),
          .hostDevice = "/dev/sdc",
          .status = AttachmentStatus::Attached,
          .attachTime = atTen() + std::chrono::seconds(61)};
}

inline Volume volumeInUse() {
  Volume volume = availableVolume();
  volume.volumeId = VolumeId("vol-9e8f7a6b");
  volume.size = SizeGiB(1024);
  volume.comment = "";
  volume.snapshotId = SnapshotId("snap-00000001");
  volume.status = VolumeStatus::InUse;
  volume.attachment = attachment();
  return volume;
}

inline Volume pendingVolume() {
  Volume volume = availableVolume();
  volume.snapshotId = SnapshotId("snap-00000001");
  volume.status = VolumeStatus::Pending;
  volume.progressPercent = 42;
  return volume;
}

inline Volume brokenVolume() {
  Volume volume = pendingVolume();
  volume.status = VolumeStatus::Error;
  volume.progressPercent.reset();
  volume.statusReason = "the copy failed: no space left";
  return volume;
}

inline Snapshot completedSnapshot() {
  return {.snapshotId = SnapshotId("snap-00000001"),
          .volumeId = VolumeId("vol-0a1b2c3d"),
          .size = SizeGiB(10),
          .comment = "before the upgrade",
          .status = SnapshotStatus::Completed,
          .statusReason = {},
          .progressPercent = {},
          .startTime = atTen()};
}

inline OpenOperation stuckOperation() {
  return {.operationId = OperationId("5c1e3f7a-0001"),
          .kind = "attachVolume",
          .resourceId = "vol-0a1b2c3d",
          .isRollingBack = true,
          .step = "exportVolume",
          .requestId = RequestId("9f3b-42"),
          .createTime = atTen(),
          .updateTime = atTen() + std::chrono::seconds(61),
          .attempts = 17,
          .lastError = "the volume server does not answer",
          .description = "being attached"};
}

inline OpenOperation youngOperation() {
  return {.operationId = OperationId("77aa"),
          .kind = "deleteSnapshot",
          .resourceId = "snap-00000001",
          .isRollingBack = false,
          .step = "deleteSnapshot",
          .requestId = RequestId("9f3b-43"),
          .createTime = atTen(),
          .updateTime = atTen(),
          .attempts = 0,
          .lastError = {}};
}

inline Drift missingTarget() {
  return {.kind = DriftKind::MissingTarget,
          .resourceId = "vol-9e8f7a6b",
          .vmmHostname = {},
          .description = "iqn.2009-09.org.vbs:vol-9e8f7a6b was not exported",
          .outcome = DriftOutcome::Repaired,
          .firstSeen = atTen()};
}

inline Drift strayDevice() {
  return {.kind = DriftKind::StrayDevice,
          .resourceId = "vol-0a1b2c3d",
          .vmmHostname = VmmHostname("node7"),
          .description = "VM web1 has it as xvdb",
          .outcome = DriftOutcome::Failed,
          .firstSeen = atTen()};
}

inline ReconcileReport mixedReport() {
  return {.drifts = {missingTarget(), strayDevice()},
          .unreachable = {"VM host node8: no answer"},
          .driftsSeen = 7,
          .driftsRepaired = 5};
}

inline CapacityReport fullCapacity() {
  return {.seen = SeenCapacity{.totalBytes = 24LL << 30, .freeBytes = 3LL << 30, .time = atTen()},
          .reason = "connection refused",
          .volumesGiB = 20,
          .snapshotsGiB = 10,
          .overcommit = "1.5",
          .limitGiB = 36};
}

inline CapacityReport unknownCapacity() {
  return {.seen = {},
          .reason = "no capacity",
          .volumesGiB = 0,
          .snapshotsGiB = 0,
          .overcommit = "1",
          .limitGiB = {}};
}

}  // namespace vbs::cli
