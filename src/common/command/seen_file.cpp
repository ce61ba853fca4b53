#include "common/command/seen_file.h"

#include <sys/stat.h>

#include <ctime>
#include <utility>

namespace vbs::command {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t nowNs() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

}  // namespace

SeenFile::SeenFile(std::filesystem::path path) : path_(std::move(path)), stamp_(stampOf(path_)) {
  // A write in the same tick of the file system's clock as a read of now would leave the same stamp.
  constexpr std::int64_t kTickNs = 50'000'000;
  isSettled_ = !stamp_ || nowNs() - stamp_->changedNs > kTickNs;
}

bool SeenFile::hasChanged() const {
  return stampOf(path_) != stamp_;
}

std::optional<SeenFile::Stamp> SeenFile::stampOf(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Stamp{nanoseconds(status.st_mtim), nanoseconds(status.st_ctim), status.st_size, status.st_ino};
}

}  // namespace vbs::command
