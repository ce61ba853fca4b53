#include "common/command/live_command_file.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/command/seen_file.h"
#include "common/model/error.h"

namespace vbs::command {
namespace {

std::string joined(const std::vector<Diagnostic>& faults) {
  std::string text;
  for (const Diagnostic& fault : faults) text += (text.empty() ? "" : "\n") + toString(fault);
  return text;
}

/// What volumes in use depend on. A file that has lost one of these was most likely cut by accident.
bool isDependedOn(Action action) {
  const std::string_view key = toString(action);
  return action == Action::Fence || key.starts_with("vm.") || key.starts_with("host.") ||
         key.starts_with("target.") || key.starts_with("list.");
}

/// How often files that change while they are read are read again.
constexpr int kReadings = 5;

bool haveChanged(const std::vector<SeenFile>& files) {
  return std::any_of(files.begin(), files.end(), [](const SeenFile& file) { return file.hasChanged(); });
}

/// The files as they were at one time, so that no old part is put together with a new one.
CheckedCommandFile readAtOnce(const std::filesystem::path& path, Host host) {
  CheckedCommandFile checked = CommandFile::read(path, host);
  for (int reading = 1; reading < kReadings && haveChanged(checked.files); ++reading) {
    checked = CommandFile::read(path, host);
  }
  return checked;
}

/// The faults of a file that is good by itself, but lacks what the one before it had without saying so
/// (`removed`).
std::vector<Diagnostic> lossesOf(const CommandFile& file, const CommandFile& before,
                                 const std::filesystem::path& path) {
  std::string lost;
  for (const Action action : allActions()) {
    const bool isLost = before.has(action) && !file.has(action) && !file.removed().contains(action);
    if (isLost && isDependedOn(action)) lost += " " + std::string(toString(action));
  }
  if (!lost.empty()) {
    return {{{path, 0},
             "has lost what volumes in use depend on:" + lost +
                 ". Was it cut? To do without them, add the line: removed =" + lost}};
  }
  for (const std::string& name : before.ownConstants()) {
    if (!file.constants().contains(name) || file.ownConstants().contains(name)) continue;
    lost += " param." + name;
  }
  if (lost.empty()) return {};
  return {{{path, 0},
           "has lost" + lost +
               ", for which what it includes has another value. Was it cut? To use the value " +
               "of what it includes, give that value here, or start the program again"}};
}

}  // namespace

struct LiveCommandFile::State {
  bool isSettled() const;
  void read(bool isNews);

  std::mutex mutex;
  std::filesystem::path path;
  Host host;
  std::shared_ptr<const CommandFile> good;
  std::time_t goodSince = 0;
  std::vector<SeenFile> seen;  ///< the files of the state that was read last, good or bad
  std::vector<Diagnostic> loggedFaults;
};

LiveCommandFile::LiveCommandFile(std::filesystem::path file, Host host) : state_(std::make_unique<State>()) {
  state_->path = std::move(file);
  state_->host = host;
  CheckedCommandFile checked = readAtOnce(state_->path, host);
  if (!checked.file) throw Error(ErrorCode::InvalidParameter, joined(checked.faults));
  state_->good = std::move(checked.file);
  state_->goodSince = std::time(nullptr);
  state_->seen = std::move(checked.files);
}

LiveCommandFile::~LiveCommandFile() = default;

std::shared_ptr<const CommandFile> LiveCommandFile::current() {
  const std::lock_guard lock(state_->mutex);
  const bool isNews = haveChanged(state_->seen);
  if (isNews || !state_->isSettled()) state_->read(isNews);
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
  state_->read(true);
}

/// A file that was written a moment before it was read is read once more.
bool LiveCommandFile::State::isSettled() const {
  return std::all_of(seen.begin(), seen.end(), [](const SeenFile& file) { return file.isSettled(); });
}

void LiveCommandFile::State::read(bool isNews) {
  CheckedCommandFile checked = readAtOnce(path, host);
  seen = std::move(checked.files);
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
