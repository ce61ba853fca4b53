#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/model/ids.h"

namespace vbs {

/// A VBS Service as the delegates that it commands know it.
struct Commander {
  ServiceInstanceId instance;  ///< drawn anew at each start
  std::string name;            ///< for people: where it listens
  bool operator==(const Commander&) const = default;
};

/// What a delegate tells of itself.
struct DelegateIdentity {
  /// Absent from a delegate of a version that had no identity.
  std::optional<DelegateId> id = std::nullopt;
  /// Other services that command this delegate at the same time as the one that asks. Two of them undo each
  /// other's work when both think that they are the only one.
  std::vector<std::string> otherCommanders = {};
  bool operator==(const DelegateIdentity&) const = default;
};

}  // namespace vbs
