#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace vbs::daemon {

/// Writes lines to a descriptor whose reader may stand still, on a thread of its own. Whoever hands a line
/// over never waits for the reader. What does not fit into the memory given is dropped, the oldest lines
/// first. The loss is told in a line once something can be written again. The same holds for what cannot be
/// written: a full disk, a reader that left. Thread-safe.
///
/// The descriptor stays in blocking mode. O_NONBLOCK belongs to the open file, which other processes may
/// share (a terminal, a pipe of the service manager), and they would see EAGAIN. Each write is no longer than
/// PIPE_BUF and comes after a poll that says there is room, so it does not block. Where somebody else takes
/// the room in between, only this thread waits. SIGPIPE must be ignored.
class LineWriter {
public:
  struct Loss {
    std::size_t lines = 0;
    int error = 0;  ///< errno of the last line that could not be written; 0: nobody read
  };
  /// Makes the line that tells a loss. Called on the writer's thread, which holds its lock: must neither
  /// throw nor write.
  using TellLoss = std::function<std::string(const Loss& loss)>;

  struct Limits {
    std::size_t bytes = std::size_t{1} << 20U;       ///< of lines that wait to be written
    std::chrono::milliseconds finalPatience{1'000};  ///< for what waits at the end
  };

  /// `fd` is not owned. Throws std::system_error when no event or thread can be had.
  LineWriter(int fd, Limits limits, TellLoss tellLoss);
  /// Returns when what waits is written, or the final patience is over. A thread that hangs in a write is
  /// left behind, and may still write its line.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `line` with its line feed. Does not wait.
  void write(std::string line);

  /// Waits until every line handed over before is written or lost, but no longer than `patience`. False when
  /// lines still wait.
  bool flush(std::chrono::milliseconds patience);

  /// The same; does not wait at all after somebody did so in vain, until something was written again.
  bool flushUnlessStuck(std::chrono::milliseconds patience);

private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vbs::daemon
