#include "vbs_service/metadata/metadata_reader.h"

#include <algorithm>
#include <unordered_set>

#include "common/model/error.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/page_token.h"

namespace vbs::metadata {
namespace {

constexpr int kMaxPage = 1000;

// A row holds only what was parsed before it was written: a status that no parser knows is a damaged file.
template <class Status>
Status known(const std::optional<Status>& status, const std::string& text) {
  if (!status) throw Error(ErrorCode::InternalError, "the metadata hold an unknown status \"" + text + "\"");
  return *status;
}

Time timeOf(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

template <class Value>
std::optional<Value> optionalName(const Query& row, int column) {
  return row.isNull(column) ? std::nullopt : std::optional<Value>(row.text(column));
}

std::optional<SizeGiB> optionalSize(const Query& row, int column) {
  return row.isNull(column) ? std::nullopt : std::optional(SizeGiB(row.integer(column)));
}

#define VBS_ATTACHMENT_COLUMNS                                                                  \
  "a.vmm_hostname, a.vm_id, a.vm_device, a.host_device, a.status, a.attach_time, a.target_id, " \
  "a.target_name, "                                                                             \
  "a.portal, a.lun, a.is_in_vm, a.is_export_uncertain"
#define VBS_VOLUME_SELECT                                                                 \
  "SELECT v.seq, v.id, v.size_gib, v.comment, v.snapshot_id, v.status, v.status_reason, " \
  "v.create_time, " VBS_ATTACHMENT_COLUMNS " FROM volumes v LEFT JOIN attachments a ON a.volume_id = v.id "
#define VBS_SNAPSHOT_SELECT \
  "SELECT seq, id, size_gib, comment, volume_id, status, status_reason, start_time FROM snapshots "
#define VBS_OPERATION_SELECT                                                                           \
  "SELECT id, kind, resource_id, state, step, context, request_id, created_at, updated_at, attempts, " \
  "last_error FROM operations "

/// `column`: where VBS_ATTACHMENT_COLUMNS begin.
AttachmentRecord attachmentIn(const Query& row, int column, const VolumeId& volumeId) {
  const std::string status = row.text(column + 4);
  AttachmentRecord record{.attachment = {.volumeId = volumeId,
                                         .vmmHostname = VmmHostname(row.text(column)),
                                         .vmId = VmId(row.text(column + 1)),
                                         .vmDevice = VmDevice(row.text(column + 2)),
                                         .hostDevice = row.optionalText(column + 3),
                                         .status = known(parseAttachmentStatus(status), status),
                                         .attachTime = std::nullopt},
                          .target = std::nullopt,
                          .exported = {.portal = optionalName<Portal>(row, column + 8), .lun = std::nullopt}};
  if (!row.isNull(column + 5)) record.attachment.attachTime = timeOf(row.integer(column + 5));
  if (!row.isNull(column + 6)) {
    record.target = TargetIdentity{TargetId(row.small(column + 6)), TargetName(row.text(column + 7))};
  }
  if (!row.isNull(column + 9)) record.exported.lun = Lun(row.small(column + 9));
  if (!row.isNull(column + 10)) record.isInVm = row.small(column + 10) != 0;
  record.isExportUncertain = row.small(column + 11) != 0;
  return record;
}

Volume volumeIn(const Query& row) {
  constexpr int kAttachment = 8;
  const std::string status = row.text(5);
  Volume volume{.volumeId = VolumeId(row.text(1)),
                .size = SizeGiB(row.integer(2)),
                .comment = row.text(3),
                .snapshotId = optionalName<SnapshotId>(row, 4),
                .status = known(parseVolumeStatus(status), status),
                .statusReason = row.optionalText(6),
                .progressPercent = std::nullopt,
                .createTime = timeOf(row.integer(7)),
                .attachment = std::nullopt};
  if (!row.isNull(kAttachment)) {
    volume.attachment = attachmentIn(row, kAttachment, volume.volumeId).attachment;
  }
  return volume;
}

Snapshot snapshotIn(const Query& row) {
  const std::string status = row.text(5);
  return {.snapshotId = SnapshotId(row.text(1)),
          .volumeId = VolumeId(row.text(4)),
          .size = SizeGiB(row.integer(2)),
          .comment = row.text(3),
          .status = known(parseSnapshotStatus(status), status),
          .statusReason = row.optionalText(6),
          .progressPercent = std::nullopt,
          .startTime = timeOf(row.integer(7))};
}

Operation operationIn(const Query& row) {
  return {.id = OperationId(row.text(0)),
          .kind = row.text(1),
          .resourceId = row.text(2),
          .state = row.text(3) == "running" ? OperationState::Running : OperationState::RollingBack,
          .step = row.text(4),
          .context = row.text(5),
          .requestId = RequestId(row.text(6)),
          .createdAt = timeOf(row.integer(7)),
          .updatedAt = timeOf(row.integer(8)),
          .attempts = row.small(9),
          .lastError = row.optionalText(10)};
}

template <class Id>
void requireListable(const DescribeRequest<Id>& request) {
  if (!request.ids.empty() && (request.maxResults || request.nextToken)) {
    throw Error(ErrorCode::InvalidParameter,
                "maxResults and nextToken page through the whole listing: leave them out when naming ids");
  }
  if (request.ids.size() > kMaxPage) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(request.ids.size()) +
                                                 " ids are too many for one request: name at most " +
                                                 std::to_string(kMaxPage));
  }
  if (request.maxResults && (*request.maxResults < 1 || *request.maxResults > kMaxPage)) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(*request.maxResults) +
                                                 " is not a value for maxResults: expected 1 to " +
                                                 std::to_string(kMaxPage));
  }
}

