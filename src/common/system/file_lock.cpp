#include "common/system/file_lock.h"

#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "common/model/error.h"

namespace vbs::system {

bool tryLock(const Descriptor& file, const std::filesystem::path& name) {
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno == EINTR) continue;
    throw Error(ErrorCode::InternalError,
                "cannot lock " + name.string() + ": " + std::generic_category().message(errno));
  }
  return true;
}

}  // namespace vbs::system
