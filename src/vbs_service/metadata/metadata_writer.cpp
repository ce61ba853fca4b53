#include "vbs_service/metadata/metadata_writer.h"

#include <algorithm>
#include <chrono>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/model/transitions.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/short_id.h"

namespace vbs::metadata {
namespace {

// A reason or error is read by people: more than this is noise.
constexpr std::size_t kMaxReasonBytes = 2048;

std::optional<std::string> shortened(const std::optional<std::string>& reason) {
  return reason ? std::optional(printable(*reason, kMaxReasonBytes)) : std::nullopt;
}

template <class Status>
void requireLegal(const std::string& what, Status from, Status to) {
  if (isLegal(from, to)) return;
  throw Error(ErrorCode::InternalError,
              what + " may not go from " + std::string(toString(from)) + " to " + std::string(toString(to)),
              what);
}

/// `going`: the statuses from which a row may go away.
template <class Status>
void requireGoing(const std::string& what, Status from, std::initializer_list<Status> going) {
  for (const Status status : going) {
    if (status == from) return;
  }
  throw Error(ErrorCode::InternalError, what + " may not go away while " + std::string(toString(from)), what);
}

template <class Status>
[[noreturn]] void throwIncorrect(const std::string& what, const std::string& id, Status is, Status expected) {
  throw Error(
      ErrorCode::IncorrectState,
      what + " " + id + " is " + std::string(toString(is)) + ", not " + std::string(toString(expected)), id);
}

void requireOne(int changes, const OperationId& id) {
  if (changes == 1) return;
  throw Error(ErrorCode::InternalError, "operation " + id.str() + " is not in the journal");
}

}  // namespace

std::string MetadataWriter::newId(ResourceKind kind, std::string_view prefix, const VolumeServerName& server,
                                  const std::set<std::string>& taken) {
  // 32 bits are few enough to meet an old id now and then, and many enough that this ends at once.
  constexpr int kMaxDraws = 1000;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    std::string id = shortId(prefix, uuids_());
    if (!taken.contains(id) && giveId(kind, id, server)) return id;
  }
  throw Error(ErrorCode::InternalError,
              "no free " + std::string(toString(kind)) + " id after " + std::to_string(kMaxDraws) + " draws");
}

bool MetadataWriter::giveId(ResourceKind kind, const std::string& id, const VolumeServerName& server) {
  return connection()
             .query(
                 "INSERT INTO ids (id, kind, volume_server, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO "
                 "NOTHING",
                 id, kind, server, now())
             .run() == 1;
}

void MetadataWriter::keepId(const VolumeId& id, const VolumeServerName& server) {
  giveId(ResourceKind::Volume, id.str(), server);
}
void MetadataWriter::keepId(const SnapshotId& id, const VolumeServerName& server) {
  giveId(ResourceKind::Snapshot, id.str(), server);
}

VolumeId MetadataWriter::newVolumeId(const VolumeServerName& server, const std::set<std::string>& taken) {
  return VolumeId(newId(ResourceKind::Volume, "vol-", server, taken));
}
SnapshotId MetadataWriter::newSnapshotId(const VolumeServerName& server, const std::set<std::string>& taken) {
  return SnapshotId(newId(ResourceKind::Snapshot, "snap-", server, taken));
}
OperationId MetadataWriter::newOperationId() {
  return OperationId(uuids_());
}

std::int64_t MetadataWriter::takeCallNumbers(std::int64_t count) {
  constexpr std::int64_t kInASecond = 1 << 20;  // more than are ever taken in one
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  Query row = connection().query("SELECT next FROM call_numbers");
  if (!row.next()) throw Error(ErrorCode::InternalError, "the metadata have no number for the next call");
  const std::int64_t first = std::max(row.get<std::int64_t>("next"), seconds * kInASecond);
  connection().query("UPDATE call_numbers SET next = ?", first + count).run();
  return first;
}

