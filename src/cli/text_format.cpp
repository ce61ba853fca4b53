#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "cli/display_text.h"
#include "cli/operation_state.h"
#include "cli/record_format.h"
#include "cli/utc_time.h"

namespace vbs::cli {
namespace {

// Scripts rely on the order of the fields (vbs(1)): new ones are only added at the end.

std::string line(std::initializer_list<std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields) {
    if (!text.empty()) text += '\t';
    text += escaped(field);
  }
  return text + "\n";
}

std::string percentField(std::optional<int> progressPercent) {
  return progressPercent ? fmt::format("{}%", *progressPercent) : std::string();
}

class TextFormat : public RecordFormat {
public:
  std::string one(const Volume& volume) const override {
    const std::string text = line({"VOLUME", volume.volumeId.str(), std::to_string(volume.size.count()),
                                   volume.snapshotId ? volume.snapshotId->str() : "", toString(volume.status),
                                   utc(volume.createTime), percentField(volume.progressPercent),
                                   volume.comment, volume.statusReason.value_or("")});
    return volume.attachment ? text + one(*volume.attachment) : text;
  }

  std::string one(const Snapshot& snapshot) const override {
    return line({"SNAPSHOT", snapshot.snapshotId.str(), snapshot.volumeId.str(), toString(snapshot.status),
                 utc(snapshot.startTime), percentField(snapshot.progressPercent),
                 std::to_string(snapshot.size.count()), snapshot.comment,
                 snapshot.statusReason.value_or("")});
  }

  std::string one(const Attachment& attachment) const override {
    return line({"ATTACHMENT", attachment.volumeId.str(), attachment.vmId.str(), attachment.vmDevice.str(),
                 toString(attachment.status), attachment.attachTime ? utc(*attachment.attachTime) : "",
                 attachment.vmmHostname.str(), attachment.hostDevice.value_or("")});
  }

  std::string deleted(const VolumeId& volumeId) const override { return line({"VOLUME", volumeId.str()}); }
  std::string deleted(const SnapshotId& snapshotId) const override {
    return line({"SNAPSHOT", snapshotId.str()});
  }

  std::string all(const std::vector<Volume>& volumes) const override { return lines(volumes); }
  std::string all(const std::vector<Snapshot>& snapshots) const override { return lines(snapshots); }

  std::string all(const std::vector<OpenOperation>& operations) const override {
    std::string text;
    for (const OpenOperation& each : operations) {
      text += line({"OPERATION", each.operationId.str(), each.kind, each.resourceId, stateOf(each), each.step,
                    std::to_string(each.attempts), utc(each.createTime), utc(each.updateTime),
                    each.requestId.str(), each.lastError.value_or("")});
    }
    return text;
  }

  std::string one(const ReconcileReport& report) const override {
    std::string text;
    for (const Drift& drift : report.drifts) {
      text += line({"DRIFT", toString(drift.kind), drift.resourceId,
                    drift.vmmHostname ? drift.vmmHostname->str() : "", toString(drift.outcome),
                    utc(drift.firstSeen), drift.description});
    }
    for (const std::string& part : report.unreachable) text += line({"UNREACHABLE", part});
    return text + line({"DRIFTS", std::to_string(report.driftsSeen), std::to_string(report.driftsRepaired)});
  }

  std::string one(const Backup& backup) const override {
    return line({"BACKUP", backup.file, std::to_string(backup.sizeBytes)});
  }

  std::string one(const CapacityReport& report) const override {
    const auto& seen = report.seen;
    return line({"CAPACITY", seen ? std::to_string(seen->totalBytes) : "",
                 seen ? std::to_string(seen->freeBytes) : "", std::to_string(report.volumesGiB),
                 std::to_string(report.snapshotsGiB), report.limitGiB ? std::to_string(*report.limitGiB) : "",
                 report.overcommit, seen ? utc(seen->time) : "", report.reason.value_or("")});
  }

  bool streams() const override { return true; }

private:
  template <class Record>
  std::string lines(const std::vector<Record>& records) const {
    std::string text;
    for (const Record& record : records) text += one(record);
    return text;
  }
};

}  // namespace

std::unique_ptr<RecordFormat> makeTextFormat() {
  return std::make_unique<TextFormat>();
}

}  // namespace vbs::cli
