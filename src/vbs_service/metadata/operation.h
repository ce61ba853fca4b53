#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/records.h"

namespace vbs::metadata {

enum class ResourceKind { Volume, Snapshot, Attachment };

std::string_view toString(ResourceKind kind);
std::optional<ResourceKind> parseResourceKind(std::string_view word);

/// What an operation is about, and owns unless it lets others go on beside it.
struct Resource {
  ResourceKind kind;
  std::string id;
  bool operator==(const Resource&) const = default;
};

enum class OperationState {
  Running,      ///< its steps are being done
  RollingBack,  ///< a step failed; those that may have begun are being undone
};

std::string_view toString(OperationState state);
std::optional<OperationState> parseOperationState(std::string_view word);

/// What an operation begins with; it is `running`.
struct NewOperation {
  OperationId id;
  std::string kind;  ///< which workflow, by its stable name: "attachVolume"
  Resource resource;
  /// Nothing else is done with the resource meanwhile but what is not exclusive.
  bool isExclusive = true;
  std::string step;     ///< the stable name of the first step
  std::string context;  ///< JSON: the parameters of the workflow, what undoing or repeating the steps takes
  RequestId requestId;
};

/// A row of the journal: an operation of several steps that has begun and not ended.
struct Operation {
  OperationId id;
  std::string kind;
  Resource resource;
  bool isExclusive = true;
  OperationState state = OperationState::Running;
  std::string step;  ///< the stable name of the last step that may have begun
  std::string context;
  RequestId requestId;
  Time createdAt{};
  Time updatedAt{};
  int attempts = 0;  ///< how often an end was tried in vain
  std::optional<std::string> lastError;
};

/// What a VM host has of a volume and is to lose, as long as the operation is open that sees to it.
struct HostCleaning {
  OperationId operationId;
  VolumeId volumeId;
  VmmHostname vmmHostname;
  std::optional<VmId> vmId = std::nullopt;
  std::optional<VmDevice> vmDevice = std::nullopt;
  bool wasFound = false;  ///< without being attached there; else it was detached by force
  bool operator==(const HostCleaning&) const = default;
};

}  // namespace vbs::metadata
