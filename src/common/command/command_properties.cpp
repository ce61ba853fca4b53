#include "common/command/command_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/command/parameter_type.h"
#include "common/command/property_values.h"
#include "common/model/text.h"

namespace vbs::command {
namespace {

void checkRecordGroup(Action action, const std::string& group) {
  const auto& known = recordGroupsOf(action);
  if (std::find(known.begin(), known.end(), group) != known.end()) return;
  std::string names;
  for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
  throw std::invalid_argument(fmt::format("unknown group {}; known are {}", group, names));
}

Expression outputExpression(Action action, const std::string& text) {
  Expression output(text);
  if (output.groups().empty()) throw std::invalid_argument("has no named group such as (?<name>...)");
  for (const std::string& group : output.groups()) {
    if (!isParameterName(group)) {
      throw std::invalid_argument("\"" + printable(group, 40) + "\" is no name for a group");
    }
    if (givesRecords(action)) {
      checkRecordGroup(action, group);
    } else if (group != "portal" && group != "lun" && findParameterType(group) != nullptr) {
      throw std::invalid_argument(fmt::format(
          "group {} would shadow <{}>, which each call gives; choose another name", group, group));
    }
  }
  return output;
}

/// An expression that tells some lines of a listing from others.
Expression lineExpression(Action action, const std::string& text) {
  if (!givesRecords(action)) throw std::invalid_argument("only list.* and capacity have lines to tell apart");
  return Expression(text);
}

/// If the expression were found in any line, no listing could be seen to be strange.
Expression ignoreExpression(Action action, const std::string& text) {
  constexpr std::string_view kWhatNoToolPrints = "\x01";
  Expression ignore = lineExpression(action, text);
  if (ignore.isFoundIn(kWhatNoToolPrints)) {
    throw std::invalid_argument("is found in any line; it has to name those that are meant");
  }
  return ignore;
}

Expression progressExpression(Action action, const std::string& text) {
  Expression progress(text);
  if (!copies(action)) throw std::invalid_argument("only volume.copy and volume.clone report progress");
  const auto& groups = progress.groups();
  if (groups.size() != 1 || (groups[0] != "copiedBytes" && groups[0] != "percent")) {
    throw std::invalid_argument("needs one named group, either copiedBytes or percent");
  }
  return progress;
}

}  // namespace

void setProperty(CommandProperties& properties, Action action, const std::string& name,
                 const PlacedProperty& property) {
  if (properties.firstKey.empty()) {
    properties.firstKey = property.key;
    properties.firstPlace = property.place;
  }
  if (name == "timeout") {
    properties.timeout = parseDeadline(property.value);
  } else if (name == "retry") {
    properties.retry = parseDeadline(property.value);
  } else if (name == "expect") {
    properties.expect = Pattern::parseValue(property.value);
  } else if (name == "refuse") {
    properties.refuse = Pattern::parseValue(property.value);
  } else if (name == "done-unless") {
    properties.doneUnless = Pattern::parseValue(property.value);
  } else if (name == "ok-exit") {
    properties.okExit = parseExitCodes(property.value);
  } else if (name == "ok-stderr") {
    properties.okStderr = Expression(property.value);
  } else if (name == "no-space-stderr") {
    properties.noSpaceStderr = Expression(property.value);
  } else if (name == "output") {
    properties.output = outputExpression(action, property.value);
  } else if (name == "ignore") {
    properties.ignore = ignoreExpression(action, property.value);
  } else if (name == "record") {
    properties.record = lineExpression(action, property.value);
  } else {
    properties.progress = progressExpression(action, property.value);
  }
}

void apply(const CommandProperties& properties, CommandPattern& command) {
  if (properties.timeout) command.timeout = *properties.timeout;
  if (properties.okExit) command.okExit = *properties.okExit;
  if (properties.okStderr) command.okStderr = properties.okStderr;
  if (properties.noSpaceStderr) command.noSpaceStderr = properties.noSpaceStderr;
  if (properties.output) command.output = properties.output;
  if (properties.ignore) command.ignore = properties.ignore;
  if (properties.record) command.record = properties.record;
  if (properties.progress) command.progress = properties.progress;
  if (properties.expect) command.expect = properties.expect;
  if (properties.refuse) command.refuse = properties.refuse;
  if (properties.doneUnless) command.doneUnless = properties.doneUnless;
  if (properties.retry) command.retry = *properties.retry;
}

}  // namespace vbs::command
