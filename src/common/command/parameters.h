#pragma once

#include <map>
#include <string>
#include <string_view>

namespace vbs::command {

/// The values that a call puts into patterns, by parameter name ("volumeId"). Each name has a type
/// (parameter_type.h) and a value is checked when it is set. Not thread-safe; a value type.
class Parameters {
public:
  /// With the portal, its parts are set: portalAddress, without brackets, and portalPort.
  /// Throws Error{InvalidParameter} when the value breaks the rule of its parameter or begins with '-'.
  Parameters& set(std::string_view name, std::string value);

  /// Takes over those values of `others` whose names have none here: what a call gave takes precedence over
  /// what a command found out.
  Parameters& add(const Parameters& others);

  /// Null when there is none.
  const std::string* find(std::string_view name) const;
  const std::map<std::string, std::string, std::less<>>& all() const noexcept { return values_; }

private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace vbs::command
