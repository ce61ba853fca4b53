#include "common/command/live_command_file.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>

#include "common/model/error.h"

namespace vbs::command {
namespace {

/// What tells one state of a file from another. No value: there is no file.
struct Stamp {
  std::int64_t modifiedNs;
  std::int64_t changedNs;
  off_t size;
  ino_t inode;
  bool operator==(const Stamp&) const = default;
};

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::optional<Stamp> stampOf(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return Stamp{nanoseconds(status.st_mtim), nanoseconds(status.st_ctim), status.st_size, status.st_ino};
}

/// A write in the same tick of the file system's clock as our read would leave the same stamp, so a file that
/// was written a moment ago is read once more.
bool isSettled(const std::optional<Stamp>& stamp) {
  constexpr std::int64_t kTickNs = 50'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return !stamp || nanoseconds(now) - stamp->changedNs > kTickNs;
}

std::string joined(const std::vector<Diagnostic>& faults) {
  std::string text;
  for (const Diagnostic& fault : faults) text += (text.empty() ? "" : "\n") + toString(fault);
  return text;
}

/// What volumes in use depend on: a file that has lost one of these was cut, rather than meant.
bool isDependedOn(Action action) {
  const std::string_view key = toString(action);
  return action == Action::Fence || key.starts_with("vm.") || key.starts_with("host.") ||
         key.starts_with("target.") || key.starts_with("list.");
}

/// The faults of a file that is good by itself and lacks, without a word, what the one before it had.
std::vector<Diagnostic> lossesOf(const CommandFile& file, const CommandFile& before,
                                 const std::filesystem::path& path) {
  std::string lost;
  for (const Action action : allActions()) {
    const bool isLost = before.has(action) && !file.has(action) && !file.removed().contains(action);
    if (isLost && isDependedOn(action)) lost += " " + std::string(toString(action));
  }
  if (lost.empty()) return {};
  return {{{path, 0},
           "has lost what volumes in use depend on:" + lost +
               ". Was it cut? To do without them, add the line: removed =" + lost}};
}

}  // namespace

struct LiveCommandFile::State {
  void read(const std::optional<Stamp>& stamp, bool isNews);

  std::mutex mutex;
  std::filesystem::path path;
  Host host;
  std::shared_ptr<const CommandFile> good;
  std::time_t goodSince = 0;
  std::optional<Stamp> seen;  ///< of the state that was read last, good or bad
  bool settled = false;
  std::vector<Diagnostic> loggedFaults;
};

LiveCommandFile::LiveCommandFile(std::filesystem::path file, Host host) : state_(std::make_unique<State>()) {
  state_->path = std::move(file);
  state_->host = host;
  state_->seen = stampOf(state_->path);
  state_->settled = isSettled(state_->seen);
  CheckedCommandFile checked = CommandFile::read(state_->path, host);
  if (!checked.file) throw Error(ErrorCode::InvalidParameter, joined(checked.faults));
  state_->good = std::move(checked.file);
  state_->goodSince = std::time(nullptr);
}

LiveCommandFile::~LiveCommandFile() = default;

std::shared_ptr<const CommandFile> LiveCommandFile::current() {
  const std::lock_guard lock(state_->mutex);
  const auto stamp = stampOf(state_->path);
  if (stamp == state_->seen && state_->settled) return state_->good;
  state_->read(stamp, stamp != state_->seen);
  return state_->good;
}

std::optional<std::string> LiveCommandFile::fault() {
  current();
  const std::lock_guard lock(state_->mutex);
  if (state_->loggedFaults.empty()) return std::nullopt;
  return joined(state_->loggedFaults);
}

void LiveCommandFile::readAgain() {
  const std::lock_guard lock(state_->mutex);
  state_->loggedFaults.clear();
  state_->read(stampOf(state_->path), true);
}

/// `stamp` is from before the read, so that an edit during it is seen by the next call.
void LiveCommandFile::State::read(const std::optional<Stamp>& stamp, bool isNews) {
  seen = stamp;
  settled = isSettled(stamp);
  CheckedCommandFile checked = CommandFile::read(path, host);
  if (checked.file) {
    checked.faults = lossesOf(*checked.file, *good, path);
    if (!checked.faults.empty()) checked.file.reset();
  }
  if (checked.file) {
    good = std::move(checked.file);
    goodSince = std::time(nullptr);
    loggedFaults.clear();
    if (isNews) spdlog::info("{}: read again, its patterns are in force", path.string());
  } else if (checked.faults != loggedFaults) {
    for (const Diagnostic& fault : checked.faults) spdlog::error("{}", toString(fault));
    spdlog::error("{}: {} fault(s); still using the patterns of {:%Y-%m-%dT%H:%M:%SZ}", path.string(),
                  checked.faults.size(), fmt::gmtime(goodSince));
    loggedFaults = std::move(checked.faults);
  }
}

}  // namespace vbs::command
