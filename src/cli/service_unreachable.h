#pragma once

#include <stdexcept>

namespace vbs::cli {

/// No answer of the VBS Service came: it is not there, the connection broke, or time ran out. what() names
/// the endpoint and the system's reason. Unlike an Error, which is the service's own answer.
class ServiceUnreachable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

}  // namespace vbs::cli
