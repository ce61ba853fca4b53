#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/model/drift.h"
#include "common/model/ids.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::reconcile {

/// One way in which the real world differs from the metadata.
struct Difference {
  DriftKind kind;
  std::string resourceId;
  std::optional<VmmHostname> vmmHostname;
  std::string description;
  bool operator==(const Difference&) const = default;
};

// What mends a difference.

/// Nothing: a person has to look at it.
struct LeaveAlone {
  std::string why;
  bool operator==(const LeaveAlone&) const = default;
};
/// Export it, and attach it at its host if that is missing too.
struct Restore {
  metadata::AttachmentRecord lost;
  bool atHost = false;
  bool operator==(const Restore&) const = default;
};

using Remedy = std::variant<LeaveAlone, Restore>;

/// Differences that one remedy mends together.
struct Finding {
  std::vector<Difference> differences;
  Remedy remedy;
  bool operator==(const Finding&) const = default;
};

}  // namespace vbs::reconcile
