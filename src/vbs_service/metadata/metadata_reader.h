#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/vbs_service.h"
#include "common/api/volume_delegate.h"
#include "common/model/records.h"
#include "vbs_service/metadata/attachment.h"
#include "vbs_service/metadata/operation.h"

namespace vbs::metadata {

class Connection;

/// What is remembered of an id for ever. Absent: its volume or snapshot was gone before this was remembered,
/// or was never made.
struct GivenVolume {
  std::optional<SizeGiB> size;
  bool operator==(const GivenVolume&) const = default;
};
struct GivenSnapshot {
  std::optional<SizeGiB> size;
  std::optional<VolumeId> volumeId;  ///< what it is a snapshot of
  bool operator==(const GivenSnapshot&) const = default;
};

/// The sizes of all that exists, or is being made or deleted.
struct Provisioned {
  std::int64_t volumesGiB = 0;
  std::int64_t snapshotsGiB = 0;
};

/// What a client token was used for.
struct ClientTokenUse {
  std::string parameters;
  std::string resourceId;
};

/// The owner of all that belongs to nobody else.
constexpr std::string_view kAdministrator;

/// SQLite's application_id of a backup, until it is accepted as the truth again.
constexpr int kBackupMark = 0x5642;

/// Reads within one transaction of MetadataStore: all answers of one reader agree with each other. Used only
/// inside the call that gave it, by its thread.
class MetadataReader {
public:
  explicit MetadataReader(Connection& connection) : connection_(connection) {}

  std::optional<Volume> findVolume(const VolumeId& id) const;
  std::optional<Snapshot> findSnapshot(const SnapshotId& id) const;
  /// Throws Error{VolumeNotFound}, Error{SnapshotNotFound}.
  Volume volume(const VolumeId& id) const;
  Snapshot snapshot(const SnapshotId& id) const;

  /// What this service ever gave the id to, also when that is long gone; nothing for an id of somebody else.
  std::optional<GivenVolume> givenVolume(const VolumeId& id) const;
  std::optional<GivenSnapshot> givenSnapshot(const SnapshotId& id) const;

  /// Where the volume, snapshot or attachment of an id is or was. Throws Error{InternalError} for an id of
  /// somebody else.
  VolumeServerName volumeServerOf(std::string_view id) const;

  /// With ids: these, in the order asked for, each once; throws VolumeNotFound or SnapshotNotFound that names
  /// the first unknown one, and InvalidParameter when maxResults or nextToken come with them (as in EC2).
  /// Without: a page in the order of creation; throws InvalidParameter for maxResults outside 1..1000
  /// (default 1000) and for a nextToken that no page gave.
  Page<Volume> describeVolumes(const DescribeRequest<VolumeId>& request) const;
  Page<Snapshot> describeSnapshots(const DescribeRequest<SnapshotId>& request) const;

  Provisioned provisioned() const;

  std::optional<AttachmentRecord> findAttachment(const VolumeId& id) const;
  /// Of all volumes, in no order.
  std::vector<AttachmentRecord> attachments() const;
  /// The volume that holds a device of a VM.
  std::optional<VolumeId> volumeAt(const VmmHostname& host, const VmId& vm, const VmDevice& device) const;

  /// Throws DeviceInUse about volume `id` that names the one which holds the device.
  void requireFreeDevice(const VolumeId& id, const VmmHostname& host, const VmId& vm,
                         const VmDevice& device) const;

  /// The metadata were restored from a backup, and nobody has said yet that they are true again.
  bool isRestored() const;

  /// The volumes that are attached at a host, or being so, by their ids.
  std::vector<VolumeId> volumesAt(const VmmHostname& host) const;

  /// The VM hosts that were met, each with the identity of its delegate.
  std::map<VmmHostname, DelegateId> knownHosts() const;
  std::optional<DelegateId> delegateIdOf(const VmmHostname& host) const;
  /// The name that the host of a delegate is known by.
  std::optional<VmmHostname> hostOf(const DelegateId& id) const;

  /// The snapshots of a volume that exist or are being made or deleted.
  std::vector<SnapshotId> snapshotsOf(const VolumeId& id) const;
  /// The volumes whose copy from the snapshot may still run.
  std::vector<VolumeId> volumesCopiedFrom(const SnapshotId& id) const;
  /// The volumes that wait for the end of their copy and that no operation owns.
  std::vector<Volume> copyingVolumes() const;
  /// True while any volume is pending, owned or not.
  bool hasPendingVolumes() const;

  std::optional<Operation> findOperation(const OperationId& id) const;
  /// The operation that owns a volume, snapshot or attachment now.
  std::optional<Operation> operationOn(std::string_view resourceId) const;
  /// Of every kind, oldest first.
  std::vector<Operation> openOperations() const;

  /// The cleanings that are still to be done, oldest first.
  std::vector<HostCleaning> hostCleanings() const;
  std::vector<HostCleaning> hostCleaningsAt(const VmmHostname& host) const;

  /// Of the administrator, to whom all belongs.
  std::optional<ClientTokenUse> findClientToken(std::string_view operation, std::string_view token) const;

protected:
  Connection& connection() const noexcept { return connection_; }

private:
  Connection& connection_;
};

}  // namespace vbs::metadata
