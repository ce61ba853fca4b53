#pragma once

#include <map>
#include <optional>
#include <set>

#include "common/command/action.h"
#include "common/command/command_file.h"
#include "common/command/diagnostic.h"
#include "common/command/place.h"

namespace vbs::command {

/// The keys of a file, be their values good or bad: a bad command is one fault, not a missing one too.
struct GivenKeys {
  std::map<Action, std::set<int>> commands;  ///< their numbers, 0 for a key without one
  std::optional<Place> hostDevice;
  std::optional<Place> removed;
};

/// Finds the faults of a file that no line has by itself: parameters that nobody gives, actions that are
/// missing or have no opposite.
void checkWhole(const CommandFile& file, Host host, const GivenKeys& given, const Place& wholeFile,
                Faults& faults);

}  // namespace vbs::command
