#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/api/vmm_delegate.h"
#include "common/system/clock.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::metadata {

/// Draws UUIDs; a test's may repeat itself.
using UuidSource = std::function<std::string()>;

/// Reads and writes within one BEGIN IMMEDIATE transaction of MetadataStore. Every move is compare-and-set:
/// it throws VolumeNotFound, SnapshotNotFound or IncorrectState when the row is not in the status `from`, and
/// InternalError for a transition that common/model/transitions.h does not allow. Whatever is thrown undoes
/// the transaction.
class MetadataWriter : public MetadataReader {
public:
  MetadataWriter(Connection& connection, const UuidSource& uuids, const system::Clock& clock)
      : MetadataReader(connection), uuids_(uuids), clock_(clock) {}

  /// UTC, to the second.
  Time now() const { return clock_.timeOfDay(); }

  /// An id that was never given before and that `taken` does not have; from now on it counts as given, for
  /// something on that volume server. Throws InternalError when the source of UUIDs only repeats itself.
  VolumeId newVolumeId(const VolumeServerName& server, const std::set<std::string>& taken = {});
  SnapshotId newSnapshotId(const VolumeServerName& server, const std::set<std::string>& taken = {});
  OperationId newOperationId();
  /// The first of `count` numbers for calls. It is higher than all that were taken before, and than those
  /// that a database of before was taken for, which this one may be a backup of: the time of day sees to
  /// that.
  std::int64_t takeCallNumbers(std::int64_t count);
  /// An id that was found on a volume server instead of being given: it counts as given from now on. Nothing
  /// when it does already.
  void keepId(const VolumeId& id, const VolumeServerName& server);
  void keepId(const SnapshotId& id, const VolumeServerName& server);

  /// Where it is, its id tells.
  void insertVolume(const Volume& volume);
  void moveVolume(const VolumeId& id, VolumeStatus from, VolumeStatus to,
                  const std::optional<std::string>& reason = std::nullopt);
  void setVolumeReason(const VolumeId& id, const std::optional<std::string>& reason);
  /// `from`: Deleting, or Pending when its creation is rolled back.
  void eraseVolume(const VolumeId& id, VolumeStatus from);

  /// Where it is, its id tells.
  void insertSnapshot(const Snapshot& snapshot);
  void moveSnapshot(const SnapshotId& id, SnapshotStatus from, SnapshotStatus to,
                    const std::optional<std::string>& reason = std::nullopt);
  void setSnapshotReason(const SnapshotId& id, const std::optional<std::string>& reason);
  /// `from`: Deleting, or Pending when its creation is rolled back.
  void eraseSnapshot(const SnapshotId& id, SnapshotStatus from);

  /// No attachment of a volume on that server has it.
  bool isTargetIdFree(const VolumeServerName& server, TargetId id) const;
  /// The lowest that neither an attachment of a volume on that server nor `taken` has. Throws
  /// InsufficientCapacity when all are taken.
  TargetId freeTargetId(const VolumeServerName& server, const std::set<TargetId>& taken = {}) const;
  /// Throws DeviceInUse that names the volume which holds the device; InternalError when the volume has an
  /// attachment, which its status tells.
  AttachmentId insertAttachment(const NewAttachment& attachment);
  void moveAttachment(const VolumeId& id, AttachmentStatus from, AttachmentStatus to);
  /// Where the volume appears at its host, since when, and by which way the host reaches it.
  void placeAttachment(const VolumeId& id, const VolumeExport& exported, const VmPlace& place,
                       Time attachTime);
  void markExport(const VolumeId& id, bool isUncertain);
  /// `from`: Detaching, or Attaching when the attachment is rolled back.
  void eraseAttachment(const VolumeId& id, AttachmentStatus from);

  /// From now on the host has that identity. Throws InternalError when another name has it.
  void rememberHost(const VmmHostname& host, const DelegateId& id);
  void forgetHost(const VmmHostname& host);

  /// The metadata are true again: isRestored() is false from now on.
  void acceptRestored();

  /// Throws IncorrectState when the operation is exclusive and another one owns the resource.
  void openOperation(const NewOperation& operation);
  /// As long as that operation is open, which is not exclusive.
  void oweCleaning(const HostCleaning& cleaning);
  /// Before a step runs: its name, and the parameters (Operation::context) as the steps before left them.
  void recordStep(const OperationId& id, std::string_view step, std::string_view context);
  void recordRollBack(const OperationId& id);
  /// One more vain try to end the operation.
  /// `context`: the parameters, with what the failure tells.
  void recordFailure(const OperationId& id, std::string_view error, std::string_view context);
  void closeOperation(const OperationId& id);

  void insertClientToken(std::string_view operation, std::string_view token, const ClientTokenUse& use);
  /// Frees the token that made the resource, if one did.
  void eraseClientToken(std::string_view resourceId);
  /// Frees the tokens from before `time` whose volume or snapshot is gone; returns how many.
  int eraseClientTokensBefore(Time time);

private:
  std::string newId(ResourceKind kind, std::string_view prefix, const VolumeServerName& server,
                    const std::set<std::string>& taken);
  /// False when it was given before.
  bool giveId(ResourceKind kind, const std::string& id, const VolumeServerName& server);

  const UuidSource& uuids_;
  const system::Clock& clock_;
};

}  // namespace vbs::metadata
