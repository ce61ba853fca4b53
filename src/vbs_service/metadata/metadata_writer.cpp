#include "vbs_service/metadata/metadata_writer.h"

#include <chrono>
#include <cstdint>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/model/transitions.h"
#include "vbs_service/metadata/connection.h"

namespace vbs::metadata {
namespace {

// A reason or error is read by people: more than this is noise.
constexpr std::size_t kMaxReasonBytes = 2048;

std::int64_t seconds(Time time) {
  return time.time_since_epoch().count();
}

template <class Value>
std::optional<std::string> text(const std::optional<Value>& name) {
  return name ? std::optional(name->str()) : std::nullopt;
}

std::optional<std::string> shortened(const std::optional<std::string>& reason) {
  return reason ? std::optional(printable(*reason, kMaxReasonBytes)) : std::nullopt;
}

/// FNV-1a, 32 bits.
std::uint32_t hashOf(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::string hexOf(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4)
    text += kDigits[(value >> static_cast<unsigned>(shift)) & 0xFU];
  return text;
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

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string MetadataWriter::newId(std::string_view kind, std::string_view prefix,
                                  const std::set<std::string>& taken) {
  // 32 bits are few enough to meet an old id now and then, and many enough that this ends at once.
  constexpr int kMaxDraws = 1000;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    std::string id = std::string(prefix) + hexOf(hashOf(uuids_()));
    if (!taken.contains(id) && giveId(kind, id)) return id;
  }
  throw Error(ErrorCode::InternalError,
              "no free " + std::string(kind) + " id after " + std::to_string(kMaxDraws) + " draws");
}

bool MetadataWriter::giveId(std::string_view kind, const std::string& id) {
  return connection()
             .query("INSERT INTO ids (id, kind, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id,
                    kind, seconds(now()))
             .run() == 1;
}

void MetadataWriter::keepId(const VolumeId& id) {
  giveId("volume", id.str());
}
void MetadataWriter::keepId(const SnapshotId& id) {
  giveId("snapshot", id.str());
}

VolumeId MetadataWriter::newVolumeId(const std::set<std::string>& taken) {
  return VolumeId(newId("volume", "vol-", taken));
}
SnapshotId MetadataWriter::newSnapshotId(const std::set<std::string>& taken) {
  return SnapshotId(newId("snapshot", "snap-", taken));
}
OperationId MetadataWriter::newOperationId() {
  return OperationId(uuids_());
}

void MetadataWriter::insertVolume(const Volume& volume) {
  connection()
      .query(
          "INSERT INTO volumes (id, size_gib, comment, snapshot_id, status, status_reason, create_time) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)",
          volume.volumeId.str(), volume.size.count(), volume.comment, text(volume.snapshotId),
          toString(volume.status), shortened(volume.statusReason), seconds(volume.createTime))
      .run();
  connection()
      .query("UPDATE ids SET size_gib = ? WHERE id = ?", volume.size.count(), volume.volumeId.str())
      .run();
}

void MetadataWriter::moveVolume(const VolumeId& id, VolumeStatus from, VolumeStatus to,
                                const std::optional<std::string>& reason) {
  requireLegal(id.str(), from, to);
  const int changes =
      connection()
          .query("UPDATE volumes SET status = ?, status_reason = ? WHERE id = ? AND status = ?", toString(to),
                 shortened(reason), id.str(), toString(from))
          .run();
  if (changes != 1) throwIncorrect("volume", id.str(), volume(id).status, from);
}

void MetadataWriter::setVolumeReason(const VolumeId& id, const std::optional<std::string>& reason) {
  connection().query("UPDATE volumes SET status_reason = ? WHERE id = ?", shortened(reason), id.str()).run();
}

void MetadataWriter::eraseVolume(const VolumeId& id, VolumeStatus from) {
  requireGoing(id.str(), from, {VolumeStatus::Deleting, VolumeStatus::Pending});
  const int changes =
      connection().query("DELETE FROM volumes WHERE id = ? AND status = ?", id.str(), toString(from)).run();
  if (changes != 1) throwIncorrect("volume", id.str(), volume(id).status, from);
}

void MetadataWriter::insertSnapshot(const Snapshot& snapshot) {
  connection()
      .query(
          "INSERT INTO snapshots (id, volume_id, size_gib, comment, status, status_reason, start_time) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)",
          snapshot.snapshotId.str(), snapshot.volumeId.str(), snapshot.size.count(), snapshot.comment,
          toString(snapshot.status), shortened(snapshot.statusReason), seconds(snapshot.startTime))
      .run();
  connection()
      .query("UPDATE ids SET size_gib = ?, volume_id = ? WHERE id = ?", snapshot.size.count(),
             snapshot.volumeId.str(), snapshot.snapshotId.str())
      .run();
}

void MetadataWriter::moveSnapshot(const SnapshotId& id, SnapshotStatus from, SnapshotStatus to,
                                  const std::optional<std::string>& reason) {
  requireLegal(id.str(), from, to);
  const int changes =
      connection()
          .query("UPDATE snapshots SET status = ?, status_reason = ? WHERE id = ? AND status = ?",
                 toString(to), shortened(reason), id.str(), toString(from))
          .run();
  if (changes != 1) throwIncorrect("snapshot", id.str(), snapshot(id).status, from);
}

void MetadataWriter::setSnapshotReason(const SnapshotId& id, const std::optional<std::string>& reason) {
  connection()
      .query("UPDATE snapshots SET status_reason = ? WHERE id = ?", shortened(reason), id.str())
      .run();
}

void MetadataWriter::eraseSnapshot(const SnapshotId& id, SnapshotStatus from) {
  requireGoing(id.str(), from, {SnapshotStatus::Deleting, SnapshotStatus::Pending});
  const int changes =
      connection().query("DELETE FROM snapshots WHERE id = ? AND status = ?", id.str(), toString(from)).run();
  if (changes != 1) throwIncorrect("snapshot", id.str(), snapshot(id).status, from);
}

bool MetadataWriter::isTargetIdFree(TargetId id) const {
  Query row = connection().query("SELECT 1 FROM attachments WHERE target_id = ?", id.number());
  return !row.next();
}

TargetId MetadataWriter::freeTargetId(const std::set<TargetId>& taken) const {
  int free = TargetId::kMin;
  const auto isTaken = [&] { return free <= TargetId::kMax && taken.contains(TargetId(free)); };
  Query rows =
      connection().query("SELECT target_id FROM attachments WHERE target_id IS NOT NULL ORDER BY target_id");
  while (isTaken()) ++free;
  while (rows.next() && rows.small(0) <= free) {
    if (rows.small(0) == free) ++free;
    while (isTaken()) ++free;
  }
  if (free > TargetId::kMax) {
    throw Error(ErrorCode::InsufficientCapacity,
                "all " + std::to_string(TargetId::kMax) + " target ids are taken: detach a volume first");
  }
  return TargetId(free);
}

void MetadataWriter::insertAttachment(const AttachmentRecord& record) {
  const Attachment& attachment = record.attachment;
  requireFreeDevice(attachment.volumeId, attachment.vmmHostname, attachment.vmId, attachment.vmDevice);
  std::optional<int> targetId;
  std::optional<std::string> targetName;
  if (record.target) {
    targetId = record.target->targetId.number();
    targetName = record.target->targetName.str();
  }
  std::optional<std::int64_t> attachTime;
  if (attachment.attachTime) attachTime = seconds(*attachment.attachTime);
  std::optional<int> lun;
  if (record.exported.lun) lun = record.exported.lun->number();
  connection()
      .query(
          "INSERT INTO attachments (volume_id, vmm_hostname, vm_id, vm_device, target_id, target_name, "
          "portal, "
          "lun, host_device, status, attach_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          attachment.volumeId.str(), attachment.vmmHostname.str(), attachment.vmId.str(),
          attachment.vmDevice.str(), targetId, targetName, text(record.exported.portal), lun,
          attachment.hostDevice, toString(attachment.status), attachTime)
      .run();
}

void MetadataWriter::moveAttachment(const VolumeId& id, AttachmentStatus from, AttachmentStatus to) {
  requireLegal(id.str(), from, to);
  const int changes = connection()
                          .query("UPDATE attachments SET status = ? WHERE volume_id = ? AND status = ?",
                                 toString(to), id.str(), toString(from))
                          .run();
  if (changes != 1) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + id.str() + " is not " + std::string(toString(from)) + " to a VM", id.str());
  }
}

