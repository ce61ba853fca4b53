#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/command/action.h"
#include "common/command/command_file.h"
#include "common/command/command_file_checks.h"
#include "common/command/command_properties.h"
#include "common/command/diagnostic.h"
#include "common/command/file_set.h"
#include "common/command/pattern_key.h"
#include "common/command/place.h"

namespace vbs::command {

/// Reads the properties of a pattern file one after another, collecting every fault, and puts them together.
/// For one file.
class CommandFileReader {
public:
  CommandFileReader(FileSet set, Host host);

  CheckedCommandFile read();

private:
  /// What the keys of one action say, before it is put together.
  struct Draft {
    std::map<int, CommandPattern> commands;       ///< by number, 0 for the key without one
    std::map<int, CommandProperties> properties;  ///< the same; 0 for all commands
  };

  void readKey(const PlacedProperty& property);
  void readCommand(const PlacedProperty& property, const PatternKey& key);
  void readRemoved(const PlacedProperty& property);

  void assemble(Action action, Draft& draft);
  void checkNumbers(Action action, const Draft& draft);
  void checkProperties(Action action, const Draft& draft);
  void checkRecords(Action action, const Draft& draft, const std::vector<CommandPattern>& commands);
  void assembleHostDevice();
  void checkOwnConstants();

  CheckedCommandFile result();

  FileSet set_;
  Host host_;
  Faults faults_;
  GivenKeys given_;
  std::map<Action, Draft> drafts_;
  std::optional<HostDevicePattern> hostDevice_;
  std::optional<std::chrono::milliseconds> hostDeviceTimeout_;
  Place hostDeviceTimeoutPlace_;
  CommandFile file_;
};

}  // namespace vbs::command
