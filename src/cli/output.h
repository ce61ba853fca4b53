#pragma once

#include <string_view>
#include <system_error>

namespace vbs::cli {

/// The output could not be written: a full disk, or EPIPE when the reader went away.
class OutputError : public std::system_error {
public:
  using std::system_error::system_error;
};

/// Somewhere that text is written to: standard output or standard error. Not thread-safe.
class Output {
public:
  virtual ~Output() = default;

  /// All of `text`, unbuffered. Throws OutputError.
  virtual void write(std::string_view text) = 0;
};

/// Tells a person something on standard error. What cannot be told is dropped: the exit code tells it.
void say(Output& err, std::string_view lines);

/// A file descriptor that stays open (1 or 2). SIGPIPE must be ignored by the process.
class FdOutput : public Output {
public:
  explicit FdOutput(int fd) : fd_(fd) {}

  void write(std::string_view text) override;

private:
  int fd_;
};

}  // namespace vbs::cli
