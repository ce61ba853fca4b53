#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/records.h"

namespace vbs::metadata {

enum class OperationState {
  Running,      ///< its steps are being done
  RollingBack,  ///< a step failed; those that may have begun are being undone
};

std::string_view toString(OperationState state);
std::optional<OperationState> parseOperationState(std::string_view word);

/// What an operation begins with; it is `running`.
struct NewOperation {
  OperationId id;
  std::string kind;        ///< which workflow, by its stable name: "attachVolume"
  std::string resourceId;  ///< the volume or snapshot that it owns meanwhile
  std::string step;        ///< the stable name of the first step
  std::string context;     ///< JSON: what undoing or repeating the steps takes
  RequestId requestId;
};

/// A row of the journal: an operation of several steps that has begun and not ended.
struct Operation {
  OperationId id;
  std::string kind;
  std::string resourceId;
  OperationState state = OperationState::Running;
  std::string step;  ///< the stable name of the last step that may have begun
  std::string context;
  RequestId requestId;
  Time createdAt{};
  Time updatedAt{};
  int attempts = 0;  ///< how often an end was tried in vain
  std::optional<std::string> lastError;
};

}  // namespace vbs::metadata