void MetadataWriter::placeAttachment(const VolumeId& id, const VolumeExport& exported, const VmPlace& place,
                                     Time attachTime) {
  std::optional<int> lun;
  if (exported.lun) lun = exported.lun->number();
  connection()
      .query(
          "UPDATE attachments SET portal = ?, lun = ?, host_device = ?, is_in_vm = ?, attach_time = ? "
          "WHERE volume_id = ?",
          text(exported.portal), lun, place.hostDevice, place.isInVm ? 1 : 0, seconds(attachTime), id.str())
      .run();
}

void MetadataWriter::markExport(const VolumeId& id, bool isUncertain) {
  connection()
      .query("UPDATE attachments SET is_export_uncertain = ? WHERE volume_id = ?", isUncertain ? 1 : 0,
             id.str())
      .run();
}

void MetadataWriter::rememberHost(const VmmHostname& host, const DelegateId& id) {
  connection()
      .query(
          "INSERT INTO vmm_hosts (name, delegate_id, since) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
          "SET delegate_id = excluded.delegate_id, since = excluded.since",
          host.str(), id.str(), seconds(now()))
      .run();
}

void MetadataWriter::acceptRestored() {
  connection().database().exec("PRAGMA application_id = 0");
}

void MetadataWriter::forgetHost(const VmmHostname& host) {
  connection().query("DELETE FROM vmm_hosts WHERE name = ?", host.str()).run();
}

