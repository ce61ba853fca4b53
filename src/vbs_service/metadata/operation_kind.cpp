#include "vbs_service/metadata/operation_kind.h"

#include <algorithm>

namespace vbs::metadata {

bool OperationResource::allows(const std::optional<std::string>& status) const {
  if (!status) return mayBeGone_;
  return isSnapshot() ? has(parseSnapshotStatus(*status)) : has(parseVolumeStatus(*status));
}

const OperationKind* kindNamed(std::string_view name, std::span<const OperationKind> kinds) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const OperationKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace vbs::metadata
