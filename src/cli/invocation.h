#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/api/vbs_admin.h"
#include "common/api/vbs_service.h"

namespace vbs::cli {

// What a command line asks for.

enum class OutputFormat { Table, Text, Json };

struct WaitOptions {
  std::optional<std::chrono::milliseconds> timeout;  ///< none: as long as it takes
};

struct CreateVolume {
  CreateVolumeRequest request;
  std::optional<WaitOptions> wait;  ///< none: do not wait
};
struct DeleteVolume {
  VolumeId volumeId;
};
struct DescribeVolumes {
  std::vector<VolumeId> volumeIds;
};
struct CreateSnapshot {
  CreateSnapshotRequest request;
  std::optional<WaitOptions> wait;
};
struct DeleteSnapshot {
  SnapshotId snapshotId;
};
struct DescribeSnapshots {
  std::vector<SnapshotId> snapshotIds;
};
struct AttachVolume {
  AttachVolumeRequest request;
};
struct DetachVolume {
  DetachVolumeRequest request;
};

struct DescribeOperations {};
struct Reconcile {
  ReconcileRequest request;
};
struct BackUpMetadata {
  std::string file;  ///< as VbsAdmin::backup takes it
};
struct DescribeCapacity {};
struct AdoptVolume {
  VolumeId volumeId;
  std::string comment;
};
struct AdoptSnapshot {
  SnapshotId snapshotId;
  std::string comment;
};
/// What is asked of the service as VbsAdmin.
using AdminCommand =
    std::variant<DescribeOperations, Reconcile, BackUpMetadata, DescribeCapacity, AdoptVolume, AdoptSnapshot>;

/// Help or the version: nothing is asked of the service.
struct ShowText {
  std::string text;
};

using Command = std::variant<CreateVolume, DeleteVolume, DescribeVolumes, CreateSnapshot, DeleteSnapshot,
                             DescribeSnapshots, AttachVolume, DetachVolume, AdminCommand, ShowText>;

struct Invocation {
  std::string endpoint;
  OutputFormat format = OutputFormat::Table;
  bool verbose = false;
  Command command;
};

}  // namespace vbs::cli