void MetadataWriter::eraseAttachment(const VolumeId& id, AttachmentStatus from) {
  requireGoing(id.str(), from, {AttachmentStatus::Detaching, AttachmentStatus::Attaching});
  const int changes =
      connection()
          .query("DELETE FROM attachments WHERE volume_id = ? AND status = ?", id.str(), toString(from))
          .run();
  if (changes != 1) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + id.str() + " is not " + std::string(toString(from)) + " to or from a VM",
                id.str());
  }
}

void MetadataWriter::openOperation(const Operation& operation) {
  if (operation.kind != "cleanHost") {
    if (const auto owner = operationOn(operation.resourceId)) {
      throw Error(ErrorCode::IncorrectState,
                  operation.resourceId + " is in the hands of another operation (" + owner->kind + " " +
                      owner->id.str() + "): ask again when that has ended",
                  operation.resourceId);
    }
  }
  connection()
      .query(
          "INSERT INTO operations (id, kind, resource_id, state, step, context, request_id, created_at, "
          "updated_at) VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?)",
          operation.id.str(), operation.kind, operation.resourceId, operation.step, operation.context,
          operation.requestId.str(), seconds(now()), seconds(now()))
      .run();
}

void MetadataWriter::recordStep(const OperationId& id, std::string_view step, std::string_view context) {
  requireOne(connection()
                 .query("UPDATE operations SET step = ?, context = ?, updated_at = ? WHERE id = ?", step,
                        context, seconds(now()), id.str())
                 .run(),
             id);
}

void MetadataWriter::recordRollBack(const OperationId& id) {
  requireOne(connection()
                 .query("UPDATE operations SET state = 'rolling-back', updated_at = ? WHERE id = ?",
                        seconds(now()), id.str())
                 .run(),
             id);
}

void MetadataWriter::recordFailure(const OperationId& id, std::string_view error, std::string_view context) {
  requireOne(
      connection()
          .query("UPDATE operations SET attempts = attempts + 1, last_error = ?, context = ?, updated_at = ? "
                 "WHERE id = ?",
                 printable(error, kMaxReasonBytes), context, seconds(now()), id.str())
          .run(),
      id);
}

void MetadataWriter::closeOperation(const OperationId& id) {
  requireOne(connection().query("DELETE FROM operations WHERE id = ?", id.str()).run(), id);
}

void MetadataWriter::insertClientToken(std::string_view operation, std::string_view token,
                                       const ClientTokenUse& use) {
  connection()
      .query(
          "INSERT INTO client_tokens (operation, token, parameters, resource_id, created_at) VALUES (?, ?, "
          "?, "
          "?, ?)",
          operation, token, use.parameters, use.resourceId, seconds(now()))
      .run();
}

void MetadataWriter::eraseClientToken(std::string_view resourceId) {
  connection().query("DELETE FROM client_tokens WHERE resource_id = ?", resourceId).run();
}

int MetadataWriter::eraseClientTokensBefore(Time time) {
  return connection()
      .query(
          "DELETE FROM client_tokens WHERE created_at < ? AND "
          "NOT EXISTS (SELECT 1 FROM volumes WHERE id = resource_id) AND "
          "NOT EXISTS (SELECT 1 FROM snapshots WHERE id = resource_id)",
          seconds(time))
      .run();
}

}  // namespace vbs::metadata