/// The asked-for ids, each once, looked up by `find`.
template <class Record, class Id, class Find>
Page<Record> theseRecords(const std::vector<Id>& ids, Find find) {
  Page<Record> page;
  std::unordered_set<Id> seen;
  for (const Id& id : ids) {
    if (seen.insert(id).second) page.records.push_back(find(id));
  }
  return page;
}

/// `next(afterSeq, limit)` answers a Query whose column 0 is the row's seq.
template <class Record, class Id, class Next, class Parse>
Page<Record> pageOf(std::string_view listing, const DescribeRequest<Id>& request, Next next, Parse parse) {
  const int limit = request.maxResults.value_or(kMaxPage);
  std::int64_t seq = request.nextToken ? parsePageToken(listing, *request.nextToken) : 0;
  Page<Record> page;
  Query rows = next(seq, limit + 1);
  while (rows.next()) {
    if (page.records.size() == static_cast<std::size_t>(limit)) {
      page.nextToken = pageToken(listing, seq);
      break;
    }
    seq = rows.integer(0);
    page.records.push_back(parse(rows));
  }
  return page;
}

template <class Id>
std::vector<Id> idsIn(Query rows) {
  std::vector<Id> ids;
  while (rows.next()) ids.emplace_back(rows.text(0));
  return ids;
}

}  // namespace

std::optional<Volume> MetadataReader::findVolume(const VolumeId& id) const {
  Query rows = connection_.query(VBS_VOLUME_SELECT "WHERE v.id = ?", id.str());
  return rows.next() ? std::optional(volumeIn(rows)) : std::nullopt;
}

std::optional<Snapshot> MetadataReader::findSnapshot(const SnapshotId& id) const {
  Query rows = connection_.query(VBS_SNAPSHOT_SELECT "WHERE id = ?", id.str());
  return rows.next() ? std::optional(snapshotIn(rows)) : std::nullopt;
}

Volume MetadataReader::volume(const VolumeId& id) const {
  if (auto found = findVolume(id)) return *std::move(found);
  throw Error(ErrorCode::VolumeNotFound, "there is no volume " + id.str(), id.str());
}

Snapshot MetadataReader::snapshot(const SnapshotId& id) const {
  if (auto found = findSnapshot(id)) return *std::move(found);
  throw Error(ErrorCode::SnapshotNotFound, "there is no snapshot " + id.str(), id.str());
}

