#pragma once

#include <chrono>

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

}  // namespace vbs::cli
