#include "qmp/socket_lock.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/model/error.h"
#include "common/system/file_lock.h"

namespace vbs::qmp {
namespace {

// flock(2) knows no deadline, so it is asked again this often.
constexpr int kRetryMilliseconds = 10;

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

SocketLock::SocketLock(const std::filesystem::path& socket, Deadline deadline) {
  const std::string path = socket.string() + ".lock";
  file_ = system::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_.isOpen())
    throw Error(ErrorCode::InternalError, "cannot open the lock " + path + ": " + reason(errno));

  while (!system::tryLock(file_, path)) {
    if (isPast(deadline)) {
      throw Error(ErrorCode::Timeout,
                  "another process holds " + path + ": it is still plugging into this VM, or hangs");
    }
    ::poll(nullptr, 0, std::min(kRetryMilliseconds, millisecondsUntil(deadline)));
  }
}

}  // namespace vbs::qmp
