#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/model/ids.h"
#include "common/model/size.h"
#include "common/model/status.h"

namespace vbs {

/// UTC, to the second (xs:dateTime).
using Time = std::chrono::sys_seconds;

/// A volume's place at a VM.
struct Attachment {
  VolumeId volumeId;
  VmmHostname vmmHostname;
  VmId vmId;
  VmDevice vmDevice;
  std::optional<std::string> hostDevice;  ///< where the volume appears on the VM host; known once attached
  AttachmentStatus status;
  std::optional<Time> attachTime;  ///< when it became attached
  bool operator==(const Attachment&) const = default;
};

struct Volume {
  VolumeId volumeId;
  SizeGiB size;
  std::string comment;
  std::optional<SnapshotId> snapshotId;  ///< the snapshot it was created from
  VolumeStatus status;
  std::optional<std::string> statusReason;  ///< why it is in `error`, or what a transitional status waits for
  std::optional<int> progressPercent;       ///< 0..100 while a copy runs
  Time createTime;
  std::optional<Attachment> attachment;
  bool operator==(const Volume&) const = default;
};

struct Snapshot {
  SnapshotId snapshotId;
  VolumeId volumeId;  ///< the volume it was taken of, which cannot be deleted before it
  SizeGiB size;
  std::string comment;
  SnapshotStatus status;
  std::optional<std::string> statusReason;
  std::optional<int> progressPercent;
  Time startTime;
  bool operator==(const Snapshot&) const = default;
};

}  // namespace vbs
