#include "vbs_service/metadata/metadata_reader.h"

#include <unordered_set>
#include <utility>

#include "common/model/error.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/page_token.h"
#include "vbs_service/metadata/rows.h"

namespace vbs::metadata {
namespace {

constexpr int kMaxPage = 1000;

template <class Row>
using RecordOf = decltype(Row::read(std::declval<const Query&>()));

/// `which`: the condition, and the order.
template <class Row, class... Values>
Query select(Connection& connection, std::string_view which, const Values&... values) {
  return connection.query(std::string(Row::kSelect).append(which), values...);
}

template <class Row>
std::optional<RecordOf<Row>> first(Query rows) {
  return rows.next() ? std::optional(Row::read(rows)) : std::nullopt;
}

template <class Row>
std::vector<RecordOf<Row>> all(Query rows) {
  std::vector<RecordOf<Row>> records;
  while (rows.next()) records.push_back(Row::read(rows));
  return records;
}

/// Of queries of one column.
template <class Value>
std::optional<Value> first(Query rows, const char* column) {
  return rows.next() ? std::optional(rows.get<Value>(column)) : std::nullopt;
}

template <class Value>
std::vector<Value> all(Query rows, const char* column) {
  std::vector<Value> values;
  while (rows.next()) values.push_back(rows.get<Value>(column));
  return values;
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

/// `next(afterSeq, limit)` answers a Query that has the column "seq".
template <class Row, class Id, class Next>
Page<RecordOf<Row>> pageOf(std::string_view listing, const DescribeRequest<Id>& request, Next next) {
  const int limit = request.maxResults.value_or(kMaxPage);
  std::int64_t seq = request.nextToken ? parsePageToken(listing, *request.nextToken) : 0;
  Page<RecordOf<Row>> page;
  Query rows = next(seq, limit + 1);
  while (rows.next()) {
    if (page.records.size() == static_cast<std::size_t>(limit)) {
      page.nextToken = pageToken(listing, seq);
      break;
    }
    seq = rows.get<std::int64_t>("seq");
    page.records.push_back(Row::read(rows));
  }
  return page;
}

}  // namespace

std::optional<Volume> MetadataReader::findVolume(const VolumeId& id) const {
  return first<VolumeRow>(select<VolumeRow>(connection_, "WHERE v.id = ?", id));
}

std::optional<Snapshot> MetadataReader::findSnapshot(const SnapshotId& id) const {
  return first<SnapshotRow>(select<SnapshotRow>(connection_, "WHERE id = ?", id));
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
  Query rows = connection_.query("SELECT size_gib FROM ids WHERE id = ?", id);
  if (!rows.next()) return std::nullopt;
  return GivenVolume{.size = rows.get<std::optional<SizeGiB>>("size_gib")};
}

std::optional<GivenSnapshot> MetadataReader::givenSnapshot(const SnapshotId& id) const {
  Query rows = connection_.query("SELECT size_gib, volume_id FROM ids WHERE id = ?", id);
  if (!rows.next()) return std::nullopt;
  return GivenSnapshot{.size = rows.get<std::optional<SizeGiB>>("size_gib"),
                       .volumeId = rows.get<std::optional<VolumeId>>("volume_id")};
}

VolumeServerName MetadataReader::volumeServerOf(std::string_view id) const {
  const auto server = first<VolumeServerName>(
      connection_.query("SELECT volume_server FROM ids WHERE id = ?", id), "volume_server");
  if (server) return *server;
  throw Error(ErrorCode::InternalError, "the id " + std::string(id) + " was never given", std::string(id));
}

Page<Volume> MetadataReader::describeVolumes(const DescribeRequest<VolumeId>& request) const {
  requireListable(request);
  if (!request.ids.empty()) {
    return theseRecords<Volume>(request.ids, [&](const VolumeId& id) { return volume(id); });
  }
  return pageOf<VolumeRow>("volumes", request, [&](std::int64_t seq, int limit) {
    return select<VolumeRow>(connection_, "WHERE v.seq > ? ORDER BY v.seq LIMIT ?", seq, limit);
  });
}

Page<Snapshot> MetadataReader::describeSnapshots(const DescribeRequest<SnapshotId>& request) const {
  requireListable(request);
  if (!request.ids.empty()) {
    return theseRecords<Snapshot>(request.ids, [&](const SnapshotId& id) { return snapshot(id); });
  }
  return pageOf<SnapshotRow>("snapshots", request, [&](std::int64_t seq, int limit) {
    return select<SnapshotRow>(connection_, "WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit);
  });
}

Provisioned MetadataReader::provisioned() const {
  Query sums = connection_.query(R"sql(
    SELECT (SELECT coalesce(sum(size_gib), 0) FROM volumes) AS volumes,
           (SELECT coalesce(sum(size_gib), 0) FROM snapshots) AS snapshots
  )sql");
  sums.next();
  return {.volumesGiB = sums.get<std::int64_t>("volumes"),
          .snapshotsGiB = sums.get<std::int64_t>("snapshots")};
}

std::optional<AttachmentRecord> MetadataReader::findAttachment(const VolumeId& id) const {
  return first<AttachmentRow>(select<AttachmentRow>(connection_, "WHERE volume_id = ?", id));
}

std::vector<AttachmentRecord> MetadataReader::attachments() const {
  return all<AttachmentRow>(select<AttachmentRow>(connection_, ""));
}

std::optional<VolumeId> MetadataReader::volumeAt(const VmmHostname& host, const VmId& vm,
                                                 const VmDevice& device) const {
  return first<VolumeId>(
      connection_.query(
          "SELECT volume_id FROM attachments WHERE vmm_hostname = ? AND vm_id = ? AND vm_device = ?", host,
          vm, device),
      "volume_id");
}

bool MetadataReader::isRestored() const {
  return first<int>(connection_.query("PRAGMA application_id"), "application_id") == kBackupMark;
}

std::vector<VolumeId> MetadataReader::volumesAt(const VmmHostname& host) const {
  return all<VolumeId>(
      connection_.query("SELECT volume_id FROM attachments WHERE vmm_hostname = ? ORDER BY volume_id", host),
      "volume_id");
}

std::map<VmmHostname, DelegateId> MetadataReader::knownHosts() const {
  std::map<VmmHostname, DelegateId> hosts;
  Query rows = connection_.query("SELECT name, delegate_id FROM vmm_hosts");
  while (rows.next()) hosts.emplace(rows.get<VmmHostname>("name"), rows.get<DelegateId>("delegate_id"));
  return hosts;
}

std::optional<DelegateId> MetadataReader::delegateIdOf(const VmmHostname& host) const {
  return first<DelegateId>(connection_.query("SELECT delegate_id FROM vmm_hosts WHERE name = ?", host),
                           "delegate_id");
}

std::optional<VmmHostname> MetadataReader::hostOf(const DelegateId& id) const {
  return first<VmmHostname>(connection_.query("SELECT name FROM vmm_hosts WHERE delegate_id = ?", id),
                            "name");
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
  return all<SnapshotId>(connection_.query("SELECT id FROM snapshots WHERE volume_id = ? ORDER BY seq", id),
                         "id");
}

std::vector<VolumeId> MetadataReader::volumesCopiedFrom(const SnapshotId& id) const {
  return all<VolumeId>(connection_.query(R"sql(
    SELECT id FROM volumes WHERE snapshot_id = ? AND status IN ('pending', 'deleting') ORDER BY seq
  )sql",
                                         id),
                       "id");
}

std::vector<Volume> MetadataReader::copyingVolumes() const {
  return all<VolumeRow>(select<VolumeRow>(connection_, R"sql(
    WHERE v.status = 'pending'
      AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = v.id AND o.is_exclusive)
    ORDER BY v.seq
  )sql"));
}

bool MetadataReader::hasPendingVolumes() const {
  return connection_.query("SELECT 1 FROM volumes WHERE status = 'pending' LIMIT 1").next();
}

std::optional<Operation> MetadataReader::findOperation(const OperationId& id) const {
  return first<OperationRow>(select<OperationRow>(connection_, "WHERE id = ?", id));
}

std::optional<Operation> MetadataReader::operationOn(std::string_view resourceId) const {
  return first<OperationRow>(
      select<OperationRow>(connection_, "WHERE resource_id = ? AND is_exclusive", resourceId));
}

std::vector<Operation> MetadataReader::openOperations() const {
  return all<OperationRow>(select<OperationRow>(connection_, "ORDER BY created_at, id"));
}

std::vector<HostCleaning> MetadataReader::hostCleanings() const {
  return all<HostCleaningRow>(select<HostCleaningRow>(connection_, "ORDER BY created_at, id"));
}

std::vector<HostCleaning> MetadataReader::hostCleaningsAt(const VmmHostname& host) const {
  return all<HostCleaningRow>(
      select<HostCleaningRow>(connection_, "WHERE vmm_hostname = ? ORDER BY created_at, id", host));
}

std::optional<ClientTokenUse> MetadataReader::findClientToken(std::string_view operation,
                                                              std::string_view token) const {
  Query rows = connection_.query(
      "SELECT parameters, resource_id FROM client_tokens WHERE owner = ? AND operation = ? AND token = ?",
      kAdministrator, operation, token);
  if (!rows.next()) return std::nullopt;
  return ClientTokenUse{.parameters = rows.get<std::string>("parameters"),
                        .resourceId = rows.get<std::string>("resource_id")};
}

}  // namespace vbs::metadata
