#include "common/command/pattern_key.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/command/property_values.h"
#include "common/properties/nearest.h"

namespace vbs::command {
namespace {

constexpr int kMaxNumber = 99;

const std::vector<std::string>& propertyNames() {
  static const std::vector<std::string> kNames{"ok-exit",         "ok-stderr", "timeout", "output",
                                               "no-space-stderr", "progress",  "expect",  "refuse",
                                               "done-unless",     "retry",     "ignore",  "record"};
  return kNames;
}

bool isPropertyName(const std::string& name) {
  return std::find(propertyNames().begin(), propertyNames().end(), name) != propertyNames().end();
}

/// Every key that there is, commands without numbers.
std::vector<std::string> knownKeys() {
  std::vector<std::string> known{std::string(kHostDevice), std::string(kHostDeviceTimeout),
                                 std::string(kRemoved), std::string(kInclude)};
  for (const Action action : allActions()) {
    known.emplace_back(toString(action));
    for (const std::string& name : propertyNames()) {
      known.push_back(std::string(toString(action)) + "." + name);
    }
  }
  return known;
}

/// What follows the action in `parts`; nothing when it is neither number nor property.
std::optional<PatternKey> parseRest(Action action, const std::vector<std::string>& parts, std::size_t next) {
  PatternKey key{.action = action, .number = 0, .property = {}};
  if (next < parts.size()) {
    if (const auto number = parseWholeNumber(parts[next])) {
      if (*number > kMaxNumber) throw std::invalid_argument("at most 99 commands make up an action");
      key.number = *number;
      ++next;
    }
  }
  if (next == parts.size()) return key;
  if (next + 1 != parts.size() || !isPropertyName(parts[next])) return std::nullopt;
  key.property = parts[next];
  return key;
}

}  // namespace

PatternKey parsePatternKey(const std::string& key) {
  const std::vector<std::string> parts = split(key, '.');
  // An action has one dot or none.
  for (std::size_t length = std::min<std::size_t>(2, parts.size()); length > 0; --length) {
    const auto action = parseAction(length == 1 ? parts[0] : parts[0] + "." + parts[1]);
    if (!action) continue;
    if (auto parsed = parseRest(*action, parts, length)) return std::move(*parsed);
  }
  throw std::invalid_argument("unknown key" + suggestionFor(key));
}

std::string suggestionFor(const std::string& key) {
  // The number of a command is not part of what may be misspelt.
  std::string bare;
  std::string number;
  for (const std::string& part : split(key, '.')) {
    if (parseWholeNumber(part) && number.empty()) {
      number = part;
    } else {
      bare += (bare.empty() ? "" : ".") + part;
    }
  }
  auto best = nearest(bare, knownKeys());
  if (!best) return "; see the list of actions in the documentation of patterns";
  if (!number.empty()) {
    for (const Action action : allActions()) {
      const std::string_view name = toString(action);
      if (*best == name || best->starts_with(std::string(name) + ".")) {
        best->insert(name.size(), "." + number);
        break;
      }
    }
  }
  return "; did you mean " + *best + "?";
}

}  // namespace vbs::command
