#include <fmt/format.h>

#include <algorithm>

#include "cli/display_text.h"
#include "cli/operation_state.h"
#include "cli/record_format.h"
#include "cli/table.h"
#include "cli/utc_time.h"

namespace vbs::cli {
namespace {

std::string sizeCell(SizeGiB size) {
  return fmt::format("{} GiB", size.count());
}

template <class Status>
std::string statusCell(Status status, std::optional<int> progressPercent) {
  return progressPercent ? fmt::format("{} {}%", toString(status), *progressPercent)
                         : std::string(toString(status));
}

std::string attachmentCell(const std::optional<Attachment>& attachment) {
  return attachment ? fmt::format("{} {} {}", attachment->vmmHostname.str(), attachment->vmId.str(),
                                  attachment->vmDevice.str())
                    : std::string();
}

/// "3 drifts: 2 repaired, 1 failed."
std::string summaryOf(const ReconcileReport& report) {
  const auto count = report.drifts.size();
  if (count == 0) return report.unreachable.empty() ? "No drift." : "No drift in the parts that answered.";
  std::string outcomes;
  for (const DriftOutcome outcome :
       {DriftOutcome::Repaired, DriftOutcome::Planned, DriftOutcome::Reported, DriftOutcome::Failed}) {
    const auto ofIt = std::count_if(report.drifts.begin(), report.drifts.end(),
                                    [&](const Drift& drift) { return drift.outcome == outcome; });
    if (ofIt == 0) continue;
    outcomes += fmt::format("{}{} {}", outcomes.empty() ? "" : ", ", ofIt, toString(outcome));
  }
  return fmt::format("{} drift{}: {}.", count, count == 1 ? "" : "s", outcomes);
}

std::string bytesCell(std::int64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0));
}

std::string usedCell(const SeenCapacity& seen) {
  if (seen.totalBytes <= 0) return {};
  return fmt::format("{:.0f}%", 100.0 * static_cast<double>(seen.totalBytes - seen.freeBytes) /
                                    static_cast<double>(seen.totalBytes));
}

std::string limitCell(const CapacityReport& report) {
  if (report.limitGiB) return fmt::format("{} GiB", *report.limitGiB);
  return report.overcommit == "unlimited" ? "none" : "unknown";
}

class TableFormat : public RecordFormat {
public:
  explicit TableFormat(std::optional<int> width) : width_(width) {}

  std::string one(const Volume& volume) const override { return all(std::vector{volume}); }
  std::string one(const Snapshot& snapshot) const override { return all(std::vector{snapshot}); }

  std::string one(const Attachment& attachment) const override {
    Table table({{.title = "VOLUME"},
                 {.title = "VMM HOSTNAME"},
                 {.title = "VM"},
                 {.title = "DEVICE"},
                 {.title = "STATUS"},
                 {.title = "ATTACHED"},
                 {.title = "HOST DEVICE", .cuttable = true, .optional = true}});
    table.add({attachment.volumeId.str(), attachment.vmmHostname.str(), attachment.vmId.str(),
               attachment.vmDevice.str(), std::string(toString(attachment.status)),
               attachment.attachTime ? utc(*attachment.attachTime) : "", attachment.hostDevice.value_or("")});
    return table.render(width_);
  }

  std::string deleted(const VolumeId& volumeId) const override { return volumeId.str() + " deleted\n"; }
  std::string deleted(const SnapshotId& snapshotId) const override { return snapshotId.str() + " deleted\n"; }

  std::string all(const std::vector<Volume>& volumes) const override {
    if (volumes.empty()) return "No volumes.\n";
    Table table({{.title = "VOLUME"},
                 {.title = "SIZE", .align = Column::Align::Right},
                 {.title = "STATUS"},
                 {.title = "SNAPSHOT", .optional = true},
                 {.title = "CREATED"},
                 {.title = "ATTACHED TO", .optional = true},
                 {.title = "COMMENT", .cuttable = true, .optional = true},
                 {.title = "REASON", .cuttable = true, .optional = true}});
    for (const Volume& volume : volumes) {
      table.add({volume.volumeId.str(), sizeCell(volume.size),
                 statusCell(volume.status, volume.progressPercent),
                 volume.snapshotId ? volume.snapshotId->str() : "", utc(volume.createTime),
                 attachmentCell(volume.attachment), volume.comment, volume.statusReason.value_or("")});
    }
    return table.render(width_);
  }

