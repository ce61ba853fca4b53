#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "vbs_service/reconcile/inventories.h"

namespace vbs::adoption {

/// What was seen of a volume or snapshot that the metadata do not know.
struct Evidence {
  std::optional<std::string> doubt = std::nullopt;  ///< why the volume server's listing cannot be believed
  bool isListed = false;                            ///< on the volume server
  std::optional<std::int64_t> sizeBytes = std::nullopt;
  std::optional<VolumeId> volumeId = std::nullopt;   ///< of a snapshot: what it is one of
  std::optional<std::string> defect = std::nullopt;  ///< of a snapshot: why it cannot be read any more
  std::vector<std::string> holders = {};  ///< who has the volume: "VM vm1 on host1", "host1 (connected)"
  std::vector<std::string> unseen = {};   ///< the hosts that could not be looked at, with the reasons
};

/// `found` has the volume server. For a snapshot nothing is looked for at hosts.
Evidence evidenceOf(const reconcile::Inventories& found, const VolumeId& id);
Evidence evidenceOf(const reconcile::Inventories& found, const SnapshotId& id);

}  // namespace vbs::adoption
