#include "common/model/error.h"

#include <array>
#include <utility>

namespace vbs {
namespace {

constexpr std::array kNames{
    std::pair{ErrorCode::InvalidParameter, std::string_view{"InvalidParameter"}},
    std::pair{ErrorCode::VolumeNotFound, std::string_view{"VolumeNotFound"}},
    std::pair{ErrorCode::SnapshotNotFound, std::string_view{"SnapshotNotFound"}},
    std::pair{ErrorCode::IncorrectState, std::string_view{"IncorrectState"}},
    std::pair{ErrorCode::VolumeInUse, std::string_view{"VolumeInUse"}},
    std::pair{ErrorCode::DeviceInUse, std::string_view{"DeviceInUse"}},
    std::pair{ErrorCode::DependencyViolation, std::string_view{"DependencyViolation"}},
    std::pair{ErrorCode::InsufficientCapacity, std::string_view{"InsufficientCapacity"}},
    std::pair{ErrorCode::IdempotencyMismatch, std::string_view{"IdempotencyMismatch"}},
    std::pair{ErrorCode::UnknownVmmHost, std::string_view{"UnknownVmmHost"}},
    std::pair{ErrorCode::DelegateUnreachable, std::string_view{"DelegateUnreachable"}},
    std::pair{ErrorCode::CommandFailed, std::string_view{"CommandFailed"}},
    std::pair{ErrorCode::Timeout, std::string_view{"Timeout"}},
    std::pair{ErrorCode::Busy, std::string_view{"Busy"}},
    std::pair{ErrorCode::InternalError, std::string_view{"InternalError"}},
};

Effect safeToAssume(ErrorCode code) {
  switch (code) {
    case ErrorCode::DelegateUnreachable:
    case ErrorCode::Timeout:
    case ErrorCode::InternalError:
      return Effect::Unknown;
    case ErrorCode::CommandFailed:
      return Effect::Partial;
    case ErrorCode::InvalidParameter:
    case ErrorCode::VolumeNotFound:
    case ErrorCode::SnapshotNotFound:
    case ErrorCode::IncorrectState:
    case ErrorCode::VolumeInUse:
    case ErrorCode::DeviceInUse:
    case ErrorCode::DependencyViolation:
    case ErrorCode::InsufficientCapacity:
    case ErrorCode::IdempotencyMismatch:
    case ErrorCode::UnknownVmmHost:
    case ErrorCode::Busy:
      return Effect::None;
  }
  return Effect::Unknown;
}

}  // namespace

std::string_view toString(ErrorCode code) {
  for (const auto& [value, name] : kNames) {
    if (value == code) return name;
  }
  return "InternalError";
}

std::optional<ErrorCode> parseErrorCode(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

bool isCallersFault(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidParameter:
    case ErrorCode::VolumeNotFound:
    case ErrorCode::SnapshotNotFound:
    case ErrorCode::IncorrectState:
    case ErrorCode::VolumeInUse:
    case ErrorCode::DeviceInUse:
    case ErrorCode::DependencyViolation:
    case ErrorCode::IdempotencyMismatch:
    case ErrorCode::UnknownVmmHost:
      return true;
    case ErrorCode::InsufficientCapacity:
    case ErrorCode::DelegateUnreachable:
    case ErrorCode::CommandFailed:
    case ErrorCode::Timeout:
    case ErrorCode::Busy:
    case ErrorCode::InternalError:
      return false;
  }
  return false;
}

Error::Error(ErrorCode code, const std::string& message, std::string resource)
    : std::runtime_error(message), code_(code), resource_(std::move(resource)), effect_(safeToAssume(code)) {}

Error::Error(const std::string& message, std::string resource, CommandFailure command)
    : std::runtime_error(message),
      code_(ErrorCode::CommandFailed),
      resource_(std::move(resource)),
      command_(std::move(command)),
      effect_(safeToAssume(code_)) {}

Error Error::withMessage(const std::string& message) const {
  Error copy(code_, message, resource_);
  copy.command_ = command_;
  copy.requestId_ = requestId_;
  copy.effect_ = effect_;
  return copy;
}

Error Error::withResource(std::string resource) const {
  Error copy(*this);
  copy.resource_ = std::move(resource);
  return copy;
}

Error Error::withEffect(Effect effect) const {
  Error copy(*this);
  copy.effect_ = effect;
  return copy;
}

Error Error::withRequestId(std::string requestId) const {
  Error copy(*this);
  copy.requestId_ = std::move(requestId);
  return copy;
}

}  // namespace vbs