void MetadataWriter::insertVolume(const Volume& volume) {
  connection()
      .query(R"sql(
        INSERT INTO volumes
          (id, volume_server, owner, size_gib, comment, snapshot_id, status, status_reason, create_time)
        VALUES
          (:id, (SELECT volume_server FROM ids WHERE id = :id), :owner, :size, :comment, :snapshot, :status, :reason,
           :created)
      )sql",
             named(":id", volume.volumeId), named(":owner", kAdministrator), named(":size", volume.size),
             named(":comment", volume.comment), named(":snapshot", volume.snapshotId),
             named(":status", volume.status), named(":reason", shortened(volume.statusReason)),
             named(":created", volume.createTime))
      .run();
  connection().query("UPDATE ids SET size_gib = ? WHERE id = ?", volume.size, volume.volumeId).run();
}

void MetadataWriter::moveVolume(const VolumeId& id, VolumeStatus from, VolumeStatus to,
                                const std::optional<std::string>& reason) {
  requireLegal(id.str(), from, to);
  const int changes =
      connection()
          .query("UPDATE volumes SET status = ?, status_reason = ? WHERE id = ? AND status = ?", to,
                 shortened(reason), id, from)
          .run();
  if (changes != 1) throwIncorrect("volume", id.str(), volume(id).status, from);
}

void MetadataWriter::setVolumeReason(const VolumeId& id, const std::optional<std::string>& reason) {
  connection().query("UPDATE volumes SET status_reason = ? WHERE id = ?", shortened(reason), id).run();
}

void MetadataWriter::eraseVolume(const VolumeId& id, VolumeStatus from) {
  requireGoing(id.str(), from, {VolumeStatus::Deleting, VolumeStatus::Pending});
  const int changes = connection().query("DELETE FROM volumes WHERE id = ? AND status = ?", id, from).run();
  if (changes != 1) throwIncorrect("volume", id.str(), volume(id).status, from);
}

void MetadataWriter::insertSnapshot(const Snapshot& snapshot) {
  connection()
      .query(R"sql(
        INSERT INTO snapshots
          (id, volume_id, volume_server, owner, size_gib, comment, status, status_reason, start_time)
        VALUES
          (:id, :volume, (SELECT volume_server FROM ids WHERE id = :id), :owner, :size, :comment, :status, :reason,
           :started)
      )sql",
             named(":id", snapshot.snapshotId), named(":volume", snapshot.volumeId),
             named(":owner", kAdministrator), named(":size", snapshot.size),
             named(":comment", snapshot.comment), named(":status", snapshot.status),
             named(":reason", shortened(snapshot.statusReason)), named(":started", snapshot.startTime))
      .run();
  connection()
      .query("UPDATE ids SET size_gib = ?, volume_id = ? WHERE id = ?", snapshot.size, snapshot.volumeId,
             snapshot.snapshotId)
      .run();
}

void MetadataWriter::moveSnapshot(const SnapshotId& id, SnapshotStatus from, SnapshotStatus to,
                                  const std::optional<std::string>& reason) {
  requireLegal(id.str(), from, to);
  const int changes =
      connection()
          .query("UPDATE snapshots SET status = ?, status_reason = ? WHERE id = ? AND status = ?", to,
                 shortened(reason), id, from)
          .run();
  if (changes != 1) throwIncorrect("snapshot", id.str(), snapshot(id).status, from);
}

void MetadataWriter::setSnapshotReason(const SnapshotId& id, const std::optional<std::string>& reason) {
  connection().query("UPDATE snapshots SET status_reason = ? WHERE id = ?", shortened(reason), id).run();
}

void MetadataWriter::eraseSnapshot(const SnapshotId& id, SnapshotStatus from) {
  requireGoing(id.str(), from, {SnapshotStatus::Deleting, SnapshotStatus::Pending});
  const int changes = connection().query("DELETE FROM snapshots WHERE id = ? AND status = ?", id, from).run();
  if (changes != 1) throwIncorrect("snapshot", id.str(), snapshot(id).status, from);
}

bool MetadataWriter::isTargetIdFree(const VolumeServerName& server, TargetId id) const {
  return !connection()
              .query("SELECT 1 FROM attachments WHERE volume_server = ? AND target_id = ?", server, id)
              .next();
}

