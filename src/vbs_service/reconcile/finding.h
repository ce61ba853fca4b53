#pragma once

#include <compare>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/model/drift.h"
#include "common/model/ids.h"
#include "common/model/size.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/workflows/clean_host.h"

namespace vbs::reconcile {

/// Something that is there and should not be, exactly as one survey saw it. It is certain only when the next
/// survey sees the very same.
struct Sighting {
  std::optional<VmmHostname> vmmHostname;  ///< absent for a target on the volume server
  VolumeId volumeId;
  std::optional<VmId> vmId = std::nullopt;
  std::optional<VmDevice> vmDevice = std::nullopt;
  std::optional<TargetName> targetName = std::nullopt;
  auto operator<=>(const Sighting&) const = default;
};

/// One way in which the real world differs from the metadata.
struct Difference {
  DriftKind kind;
  std::string resourceId;
  std::optional<VmmHostname> vmmHostname;  ///< absent for what is on the volume server
  std::string description;
  bool operator==(const Difference&) const = default;
};

// What mends a difference, in the order in which they are carried out: what users wait for first, the host's
// side before the volume server's.

/// Nothing: a person has to look at it.
struct LeaveAlone {
  std::string why;
  bool operator==(const LeaveAlone&) const = default;
};
/// Export the volume, and attach it at its host if that is missing too. Adds, and takes nothing from a VM.
struct Restore {
  metadata::AttachmentRecord lost;
  bool atHost = false;
  bool reconnect = false;  ///< the host's session does not work and no VM has it: it is made anew
  bool operator==(const Restore&) const = default;
};
/// Take it from a host.
struct Clean {
  workflows::CleanHostParameters found;
  bool operator==(const Clean&) const = default;
};
struct RemoveTarget {
  TargetIdentity target;
  bool operator==(const RemoveTarget&) const = default;
};
struct RemoveSnapshot {
  SnapshotId snapshotId;
  SizeGiB size;
  bool operator==(const RemoveSnapshot&) const = default;
};
struct RemoveVolume {
  SizeGiB size;
  bool operator==(const RemoveVolume&) const = default;
};

using Remedy = std::variant<LeaveAlone, Restore, Clean, RemoveTarget, RemoveSnapshot, RemoveVolume>;

/// Differences that one remedy mends together.
struct Finding {
  std::vector<Difference> differences;
  /// Which volume it is about; that of a snapshot, if it is known.
  std::optional<VolumeId> volumeId;
  Remedy remedy;
  /// For what would be certain to be a stray if it had been seen twice.
  std::optional<Sighting> sighting = std::nullopt;
  bool operator==(const Finding&) const = default;
};

}  // namespace vbs::reconcile