  std::string all(const std::vector<Snapshot>& snapshots) const override {
    if (snapshots.empty()) return "No snapshots.\n";
    Table table({{.title = "SNAPSHOT"},
                 {.title = "VOLUME"},
                 {.title = "SIZE", .align = Column::Align::Right},
                 {.title = "STATUS"},
                 {.title = "STARTED"},
                 {.title = "COMMENT", .cuttable = true, .optional = true},
                 {.title = "REASON", .cuttable = true, .optional = true}});
    for (const Snapshot& snapshot : snapshots) {
      table.add({snapshot.snapshotId.str(), snapshot.volumeId.str(), sizeCell(snapshot.size),
                 statusCell(snapshot.status, snapshot.progressPercent), utc(snapshot.startTime),
                 snapshot.comment, snapshot.statusReason.value_or("")});
    }
    return table.render(width_);
  }

  std::string all(const std::vector<OpenOperation>& operations) const override {
    if (operations.empty()) return "No open operations.\n";
    Table table({{.title = "OPERATION", .cuttable = true},
                 {.title = "KIND"},
                 {.title = "RESOURCE"},
                 {.title = "DESCRIPTION", .optional = true},
                 {.title = "STATE"},
                 {.title = "STEP", .optional = true},
                 {.title = "ATTEMPTS", .align = Column::Align::Right},
                 {.title = "CREATED"},
                 {.title = "UPDATED"},
                 {.title = "LAST ERROR", .cuttable = true, .optional = true}});
    for (const OpenOperation& operation : operations) {
      table.add({operation.operationId.str(), operation.kind, operation.resourceId,
                 operation.description.value_or(""), std::string(stateOf(operation)), operation.step,
                 std::to_string(operation.attempts), utc(operation.createTime), utc(operation.updateTime),
                 operation.lastError.value_or("")});
    }
    return table.render(width_);
  }

  std::string one(const ReconcileReport& report) const override {
    Table table({{.title = "KIND"},
                 {.title = "RESOURCE"},
                 {.title = "WHERE"},
                 {.title = "OUTCOME"},
                 {.title = "DESCRIPTION", .cuttable = true}});
    for (const Drift& drift : report.drifts) {
      table.add({std::string(toString(drift.kind)), drift.resourceId,
                 drift.vmmHostname ? drift.vmmHostname->str() : "volume server",
                 std::string(toString(drift.outcome)), drift.description});
    }
    return (report.drifts.empty() ? "" : table.render(width_)) +
           fmt::format("{} Since the service started: {} seen, {} repaired.\n", summaryOf(report),
                       report.driftsSeen, report.driftsRepaired);
  }

  std::string one(const Backup& backup) const override {
    return fmt::format("{} written, {} bytes\n", visible(backup.file), backup.sizeBytes);
  }

  std::string one(const CapacityReport& report) const override {
    Table table({{.title = "TOTAL", .align = Column::Align::Right},
                 {.title = "FREE", .align = Column::Align::Right},
                 {.title = "USED", .align = Column::Align::Right},
                 {.title = "VOLUMES", .align = Column::Align::Right},
                 {.title = "LIMIT", .align = Column::Align::Right},
                 {.title = "SNAPSHOTS", .align = Column::Align::Right},
                 {.title = "SEEN"},
                 {.title = "REASON", .cuttable = true, .optional = true}});
    const auto& seen = report.seen;
    table.add({seen ? bytesCell(seen->totalBytes) : "unknown", seen ? bytesCell(seen->freeBytes) : "unknown",
               seen ? usedCell(*seen) : "", fmt::format("{} GiB", report.volumesGiB), limitCell(report),
               fmt::format("{} GiB", report.snapshotsGiB), seen ? utc(seen->time) : "never",
               report.reason.value_or("")});
    return table.render(width_);
  }

  bool streams() const override { return false; }

private:
  std::optional<int> width_;
};

}  // namespace

std::unique_ptr<RecordFormat> makeTableFormat(std::optional<int> width) {
  return std::make_unique<TableFormat>(width);
}

}  // namespace vbs::cli
