#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// One `key = value` of a properties text.
struct Property {
  std::string key;
  std::string value;  ///< trimmed, continuation lines joined
  int line;           ///< where the key stands, from 1
};

struct PropertyFault {
  int line;  ///< from 1
  std::string message;
};

struct ReadProperties {
  std::vector<Property> properties;  ///< the good ones, in the order of the text, keys unique
  std::vector<PropertyFault> faults;
};

/// Reads the subset of Java's .properties that pattern files use: UTF-8, `#` and `!` comments, `key = value`
/// and `key: value`, a backslash at the end of a line continues it. Any other backslash stays as it is, so
/// that regular expressions can be written plainly. Finds all faults; throws nothing for any text.
ReadProperties readProperties(std::string_view text);

}  // namespace vbs::command
