#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/daemon/listen_address.h"

namespace vbs::daemon {

/// The settings that all three daemons have.
struct CommonSettings {
  ListenAddress listen{"127.0.0.1", 0};
  std::string publicUrl;  ///< http(s)://HOST[:PORT] for the WSDL; empty: as the client called it
  /// IP addresses whose X-Forwarded-Proto and -Host are believed; "none": nobody's
  std::vector<std::string> trustedProxies{"127.0.0.1", "::1"};
  std::string logLevel = "info";  ///< trace, debug, info, warn, error
  std::size_t maxConnections = 1024;
  std::size_t maxRequests = 128;           ///< requests handled at once
  std::chrono::seconds shutdownGrace{30};  ///< for what runs when SIGTERM arrives
  /// Every setting of the program as text, by its name: to see what a later reading says otherwise.
  std::map<std::string, std::string> texts;
};

}  // namespace vbs::daemon
