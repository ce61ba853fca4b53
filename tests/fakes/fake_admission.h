#pragma once

#include <map>
#include <set>
#include <string>

#include "common/api/context.h"
#include "common/model/error.h"

namespace vbs {

/// Which calls a delegate refuses because they come too late, as its contract says. Not thread-safe.
class FakeAdmission {
public:
  /// Throws IncorrectState for a call of an operation that was undone, or that another one on the resource
  /// has followed.
  void check(const OperationContext& context, const std::string& resource) {
    if (context.undo) undone_.insert(context.operationId);
    if (!context.undo && undone_.contains(context.operationId)) {
      throw Error(ErrorCode::IncorrectState, "the operation was undone already", resource);
    }
    if (over_.contains(context.operationId)) {
      throw Error(ErrorCode::IncorrectState, "the operation is over already", resource);
    }
    const auto [present, isFirst] = present_.try_emplace(resource, context.operationId);
    if (isFirst || present->second == context.operationId) return;
    over_.insert(present->second);
    present->second = context.operationId;
  }

private:
  std::set<OperationId> undone_;
  std::set<OperationId> over_;
  std::map<std::string, OperationId> present_;  // by resource
};

}  // namespace vbs
