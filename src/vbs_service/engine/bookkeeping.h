#pragma once

#include <tuple>

#include "vbs_service/engine/fields.h"

namespace vbs::engine {

/// What the engine itself keeps of an operation, in the journal beside the workflow's parameters.
struct Bookkeeping {
  /// An attempt has done a part of it, or all but the commit: what a later one is refused proves nothing.
  bool isPartlyDone;

  static constexpr auto fields() { return std::tuple{field("isPartlyDone", &Bookkeeping::isPartlyDone)}; }
  bool operator==(const Bookkeeping&) const = default;
};

}  // namespace vbs::engine
