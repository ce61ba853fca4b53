#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "common/system/descriptor.h"

namespace vbs::qmp {

/// A TCP port on loopback that accepts connections and says nothing: a portal whose target daemon hangs.
class OpenPort {
public:
  OpenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_.get(), generic, size) != 0 || ::listen(fd_.get(), 16) != 0 ||
        ::getsockname(fd_.get(), generic, &size) != 0) {
      throw std::runtime_error("no port");
    }
    port_ = ntohs(address.sin_port);
  }
  std::string portal() const { return "127.0.0.1:" + std::to_string(port_); }

private:
  system::Descriptor fd_;
  int port_ = 0;
};

}  // namespace vbs::qmp