TargetId MetadataWriter::freeTargetId(const VolumeServerName& server, const std::set<TargetId>& taken) const {
  int free = TargetId::kMin;
  const auto isTaken = [&] { return free <= TargetId::kMax && taken.contains(TargetId(free)); };
  Query rows = connection().query(R"sql(
    SELECT target_id FROM attachments WHERE volume_server = ? AND target_id IS NOT NULL ORDER BY target_id
  )sql",
                                  server);
  while (isTaken()) ++free;
  while (rows.next()) {
    const int given = rows.get<TargetId>("target_id").number();
    if (given > free) break;
    if (given == free) ++free;
    while (isTaken()) ++free;
  }
  if (free > TargetId::kMax) {
    throw Error(ErrorCode::InsufficientCapacity,
                "all " + std::to_string(TargetId::kMax) + " target ids are taken: detach a volume first");
  }
  return TargetId(free);
}

AttachmentId MetadataWriter::insertAttachment(const NewAttachment& attachment) {
  const VolumeId& volumeId = attachment.volumeId;
  requireFreeDevice(volumeId, attachment.vmmHostname, attachment.vmId, attachment.vmDevice);
  if (findAttachment(volumeId)) {
    throw Error(ErrorCode::InternalError, "volume " + volumeId.str() + " has an attachment already",
                volumeId.str());
  }
  const VolumeServerName server = volumeServerOf(volumeId.str());
  const AttachmentId id(newId(ResourceKind::Attachment, "att-", server, {}));
  connection().query("UPDATE ids SET volume_id = ? WHERE id = ?", volumeId, id).run();
  std::optional<TargetId> targetId;
  std::optional<TargetName> targetName;
  if (attachment.target) {
    targetId = attachment.target->targetId;
    targetName = attachment.target->targetName;
  }
  connection()
      .query(R"sql(
        INSERT INTO attachments
          (id, volume_id, volume_server, mode, vmm_hostname, vm_id, vm_device, target_id, target_name, status,
           is_export_uncertain)
        VALUES
          (:id, :volume, :server, :mode, :host, :vm, :device, :target_id, :target_name, :status, 0)
      )sql",
             named(":id", id), named(":volume", volumeId), named(":server", server),
             named(":mode", AttachmentMode::ReadWrite), named(":host", attachment.vmmHostname),
             named(":vm", attachment.vmId), named(":device", attachment.vmDevice),
             named(":target_id", targetId), named(":target_name", targetName),
             named(":status", AttachmentStatus::Attaching))
      .run();
  return id;
}

void MetadataWriter::moveAttachment(const VolumeId& id, AttachmentStatus from, AttachmentStatus to) {
  requireLegal(id.str(), from, to);
  const int changes =
      connection()
          .query("UPDATE attachments SET status = ? WHERE volume_id = ? AND status = ?", to, id, from)
          .run();
  if (changes != 1) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + id.str() + " is not " + std::string(toString(from)) + " to a VM", id.str());
  }
}

void MetadataWriter::placeAttachment(const VolumeId& id, const VolumeExport& exported, const VmPlace& place,
                                     Time attachTime) {
  connection()
      .query(R"sql(
        UPDATE attachments SET portal = ?, lun = ?, host_device = ?, is_in_vm = ?, attach_time = ? WHERE volume_id = ?
      )sql",
             exported.portal, exported.lun, place.hostDevice, place.isInVm, attachTime, id)
      .run();
}

void MetadataWriter::markExport(const VolumeId& id, bool isUncertain) {
  connection()
      .query("UPDATE attachments SET is_export_uncertain = ? WHERE volume_id = ?", isUncertain, id)
      .run();
}

void MetadataWriter::rememberHost(const VmmHostname& host, const DelegateId& id) {
  connection()
      .query(R"sql(
        INSERT INTO vmm_hosts (name, delegate_id, since) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET delegate_id = excluded.delegate_id, since = excluded.since
      )sql",
             host, id, now())
      .run();
}

void MetadataWriter::acceptRestored() {
  connection().database().exec("PRAGMA application_id = 0");
}

void MetadataWriter::forgetHost(const VmmHostname& host) {
  connection().query("DELETE FROM vmm_hosts WHERE name = ?", host).run();
}

