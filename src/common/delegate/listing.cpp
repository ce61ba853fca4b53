#include "common/delegate/listing.h"

namespace vbs::delegate {

const std::string* shown(const Record& record, const std::string& group) {
  const auto found = record.find(group);
  return found == record.end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<VolumeId> volumeOf(const TargetName& targetName) {
  const std::string& name = targetName.str();
  const auto colon = name.rfind(':');
  if (colon == std::string::npos || !VolumeId::isValid(name.substr(colon + 1))) return std::nullopt;
  return VolumeId(name.substr(colon + 1));
}

}  // namespace vbs::delegate
