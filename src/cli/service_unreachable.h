#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace vbs::cli {

/// No answer of the VBS Service came: it is not there, the connection broke, or time ran out. what() names
/// the endpoint and the system's reason. An Error is different: it is the service's own answer.
class ServiceUnreachable : public std::runtime_error {
public:
  explicit ServiceUnreachable(const std::string& reason, std::optional<int> httpStatus = std::nullopt)
      : std::runtime_error(reason), httpStatus_(httpStatus) {}

  /// The status of whatever answered instead of the service; none when nothing did.
  std::optional<int> httpStatus() const noexcept { return httpStatus_; }

private:
  std::optional<int> httpStatus_;
};

}  // namespace vbs::cli
