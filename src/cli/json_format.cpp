#include <nlohmann/json.hpp>

#include "cli/display_text.h"
#include "cli/operation_state.h"
#include "cli/record_format.h"
#include "cli/utc_time.h"

namespace vbs::cli {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const Attachment& attachment) {
  Json json{{"volumeId", attachment.volumeId.str()},
            {"vmmHostname", attachment.vmmHostname.str()},
            {"vmId", attachment.vmId.str()},
            {"vmDevice", attachment.vmDevice.str()}};
  if (attachment.hostDevice) json["hostDevice"] = *attachment.hostDevice;
  json["status"] = toString(attachment.status);
  if (attachment.attachTime) json["attachTime"] = utc(*attachment.attachTime);
  return json;
}

Json toJson(const Volume& volume) {
  Json json{
      {"volumeId", volume.volumeId.str()}, {"sizeGiB", volume.size.count()}, {"comment", volume.comment}};
  if (volume.snapshotId) json["snapshotId"] = volume.snapshotId->str();
  json["status"] = toString(volume.status);
  if (volume.statusReason) json["statusReason"] = *volume.statusReason;
  if (volume.progressPercent) json["progressPercent"] = *volume.progressPercent;
  json["createTime"] = utc(volume.createTime);
  if (volume.attachment) json["attachment"] = toJson(*volume.attachment);
  return json;
}

Json toJson(const Snapshot& snapshot) {
  Json json{{"snapshotId", snapshot.snapshotId.str()},
            {"volumeId", snapshot.volumeId.str()},
            {"sizeGiB", snapshot.size.count()},
            {"comment", snapshot.comment},
            {"status", toString(snapshot.status)}};
  if (snapshot.statusReason) json["statusReason"] = *snapshot.statusReason;
  if (snapshot.progressPercent) json["progressPercent"] = *snapshot.progressPercent;
  json["startTime"] = utc(snapshot.startTime);
  return json;
}

Json toJson(const OpenOperation& operation) {
  Json json{{"operationId", operation.operationId.str()},
            {"kind", operation.kind},
            {"resourceId", operation.resourceId},
            {"state", stateOf(operation)},
            {"step", operation.step},
            {"requestId", operation.requestId.str()},
            {"createTime", utc(operation.createTime)},
            {"updateTime", utc(operation.updateTime)},
            {"attempts", operation.attempts}};
  if (operation.lastError) json["lastError"] = *operation.lastError;
  if (operation.description) json["description"] = *operation.description;
  return json;
}

Json toJson(const Drift& drift) {
  Json json{{"kind", toString(drift.kind)}, {"resourceId", drift.resourceId}};
  if (drift.vmmHostname) json["vmmHostname"] = drift.vmmHostname->str();
  json["description"] = drift.description;
  json["outcome"] = toString(drift.outcome);
  json["firstSeen"] = utc(drift.firstSeen);
  return json;
}

template <class Record>
Json toJson(const std::vector<Record>& records) {
  Json array = Json::array();
  for (const Record& record : records) array.push_back(toJson(record));
  return array;
}

std::string dump(const Json& json) {
  const auto dumpAs = [&](bool asciiOnly) {
    return json.dump(2, ' ', asciiOnly, Json::error_handler_t::replace) + "\n";
  };
  // JSON itself escapes only what is below U+0020; a terminal also obeys U+007F to U+009F.
  const std::string text = dumpAs(false);
  return isSafeToPrint(text) ? text : dumpAs(true);
}

template <class Record>
std::string dumpAll(const char* name, const std::vector<Record>& records) {
  return dump(Json{{name, toJson(records)}});
}

class JsonFormat : public RecordFormat {
public:
  std::string one(const Volume& volume) const override { return dump(toJson(volume)); }
  std::string one(const Snapshot& snapshot) const override { return dump(toJson(snapshot)); }
  std::string one(const Attachment& attachment) const override { return dump(toJson(attachment)); }
  std::string deleted(const VolumeId& volumeId) const override {
    return dump(Json{{"volumeId", volumeId.str()}});
  }
  std::string deleted(const SnapshotId& snapshotId) const override {
    return dump(Json{{"snapshotId", snapshotId.str()}});
  }
  std::string all(const std::vector<Volume>& volumes) const override { return dumpAll("volumes", volumes); }
  std::string all(const std::vector<Snapshot>& snapshots) const override {
    return dumpAll("snapshots", snapshots);
  }
  std::string all(const std::vector<OpenOperation>& operations) const override {
    return dumpAll("operations", operations);
  }
  std::string one(const ReconcileReport& report) const override {
    return dump(Json{{"drifts", toJson(report.drifts)},
                     {"unreachable", report.unreachable},
                     {"driftsSeen", report.driftsSeen},
                     {"driftsRepaired", report.driftsRepaired}});
  }
  std::string one(const Backup& backup) const override {
    return dump(Json{{"file", backup.file}, {"sizeBytes", backup.sizeBytes}});
  }
  std::string one(const CapacityReport& report) const override {
    Json json = Json::object();
    if (report.seen) {
      json["seen"] = {{"totalBytes", report.seen->totalBytes},
                      {"freeBytes", report.seen->freeBytes},
                      {"time", utc(report.seen->time)}};
    }
    if (report.reason) json["reason"] = *report.reason;
    json["volumesGiB"] = report.volumesGiB;
    json["snapshotsGiB"] = report.snapshotsGiB;
    json["overcommit"] = report.overcommit;
    if (report.limitGiB) json["limitGiB"] = *report.limitGiB;
    return dump(json);
  }
  bool streams() const override { return false; }
};

}  // namespace

std::unique_ptr<RecordFormat> makeJsonFormat() {
  return std::make_unique<JsonFormat>();
}

}  // namespace vbs::cli
