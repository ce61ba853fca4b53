#include "common/daemon/connection_limit.h"

#include <algorithm>

namespace vbs::daemon {

std::size_t connectionsThatFit(std::size_t wanted, std::size_t requests, std::size_t descriptors) {
  constexpr std::size_t kOwn = 32;  // standard streams, listener, database, what libraries keep
  constexpr std::size_t kEachRequest =
      6;  // a command: two pipes, two events, its input; or a call's connection
  const std::size_t left = descriptors - std::min(descriptors, kOwn);
  // A connection has one request at a time, so that few connections cannot have all requests running.
  const std::size_t withAllRequests = left - std::min(left, kEachRequest * requests);
  const std::size_t eachWithARequest = left / (1 + kEachRequest);
  return std::clamp<std::size_t>(std::max(withAllRequests, std::min(eachWithARequest, requests)), 1, wanted);
}

}  // namespace vbs::daemon
