#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/command/action.h"
#include "common/command/diagnostic.h"
#include "common/command/expression.h"
#include "common/command/parameters.h"
#include "common/command/pattern.h"
#include "common/command/place.h"
#include "common/command/seen_file.h"

namespace vbs::command {

/// One command of an action, with the properties that hold for it.
struct CommandPattern {
  std::string key;  ///< "target.create.2", or "target.create" when the action has one command
  Place place;      ///< of its key
  Pattern pattern;
  std::chrono::milliseconds timeout;
  std::vector<int> okExit;  ///< exit codes other than 0 that mean "already so"
  std::optional<Expression> okStderr;
  std::optional<Expression> noSpaceStderr;
  std::optional<Expression> output;
  std::optional<Expression> ignore;  ///< lines of a listing that are expected and are no records
  std::optional<Expression> record;  ///< the first line of a record of several lines
  std::optional<Expression> progress;
  std::optional<Pattern> expect;  ///< text that stdout must have, else the command failed
  /// When stdout does not have this text, the action is done and its later commands are not run: what they
  /// would remove is not there.
  std::optional<Pattern> doneUnless;
  std::optional<Pattern> refuse;       ///< text that stdout must not have
  std::chrono::milliseconds retry{0};  ///< for how long a failed command is run again
};

/// The command line and the texts that its output is compared with: all that parameters are put into.
std::vector<const Pattern*> patternsOf(const CommandPattern& command);

/// host.device: where a connected volume appears on the VM host.
struct HostDevicePattern {
  Pattern pattern;
  std::chrono::milliseconds timeout;  ///< how long a path is waited for
};

/// A site constant, `param.<name>`.
struct Constant {
  std::string value;
  bool secret;  ///< masked wherever it is shown
};

class CommandFile;

struct CheckedCommandFile {
  std::shared_ptr<const CommandFile> file;  ///< null when there is a fault
  std::vector<Diagnostic> faults;           ///< in the order of their files and lines
  std::vector<SeenFile> files;  ///< it and what it includes, be they there or not, as they were before
};

/// A pattern file that was read, with what it includes, and found good: its actions, patterns, properties
/// and constants. Immutable, so a call that has begun keeps the patterns it began with; share it by
/// std::shared_ptr<const CommandFile>.
class CommandFile {
public:
  /// Reads and checks `file` for `host` (keys of the other host are checked too, but none of them is
  /// required). Throws nothing for faults in the file: all of them are in the result.
  static CheckedCommandFile read(const std::filesystem::path& file, Host host);

  /// The same for a text that is at hand; `file` is for the messages, and where its includes are looked for.
  static CheckedCommandFile parse(std::string_view text, const std::filesystem::path& file, Host host);

  bool has(Action action) const { return actions_.contains(action); }

  /// The actions that the file says it is without on purpose (`removed = vm.attach vm.detach`).
  const std::set<Action>& removed() const noexcept { return removed_; }

  /// The commands of an action in their order; empty when the file has no key for it.
  const std::vector<CommandPattern>& commands(Action action) const;

  /// Null when the file is for a volume server only.
  const HostDevicePattern* hostDevice() const noexcept { return hostDevice_ ? &*hostDevice_ : nullptr; }

  /// A site constant: `constant("portal")` for the key `param.portal`.
  std::optional<std::string> constant(std::string_view name) const;
  const std::map<std::string, Constant, std::less<>>& constants() const noexcept { return constants_; }

  /// The names of those that the file gives itself, beside the ones of what it includes.
  const std::set<std::string>& ownConstants() const noexcept { return ownConstants_; }

  /// True when a command's `.output` captures that name.
  bool isCaptured(std::string_view name) const;

private:
  friend class CommandFileReader;

  std::map<std::string, Constant, std::less<>> constants_;
  std::set<std::string> ownConstants_;
  std::map<Action, std::vector<CommandPattern>> actions_;
  std::set<Action> removed_;
  std::optional<HostDevicePattern> hostDevice_;
};

}  // namespace vbs::command
