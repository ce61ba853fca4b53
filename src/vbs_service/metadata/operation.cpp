#include "vbs_service/metadata/operation.h"

namespace vbs::metadata {
namespace {

constexpr std::string_view kRunning = "running";
constexpr std::string_view kRollingBack = "rolling-back";

}  // namespace

std::string_view toString(OperationState state) {
  return state == OperationState::Running ? kRunning : kRollingBack;
}

std::optional<OperationState> parseOperationState(std::string_view word) {
  if (word == kRunning) return OperationState::Running;
  if (word == kRollingBack) return OperationState::RollingBack;
  return std::nullopt;
}

}  // namespace vbs::metadata
