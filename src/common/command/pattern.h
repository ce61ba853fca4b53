#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// A command line pattern: arguments with `<name>` parameters in them. It is split into arguments when it is
/// read, before any value is known, so a value can never become a second argument. Immutable; a value type.
///
/// Blanks separate arguments. Quotes ("..." and '...') keep blanks together, a backslash takes the next
/// character as it is (inside double quotes only `"`, `\` and `<`, inside single quotes only `<`). Parameters
/// are recognised inside quotes too; a literal `<` is written `\<`.
class Pattern {
public:
  /// Throws std::invalid_argument that says what is wrong with the text.
  static Pattern parse(std::string_view text);

  /// The whole text as one value, blanks included and without quotes and backslashes having a meaning, but
  /// for `\<`: for host.device and constants. Throws as parse does.
  static Pattern parseValue(std::string_view text);

  /// The value of a parameter. Throws when there is none.
  using Lookup = std::function<std::string(std::string_view name)>;
  std::vector<std::string> expand(const Lookup& lookup) const;

  /// The names of its parameters, each once, in the order of their first use.
  const std::vector<std::string>& parameters() const noexcept { return parameters_; }

private:
  class Parser;
  struct Piece {
    std::string text;  ///< as it is, or the name of a parameter
    bool isParameter;
  };
  using Argument = std::vector<Piece>;

  std::vector<Argument> arguments_;
  std::vector<std::string> parameters_;
};

/// `argv` as a shell would need it typed, on one line: for logs and dry runs.
std::string commandLine(const std::vector<std::string>& argv);

}  // namespace vbs::command
