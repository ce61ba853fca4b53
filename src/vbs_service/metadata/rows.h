#pragma once

#include <string_view>

#include "common/model/records.h"
#include "vbs_service/metadata/attachment.h"
#include "vbs_service/metadata/operation.h"
#include "vbs_service/metadata/query.h"

namespace vbs::metadata {

// How the records of the domain are read: what is selected, and what is made of a row of it. A condition and
// an order follow the SELECT. Each read() throws what Query::get() throws.

/// A volume `v`, with its attachment `a` if it has one.
struct VolumeRow {
  static constexpr std::string_view kSelect = R"sql(
    SELECT v.seq, v.id AS volume, v.size_gib, v.comment, v.snapshot_id, v.status AS volume_status, v.status_reason,
           v.create_time, a.*
    FROM volumes v LEFT JOIN attachments a ON a.volume_id = v.id
  )sql";
  static Volume read(const Query& row);
};

struct SnapshotRow {
  static constexpr std::string_view kSelect = "SELECT * FROM snapshots ";
  static Snapshot read(const Query& row);
};

struct AttachmentRow {
  static constexpr std::string_view kSelect = "SELECT * FROM attachments ";
  static AttachmentRecord read(const Query& row);
};

struct OperationRow {
  static constexpr std::string_view kSelect = "SELECT * FROM operations ";
  static Operation read(const Query& row);
};

/// With its operation, by which it may be ordered.
struct HostCleaningRow {
  static constexpr std::string_view kSelect = R"sql(
    SELECT host_cleanings.* FROM host_cleanings JOIN operations ON operations.id = operation_id
  )sql";
  static HostCleaning read(const Query& row);
};

}  // namespace vbs::metadata
