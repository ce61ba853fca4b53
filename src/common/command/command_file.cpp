#include "common/command/command_file.h"

#include <algorithm>

namespace vbs::command {

std::vector<const Pattern*> patternsOf(const CommandPattern& command) {
  std::vector<const Pattern*> patterns{&command.pattern};
  for (const auto* text : {&command.expect, &command.refuse, &command.doneUnless}) {
    if (*text) patterns.push_back(&**text);
  }
  return patterns;
}

const std::vector<CommandPattern>& CommandFile::commands(Action action) const {
  static const std::vector<CommandPattern> kNone;
  const auto found = actions_.find(action);
  return found == actions_.end() ? kNone : found->second;
}

std::optional<std::string> CommandFile::constant(std::string_view name) const {
  const auto found = constants_.find(name);
  if (found == constants_.end()) return std::nullopt;
  return found->second.value;
}

bool CommandFile::isCaptured(std::string_view name) const {
  return std::any_of(actions_.begin(), actions_.end(), [name](const auto& entry) {
    const auto& [action, commands] = entry;
    return !givesRecords(action) &&
           std::any_of(commands.begin(), commands.end(), [name](const CommandPattern& command) {
             return command.output &&
                    std::find(command.output->groups().begin(), command.output->groups().end(), name) !=
                        command.output->groups().end();
           });
  });
}

}  // namespace vbs::command
