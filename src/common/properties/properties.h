#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vbs {

/// One `key = value` of a properties text.
struct Property {
  std::string key;
  std::string value;  ///< trimmed, continuation lines joined
  int line;           ///< where the key stands, from 1
};

struct PropertyFault {
  int line;  ///< from 1; 0 when it is about the whole file
  std::string message;
  int column = 0;  ///< in characters, from 1; 0 when it is about the whole line
};

/// "FILE:12:5: MESSAGE", without what is not known.
std::string toString(const std::filesystem::path& file, const PropertyFault& fault);

struct ReadProperties {
  std::vector<Property> properties;  ///< the good ones, in the order of the text, keys unique
  std::vector<PropertyFault> faults;
};

/// Reads the subset of Java's .properties that pattern files and settings files use. It is UTF-8 with `#` and
/// `!` comments, `key = value` and `key: value`; a backslash at the end of a line continues it. Any other
/// backslash stays as it is, so regular expressions can be written plainly. Escapes that only
/// java.util.Properties.store writes are faults. So are, outside comments, characters that look like others.
/// Every line must end, the last one too: otherwise the file was cut. Keys in `repeatable` may be given more
/// than once. Finds all faults; throws nothing for any text.
ReadProperties readProperties(std::string_view text, const std::vector<std::string>& repeatable = {});

}  // namespace vbs
