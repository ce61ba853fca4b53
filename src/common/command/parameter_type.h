#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// What a value of one parameter must look like.
struct ParameterType {
  std::string_view name;  ///< "volumeId"
  std::string_view rule;  ///< the rule in words, for messages
  bool (*isValid)(std::string_view);
  std::string_view example;  ///< a valid value, for dry runs and documentation
};

/// Every parameter that a call can give.
const std::vector<ParameterType>& parameterTypes();

/// Null for names that no call gives: captured groups, which are held to the rule of plain text.
const ParameterType* findParameterType(std::string_view name);

/// Whether `name` may be a parameter, a constant or a group: a letter, then letters, digits and underscores.
bool isParameterName(std::string_view name);

/// Throws Error{InvalidParameter} when `value` breaks the rule of its parameter. No value may be empty, begin
/// with '-' (a command would take it for an option) or have control characters.
void checkValue(std::string_view name, std::string_view value);

/// True for names that end in Password or Secret: their values are masked wherever they are shown.
bool isSecret(std::string_view name);

}  // namespace vbs::command
