#include "common/process/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace vbs {

void holdStandardStreams() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Those below are open by now, so this is the lowest number that is free. What O_PATH opens can be
    // neither read nor written (open(2)).
    if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) ::open("/", O_PATH);
  }
}

void flushStandardOutput() {
  errno = 0;  // stays so when the output was lost before: then the reason is not known any more
  if (std::cout.flush()) return;
  const std::string reason = errno != 0 ? ": " + std::generic_category().message(errno) : "";
  throw std::runtime_error("the output could not be written" + reason);
}

}  // namespace vbs
