#pragma once

#include <optional>
#include <string>

#include "common/api/vmm_delegate.h"
#include "common/api/volume_delegate.h"
#include "common/model/ids.h"
#include "common/model/size.h"
#include "common/model/status.h"

namespace vbs::engine {

/// What the steps of a workflow know, and their undoing after a restart must know. Journalled as JSON; each
/// workflow fills what it needs.
struct Context {
  VolumeId volumeId;
  std::optional<SnapshotId> snapshotId = std::nullopt;
  std::optional<SizeGiB> size = std::nullopt;

  /// The status to go back to, and the reason that stood beside it.
  std::optional<VolumeStatus> volumeBefore = std::nullopt;
  std::optional<SnapshotStatus> snapshotBefore = std::nullopt;
  std::optional<std::string> reasonBefore = std::nullopt;

  std::optional<VmmHostname> vmmHostname = std::nullopt;
  std::optional<VmId> vmId = std::nullopt;
  std::optional<VmDevice> vmDevice = std::nullopt;
  std::optional<TargetIdentity> target = std::nullopt;
  VolumeExport exported = {};
  std::optional<bool> isInVm = std::nullopt;          ///< the VM was given the volume; absent: not known
  std::optional<PriorFinding> before = std::nullopt;  ///< of an attach: what the host had of the volume

  /// The host that a forced detach takes the volume from, be it owed a cleaning (vmmHostname) or not.
  std::optional<VmmHostname> lostHost = std::nullopt;

  /// The operation that a forced detach took the place of: it is undone in that one's name, so that no late
  /// call of it is let through.
  std::optional<OperationId> replacedOperation = std::nullopt;

  /// Of the cleaning of a host: the volume was found there, connected to the target of this name if it is
  /// known, instead of having been detached by force.
  bool wasFound = false;
  std::optional<TargetName> foundTarget = std::nullopt;

  /// Of a restoration: the host is connected again, and the VM given its device.
  bool restoresDevice = false;
  bool reconnects = false;  ///< the host's session is ended first, as it does not work

  /// An attempt has done a part of it, or all but the commit: what a later one is refused proves nothing.
  bool isPartlyDone = false;

  bool operator==(const Context&) const = default;
};

std::string toJson(const Context& context);
/// Throws Error{InternalError} for what toJson never wrote.
Context contextFromJson(const std::string& json);

/// The place in a VM that the context names, with the way there, as far as they are known.
VmAttachment vmAttachment(const Context& context);

}  // namespace vbs::engine