void MetadataWriter::eraseAttachment(const VolumeId& id, AttachmentStatus from) {
  requireGoing(id.str(), from, {AttachmentStatus::Detaching, AttachmentStatus::Attaching});
  const int changes =
      connection().query("DELETE FROM attachments WHERE volume_id = ? AND status = ?", id, from).run();
  if (changes != 1) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + id.str() + " is not " + std::string(toString(from)) + " to or from a VM",
                id.str());
  }
}

void MetadataWriter::openOperation(const NewOperation& operation) {
  const std::string& resourceId = operation.resource.id;
  if (operation.isExclusive) {
    if (const auto owner = operationOn(resourceId)) {
      throw Error(ErrorCode::IncorrectState,
                  resourceId + " is in the hands of another operation (" + owner->kind + " " +
                      owner->id.str() + "): ask again when that has ended",
                  resourceId);
    }
  }
  connection()
      .query(R"sql(
        INSERT INTO operations
          (id, kind, resource_kind, resource_id, is_exclusive, state, step, context, request_id, created_at, updated_at,
           attempts)
        VALUES
          (:id, :kind, :resource_kind, :resource_id, :exclusive, :state, :step, :context, :request, :now, :now, 0)
      )sql",
             named(":id", operation.id), named(":kind", operation.kind),
             named(":resource_kind", operation.resource.kind), named(":resource_id", resourceId),
             named(":exclusive", operation.isExclusive), named(":state", OperationState::Running),
             named(":step", operation.step), named(":context", operation.context),
             named(":request", operation.requestId), named(":now", now()))
      .run();
}

void MetadataWriter::oweCleaning(const HostCleaning& cleaning) {
  connection()
      .query(R"sql(
        INSERT INTO host_cleanings (operation_id, volume_id, vmm_hostname, vm_id, vm_device, was_found)
        VALUES (?, ?, ?, ?, ?, ?)
      )sql",
             cleaning.operationId, cleaning.volumeId, cleaning.vmmHostname, cleaning.vmId, cleaning.vmDevice,
             cleaning.wasFound)
      .run();
}

void MetadataWriter::recordStep(const OperationId& id, std::string_view step, std::string_view context) {
  requireOne(connection()
                 .query("UPDATE operations SET step = ?, context = ?, updated_at = ? WHERE id = ?", step,
                        context, now(), id)
                 .run(),
             id);
}

void MetadataWriter::recordRollBack(const OperationId& id) {
  requireOne(connection()
                 .query("UPDATE operations SET state = ?, updated_at = ? WHERE id = ?",
                        OperationState::RollingBack, now(), id)
                 .run(),
             id);
}

void MetadataWriter::recordFailure(const OperationId& id, std::string_view error, std::string_view context) {
  requireOne(connection()
                 .query(R"sql(
                   UPDATE operations SET attempts = attempts + 1, last_error = ?, context = ?, updated_at = ?
                   WHERE id = ?
                 )sql",
                        printable(error, kMaxReasonBytes), context, now(), id)
                 .run(),
             id);
}

void MetadataWriter::closeOperation(const OperationId& id) {
  requireOne(connection().query("DELETE FROM operations WHERE id = ?", id).run(), id);
}

void MetadataWriter::insertClientToken(std::string_view operation, std::string_view token,
                                       const ClientTokenUse& use) {
  connection()
      .query(R"sql(
        INSERT INTO client_tokens (owner, operation, token, parameters, resource_id, created_at)
        VALUES (?, ?, ?, ?, ?, ?)
      )sql",
             kAdministrator, operation, token, use.parameters, use.resourceId, now())
      .run();
}

void MetadataWriter::eraseClientToken(std::string_view resourceId) {
  connection().query("DELETE FROM client_tokens WHERE resource_id = ?", resourceId).run();
}

int MetadataWriter::eraseClientTokensBefore(Time time) {
  return connection()
      .query(R"sql(
        DELETE FROM client_tokens WHERE created_at < ?
          AND NOT EXISTS (SELECT 1 FROM volumes WHERE id = resource_id)
          AND NOT EXISTS (SELECT 1 FROM snapshots WHERE id = resource_id)
      )sql",
             time)
      .run();
}

}  // namespace vbs::metadata
