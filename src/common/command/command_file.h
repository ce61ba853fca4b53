#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/command/action.h"
#include "common/command/parameters.h"

namespace vbs::command {

/// A fault in a pattern file.
struct Diagnostic {
  std::filesystem::path file;
  int line;  ///< from 1; 0 when it is about the whole file
  std::string message;
};

/// "commands.properties:12: vm.attach: unknown parameter <vmDeviec>"
std::string toString(const Diagnostic& diagnostic);

struct CheckedCommandFile;

/// A pattern file that was read and found good: its actions, patterns, properties and constants. Immutable,
/// so a call that has begun keeps the patterns it began with; share it by std::shared_ptr<const CommandFile>.
class CommandFile {
public:
  /// Reads and checks `file` for `host` (keys of the other host are checked too, but none of them is
  /// required). Throws nothing for faults in the file: all of them are in the result.
  static CheckedCommandFile read(const std::filesystem::path& file, Host host);

  bool has(Action action) const;

  /// A site constant: `constant("portal")` for the key `param.portal`.
  std::optional<std::string> constant(std::string_view name) const;

  // What else action_runner and explain need (patterns, their properties, host.device) is declared with them.
};

}  // namespace vbs::command
