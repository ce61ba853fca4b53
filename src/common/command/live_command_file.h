#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/command/command_file.h"

namespace vbs::command {

/// A pattern file that is read again when it, or a file that it includes, changes. They are taken together or
/// not at all: a bad edit is logged with file:line, once, and the last good patterns stay in force.
/// Thread-safe.
class LiveCommandFile {
public:
  /// Throws Error{InvalidParameter} with all diagnostics when the file is bad at the start.
  LiveCommandFile(std::filesystem::path file, Host host);
  ~LiveCommandFile();

  /// The patterns in force now: the newest good state of the files as of this call.
  std::shared_ptr<const CommandFile> current();

  /// What keeps their newest state, as of this call, from being in force; nothing when it is.
  std::optional<std::string> fault();

  /// Reads the files now, changed or not, and logs either that its patterns are in force or its faults, also
  /// those that were logged before.
  void readAgain();

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vbs::command