std::optional<GivenVolume> MetadataReader::givenVolume(const VolumeId& id) const {
  Query rows = connection_.query("SELECT size_gib FROM ids WHERE id = ? AND kind = 'volume'", id.str());
  if (!rows.next()) return std::nullopt;
  return GivenVolume{.size = optionalSize(rows, 0)};
}

std::optional<GivenSnapshot> MetadataReader::givenSnapshot(const SnapshotId& id) const {
  Query rows =
      connection_.query("SELECT size_gib, volume_id FROM ids WHERE id = ? AND kind = 'snapshot'", id.str());
  if (!rows.next()) return std::nullopt;
  return GivenSnapshot{.size = optionalSize(rows, 0), .volumeId = optionalName<VolumeId>(rows, 1)};
}

Page<Volume> MetadataReader::describeVolumes(const DescribeRequest<VolumeId>& request) const {
  requireListable(request);
  if (!request.ids.empty()) {
    return theseRecords<Volume>(request.ids, [&](const VolumeId& id) { return volume(id); });
  }
  return pageOf<Volume>(
      "volumes", request,
      [&](std::int64_t seq, int limit) {
        return connection_.query(VBS_VOLUME_SELECT "WHERE v.seq > ? ORDER BY v.seq LIMIT ?", seq, limit);
      },
      volumeIn);
}

