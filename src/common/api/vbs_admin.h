#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/model/drift.h"
#include "common/model/records.h"

namespace vbs {

// wsdl/vbs-admin.wsdl in C++.

/// An operation that has begun and not ended: a row of the journal.
struct OpenOperation {
  OperationId operationId;
  std::string kind;        ///< "attachVolume" …, see docs/metadata.md
  std::string resourceId;  ///< the volume or snapshot that it is about
  bool isRollingBack = false;
  std::string step;  ///< the last that may have begun
  RequestId requestId;
  Time createTime;
  Time updateTime;
  int attempts = 0;                      ///< tries to end it that failed
  std::optional<std::string> lastError;  ///< why the last try failed
  /// What is done to the resource, for people: "being attached". Absent for a kind that is not known.
  std::optional<std::string> description = std::nullopt;
  bool operator==(const OpenOperation&) const = default;
};

struct ReconcileRequest {
  bool dryRun = false;          ///< only compare and report, change nothing
  bool removeOrphans = false;   ///< remove orphan volumes and snapshots whose ids this service has given
  bool acceptRestored = false;  ///< metadata that were restored from a backup are true again
};

struct ReconcileReport {
  std::vector<Drift> drifts;
  /// The parts that could not be asked, and the listings that cannot be trusted, each with the reason. What
  /// they do not show is not in `drifts`, and meanwhile nothing is taken away.
  std::vector<std::string> unreachable;
  /// Since the start of the service, periodic runs included.
  std::int64_t driftsSeen = 0;
  std::int64_t driftsRepaired = 0;
  bool operator==(const ReconcileReport&) const = default;
};

struct Backup {
  std::string file;  ///< absolute, on the host of the VBS Service
  std::int64_t sizeBytes = 0;
  bool operator==(const Backup&) const = default;
};

/// What the volume server told of its room, and when.
struct SeenCapacity {
  std::int64_t totalBytes = 0;
  std::int64_t freeBytes = 0;  ///< 0 to totalBytes
  Time time;
  bool operator==(const SeenCapacity&) const = default;
};

struct CapacityReport {
  /// The last answer of the volume server; absent until there was one.
  std::optional<SeenCapacity> seen = std::nullopt;
  std::optional<std::string> reason = std::nullopt;  ///< why there is no answer, or none newer
  std::int64_t volumesGiB = 0;                       ///< the sizes of all volumes together
  std::int64_t snapshotsGiB = 0;  ///< the same of snapshots, each as large as its volume was
  std::string overcommit;         ///< the service's setting: "1.5", "unlimited"
  /// What all volumes may have together. Absent where there is no limit, or no total that it follows from.
  std::optional<std::int64_t> limitGiB = std::nullopt;
  bool operator==(const CapacityReport&) const = default;
};

/// What an administrator asks of the VBS Service. Implemented by the service itself and by the SOAP client of
/// it. Every operation may throw Error. Thread-safe.
class VbsAdmin {
public:
  virtual ~VbsAdmin() = default;

  /// Oldest first.
  virtual std::vector<OpenOperation> describeOperations(const RequestContext& context) = 0;

  /// Compares what the delegates list with the metadata, and mends what may be mended without a person.
  /// Returns when it is done.
  virtual ReconcileReport reconcile(const RequestContext& context, const ReconcileRequest& request) = 0;

  /// Copies the metadata, as of one moment, into a new file in the service's backup directory, while the
  /// service goes on. `file`: a name, or an absolute path in that directory. Throws InvalidParameter when it
  /// lies elsewhere or exists already.
  virtual Backup backup(const RequestContext& context, const std::string& file) = 0;

  /// Takes a volume that the volume server has and the metadata do not know into the metadata: as available,
  /// with the size that the volume server lists. Changes nothing else. Throws
  /// - VolumeNotFound when the volume server does not list it,
  /// - VolumeInUse when a host has it,
  /// - CommandFailed when the pattern file's listing does not tell the size,
  /// - DelegateUnreachable,
  /// - IncorrectState when it is known already, when an operation owns it, or when a listing or host leaves
  ///   doubt.
  virtual Volume adoptVolume(const RequestContext& context, const VolumeId& volumeId,
                             const std::string& comment) = 0;
  /// The same for a snapshot, as completed. Throws VolumeNotFound when its volume is not known.
  virtual Snapshot adoptSnapshot(const RequestContext& context, const SnapshotId& snapshotId,
                                 const std::string& comment) = 0;

  /// How full the volume server is, and how much of it is promised.
  virtual CapacityReport describeCapacity(const RequestContext& context) = 0;
};

}  // namespace vbs
