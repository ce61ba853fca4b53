#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/command/action.h"
#include "common/command/command_file.h"
#include "common/command/expression.h"
#include "common/command/pattern.h"
#include "common/command/place.h"

namespace vbs::command {

/// The properties of an action, or of one of its commands, as far as they are given.
struct CommandProperties {
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::vector<int>> okExit;
  std::optional<Expression> okStderr;
  std::optional<Expression> noSpaceStderr;
  std::optional<Expression> output;
  std::optional<Expression> ignore;
  std::optional<Expression> record;
  std::optional<Expression> progress;
  std::optional<Pattern> expect;
  std::optional<Pattern> refuse;
  std::optional<Pattern> doneUnless;
  std::optional<std::chrono::milliseconds> retry;
  std::string firstKey;
  Place firstPlace;
};

/// Sets the property called `name` ("timeout") to what `property` says. Throws std::invalid_argument that
/// says what is wrong with its value.
void setProperty(CommandProperties& properties, Action action, const std::string& name,
                 const PlacedProperty& property);

/// Gives the command those properties that are given.
void apply(const CommandProperties& properties, CommandPattern& command);

}  // namespace vbs::command
