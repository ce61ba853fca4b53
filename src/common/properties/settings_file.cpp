#include "common/properties/settings_file.h"

#include <algorithm>
#include <optional>

#include "common/model/error.h"
#include "common/properties/nearest.h"
#include "common/properties/text_file.h"

namespace vbs {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20U;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool isBlank(char c) {
  return c == ' ' || c == '\t';
}

/// A # after a blank was a comment once, and would be part of the value now.
bool hasTrailingComment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '#' && isBlank(value[i - 1])) return true;
  }
  return false;
}

/// Takes the quotes off `value`; returns what is wrong with it.
std::optional<std::string> unquote(std::string& value, bool isRepeatable) {
  const char quote = value.empty() ? '\0' : value.front();
  if (quote == '"' || quote == '\'') {
    if (value.size() < 2 || value.find(quote, 1) != value.size() - 1) {
      return std::string("a value in quotes ends with the only other ") + quote +
             " on its line; a comment has a line of its own";
    }
    value = value.substr(1, value.size() - 2);
  } else if (hasTrailingComment(value)) {
    return "a comment has a line of its own; put the value in quotes (\"...\") if the # belongs to it";
  } else if (isRepeatable && std::any_of(value.begin(), value.end(), isBlank)) {
    return "several values stand on a line each, or with commas and no blanks between them; put a value that "
           "has a blank in quotes (\"...\")";
  }
  if (value.empty()) return "has no value; leave the line out for the default";
  if (isRepeatable && value.front() == '[') return "lists in brackets are not read; write a line for each";
  return std::nullopt;
}

std::string unknown(const std::string& name, const SettingNames& known) {
  std::vector<std::string> all = known.single;
  all.insert(all.end(), known.repeatable.begin(), known.repeatable.end());
  const auto meant = nearest(name, all);
  return name + ": unknown setting" + (meant ? "; did you mean " + *meant + "?" : "; see --help");
}

}  // namespace

ReadSettings readSettings(std::string_view text, const SettingNames& known) {
  ReadProperties read = readProperties(text, known.repeatable);
  ReadSettings result{.settings = {}, .faults = std::move(read.faults)};
  for (Property& property : read.properties) {
    const bool isRepeatable = contains(known.repeatable, property.key);
    if (!isRepeatable && !contains(known.single, property.key)) {
      result.faults.push_back({property.line, unknown(property.key, known)});
    } else if (const auto fault = unquote(property.value, isRepeatable)) {
      result.faults.push_back({property.line, property.key + ": " + *fault});
    } else {
      result.settings.push_back(std::move(property));
    }
  }
  std::stable_sort(result.faults.begin(), result.faults.end(),
                   [](const PropertyFault& a, const PropertyFault& b) { return a.line < b.line; });
  return result;
}

std::vector<Property> readSettingsFile(const std::filesystem::path& file, const SettingNames& known) {
  std::string text;
  try {
    text = readTextFile(file, kMaxBytes);
  } catch (const Error& error) {
    throw Error(ErrorCode::InvalidParameter, file.string() + ": " + error.what());
  }
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCode::InvalidParameter,
                file.string() + ": is larger than 1 MiB, so it is no settings file");
  }
  ReadSettings read = readSettings(text, known);
  if (read.faults.empty()) return std::move(read.settings);
  std::string faults;
  for (const PropertyFault& fault : read.faults) {
    faults += (faults.empty() ? "" : "\n") + toString(file, fault);
  }
  throw Error(ErrorCode::InvalidParameter, faults);
}

}  // namespace vbs
