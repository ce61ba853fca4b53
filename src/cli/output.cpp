#include "cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace vbs::cli {

void say(Output& err, std::string_view lines) {
  try {
    err.write(lines);
  } catch (const OutputError&) {
    return;
  }
}

void FdOutput::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // the descriptor is shared with someone who made it non-blocking
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      throw OutputError(errno, std::generic_category());
    }
  }
}

}  // namespace vbs::cli
