#include "vbs_service/metadata/operation.h"
namespace vbs::metadata {
namespace {

constexpr std::string_view kVolume = "volume";
constexpr std::string_view kSnapshot = "snapshot";
constexpr std::string_view kAttachment = "attachment";
constexpr std::string_view kRunning = "running";
constexpr std::string_view kRollingBack = "rolling-back";

}  // namespace

std::string_view toString(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::Volume:
      return kVolume;
    case ResourceKind::Snapshot:
      return kSnapshot;
    case ResourceKind::Attachment:
      break;
  }
  return kAttachment;
}

std::optional<ResourceKind> parseResourceKind(std::string_view word) {
  if (word == kVolume) return ResourceKind::Volume;
  if (word == kSnapshot) return ResourceKind::Snapshot;
  if (word == kAttachment) return ResourceKind::Attachment;
  return std::nullopt;
}

std::string_view toString(OperationState state) {
  return state == OperationState::Running ? kRunning : kRollingBack;
}

std::optional<OperationState> parseOperationState(std::string_view word) {
  if (word == kRunning) return OperationState::Running;
  if (word == kRollingBack) return OperationState::RollingBack;
  return std::nullopt;
}

}  // namespace vbs::metadata
