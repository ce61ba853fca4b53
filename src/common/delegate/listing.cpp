#include "common/delegate/listing.h"

namespace vbs::delegate {

const std::string* shown(const Record& record, const std::string& group) {
  const auto found = record.find(group);
  return found == record.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace vbs::delegate
