#include "qmp/portal_check.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "common/command/descriptor.h"
#include "common/model/error.h"

namespace vbs::qmp {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const Portal& portal) {
  const auto colon = portal.str().rfind(':');
  std::string host = portal.str().substr(0, colon);
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), portal.str().substr(colon + 1).c_str(), &hints, &found)) {
    throw Error(ErrorCode::CommandFailed, "the portal " + portal.str() + ": " + ::gai_strerror(error));
  }
  return {found, &::freeaddrinfo};
}

/// 0 or an errno; ETIMEDOUT past the deadline.
int tryConnect(const addrinfo& address, Deadline deadline) {
  const command::Descriptor fd(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
  if (!fd.isOpen()) return errno;
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  for (;;) {
    pollfd entry{fd.get(), POLLOUT, 0};
    const int ready = ::poll(&entry, 1, millisecondsUntil(deadline));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0 && errno == EINTR) continue;
    int error = 0;
    socklen_t size = sizeof error;
    if (ready < 0 || ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
  }
}

}  // namespace

void requirePortal(const Portal& portal, Deadline deadline) {
  const AddressList addresses = resolve(portal);
  int error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    error = tryConnect(*address, deadline);
    if (error == 0) return;
  }
  throw Error(error == ETIMEDOUT ? ErrorCode::Timeout : ErrorCode::CommandFailed,
              "the portal " + portal.str() +
                  " cannot be reached from this host: " + std::generic_category().message(error));
}

}  // namespace vbs::qmp
