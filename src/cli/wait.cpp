#include "cli/wait.h"

#include <algorithm>
#include <exception>

namespace vbs::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstInterval{200};
constexpr milliseconds kLongestInterval{2'000};
constexpr milliseconds kPatience{30'000};

bool isPending(const Volume& volume) {
  return volume.status == VolumeStatus::Pending;
}
bool isPending(const Snapshot& snapshot) {
  return snapshot.status == SnapshotStatus::Pending;
}

/// A failure to ask that may pass by itself; rethrows any other.
std::exception_ptr passingFailure() {
  try {
    throw;
  } catch (const ServiceUnreachable&) {
    return std::current_exception();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Busy) throw;
    return std::current_exception();
  }
}

}  // namespace

template <class Record>
WaitOutcome waitWhilePending(Record& record, std::string_view id, const std::function<Record()>& describe,
                             const WaitOptions& options, WaitClock& clock, Progress& progress) {
  const auto start = clock.now();
  auto lastAnswer = start;
  milliseconds interval = kFirstInterval;
  while (isPending(record)) {
    progress.show(id, toString(record.status), record.progressPercent);
    milliseconds pause = interval;
    if (options.timeout) {
      const auto left = std::chrono::ceil<milliseconds>(start + *options.timeout - clock.now());
      if (left <= milliseconds::zero()) return WaitOutcome::TimedOut;
      pause = std::min(pause, left);
    }
    if (!clock.sleep(pause)) return WaitOutcome::Interrupted;
    interval = std::min(interval * 3 / 2, kLongestInterval);
    try {
      record = describe();
      lastAnswer = clock.now();
    } catch (...) {
      const std::exception_ptr failure = passingFailure();
      if (clock.now() - lastAnswer >= kPatience) std::rethrow_exception(failure);
    }
  }
  return WaitOutcome::Settled;
}

template WaitOutcome waitWhilePending(Volume&, std::string_view, const std::function<Volume()>&,
                                      const WaitOptions&, WaitClock&, Progress&);
template WaitOutcome waitWhilePending(Snapshot&, std::string_view, const std::function<Snapshot()>&,
                                      const WaitOptions&, WaitClock&, Progress&);

}  // namespace vbs::cli