Page<Snapshot> MetadataReader::describeSnapshots(const DescribeRequest<SnapshotId>& request) const {
  requireListable(request);
  if (!request.ids.empty()) {
    return theseRecords<Snapshot>(request.ids, [&](const SnapshotId& id) { return snapshot(id); });
  }
  return pageOf<Snapshot>(
      "snapshots", request,
      [&](std::int64_t seq, int limit) {
        return connection_.query(VBS_SNAPSHOT_SELECT "WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit);
      },
      snapshotIn);
}

Provisioned MetadataReader::provisioned() const {
  Query sums = connection_.query(
      "SELECT (SELECT coalesce(sum(size_gib), 0) FROM volumes), "
      "(SELECT coalesce(sum(size_gib), 0) FROM snapshots)");
  sums.next();
  return {.volumesGiB = sums.integer(0), .snapshotsGiB = sums.integer(1)};
}

std::optional<AttachmentRecord> MetadataReader::findAttachment(const VolumeId& id) const {
  Query rows = connection_.query("SELECT " VBS_ATTACHMENT_COLUMNS " FROM attachments a WHERE a.volume_id = ?",
                                 id.str());
  return rows.next() ? std::optional(attachmentIn(rows, 0, id)) : std::nullopt;
}

std::vector<AttachmentRecord> MetadataReader::attachments() const {
  constexpr int kVolumeId = 12;
  std::vector<AttachmentRecord> records;
  Query rows = connection_.query("SELECT " VBS_ATTACHMENT_COLUMNS ", a.volume_id FROM attachments a");
  while (rows.next()) records.push_back(attachmentIn(rows, 0, VolumeId(rows.text(kVolumeId))));
  return records;
}

std::optional<VolumeId> MetadataReader::volumeAt(const VmmHostname& host, const VmId& vm,
                                                 const VmDevice& device) const {
  Query rows = connection_.query(
      "SELECT volume_id FROM attachments WHERE vmm_hostname = ? AND vm_id = ? AND vm_device = ?", host.str(),
      vm.str(), device.str());
  return rows.next() ? std::optional(VolumeId(rows.text(0))) : std::nullopt;
}

bool MetadataReader::isRestored() const {
  Query rows = connection_.query("PRAGMA application_id");
  return rows.next() && rows.small(0) == kBackupMark;
}

std::vector<VolumeId> MetadataReader::volumesAt(const VmmHostname& host) const {
  return idsIn<VolumeId>(connection_.query(
      "SELECT volume_id FROM attachments WHERE vmm_hostname = ? ORDER BY volume_id", host.str()));
}

std::map<VmmHostname, DelegateId> MetadataReader::knownHosts() const {
  std::map<VmmHostname, DelegateId> hosts;
  Query rows = connection_.query("SELECT name, delegate_id FROM vmm_hosts");
  while (rows.next()) hosts.emplace(VmmHostname(rows.text(0)), DelegateId(rows.text(1)));
  return hosts;
}

std::optional<DelegateId> MetadataReader::delegateIdOf(const VmmHostname& host) const {
  Query rows = connection_.query("SELECT delegate_id FROM vmm_hosts WHERE name = ?", host.str());
  return rows.next() ? std::optional(DelegateId(rows.text(0))) : std::nullopt;
}

std::optional<VmmHostname> MetadataReader::hostOf(const DelegateId& id) const {
  Query rows = connection_.query("SELECT name FROM vmm_hosts WHERE delegate_id = ?", id.str());
  return rows.next() ? std::optional(VmmHostname(rows.text(0))) : std::nullopt;
}

void MetadataReader::requireFreeDevice(const VolumeId& id, const VmmHostname& host, const VmId& vm,
                                       const VmDevice& device) const {
  const auto holder = volumeAt(host, vm, device);
  if (!holder) return;
  throw Error(ErrorCode::DeviceInUse,
              "device " + device.str() + " of VM " + vm.str() + " on " + host.str() + " is held by volume " +
                  holder->str() + ": name another device or detach that volume first",
              id.str());
}

std::vector<SnapshotId> MetadataReader::snapshotsOf(const VolumeId& id) const {
  return idsIn<SnapshotId>(
      connection_.query("SELECT id FROM snapshots WHERE volume_id = ? ORDER BY seq", id.str()));
}

std::vector<VolumeId> MetadataReader::volumesCopiedFrom(const SnapshotId& id) const {
  return idsIn<VolumeId>(
      connection_.query("SELECT id FROM volumes WHERE snapshot_id = ? AND status IN ('pending', 'deleting') "
                        "ORDER BY seq",
                        id.str()));
}

std::vector<Volume> MetadataReader::copyingVolumes() const {
  std::vector<Volume> volumes;
  Query rows = connection_.query(VBS_VOLUME_SELECT
                                 "WHERE v.status = 'pending' AND NOT EXISTS "
                                 "(SELECT 1 FROM operations o WHERE o.resource_id = v.id AND o.kind <> "
                                 "'cleanHost') ORDER BY v.seq");
  while (rows.next()) volumes.push_back(volumeIn(rows));
  return volumes;
}

bool MetadataReader::hasPendingVolumes() const {
  return connection_.query("SELECT 1 FROM volumes WHERE status = 'pending' LIMIT 1").next();
}

std::optional<Operation> MetadataReader::findOperation(const OperationId& id) const {
  Query rows = connection_.query(VBS_OPERATION_SELECT "WHERE id = ?", id.str());
  return rows.next() ? std::optional(operationIn(rows)) : std::nullopt;
}

std::optional<Operation> MetadataReader::operationOn(std::string_view resourceId) const {
  Query rows =
      connection_.query(VBS_OPERATION_SELECT "WHERE resource_id = ? AND kind <> 'cleanHost'", resourceId);
  return rows.next() ? std::optional(operationIn(rows)) : std::nullopt;
}

std::vector<Operation> MetadataReader::openOperations(std::string_view kind) const {
  std::vector<Operation> operations;
  Query rows =
      connection_.query(VBS_OPERATION_SELECT "WHERE ?1 = '' OR kind = ?1 ORDER BY created_at, id", kind);
  while (rows.next()) operations.push_back(operationIn(rows));
  return operations;
}

std::optional<ClientTokenUse> MetadataReader::findClientToken(std::string_view operation,
                                                              std::string_view token) const {
  Query rows =
      connection_.query("SELECT parameters, resource_id FROM client_tokens WHERE operation = ? AND token = ?",
                        operation, token);
  return rows.next() ? std::optional(ClientTokenUse{rows.text(0), rows.text(1)}) : std::nullopt;
}

}  // namespace vbs::metadata
