#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "common/api/context.h"
#include "common/model/error.h"

namespace vbs {

/// Which calls a delegate refuses because they come too late, as its contract says. Not thread-safe.
class FakeAdmission {
public:
  /// Throws IncorrectState for a call that a later one on the resource has overtaken.
  void check(const OperationContext& context, const std::string& resource) {
    std::int64_t& highest = highest_[resource];
    if (context.callNumber && *context.callNumber < highest) {
      throw Error(ErrorCode::IncorrectState, "the call came too late", resource);
    }
    highest = std::max(highest, context.callNumber.value_or(0));
  }

  std::int64_t highest(const std::string& resource) const {
    const auto found = highest_.find(resource);
    return found == highest_.end() ? 0 : found->second;
  }

private:
  std::map<std::string, std::int64_t> highest_;  // by resource
};

}  // namespace vbs
